@testable import ControlAPI
import JobModel
import Testing

@Suite("Control routes")
struct ControlRouteTests {
  private static let run = Fixtures.runID
  private static let job = Fixtures.job

  @Test(
    "Every route is read from method, path and query",
    arguments: [
      ("GET /v1/status", ControlRoute.status),
      ("GET /v1/jobs", .list(ListQuery())),
      ("GET /v1/jobs?date=2026-11-21&days=7", .list(ListQuery(date: Fixtures.day, days: 7))),
      ("GET /v1/jobs/nightly-report", .job(job)),
      ("GET /v1/jobs/nightly%2Dreport", .job(job)),
      ("GET /v1/jobs/nightly-report/history", .jobHistory(job, limit: 30)),
      ("GET /v1/jobs/nightly-report/history?limit=1000", .jobHistory(job, limit: 1_000)),
      ("GET /v1/runs/\(run)", .run(run)),
      ("GET /v1/runs/\(run)?wait=30&after=4", .change(run, wait: .seconds(30), after: 4)),
      ("GET /v1/runs/\(run)/history", .runHistory(run, .after(0, limit: 5_000))),
      ("GET /v1/runs/\(run)/history?after=9&limit=2", .runHistory(run, .after(9, limit: 2))),
      ("GET /v1/runs/\(run)/history?tail=7", .runHistory(run, .last(limit: 7))),
      ("GET /v1/runs/\(run)/history?tail=7&before=8", .runHistory(run, .last(before: 8, limit: 7))),
      ("GET /v1/runs/\(run)/definition", .runDefinition(run)),
      ("GET /v1/jobs/nightly-report/definition", .definition(job, version: nil)),
      ("GET /v1/jobs/nightly-report/definition?version=2", .definition(job, version: 2)),
      ("GET /v1/runs/\(run)/machine", .runMachine(run)),
      ("POST /v1/jobs/nightly-report/run", .startRun(job)),
      ("POST /v1/jobs/nightly-report/rerun", .rerun(job)),
      ("POST /v1/jobs/nightly-report/pause", .pause(job)),
      ("POST /v1/jobs/nightly-report/resume", .resume(job)),
      ("POST /v1/runs/\(run)/stop", .stop(run)),
      ("GET /v1/jobs/nightly-report/backfill", .backfills(job)),
      ("POST /v1/jobs/nightly-report/backfill", .startBackfill(job)),
      ("POST /v1/jobs/nightly-report/cancel-backfill", .cancelBackfill(job)),
      ("GET /v1/runs/\(run)/logs", .logs(run, LogsQuery())),
      (
        "GET /v1/runs/\(run)/logs?launch=2&container=a%2Fb&after=%7B%7D",
        .logs(run, LogsQuery(launch: 2, container: "a/b", after: "{}"))
      ),
      ("GET /v1/runs/\(run)/logs?tail=1000", .logs(run, LogsQuery(tail: 1_000))),
      ("POST /v1/backup", .makeBackup),
      ("GET /v1/backup/1f", .backupPiece("1f", offset: 0)),
      ("GET /v1/backup/1f?offset=4194304", .backupPiece("1f", offset: 4_194_304)),
      ("POST /v1/reload", .reload),
      ("POST /v1/tasks/succeed", .answerTask(.succeed)), ("POST /v1/tasks/fail", .answerTask(.fail)),
      ("POST /v1/tasks/heartbeat", .answerTask(.heartbeat)),
    ])
  func routes(line: String, route: ControlRoute) throws {
    #expect(try match(line) == route)
  }

