import JobModel
import Testing

@testable import ECSDriver

@Suite("What is told beside failures")
struct NoticeTests {
  private static let day = CivilDate(year: 2026, month: 11, day: 21)

  private static func run(_ status: RunStatus = .running, endedAt: Instant? = nil) -> Run {
    Run(
      id: .sample, day: day, trigger: .schedule, status: status,
      owner: Ownership(instance: InstanceID("i"), epoch: 1), definition: "{}", input: "{}", startedAt: .reference,
      endedAt: endedAt, launches: 2, policy: RunPolicy(timezone: "Asia/Tokyo"))
  }

  private static func slot(_ state: SlotState, _ reason: String? = nil, wait: SlotWait? = nil) -> Slot {
    Slot(key: RunID.sample.slot, day: day, trigger: .schedule, state: state, reason: reason, wait: wait, runs: 1)
  }

  private static let launches = [2, 1].map {
    Launch(
      id: LaunchID(run: .sample, number: $0), task: 1, state: "task", resource: "r", request: [:],
      intendedAt: .reference, taskARN: "arn:task/\($0)")
  }

  @Test("A recovery tells the run that succeeded")
  func recovered() {
    let notice = Notice(
      recovered: Self.run(.succeeded, endedAt: .reference + .seconds(90)), launches: Self.launches, host: "batch-1")
    #expect(notice.subject == "nightly-report recovered on 2026-11-21")
    #expect(
      notice.body == [
        "JOBID": "nightly-report", "MESSAGE": "RECOVERED", "event": "recovered", "slot": "2026-11-21T03:00:00Z",
        "day": "2026-11-21", "timezone": "Asia/Tokyo", "run": "nightly-report.20261121T030000Z.0", "attempts": 2,
        "startedAt": .string("\(Instant.reference)"), "endedAt": .string("\(Instant.reference + .seconds(90))"),
        "taskArns": ["arn:task/1", "arn:task/2"], "host": "batch-1",
      ])
  }

  @Test("A missed slot tells why, and how to run it all the same")
  func missed() {
    let notice = Notice(missed: Self.slot(.missed, "no jobd was there at its time"), timezone: "Asia/Tokyo")
    #expect(notice.subject == "nightly-report missed on 2026-11-21: no jobd was there at its time")
    #expect(
      notice.body == [
        "JOBID": "nightly-report", "MESSAGE": "MISSED", "event": "missed", "slot": "2026-11-21T03:00:00Z",
        "day": "2026-11-21", "timezone": "Asia/Tokyo", "reason": "no jobd was there at its time",
        "missedBefore": 0, "rerun": "jobd ctl rerun nightly-report --slot 2026-11-21T03:00:00Z",
      ])
    let bare = Notice(missed: Self.slot(.missed), timezone: "UTC")
    #expect(bare.body["reason"] == "its time passed and it was not run")
  }

  @Test("A late run tells since when it goes on")
  func lateRun() {
    let notice = Notice(
      late: Self.slot(.running), run: Self.run(), lateAt: .reference + .seconds(3_600), timezone: "Asia/Tokyo",
      host: "batch-1")
    let reason = "run nightly-report.20261121T030000Z.0 goes on since 2026-11-21T03:00:00Z"
    #expect(notice.subject == "nightly-report late on 2026-11-21: \(reason)".prefix(96) + "...")
    #expect(
      notice.body == [
        "JOBID": "nightly-report", "MESSAGE": "LATE", "event": "late", "slot": "2026-11-21T03:00:00Z",
        "day": "2026-11-21", "timezone": "Asia/Tokyo", "lateAt": "2026-11-21T04:00:00Z", "state": "RUNNING",
        "reason": .string(reason), "run": "nightly-report.20261121T030000Z.0", "attempts": 2,
        "startedAt": "2026-11-21T03:00:00Z", "show": "jobd ctl show nightly-report.20261121T030000Z.0",
        "host": "batch-1",
      ])
  }

  @Test(
    "A late slot tells what it does instead",
    arguments: [
      (slot(.pending, "the pool database is full"), nil, "the pool database is full"),
      (slot(.pending, wait: .overlap), nil, "it waits for another run of the job to be over"),
      (slot(.pending, wait: .pool), nil, "it waits for a place in the job's pool"),
      (slot(.pending, wait: .upstream), nil, "it waits for the jobs that it comes after"),
      (slot(.pending, wait: .pause), nil, "it waits for the job to be resumed"),
      (slot(.pending), nil, "it has not been started"),
      (slot(.failed), run(.failed), "run nightly-report.20261121T030000Z.0 ended as FAILED"),
      (slot(.skipped, "its pause"), nil, "its pause"), (slot(.missed), nil, "it is MISSED"),
    ] as [(Slot, Run?, String)])
  func late(slot: Slot, run: Run?, reason: String) {
    let notice = Notice(late: slot, run: run, lateAt: .reference, timezone: "UTC")
    #expect(notice.body["reason"]?.stringValue == reason)
    #expect(notice.body["state"]?.stringValue == slot.state.rawValue)
    if run == nil {
      #expect(notice.body["run"] == nil)
      #expect(notice.body["show"] == "jobd ctl show nightly-report")
    }
  }

  @Test("A run that goes on for too long tells its limit and how to stop it")
  func tooLong() {
    let notice = Notice(tooLong: Self.run(), limit: .seconds(5_400), launches: Self.launches, host: "batch-1")
    #expect(notice.subject == "nightly-report too long on 2026-11-21: it goes on for more than 1 h 30 min")
    #expect(
      notice.body == [
        "JOBID": "nightly-report", "MESSAGE": "TOO_LONG", "event": "tooLong", "slot": "2026-11-21T03:00:00Z",
        "day": "2026-11-21", "timezone": "Asia/Tokyo", "run": "nightly-report.20261121T030000Z.0", "attempts": 2,
        "startedAt": "2026-11-21T03:00:00Z", "limitSeconds": 5_400,
        "reason": "the run goes on for more than 1 h 30 min", "taskArns": ["arn:task/1", "arn:task/2"],
        "stop": "jobd ctl stop nightly-report.20261121T030000Z.0", "host": "batch-1",
      ])
  }

  @Test(
    "Lengths are told in their two largest units",
    arguments: [(45, "45 s"), (60, "1 min"), (3_661, "1 h 1 min"), (90_000, "1 d 1 h"), (0, "0 s")])
  func lengths(seconds: Int, words: String) {
    let notice = Notice(tooLong: Self.run(), limit: .seconds(seconds), launches: [])
    #expect(notice.body["reason"]?.stringValue == "the run goes on for more than \(words)")
  }

  @Test("The text stays within an SNS message and the subject within its own, however long the reason")
  func bounded() throws {
    let long = String(repeating: "\u{1}é", count: 400_000)
    for notice in [
      Notice(missed: Self.slot(.missed, long), timezone: "UTC", host: long),
      Notice(late: Self.slot(.pending, long), run: nil, lateAt: .reference, timezone: "UTC", host: long),
    ] {
      #expect(notice.text.utf8.count <= Limits.notificationBytes)
      #expect(notice.subject.utf8.count == 99)
      #expect(notice.subject.utf8.allSatisfy { (0x20...0x7E).contains($0) })
      #expect(try JSONValue.parse(notice.text).objectValue?.keys.prefix(2) == ["JOBID", "MESSAGE"])
    }
  }
}
