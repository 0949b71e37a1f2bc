internal import JobModel

/// Reads one job after the other, over the defaults.
struct JobReader {
  var reader: ShapeReader
  private let shape: Fields
  private var machines: StateMachineReader
  private let policies: YAMLNode?
  private let taskDefaults: YAMLNode?
  private let timezone: String
  private let topicARN: String?
  private let taskDefinitions: [String: TaskDefinition]
  /// The families of the file's task definitions that jobs name.
  private(set) var usedFamilies: Set<String> = []

  init(
    reader: ShapeReader, shape: Fields, machines: StateMachineReader, defaults: YAMLNode?, timezone: String,
    topicARN: String?, taskDefinitions: [TaskDefinition]
  ) {
    self.reader = reader
    self.shape = shape
    self.machines = machines
    (policies, taskDefaults) = Defaults.split(defaults)
    self.timezone = timezone
    self.topicARN = topicARN
    self.taskDefinitions = Dictionary(taskDefinitions.map { ($0.family, $0) }, uniquingKeysWith: { $1 })
  }

  /// Nil where the job has a mistake that leaves nothing to build on.
  mutating func read(_ member: YAMLNode.Member) -> Job? {
    let own = member.value
    let name = JobName(member.key)
    if name == nil {
      reader.diagnostics.error(
        "`\(member.key.prefix(100))` is no job name: it takes a letter or digit, then letters, digits, `-` and `_`, "
          + "at most \(Limits.jobNameLength) in all", at: member.keyPlace, path: own.path)
    }
    guard !own.isNull else {
      reader.diagnostics.error("the job is empty: it needs a `task` or a `stateMachine`", atKeyOf: own)
      return nil
    }
    let node = merged(own)
    guard let values = reader.read(node, as: .fields(shape), named: member.key)?.objectValue else { return nil }
    var checks = TaskPolicyChecks(node: node, values: values, diagnostics: reader.diagnostics)
    checks.check(TaskPolicy(values))
    reader.diagnostics = checks.diagnostics
    // A name that is none is no reason to leave the rest of the job unchecked.
    guard let standIn = name ?? JobName("job"), let machine = machine(of: node, own: own, values, standIn), let name
    else { return nil }
    return job(name, values, machine)
  }

  private func merged(_ own: YAMLNode) -> YAMLNode {
    var merged = Defaults.merge(policies, under: own)
    guard var members = merged.members, let index = members.firstIndex(where: { $0.key == "task" }) else {
      return merged
    }
    members[index].value = Defaults.mergeTask(taskDefaults, under: members[index].value)
    merged.content = .mapping(members)
    return merged
  }

  private func job(_ name: JobName, _ values: JSONObject, _ machine: JSONValue) -> Job {
    let timezone = values["timezone"]?.stringValue ?? timezone
    let schedule = values["schedule"]?.stringValue.map { Job.Schedule(expression: $0, timezone: timezone) }
    var job = Job(
      name: name, description: values["description"]?.stringValue, schedules: schedule.map { [$0] } ?? [],
      timezone: timezone, machine: machine, subscriptions: JobReader.subscriptions(topicARN))
    if let input = values["input"] { job.input = input }
    if let notifications = values["notifications"] {
      job.subscriptions = JobReader.subscriptions(notifications["topicArn"]?.stringValue)
    }
    if let overlap = values["overlap"]?.stringValue { job.overlap = overlap == "allow" ? .allow : .skip }
    if let oncePer = values["oncePer"]?.stringValue.flatMap(Job.OncePer.init) { job.oncePer = oncePer }
    let catchUp = values["catchUp"]
    let mode = catchUp?.stringValue ?? catchUp?["mode"]?.stringValue
    if let mode = mode.flatMap(Job.CatchUp.Mode.init) { job.catchUp.mode = mode }
    if let within = catchUp?["within"]?.integerValue { job.catchUp.within = .seconds(within) }
    job.taskPolicy = TaskPolicy(values)
    return job
  }

  private static func subscriptions(_ topicARN: String?) -> [Subscription] {
    topicARN.map { [Subscription(receiver: .topic(arn: $0))] } ?? []
  }

