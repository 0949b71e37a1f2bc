internal import JobModel

extension IAMPolicy {
  /// The least policy with which jobd can run these jobs.
  ///
  /// Roles are passed by name, never by a pattern: with a pattern, whoever may register a task definition
  /// could run a container under any role that trusts ECS. Where a definition's roles are not known, the
  /// policy leaves them out, and a warning says so.
  public static func least(for input: IAMPolicyInput) -> IAMPolicy {
    var policy = IAMPolicy(statements: [])
    policy.statements += runStatements(input)
    if !input.tasks.isEmpty {
      policy.statements += watchStatements(input)
      policy.statements += tagStatements(input)
      policy.statements += roleStatements(input, &policy.warnings)
    }
    policy.statements += surroundingStatements(input, &policy.warnings)
    policy.warnings = undeterminedWarnings(input) + policy.warnings
    if input.account == nil, !policy.statements.isEmpty {
      policy.warnings.append(
        "the account is not known, so the ARNs hold * in its place; put the account's number there")
    }
    let length = policy.json.text.count
    if length > managedPolicyLength {
      policy.warnings.append(
        "the policy has \(length) characters, more than the \(managedPolicyLength) of a managed policy: make "
          + "several of its statements, or name resources by pattern")
    }
    return policy
  }

  // MARK: Tasks

  private static func runStatements(_ input: IAMPolicyInput) -> [Statement] {
    let clusters = Dictionary(grouping: input.tasks) { clusterARN($0.cluster, input) }
    return clusters.sorted { $0.key < $1.key }.enumerated().map { index, cluster in
      Statement(
        sid: "RunTasks" + (clusters.count == 1 ? "" : String(index + 1)), actions: ["ecs:RunTask"],
        resources: unique(cluster.value.map { definitionARN($0.taskDefinition, input) }),
        condition: Condition(test: "ArnEquals", key: "ecs:cluster", values: [cluster.key]))
    }
  }

  private static func watchStatements(_ input: IAMPolicyInput) -> [Statement] {
    let clusters = unique(input.tasks.map { clusterARN($0.cluster, input) })
    var statements = [
      Statement(
        sid: "WatchAndStopTasks", actions: ["ecs:DescribeTasks", "ecs:StopTask"], resources: taskARNs(clusters)),
      // ListTasks takes no task as its resource.
      Statement(
        sid: "FindTasks", actions: ["ecs:ListTasks"], resources: ["*"],
        condition: Condition(test: "ArnEquals", key: "ecs:cluster", values: clusters)),
      // DescribeTaskDefinition takes no resource at all.
      Statement(sid: "ReadTaskDefinitions", actions: ["ecs:DescribeTaskDefinition"], resources: ["*"]),
    ]
    let registered = unique(givenDefinitions(input).map { definitionARN($0, input) })
    if !registered.isEmpty {
      statements.append(
        Statement(
          sid: "RegisterTaskDefinitions", actions: ["ecs:RegisterTaskDefinition"], resources: registered))
    }
    return statements
  }

  /// Tagging on creation is asked for as ecs:TagResource (ECS developer guide, "Grant permission to tag
  /// resources on creation").
  private static func tagStatements(_ input: IAMPolicyInput) -> [Statement] {
    var statements: [Statement] = []
    let tagged = unique(input.tasks.filter(\.hasTags).map { clusterARN($0.cluster, input) })
    if !tagged.isEmpty {
      statements.append(
        Statement(
          sid: "TagTasks", actions: ["ecs:TagResource"], resources: taskARNs(tagged),
          condition: Condition(test: "StringEquals", key: "ecs:CreateAction", values: ["RunTask"])))
    }
    let definitions = givenDefinitions(input).filter {
      if case .given(let value) = $0 { value["tags"]?.arrayValue?.isEmpty == false } else { false }
    }
    if !definitions.isEmpty {
      statements.append(
        Statement(
          sid: "TagTaskDefinitions", actions: ["ecs:TagResource"],
          resources: unique(definitions.map { definitionARN($0, input) }),
          condition: Condition(test: "StringEquals", key: "ecs:CreateAction", values: ["RegisterTaskDefinition"])))
    }
    return statements
  }

  private static func givenDefinitions(_ input: IAMPolicyInput) -> [TaskDefinitionReference] {
    input.tasks.map(\.taskDefinition).filter { if case .given = $0 { true } else { false } }
  }

  // MARK: Roles

