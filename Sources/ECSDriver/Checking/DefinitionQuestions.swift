internal import AWSClient
internal import JobModel

/// The task definitions.
extension CheckRun {
  func askDefinitions() async {
    let references = Dictionary(grouping: tasks, by: \.taskDefinition)
    // Definitions of the job file's own may share a family; their jobs then tell them apart.
    for (reference, tasks) in references.sorted(by: {
      ($0.key.name, $0.value.jobs[0]) < ($1.key.name, $1.value.jobs[0])
    }) {
      switch reference {
      case .named(let name): await askNamed(name, reference, tasks)
      case .given(let definition): await askGiven(definition, reference, tasks)
      }
    }
  }

  private func askNamed(_ name: String, _ reference: TaskDefinitionReference, _ tasks: [CheckedTask]) async {
    let subject = "task definition \(reference.name)"
    switch await ask(.ecs, "DescribeTaskDefinition", ["taskDefinition": .string(name)]) {
    case .success(let answer):
      let described = answer["taskDefinition"] ?? [:]
      self.described[name] = described
      let definition = Definition(
        reference: reference, facts: CheckedDefinition(described), tasks: tasks,
        arn: described["taskDefinitionArn"]?.stringValue)
      definitions.append(definition)
      tellStatus(described, definition)
      tellFit(definition)
    case .failure(let error) where error.kind == .refused && !error.isDenied && error.code == "ClientException":
      tell(
        .failed, subject, "there is none in \(input.region)", remedy: "check `taskDefinition` and the region",
        jobs: tasks.jobs)
    case .failure(let error): tellUnanswered(error, subject, "ecs:DescribeTaskDefinition", jobs: tasks.jobs)
    }
  }

  private func tellStatus(_ described: JSONValue, _ definition: Definition) {
    let jobs = definition.tasks.jobs
    let revision = described["revision"]?.integerValue.map { "revision \($0)" } ?? "a revision"
    switch described["status"]?.stringValue {
    case "ACTIVE"?, nil: tell(.ok, definition.subject, "\(revision) is ACTIVE", jobs: jobs)
    case let status?:
      tell(
        .failed, definition.subject, "\(revision) is \(status): no task can be started from it",
        remedy: "name a revision that is ACTIVE, or the family alone", jobs: jobs)
    }
  }

  private func askGiven(
    _ value: JSONValue, _ reference: TaskDefinitionReference, _ tasks: [CheckedTask]
  ) async {
    let definition = Definition(reference: reference, facts: CheckedDefinition(value), tasks: tasks, arn: nil)
    definitions.append(definition)
    let result = await ask(.ecs, "DescribeTaskDefinition", ["taskDefinition": .string(reference.family)])
    switch result {
    case .success(let answer):
      let revision = answer["taskDefinition"]?["revision"]?.integerValue.map { String($0) } ?? "unknown"
      tell(
        .ok, definition.subject, "it is the job file's own; the family's latest revision is \(revision)",
        jobs: tasks.jobs)
    case .failure(let error) where error.kind == .refused && !error.isDenied && error.code == "ClientException":
      tell(
        .ok, definition.subject, "it is the job file's own; the family has no revision yet, jobd registers the first",
        jobs: tasks.jobs)
    case .failure(let error):
      tellUnanswered(error, definition.subject, "ecs:DescribeTaskDefinition", jobs: tasks.jobs)
    }
    tellFit(definition)
  }

  // MARK: What does not fit together

  private func tellFit(_ definition: Definition) {
    for problem in DefinitionFit.problems(of: definition) {
      tell(.failed, definition.subject, problem.sentence, remedy: problem.remedy, jobs: problem.jobs)
    }
  }
}

/// Whether tasks can be started from a definition, as far as the two alone tell. Pure.
enum DefinitionFit {
  struct Problem: Equatable {
    var sentence: String
    var remedy: String
    var jobs: [JobName]
  }

