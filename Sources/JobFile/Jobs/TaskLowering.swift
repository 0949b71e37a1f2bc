internal import JobModel

/// Turns a task into a state machine of one Task state, so that retry, timeout and history exist once.
enum TaskLowering {
  static let resource = "arn:aws:states:::ecs:runTask.sync"

  /// - Parameter parameters: the task's, see ``parameters(of:job:)``.
  static func machine(of task: TaskDescription, parameters: JSONObject, job: JobName) -> JSONValue {
    var state: JSONObject = ["Type": "Task", "Resource": .string(resource)]
    state["Parameters"] = .object(parameters)
    if let seconds = task.timeoutSeconds { state["TimeoutSeconds"] = .integer(seconds) }
    if task.retry.retriesAnything { state["Retry"] = .array(task.retry.retriers) }
    state["End"] = true
    var machine: JSONObject = ["StartAt": .string(job.description)]
    if let seconds = task.runTimeoutSeconds { machine["TimeoutSeconds"] = .integer(seconds) }
    machine["States"] = .object([job.description: .object(state)])
    return .object(machine)
  }

  /// RunTask's parameters as the states language spells them.
  static func parameters(of task: TaskDescription, job: JobName) -> JSONObject {
    var parameters = pascalCased(.object(task.parameters)).objectValue ?? [:]
    if let definition = task.definition { parameters["TaskDefinition"] = pascalCased(definition.input) }
    var overrides = parameters["Overrides"]?.objectValue ?? [:]
    if let cpu = task.cpu { overrides["Cpu"] = cpu }
    if let memory = task.memory { overrides["Memory"] = memory }
    if let container = task.container {
      overrides["ContainerOverrides"] = containerOverrides(
        of: task, container: container, given: overrides["ContainerOverrides"]?.arrayValue ?? [], job: job)
    }
    if !overrides.isEmpty { parameters["Overrides"] = .object(overrides) }
    return parameters
  }

  private static func containerOverrides(
    of task: TaskDescription, container: String, given: [JSONValue], job: JobName
  ) -> JSONValue {
    var all = given
    let position = all.firstIndex { $0["Name"] == .string(container) }
    var override = position.map { all[$0].objectValue ?? [:] } ?? ["Name": .string(container)]
    if let command = task.command { override["Command"] = .array(command) }
    let written = override["Environment"]?.arrayValue ?? []
    let short = (task.environment ?? [:]).map { variable($0.key, $0.value) }
    let names = Set((written + short).compactMap { $0["Name"]?.stringValue })
    let added = runVariables(job: job, type: task.type).filter { !names.contains($0["Name"]?.stringValue ?? "") }
    override["Environment"] = .array(written + short + added)
    if let position { all[position] = .object(override) } else { all.append(.object(override)) }
    return .array(all)
  }

  private static func variable(_ name: String, _ value: JSONValue) -> JSONValue {
    ["Name": .string(name), "Value": value]
  }

  /// What a container learns of its run. The engine puts `Jobd` into the context object.
  private static func runVariables(job: JobName, type: String) -> [JSONValue] {
    [
      variable("JOB_ID", .string(job.description)),
      variable("JOB_TYPE", .string(type)),
      ["Name": "JOBD_RUN", "Value.$": "$$.Jobd.Run"],
      ["Name": "JOBD_SLOT", "Value.$": "$$.Jobd.Slot"],
      ["Name": "JOBD_DAY", "Value.$": "$$.Jobd.Date"],
      ["Name": "JOBD_ATTEMPT", "Value.$": "States.Format('{}', States.MathAdd($$.State.RetryCount, 1))"],
    ]
  }

  /// Members of a task definition whose own members are the user's names.
  private static let maps: Set<String> = ["options", "dockerLabels", "driverOpts", "labels"]

  /// Every key of RunTask and RegisterTaskDefinition differs between the ECS API and the states language in its
  /// first letter's case only. All keys here are known ones (an environment's names are values), but for those of
  /// ``maps``.
  private static func pascalCased(_ value: JSONValue) -> JSONValue {
    switch value {
    case .object(let object):
      .object(
        JSONObject(
          object.map { key, value in
            (key: key.prefix(1).uppercased() + key.dropFirst(), value: maps.contains(key) ? value : pascalCased(value))
          }))
    case .array(let array): .array(array.map(pascalCased))
    default: value
    }
  }
}
