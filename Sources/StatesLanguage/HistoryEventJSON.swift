public import JobModel

extension HistoryEvent {
  /// The event as `GetExecutionHistory` shows it: the details are members of the event itself.
  public var json: JSONValue {
    var members: JSONObject = [
      "id": .integer(Int64(id)), "previousEventId": .integer(Int64(previousID)),
      "timestamp": .string(timestamp.millisecondText), "type": .string(type),
    ]
    for member in details.objectValue ?? [:] { members[member.key] = member.value }
    return .object(members)
  }
}