  private static func roleStatements(_ input: IAMPolicyInput, _ warnings: inout [String]) -> [Statement] {
    var roles: [String] = []
    for task in input.tasks {
      roles += task.overrideRoles
      guard let facts = input.facts(of: task.taskDefinition) else { continue }
      // An override takes the place of the definition's role, which a definition of the job file's own is
      // registered with all the same.
      let isRegistered = if case .given = task.taskDefinition { true } else { false }
      if let role = facts.taskRole, task.overrideTaskRole == nil || isRegistered { roles.append(role) }
      if let role = facts.executionRole, task.overrideExecutionRole == nil || isRegistered { roles.append(role) }
    }
    let unknown = input.tasks.filter {
      input.facts(of: $0.taskDefinition) == nil && ($0.overrideTaskRole == nil || $0.overrideExecutionRole == nil)
    }
    for name in Set(unknown.map(\.taskDefinition.name)).sorted() {
      warnings.append(
        "the roles of task definition \(name) are not known, so iam:PassRole leaves them out: ask AWS for them, or "
          + "add their ARNs")
    }
    return [
      passStatement("PassTaskRoles", roles, to: "ecs-tasks", input),
      passStatement("PassInfrastructureRoles", input.tasks.flatMap(\.infrastructureRoles), to: "ecs", input),
    ].compactMap { $0 }
  }

  private static func passStatement(
    _ sid: String, _ roles: [String], to service: String, _ input: IAMPolicyInput
  ) -> Statement? {
    let resources = unique(roles.map { roleARN($0, input) })
    guard !resources.isEmpty else { return nil }
    return Statement(
      sid: sid, actions: ["iam:PassRole"], resources: resources,
      condition: Condition(test: "StringEquals", key: "iam:PassedToService", values: ["\(service).amazonaws.com"]))
  }

  // MARK: Topics, logs, the queue

  private static func surroundingStatements(_ input: IAMPolicyInput, _ warnings: inout [String]) -> [Statement] {
    var statements: [Statement] = []
    if !input.topics.isEmpty {
      statements.append(Statement(sid: "PublishMessages", actions: ["sns:Publish"], resources: unique(input.topics)))
    }
    let groups = unique(input.logGroups.map { logARN($0, region: nil, input) } + definitionLogs(input))
    if !groups.isEmpty {
      statements.append(Statement(sid: "ReadLogs", actions: ["logs:GetLogEvents"], resources: groups))
    }
    if let url = input.queueURL {
      if let queue = QueueAddress(url) {
        statements.append(
          Statement(
            sid: "ReceiveTaskEvents",
            actions: ["sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"],
            resources: [queue.arn(defaultRegion: input.region)]))
      } else {
        warnings.append(
          "the queue \(url) is left out: its URL does not end in /ACCOUNT/NAME, which its ARN is made of")
      }
    }
    return statements
  }

  private static func definitionLogs(_ input: IAMPolicyInput) -> [String] {
    input.tasks.compactMap { input.facts(of: $0.taskDefinition) }.flatMap(\.logging)
      .filter { $0.driver == "awslogs" }
      .compactMap { logging in
        logging.options["awslogs-group"].map { logARN($0, region: logging.options["awslogs-region"], input) }
      }
  }

  private static func undeterminedWarnings(_ input: IAMPolicyInput) -> [String] {
    let fields: Set = ["Cluster", "TaskDefinition", "Overrides.TaskRoleArn", "Overrides.ExecutionRoleArn"]
    return input.collected.undetermined.filter { fields.contains($0.field) || $0.field == "Parameters" }.map {
      "job \($0.job), state \($0.state): \($0.field) is known only at the run, so the policy leaves it out"
    }
  }
}

/// ARNs.
extension IAMPolicy {
  static func clusterARN(_ cluster: String, _ input: IAMPolicyInput) -> String {
    cluster.hasPrefix("arn:") ? cluster : input.arn("ecs", "cluster/\(cluster)")
  }

  /// Of a name without revision every revision: RunTask takes the latest.
  static func definitionARN(_ reference: TaskDefinitionReference, _ input: IAMPolicyInput) -> String {
    switch reference {
    case .given: return input.arn("ecs", "task-definition/\(reference.family):*")
    case .named(let text):
      let base = text.hasPrefix("arn:") ? text : input.arn("ecs", "task-definition/\(reference.name)")
      return reference.name.contains(":") ? base : "\(base):*"
    }
  }

  private static func taskARNs(_ clusters: [String]) -> [String] {
    clusters.map { cluster in
      guard var name = ResourceName(cluster) else { return cluster }
      name.resource = "task/\(name.resource.split(separator: "/").last ?? "default")/*"
      return name.description
    }
  }

  private static func roleARN(_ role: String, _ input: IAMPolicyInput) -> String {
    role.hasPrefix("arn:") ? role : input.arn("iam", "role/\(role)", region: "")
  }

  /// The streams of a group. DescribeLogGroups shows ARNs that end in `:*`.
  private static func logARN(_ group: String, region: String?, _ input: IAMPolicyInput) -> String {
    guard group.hasPrefix("arn:") else { return input.arn("logs", "log-group:\(group):log-stream:*", region: region) }
    return "\(group.hasSuffix(":*") ? String(group.dropLast(2)) : group):log-stream:*"
  }

  private static func unique(_ texts: [String]) -> [String] { Set(texts).sorted() }
}
