internal import AWSClient
internal import JobModel
internal import Logging

/// The last lines of a failed task, for its diagnosis: as much as can be had in a short time.
struct LastLines: Sendable {
  /// Lines that are kept.
  static let count = 20
  /// Bytes of them all.
  static let bytes = 8_192
  /// For everything together.
  static let patience: Duration = .seconds(10)
  /// Before it is asked again while nothing is there: log drivers send late.
  static let delays: [Duration] = [.seconds(2), .seconds(4)]

  var logs: TaskLogs
  var time: any TimeSource
  var logger: Logger

  /// Empty where no container ran, or where its log cannot be read; never an error of its own.
  func lines(of end: Judged, _ launch: Launch) async throws(CancellationError) -> [String] {
    guard case .judged(.failed) = end.outcome, let json = end.task, LastLines.hasRun(json),
      let task = LaunchedTask(json)
    else { return [] }
    let lines = await withTaskGroup(of: [String]?.self) { group in
      group.addTask { await self.fetch(task, json, launch) }
      group.addTask {
        try? await time.sleep(for: LastLines.patience)
        return nil
      }
      let first = await group.next() ?? nil
      group.cancelAll()
      return first
    }
    if Task.isCancelled { throw CancellationError() }
    return lines ?? []
  }

  /// A task that failed to start has written nothing.
  private static func hasRun(_ json: JSONValue) -> Bool {
    let task = StoppedTask(json)
    let isStarted = json["startedAt"] != nil || task.containers.contains { $0.exitCode != nil }
    return isStarted && task.stopCode != "TaskFailedToStart"
  }

  private func fetch(_ task: LaunchedTask, _ json: JSONValue, _ launch: Launch) async -> [String] {
    do {
      guard let stream = try await logs.stream(of: task, StoppedTask(json), launch) else { return [] }
      for delay in [.zero] + LastLines.delays {
        if delay > .zero { try await time.sleep(for: delay) }
        let lines = try await logs.lastLines(of: stream, count: LastLines.count)
        if !lines.isEmpty { return Diagnosis.lastLines(of: lines, count: LastLines.count, bytes: LastLines.bytes) }
      }
    } catch is CancellationError {
      // Its time is over, or the run is given up.
    } catch {
      logger.debug(
        "the last lines of a failed task could not be read",
        metadata: [
          "job": "\(launch.id.run.job)", "run": "\(launch.id.run)", "launch": "\(launch.id.number)",
          "error": "\(error)",
        ])
    }
    return []
  }

  /// The container to read: the essential one that failed by itself, rather than one that was killed with it.
  static func failedContainer(_ task: StoppedTask, essential: Set<String>) -> String? {
    let named = task.containers.filter { essential.contains($0.name) }
    let counted = named.isEmpty ? task.containers : named
    let failed = counted.filter { $0.exitCode != nil && $0.exitCode != 0 }
    return (failed.first { !$0.wasKilled } ?? failed.first ?? counted.first)?.name
  }
}

extension TaskLogs {
  /// Where the failed container of a stopped task writes; nil where jobd cannot read it.
  fileprivate func stream(
    of task: LaunchedTask, _ stopped: StoppedTask, _ launch: Launch
  ) async throws -> LogStream? {
    let containers = try await containers(of: task, launch)
    let essential = Set(containers.filter(\.isEssential).map(\.name))
    guard let name = LastLines.failedContainer(stopped, essential: essential) else { return nil }
    return streams(of: task, containers.filter { $0.name == name }).first { $0.name != nil }
  }

  fileprivate func lastLines(of stream: LogStream, count: Int) async throws -> [String] {
    do throws(AWSError) {
      return try await reader.backward(stream, label: stream.container, wanted: count).events.map(\.message)
    } catch {
      // Not there yet, perhaps.
      if error.kind == .refused, error.code == "ResourceNotFoundException" { return [] }
      throw LogError(error, stream)
    }
  }
}
