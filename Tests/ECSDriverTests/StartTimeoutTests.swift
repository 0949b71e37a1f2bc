import AWSClient
import JobModel
import Logging
import TestSupport
import Testing

@testable import ECSDriver

@Suite("A launch with a start timeout")
struct StartTimeoutTests {
  private let time = ManualTime(now: .reference)
  private let ecs: FakeECS
  private let driver: ECSTaskDriver

  init() {
    ecs = FakeECS(time: time)
    driver = ECSTaskDriver(
      caller: ecs, time: time, random: SeededRandom(seed: 3),
      logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
  }

  private func submitted(startTimeout: Int? = 300, number: Int = 1) async throws -> Launch {
    var request = TaskRequest.sample(Fixture.arguments, number: number)
    request.policy.startTimeoutSeconds = startTimeout
    var launch = try driver.prepare(request, installation: "0123456789abcdef", at: time.now())
    guard case .submitted(let arn, let submission) = try await driver.start(launch, recovering: false) else {
      throw CancellationError()
    }
    (launch.taskARN, launch.submission, launch.status) = (arn, submission, .submitted)
    return launch
  }

  /// Follows a launch beside the observer, moving time on whenever somebody waits for it.
  private func follow(_ launch: Launch) async throws -> LaunchReport {
    try await withThrowingTaskGroup(of: Void.self) { helpers in
      helpers.addTask { await driver.run() }
      helpers.addTask { while !Task.isCancelled { await time.advanceToNextWake() } }
      let report = try await driver.follow(launch)
      helpers.cancelAll()
      // One more sleeper lets the helper that waits for one see that it is cancelled.
      let nudge = Task { try? await time.sleep(for: .milliseconds(1)) }
      try await helpers.waitForAll()
      nudge.cancel()
      return report
    }
  }

  @Test("The policy is committed with the launch")
  func prepared() async throws {
    #expect(try await submitted(startTimeout: 42).policy == TaskPolicy(startTimeoutSeconds: 42))
  }

  @Test("A task that hangs before it runs is stopped, and fails under its own name")
  func hangs() async throws {
    ecs.setLife(.seconds(100_000))
    let launch = try await submitted()
    ecs.setRunsAt(try #require(launch.taskARN), .seconds(90_000))
    let failure = try #require(try await follow(launch).failure)
    #expect(failure.error == "States.TaskFailed")
    #expect(failure.aliases == ["ECS.StartTimeout", "ECS.TaskFailedToStart"])
    #expect(failure.diagnosis?.class == .startTimeout)
    #expect(
      failure.diagnosis?.sentence.contains("it was still PENDING 3") == true, "\(failure.diagnosis?.sentence ?? "")")
    #expect(ecs.tasks[0].stopReason?.hasPrefix("jobd: startTimeout reached while the task was PENDING") == true)
    #expect(time.uptime() >= .seconds(300))
  }

  @Test("A task that runs in time is never stopped, however long it takes", arguments: [nil, 300])
  func runs(startTimeout: Int?) async throws {
    ecs.setLife(.seconds(5_000))
    let launch = try await submitted(startTimeout: startTimeout)
    ecs.setRunsAt(try #require(launch.taskARN), .seconds(200))
    #expect(try await follow(launch).failure == nil)
    #expect(ecs.calls(of: "StopTask").isEmpty)
  }

  @Test("Without a start timeout a task may hang")
  func unlimited() async throws {
    ecs.setLife(.seconds(5_000))
    let launch = try await submitted(startTimeout: nil)
    ecs.setRunsAt(try #require(launch.taskARN), .seconds(4_000))
    #expect(try await follow(launch).failure == nil)
  }

  @Test("A launch that is past its time when it is followed again is looked at first", arguments: [100, 90_000])
  func followedAgain(runsAt: Int) async throws {
    ecs.setLife(.seconds(5_000))
    let launch = try await submitted()
    ecs.setRunsAt(try #require(launch.taskARN), .seconds(runsAt))
    time.advance(by: .seconds(1_000))
    let report = try await follow(launch)
    if runsAt == 100 {
      #expect(report.failure == nil)
      #expect(ecs.calls(of: "StopTask").isEmpty)
    } else {
      #expect(report.failure?.aliases.first == "ECS.StartTimeout")
    }
  }

  @Test("A task that an earlier process has stopped for it fails under the same name")
  func stoppedBefore() async throws {
    let launch = try await submitted()
    let arn = try #require(launch.taskARN)
    ecs.change(arn) { $0.runsAt = .seconds(90_000) }
    try await driver.stop(launch, reason: "jobd: startTimeout reached while the task was PENDING")
    time.advance(by: .seconds(400))
    let failure = try #require(try await follow(launch).failure)
    #expect(failure.aliases.first == "ECS.StartTimeout")
    #expect(failure.diagnosis?.sentence.contains("(jobd: startTimeout reached while the task was PENDING)") == true)
  }

  private func refuseStops() {
    for _ in 0..<ECSLimits.refusals { ecs.inject("StopTask", .before(.refused("AccessDeniedException", "No."))) }
  }

  @Test("A task that does not stop is waited for no longer than the grace")
  func doesNotStop() async throws {
    ecs.setLife(.seconds(100_000))
    let launch = try await submitted()
    ecs.setRunsAt(try #require(launch.taskARN), .seconds(90_000))
    refuseStops()
    let failure = try #require(try await follow(launch).failure)
    #expect(failure.error == "ECS.UnknownOutcome", "another attempt might run beside it")
    #expect(failure.diagnosis?.sentence.contains("may still run") == true)
    #expect(time.uptime() >= .seconds(480))
  }

  @Test("A task that could not be stopped and came to run is followed to its end")
  func runsAfterAll() async throws {
    ecs.setLife(.seconds(2_000))
    let launch = try await submitted()
    ecs.setRunsAt(try #require(launch.taskARN), .seconds(400))
    refuseStops()
    #expect(try await follow(launch).failure == nil)
    #expect(time.uptime() >= .seconds(2_000))
  }

  @Test("While StopTask is throttled the task may come to run, and is then left alone")
  func runsWhileThrottled() async throws {
    ecs.setLife(.seconds(2_000))
    let launch = try await submitted()
    ecs.setRunsAt(try #require(launch.taskARN), .seconds(310))
    for _ in 0..<8 { ecs.inject("StopTask", .before(.throttled)) }
    #expect(try await follow(launch).failure == nil)
    #expect(ecs.tasks[0].stopReason == nil)
  }

  @Test("The time of a task whose request had to wait begins when ECS took it")
  func lateRequest() async throws {
    ecs.setLife(.seconds(2_000))
    var launch = try await submitted()
    launch.intendedAt = launch.intendedAt - .seconds(3_600)
    ecs.setRunsAt(try #require(launch.taskARN), .seconds(200))
    #expect(try await follow(launch).failure == nil)
    #expect(ecs.calls(of: "StopTask").isEmpty)
  }

  @Test("A task that finished before the stop had an effect has succeeded")
  func race() async throws {
    ecs.setLife(.seconds(305))
    let launch = try await submitted()
    let arn = try #require(launch.taskARN)
    ecs.setRunsAt(arn, .seconds(302))
    // The stop comes too late.
    for _ in 0..<6 { ecs.inject("StopTask", .before(.throttled)) }
    #expect(try await follow(launch).failure == nil)
  }

  @Test("While ECS does not answer nothing is stopped blindly")
  func noAnswer() async throws {
    ecs.setLife(.seconds(2_000))
    let launch = try await submitted()
    ecs.setRunsAt(try #require(launch.taskARN), .seconds(100))
    ecs.injectByChance { [time] operation in
      operation == "DescribeTasks" && time.uptime() < .seconds(1_000) ? .before(.ambiguous) : nil
    }
    #expect(try await follow(launch).failure == nil)
    #expect(ecs.calls(of: "StopTask").isEmpty)
  }

  @Test("A launch that was given up is left to whoever stops it")
  func givenUp() async throws {
    ecs.setLife(.seconds(1_000))
    var launch = try await submitted()
    ecs.setRunsAt(try #require(launch.taskARN), .seconds(900))
    launch.status = .stopped
    #expect(try await follow(launch).failure == nil)
    #expect(ecs.calls(of: "StopTask").isEmpty)
  }
}
