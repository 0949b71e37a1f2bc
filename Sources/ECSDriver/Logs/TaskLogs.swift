internal import AWSClient
public import JobModel

/// Reads what the containers of a launch wrote, where their task definition sends it to CloudWatch Logs
/// (`awslogs`).
///
/// A container's stream is `prefix/container/task-id`; without a prefix, which only EC2 allows, it is the
/// container's id on its host (ECS developer guide, "Send Amazon ECS logs to CloudWatch"). The group may be in
/// another Region.
public struct TaskLogs: Sendable {
  let time: any TimeSource
  let facts: TaskDefinitionFacts
  let reader: LogReader
  private let finder: TaskFinder
  private let defaultGroup: String?

  /// - Parameter defaultGroup: the log group, in the daemon's own Region, of containers whose definition has no
  ///   log configuration; their streams are `family/container/task-id`. Nil: such containers have no logs, as
  ///   with ECS.
  init(caller: any AWSCaller, time: any TimeSource, facts: TaskDefinitionFacts, defaultGroup: String?) {
    self.time = time
    self.facts = facts
    self.defaultGroup = defaultGroup
    reader = LogReader(caller: caller)
    finder = TaskFinder(caller: caller)
  }

  /// Lines of a launch from a position on, the earliest first. Of several containers their lines are put into
  /// the order of their times.
  ///
  /// While the launch runs, and shortly after its end, streams that are not there yet are empty.
  ///
  /// - Parameters:
  ///   - container: one container alone; nil for all whose logs can be read.
  ///   - after: an earlier page's ``LogPage/next``; nil for the beginning.
  ///   - limit: lines at most, from 1 to ``LogLimits/pageLines``.
  public func page(
    _ launch: Launch, container: String? = nil, after: LogPosition? = nil, limit: Int = 1_000
  ) async throws(LogError) -> LogPage {
    try TaskLogs.check(limit)
    let found = try await streams(of: launch, container: container)
    let position = after ?? .start
    let keys = Set(found.streams.map(\.key))
    guard position.places.keys.allSatisfy(keys.contains) else {
      throw LogError(
        .badRequest, "the position is of another launch or container than launch \(launch.id.number): leave it out")
    }
    let readings = try await read(found.streams, of: launch) { stream, label throws(AWSError) in
      try await reader.forward(stream, label: label, from: position.places[stream.key] ?? .init(), wanted: limit)
    }
    return LogMerge.page(readings, limit: limit, notes: found.unreadable)
  }

  /// The last lines of a launch; ``page(_:container:after:limit:)`` goes on from there.
  ///
  /// - Parameter lines: from 1 to ``LogLimits/pageLines``.
  public func tail(_ launch: Launch, container: String? = nil, lines: Int) async throws(LogError) -> LogPage {
    try TaskLogs.check(lines)
    let found = try await streams(of: launch, container: container)
    let readings = try await read(found.streams, of: launch) { stream, label throws(AWSError) in
      try await reader.backward(stream, label: label, wanted: lines)
    }
    return LogMerge.tail(readings, limit: lines, notes: found.unreadable)
  }

  private static func check(_ limit: Int) throws(LogError) {
    guard (1...LogLimits.pageLines).contains(limit) else {
      throw LogError(.badRequest, "the number of lines must be from 1 to \(LogLimits.pageLines), not \(limit)")
    }
  }

  /// Reads each stream; those that are not there are empty, unless all are and the launch is long over.
  private func read(
    _ streams: [LogStream], of launch: Launch,
    _ body: (LogStream, _ label: String) async throws(AWSError) -> StreamReading
  ) async throws(LogError) -> [StreamReading] {
    let hasSeveralTasks = Set(streams.map(\.task.id)).count > 1
    var readings: [StreamReading] = []
    var missing: [(stream: LogStream, why: String)] = []
    for stream in streams {
      let label = hasSeveralTasks ? stream.key : stream.container
      let absent = StreamReading(key: stream.key, label: label, start: LogPosition.Place(), isAtEnd: true)
      guard stream.name != nil else {
        readings.append(absent)
        missing.append((stream, "the container's id is not known"))
        continue
      }
      do throws(AWSError) {
        readings.append(try await body(stream, label))
      } catch {
        guard error.code == "ResourceNotFoundException", error.kind == .refused else {
          throw LogError(error, stream)
        }
        readings.append(absent)
        missing.append((stream, error.message))
      }
    }
    if let first = missing.first, missing.count == streams.count, !isRecent(launch) {
      throw LogError(
        .notFound,
        "container \(first.stream.container) has no log in \(first.stream.group.place)"
          + "\(first.stream.name.map { ", stream \($0)" } ?? ""): \(first.why) It never ran, or the group's "
          + "retention has removed the log")
    }
    return readings
  }

  private func isRecent(_ launch: Launch) -> Bool {
    launch.endedAt.map { time.now() - $0 < LogLimits.arrival } ?? true
  }
}

// MARK: - Finding the streams

