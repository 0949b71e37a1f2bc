import AWSClient
import JobModel
import Logging
import TestSupport
import Testing

@testable import ECSDriver

/// `ecs:runTask.waitForTaskToken`: launched as any other, and over when its token is answered, which is not for the
/// driver to see.
@Suite("Tasks that were given a token")
struct TokenTaskTests {
  private let time = ManualTime(now: .reference)
  private let ecs: FakeECS
  private let driver: ECSTaskDriver

  init() {
    ecs = FakeECS(time: time)
    driver = ECSTaskDriver(
      caller: ecs, time: time, random: SeededRandom(seed: 3),
      logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
  }

  private func submitted() async throws -> Launch {
    let overrides: JSONValue = [
      "ContainerOverrides": [["Name": "app", "Environment": [["Name": "TASK_TOKEN", "Value": "jobd-task-x"]]]]
    ]
    var arguments = Fixture.arguments.objectValue ?? [:]
    arguments["Overrides"] = overrides
    var launch = try driver.prepare(
      TaskRequest(
        launch: LaunchID(run: .sample, number: 1), task: 1, token: "jobd-task-x", state: "task",
        resource: "arn:aws:states:::ecs:runTask.waitForTaskToken", arguments: .object(arguments)),
      installation: "0123456789abcdef", at: time.now())
    guard case .submitted(let arn, let submission) = try await driver.start(launch, recovering: false) else {
      throw CancellationError()
    }
    (launch.taskARN, launch.submission, launch.status) = (arn, submission, .submitted)
    return launch
  }

  private func follow(_ launch: Launch) async throws -> LaunchReport {
    try await withThrowingTaskGroup(of: LaunchReport?.self) { group in
      group.addTask {
        await driver.run()
        return nil
      }
      group.addTask {
        while !Task.isCancelled { await time.advanceToNextWake() }
        return nil
      }
      group.addTask { try await driver.follow(launch) }
      defer { group.cancelAll() }
      guard let report = try await group.next() ?? nil else { throw CancellationError() }
      group.cancelAll()
      // One more sleeper lets the helper that waits for one see that it is cancelled.
      let nudge = Task { try? await time.sleep(for: .milliseconds(1)) }
      while try await group.next() != nil {}
      nudge.cancel()
      return report
    }
  }

  @Test("The launch goes by the launch protocol, with the token where the state machine put it")
  func launch() async throws {
    let launch = try await submitted()
    #expect(launch.clientToken != nil)
    #expect(launch.startedBy?.hasPrefix("jobd/") == true)
    #expect(ecs.calls(of: "RunTask").count == 1)
    let environment = ecs.calls(of: "RunTask")[0].input["overrides"]?["containerOverrides"]?[0]?["environment"]
    #expect(environment?[0]?["value"] == "jobd-task-x")
  }

  @Test("A task that ends well says nothing about its token")
  func endedWell() async throws {
    ecs.setLife(.seconds(30))
    guard case .succeeded(_, let result, nil) = try await follow(submitted()) else {
      Issue.record("it is no success")
      return
    }
    #expect(result["containers"]?[0]?["exitCode"] == 0)
  }

  @Test("A task that fails is told of as a task that is followed to its end")
  func failed() async throws {
    let launch = try await submitted()
    try await driver.stop(launch, reason: "jobd: it is enough")
    guard case .failed(let failure) = try await follow(launch) else {
      Issue.record("it is no failure")
      return
    }
    #expect(failure.error == "States.TaskFailed")
    #expect(failure.aliases == ["ECS.TaskStopped"])
  }

  @Test("A task that ECS has forgotten is no reason to fail: it may have passed its token on")
  func forgotten() async throws {
    ecs.setLife(.seconds(30))
    let launch = try await submitted()
    time.advance(by: .seconds(10_000))
    guard case .succeeded = try await follow(launch) else {
      Issue.record("it is no success")
      return
    }
  }
}
