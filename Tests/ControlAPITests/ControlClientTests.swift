import ControlAPI
import JobModel
import Synchronization
import TestSupport
import Testing

@Suite("Control client")
struct ControlClientTests {
  private let server = InProcess()
  private var client: ControlClient { ControlClient(transport: server, socketPath: "/run/jobd/jobd.sock") }

  @Test("Every call reaches the service and brings its answer back")
  func calls() async throws {
    let job = Fixtures.job
    let run = Fixtures.runID
    #expect(try await client.status() == Fixtures.status)
    #expect(try await client.list(ListQuery(date: Fixtures.day, days: 2)) == Fixtures.list)
    #expect(try await client.show(job) == Fixtures.jobAnswer)
    #expect(try await client.showRun(run) == Fixtures.runAnswer())
    #expect(try await client.history(job, limit: 5) == Fixtures.jobHistory)
    #expect(try await client.runHistory(run).events.isEmpty)
    #expect(try await client.run(job, RunRequest(input: [1, 2], requestedBy: "me")).run == run)
    #expect(try await client.rerun(job, RerunRequest(date: Fixtures.day, requestedBy: "me")).run == run)
    #expect(try await client.change(of: run, after: 2) == Fixtures.runAnswer())
    #expect(try await client.reload() == Fixtures.reload)
    try await client.stop(run, reason: nil)
    try await client.pause(job, PauseRequest(note: "n", until: Fixtures.now))
    try await client.resume(job)
    let asked = RunRequest(environment: ["A": "1=2"], command: ["x", ""], requestedBy: "me", note: "n")
    #expect(try await client.run(job, asked).run == run)
    #expect(try await client.rerun(job, RerunRequest(fromFailed: true, requestedBy: "me", note: "n")).run == run)
    let backfill = BackfillRequest(from: Fixtures.day, to: Fixtures.day, maxParallel: 3, force: true, requestedBy: "me")
    #expect(try await client.startBackfill(job, backfill) == Fixtures.backfill(.running))
    #expect(try await client.cancelBackfill(job) == Fixtures.backfill(.cancelled))
    #expect(try await client.backfills(job).backfills == [Fixtures.backfill(.running)])
    #expect(try await client.logs(run) == Fixtures.logs)
    #expect(try await client.logs(run, LogsQuery(tail: 5)) == Fixtures.logs)
    let place = LogsQuery(launch: 1, container: "a b&c/é", after: #"{"0f/app":["f/3+6=",0]}"#)
    #expect(try await client.logs(run, place) == Fixtures.logs)
    #expect(try await client.makeBackup() == BackupAnswer(id: "1f", bytes: 5))
    #expect(try await client.backupPiece("1f", offset: 0) == BackupPiece(data: "aGVsbG8=", next: 5))
    #expect(try await client.backupPiece("1f", offset: 5).next == nil)
    #expect(try await client.definition(job, version: 4) == Fixtures.definitionAnswer)
    #expect(try await client.definition(of: run) == Fixtures.definitionAnswer)
    #expect(try await client.rerun(job, RerunRequest(sameDefinition: true, requestedBy: "me")).run == run)
    let contents: [TaskAnswer.Content] = [
      .succeeded(output: ["a": nil]), .succeeded(output: nil), .failed(error: "E", cause: nil), .heartbeat,
    ]
    for content in contents { try await client.answerTask(TaskAnswerRequest(token: "t-1", content: content)) }
    #expect(try await client.runMachine(run) == RunMachineAnswer(Fixtures.run(.running)))
    #expect(
      server.service.calls == [
        "status", "list 2026-11-21 2", "show nightly-report", "showRun \(run)", "history nightly-report 5",
        "runHistory \(run) after 0 5000", "run nightly-report [1,2] me -", "rerun nightly-report 2026-11-21 - false me",
        "waitForChange \(run) 2", "reload", "stop \(run) stopped by an operator",
        "pause nightly-report n until 2026-11-21T04:00:00Z", "resume nightly-report",
        #"run nightly-report - me n A=1=2 ["x", ""]"#, "rerun nightly-report - - false me from failed n",
        "startBackfill nightly-report 2026-11-21 2026-11-21 3 true me -", "cancelBackfill nightly-report",
        "backfills nightly-report", "logs \(run)", "logs \(run) tail 5",
        #"logs \#(run) launch 1 container a b&c/é after {"0f/app":["f/3+6=",0]}"#, "makeBackup", "backupPiece 1f 0",
        "backupPiece 1f 5", "definition nightly-report 4", "runDefinition \(run)",
        "rerun nightly-report - - false me same definition",
        #"answerTask t-1 succeeded {"a":null}"#, "answerTask t-1 succeeded null",
        "answerTask t-1 failed E -", "answerTask t-1 heartbeat",
        "runMachine \(run)",
      ])
  }

