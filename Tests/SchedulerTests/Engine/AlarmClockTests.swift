import JobModel
import TestSupport
import Testing

@testable import Scheduler

@Suite("AlarmQueue")
struct AlarmQueueTests {
  @Test("Names come in the order of their deadlines, each once, and none before its time")
  func order() {
    var queue = AlarmQueue<String, Int>()
    queue.set("late", at: 9)
    queue.set("moved", at: 1)
    queue.set("early", at: 2)
    queue.set("moved", at: 5)
    queue.set("gone", at: 3)
    queue.remove("gone")
    #expect(queue.first == 2)
    #expect(queue.takeDue(8) == ["early", "moved"])
    #expect(queue.takeDue(8).isEmpty)
    #expect(queue.first == 9)
  }

  @Test("Alarms that were removed or moved take no room for long")
  func staleEntries() {
    var queue = AlarmQueue<Int, Int>()
    for name in 0..<100_000 {
      queue.set(name, at: 3_600 + name)
      queue.remove(name)
    }
    for _ in 0..<100_000 { queue.set(-1, at: 7) }
    #expect(queue.heldCount < 100)
    #expect(queue.takeDue(7) == [-1])
  }
}

@Suite("AlarmClock", .timeLimit(.minutes(1)))
struct AlarmClockTests {
  /// Runs a clock with an alarm for an instant and one for a length, both an hour ahead; steps the wall
  /// clock; and says what rings within two seconds and what rings within an hour after that.
  static func rings(stepping step: Duration) async -> (soon: [String], later: [String]) {
    let start = Instant(seconds: 1_795_219_230)
    let time = ManualTime(now: start)
    let clock = AlarmClock<String>(time: time)
    let (stream, ring) = AsyncStream.makeStream(of: String.self)
    clock.set("instant", at: start + .seconds(3_600))
    clock.set("length", after: .seconds(3_600))
    let running = Task { await clock.run { names in for name in names { ring.yield(name) } } }
    await time.waitForSleepers()
    time.step(to: start + step)
    for _ in 0..<2 {
      time.advance(by: .seconds(1))
      await time.waitForSleepers()
    }
    ring.yield("-")
    time.advance(by: .seconds(3_600))
    await time.waitForSleepers()
    running.cancel()
    await running.value
    ring.finish()
    var names: [String] = []
    for await name in stream { names.append(name) }
    let parts = names.split(separator: "-", omittingEmptySubsequences: false).map(Array.init)
    return (parts[0], parts[1])
  }

  @Test("A wall clock that is set forward rings the instants that it passes within a second, and no length")
  func forward() async {
    let rings = await Self.rings(stepping: .seconds(3_600))
    #expect(rings.soon == ["instant"])
    #expect(rings.later == ["length"])
  }

  @Test("A wall clock that is set back delays the instants, and no length")
  func back() async {
    let rings = await Self.rings(stepping: .seconds(-3_600))
    #expect(rings.soon.isEmpty)
    #expect(rings.later == ["length"])
  }

  @Test("An alarm that is set before the one that is slept for wakes the clock")
  func earlier() async {
    let time = ManualTime(now: Instant(seconds: 0))
    let clock = AlarmClock<String>(time: time)
    let (stream, ring) = AsyncStream.makeStream(of: String.self)
    let running = Task { await clock.run { names in for name in names { ring.yield(name) } } }
    await time.waitForSleepers()
    clock.set("now", after: .zero)
    for await name in stream {
      #expect(name == "now")
      break
    }
    running.cancel()
    await running.value
  }
}
