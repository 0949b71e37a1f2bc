internal import ControlAPI
internal import ECSDriver
internal import Foundation
internal import JobModel
internal import Scheduler

/// Backfills, logs and backups.
extension DaemonControl {
  func startBackfill(_ job: JobName, _ request: BackfillRequest) async throws(ControlError) -> BackfillAnswer {
    let backfill = try await asking { () async throws(EngineRefusal) in
      try await engine.startBackfill(
        job, from: request.from, to: request.to, maxParallel: request.maxParallel, force: request.force,
        requestedBy: request.requestedBy, note: request.note)
    }
    return try await answer(backfill)
  }

  func cancelBackfill(_ job: JobName) async throws(ControlError) -> BackfillAnswer {
    try await answer(
      try await asking { () async throws(EngineRefusal) in try await engine.cancelBackfill(job) })
  }

  /// Also of a job that is no longer in the job file.
  func backfills(_ job: JobName) async throws(ControlError) -> [BackfillAnswer] {
    let backfills = try await asking { () async throws(EngineRefusal) in try await engine.backfills(of: job) }
    // A name that no job has is a mistake, not a job without backfills.
    if backfills.isEmpty { _ = try await asking { () async throws(EngineRefusal) in try await engine.job(job) } }
    var answers: [BackfillAnswer] = []
    for backfill in backfills { answers.append(try await answer(backfill)) }
    return answers
  }

  // MARK: Logs

  func logs(_ run: RunID, _ query: LogsQuery) async throws(ControlError) -> LogsAnswer {
    let stored = try await reading { store throws(StoreError) in try await store.run(run) }
    guard let stored else { throw unknown(run) }
    let launches = try await reading { store throws(StoreError) in try await store.launches(of: run) }
    let launch =
      if let number = query.launch { launches.first { $0.id.number == number } } else { launches.last }
    var answer = LogsAnswer(
      run: run, timezone: await timezone(of: stored), launch: launch?.id.number,
      latestLaunch: launches.last?.id.number, isOver: launch?.endedAt != nil, isRunning: stored.status == .running)
    guard let launch else {
      if let number = query.launch {
        throw .notFound("\(run) has no launch \(number)", remedy: "jobd ctl show \(run) shows those that it has")
      }
      return answer
    }
    // Its task is still on its way to AWS, or it is known only there.
    if launch.taskARN == nil, launch.endedAt == nil { return answer }
    var after: LogPosition?
    if let text = query.after {
      guard let position = LogPosition(text) else { throw .invalid("after is no place in a log, as `next` gives it") }
      after = position
    }
    let page: LogPage
    do throws(LogError) {
      page =
        if let tail = query.tail, after == nil {
          try await logs.tail(launch, container: query.container, lines: tail)
        } else {
          try await logs.page(launch, container: query.container, after: after, limit: ControlLimits.logLines)
        }
    } catch {
      throw ControlError(error)
    }
    answer.lines = page.lines.map {
      LogsAnswer.Line(at: $0.timestamp, container: $0.container, message: $0.message)
    }
    (answer.next, answer.isAtEnd, answer.notes) = (page.next.description, page.isAtEnd, page.notes)
    return answer
  }

  // MARK: Backups

  func makeBackup() async throws(ControlError) -> BackupAnswer {
    let (id, path) = try backups.next()
    try await reading { store throws(StoreError) in try await store.backup(to: path) }
    return BackupAnswer(id: id, bytes: try backups.size(of: id))
  }

  func backupPiece(_ id: String, offset: Int) async throws(ControlError) -> BackupPiece {
    try backups.piece(of: id, offset: offset)
  }
}

extension ControlError {
  init(_ error: LogError) {
    self =
      switch error.kind {
      case .badRequest: .invalid(error.message)
      case .notFound: .notFound(error.message)
      case .refused: .refused(error.message)
      case .unavailable, .cancelled: .unavailable(error.message)
      }
  }
}

/// Copies of the store on their way to whoever asked for one: one at a time, in a folder of the daemon's own.
struct BackupFolder: Sendable {
  /// Inside the state directory.
  let path: String
  let random: any RandomSource

  /// Removes earlier copies, which nobody has fetched to their end, and names the next one.
  func next() throws(ControlError) -> (id: String, path: String) {
    do {
      try? FileManager.default.removeItem(atPath: path)
      try FileManager.default.createDirectory(
        atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    } catch {
      throw .unavailable("the folder \(path) for the copy cannot be made: \(error.localizedDescription)")
    }
    let id = String(random.next(), radix: 36)
    return (id, file(id))
  }

  func size(of id: String) throws(ControlError) -> Int {
    guard let attributes = try? FileManager.default.attributesOfItem(atPath: file(id)),
      let size = attributes[.size] as? Int
    else { throw gone }
    return size
  }

  func piece(of id: String, offset: Int) throws(ControlError) -> BackupPiece {
    guard !id.isEmpty, id.utf8.count <= 16, id.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber) }),
      let handle = FileHandle(forReadingAtPath: file(id))
    else { throw gone }
    defer { try? handle.close() }
    let data: Data
    do {
      try handle.seek(toOffset: UInt64(offset))
      data = try handle.read(upToCount: ControlLimits.pieceBytes) ?? Data()
    } catch {
      throw .unavailable("the copy cannot be read: \(error.localizedDescription)")
    }
    let end = offset + data.count
    let isLast = try end >= size(of: id)
    if isLast { try? FileManager.default.removeItem(atPath: path) }
    return BackupPiece(data: data.base64EncodedString(), next: isLast ? nil : end)
  }

  private var gone: ControlError {
    .notFound("there is no such copy any more", remedy: "jobd ctl backup makes another")
  }

  private func file(_ id: String) -> String { "\(path)/\(id).sqlite" }
}
