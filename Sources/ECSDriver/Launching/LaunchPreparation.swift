internal import JobModel

/// Makes a launch of a Task state's arguments. Pure.
enum LaunchPreparation {
  /// The launch, with the whole RunTask input in ``Launch/request``.
  ///
  /// A `StartedBy` of the arguments is checked and not used: jobd finds its tasks by its own (ARCHITECTURE.md:
  /// exactly-once launch), as Step Functions itself does when none is given. `ClientToken` likewise.
  static func launch(
    _ request: TaskRequest, installation: String, at now: Instant
  ) throws(TaskFailure) -> Launch {
    var input = try members(of: request)
    let startedBy = LaunchIdentity.startedBy(request.launch, installation: installation)
    let token = LaunchIdentity.clientToken(request.launch, installation: installation)
    let cluster = input["cluster"]?.stringValue ?? "default"
    input["cluster"] = .string(cluster)
    input["count"] = .integer(try count(input["count"]))
    input["startedBy"] = .string(startedBy)
    input["clientToken"] = .string(token)
    try checkOverrides(input["overrides"])
    return Launch(
      id: request.launch, task: request.task, state: request.state, resource: request.resource,
      request: .object(input), clientToken: token, startedBy: startedBy, cluster: cluster, intendedAt: now,
      policy: request.policy)
  }

  private static func members(of request: TaskRequest) throws(TaskFailure) -> JSONObject {
    guard var arguments = request.arguments.objectValue else {
      throw rejected(request, ["The arguments must be a STRUCTURE, not \(request.arguments.kind)"])
    }
    arguments["ClientToken"] = nil
    var reader = ArgumentsReader()
    let members = reader.read(arguments, as: RunTaskShape.input)
    if !reader.mistakes.isEmpty { throw rejected(request, reader.mistakes) }
    return members
  }

  /// As Step Functions fails a state whose effective parameters do not fit the API.
  private static func rejected(_ request: TaskRequest, _ mistakes: [String]) -> TaskFailure {
    let list = mistakes.joined(separator: ", ")
    return TaskFailure(
      error: FailureName.runtime.rawValue,
      cause: "The Parameters '\(clipped(request.arguments.text, to: 4_096))' could not be used to start the Task: "
        + "[\(list)]",
      diagnosis: Diagnosis(
        class: .refused, sentence: "the arguments of the state \"\(request.state)\" do not fit RunTask: \(list)"))
  }

  private static func count(_ value: JSONValue?) throws(TaskFailure) -> Int64 {
    let count = value?.integerValue ?? 1
    guard (1...Int64(ECSLimits.count)).contains(count) else {
      throw invalid("Count must be from 1 to \(ECSLimits.count), not \(count)")
    }
    return count
  }

  private static func checkOverrides(_ overrides: JSONValue?) throws(TaskFailure) {
    // Characters are counted only where there are bytes enough.
    guard let text = overrides?.text, text.utf8.count > Limits.overridesLength else { return }
    let length = text.count
    guard length > Limits.overridesLength else { return }
    throw invalid(
      "Overrides must be at most \(Limits.overridesLength) characters of JSON, these are \(length); "
        + "put large input into S3 and pass its key")
  }

  /// What ECS itself would answer, without asking it.
  private static func invalid(_ message: String) -> TaskFailure {
    TaskFailure(
      error: FailureName.invalidParameter.rawValue, aliases: [FailureName.launchFailed.rawValue], cause: message,
      diagnosis: Diagnosis(class: .refused, sentence: "RunTask was not sent: \(message)"))
  }
}

/// The first characters of a text, with an ellipsis where some were cut.
func clipped(_ text: String, to length: Int) -> String {
  text.count <= length ? text : text.prefix(length) + "…"
}
