internal import JobModel

/// What the verdict reads of a task, from JSON that may lack any of it. Reads the API's spelling and
/// Step Functions' alike.
struct StoppedTask: Equatable, Sendable {
  struct Container: Equatable, Sendable {
    var name: String
    /// Absent never means 0.
    var exitCode: Int?
    var reason: String?
    var lastStatus: String?

    /// Ended by SIGKILL (137) or SIGTERM (143) with nothing said about why: what ECS does to the rest
    /// of a task once an essential container has exited.
    var wasKilled: Bool { (exitCode == 137 || exitCode == 143) && reason == nil }
  }

  var arn: String?
  var taskDefinition: String?
  var stopCode: String?
  var stoppedReason: String?
  var containers: [Container]

  init(_ task: JSONValue) {
    arn = taskARN(task)
    taskDefinition = text(task, "taskDefinitionArn")
    stopCode = text(task, "stopCode")
    stoppedReason = text(task, "stoppedReason")
    containers = (member(task, "containers")?.arrayValue ?? []).enumerated().compactMap { index, value in
      guard value.objectValue != nil else { return nil }
      return Container(
        name: text(value, "name") ?? "#\(index + 1)",
        exitCode: member(value, "exitCode")?.integerValue.flatMap { Int(exactly: $0) },
        reason: text(value, "reason"), lastStatus: text(value, "lastStatus"))
    }
  }

  var exitCodes: [String: Int] {
    Dictionary(containers.compactMap { container in container.exitCode.map { (container.name, $0) } }) { first, _ in
      first
    }
  }

  /// The last part of the ARN: what people search for.
  var shortName: String { (arn?.split(separator: "/").last).map { "task \($0)" } ?? "the task" }
}

private func member(_ value: JSONValue, _ name: String) -> JSONValue? { value[name] ?? value[pascalCase(name)] }

/// Nil also for an empty text.
private func text(_ value: JSONValue, _ name: String) -> String? {
  let text = member(value, name)?.stringValue
  return text?.isEmpty == false ? text : nil
}
