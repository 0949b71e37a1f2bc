@testable import ControlAPI
import Foundation
import JobModel
import Testing

/// docs/control-api.md is what other people's clients are written by.
@Suite("The control API's document")
struct DocumentTests {
  private let text: String

  init() throws {
    // The sources may stand behind a link, the document stands beside them.
    let root = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath()
      .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    text = try String(contentsOf: root.appendingPathComponent("docs/control-api.md"), encoding: .utf8)
  }

  @Test(
    "Every route stands in its table, and is one",
    arguments: [
      "GET /v1/status", "GET /v1/jobs", "GET /v1/jobs/JOB", "GET /v1/jobs/JOB/history", "POST /v1/jobs/JOB/run",
      "POST /v1/jobs/JOB/rerun", "POST /v1/jobs/JOB/pause", "POST /v1/jobs/JOB/resume", "POST /v1/jobs/JOB/backfill",
      "GET /v1/jobs/JOB/backfill", "POST /v1/jobs/JOB/cancel-backfill", "GET /v1/runs/RUN",
      "GET /v1/runs/RUN/history", "GET /v1/runs/RUN/machine", "GET /v1/runs/RUN/logs", "POST /v1/runs/RUN/stop",
      "POST /v1/tasks/succeed", "POST /v1/tasks/fail", "POST /v1/tasks/heartbeat", "POST /v1/reload", "POST /v1/backup",
      "GET /v1/backup/ID",
      "GET /v1/jobs/JOB/definition", "GET /v1/runs/RUN/definition",
    ])
  func routes(line: String) throws {
    let parts = line.split(separator: " ").map(String.init)
    #expect(
      text.contains("| `\(parts[0])` | `\(parts[1])` |") || text.contains("| `\(parts[0])` | `\(parts[1])?"), "\(line)")
    let path = parts[1].replacing("JOB", with: "a").replacing("RUN", with: "\(Fixtures.runID)")
    #expect(throws: Never.self) { try ControlRoute.match(method: parts[0], path: path, query: "") }
  }

  @Test("No other route stands in its table")
  func table() {
    let rows = text.split(separator: "\n").filter { $0.hasPrefix("| `GET` | `/v1") || $0.hasPrefix("| `POST` | `/v1") }
    // Those above, and the run that is waited for.
    #expect(rows.count == 25)
  }

  @Test("Every member of an answer is named")
  func members() throws {
    var pool = Job(
      name: Fixtures.job, description: "d", schedules: [], timezone: "UTC", machine: Fixtures.definition)
    pool.pool = PoolPlace(name: "db", limit: 2)
    let job = JobAnswer(
      pool, now: Fixtures.now, pause: Pause(since: Fixtures.now, note: "n", until: Fixtures.now), whyNot: ["w"],
      pool: PoolAnswer(name: "db", limit: 2, active: [Fixtures.runID], waiting: 1),
      backfill: Fixtures.backfill(.running), messages: [MessageAnswer(Fixtures.missedMessage)],
      version: DefinitionVersion(number: 1, firstUsedAt: Fixtures.now, since: Fixtures.now))
    var diagnosis = Fixtures.diagnosis
    diagnosis.log = ["l"]
    let waiting = Slot(
      key: Fixtures.slotKey, day: Fixtures.day, trigger: .schedule, state: .pending, reason: "r", wait: .pool)
    let row = Fixtures.row(
      "a", .failed, pause: Pause(since: Fixtures.now), waiting: [WaitingSlot(waiting)], reason: "r")
    var run = Fixtures.failedRun
    (run.pool, run.lateAt, run.tooLongAt) = ("db", Fixtures.now, Fixtures.now)
    (run.definitionVersion, run.presentVersion, run.isPresentDefinition) = (1, 2, false)
    let answers: [JSONValue] = [
      try WireEncoder.json(Fixtures.status), try WireEncoder.json(ListAnswer(now: Fixtures.now, jobs: [row])),
      try WireEncoder.json(Fixtures.jobAnswer), try WireEncoder.json(job), try WireEncoder.json(SlotAnswer(waiting)),
      try WireEncoder.json(run),
      try WireEncoder.json(LaunchAnswer(Fixtures.launch(1, .failed, diagnosis: diagnosis))),
      try WireEncoder.json(RunAnswer.Wait(kind: .retry, state: "s", until: Fixtures.now)),
      try WireEncoder.json(BackfillsAnswer(backfills: [Fixtures.backfill(.done)])),
      try WireEncoder.json(Fixtures.logs), try WireEncoder.json(Fixtures.definitionAnswer),
      try WireEncoder.json(BackupAnswer(id: "1", bytes: 2)),
      try WireEncoder.json(BackupPiece(data: "", next: 1)), try WireEncoder.json(Fixtures.reload),
      try WireEncoder.json(
        RunHistoryAnswer(run: Fixtures.runID, events: [Fixtures.event(1, "E", 0)], isMore: false)),
      try WireEncoder.json(RunMachineAnswer(Fixtures.run(.running))),
    ]
    for name in Set(answers.flatMap(names)).sorted() {
      let isNamed = text.contains("`\(name)`") || text.contains("\"\(name)\":")
      #expect(isNamed, "docs/control-api.md does not say what \(name) is")
    }
  }

  /// The members of a document but for those that are a user's own.
  private func names(_ json: JSONValue) -> [String] {
    if let elements = json.arrayValue { return elements.flatMap(names) }
    guard let members = json.objectValue else { return [] }
    return members.flatMap { name, value in
      ["input", "output", "machine", "definition", "details", "exitCodes", "counts"].contains(name)
        ? [name] : [name] + names(value)
    }
  }
}
