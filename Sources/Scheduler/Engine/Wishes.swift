public import JobModel

/// What an operator says of a run that is started by hand.
public struct RunWish: Equatable, Sendable {
  /// In place of the job's own.
  public var input: JSONValue?
  public var overrides: RunOverrides
  public var requestedBy: String
  public var note: String?

  public init(
    input: JSONValue? = nil, overrides: RunOverrides = RunOverrides(), requestedBy: String, note: String? = nil
  ) {
    self.input = input
    self.overrides = overrides
    self.requestedBy = requestedBy
    self.note = note
  }
}

/// What an operator says of a run that is to repeat another.
public struct RerunWish: Equatable, Sendable {
  public var target: RerunTarget
  /// Also of a slot that has succeeded.
  public var force: Bool
  /// Go on at the state that failed, rather than begin anew.
  public var isFromFailed: Bool
  /// With the definition with which the slot's latest run began, rather than the job's present one.
  public var keepsDefinition: Bool
  public var requestedBy: String
  public var note: String?

  public init(
    _ target: RerunTarget = .latest, force: Bool = false, isFromFailed: Bool = false,
    keepsDefinition: Bool = false, requestedBy: String, note: String? = nil
  ) {
    self.target = target
    self.force = force
    self.isFromFailed = isFromFailed
    self.keepsDefinition = keepsDefinition
    self.requestedBy = requestedBy
    self.note = note
  }
}

/// What a run by hand does otherwise than its job.
public struct RunOverrides: Equatable, Sendable {
  /// Variables beside, or in place of, those that the job gives to its container.
  public var environment: [(name: String, value: String)]
  /// In place of the container's command.
  public var command: [String]?

  public init(environment: [(name: String, value: String)] = [], command: [String]? = nil) {
    self.environment = environment
    self.command = command
  }

  public static func == (left: RunOverrides, right: RunOverrides) -> Bool {
    left.command == right.command && left.environment.elementsEqual(right.environment, by: ==)
  }

  /// The job's machine with these in it; nil where there is nothing to change.
  ///
  /// - Throws: where the machine is not one of a single ECS task with one container that is overridden, since then
  ///   nobody can tell whose environment and command they are.
  func machine(of job: Job) throws(EngineRefusal) -> JSONValue? {
    if environment.isEmpty && command == nil { return nil }
    let machine = job.machine
    guard var states = machine["States"]?.objectValue, states.count == 1, let (name, state) = states.first,
      state["Resource"]?.stringValue?.contains(":states:::ecs:runTask") == true
    else {
      throw .unfit(
        job.name, "environment and command are for a job with a `task`; a state machine takes an input instead")
    }
    guard var overrides = state["Parameters"]?["Overrides"],
      var containers = overrides["ContainerOverrides"]?.arrayValue,
      containers.count == 1, var container = containers[0].objectValue
    else {
      throw .unfit(
        job.name, "which container is meant cannot be told: name it by `container` in the job's `task`")
    }
    if let command { container["Command"] = .array(command.map { .string($0) }) }
    var variables = container["Environment"]?.arrayValue ?? []
    for (name, value) in environment {
      variables.removeAll { $0["Name"] == .string(name) }
      variables.append(["Name": .string(name), "Value": .string(value)])
    }
    container["Environment"] = .array(variables)
    containers[0] = .object(container)
    overrides = overrides.setting("ContainerOverrides", .array(containers))
    let parameters = (state["Parameters"] ?? [:]).setting("Overrides", overrides)
    states[name] = state.setting("Parameters", parameters)
    return machine.setting("States", .object(states))
  }
}

extension JSONValue {
  /// An object with a member replaced or added.
  fileprivate func setting(_ key: String, _ value: JSONValue) -> JSONValue {
    var members = objectValue ?? [:]
    members[key] = value
    return .object(members)
  }
}
