import JobModel
import Synchronization
import TestSupport
import Testing

@testable import ECSDriver

/// A task whose news come when the test says so.
private final class WatchedTask: Sendable {
  let time = ManualTime(now: .reference)
  private let ends = AsyncStream<TaskEnd>.makeStream()
  private let starts = AsyncStream<Void>.makeStream()
  private let seen: Mutex<[JSONValue?]>
  private let reasons = Mutex<[String]>([])

  /// - Parameter seen: what ECS shows, look by look.
  init(seen: [JSONValue?] = []) { self.seen = Mutex(seen) }

  var stopReasons: [String] { reasons.withLock { $0 } }
  var looksLeft: Int { seen.withLock { $0.count } }
  func start() { starts.continuation.yield() }
  func end(_ end: TaskEnd) { ends.continuation.yield(end) }

  var watch: TaskWatch {
    TaskWatch(
      time: time, random: SeededRandom(seed: 1),
      stopped: { [self] () async throws(CancellationError) in
        for await end in ends.stream { return end }
        throw CancellationError()
      },
      started: { [self] () async throws(CancellationError) in
        for await _ in starts.stream { return }
        throw CancellationError()
      },
      look: { [self] () async throws(CancellationError) in
        seen.withLock { $0.isEmpty ? nil : $0.removeFirst() }
      },
      stop: { [self] reason async throws(CancellationError) in reasons.withLock { $0.append(reason) } })
  }
}

@Suite("The watch over one task")
struct TaskWatchTests {
  private static let pending: JSONValue = ["taskArn": "t", "lastStatus": "PENDING"]
  private static let running: JSONValue = ["taskArn": "t", "lastStatus": "RUNNING"]
  private static let end = TaskEnd.stopped(["taskArn": "t", "lastStatus": "STOPPED"])

  private func launch(age: Int64 = 0) throws -> Launch {
    try LaunchPreparation.launch(
      .sample(Fixture.arguments), installation: "i",
      at: Instant(seconds: Instant.reference.milliseconds / 1_000 - age))
  }

  @Test("A task that does not run in time is stopped, and its end is waited for")
  func hangs() async throws {
    let task = WatchedTask(seen: [Self.pending])
    let launch = try launch()
    async let watched = task.watch.end(of: launch, within: 300)
    await task.time.waitForSleepers()
    #expect(task.time.untilNextWake() == .seconds(300))
    task.time.advance(by: .seconds(300))
    // Once it is told to stop only the grace is waited for.
    await task.time.waitForSleepers()
    #expect(task.time.untilNextWake() == ECSLimits.stopGrace)
    #expect(task.stopReasons == ["jobd: startTimeout reached while the task was PENDING 300 s after its launch"])
    task.end(Self.end)
    let found = try await watched
    #expect(found.end == Self.end)
    #expect(found.hung == HungStart(status: "PENDING", seconds: 300, task: Self.pending))
  }

  @Test("A task that does not stop is waited for as long as the grace, and no longer")
  func grace() async throws {
    let task = WatchedTask(seen: [Self.pending])
    let launch = try launch()
    async let watched = task.watch.end(of: launch, within: 300)
    await task.time.waitForSleepers()
    task.time.advance(by: .seconds(300))
    await task.time.waitForSleepers()
    task.time.advance(by: .seconds(180))
    let found = try await watched
    #expect(found.end == nil)
    #expect(found.hung?.status == "PENDING")
  }

  @Test("A task that has come to run when its time is over is left alone")
  func late() async throws {
    let task = WatchedTask(seen: [Self.running])
    let launch = try launch()
    async let watched = task.watch.end(of: launch, within: 300)
    await task.time.waitForSleepers()
    task.time.advance(by: .seconds(300))
    task.end(Self.end)
    let found = try await watched
    #expect(found.end == Self.end && found.hung == nil)
    #expect(task.stopReasons.isEmpty)
  }

  @Test("A task that is not shown is looked at again, and stopped only once it is seen to hang")
  func unseen() async throws {
    let task = WatchedTask(seen: [nil, nil, Self.pending])
    let launch = try launch()
    async let watched = task.watch.end(of: launch, within: 300)
    await task.time.waitForSleepers()
    task.time.advance(by: .seconds(300))
    for left in [2, 1] {
      await task.time.waitForSleepers()
      #expect(task.looksLeft == left)
      #expect(task.stopReasons.isEmpty)
      await task.time.advanceToNextWake()
    }
    await task.time.waitForSleepers()
    #expect(task.stopReasons.count == 1)
    task.end(Self.end)
    #expect(try await watched.hung?.status == "PENDING")
  }

  @Test("A launch that is past its time already is looked at after the observer had its chance")
  func past() async throws {
    let task = WatchedTask(seen: [Self.pending])
    let launch = try launch(age: 4_000)
    async let watched = task.watch.end(of: launch, within: 300)
    await task.time.waitForSleepers()
    #expect(task.time.untilNextWake() == ECSLimits.lateLook)
    #expect(task.looksLeft == 1 && task.stopReasons.isEmpty)
    await task.time.advanceToNextWake()
    await task.time.waitForSleepers()
    #expect(task.stopReasons.count == 1)
    task.end(Self.end)
    #expect(try await watched.hung?.seconds == 4_010)
  }

  @Test("What is left of the time is told by the launch's age, and a wall clock that was set back adds nothing to it")
  func left() async throws {
    for (age, expected): (Int64, Int64) in [(100, 200), (-5_000, 300)] {
      let task = WatchedTask()
      let launch = try launch(age: age)
      async let watched = task.watch.end(of: launch, within: 300)
      await task.time.waitForSleepers()
      #expect(task.time.untilNextWake() == .seconds(expected))
      task.end(Self.end)
      #expect(try await watched.end == Self.end)
    }
  }

  @Test("The end is the end, whatever is still waited for")
  func endsFirst() async throws {
    let task = WatchedTask()
    let launch = try launch()
    task.end(Self.end)
    let found = try await task.watch.end(of: launch, within: 300)
    #expect(found.end == Self.end && found.hung == nil)
  }

  @Test("A cancelled watch ends as cancelled")
  func cancelled() async throws {
    let task = WatchedTask()
    let launch = try launch()
    let watching = Task { try await task.watch.end(of: launch, within: 300) }
    await task.time.waitForSleepers()
    watching.cancel()
    await #expect(throws: CancellationError.self) { _ = try await watching.value }
  }
}
