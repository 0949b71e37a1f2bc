import JobModel
import Logging
import TestSupport

@testable import ECSDriver

/// A driver on a small ECS whose waits are over at once.
struct Fixture {
  let time = SteppingTime()
  let ecs: FakeECS
  let driver: ECSTaskDriver

  init(seed: UInt64 = 1) {
    ecs = FakeECS(time: time)
    driver = ECSTaskDriver(
      caller: ecs, time: time, random: SeededRandom(seed: seed),
      logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
  }

  static let arguments: JSONValue = ["Cluster": "batch", "TaskDefinition": "report", "LaunchType": "FARGATE"]

  func launch(_ arguments: JSONValue = Fixture.arguments, sync: Bool = true, number: Int = 1) throws -> Launch {
    try driver.prepare(
      .sample(arguments, sync: sync, number: number), installation: "0123456789abcdef", at: time.now())
  }
}

extension TaskRequest {
  static func sample(_ arguments: JSONValue, sync: Bool = true, number: Int = 1) -> TaskRequest {
    TaskRequest(
      launch: LaunchID(run: .sample, number: number), task: 1, state: "task",
      resource: "arn:aws:states:::ecs:runTask" + (sync ? ".sync" : ""), arguments: arguments)
  }
}

extension RunID {
  static let sample: RunID = {
    guard let id = RunID("nightly-report.20261121T030000Z.0") else { preconditionFailure("not a run id") }
    return id
  }()
}

extension LaunchReport {
  var failure: TaskFailure? { if case .failed(let failure) = self { failure } else { nil } }

  var submittedARN: String? { if case .submitted(let arn, _) = self { arn } else { nil } }
}