  private mutating func machine(
    of node: YAMLNode, own: YAMLNode, _ values: JSONObject, _ name: JobName
  ) -> JSONValue? {
    switch (node["task"], node["stateMachine"]) {
    case (nil, nil):
      reader.diagnostics.error(
        "the job needs a `task`, such as `task: {taskDefinition: nightly-report}`, or a `stateMachine`", atKeyOf: own)
      return nil
    case (.some, .some(let machine)):
      reader.diagnostics.error("a job has either a `task` or a `stateMachine`, not both", atKeyOf: machine)
      return nil
    case (.some(let task), nil):
      return lowered(task, job: node, values, name)
    case (nil, .some(let machine)):
      return given(machine, own: own, values)
    }
  }

  // MARK: A task

  private mutating func lowered(
    _ node: YAMLNode, job: YAMLNode, _ values: JSONObject, _ name: JobName
  ) -> JSONValue? {
    guard let task = values["task"]?.objectValue else { return nil }
    if job["timeout"] == nil, values["runTimeout"]?.integerValue == nil {
      reader.diagnostics.warning(
        "no `timeout`: a task that hangs is never stopped (`timeout: none` where that is meant)", atKeyOf: node)
    }
    var description = TaskDescription(task)
    description.timeoutSeconds = values["timeout"]?.integerValue
    description.runTimeoutSeconds = values["runTimeout"]?.integerValue
    if let node = job["retry"], let retry = values["retry"]?.arrayValue {
      description.retry = RetryRules(.array(retry))
      var checks = RetryChecks(node: node, policy: TaskPolicy(values), diagnostics: reader.diagnostics)
      checks.check(description.retry)
      reader.diagnostics = checks.diagnostics
    }
    description.definition = task["taskDefinition"]?.stringValue.flatMap { taskDefinitions[$0] }
    if let definition = description.definition { usedFamilies.insert(definition.family) }
    if let type = values["type"]?.stringValue { description.type = type }
    var checks = TaskChecks(node: node, diagnostics: reader.diagnostics)
    checks.check(&description, job: name)
    reader.diagnostics = checks.diagnostics
    if let type = job["type"], description.container == nil {
      reader.diagnostics.error("`type` needs the task's `container`, which is told of it as JOB_TYPE", atKeyOf: type)
    }
    return TaskLowering.machine(of: description, job: name)
  }

  // MARK: A state machine

  private mutating func given(_ node: YAMLNode, own: YAMLNode, _ values: JSONObject) -> JSONValue? {
    if let retry = own["retry"], retry.scalar?.text != "none" {
      reader.diagnostics.error(
        "`retry` is for a `task`; a state machine says `Retry` in its states", atKeyOf: retry)
    }
    if let type = own["type"] {
      reader.diagnostics.error(
        "`type` is for a `task`; a state machine sets the variable JOB_TYPE in its own overrides", atKeyOf: type)
    }
    guard var machine = machines.machine(node, &reader)?.objectValue else { return nil }
    // A default `timeout` is that of one attempt of a task, which says nothing of a whole machine.
    let timeout = own["timeout"] == nil ? nil : values["timeout"]?.integerValue
    let runTimeout = own["timeout"] != nil && own["runTimeout"] == nil ? nil : values["runTimeout"]?.integerValue
    let seconds = timeout ?? runTimeout
    let ownKey = own["timeout"] ?? own["runTimeout"]
    if timeout != nil, runTimeout != nil, let key = own["runTimeout"] {
      reader.diagnostics.error(
        "the `timeout` of a state machine is that of the whole run already; remove one of the two", atKeyOf: key)
    } else if machine["TimeoutSeconds"] != nil {
      if let ownKey, seconds != nil {
        reader.diagnostics.error(
          "the state machine has a `TimeoutSeconds` of its own; remove one of the two", atKeyOf: ownKey)
      }
    } else if let seconds {
      machine["TimeoutSeconds"] = .integer(seconds)
    } else if ownKey == nil {
      reader.diagnostics.warning(
        "neither a `timeout` nor a `TimeoutSeconds` in the state machine: a run that hangs is never stopped "
          + "(`timeout: none` where that is meant)", atKeyOf: node)
    }
    return .object(machine)
  }
}
