internal import JobModel
internal import Scheduler

/// Reads one job after the other, over the defaults.
struct JobReader {
  /// What of the file's top the jobs look at.
  struct Surroundings {
    var timezone: String
    /// The file's `notifications`.
    var notifications: YAMLNode?
    var taskDefinitions: [TaskDefinition]
    var calendars: Calendars
    var pools: PoolLimits
    /// The names of all jobs.
    var jobs: [String]
  }

  var reader: ShapeReader
  private let shape: Fields
  var machines: StateMachineReader
  private let rules: (String) -> TimeZoneRules?
  private let policies: YAMLNode?
  private let taskDefaults: YAMLNode?
  let surroundings: Surroundings
  private let taskDefinitions: [String: TaskDefinition]
  /// The families of the file's task definitions that jobs name.
  private(set) var usedFamilies: Set<String> = []
  private(set) var usedCalendars: Set<String> = []
  /// See ``JobFile/machineJobs``.
  var machineJobs: Set<JobName> = []
  private(set) var pools: PoolLimits
  private(set) var upstream: UpstreamJobs
  /// The pools of jobs, whose limits are known once all are read.
  private var claims: [JobName: PoolLimits.Claim] = [:]

  init(
    reader: ShapeReader, shape: Fields, machines: StateMachineReader, rules: @escaping (String) -> TimeZoneRules?,
    defaults: YAMLNode?, surroundings: Surroundings
  ) {
    self.reader = reader
    self.shape = shape
    self.machines = machines
    self.rules = rules
    (policies, taskDefaults) = Defaults.split(defaults)
    self.surroundings = surroundings
    taskDefinitions = Dictionary(
      surroundings.taskDefinitions.map { ($0.family, $0) }, uniquingKeysWith: { $1 })
    pools = surroundings.pools
    upstream = UpstreamJobs(jobs: surroundings.jobs)
  }

  /// All jobs without a mistake that leaves nothing to build on.
  mutating func read(_ members: [YAMLNode.Member]) -> [Job] {
    var jobs = members.compactMap { read($0) }
    for index in jobs.indices {
      guard let claim = claims.removeValue(forKey: jobs[index].name) else { continue }
      jobs[index].pool = pools.place(claim, &reader.diagnostics)
    }
    // Jobs with a mistake are not left unchecked.
    for claim in claims.values { _ = pools.place(claim, &reader.diagnostics) }
    upstream.reportCycles(&reader.diagnostics)
    return jobs
  }

  private mutating func read(_ member: YAMLNode.Member) -> Job? {
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
    // A name that is none, or a machine with mistakes, is no reason to leave the rest of the job unchecked.
    guard let standIn = name ?? JobName("job") else { return nil }
    var job = Job(name: standIn, schedules: [], timezone: surroundings.timezone, machine: [:])
    readValues(values, into: &job)
    readPolicies(node, own: own, values, key: member.key, into: &job)
    guard let machine = machine(of: node, own: own, values, standIn), name != nil else { return nil }
    job.machine = machine
    return job
  }

  private func merged(_ own: YAMLNode) -> YAMLNode {
    var merged = Defaults.merge(policies, under: own)
    guard var members = merged.members else { return merged }
    if let index = members.lastIndex(where: { $0.key == "task" }) {
      members[index].value = Defaults.mergeTask(taskDefaults, under: members[index].value)
    }
    if let notifications = surroundings.notifications, notifications.members != nil {
      if let index = members.lastIndex(where: { $0.key == "notifications" }) {
        members[index].value = Defaults.merge(notifications, under: members[index].value)
      } else {
        members.append(
          YAMLNode.Member(
            key: "notifications", keyPlace: notifications.keyPlace ?? notifications.place, value: notifications))
      }
    }
    merged.content = .mapping(members)
    return merged
  }

