import Foundation
import GRDB
import JobModel
import Testing

@testable import Store

/// A file that an earlier jobd has made is brought to today's schema where it is, with all that is in it.
@Suite("The SQLite store's upgrades")
struct SQLiteUpgradeTests {
  /// A file as the first schema made it, with rows of each kind.
  private static func firstFile() throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    try folder.withDatabase { database in
      try database.execute(sql: "PRAGMA journal_mode = WAL")
      _ = try Schema.migrate(database, steps: Array(Schema.steps.prefix(1)), installationID: "0123456789abcdef")
      try database.execute(sql: rows)
    }
    return folder
  }

  private static let hour = 3_600_000 as Int64
  private static let at = noon.milliseconds
  private static let rows = """
    UPDATE meta SET value = 7 WHERE key = 'epoch';
    INSERT INTO instances VALUES ('host-1', 7, \(at), \(at));
    INSERT INTO job_states VALUES ('import-orders', \(at), \(at), NULL, NULL, 'rate(1 hour)', 3);
    INSERT INTO job_states VALUES ('nightly-report', \(at), \(at), \(at), 'broken', 'cron(0 3 * * ? *)', 9);
    INSERT INTO definitions VALUES (1, 42, '{"StartAt":"A"}');
    INSERT INTO slots VALUES ('nightly-report', \(at), '2026-11-21', 'SCHEDULE', 'RUNNING', NULL, 1, 2);
    INSERT INTO slots VALUES ('nightly-report', \(at + hour), '2026-11-21', 'MANUAL', 'PENDING', 'waits', 0, 1);
    INSERT INTO slots VALUES ('nightly-report', \(at - hour), '2026-11-21', 'SCHEDULE', 'FAILED', NULL, 2, 4);
    INSERT INTO slots VALUES ('nightly-report', \(at - 2 * hour), '2026-11-21', 'SCHEDULE', 'SKIPPED', 'paused', 0, 1);
    INSERT INTO runs VALUES ('nightly-report', \(at), 0, '2026-11-21', 'SCHEDULE', 'RUNNING', 'host-1', 7, 5, 1, '{}',
      \(at + 1), NULL, 1, NULL, NULL, NULL, NULL);
    INSERT INTO runs VALUES ('nightly-report', \(at - hour), 0, '2026-11-21', 'SCHEDULE', 'TIMED_OUT', 'host-1', 7, 5, 1,
      '{}', \(at), \(at + 3), 1, NULL, 'States.Timeout', 'slow', NULL);
    INSERT INTO runs VALUES ('nightly-report', \(at - hour), 1, '2026-11-21', 'SCHEDULE', 'FAILED', 'host-1', 7, 5, 1,
      '{}', \(at + 4), \(at + 9), 0, NULL, 'E', 'C', 'ops');
    INSERT INTO launches VALUES ('nightly-report', \(at), 0, 1, 4, 'Report', 'arn:aws:states:::ecs:runTask.sync',
      '{"Cluster":"batch"}', 'token', 'by', 'batch', 'FAILED', \(at), \(at + 5), 'arn:task', '{"Tasks":[]}', '{"a":1}',
      'EXIT_CODE', 'it failed', '{"app":1}');
    INSERT INTO history VALUES ('nightly-report', \(at), 0, 1, 0, \(at), 'ExecutionStarted', '{"k":"v"}');
    INSERT INTO scopes VALUES ('nightly-report', \(at), 0, '', x'0102');
    INSERT INTO messages VALUES ('one', 'nightly-report', \(at - hour), 0, 'arn:aws:sns:eu-west-1:1:a/"b"', 's', '{}',
      \(at), 2, \(at + 60000), NULL, 'throttled', 3);
    INSERT INTO messages VALUES ('two', 'nightly-report', \(at - hour), 1, 'arn:aws:sns:eu-west-1:1:t', 's', '{}',
      \(at), 0, \(at), \(at + 1), NULL, 2);
    """

  @Test("Everything in a file of the first schema is there afterwards")
  func everything() async throws {
    let folder = try Self.firstFile()
    let store = try folder.open()
    #expect(store.installationID == "0123456789abcdef")
    let instance = Instance(id: "host-1", epoch: 7, leaseUntil: noon, startedAt: noon)
    #expect(try await store.instances() == [instance])
    let states = [
      JobState(job: hourly, mark: noon, firstSeenAt: noon, schedules: "rate(1 hour)", version: 3),
      JobState(
        job: nightly, mark: noon, firstSeenAt: noon, pause: Pause(since: noon, note: "broken"),
        schedules: "cron(0 3 * * ? *)", version: 9),
    ]
    #expect(try await store.jobStates() == states)
    let pending = Slot(
      key: key(1), day: today, trigger: .manual, state: .pending, reason: "waits", wait: nil, runs: 0, version: 1)
    #expect(try await store.latestSlots(nightly, limit: 9).map(\.state) == [.pending, .running, .failed, .skipped])
    #expect(try await store.pendingSlots() == [pending])
    let running = Run(
      id: runID(), day: today, trigger: .schedule, owner: instance.ownership, version: 5,
      definition: #"{"StartAt":"A"}"#, input: "{}", startedAt: noon + .milliseconds(1), launches: 1, policy: RunPolicy()
    )
    #expect(try await store.activeRuns() == [running])
    #expect(running.policy.timezone == "UTC")
    #expect(try await store.runs(of: key(-1)).map(\.requestedBy) == [nil, "ops"])
    let launch = Launch(
      id: LaunchID(run: runID(), number: 1), task: 4, state: "Report", resource: "arn:aws:states:::ecs:runTask.sync",
      request: ["Cluster": "batch"], clientToken: "token", startedBy: "by", cluster: "batch", status: .failed,
      intendedAt: noon, endedAt: noon + .milliseconds(5), taskARN: "arn:task", submission: ["Tasks": []],
      result: ["a": 1], diagnosis: Diagnosis(class: .exitCode, sentence: "it failed", exitCodes: ["app": 1]),
      policy: .none)
    #expect(try await store.launches(of: runID()) == [launch])
    #expect(try await store.history(of: runID()).map(\.details) == [["k": "v"]])
    #expect(try await store.scopes(of: runID()) == ["": [1, 2]])
    let owed = OutboxMessage(
      id: "one", event: .failed, slot: key(-1), rerun: 0, receiver: .topic(arn: #"arn:aws:sns:eu-west-1:1:a/"b""#),
      subject: "s", body: "{}", createdAt: noon, attempts: 2, nextAttemptAt: noon + .seconds(60),
      lastError: "throttled", version: 3)
    #expect(try await store.unsentMessages(limit: 9) == [owed])
    #expect(try await store.messages(of: key(-1)).map(\.sentAt) == [nil, noon + .milliseconds(1)])
    await store.close()
  }

  @Test("What was going on goes on, and what was over is found by the retention")
  func goesOn() async throws {
    let folder = try Self.firstFile()
    let store = try folder.open()
    let owner = Ownership(instance: "host-1", epoch: 7)
    var running = try #require(try await store.run(runID()))
    running.version += 1
    running.status = .succeeded
    running.endedAt = noon + .seconds(60)
    try await write(
      [
        .requestStop(runID(), reason: "why"), .updateRun(running), .updateSlot(slot(version: 3, state: .succeeded)),
        .advancePool("db", from: 0), .insertBackfill(backfill()),
      ], to: store)
    #expect(running.owner == owner)
    #expect(try await store.successfulDurations(of: nightly, limit: 3) == [.milliseconds(59_999)])
    let retention = Retention(runs: .seconds(60), history: nil, logs: nil)
    let later = noon + .seconds(3_600)
    // The failed slot owes a message still.
    #expect(try await store.prune(retention, now: later, limit: 9) == 1)
    #expect(try await store.slot(key(-2)) == nil)
    var sent = try #require(try await store.unsentMessages(limit: 1).first)
    sent.version += 1
    sent.sentAt = noon
    try await write([.updateMessage(sent)], to: store)
    #expect(try await store.prune(retention, now: noon + .milliseconds(60_009), limit: 9) == 0)
    #expect(try await store.prune(retention, now: noon + .milliseconds(60_010), limit: 9) == 1)
    #expect(try await store.runs(of: key(-1)).isEmpty)
    await store.close()
  }

  /// The number of the newest step, and how many rows the tables of the first schema have.
  private static func state(_ folder: TemporaryFolder) throws -> [Int?] {
    try folder.withDatabase { database in
      try [
        "SELECT max(number) FROM schema_steps", "SELECT count(*) FROM messages WHERE topic_arn IS NOT NULL",
        "SELECT count(*) FROM slots", "SELECT count(*) FROM runs", "SELECT count(*) FROM pragma_table_info('slots')",
      ].map { try Int.fetchOne(database, sql: $0) }
    }
  }

  @Test("A step that fails leaves the file as it was, and the next attempt succeeds")
  func failure() async throws {
    let folder = try Self.firstFile()
    let before = try Self.state(folder)
    #expect(before.first == 1)
    let broken = Schema.Step(name: "broken", sql: Schema.production + "; INSERT INTO nowhere VALUES (1)")
    let error = await storeError { () throws(StoreError) in try folder.open(steps: [Schema.steps[0], broken]) }
    #expect(error?.message.contains("nowhere") == true)
    #expect(try Self.state(folder) == before)
    try await folder.open().close()
  }

  @Test("A crash at any statement of the upgrade leaves the file as it was")
  func crash() async throws {
    let folder = try Self.firstFile()
    let before = try Self.state(folder)
    let images = Collected<(database: Data, log: Data?)>()
    let store = try folder.open { configuration in
      configuration.prepareDatabase { database in
        // The smallest cache: changes go to the log before the commit.
        try database.execute(sql: "PRAGMA cache_size = 1")
        database.trace { event in
          guard case .statement(let statement) = event, statement.sql.contains(" messages") || statement.sql == "COMMIT"
          else { return }
          guard let bytes = try? folder.bytes("jobd.sqlite") else { return }
          images.append((bytes, try? folder.bytes("jobd.sqlite-wal")))
        }
      }
    }
    await store.close()
    #expect(images.all.count >= 5)
    for image in images.all.prefix(5) {
      let copy = try TemporaryFolder()
      try copy.write(image.database, to: "jobd.sqlite")
      if let log = image.log { try copy.write(log, to: "jobd.sqlite-wal") }
      #expect(try Self.state(copy) == before)
      let store = try copy.open()
      #expect(try await store.unsentMessages(limit: 9).map(\.id) == ["one"])
      await store.close()
    }
  }

  @Test("An upgraded file has the schema of a new one")
  func sameSchema() async throws {
    let upgraded = try Self.firstFile()
    try await upgraded.open().close()
    let new = try TemporaryFolder()
    try await new.open().close()
    func schema(_ folder: TemporaryFolder) throws -> [String] {
      try folder.withDatabase {
        try String.fetchAll($0, sql: "SELECT name || ': ' || coalesce(sql, '') FROM sqlite_master ORDER BY name")
      }
    }
    #expect(try schema(upgraded) == schema(new))
    let finding = try upgraded.withDatabase { try String.fetchAll($0, sql: "PRAGMA integrity_check") }
    #expect(finding == ["ok"])
  }
}
