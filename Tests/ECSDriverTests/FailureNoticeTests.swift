import Foundation
import JobModel
import Testing

@Suite("The failure message")
struct FailureNoticeTests {
  private func run(
    _ status: RunStatus = .failed, error: String? = "States.TaskFailed", cause: String? = #"{"Containers":[]}"#,
    timezone: String = "UTC"
  ) -> Run {
    Run(
      id: .sample, day: CivilDate(year: 2026, month: 11, day: 21), trigger: .schedule, status: status,
      owner: Ownership(instance: InstanceID("i"), epoch: 1), definition: "{}", input: "{}", startedAt: .reference,
      endedAt: .reference + .seconds(90), launches: 2, error: error, cause: cause,
      policy: RunPolicy(timezone: timezone))
  }

  private func launch(_ number: Int, _ status: LaunchState, _ diagnosis: Diagnosis?) -> Launch {
    Launch(
      id: LaunchID(run: .sample, number: number), task: 1, state: "task", resource: "r", request: [:], status: status,
      intendedAt: .reference, taskARN: "arn:task/\(number)", diagnosis: diagnosis)
  }

  private let diagnosis = Diagnosis(
    class: .exitCode, sentence: "task 0f1e: container \"app\" exited with code 2", exitCodes: ["app": 2, "log": 0])

  @Test("It says what a receiver of the Step Functions set-up reads, and beside it all that helps")
  func body() {
    let notice = Notice(
      failed: run(timezone: "Asia/Tokyo"),
      launches: [launch(2, .failed, diagnosis), launch(1, .failed, Diagnosis(class: .spot, sentence: "spot"))],
      host: "batch-1")
    #expect(notice.subject == "nightly-report FAILED on 2026-11-21: task 0f1e: container \"app\" exited with code 2")
    #expect(
      notice.body == [
        "JOBID": "nightly-report", "MESSAGE": "FAILED", "event": "failed", "run": "nightly-report.20261121T030000Z.0",
        "slot": "2026-11-21T03:00:00Z", "day": "2026-11-21", "timezone": "Asia/Tokyo", "attempts": 2,
        "startedAt": .string("\(Instant.reference)"), "endedAt": .string("\(Instant.reference + .seconds(90))"),
        "error": "States.TaskFailed", "cause": "task 0f1e: container \"app\" exited with code 2",
        "exitCodes": ["app": 2, "log": 0], "taskArns": ["arn:task/1", "arn:task/2"],
        "rerun": "jobd ctl rerun nightly-report --slot 2026-11-21T03:00:00Z", "host": "batch-1",
      ])
    #expect(notice.body.objectValue?.keys.prefix(2) == ["JOBID", "MESSAGE"])
  }

  @Test(
    "The message is the run's status",
    arguments: [
      (RunStatus.timedOut, "TIMED_OUT", "did not end within its time limit"),
      (.aborted, "ABORTED", "the run was stopped"), (.failed, "FAILED", "the state machine failed"),
    ])
  func status(status: RunStatus, message: String, cause: String) {
    let notice = Notice(failed: run(status, error: nil, cause: nil), launches: [])
    #expect(notice.body["MESSAGE"]?.stringValue == message)
    #expect(notice.body["cause"]?.stringValue?.contains(cause) == true)
  }

  @Test("A Fail state's words come first, the diagnosis after them; a JSON cause is no sentence")
  func causes() {
    func cause(_ error: String?, _ cause: String?, _ launches: [Launch]) -> String? {
      Notice(failed: run(error: error, cause: cause), launches: launches).body["cause"]?
        .stringValue
    }
    let failed = [launch(1, .failed, diagnosis)]
    #expect(cause("JobFailed", "the report is empty", failed) == "the report is empty (\(diagnosis.sentence))")
    #expect(cause("States.TaskFailed", #" {"a":1}"#, failed) == diagnosis.sentence)
    #expect(cause("JobFailed", "the report is empty", [launch(1, .succeeded, nil)]) == "the report is empty")
    #expect(cause("JobFailed", #"{"a":1}"#, []) == "the state machine failed with JobFailed")
  }

  @Test("The subject is printable ASCII of less than 100 characters, whatever the cause")
  func subject() {
    let odd = Diagnosis(class: .unknown, sentence: "é\n日本\u{7}" + String(repeating: "x", count: 500))
    let subject = Notice(failed: run(), launches: [launch(1, .failed, odd)]).subject
    #expect(subject.utf8.count == 99)
    #expect(subject.utf8.allSatisfy { (0x20...0x7E).contains($0) })
  }

  @Test("The failed container's last lines are told, the last ones where there are too many; the subject stays")
  func log() {
    func notice(_ lines: [String]) -> Notice {
      var told = diagnosis
      told.log = lines
      return Notice(failed: run(), launches: [launch(1, .failed, told)])
    }
    #expect(notice(["reading", "no such table"]).body["log"] == ["reading", "no such table"])
    #expect(notice([]).body["log"] == nil)
    #expect(notice(["reading"]).subject == notice([]).subject)
    let many = (1...3).map { "\($0)" + String(repeating: "x", count: 1_999) }
    #expect(notice(many).body["log"] == .array(many.suffix(2).map { .string($0) }))
    let long = notice(["first", String(repeating: "é", count: 4_000)]).body["log"]?.arrayValue
    #expect(long == [.string(String(repeating: "é", count: 2_048) + "…")])
    #expect(notice(Array(repeating: "", count: 5_000)).body["log"]?.arrayValue?.count == 100)
  }

  @Test("A diagnosis without lines is written and read as before there were any")
  func coding() throws {
    let plain = try JSONValue.parse(Array(try JSONEncoder().encode(diagnosis)))
    #expect(plain["log"] == nil)
    #expect(try JSONDecoder().decode(Diagnosis.self, from: Data(plain.utf8)) == diagnosis)
    var told = diagnosis
    told.log = ["a", "b"]
    #expect(try JSONDecoder().decode(Diagnosis.self, from: try JSONEncoder().encode(told)) == told)
  }

  @Test("The text stays within an SNS message, however much there is to tell")
  func bounded() throws {
    let long = String(repeating: "\u{1}é", count: 400_000)
    let huge = Diagnosis(
      class: .unknown, sentence: long,
      exitCodes: Dictionary(
        uniqueKeysWithValues: (0..<1_000).map { (String(repeating: "\u{1}", count: 300) + "\($0)", $0) }),
      log: Array(repeating: String(repeating: "\u{1}", count: 100), count: 10_000))
    let launches = (1...2_000).map { launch($0, .failed, huge) }
    let notice = Notice(failed: run(error: long, cause: long), launches: launches, host: long)
    #expect(notice.text.utf8.count <= Limits.notificationBytes)
    #expect(try JSONValue.parse(notice.text)["JOBID"] == "nightly-report")
  }
}

@Suite("A cause that people are shown")
struct CauseTests {
  @Test(
    "It holds no payload: neither an input nor a task's arguments",
    arguments: [
      (
        "The JSONPath '$.nope' could not be found in the input '{\"password\":\"hunter2\"}'",
        "The JSONPath '$.nope' could not be found in the input '…'"
      ),
      (
        "The Parameters '{\"Environment\":[{\"Value\":\"it's\"}]}' could not be used to start the Task: [x]",
        "The Parameters '…' could not be used to start the Task: [x]"
      ),
      ("container app ended with exit code 3", "container app ended with exit code 3"),
    ])
  func payload(cause: String, shown: String) {
    #expect(causeWithoutPayload(cause) == shown)
  }
}
