internal import JobModel

/// Answers of ECS as Step Functions shows them: PascalCase, and instants as whole milliseconds since
/// 1970 instead of seconds with a fraction.
enum AnswerSpelling {
  /// The members of Task, Container and ManagedAgent that are instants (ECS API, Task).
  static let instants: Set<String> = [
    "connectivityAt", "createdAt", "executionStoppedAt", "pullStartedAt", "pullStoppedAt", "startedAt", "stoppedAt",
    "stoppingAt", "lastStartedAt",
  ]

  /// No member of a Task is a map with keys of the user's own (tags, attributes and environment are
  /// lists of names and values), so every key is the API's and is respelled, also one that is newer
  /// than this table.
  static func stateSpelling(_ value: JSONValue) -> JSONValue {
    switch value {
    case .array(let elements): .array(elements.map(stateSpelling))
    case .object(let members):
      .object(
        members.mapMembers { key, value in
          (pascalCase(key), instants.contains(key) ? milliseconds(value) : stateSpelling(value))
        })
    default: value
    }
  }

  private static func milliseconds(_ value: JSONValue) -> JSONValue {
    guard let seconds = value.numberValue else { return value }
    let milliseconds = (seconds * 1_000).rounded()
    return Int64(exactly: milliseconds).map { .integer($0) } ?? value
  }

  /// RunTask's envelope as the request-response form returns it and as TaskSubmitted shows it.
  static func envelope(tasks: [JSONValue], failures: [JSONValue]) -> JSONValue {
    ["Failures": stateSpelling(.array(failures)), "Tasks": stateSpelling(.array(tasks))]
  }
}
