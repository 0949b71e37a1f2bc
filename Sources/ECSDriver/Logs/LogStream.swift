internal import JobModel

/// Where a container of a task writes.
struct LogStream: Equatable, Sendable {
  var task: LaunchedTask
  var container: String
  var group: LogGroup
  /// Nil where the stream is named after a container id that is not known yet: it does not run yet.
  var name: String?

  /// What a position knows it by.
  var key: String { "\(task.id)/\(container)" }
}

/// Finds the streams of a task among its definition's containers. Pure.
enum LogStreams {
  struct Found: Equatable, Sendable {
    var streams: [LogStream] = []
    /// Containers whose logs cannot be read, with why.
    var unreadable: [String] = []
  }

  /// - Parameter defaultGroup: where containers without a log configuration write, if anywhere; their streams
  ///   are named as if the prefix were the family.
  static func find(
    _ task: LaunchedTask, containers: [TaskDefinitionFacts.Container], defaultGroup: String?
  ) -> Found {
    var found = Found()
    for container in containers {
      switch container.log {
      case .awslogs(let group, let prefix):
        let name = prefix.map { "\($0)/\(container.name)/\(task.id)" } ?? task.runtimeIDs[container.name]
        found.streams.append(LogStream(task: task, container: container.name, group: group, name: name))
      case .other(let driver):
        found.unreadable.append("container \(container.name) logs with \(driver): jobd reads awslogs only")
      case .none:
        guard let defaultGroup, let family = task.definition.flatMap(TaskFinder.family) else {
          found.unreadable.append(
            "container \(container.name) has no log configuration: give it `awslogs` in its task definition")
          continue
        }
        found.streams.append(
          LogStream(
            task: task, container: container.name, group: LogGroup(name: defaultGroup, region: nil),
            name: "\(family)/\(container.name)/\(task.id)"))
      }
    }
    return found
  }
}
