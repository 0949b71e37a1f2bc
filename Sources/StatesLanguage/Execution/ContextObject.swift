internal import JobModel

/// The context object (`$$`): what the caller gave of the execution and the machine, and the state in which
/// the execution stands (Step Functions guide, "Context object"). It is put together only when it is looked at.
struct ContextObject {
  /// The members that stay the same: Execution, StateMachine.
  var base: JSONValue
  var stateName: String
  var enteredAt: Instant
  /// Only Task, Parallel and Map states have one.
  var retryCount: Int?
  /// Map.Item, inside an iteration.
  var mapItem: JSONValue?
  /// Task.Token, for a task that waits for it to come back.
  var taskToken: String?

  var value: JSONValue {
    var members = base.objectValue ?? [:]
    var state: JSONObject = ["EnteredTime": .string(enteredAt.millisecondText), "Name": .string(stateName)]
    if let retryCount { state["RetryCount"] = .integer(Int64(retryCount)) }
    members["State"] = .object(state)
    if let mapItem { members["Map"] = ["Item": mapItem] }
    if let taskToken { members["Task"] = ["Token": .string(taskToken)] }
    return .object(members)
  }
}
