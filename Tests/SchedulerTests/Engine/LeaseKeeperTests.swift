import JobModel
import Logging
import Store
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
    try await keeper.waitUntilTrusted()
    task.cancel()
    await task.value
  }
}
