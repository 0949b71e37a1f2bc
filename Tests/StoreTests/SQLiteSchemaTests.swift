import GRDB
import JobModel
import Testing

@testable import Store

/// What the schema promises: keyed reads, readable rows, one text once.
@Suite("The SQLite store's schema")
struct SQLiteSchemaTests {
  @Test("No read of the port walks through a table that grows")
  func queryPlans() async throws {
    let folder = try TemporaryFolder()
    let statements = Collected<String>()
    let store = try folder.open { configuration in
      configuration.prepareDatabase { database in
        database.trace { event in
          if case .statement(let statement) = event { statements.append(statement.sql) }
        }
      }
    }
    let before = statements.all.count
    try await everyRead(of: store)
    let reads = Set(statements.all.dropFirst(before).filter { $0.hasPrefix("SELECT") && !$0.contains("sqlite_master") })
    #expect(reads.count >= 30)
    for sql in reads {
      let plan = try await store.pool.read { database in
        let marks = Array(repeating: 1, count: sql.filter { $0 == "?" }.count)
        return try Row.fetchAll(database, sql: "EXPLAIN QUERY PLAN " + sql, arguments: StatementArguments(marks))
          .map { row -> String in row["detail"] }
      }
      // A scan of a partial index, or of what is there for a moment only, visits only what it is about.
      let small = [
        "runs_running", "messages_unsent", "slots_pending", "backfills_running", "stop_requests", "task_answers",
      ]
      let scans = plan.filter {
        $0.hasPrefix("SCAN") && !small.contains(where: $0.contains)
      }
      #expect(scans.isEmpty, "\(sql): \(plan)")
    }
    await store.close()
  }

  /// All but `instances` and `jobStates`, which want their whole table.
  private func everyRead(of store: SQLiteRunStore) async throws {
    _ = try await store.jobState(nightly)
    _ = try await store.slot(key())
    _ = try await store.slots(nightly, days: today...today)
    _ = try await store.slots(days: today...today)
    _ = try await store.latestSlots(nightly, limit: 3)
    _ = try await store.run(runID())
    _ = try await store.runs(of: key())
    _ = try await store.runs([runID(rerun: 3)])
    _ = try await store.activeRuns()
    _ = try await store.activeRuns(of: nightly)
    _ = try await store.launches(of: runID())
    _ = try await store.openLaunches(of: runID())
    _ = try await store.openLaunch(of: runID(), task: 3)
    _ = try await store.latestLaunches(of: runID(), failed: false, limit: 3)
    _ = try await store.latestLaunches(of: runID(), failed: true, limit: 3)
    _ = try await store.taskAnswers()
    _ = try await store.history(of: runID())
    _ = try await store.history(of: runID(), .after(0, limit: 3))
    _ = try await store.history(of: runID(), .last(before: 9, limit: 3))
    _ = try await store.definitionVersions(of: nightly)
    _ = try await store.definitionVersion(of: nightly, "{}")
    _ = try await store.definition(of: nightly, version: 1)
    _ = try await store.scopes(of: runID())
    _ = try await store.unsentMessages(limit: 3)
    _ = try await store.messages(of: runID())
    _ = try await store.messages(of: key())
    _ = try await store.pendingSlots()
    _ = try await store.pendingSlots(of: nightly)
    _ = try await store.activeRuns(inPool: "db")
    _ = try await store.successfulDurations(of: nightly, limit: 3)
    _ = try await store.stopRequests()
    _ = try await store.poolVersion("db")
    _ = try await store.activeBackfills()
    _ = try await store.backfills(of: nightly)
    _ = try await store.child(of: nightly, named: "june")
    _ = try await store.child(at: key())
  }

  @Test("Rows can be read with the sqlite3 shell: words are words, instants milliseconds, days days")
  func readable() async throws {
    let folder = try TemporaryFolder()
    let store = try folder.open()
    try await write([.insertSlot(slot(state: .timedOut)), .insertLaunch(launch())], to: store)
    await store.close()
    let row = try folder.withDatabase { database in
      try Row.fetchOne(
        database,
        sql: "SELECT job, scheduled_at, day, slots.state, request FROM slots JOIN launches USING (job, scheduled_at)")
    }
    let expected: Row = [
      "job": "nightly-report", "scheduled_at": noon.milliseconds, "day": "2026-11-21", "state": "TIMED_OUT",
      "request": #"{"cluster":"batch"}"#,
    ]
    #expect(row == expected)
  }

  @Test("Runs that began with the same definition share its text")
  func definitions() async throws {
    let folder = try TemporaryFolder()
    let store = try folder.open()
    let texts = ["{}", "{ }", "{}"]
    for (number, text) in texts.enumerated() {
      try await write([.insertRun(run(runID(key(number)), definition: text))], to: store)
      try await write([.updateRun(run(runID(key(number)), version: 2, definition: text))], to: store)
      #expect(try await store.run(runID(key(number)))?.definition == text)
    }
    let count = try await store.pool.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM definitions") }
    #expect(count == 2)
    await store.close()
  }

  @Test("A NUL, at which SQLite's texts end, becomes a replacement character and cuts nothing off")
  func nul() async throws {
    let folder = try TemporaryFolder()
    let store = try folder.open()
    var ended = run(status: .failed)
    ended.cause = "before\0after"
    try await write([.insertRun(ended)], to: store)
    #expect(try await store.run(runID())?.cause == "before\u{FFFD}after")
    await store.close()
  }
}
