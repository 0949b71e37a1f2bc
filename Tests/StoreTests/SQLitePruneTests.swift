import Dispatch
import GRDB
import JobModel
import Synchronization
import Testing

@testable import Store

/// How the retention works in SQLite: by indexes, in small transactions, and down to the shared texts.
@Suite("The SQLite store's retention")
struct SQLitePruneTests {
  private static let all = Retention(
    runs: .seconds(10 * 86_400), runsPerJob: 3, history: .seconds(5 * 86_400), logs: .seconds(5 * 86_400))

  @Test("No statement of the retention walks through a table that grows")
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
    for hours in [-900, -800, -700, -600, -500, -200, -1] { try await write(finished(key(hours)), to: store) }
    try await write([.requestStop(runID(key(-1)), reason: "late")], to: store)
    let before = statements.all.count
    #expect(try await store.prune(Self.all, now: noon, limit: 100) == 7)
    let verbs = ["SELECT", "DELETE", "UPDATE"]
    let made = Set(statements.all.dropFirst(before)).filter { sql in
      verbs.contains { sql.hasPrefix($0) } && !sql.contains("sqlite_master")
    }
    #expect(made.count >= 17)
    for sql in made {
      let plan = try await store.pool.writeWithoutTransaction { database in
        let marks = Array(repeating: 1, count: sql.filter { $0 == "?" }.count)
        return try Row.fetchAll(database, sql: "EXPLAIN QUERY PLAN " + sql, arguments: StatementArguments(marks))
          .map { row -> String in row["detail"] }
      }
      // Requests to stop are few.
      let walks = plan.filter { $0.hasPrefix("SCAN") && $0 != "SCAN stop_requests" || $0.hasSuffix("FOR ORDER BY") }
      #expect(walks.isEmpty, "\(sql): \(plan)")
    }
    await store.close()
  }

  @Test("A definition goes with the last run that began with it")
  func definitions() async throws {
    let folder = try TemporaryFolder()
    let store = try folder.open()
    for (hours, text) in [(-900, "a"), (-800, "b"), (-700, "a"), (-2, "b"), (-1, "c")] {
      try await write(finished(key(hours), definition: text), to: store)
    }
    func texts() async throws -> [String] {
      try await store.pool.read { try String.fetchAll($0, sql: "SELECT text FROM definitions ORDER BY text") }
    }
    #expect(try await store.prune(Self.all, now: noon, limit: 1) == 1)
    #expect(try await texts() == ["a", "b", "c"])
    #expect(try await store.prune(Self.all, now: noon, limit: 2) == 2)
    #expect(try await texts() == ["b", "c"])
    #expect(try await store.run(runID(key(-2)))?.definition == "b")
    await store.close()
  }

  @Test("However much there is to remove, no transaction removes more than a bounded number of rows")
  func smallTransactions() async throws {
    let folder = try TemporaryFolder()
    let changes = Collected<Int>()
    let probe = GroupWriter.Probe(willCommit: { changes.append($0.totalChangesCount) })
    let store = try folder.open(probe: probe)
    let events = 3 * Pruning.rowsPerTransaction + 5
    try await write(finished(key(-900)) + [.appendHistory(runID(key(-900)), (3...events).map { event($0) })], to: store)
    for hours in -890 ... -690 { try await write(finished(key(hours)), to: store) }
    try await write(finished(key(-100)) + [.appendHistory(runID(key(-100)), (3...events).map { event($0) })], to: store)
    for number in 2...(2 * Pruning.rowsPerTransaction) {
      var launch = told(runID(key(-100)))
      launch.id.number = number
      if number % 500 != 0 { launch.result = .string("\(number)") }
      try await write([.insertLaunch(launch)], to: store)
    }
    try await write(finished(key(-1)), to: store)
    let before = changes.all.count
    let retention = Retention(runs: .seconds(10 * 86_400), history: .seconds(86_400), logs: .seconds(86_400))
    #expect(try await store.prune(retention, now: noon, limit: 1_000) == 204)
    let counts = changes.all.dropFirst(before - 1)
    let steps = zip(counts.dropFirst(), counts).map { $0 - $1 }
    // A slot's last few rows go together, and so does a run's mark.
    #expect(steps.count >= 9 && steps.allSatisfy { $0 <= Pruning.rowsPerTransaction + 10 }, "\(steps)")
    #expect(try await store.latestSlots(nightly, limit: 999).map(\.key) == [key(-1), key(-100)])
    #expect(try await store.history(of: runID(key(-100))).isEmpty)
    #expect(try await store.launches(of: runID(key(-100))).allSatisfy { $0.result == nil && $0.submission == nil })
    for table in ["history", "launches", "scopes", "messages", "runs", "slots"] {
      let left = try await store.pool.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM \(table)") }
      #expect(left == ["history": 2, "launches": 2 * Pruning.rowsPerTransaction + 1][table] ?? 2, "\(table)")
    }
    await store.close()
  }

  @Test("A writer that comes while slots are removed is served before all are gone")
  func servedBetween() async throws {
    let folder = try TemporaryFolder()
    let other = key(7, of: hourly)
    let seen = Collected<(isOtherThere: Bool, events: Int)>()
    let isPruning = Atomic(false)
    let isBegun = Atomic(false)
    let isQueued = DispatchSemaphore(value: 0)
    let opened = Mutex<SQLiteRunStore?>(nil)
    let probe = GroupWriter.Probe(
      queued: { _ in if isBegun.load(ordering: .acquiring) { isQueued.signal() } },
      willCommit: { database in
        guard isPruning.load(ordering: .acquiring), let store = opened.withLock({ $0 }) else { return }
        let slots = try Int.fetchOne(database, sql: "SELECT count(*) FROM slots WHERE job = 'import-orders'") ?? 0
        seen.append((slots == 1, try Int.fetchOne(database, sql: "SELECT count(*) FROM history") ?? 0))
        if !isBegun.exchange(true, ordering: .acquiringAndReleasing) {
          Task { try await write([.insertSlot(slot(other))], to: store) }
          isQueued.wait()
        }
      })
    let store = try folder.open(probe: probe)
    opened.withLock { $0 = store }
    let events = 3 * Pruning.rowsPerTransaction
    try await write(finished(key(-900)) + [.appendHistory(runID(key(-900)), (3...events).map { event($0) })], to: store)
    try await write(finished(key(-1)), to: store)
    isPruning.store(true, ordering: .releasing)
    #expect(try await store.prune(Self.all, now: noon, limit: 5) == 1)
    #expect(seen.all.count >= 3)
    #expect(seen.all.first?.isOtherThere == false)
    #expect(seen.all.contains { $0.isOtherThere && $0.events > Pruning.rowsPerTransaction / 2 })
    opened.withLock { $0 = nil }
    await store.close()
  }

  @Test("The last lines of a failed task go with the rest of what is known of it")
  func logTail() async throws {
    let folder = try TemporaryFolder()
    let store = try folder.open()
    try await write(finished(key(-900)) + finished(key(-1)), to: store)
    try folder.withDatabase { try $0.execute(sql: "UPDATE launches SET log_tail = '[\"secret?\"]', result = NULL") }
    try folder.withDatabase { try $0.execute(sql: "UPDATE launches SET submission = NULL") }
    let retention = Retention(runs: nil, history: nil, logs: .seconds(86_400))
    #expect(try await store.prune(retention, now: noon, limit: 9) == 1)
    let tails = try await store.pool.read { database in
      try Row.fetchAll(database, sql: "SELECT log_tail FROM launches ORDER BY scheduled_at").map { $0[0] as String? }
    }
    #expect(tails == [nil, #"["secret?"]"#])
    await store.close()
  }
}