extension TaskLogs {
  private func streams(of launch: Launch, container: String?) async throws(LogError) -> LogStreams.Found {
    let tasks = LaunchedTask.tasks(of: launch)
    guard !tasks.isEmpty else {
      throw LogError(.notFound, "launch \(launch.id.number) has started no task, so there are no logs")
    }
    var found = LogStreams.Found()
    var names: [String] = []
    for task in try await described(tasks, of: launch) {
      let containers = try await containers(of: task, launch)
      for name in containers.map(\.name) where !names.contains(name) { names.append(name) }
      let wanted = containers.filter { container == nil || $0.name == container }
      let more = LogStreams.find(task, containers: wanted, defaultGroup: defaultGroup)
      found.streams += more.streams
      found.unreadable += more.unreadable.filter { !found.unreadable.contains($0) }
    }
    if let container, !names.contains(container) {
      throw LogError(
        .badRequest,
        "launch \(launch.id.number) has no container \(clipped(container, to: 255)); it has "
          + names.joined(separator: ", "))
    }
    guard !found.streams.isEmpty else { throw LogError(.notFound, found.unreadable.joined(separator: "; ")) }
    return found
  }

  /// Asks ECS for what is not stored: the revision of a task that was adopted, and the ids of containers whose
  /// streams are named after them.
  private func described(_ tasks: [LaunchedTask], of launch: Launch) async throws(LogError) -> [LaunchedTask] {
    var isComplete = true
    for task in tasks where task.definition == nil || task.runtimeIDs.isEmpty {
      guard task.definition != nil else {
        isComplete = false
        break
      }
      let containers = try await containers(of: task, launch)
      if containers.contains(where: { if case .awslogs(_, streamPrefix: nil) = $0.log { true } else { false } }) {
        isComplete = false
      }
    }
    if isComplete { return tasks }
    let shown: [JSONValue]
    do throws(AWSError) {
      shown = try await finder.describe(tasks.map(\.arn), cluster: launch.cluster ?? "default")
    } catch { throw LogError(error, "DescribeTasks of the launch's tasks", permission: "ecs:DescribeTasks") }
    let known = shown.compactMap(LaunchedTask.init)
    return tasks.map { task in
      var task = task
      for other in known where other.id == task.id { task.add(other) }
      return task
    }
  }

  /// Those of these containers whose logs can be read.
  func streams(of task: LaunchedTask, _ containers: [TaskDefinitionFacts.Container]) -> [LogStream] {
    LogStreams.find(task, containers: containers, defaultGroup: defaultGroup).streams
  }

  func containers(
    of task: LaunchedTask, _ launch: Launch
  ) async throws(LogError) -> [TaskDefinitionFacts.Container] {
    guard let definition = task.definition ?? launch.namedRevision else {
      throw LogError(
        .notFound,
        "ECS does not show task \(task.id) any more, and the launch names no revision of its task definition, so "
          + "its log group is not known")
    }
    var containers: [TaskDefinitionFacts.Container]
    do throws(AWSError) {
      containers = try await facts.containers(of: definition)
    } catch {
      throw LogError(error, "task definition \(definition)", permission: "ecs:DescribeTaskDefinition")
    }
    // An endpoint that makes definitions up may have shown this one before it had all of its containers.
    if defaultGroup != nil {
      for name in launch.overriddenContainers where !containers.contains(where: { $0.name == name }) {
        containers.append(TaskDefinitionFacts.Container(name: name, isEssential: true, log: .none))
      }
    }
    return containers
  }
}

extension Launch {
  /// The task definition of the request, where it names a revision: without one it may be another by now.
  fileprivate var namedRevision: String? {
    guard let definition = request["taskDefinition"]?.stringValue,
      definition.split(separator: "/").last?.contains(":") == true
    else { return nil }
    return definition
  }

  fileprivate var overriddenContainers: [String] {
    (request["overrides"]?["containerOverrides"]?.arrayValue ?? []).compactMap { $0["name"]?.stringValue }
  }
}

// MARK: - Errors

extension LogError {
  init(_ error: AWSError, _ stream: LogStream) {
    switch error.code {
    case "InvalidParameterException" where error.kind == .refused:
      self.init(
        .badRequest,
        "CloudWatch Logs does not take the position in \(stream.group.place) (any more: it keeps one for 24 hours): "
          + "\(error.message); read from the beginning, or the last lines")
    default:
      self.init(error, "log group \(stream.group.place)", permission: "logs:GetLogEvents")
    }
  }

  /// - Parameter what: what was to be read.
  fileprivate init(_ error: AWSError, _ what: String, permission: String) {
    let said = "\(error.code): \(error.message)"
    switch error.kind {
    case .cancelled: self.init(.cancelled, "cancelled")
    case .throttled: self.init(.unavailable, "\(what) cannot be read now, AWS throttles: \(said); try again later")
    case .ambiguous, .notSent: self.init(.unavailable, "\(what) cannot be read now: \(said)")
    case .refused where error.code.hasPrefix("AccessDenied"):
      self.init(.refused, "AWS refused to show \(what): \(said); allow \(permission) on it")
    case .refused where permission == "ecs:DescribeTaskDefinition":
      self.init(.notFound, "\(what) cannot be read: \(said)")
    case .refused: self.init(.refused, "AWS refused to show \(what): \(said)")
    }
  }
}
