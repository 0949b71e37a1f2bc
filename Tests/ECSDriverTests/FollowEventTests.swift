import AWSClient
import JobModel
import Logging
import Synchronization
import TestSupport
import Testing

@testable import ECSDriver

/// ECS beside a queue that is read by long polling.
private final class ECSWithQueue: AWSCaller {
  let ecs: FakeECS
  private let time: any TimeSource
  private let bodies = Mutex<[String]>([])

  init(time: any TimeSource) {
    self.time = time
    ecs = FakeECS(time: time)
  }

  func put(_ body: String) { bodies.withLock { $0.append(body) } }

  func call(_ service: AWSService, _ operation: String, _ input: JSONValue) async throws(AWSError) -> JSONValue {
    guard service == .sqs else { return try await ecs.call(service, operation, input) }
    if operation == "DeleteMessageBatch" { return [:] }
    if bodies.withLock(\.isEmpty), (try? await time.sleep(for: .seconds(20))) == nil { throw .cancelled }
    let messages = bodies.withLock { bodies in
      defer { bodies = [] }
      return bodies.map { body -> JSONValue in ["ReceiptHandle": "r", "Body": .string(body)] }
    }
    return messages.isEmpty ? [:] : ["Messages": .array(messages)]
  }
}

/// Does something beside what runs until it is cancelled, moving time on whenever somebody waits for it.
private func beside<Value: Sendable>(
  _ run: @escaping @Sendable () async -> Void, time: ManualTime, _ body: @Sendable () async throws -> Value
) async throws -> Value {
  try await withThrowingTaskGroup(of: Void.self) { helpers in
    helpers.addTask { await run() }
    helpers.addTask { while !Task.isCancelled { await time.advanceToNextWake() } }
    let value = try await body()
    helpers.cancelAll()
    // One more sleeper lets the helper that waits for one see that it is cancelled.
    let nudge = Task { try? await time.sleep(for: .milliseconds(1)) }
    try await helpers.waitForAll()
    nudge.cancel()
    return value
  }
}

@Suite("Following a launch with a queue of events")
struct FollowEventTests {
  private let time = ManualTime(now: .reference)
  private let aws: ECSWithQueue
  private let driver: ECSTaskDriver

  init() throws {
    aws = ECSWithQueue(time: time)
    driver = ECSTaskDriver(
      caller: aws, time: time, random: SeededRandom(seed: 3),
      logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
      events: try TaskEventQueue(url: "https://sqs.eu-central-1.amazonaws.com/111111111111/jobd-events"))
  }

  private func submitted() async throws -> Launch {
    var launch = try driver.prepare(
      .sample(Fixture.arguments), installation: "0123456789abcdef", at: time.now())
    guard case .submitted(let arn, let submission) = try await driver.start(launch, recovering: false) else {
      throw CancellationError()
    }
    (launch.taskARN, launch.submission, launch.status) = (arn, submission, .submitted)
    return launch
  }

  @Test("An event ends a launch that ECS would have shown running for a day", arguments: [0, 75])
  func event(exitCode: Int64) async throws {
    aws.ecs.setLife(.seconds(86_400))
    let launch = try await submitted()
    let arn = try #require(launch.taskARN)
    aws.put("noise")
    aws.put(SampleEvent.body(SampleEvent.task(arn, "RUNNING", version: 3)))
    aws.put(SampleEvent.body(SampleEvent.task(arn, "STOPPED", version: 5, exitCode: exitCode)))
    let report = try await beside({ [driver] in await driver.run() }, time: time) { try await driver.follow(launch) }
    if exitCode == 0 {
      guard case .succeeded(let output, _, _) = report else { Issue.record("\(report)"); return }
      #expect(output["Containers"]?[0]?["ExitCode"] == 0 && output["LastStatus"] == "STOPPED")
    } else {
      #expect(report.failure?.aliases.contains("ECS.ExitCode.75") == true)
    }
    #expect(time.uptime() < .seconds(3_600))
  }