  private func readValues(_ values: JSONObject, into job: inout Job) {
    job.description = values["description"]?.stringValue
    if let timezone = values["timezone"]?.stringValue { job.timezone = timezone }
    if let input = values["input"] { job.input = input }
    if let oncePer = values["oncePer"]?.stringValue.flatMap(Job.OncePer.init) { job.oncePer = oncePer }
    let catchUp = values["catchUp"]
    let mode = catchUp?.stringValue ?? catchUp?["mode"]?.stringValue
    if let mode = mode.flatMap(Job.CatchUp.Mode.init) { job.catchUp.mode = mode }
    if let within = catchUp?["within"]?.integerValue { job.catchUp.within = .seconds(within) }
    if let window = values["flexibleWindow"]?.integerValue { job.flexibleWindow = .seconds(window) }
    job.dateFormat = values["date"]?.stringValue
    job.lateAfter = values["lateAfter"]?.stringValue.flatMap { Allowance(written: $0) }
    job.tooLongAfter = values["tooLongAfter"]?.stringValue.flatMap { Allowance(written: $0) }
    if let limits = values["limits"]?.stringValue.flatMap(MachineLimits.init) { job.limits = limits }
    job.taskPolicy = TaskPolicy(values)
  }

  /// What is looked at beside other keys, other jobs or the top of the file.
  private mutating func readPolicies(
    _ node: YAMLNode, own: YAMLNode, _ values: JSONObject, key: String, into job: inout Job
  ) {
    var schedules = ScheduleReader(timezone: job.timezone, rules: rules, diagnostics: reader.diagnostics)
    job.schedules = schedules.read(node, values)
    reader.diagnostics = schedules.diagnostics
    if let after = node["after"] {
      job.after = upstream.add(after, of: key, &reader.diagnostics)
    }
    if let calendar = node["calendar"], values["calendar"] != nil {
      var calendars = JobCalendar(calendars: surroundings.calendars, diagnostics: reader.diagnostics)
      job.calendar = calendars.rule(calendar, isOwn: own["calendar"] != nil)
      usedCalendars.formUnion(calendars.used)
      reader.diagnostics = calendars.diagnostics
    }
    if let pool = node["pool"], let value = values["pool"] {
      claims[job.name] = pools.claim(pool, value, isOwn: own["pool"] != nil, &reader.diagnostics)
    }
    if let notifications = node["notifications"], let value = values["notifications"] {
      var subscriptions = NotificationReader(diagnostics: reader.diagnostics)
      job.subscriptions = subscriptions.subscriptions(
        notifications, value, isOwn: own["notifications"] != nil)
      reader.diagnostics = subscriptions.diagnostics
    }
    if job.schedules.isEmpty {
      // Defaults speak of a schedule's slots.
      job.calendar = nil
      job.flexibleWindow = .zero
    }
    var checks = PolicyChecks(node: node, own: own, values: values, diagnostics: reader.diagnostics)
    job.overlap = checks.overlap()
    checks.check(job)
    reader.diagnostics = checks.diagnostics
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
      return lowered(task, job: node, own: own, values, name)
    case (nil, .some(let machine)):
      machineJobs.insert(name)
      return given(machine, own: own, values)
    }
  }

  // MARK: A task

  private mutating func lowered(
    _ node: YAMLNode, job: YAMLNode, own: YAMLNode, _ values: JSONObject, _ name: JobName
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
    checks.check(&description)
    let parameters = TaskLowering.parameters(of: description, job: name)
    checks.checkLength(of: parameters, description, job: name)
    reader.diagnostics = checks.diagnostics
    if let date = own["date"], values["date"] != nil, description.container == nil {
      reader.diagnostics.error(
        "`date` needs the task's `container`, which is told of the day as JOBD_DAY", atKeyOf: date)
    }
    if let type = job["type"], description.container == nil {
      reader.diagnostics.error("`type` needs the task's `container`, which is told of it as JOB_TYPE", atKeyOf: type)
    }
    return TaskLowering.machine(of: description, parameters: parameters, job: name)
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
