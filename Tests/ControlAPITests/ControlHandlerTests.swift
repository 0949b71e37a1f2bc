@testable import ControlAPI
import JobModel
import Logging
import Synchronization
import TestSupport
import Testing

/// Requests without a connection: what the server does with each, and the client's transport in tests.
struct InProcess: ControlTransport {
  let service = FakeService()
  let time = ManualTime(now: Fixtures.now)

  var handler: ControlHandler {
    ControlHandler(service: service, time: time, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
  }

  func respond(
    _ method: String, _ target: String, _ body: String = "", contentType: String? = "application/json"
  ) async -> ControlResponse {
    let parts = target.split(separator: "?", maxSplits: 1).map(String.init)
    let request = ControlRequest(
      method: method, path: parts[0], query: parts.count == 2 ? parts[1] : "", contentType: contentType)
    return await handler.respond(to: request) { () throws(ControlProblem) in Array(body.utf8) }
  }

  func send(
    method: String, path: String, body: [UInt8]?
  ) async throws(ControlTransportError) -> (status: Int, body: [UInt8]) {
    let response = await respond(method, path, String(decoding: body ?? [], as: UTF8.self))
    return (response.status, response.body.utf8)
  }
}

@Suite("Control handler")
struct ControlHandlerTests {
  private let server = InProcess()