  @Test("Without the event the end is seen by asking, and asking is slow")
  func noEvent() async throws {
    aws.ecs.setLife(.seconds(3_000))
    let launch = try await submitted()
    let report = try await beside({ [driver] in await driver.run() }, time: time) { try await driver.follow(launch) }
    #expect(report.failure == nil)
    // Without a queue there would be more than three hundred.
    #expect(aws.ecs.calls(of: "DescribeTasks").count < 100)
  }
}

@Suite("Waiting for a task to start")
struct StartedTests {
  private let time = ManualTime(now: .reference)
  private let ecs: FakeECS
  private let observer: TaskObserver

  init() {
    ecs = FakeECS(time: time)
    observer = TaskObserver(
      caller: ecs, time: time, random: SeededRandom(seed: 3),
      logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, appearance: ECSLimits.appearance)
  }

  private func newTask(life: Duration) throws -> String {
    ecs.addTask(startedBy: "jobd/x", life: life)
    return try #require(ecs.tasks.first?.arn)
  }

  private func run<Value: Sendable>(_ body: @Sendable () async throws -> Value) async throws -> Value {
    try await beside({ [observer] in await observer.run() }, time: time, body)
  }

  @Test("It is over when an answer shows the task RUNNING, and nothing is asked any more")
  func running() async throws {
    let arn = try newTask(life: .seconds(600))
    let pending: JSONValue = ["tasks": [SampleEvent.task(arn, "PENDING", version: 2)]]
    ecs.inject("DescribeTasks", .answer(pending), .answer(pending), .answer(pending))
    try await run { try await observer.started(arn, cluster: "batch", since: time.now()) }
    #expect(ecs.calls(of: "DescribeTasks").count == 4)
  }

  @Test("It is over when the task is", arguments: [true, false])
  func over(isKnown: Bool) async throws {
    let arn = isKnown ? try newTask(life: .zero) : SampleEvent.arn(1)
    try await run { try await observer.started(arn, cluster: "batch", since: time.now()) }
    #expect(time.uptime() < .seconds(1_200))
  }

  @Test("An event tells of it, too", arguments: ["RUNNING", "STOPPED"])
  func event(status: String) async throws {
    let arn = SampleEvent.arn(1)
    let change = try SampleEvent.change(arn, status, version: 3)
    let since = time.now()
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { [observer] in try await observer.started(arn, cluster: "batch", since: since) }
      // Again and again, since nobody knows when the waiting begins.
      group.addTask { [observer] in
        while !Task.isCancelled {
          await observer.told([change])
          await Task.yield()
        }
      }
      try await group.next()
      group.cancelAll()
    }
    #expect(ecs.calls.isEmpty)
  }

  @Test("Whoever waits for the end goes on waiting, and a later question about the start is answered at once")
  func both() async throws {
    let arn = try newTask(life: .seconds(30))
    let since = time.now()
    let end = try await run {
      async let end = observer.stoppedTask(arn, cluster: "batch", since: since)
      try await observer.started(arn, cluster: "batch", since: since)
      try await observer.started(arn, cluster: "batch", since: since)
      return try await end
    }
    guard case .stopped(let task) = end else { Issue.record("\(end)"); return }
    #expect(task["lastStatus"] == "STOPPED" && time.uptime() >= .seconds(30))
  }

  @Test("Who gives up is told so, and the task is no longer asked for")
  func cancelled() async throws {
    let since = time.now()
    let waiting = Task { [observer] in try await observer.started("arn", cluster: "batch", since: since) }
    waiting.cancel()
    await #expect(throws: CancellationError.self) { try await waiting.value }
    let arn = try newTask(life: .zero)
    _ = try await run { try await observer.stoppedTask(arn, cluster: "batch", since: since) }
    #expect(ecs.calls.map { $0.input["tasks"] } == [[.string(arn)]])
  }
}
