internal import JobModel

/// What reading a launch's logs takes of one of its tasks, from whatever is stored of it.
struct LaunchedTask: Equatable, Sendable {
  var arn: String
  /// The revision's ARN, once it is known.
  var definition: String?
  /// The containers' ids on their host, by name: an awslogs stream without a prefix is called so.
  var runtimeIDs: [String: String] = [:]

  /// The last part of the ARN, as streams name it.
  var id: String { String(arn.split(separator: "/").last ?? arn[...]) }

  /// Reads the API's spelling and Step Functions' alike; nil without an ARN.
  init?(_ task: JSONValue) {
    guard let arn = taskARN(task) else { return nil }
    self.arn = arn
    definition = StoppedTask(task).taskDefinition
    for container in (task["containers"] ?? task["Containers"])?.arrayValue ?? [] {
      guard let name = (container["name"] ?? container["Name"])?.stringValue,
        let id = (container["runtimeId"] ?? container["RuntimeId"])?.stringValue, !id.isEmpty
      else { continue }
      runtimeIDs[name] = id
    }
  }

  init(arn: String) { self.arn = arn }

  /// What is known where one says more than the other.
  mutating func add(_ other: LaunchedTask) {
    definition = definition ?? other.definition
    runtimeIDs.merge(other.runtimeIDs) { $1 }
  }

  /// A launch's tasks: as RunTask gave them, with what is known of their ends.
  static func tasks(of launch: Launch) -> [LaunchedTask] {
    var tasks: [LaunchedTask] = []
    for value in stored(launch.submission) + stored(launch.result) {
      guard let task = LaunchedTask(value) else { continue }
      if let index = tasks.firstIndex(where: { $0.arn == task.arn }) {
        tasks[index].add(task)
      } else {
        tasks.append(task)
      }
    }
    if tasks.isEmpty, let arn = launch.taskARN { tasks = [LaunchedTask(arn: arn)] }
    return tasks
  }

  /// An envelope, a list of stopped tasks, or one of them.
  private static func stored(_ value: JSONValue?) -> [JSONValue] {
    guard let value else { return [] }
    return (value["Tasks"] ?? value["tasks"])?.arrayValue ?? [value]
  }
}
