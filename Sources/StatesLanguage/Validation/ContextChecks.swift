internal import JobModel

/// Paths into the context object: that there is such a member, and where the task token is taken.
enum ContextChecks {
  /// The context object's members (Step Functions guide, "Context object"), and jobd's own.
  private static let members: [String: [String]] = [
    "Execution": ["Id", "Input", "Name", "RoleArn", "StartTime", "RedriveCount", "RedriveTime"],
    "State": ["EnteredTime", "Name", "RetryCount"],
    "StateMachine": ["Id", "Name"],
    "Task": ["Token"],
    "Map": ["Item"],
    "Jobd": ["Job", "Run", "Slot", "Day", "Date"],
  ]

  static func check(_ path: JSONPath, at pointer: String, _ reader: inout DefinitionReader) {
    var names: [String] = []
    for case .name(let name) in path.segments.prefix(while: { if case .name = $0 { true } else { false } }) {
      names.append(name)
    }
    if names.isEmpty, !path.segments.isEmpty { return }
    check(names, in: "$$", at: pointer, &reader)
  }

  /// - Parameter root: how the context object is written in this place.
  static func check(_ names: [String], in root: String, at pointer: String, _ reader: inout DefinitionReader) {
    if names.isEmpty || names.first == "Task" {
      reader.place.tokens.append((pointer, names.starts(with: ["Task", "Token"])))
    }
    guard let first = names.first else { return }
    guard let inner = members[first] else {
      reader.warning(
        pointer, "The context object has no member \(root).\(first)" + hint(first, among: Set(members.keys)))
      return
    }
    guard names.count > 1, !inner.contains(names[1]) else { return }
    reader.warning(
      pointer, "The context object has no member \(root).\(first).\(names[1])" + hint(names[1], among: inner))
  }
}
