import GRDB
import JobModel
import Testing

@testable import Store

/// A file of the second schema, in which a run goes on.
@Suite("The SQLite store's upgrade to workflows")
struct SQLiteWorkflowUpgradeTests {
  @Test("A launch of an older file is one of the run's own states, and is found as open")
  func launches() async throws {
    let folder = try TemporaryFolder()
    let at = noon.milliseconds
    try folder.withDatabase { database in
      try database.execute(sql: "PRAGMA journal_mode = WAL")
      _ = try Schema.migrate(database, steps: Array(Schema.steps.prefix(2)), installationID: "0123456789abcdef")
      for (number, status, end) in [(1, "FAILED", "\(at + 5)"), (2, "STOPPED", "NULL"), (3, "SUBMITTED", "NULL")] {
        try database.execute(
          sql: """
            INSERT INTO launches (job, scheduled_at, rerun, number, task, state, resource, request, status,
              intended_at, ended_at, task_arn, log_tail)
            VALUES ('nightly-report', \(at), 0, \(number), \(number), 'Report', 'arn:r', '{}', '\(status)', \(at), \(end),
              'arn:task', '["last"]');
            """)
      }
    }
    let store = try folder.open()
    let open = try await store.openLaunches(of: runID())
    #expect(open.map(\.status) == [.stopped, .submitted])
    #expect(open.allSatisfy { $0.scope == "root" && $0.token == nil })
    #expect(try await store.latestLaunches(of: runID(), failed: true, limit: 5).map(\.id.number) == [2, 1])
    var launch = try #require(open.last)
    launch.scope = "root/3"
    launch.token = "jobd-task-x"
    try await write([.updateLaunch(launch)], to: store)
    #expect(try await store.openLaunches(of: runID()).last == launch)
    #expect(try await store.taskAnswers().isEmpty)
    await store.close()
  }
}