  @Test(
    "What is no route is refused with the status and the reason",
    arguments: [
      ("GET /", 404, "there is nothing at /"),
      ("GET /v1", 404, "there is nothing at /v1"),
      ("GET /v2/status", 404, "there is nothing at /v2/status"),
      ("GET /v1/jobs/", 404, "there is no job named \"\""),
      ("GET /v1/jobs/a%20b", 404, "there is no job named \"a b\""),
      ("GET /v1/jobs/a/b", 404, "there is nothing at /v1/jobs/a/b"),
      ("GET /v1/jobs/a/history/b", 404, "there is nothing at /v1/jobs/a/history/b"),
      ("GET /v1/runs/x", 404, "\"x\" is not the id of a run"),
      ("GET /v1/jobs/%ff", 400, "the path /v1/jobs/%ff is not percent-encoded UTF-8"),
      ("POST /v1/status", 405, "/v1/status takes GET, not POST"),
      ("DELETE /v1/jobs/a", 405, "/v1/jobs/a takes GET, not DELETE"),
      ("GET /v1/jobs/a/run", 405, "/v1/jobs/a/run takes POST, not GET"),
      ("DELETE /v1/jobs/a/backfill", 405, "/v1/jobs/a/backfill takes GET, POST, not DELETE"),
      ("GET /v1/jobs/a/cancel-backfill", 405, "/v1/jobs/a/cancel-backfill takes POST, not GET"),
      ("POST /v1/runs/\(run)/logs", 405, "/v1/runs/\(run)/logs takes GET, not POST"),
      ("POST /v1/runs/\(run)/machine", 405, "/v1/runs/\(run)/machine takes GET, not POST"),
      ("GET /v1/backup", 405, "/v1/backup takes POST, not GET"),
      ("POST /v1/backup/1f", 405, "/v1/backup/1f takes GET, not POST"),
      ("GET /v1/backup/1f/2", 404, "there is nothing at /v1/backup/1f/2"),
      ("POST /v1/tasks/end", 404, "there is nothing at /v1/tasks/end"),
      ("POST /v1/tasks", 404, "there is nothing at /v1/tasks"),
      ("GET /v1/tasks/succeed", 405, "/v1/tasks/succeed takes POST, not GET"),
      ("POST /v1/tasks/fail?token=x", 400, "there is no query item \"token\" here: this route takes no query"),
      ("POST /v1/reload?now", 400, "there is no query item \"now\" here: this route takes no query"),
      ("POST /v1/backup?x=1", 400, "there is no query item \"x\" here: this route takes no query"),
      ("GET /v1/backup/1f?offset=-1", 400, "the query item offset must be a whole number from 0, not \"-1\""),
      (
        "GET /v1/runs/\(run)/logs?tail=1001", 400,
        "the query item tail must be a whole number from 1 to 1000, not \"1001\""
      ),
      ("GET /v1/runs/\(run)/logs?launch=0", 400, "the query item launch must be a whole number from 1, not \"0\""),
      (
        "GET /v1/runs/\(run)/logs?after=x&tail=1", 400,
        "after and tail both say where to begin: give one of them"
      ),
      ("GET /v1/jobs?day=2026-11-21", 400, "there is no query item \"day\" here: this route takes date and days"),
      ("GET /v1/status?x", 400, "there is no query item \"x\" here: this route takes no query"),
      ("GET /v1/jobs?days=1&days=2", 400, "the query item days is given twice"),
      ("GET /v1/jobs?days=0", 400, "the query item days must be a whole number from 1 to 92, not \"0\""),
      ("GET /v1/jobs?days=%2B1", 400, "the query item days must be a whole number from 1 to 92, not \"+1\""),
      (
        "GET /v1/jobs?days=99999999999999999999", 400,
        "the query item days must be a whole number from 1 to 92, not \"99999999999999999999\""
      ),
      ("GET /v1/jobs?date=2026-02-30", 400, "the query item date must be a date like 2026-11-21, not \"2026-02-30\""),
      ("GET /v1/runs/\(run)?wait=5", 400, "the query needs both wait and after, or neither"),
      (
        "GET /v1/runs/\(run)?wait=61&after=0", 400,
        "the query item wait must be a whole number from 0 to 60, not \"61\""
      ),
      (
        "GET /v1/runs/\(run)/history?tail=3&after=1", 400,
        "tail asks for the last events, after and limit for the first: give one of them"
      ),
      (
        "GET /v1/runs/\(run)/history?before=3", 400, "before goes with tail: how many events before that one"
      ),
      (
        "GET /v1/jobs/a/definition?version=0", 400, "the query item version must be a whole number from 1, not \"0\""
      ),
      ("POST /v1/jobs/a/definition", 405, "/v1/jobs/a/definition takes GET, not POST"),
      (
        "GET /v1/runs/\(run)/history?after=-1", 400,
        "the query item after must be a whole number from 0, not \"-1\""
      ),
    ])
  func refused(line: String, status: Int, message: String) {
    let problem = #expect(throws: ControlProblem.self) { try match(line) }
    #expect(problem?.httpStatus == status)
    #expect(problem?.error.message == message)
  }

  @Test("A wrong method names the right one")
  func allow() {
    let problem = #expect(throws: ControlProblem.self) { try match("PUT /v1/reload") }
    #expect(problem?.allow == "POST")
    let both = #expect(throws: ControlProblem.self) { try match("PUT /v1/jobs/a/backfill") }
    #expect(both?.allow == "GET, POST")
  }

  @Test("What reads from AWS, or copies the store, may take longer")
  func times() throws {
    #expect(try match("GET /v1/runs/\(Self.run)/logs").longestTime == .seconds(60))
    #expect(try match("POST /v1/backup").longestTime == .seconds(60))
    #expect(try match("GET /v1/status").longestTime == .seconds(30))
  }

  private func match(_ line: String) throws -> ControlRoute {
    let parts = line.split(separator: " ", maxSplits: 1)
    let target = parts[1].split(separator: "?", maxSplits: 1)
    return try ControlRoute.match(
      method: String(parts[0]), path: String(target[0]), query: target.count == 2 ? String(target[1]) : "")
  }
}