  @Test(
    "A refusal ends with the exit status of its kind",
    arguments: [
      (ControlError.Code.notFound, CommandStatus.invalid), (.invalid, .invalid), (.refused, .refused),
      (.unavailable, .failed), (.internal, .failed),
    ])
  func refusals(code: ControlError.Code, status: CommandStatus) async {
    server.service.fail(with: ControlError(code: code, message: "it has succeeded", remedy: "Use --force"))
    let failure = await #expect(throws: ControlFailure.self) { try await client.resume(Fixtures.job) }
    #expect(failure?.exitStatus == status)
    #expect(failure?.description == "it has succeeded\nUse --force")
  }

  private struct Scripted: ControlTransport {
    var result: Result<(status: Int, body: String), ControlTransportError>

    func send(
      method: String, path: String, body: [UInt8]?
    ) async throws(ControlTransportError) -> (status: Int, body: [UInt8]) {
      let answer = try result.get()
      return (answer.status, Array(answer.body.utf8))
    }
  }

  private func failure(_ result: Result<(status: Int, body: String), ControlTransportError>) async -> ControlFailure? {
    let client = ControlClient(transport: Scripted(result: result), socketPath: "/s")
    return await #expect(throws: ControlFailure.self) { try await client.list() }
  }

  @Test("A daemon that is not there ends with 4 and says how to look for it")
  func absent() async {
    let failure = await failure(.failure(.init(code: .notThere, message: "nobody is listening")))
    #expect(failure?.exitStatus == .absent)
    #expect(failure?.message == "jobd does not answer on /s: nobody is listening")
    #expect(failure?.remedy?.contains("systemctl status jobd") == true)
  }

  @Test("A socket that may not be used names the group")
  func permission() async {
    let failure = await failure(.failure(.init(code: .noPermission, message: "x")))
    #expect(failure?.exitStatus == .absent)
    #expect(failure?.remedy?.contains("group jobd") == true)
  }

  @Test(
    "An answer that is none is a failure that says what came",
    arguments: [
      (200, "<html>", "line 1, column 1"), (200, "{}", "now is missing"), (502, "{}", "it holds no error"),
      (400, "", "the text ends here"),
    ])
  func garbage(status: Int, body: String, part: String) async {
    let failure = await failure(.success((status, body)))
    #expect(failure?.exitStatus == .failed)
    #expect(failure?.message.contains(part) == true, "\(failure?.message ?? "")")
  }