  @Test(
    "Every route asks the service once, with what the request says",
    arguments: [
      ("GET", "/v1/status", "", "status"),
      ("GET", "/v1/jobs?days=7", "", "list today 7"),
      ("GET", "/v1/jobs?date=2026-11-21", "", "list 2026-11-21 1"),
      ("GET", "/v1/jobs/a", "", "show a"),
      ("GET", "/v1/jobs/a/history?limit=3", "", "history a 3"),
      ("GET", "/v1/runs/a.20261121T030000Z.1", "", "showRun a.20261121T030000Z.1"),
      ("GET", "/v1/runs/a.20261121T030000Z.1/history", "", "runHistory a.20261121T030000Z.1 after 0 5000"),
      ("GET", "/v1/jobs/a/definition?version=3", "", "definition a 3"),
      ("GET", "/v1/runs/a.20261121T030000Z.1/definition", "", "runDefinition a.20261121T030000Z.1"),
      (
        "POST", "/v1/jobs/a/rerun", #"{"sameDefinition":true}"#,
        "rerun a - - false the control socket same definition"
      ),
      ("GET", "/v1/runs/a.20261121T030000Z.1?wait=0&after=9", "", "showRun a.20261121T030000Z.1"),
      ("POST", "/v1/jobs/a/run", "", "run a - the control socket -"),
      (
        "POST", "/v1/jobs/a/run", #"{"input":{"z":1,"a":2},"requestedBy":"me","note":"why"}"#,
        #"run a {"z":1,"a":2} me why"#
      ),
      (
        "POST", "/v1/jobs/a/run", #"{"environment":{"B":"2","A":""},"command":["report","--all"]}"#,
        #"run a - the control socket - A= B=2 ["report", "--all"]"#
      ),
      ("POST", "/v1/jobs/a/run", #"{"environment":null,"command":null}"#, "run a - the control socket -"),
      ("POST", "/v1/jobs/a/rerun", "{}", "rerun a - - false the control socket"),
      (
        "POST", "/v1/jobs/a/rerun", #"{"fromFailed":true,"note":"mended"}"#,
        "rerun a - - false the control socket from failed mended"
      ),
      (
        "POST", "/v1/jobs/a/rerun", #"{"date":"2026-11-21","force":true,"requestedBy":"me"}"#,
        "rerun a 2026-11-21 - true me"
      ),
      (
        "POST", "/v1/jobs/a/rerun", #"{"slot":"2026-11-21T12:00:00+09:00","date":null}"#,
        "rerun a - 2026-11-21T03:00:00Z false the control socket"
      ),
      ("POST", "/v1/jobs/a/pause", #"{"note":"stock-taking"}"#, "pause a stock-taking"),
      (
        "POST", "/v1/jobs/a/pause", #"{"until":"2026-11-24T09:00:00+09:00"}"#, "pause a - until 2026-11-24T00:00:00Z"
      ),
      ("POST", "/v1/jobs/a/resume", "", "resume a"),
      (
        "POST", "/v1/jobs/a/backfill", #"{"from":"2026-11-01","to":"2026-11-20"}"#,
        "startBackfill a 2026-11-01 2026-11-20 1 false the control socket -"
      ),
      (
        "POST", "/v1/jobs/a/backfill",
        #"{"from":"2026-11-01","to":"2026-11-01","maxParallel":4,"force":true,"requestedBy":"me","note":"n"}"#,
        "startBackfill a 2026-11-01 2026-11-01 4 true me n"
      ),
      ("GET", "/v1/jobs/a/backfill", "", "backfills a"),
      ("POST", "/v1/jobs/a/cancel-backfill", "", "cancelBackfill a"),
      ("GET", "/v1/runs/a.20261121T030000Z.1/logs", "", "logs a.20261121T030000Z.1"),
      (
        "GET", "/v1/runs/a.20261121T030000Z.1/logs?launch=2&container=app&tail=9", "",
        "logs a.20261121T030000Z.1 launch 2 container app tail 9"
      ),
      ("POST", "/v1/backup", "", "makeBackup"),
      ("GET", "/v1/backup/1f?offset=7", "", "backupPiece 1f 7"),
      (
        "POST", "/v1/runs/a.20261121T030000Z.1/stop", #"{"reason":"too slow"}"#,
        "stop a.20261121T030000Z.1 too slow"
      ),
      ("POST", "/v1/runs/a.20261121T030000Z.1/stop", "", "stop a.20261121T030000Z.1 stopped by an operator"),
      ("POST", "/v1/reload", "", "reload"),
      ("POST", "/v1/tasks/succeed", #"{"token":"t","output":[1,null]}"#, "answerTask t succeeded [1,null]"),
      ("POST", "/v1/tasks/succeed", #"{"token":"t","output":null}"#, "answerTask t succeeded null"),
      ("POST", "/v1/tasks/succeed", #"{"token":"t"}"#, "answerTask t succeeded {}"),
      ("POST", "/v1/tasks/fail", #"{"token":"t","error":"E","cause":"C"}"#, "answerTask t failed E C"),
      ("POST", "/v1/tasks/fail", #"{"token":"t"}"#, "answerTask t failed - -"),
      ("POST", "/v1/tasks/heartbeat", #"{"token":"t"}"#, "answerTask t heartbeat"),
    ])
  func routes(method: String, target: String, body: String, call: String) async {
    let response = await server.respond(method, target, body)
    #expect(response.status == 200)
    #expect(server.service.calls == [call])
  }

  @Test(
    "A body that is wrong is refused before anything is done",
    arguments: [
      (
        "/v1/jobs/a/run", "{", 400,
        "the body is not JSON: line 1, column 2: expected a key in double quotes, found the end of the text"
      ),
      ("/v1/jobs/a/run", "[1]", 400, "the body must be a JSON object, not array"),
      (
        "/v1/jobs/a/run", #"{"imput":1}"#, 400,
        "the body has an unknown member \"imput\"; this route takes input, environment, command, requestedBy, note"
      ),
      ("/v1/jobs/a/resume", #"{"x":1}"#, 400, "the body has an unknown member \"x\"; this route takes no members"),
      ("/v1/jobs/a/rerun", #"{"force":"yes"}"#, 400, "force must be true or false, not string"),
      ("/v1/jobs/a/rerun", #"{"date":"21.11.2026"}"#, 400, "date must be a date like 2026-11-21, not \"21.11.2026\""),
      ("/v1/jobs/a/rerun", #"{"slot":"noon"}"#, 400, "slot must be a time like 2026-11-21T03:00:00Z, not \"noon\""),
      (
        "/v1/jobs/a/rerun", #"{"slot":"2026-11-21T03:00:00Z","date":"2026-11-21"}"#, 400,
        "date and slot both name a slot: give one of them"
      ),
      ("/v1/jobs/a/pause", #"{"note":7}"#, 400, "note must be a string, not number"),
      ("/v1/jobs/a/pause", #"{"until":"noon"}"#, 400, "until must be a time like 2026-11-21T03:00:00Z, not \"noon\""),
      ("/v1/jobs/a/rerun", #"{"fromFailed":1}"#, 400, "fromFailed must be true or false, not number"),
      ("/v1/jobs/a/run", #"{"environment":["A=1"]}"#, 400, "environment must be an object of texts, not array"),
      ("/v1/jobs/a/run", #"{"environment":{"A":1}}"#, 400, "environment: A must be a string, not number"),
      ("/v1/jobs/a/run", #"{"environment":{"":"x"}}"#, 400, "environment: \"\" cannot be a variable's name here"),
      ("/v1/jobs/a/run", #"{"environment":{"A=B":"x"}}"#, 400, "environment: \"A=B\" cannot be a variable's name here"),
      (
        "/v1/jobs/a/run", #"{"environment":{"JOBD_DAY":"x"}}"#, 400,
        "environment: \"JOBD_DAY\" cannot be a variable's name here"
      ),
      ("/v1/jobs/a/run", #"{"command":"report"}"#, 400, "command must be a list of strings, not string"),
      ("/v1/jobs/a/run", #"{"command":["report",1]}"#, 400, "command must be a list of strings, not array"),
      ("/v1/jobs/a/run", #"{"command":[]}"#, 400, "command is an empty list: leave it out, or name a program"),
      ("/v1/jobs/a/backfill", "{}", 400, "a backfill needs from and to, dates like 2026-11-21"),
      ("/v1/jobs/a/backfill", #"{"from":"2026-11-01"}"#, 400, "a backfill needs from and to, dates like 2026-11-21"),
      (
        "/v1/jobs/a/backfill", #"{"from":"2026-11-01","to":"2026-11-20","maxParallel":0}"#, 400,
        "maxParallel must be a whole number from 1 to 1000, not number"
      ),
      (
        "/v1/jobs/a/cancel-backfill", #"{"x":1}"#, 400,
        "the body has an unknown member \"x\"; this route takes no members"
      ),
      ("/v1/backup", #"{"x":1}"#, 400, "the body has an unknown member \"x\"; this route takes no members"),
      (
        "/v1/jobs/a/pause", #"{"note":"\#(String(repeating: "x", count: 1_025))"}"#, 400,
        "note is longer than 1024 characters"
      ),
      (
        "/v1/jobs/a/pause", String(repeating: "[", count: 300), 400,
        "the body is not JSON: line 1, column 201: nested deeper than 200 levels"
      ),
    ])
  func badBodies(target: String, body: String, status: Int, message: String) async {
    let response = await server.respond("POST", target, body)
    #expect(response.status == status)
    #expect(response.body["error"]?["code"]?.stringValue == "INVALID")
    #expect(response.body["error"]?["message"]?.stringValue == message)
    #expect(server.service.calls.isEmpty)
  }

  @Test("A body of another content type, or of none, is refused with 415")
  func contentType() async {
    for type in ["application/x-www-form-urlencoded", "text/json", nil] {
      #expect(await server.respond("POST", "/v1/jobs/a/run", "{}", contentType: type).status == 415)
    }
    for type in ["application/json", "Application/JSON; charset=utf-8"] {
      #expect(await server.respond("POST", "/v1/jobs/a/run", "{}", contentType: type).status == 200)
    }
  }

  @Test(
    "The service's errors keep their code, and have the HTTP status of it",
    arguments: [
      (ControlError.Code.notFound, 404), (.invalid, 400), (.refused, 409), (.unavailable, 503), (.internal, 500),
    ])
  func errors(code: ControlError.Code, status: Int) async {
    server.service.fail(with: ControlError(code: code, message: "no", remedy: "wait"))
    for (method, target) in [("GET", "/v1/jobs/a"), ("POST", "/v1/jobs/a/run")] {
      let response = await server.respond(method, target)
      #expect(response.status == status)
      #expect(response.body == ["error": ["code": .string(code.rawValue), "message": "no", "remedy": "wait"]])
    }
  }

  @Test("A wait ends as soon as the run has changed")
  func change() async {
    let server = server
    async let response = server.respond("GET", "/v1/runs/\(Fixtures.runID)?wait=30&after=3")
    await server.time.waitForSleepers(2)
    server.service.change(Fixtures.runAnswer(.succeeded, version: 4))
    #expect(await response.body["version"] == 4)
  }

  @Test("A wait that is over gives the run as it is")
  func waitIsOver() async {
    let server = server
    async let response = server.respond("GET", "/v1/runs/\(Fixtures.runID)?wait=30&after=3")
    await server.time.waitForSleepers(2)
    server.time.advance(by: .seconds(30))
    #expect(await response.status == 200)
    #expect(await response.body["version"] == 3)
    #expect(server.service.calls.last == "showRun \(Fixtures.runID)")
  }

  @Test("A request whose body does not come ends after its time")
  func slowBody() async {
    let server = server
    let request = ControlRequest(method: "POST", path: "/v1/reload", query: "", contentType: nil)
    async let response = server.handler.respond(to: request) { () throws(ControlProblem) in
      try? await ManualTime(now: Fixtures.now).sleep(for: .seconds(1))
      return []
    }
    await server.time.waitForSleepers()
    server.time.advance(by: .seconds(30))
    #expect(await response.status == 503)
    #expect(server.service.calls.isEmpty)
  }

  @Test("The value of a variable is in no error")
  func secretVariable() async {
    for body in [#"{"environment":{"A=B":"hunter2"}}"#, #"{"environment":{"A":["hunter2"]}}"#] {
      let response = await server.respond("POST", "/v1/jobs/a/run", body)
      #expect(response.status == 400)
      #expect(!response.body.text.contains("hunter2"))
    }
  }

  @Test("A history comes in pages")
  func pages() async {
    server.service.change(Fixtures.runAnswer(), events: (1...5).map { Fixtures.event($0, "E", $0) })
    let first = await server.respond("GET", "/v1/runs/\(Fixtures.runID)/history?limit=3")
    #expect(first.body["events"]?.arrayValue?.compactMap { $0["id"]?.integerValue } == [1, 2, 3])
    #expect(first.body["isMore"] == true)
    let rest = await server.respond("GET", "/v1/runs/\(Fixtures.runID)/history?limit=3&after=3")
    #expect(rest.body["events"]?.arrayValue?.compactMap { $0["id"]?.integerValue } == [4, 5])
    #expect(rest.body["isMore"] == false)
    let last = await server.respond("GET", "/v1/runs/\(Fixtures.runID)/history?tail=2")
    #expect(last.body["events"]?.arrayValue?.compactMap { $0["id"]?.integerValue } == [4, 5])
    #expect(last.body["isMore"] == true)
    let earlier = await server.respond("GET", "/v1/runs/\(Fixtures.runID)/history?tail=9&before=4")
    #expect(earlier.body["events"]?.arrayValue?.compactMap { $0["id"]?.integerValue } == [1, 2, 3])
    #expect(earlier.body["isMore"] == false)
  }
}