  static func problems(of definition: CheckRun.Definition) -> [Problem] {
    let facts = definition.facts
    let fargate = definition.tasks.filter(\.isFargate)
    var problems = containerProblems(definition)
    if !fargate.isEmpty { problems += fargateProblems(facts, isRegistered: definition.arn != nil, fargate) }
    let bare = definition.tasks.filter { facts.networkMode == "awsvpc" && $0.subnets.isEmpty }
    if !bare.isEmpty {
      problems.append(
        Problem(
          sentence: "its network mode is awsvpc, and the task names no subnets",
          remedy: "set `networkConfiguration.awsvpcConfiguration.subnets`", jobs: bare.jobs))
    }
    let placed = definition.tasks.filter {
      facts.networkMode != nil && facts.networkMode != "awsvpc" && !$0.subnets.isEmpty
    }
    if !placed.isEmpty {
      problems.append(
        Problem(
          sentence: "its network mode is \(facts.networkMode ?? ""), which takes no network configuration",
          remedy: "leave `networkConfiguration` out, or register the definition with the network mode awsvpc",
          jobs: placed.jobs))
    }
    problems += platformProblems(definition)
    let addressed = definition.tasks.filter { $0.launchType == "EC2" && $0.assignPublicIp }
    if !addressed.isEmpty {
      problems.append(
        Problem(
          sentence: "the launch type EC2 gives a task no public address",
          remedy: "set `assignPublicIp: DISABLED`", jobs: addressed.jobs))
    }
    return problems
  }

  /// Platform versions are Fargate's; the ARM64 architecture came with 1.4.0 (ECS developer guide, "Amazon ECS
  /// task definitions for 64-bit ARM workloads").
  private static func platformProblems(_ definition: CheckRun.Definition) -> [Problem] {
    var problems: [Problem] = []
    let instances = definition.tasks.filter { $0.isOnInstances && $0.platformVersion != nil }
    if !instances.isEmpty {
      problems.append(
        Problem(
          sentence: "only Fargate has platform versions", remedy: "leave `platformVersion` out", jobs: instances.jobs))
    }
    let old = definition.tasks.filter { task in
      task.isFargate && ["1.0.0", "1.1.0", "1.2.0", "1.3.0"].contains(task.platformVersion)
    }
    if definition.facts.cpuArchitecture == "ARM64", !old.isEmpty {
      problems.append(
        Problem(
          sentence: "it wants ARM64, which Fargate has since platform version 1.4.0",
          remedy: "set `platformVersion: LATEST`, or leave it out", jobs: old.jobs))
    }
    return problems
  }

  private static func containerProblems(_ definition: CheckRun.Definition) -> [Problem] {
    let known = Set(definition.facts.containers)
    let strangers = Set(definition.tasks.flatMap(\.containers)).subtracting(known).sorted()
    return strangers.map { name in
      Problem(
        sentence: "the overrides name a container \"\(name)\", and it has none of that name",
        remedy: "its containers: \(known.sorted().joined(separator: ", "))",
        jobs: definition.tasks.filter { $0.containers.contains(name) }.jobs)
    }
  }

  private static func fargateProblems(
    _ facts: CheckedDefinition, isRegistered: Bool, _ tasks: [CheckedTask]
  ) -> [Problem] {
    var problems: [Problem] = []
    func add(_ sentence: String, _ remedy: String, _ tasks: [CheckedTask]) {
      if !tasks.isEmpty { problems.append(Problem(sentence: sentence, remedy: remedy, jobs: tasks.jobs)) }
    }
    if !facts.compatibilities.contains("FARGATE") {
      add(
        "it cannot run on Fargate", "register it with `requiresCompatibilities: [FARGATE]`, or launch it on EC2", tasks)
    }
    if !isRegistered {
      if facts.networkMode != "awsvpc" {
        add("Fargate wants the network mode awsvpc", "set `networkMode: awsvpc`", tasks)
      }
      if !facts.hasTaskSize { add("Fargate wants a size of the whole task", "set its `cpu` and `memory`", tasks) }
    }
    var needs: [String] = []
    if !facts.ecrImages.isEmpty { needs.append("to pull its image from ECR") }
    if facts.usesAWSLogs { needs.append("to write its logs") }
    if !facts.secrets.isEmpty { needs.append("to read its secrets") }
    if facts.executionRole == nil, !needs.isEmpty {
      add(
        "it has no execution role, which Fargate needs \(needs.joined(separator: ", "))",
        "set `executionRoleArn`: AmazonECSTaskExecutionRolePolicy covers images and logs",
        tasks.filter { $0.overrideExecutionRole == nil })
    }
    return problems
  }
}
