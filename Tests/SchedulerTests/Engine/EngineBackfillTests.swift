import JobModel
import Scheduler
import Store
import TestSupport
import Testing

@Suite("Engine: backfill", .timeLimit(.minutes(1)))
struct EngineBackfillTests {
  /// The clock stands at 2026-11-21T00:00:30Z.
  static func day(_ day: Int) throws -> CivilDate { try #require(CivilDate("2026-11-\(day)")) }

  static func daily(_ edit: (inout Job) -> Void = { _ in }) -> Job {
    EngineWaitingTests.job {
      $0.schedules = [.init(expression: "0 3 * * *", timezone: "UTC")]
      edit(&$0)
    }
  }

  static func backfill(
    _ rig: EngineRig, from: Int, to: Int, maxParallel: Int = 1, force: Bool = false
  ) async throws -> Backfill {
    try await rig.engine.startBackfill(
      "report", from: try day(from), to: try day(to), maxParallel: maxParallel, force: force, requestedBy: "ann",
      note: "new source")
  }

  static func ended(_ rig: EngineRig) async throws -> Backfill {
    while true {
      let backfills = try await rig.store.backfills(of: "report")
      if let last = backfills.last, last.state != .running { return last }
      try Task.checkCancellation()
      await Task.yield()
    }
  }

  @Test("It runs each day of the range in order, no more at a time than was asked for")
  func range() async throws {
    let rig = EngineRig()
    try await rig.start([Self.daily()])
    _ = try await Self.backfill(rig, from: 17, to: 19, maxParallel: 2)
    // The two begin beside each other, and either may reach the driver first.
    let both = [try await EngineWaitingTests.nextStart(rig), try await EngineWaitingTests.nextStart(rig)].sorted()
    let (first, second) = (both[0], both[1])
    #expect(both.map(\.slot.scheduledAt.description) == ["2026-11-17T03:00:00Z", "2026-11-18T03:00:00Z"])
    #expect(try await rig.store.activeRuns().count == 2)
    try await EngineWaitingTests.finish(rig, second)
    let third = try await EngineWaitingTests.nextStart(rig)
    #expect(third.slot.scheduledAt.description == "2026-11-19T03:00:00Z")
    try await EngineWaitingTests.finish(rig, first)
    try await EngineWaitingTests.finish(rig, third, EngineTests.failure)
    let ended = try await Self.ended(rig)
    #expect(ended.state == .done)
    #expect(ended.started == 3)
    let run = try #require(try await rig.store.run(third))
    #expect(run.trigger == .backfill)
    #expect(run.requestedBy == "ann")
    #expect(run.note == "new source")
    await rig.stop()
  }

  @Test("Days that have succeeded are left alone, unless it is forced")
  func succeeded() async throws {
    let rig = EngineRig()
    try await rig.start([Self.daily()])
    for force in [false, true] {
      _ = try await Self.backfill(rig, from: 18, to: 18, force: force)
      let run = try await EngineWaitingTests.nextStart(rig)
      #expect(run.rerun == (force ? 1 : 0))
      try await EngineWaitingTests.finish(rig, run)
      _ = try await Self.ended(rig)
    }
    let calls = rig.driver.calls.count
    _ = try await Self.backfill(rig, from: 18, to: 18)
    #expect(try await Self.ended(rig).started == 0)
    #expect(rig.driver.calls.count == calls)
    await rig.stop()
  }

  @Test("The next process goes on where the last one was")
  func restart() async throws {
    let old = EngineRig()
    try await old.start([Self.daily()])
    _ = try await Self.backfill(old, from: 17, to: 18)
    let first = try await EngineWaitingTests.nextStart(old)
    await old.stop()
    let new = EngineRig(store: old.store, time: old.time, instance: "two")
    try await new.start([Self.daily()])
    #expect(try await EngineWaitingTests.nextStart(new) == first)
    try await EngineWaitingTests.finish(new, first)
    let second = try await EngineWaitingTests.nextStart(new)
    #expect(second.slot.scheduledAt.description == "2026-11-18T03:00:00Z")
    try await EngineWaitingTests.finish(new, second)
    #expect(try await Self.ended(new).started == 2)
    await new.stop()
  }

  @Test("What cannot be filled is refused, with the reason")
  func refusals() async throws {
    let rig = EngineRig()
    try await rig.start([Self.daily(), EngineTests.job("byhand", schedule: nil)])
    await #expect(throws: EngineRefusal.self) { _ = try await Self.backfill(rig, from: 19, to: 18) }
    await #expect(throws: EngineRefusal.self) { _ = try await Self.backfill(rig, from: 18, to: 19, maxParallel: 0) }
    await #expect(throws: EngineRefusal.self) {
      _ = try await rig.engine.startBackfill(
        "byhand", from: try Self.day(18), to: try Self.day(19), maxParallel: 1, force: false, requestedBy: "ann",
        note: nil)
    }
    _ = try await Self.backfill(rig, from: 18, to: 19)
    await #expect(throws: EngineRefusal.self, "one at a time") { _ = try await Self.backfill(rig, from: 17, to: 17) }
    #expect(try await rig.engine.cancelBackfill("report").state == .cancelled)
    await rig.stop()
  }

  @Test("With oncePer: day, the other slots of a day that has succeeded are left alone")
  func oncePerDay() async throws {
    let rig = EngineRig()
    try await rig.start([
      Self.daily {
        $0.schedules = [.init(expression: "0 3,4,5 * * *", timezone: "UTC")]
        $0.oncePer = .day
      }
    ])
    _ = try await Self.backfill(rig, from: 18, to: 18)
    try await EngineWaitingTests.finish(rig, try await EngineWaitingTests.nextStart(rig), EngineTests.failure)
    let second = try await EngineWaitingTests.nextStart(rig)
    #expect(second.slot.scheduledAt.description == "2026-11-18T04:00:00Z")
    try await EngineWaitingTests.finish(rig, second)
    #expect(try await Self.ended(rig).started == 2)
    await rig.stop()
  }

  @Test("Slots that wait for a place in the pool go before the rest of a backfill")
  func poolBeforeBackfill() async throws {
    let rig = EngineRig()
    let place = PoolPlace(name: "db", limit: 1)
    try await rig.start([
      Self.daily { $0.pool = place }, EngineWaitingTests.job("hourly") { $0.pool = place },
    ])
    // A place has just become free, and nobody has looked for whom yet.
    let hourly = EngineTests.scheduled("hourly", hour: 0)
    let waiting = Slot(
      key: hourly.slot, day: try Self.day(21), trigger: .schedule, state: .pending, reason: "it waits", wait: .pool)
    #expect(try await rig.store.commit([.insertSlot(waiting)]) == .committed)
    _ = try await Self.backfill(rig, from: 17, to: 19)
    await rig.advance(by: .seconds(5))
    #expect(try await EngineWaitingTests.nextStart(rig) == hourly)
    try await EngineWaitingTests.finish(rig, hourly)
    await rig.advance(by: .seconds(5))
    #expect(try await EngineWaitingTests.nextStart(rig).slot.scheduledAt.description == "2026-11-17T03:00:00Z")
    await rig.stop()
  }
}