  @Test("A run is followed to its end, each change told once")
  func follow() async throws {
    let server = server
    let run = Fixtures.runID
    let entered: JSONValue = ["stateEnteredEventDetails": ["name": "Run", "input": "{}"]]
    func answer(_ status: RunStatus, _ version: Int, _ launches: [Launch], _ waits: [RunAnswer.Wait] = []) -> RunAnswer
    {
      let ended = status == .running ? nil : "2026-11-21T03:02:01.250Z"
      return RunAnswer(
        Fixtures.run(status, version: version, ended: ended), timezone: "Asia/Tokyo",
        now: Fixtures.at("2026-11-21T03:00:40Z"), waits: waits, launches: launches.map { LaunchAnswer($0) })
    }
    server.service.change(
      answer(.running, 1, [Fixtures.launch(1, .intended)]),
      events: [Fixtures.event(1, "ExecutionStarted", 0), Fixtures.event(2, "TaskStateEntered", 0, details: entered)])
    let client = client
    let (lines, continuation) = AsyncStream.makeStream(of: String.self)
    @Sendable func follow() async throws -> RunAnswer {
      defer { continuation.finish() }
      return try await client.follow(run, Rendering(style: TerminalStyle())) { continuation.yield($0) }
    }
    async let end = follow()
    var told = lines.makeAsyncIterator()
    #expect(await told.next() == "12:00:01+09:00  started")
    #expect(await told.next() == "12:00:01+09:00  state Run entered")
    #expect(await told.next() == "12:00:02+09:00  launch 1 of Run begins")
    server.service.change(answer(.running, 2, [Fixtures.launch(1, .submitted)]))
    #expect(await told.next() == "12:00:02+09:00  launch 1 of Run submitted: \(Fixtures.taskARN)1")
    let retry = RunAnswer.Wait(kind: .retry, state: "Run", until: Fixtures.at("2026-11-21T03:01:02Z"))
    server.service.change(
      answer(.running, 3, [Fixtures.launch(1, .failed, diagnosis: Fixtures.diagnosis)], [retry]))
    #expect(
      await told.next() == "12:00:32+09:00  launch 1 of Run FAILED: the essential container app exited with 1")
    #expect(await told.next() == "12:00:40+09:00  retry of Run in 22s")
    server.service.change(
      answer(
        .succeeded, 4,
        [Fixtures.launch(1, .failed, diagnosis: Fixtures.diagnosis), Fixtures.launch(2, .succeeded)]))
    #expect(await told.next() == "12:01:02+09:00  launch 2 of Run submitted: \(Fixtures.taskARN)2")
    #expect(await told.next() == "12:01:32+09:00  launch 2 of Run SUCCEEDED")
    #expect(await told.next() == "12:02:01+09:00  \(run) SUCCEEDED after 2m 00s")
    #expect(try await end.status == .succeeded)
  }

  @Test("A backfill is followed to its end, each change told once")
  func followBackfill() async throws {
    let (server, time) = (server, ManualTime(now: Fixtures.now))
    let running = Fixtures.backfill(.running, [.succeeded, .running])
    server.service.state.withLock {
      $0.backfills = [[running], [running], [Fixtures.backfill(.done, [.succeeded, .failed])]]
    }
    let client = client
    let (lines, continuation) = AsyncStream.makeStream(of: String.self)
    @Sendable func follow() async throws -> BackfillAnswer {
      defer { continuation.finish() }
      return try await client.follow(running, Rendering(style: TerminalStyle()), time: time) { continuation.yield($0) }
    }
    async let end = follow()
    for seconds in [1, 2] {
      await time.waitForSleepers()
      time.advance(by: .seconds(seconds))
    }
    let answer = try await end
    #expect(answer.state == .done)
    #expect(!answer.hasSucceeded)
    var told: [String] = []
    for await line in lines { told.append(line) }
    #expect(
      told == [
        "13:00+09:00  1 succeeded, 1 running, reached 2026-11-02 12:00+09:00",
        "13:00:03+09:00  1 succeeded, 1 failed, reached 2026-11-02 12:00+09:00",
      ])
  }

  @Test("A backfill that is not kept any more is no endless wait")
  func followForgottenBackfill() async {
    server.service.state.withLock { $0.backfills = [[]] }
    let failure = await #expect(throws: ControlFailure.self) {
      try await client.follow(Fixtures.backfill(.running), Rendering(style: TerminalStyle()), time: server.time) { _ in
      }
    }
    #expect(failure?.exitStatus == .invalid)
  }
}
