import AWSClient
import JobModel
import Logging
import TestSupport
import Testing

@testable import ECSDriver

@Suite("Following a launch to its end")
struct FollowTests {
  private let time = ManualTime(now: .reference)
  private let ecs: FakeECS
  private let driver: ECSTaskDriver

  init() {
    ecs = FakeECS(time: time)
    driver = ECSTaskDriver(
      caller: ecs, time: time, random: SeededRandom(seed: 3),
      logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
  }

  private func submitted(_ arguments: JSONValue = Fixture.arguments, number: Int = 1) async throws -> Launch {
    var launch = try driver.prepare(
      .sample(arguments, number: number), installation: "0123456789abcdef", at: time.now())
    guard case .submitted(let arn, let submission) = try await driver.start(launch, recovering: false) else {
      throw CancellationError()
    }
    (launch.taskARN, launch.submission, launch.status) = (arn, submission, .submitted)
    return launch
  }

  /// Follows launches beside the observer, moving time on whenever somebody waits for it.
  private func follow(_ launches: [Launch]) async throws -> [LaunchReport] {
    try await withThrowingTaskGroup(of: Void.self) { helpers in
      helpers.addTask { await driver.run() }
      helpers.addTask { while !Task.isCancelled { await time.advanceToNextWake() } }
      let reports = try await withThrowingTaskGroup(of: (Int, LaunchReport).self) { group in
        for (index, launch) in launches.enumerated() {
          group.addTask { (index, try await driver.follow(launch)) }
        }
        var reports: [(Int, LaunchReport)] = []
        for try await report in group { reports.append(report) }
        return reports.sorted { $0.0 < $1.0 }.map(\.1)
      }
      helpers.cancelAll()
      // One more sleeper lets the helper that waits for one see that it is cancelled.
      let nudge = Task { try? await time.sleep(for: .milliseconds(1)) }
      try await helpers.waitForAll()
      nudge.cancel()
      return reports
    }
  }

  @Test("A task that was given up is followed to its end, and not stopped for its start once more")
  func stoppedBefore() async throws {
    ecs.setLife(.seconds(600))
    var launch = try await submitted()
    ecs.setRunsAt(try #require(launch.taskARN), .seconds(300))
    launch.policy.startTimeoutSeconds = 60
    launch.status = .stopped
    guard case .succeeded = try await follow([launch])[0] else { Issue.record("it ends by itself"); return }
    #expect(ecs.calls(of: "StopTask").isEmpty)
  }

  @Test("A task that exits with 0 has its own JSON as output, in PascalCase")
  func succeeded() async throws {
    ecs.setLife(.seconds(30))
    let reports = try await follow([try await submitted()])
    guard case .succeeded(let output, let result, nil) = reports[0] else { Issue.record("\(reports)"); return }
    #expect(output["Containers"]?[0]?["ExitCode"] == 0)
    #expect(output["CreatedAt"] == 1_795_230_000_123)
    #expect(result["containers"]?[0]?["exitCode"] == 0)
    #expect(time.uptime() < .seconds(40))
  }

  @Test("A task that was stopped fails with its JSON as the cause")
  func failed() async throws {
    let launch = try await submitted()
    try await driver.stop(launch, reason: "jobd: time limit of 1h reached")
    let failure = try #require(try await follow([launch])[0].failure)
    #expect(failure.error == "States.TaskFailed")
    #expect(failure.aliases == ["ECS.TaskStopped"])
    let cause = try JSONValue.parse(failure.cause)
    #expect(cause["StopCode"] == "UserInitiated")
    #expect(failure.result?["stoppedReason"] == "jobd: time limit of 1h reached")
    #expect(failure.diagnosis?.sentence.contains("time limit of 1h") == true)
  }

  @Test("Many launches are watched with a call per hundred tasks")
  func many() async throws {
    ecs.setLife(.seconds(50))
    var launches: [Launch] = []
    for number in 1...150 { launches.append(try await submitted(number: number)) }
    let reports = try await follow(launches)
    #expect(reports.count == 150 && reports.allSatisfy { $0.failure == nil })
    #expect(ecs.calls(of: "DescribeTasks").count <= 2 * 26)
  }

  @Test("Several tasks of one launch are all watched, and all of them decide")
  func several() async throws {
    ecs.setLife(.seconds(20))
    let launch = try await submitted(["Cluster": "batch", "TaskDefinition": "report", "Count": 3])
    let reports = try await follow([launch])
    guard case .succeeded(let output, let result, nil) = reports[0] else { Issue.record("\(reports)"); return }
    #expect(output["Tasks"]?.arrayValue?.count == 3)
    #expect(result["tasks"]?.arrayValue?.count == 3)
  }

  @Test("DescribeTasks errors only delay the end")
  func errors() async throws {
    ecs.setLife(.seconds(30))
    let launch = try await submitted()
    for _ in 0..<10 { ecs.inject("DescribeTasks", .before(.throttled), .answer("garbage"), .before(.ambiguous)) }
    #expect(try await follow([launch])[0].failure == nil)
  }

  @Test("A task that ECS has forgotten has an unknown outcome, not a failed one")
  func forgotten() async throws {
    ecs.setLife(.seconds(30))
    let launch = try await submitted()
    time.advance(by: .seconds(10_000))
    let failure = try #require(try await follow([launch])[0].failure)
    #expect(failure.error == "ECS.UnknownOutcome")
    #expect(failure.diagnosis?.class == .unknown)
    #expect(failure.cause.contains("forgets a stopped task"))
  }

  @Test("The task definition says which containers decide, and is read once")
  func essentials() async throws {
    let definition = "arn:aws:ecs:eu-central-1:111111111111:task-definition/report:1"
    ecs.define(definition, containers: [["name": "app"], ["name": "log", "essential": false]])
    for number in 1...2 {
      let launch = try await submitted(number: number)
      let task: JSONValue = [
        "taskArn": .string(launch.taskARN ?? ""), "lastStatus": "STOPPED", "stopCode": "EssentialContainerExited",
        "taskDefinitionArn": .string(definition),
        "containers": [["name": "app", "exitCode": 0], ["name": "log", "exitCode": 1]],
      ]
      ecs.inject("DescribeTasks", .answer(["tasks": [task]]))
      #expect(try await follow([launch])[0].failure == nil)
    }
    #expect(ecs.calls(of: "DescribeTaskDefinition").count == 1)
  }

  @Test("Cancelling one launch's watch leaves the others alone")
  func cancelled() async throws {
    ecs.setLife(.seconds(30))
    let first = try await submitted()
    let second = try await submitted(number: 2)
    let watching = Task { try await driver.follow(first) }
    watching.cancel()
    await #expect(throws: CancellationError.self) { _ = try await watching.value }
    #expect(try await follow([second])[0].failure == nil)
  }
}

@Suite("Stopping a launch")
struct StopTests {
  private let fixture = Fixture()

  private func started() async throws -> Launch {
    var launch = try fixture.launch()
    launch.taskARN = try await fixture.driver.start(launch, recovering: false).submittedARN
    return launch
  }

  @Test("StopTask carries the reason, cut to 255 characters, and is repeated until it is taken")
  func repeated() async throws {
    let launch = try await started()
    fixture.ecs.inject("StopTask", .before(.throttled), .before(.ambiguous), .before(.notSent))
    try await fixture.driver.stop(launch, reason: String(repeating: "r", count: 300))
    #expect(fixture.ecs.calls(of: "StopTask").count == 4)
    #expect(fixture.ecs.tasks[0].stopReason == String(repeating: "r", count: 255))
  }

  private func refuse(_ operation: String, _ times: Int) {
    for _ in 0..<times { fixture.ecs.inject(operation, .before(.refused("AccessDeniedException", "No."))) }
  }

  @Test("A stop that AWS goes on refusing ends; one that is refused for a while is repeated")
  func refusedStop() async throws {
    fixture.ecs.setLife(.seconds(86_400))
    let launch = try await started()
    refuse("StopTask", ECSLimits.refusals)
    try await fixture.driver.stop(launch, reason: "too early")
    #expect(fixture.ecs.calls(of: "StopTask").count == ECSLimits.refusals)
    #expect(fixture.ecs.tasks[0].stopReason == nil)
    refuse("StopTask", ECSLimits.refusals - 1)
    try await fixture.driver.stop(launch, reason: "r")
    #expect(fixture.ecs.tasks[0].stopReason == "r")
  }

  @Test("A stop that does not get through is asked for until it does, a minute apart at the most")
  func persistentStop() async throws {
    fixture.ecs.setLife(.seconds(86_400))
    let launch = try await started()
    for _ in 0..<100 { fixture.ecs.inject("StopTask", .before(.throttled)) }
    try await fixture.driver.stop(launch, reason: "r")
    #expect(fixture.ecs.calls(of: "StopTask").count == 101)
    #expect(fixture.ecs.tasks[0].stopReason == "r")
    #expect(fixture.time.uptime() < .seconds(100 * 61))
  }

  @Test("A task that ECS has forgotten, with nobody there to see its end, is not taken for one that goes on")
  func forgotten() async throws {
    var launch = try await started()
    launch.taskARN = "arn:aws:ecs:eu-central-1:111111111111:task/batch/none"
    #expect(try await fixture.driver.look(launch) == .goesOn)
    fixture.time.advance(by: .seconds(3 * 3_600))
    guard case .over(.failed(let failure)) = try await fixture.driver.look(launch) else {
      Issue.record("the task is gone")
      return
    }
    #expect(failure.error == "ECS.UnknownOutcome")
  }

  @Test("A task that ECS has forgotten while it did not answer is not taken for one that goes on")
  func forgottenMeanwhile() async throws {
    var launch = try await started()
    launch.taskARN = "arn:aws:ecs:eu-central-1:111111111111:task/batch/none"
    // Half a minute apart at the most, for more than an hour.
    for _ in 0..<400 { fixture.ecs.inject("DescribeTasks", .before(.ambiguous)) }
    guard case .over(.failed(let failure)) = try await fixture.driver.look(launch) else {
      Issue.record("the task is gone")
      return
    }
    #expect(fixture.time.uptime() > ECSLimits.stoppedTaskVisible)
    #expect(failure.error == "ECS.UnknownOutcome")
  }

  @Test("A refusal to show a task is no reason to take it for forgotten; a cluster that is gone is")
  func refusedLook() async throws {
    fixture.ecs.setLife(.seconds(86_400))
    let launch = try await started()
    fixture.time.advance(by: .seconds(2 * 3_600))
    refuse("DescribeTasks", ECSLimits.refusals)
    #expect(try await fixture.driver.look(launch) == .goesOn)
    for _ in 0..<20 {
      fixture.ecs.inject("DescribeTasks", .before(.refused("ClusterNotFoundException", "There is none.")))
    }
    guard case .over(.failed) = try await fixture.driver.look(launch) else {
      Issue.record("the cluster is gone")
      return
    }
  }

  @Test("A task that is over is seen by a look, which lasts until ECS answers; one that goes on is not")
  func look() async throws {
    fixture.ecs.setLife(.seconds(600))
    let launch = try await started()
    #expect(try await fixture.driver.look(launch) == .goesOn)
    refuse("DescribeTasks", ECSLimits.refusals)
    #expect(try await fixture.driver.look(launch) == .goesOn)
    fixture.time.advance(by: .seconds(700))
    refuse("DescribeTasks", ECSLimits.refusals - 1)
    for _ in 0..<10 { fixture.ecs.inject("DescribeTasks", .before(.ambiguous)) }
    guard case .over(.succeeded) = try await fixture.driver.look(launch) else {
      Issue.record("the task is over")
      return
    }
  }

  @Test("A task that is already gone is fine")
  func gone() async throws {
    var launch = try fixture.launch()
    launch.taskARN = "arn:aws:ecs:eu-central-1:111111111111:task/batch/none"
    try await fixture.driver.stop(launch, reason: "r")
    #expect(fixture.ecs.calls.count == 1)
  }

  @Test("A launch whose answer was lost is stopped by its startedBy, also when its task shows late")
  func withoutARN() async throws {
    fixture.ecs.setLife(.seconds(600), visibleAfter: .seconds(5))
    let launch = try fixture.launch()
    _ = try await fixture.driver.start(launch, recovering: false)
    try await fixture.driver.stop(launch, reason: "r")
    #expect(fixture.ecs.tasks[0].stopReason == "r")
  }

  @Test("A launch whose answer was lost is stopped also where its search is refused for a while, and not for ever")
  func refusedSearch() async throws {
    fixture.ecs.setLife(.seconds(86_400))
    let launch = try fixture.launch()
    _ = try await fixture.driver.start(launch, recovering: false)
    refuse("ListTasks", ECSLimits.refusals)
    try await fixture.driver.stop(launch, reason: "too early")
    #expect(fixture.ecs.tasks[0].stopReason == nil)
    refuse("ListTasks", ECSLimits.refusals - 1)
    try await fixture.driver.stop(launch, reason: "r")
    #expect(fixture.ecs.tasks[0].stopReason == "r")
  }

  @Test("A launch that started nothing is stopped after a few looks")
  func nothing() async throws {
    try await fixture.driver.stop(try fixture.launch(), reason: "r")
    #expect(fixture.ecs.calls(of: "StopTask").isEmpty)
  }
}
