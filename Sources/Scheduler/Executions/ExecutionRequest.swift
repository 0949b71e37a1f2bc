public import JobModel

/// StartExecution's arguments, as a Task state gives them (Step Functions API, StartExecution), read and checked.
public struct ExecutionRequest: Equatable, Sendable {
  public var form: ExecutionForm
  /// The job, or the entry of `stateMachines`, that is to run.
  public var machine: JobName
  /// As it is written in answers: the ARN that was given, or one made of the bare name.
  public var machineARN: String
  /// The execution's name; nil where none was given.
  public var name: String?
  public var input: JSONValue

  private static let known = ["StateMachineArn", "Input", "Name", "TraceHeader"]

  /// - Throws: what Step Functions fails a state with whose arguments it does not take.
  public init(form: ExecutionForm, arguments: JSONValue, state: String) throws(TaskFailure) {
    let failures = ExecutionFailures(form: form)
    guard let members = arguments.objectValue else {
      throw failures.unusable(arguments, state, "The arguments must be a STRUCTURE, not \(arguments.kind)")
    }
    for (key, value) in members {
      guard ExecutionRequest.known.contains(key) else {
        let near = ExecutionRequest.known.first { $0.lowercased() == key.lowercased() }
        throw failures.unusable(
          arguments, state,
          "The field \"\(key)\" is not supported by Step Functions" + (near.map { " (did you mean \"\($0)\"?)" } ?? ""))
      }
      guard key == "Input" || value.isNull || value.stringValue != nil else {
        throw failures.unusable(arguments, state, "The value for the field '\(key)' must be a STRING")
      }
    }
    guard let text = members["StateMachineArn"]?.stringValue else {
      throw failures.unusable(arguments, state, "The field 'StateMachineArn' is required but was missing")
    }
    self.form = form
    (machine, machineARN) = try ExecutionRequest.machine(text, failures)
    name = try ExecutionRequest.name(members["Name"]?.stringValue, failures)
    input = try ExecutionRequest.input(members["Input"] ?? .null, failures)
  }

  /// The name in `arn:aws:states:REGION:ACCOUNT:stateMachine:NAME`, or a name by itself.
  private static func machine(
    _ text: String, _ failures: ExecutionFailures
  ) throws(TaskFailure) -> (JobName, arn: String) {
    if !text.hasPrefix("arn:") {
      guard let name = JobName(text) else { throw failures.machineDoesNotExist(text) }
      return (name, "arn:aws:states:::stateMachine:\(name)")
    }
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count >= 7, parts[2] == "states", parts[5] == "stateMachine" else {
      throw failures.invalid("InvalidArn", "Invalid Arn: '\(text)'")
    }
    // A version or an alias would be an eighth part: there are none here.
    guard parts.count == 7, let name = JobName(String(parts[6])) else { throw failures.machineDoesNotExist(text) }
    return (name, text)
  }

  /// Names may hold what is neither a space, a bracket, a wildcard, a special character nor a control character.
  private static func name(_ text: String?, _ failures: ExecutionFailures) throws(TaskFailure) -> String? {
    guard let text else { return nil }
    let isSound = text.unicodeScalars.allSatisfy { scalar in
      !scalar.properties.isWhitespace && scalar.value >= 0x20 && !(0x7F...0x9F).contains(scalar.value)
        && !"<>{}[]?*\"#%\\^|~`$&,;:/".unicodeScalars.contains(scalar)
    }
    guard isSound, (1...Limits.executionNameLength).contains(text.count) else {
      throw failures.invalid("InvalidName", "Invalid Name: '\(text.prefix(Limits.executionNameLength))'")
    }
    return text
  }

  /// A text is taken for JSON that is written already, as the API takes it; nothing at all is `{}`.
  private static func input(_ value: JSONValue, _ failures: ExecutionFailures) throws(TaskFailure) -> JSONValue {
    let problem: String
    switch value {
    case .null: return [:]
    case .string(let text):
      if text.utf8.count <= Limits.executionInputBytes, let parsed = try? JSONValue.parse(text) { return parsed }
      problem = String(text.prefix(200))
    default:
      if value.text.utf8.count <= Limits.executionInputBytes { return value }
      problem = "it is longer than \(Limits.executionInputBytes) bytes"
    }
    throw failures.invalid("InvalidExecutionInput", "Invalid State Machine Execution Input: '\(problem)'")
  }

  // MARK: As it is kept with the launch

  public var json: JSONValue {
    var members: JSONObject = ["StateMachineArn": .string(machineARN)]
    if let name { members["Name"] = .string(name) }
    members["Input"] = .string(input.text)
    return .object(members)
  }

  /// Reads what ``json`` wrote.
  public init(_ launch: Launch) throws(TaskFailure) {
    guard let form = ExecutionForm(launch.resource) else {
      preconditionFailure("launch \(launch.id) of \(launch.resource) starts no execution")
    }
    try self.init(form: form, arguments: launch.request, state: launch.state)
  }

  /// What the execution is called among those of its machine: see ``ChildRun/name``.
  public func childName(_ launch: LaunchID) -> String { name ?? launch.description }
}
