import JobModel
import Logging
import Store
import Synchronization
import TestSupport
import Testing

@testable import Scheduler

@Suite("LeaseKeeper")
struct LeaseKeeperTests {
  @Test("A renewal that the store refuses is tried again soon, not with the next third of a long lease")
  func refused() async throws {
    let time = ManualTime(now: Instant(seconds: 1_795_219_230))
    let store = RefusingStore(InMemoryRunStore(random: SeededRandom(seed: 1)))
    let keeper = try await LeaseKeeper(
      id: InstanceID("one"), store: store, time: time, duration: .seconds(300),
      logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    let task = Task { await keeper.run() }
    store.fill(true)
    await time.waitForSleepers(1)
    time.advance(by: .seconds(290))
    for await _ in store.refusals { break }
    store.fill(false)
    await time.waitForSleepers(1)
    time.advance(by: .seconds(5))
    let trust = try await keeper.waitUntilTrusted()
    // A fifth of the lease before its end.
    #expect(trust.until == time.uptime() + .seconds(240))
    task.cancel()
    await task.value
  }

  @Test(
    "However long a renewal takes, the next one begins a third of the lease after it", arguments: [100, 700, 2_000])
  func slow(seconds: Int) async throws {
    let time = ManualTime(now: Instant(seconds: 1_795_219_230))
    let store = HaltingStore(InMemoryRunStore(random: SeededRandom(seed: 1)), time: time)
    let keeper = try await LeaseKeeper(
      id: InstanceID("one"), store: store, time: time, duration: .seconds(900),
      logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    store.standStill(for: .seconds(seconds))
    let task = Task { await keeper.run() }
    await time.waitForSleepers(1)
    time.advance(by: .seconds(300))
    for await _ in store.halts { break }
    await time.waitForSleepers(1)
    if seconds < 300 { time.advance(by: .seconds(300 - seconds)) }
    await time.waitForSleepers(1)
    let renewed = try #require(try await store.instances().first?.leaseUntil)
    #expect(renewed == time.now() + .seconds(900))
    task.cancel()
    await task.value
  }
}

/// A store whose next write takes as long as it is told.
private final class HaltingStore: ForwardingStore, @unchecked Sendable {
  private let time: ManualTime
  private let length = Mutex<Duration?>(nil)
  /// Rings when it goes on.
  let halts: AsyncStream<Void>
  private let halted: AsyncStream<Void>.Continuation

  init(_ base: any RunStore, time: ManualTime) {
    self.time = time
    (halts, halted) = AsyncStream.makeStream(of: Void.self)
    super.init(base)
  }

  func standStill(for length: Duration) { self.length.withLock { $0 = length } }

  override func write<Value: Sendable>(
    _ body: @escaping @Sendable (any RunStore) async throws(StoreError) -> Value
  ) async throws(StoreError) -> Value {
    if let length = length.withLock({ $0.take() }) {
      time.advance(by: length)
      halted.yield()
    }
    return try await body(base)
  }
}
