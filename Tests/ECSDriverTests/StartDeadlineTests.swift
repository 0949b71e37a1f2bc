import JobModel
import Testing

@testable import ECSDriver

@Suite("What becomes of a task whose time to start is over")
struct StartDeadlineTests {
  private static func seen(_ status: String, desired: String? = nil, reason: String? = nil) -> JSONValue {
    var json: JSONObject = ["taskArn": "arn:aws:ecs:r:1:task/batch/0f1e", "lastStatus": .string(status)]
    if let desired { json["desiredStatus"] = .string(desired) }
    if let reason { json["stoppedReason"] = .string(reason) }
    return .object(json)
  }

  enum Expected: Sendable, Equatable {
    case leave
    case stop
    case lookAgain
  }

  @Test(
    "A task that starts is stopped, one that runs or is over is left alone, and of one unseen nothing can be said",
    arguments: [
      (seen("PROVISIONING"), .stop), (seen("PENDING"), .stop), (seen("ACTIVATING"), .stop),
      (seen("PENDING", desired: "RUNNING"), .stop), (seen("RUNNING"), .leave), (seen("DEACTIVATING"), .leave),
      (seen("STOPPING"), .leave), (seen("DEPROVISIONING"), .leave), (seen("STOPPED"), .leave),
      (seen("DELETED"), .leave), (seen("SOMETHING_NEW"), .leave),
      (seen("PENDING", desired: "STOPPED", reason: "Task stopped by user"), .leave),
      (seen("PENDING", desired: "STOPPED"), .leave),
      (seen("PENDING", desired: "STOPPED", reason: "jobd: startTimeout reached while the task was PENDING"), .stop),
      (nil, .lookAgain), ([:], .lookAgain), ("garbage", .lookAgain),
    ] as [(JSONValue?, Expected)])
  func decision(task: JSONValue?, expected: Expected) {
    switch StartDeadline.decision(for: task, age: .seconds(601)) {
    case .leave: #expect(expected == .leave)
    case .lookAgain: #expect(expected == .lookAgain)
    case .stop(let hung):
      #expect(expected == .stop)
      #expect(hung.seconds == 601)
      #expect(hung.stopReason.hasPrefix("jobd: startTimeout reached while the task was \(hung.status ?? "?")"))
    }
  }

  struct Row: CustomTestStringConvertible, Sendable {
    var testDescription: String
    var code: String?
    var reason: String?
    var exitCode: Int64?
    /// Whether this process saw it hang.
    var wasSeen: Bool
    /// Nil for a success.
    var expected: Diagnosis.Class?
  }

  static let marker = "jobd: startTimeout reached while the task was PENDING"

  static let rows: [Row] = [
    Row(
      testDescription: "stopped by jobd", code: "UserInitiated", reason: marker, wasSeen: true, expected: .startTimeout),
    Row(
      testDescription: "stopped by an earlier process", code: "UserInitiated", reason: marker, wasSeen: false,
      expected: .startTimeout),
    Row(
      testDescription: "ECS words the stop its own way", code: "UserInitiated", reason: "Task stopped by user",
      wasSeen: true, expected: .startTimeout),
    Row(testDescription: "an endpoint that says nothing of why", wasSeen: true, expected: .startTimeout),
    Row(
      testDescription: "stopped by a person, not seen to hang", code: "UserInitiated", reason: "Task stopped by user",
      wasSeen: false, expected: .stopped),
    Row(
      testDescription: "it started after all and was stopped", code: "UserInitiated", reason: marker, exitCode: 143,
      wasSeen: true, expected: .startTimeout),
    Row(
      testDescription: "it finished in time", code: "EssentialContainerExited",
      reason: "Essential container in task exited", exitCode: 0, wasSeen: true),
    Row(
      testDescription: "it failed by itself before the stop", code: "EssentialContainerExited",
      reason: "Essential container in task exited", exitCode: 2, wasSeen: true, expected: .exitCode),
    Row(
      testDescription: "it failed to start before the stop", code: "TaskFailedToStart",
      reason: "CannotPullContainerError: no such image", wasSeen: true, expected: .image),
    Row(
      testDescription: "Spot took it", code: "SpotInterruption", reason: "Your Spot Task was interrupted.",
      wasSeen: true, expected: .spot),
  ]

  @Test("What really happened counts", arguments: rows)
  func verdict(row: Row) {
    var container: JSONObject = ["name": "app"]
    if let exitCode = row.exitCode { container["exitCode"] = .integer(exitCode) }
    var json: JSONObject = [
      "taskArn": "arn:aws:ecs:r:1:task/batch/0f1e", "lastStatus": "STOPPED", "containers": [.object(container)],
    ]
    json["stopCode"] = row.code.map { .string($0) }
    json["stoppedReason"] = row.reason.map { .string($0) }
    let task = JSONValue.object(json)
    let hung = row.wasSeen ? HungStart(status: "PENDING", seconds: 601, task: Self.seen("PENDING")) : nil
    let verdict = StartDeadline.verdict(Judgement.verdict(of: task, essential: nil), of: task, hung: hung)
    guard case .failed(let diagnosis, let aliases) = verdict else {
      #expect(row.expected == nil)
      return
    }
    #expect(diagnosis.class == row.expected, "\(diagnosis.sentence)")
    #expect(aliases.contains("ECS.StartTimeout") == (row.expected == .startTimeout))
    guard row.expected == .startTimeout else { return }
    #expect(aliases.first == "ECS.StartTimeout")
    #expect(aliases.contains("ECS.TaskFailedToStart") == (row.exitCode == nil), "what has run did not fail to start")
    #expect(!aliases.contains("ECS.TaskStopped"))
    if row.wasSeen {
      #expect(
        diagnosis.sentence.hasPrefix("task 0f1e: it was still PENDING 601 s after its launch (startTimeout), so jobd"))
    }
    #expect(diagnosis.sentence.contains("raise `startTimeout`"))
  }
}
