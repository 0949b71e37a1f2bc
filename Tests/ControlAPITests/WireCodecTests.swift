@testable import ControlAPI
import JobModel
import Testing

@Suite("Wire codec")
struct WireCodecTests {
  private func comesBack<Value: Codable & Equatable>(_ value: Value) throws {
    let text = try WireEncoder.json(value).text
    #expect(try WireDecoder.decode(Value.self, from: JSONValue.parse(text)) == value)
  }

  @Test("Every answer comes back as it was sent")
  func answers() throws {
    try comesBack(Fixtures.status)
    try comesBack(Fixtures.list)
    try comesBack(Fixtures.jobAnswer)
    try comesBack(Fixtures.failedRun)
    try comesBack(Fixtures.jobHistory)
    try comesBack(Fixtures.reload)
    try comesBack(BackfillsAnswer(backfills: [Fixtures.backfill(.done), Fixtures.backfill(.running, [])]))
    try comesBack(Fixtures.logs)
    try comesBack(BackupAnswer(id: "1f", bytes: 4_194_305))
    try comesBack(BackupPiece(data: "aGVsbG8=", next: 5))
    try comesBack(BackupPiece(data: "", next: nil))
    try comesBack(PoolAnswer(name: "db", limit: 2, active: [Fixtures.runID], waiting: 1))
    try comesBack(MessageAnswer(Fixtures.missedMessage))
    try comesBack(RunStarted(run: Fixtures.runID, day: Fixtures.day, timezone: "UTC"))
    try comesBack(RunHistoryAnswer(run: Fixtures.runID, events: [Fixtures.event(1, "A", 0)], isMore: true))
    try comesBack(RunRequest(input: ["b": 1, "a": [nil]], requestedBy: "me", note: "n"))
    try comesBack(RunRequest(environment: ["A": "1"], command: ["a", "b"], requestedBy: "me"))
    try comesBack(RerunRequest(slot: Fixtures.now, force: true, requestedBy: "me"))
    try comesBack(RerunRequest(fromFailed: true, requestedBy: "me", note: "n"))
    try comesBack(PauseRequest(note: "n", until: Fixtures.now))
    try comesBack(BackfillRequest(from: Fixtures.day, to: Fixtures.day, maxParallel: 4, requestedBy: "me", note: "n"))
    for code in ControlError.Code.allCases { try comesBack(ControlError(code: code, message: "m", remedy: "r")) }
  }

  @Test("Members stand in the order of their declaration, a user's own in the order that he gave them")
  func order() throws {
    let json = try WireEncoder.json(Fixtures.failedRun)
    #expect(json.objectValue?.keys.prefix(4) == ["now", "id", "job", "timezone"])
    #expect(json["input"]?.text == #"{"z":1,"a":2}"#)
  }

  @Test("A day's counts are an object by state, always in the same order")
  func counts() throws {
    let slots = [SlotState.succeeded, .failed, .succeeded].enumerated().map { index, state in
      Slot(
        key: SlotKey(job: Fixtures.job, scheduledAt: Instant(seconds: Int64(index))), day: Fixtures.day,
        trigger: .schedule, state: state, runs: 1)
    }
    let day = DayAnswer(date: Fixtures.day, state: DayState(slots: slots))
    #expect(
      try WireEncoder.json(day).text
        == #"{"date":"2026-11-21","state":"SUCCEEDED","counts":{"FAILED":1,"SUCCEEDED":2},"launches":0}"#)
  }

  /// What docs/control-api.md shows; other people's programs read it.
  @Test("Answers and requests look as they are described")
  func golden() throws {
    #expect(try WireEncoder.json(Fixtures.backfill(.running)).text == Golden.wireBackfill)
    #expect(try WireEncoder.json(Fixtures.logs).text == Golden.wireLogs)
    #expect(
      try WireEncoder.json(PoolAnswer(name: "db", limit: 2, active: [Fixtures.runID], waiting: 1)).text
        == #"{"name":"db","limit":2,"active":["nightly-report.20261121T030000Z.0"],"waiting":1}"#)
    #expect(try WireEncoder.json(BackupPiece(data: "aGVsbG8=", next: 5)).text == #"{"data":"aGVsbG8=","next":5}"#)
    #expect(
      try WireEncoder.json(
        RunRequest(environment: ["B": "2", "A": "1"], command: ["report"], requestedBy: "me", note: "n")
      ).text == #"{"environment":{"A":"1","B":"2"},"command":["report"],"requestedBy":"me","note":"n"}"#)
    #expect(
      try WireEncoder.json(RerunRequest(fromFailed: true, requestedBy: "me")).text
        == #"{"force":false,"fromFailed":true,"sameDefinition":false,"requestedBy":"me"}"#)
    #expect(
      try WireEncoder.json(PauseRequest(until: Fixtures.now)).text == #"{"until":"2026-11-21T04:00:00Z"}"#)
    #expect(
      try WireEncoder.json(Fixtures.reload)["changed"]?.text == #"[{"job":"a","parts":["schedule","task"]}]"#)
    #expect(
      try WireEncoder.json(LaunchAnswer(Fixtures.launch(1, .succeeded)))["taskDefinition"]
        == "arn:aws:ecs:ap-northeast-1:123456789012:task-definition/report:12")
  }

  @Test("What is absent is left out, and read as absent")
  func absent() throws {
    let text = try WireEncoder.json(ControlError(code: .refused, message: "m")).text
    #expect(text == #"{"code":"REFUSED","message":"m"}"#)
  }

  @Test(
    "A wrong answer is an error that names the member",
    arguments: [
      (#"{"now":"2026-11-21T03:00:00Z"}"#, "jobs is missing"),
      (#"{"now":"today","jobs":[]}"#, "now: not an RFC 3339 time: today"),
      (#"{"now":"2026-11-21T03:00:00Z","jobs":{}}"#, "jobs: expected an array, found object"),
      (#"{"now":"2026-11-21T03:00:00Z","jobs":[{"job":"a b"}]}"#, "jobs.0.job: not a job name: a b"),
      (#"[]"#, "the value: expected an object, found array"),
    ])
  func wrong(text: String, message: String) throws {
    let json = try JSONValue.parse(text)
    #expect(throws: ControlError.invalid(message)) { () throws in try WireDecoder.decode(ListAnswer.self, from: json) }
  }
}
