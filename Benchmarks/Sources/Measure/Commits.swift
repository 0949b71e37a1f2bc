internal import CSQLite
internal import Foundation
internal import JobModel
internal import Store

/// Durable commits a second: the store's with one and with many writers; beside them, in the same folder, single-row
/// commits of plain SQLite and the disk's own fdatasync.
struct Commits {
  /// Commits one after the other, each of which waits for the disk alone.
  private static let alone = 3_000
  /// Commits of many writers together: enough that the write-ahead log is copied back some times, as in daily work.
  private static let together = 12_800
  private let folder: URL

  init(_ folder: URL) { self.folder = folder }

  func measure() async throws -> JSONValue {
    var slots = JSONObject()
    var launches = JSONObject()
    for writers in [1, 64, 256] {
      slots["\(writers)"] = try await rates { try await insertSlots(writers) }
      launches["\(writers)"] = try await rates { try await writeLaunches(writers) }
    }
    return [
      "fdatasync": try rates { try synchronize() },
      "plainSQLite": try await rates { try insertRows() },
      "slots": .object(slots), "launches": .object(launches),
    ]
  }

  // MARK: The store

  /// Commits of one row each.
  private func insertSlots(_ writers: Int) async throws -> (Int, Duration) {
    let store = try freshStore(in: folder)
    let time = try await write(writers) { writer, number in
      try await expect(store.commit([.insertSlot(slot(try name("job-\(writer)"), number))]))
    }
    await store.close()
    return (each(writers) * writers, time)
  }

  /// Commits of what a launch takes: its row, three events, the run's and the snapshot's new state.
  private func writeLaunches(_ writers: Int) async throws -> (Int, Duration) {
    let store = try freshStore(in: folder)
    var begun: [Run] = []
    for writer in 0..<writers {
      let slot = slot(try name("job-\(writer)"), 0)
      let run = Run(
        id: RunID(slot: slot.key, rerun: 0), day: slot.day, trigger: .schedule,
        owner: Ownership(instance: InstanceID("benchmark"), epoch: 1), definition: "{}", input: "{}",
        startedAt: slot.key.scheduledAt)
      begun.append(run)
      try await expect(store.commit([.insertSlot(slot), .insertRun(run)]))
    }
    let runs = begun
    let snapshot = [UInt8](repeating: UInt8(ascii: "x"), count: 400)
    let time = try await write(writers) { writer, number in
      var run = runs[writer]
      run.version += number + 1
      let launch = Launch(
        id: LaunchID(run: run.id, number: number + 1), task: number + 1, state: "Report",
        resource: "arn:aws:states:::ecs:runTask.sync", request: ["Cluster": "batch", "TaskDefinition": "report"],
        status: .intended, intendedAt: run.startedAt)
      let events = (1...3).map { place in
        HistoryEvent(
          id: number * 3 + place, previousID: number * 3 + place - 1, timestamp: run.startedAt, type: "TaskScheduled")
      }
      try await expect(
        store.commit([
          .updateRun(run), .insertLaunch(launch), .appendHistory(run.id, events),
          .putScope(run.id, scope: "root", snapshot),
        ]))
    }
    await store.close()
    return (each(writers) * writers, time)
  }

  /// So many writers at a time, each of which commits the next once the one before is durable.
  private func write(
    _ writers: Int, _ commit: @escaping @Sendable (_ writer: Int, _ number: Int) async throws -> Void
  ) async throws -> Duration {
    let start = ContinuousClock.now
    try await withThrowingTaskGroup(of: Void.self) { group in
      for writer in 0..<writers {
        group.addTask { for number in 0..<each(writers) { try await commit(writer, number) } }
      }
      try await group.waitForAll()
    }
    return ContinuousClock.now - start
  }

  /// Commits of each writer.
  private func each(_ writers: Int) -> Int { writers == 1 ? Commits.alone : Commits.together / writers }

  private func slot(_ job: JobName, _ number: Int) -> Slot {
    Slot(
      key: SlotKey(job: job, scheduledAt: Instant(seconds: 1_795_262_400 + Int64(number))),
      day: CivilDate(year: 2026, month: 11, day: 21), trigger: .schedule, state: .running, runs: 1)
  }

  private func expect(_ result: CommitResult) throws {
    if result != .committed { throw Wrong(description: "a commit conflicts: \(result)") }
  }

  // MARK: What it is measured against

  /// A page written and made durable, again and again in the same place of a file that has its length.
  private func synchronize() throws -> Int {
    let descriptor = open(try freshFile("fdatasync", in: folder), O_RDWR | O_CREAT, 0o600)
    guard descriptor >= 0 else { throw Wrong(description: "the folder cannot be written") }
    defer { close(descriptor) }
    let page = [UInt8](repeating: 1, count: 4_096)
    for _ in 0..<Commits.alone {
      guard pwrite(descriptor, page, page.count, 0) == page.count, fdatasync(descriptor) == 0 else {
        throw Wrong(description: "the disk refuses a write")
      }
    }
    return Commits.alone
  }

  /// One INSERT of about a hundred bytes a commit: write-ahead log, `synchronous=FULL`, a prepared statement.
  private func insertRows() throws -> (Int, Duration) {
    var database: OpaquePointer?
    defer { sqlite3_close(database) }
    guard sqlite3_open(try freshFile("plain.db", in: folder), &database) == SQLITE_OK else {
      throw Wrong(description: "SQLite cannot open a file")
    }
    let preparation = """
      PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE lines (id INTEGER PRIMARY KEY, line TEXT)
      """
    var statement: OpaquePointer?
    guard sqlite3_exec(database, preparation, nil, nil, nil) == SQLITE_OK,
      sqlite3_prepare_v2(database, "INSERT INTO lines (line) VALUES (?)", -1, &statement, nil) == SQLITE_OK
    else { throw Wrong(description: "SQLite: \(String(cString: sqlite3_errmsg(database)))") }
    defer { sqlite3_finalize(statement) }
    let line = String(repeating: "x", count: 100)
    let start = ContinuousClock.now
    for _ in 0..<Commits.alone {
      let isDone = line.withCString { text in
        sqlite3_bind_text(statement, 1, text, -1, nil) == SQLITE_OK && sqlite3_step(statement) == SQLITE_DONE
      }
      guard isDone, sqlite3_reset(statement) == SQLITE_OK else {
        throw Wrong(description: "SQLite: \(String(cString: sqlite3_errmsg(database)))")
      }
    }
    return (Commits.alone, ContinuousClock.now - start)
  }
}
