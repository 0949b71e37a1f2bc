import JobModel
import Scheduler
import Store
import TestSupport
import Testing

/// Slots that wait, and what sets them free: through the whole engine.
@Suite("Engine: waiting", .timeLimit(.minutes(1)))
struct EngineWaitingTests {
  static func job(_ name: JobName = "report", _ edit: (inout Job) -> Void) -> Job {
    var job = EngineTests.job(name, timeout: 86_400)
    edit(&job)
    return job
  }

  /// The launch that starts next, once it has.
  static func nextStart(_ rig: EngineRig) async throws -> RunID {
    while let call = await rig.driver.nextCall() {
      if case .start(let launch, _) = call { return launch.run }
    }
    throw RigError.noSuchRun(EngineTests.scheduled())
  }

  static func finish(_ rig: EngineRig, _ run: RunID, _ report: LaunchReport = EngineTests.success) async throws {
    rig.driver.answerStart(EngineTests.launch(1, run), report)
    _ = try await rig.outcome(of: run)
  }

  /// A slot once it is no longer in a state.
  static func slot(_ rig: EngineRig, _ key: SlotKey, no states: SlotState...) async throws -> Slot {
    while true {
      if let slot = try await rig.store.slot(key), !states.contains(slot.state) { return slot }
      try Task.checkCancellation()
      await Task.yield()
    }
  }

  @Test("With overlap: queue a slot waits for the run before it, and starts when that is over")
  func queue() async throws {
    let rig = EngineRig()
    try await rig.start([Self.job { $0.overlap = .queue(limit: 2) }])
    await rig.advance(by: .seconds(3_600))
    let first = try await Self.nextStart(rig)
    await rig.advance(by: .seconds(3_600), others: 0)
    let second = EngineTests.scheduled(hour: 2)
    let waiting = try await Self.slot(rig, second.slot)
    #expect(waiting.state == .pending)
    #expect(waiting.wait == .overlap)
    try await Self.finish(rig, first)
    #expect(try await Self.nextStart(rig) == second)
    await rig.stop()
  }

  @Test("A slot that waits is picked up by the next process")
  func queueOverRestart() async throws {
    let old = EngineRig()
    let job = Self.job { $0.overlap = .queue(limit: 2) }
    try await old.start([job])
    await old.advance(by: .seconds(3_600))
    let first = try await Self.nextStart(old)
    await old.advance(by: .seconds(3_600))
    let second = EngineTests.scheduled(hour: 2)
    _ = try await Self.slot(old, second.slot)
    await old.stop()
    let new = EngineRig(store: old.store, time: old.time, instance: "two")
    try await new.start([job])
    #expect(try await Self.nextStart(new) == first)
    try await Self.finish(new, first)
    #expect(try await Self.nextStart(new) == second)
    await new.stop()
  }

  @Test("With cancelOther the run is stopped, and the slot starts once it is over")
  func cancelOther() async throws {
    let rig = EngineRig()
    try await rig.start([Self.job { $0.overlap = .cancelOther }])
    await rig.advance(by: .seconds(3_600))
    let first = try await Self.nextStart(rig)
    rig.driver.submit(EngineTests.launch(1, first))
    #expect(await rig.driver.nextCall() == .follow(EngineTests.launch(1, first)))
    await rig.advance(by: .seconds(3_600))
    guard case .stop(let stopped, let reason) = await rig.driver.nextCall() else {
      Issue.record("the run was not stopped")
      return
    }
    #expect(stopped == EngineTests.launch(1, first))
    #expect(reason.contains("overlap: cancelOther"))
    rig.driver.answerFollow(stopped, EngineTests.failure)
    #expect(try await rig.outcome(of: first).status == .aborted)
    #expect(try await Self.nextStart(rig) == EngineTests.scheduled(hour: 2))
    await rig.stop()
  }

  @Test("A pool bounds the runs of its jobs together, and the higher priority gets the place that is free")
  func pool() async throws {
    let rig = EngineRig()
    func member(_ name: JobName, priority: Int) -> Job {
      Self.job(name) { $0.pool = PoolPlace(name: "db", limit: 1, priority: priority) }
    }
    try await rig.start([member("a", priority: 0), member("b", priority: 1), member("c", priority: 2)])
    await rig.advance(by: .seconds(3_600))
    let first = try await Self.nextStart(rig)
    for name in ["a", "b", "c"] as [JobName] where name != first.job {
      let slot = try await Self.slot(rig, EngineTests.scheduled(name).slot)
      #expect(slot.wait == .pool)
    }
    try await Self.finish(rig, first)
    let second = try await Self.nextStart(rig)
    #expect(second.job == (first.job == "c" ? "b" : "c"))
    try await Self.finish(rig, second)
    let third = try await Self.nextStart(rig)
    #expect(Set([first.job, second.job, third.job]) == ["a", "b", "c"])
    await #expect(throws: EngineRefusal.self, "by hand, a full pool is refused") {
      _ = try await rig.engine.start(first.job, input: nil, requestedBy: "ann")
    }
    await rig.stop()
  }

  @Test("A job runs after the jobs that it names have succeeded for the day, with or without a schedule")
  func after() async throws {
    let rig = EngineRig()
    try await rig.start([
      EngineTests.job("extract"), Self.job("load") { $0.after = ["extract"] },
      Self.job("publish") {
        $0.after = ["load"]
        $0.schedules = []
      },
    ])
    await rig.advance(by: .seconds(3_600))
    let extract = try await Self.nextStart(rig)
    #expect(extract.job == "extract")
    let waiting = try await Self.slot(rig, EngineTests.scheduled("load").slot)
    #expect(waiting.wait == .upstream)
    try await Self.finish(rig, extract)
    let load = try await Self.nextStart(rig)
    #expect(load == EngineTests.scheduled("load"))
    try await Self.finish(rig, load)
    let publish = try await Self.nextStart(rig)
    #expect(publish == EngineTests.scheduled("publish", hour: 0))
    #expect(try await rig.store.slot(publish.slot)?.trigger == .upstream)
    await rig.stop()
  }

  @Test("What failed upstream keeps the slot waiting; a rerun that succeeds sets it free")
  func afterRerun() async throws {
    let rig = EngineRig()
    try await rig.start([EngineTests.job("extract"), Self.job("load") { $0.after = ["extract"] }])
    await rig.advance(by: .seconds(3_600))
    let extract = try await Self.nextStart(rig)
    try await Self.finish(rig, extract, EngineTests.failure)
    #expect(try await Self.slot(rig, EngineTests.scheduled("load").slot).state == .pending)
    let again = try await rig.engine.rerun("extract", .latest, force: false, requestedBy: "ann")
    #expect(try await Self.nextStart(rig) == again)
    try await Self.finish(rig, again)
    #expect(try await Self.nextStart(rig).job == "load")
    await rig.stop()
  }

  @Test("A run of another instance is stopped by asking its owner through the store")
  func stopElsewhere() async throws {
    let one = EngineRig()
    try await one.start([EngineTests.job()])
    await one.advance(by: .seconds(3_600))
    let run = try await Self.nextStart(one)
    one.driver.submit(EngineTests.launch(1, run))
    _ = await one.driver.nextCall()
    let two = EngineRig(store: one.store, time: one.time, instance: "two")
    try await two.start([EngineTests.job()])
    try await two.engine.stop(run, reason: "wrong data")
    #expect(try await one.store.stopRequests().map(\.reason) == ["wrong data"])
    await one.advance(by: .seconds(5), others: EngineRig.idleSleepers)
    #expect(await one.driver.nextCall() == .stop(EngineTests.launch(1, run), reason: "wrong data"))
    one.driver.answerFollow(EngineTests.launch(1, run), EngineTests.failure)
    #expect(try await one.outcome(of: run).status == .aborted)
    #expect(try await one.store.stopRequests().isEmpty)
    await two.stop()
    await one.stop()
  }

  @Test("A slot whose job left the job file goes on when the job is back, and is MISSED after a day without it")
  func removedJob() async throws {
    let rig = EngineRig()
    let extract = EngineTests.job("extract", timeout: 400_000)
    let load = Self.job("load") {
      $0.after = ["extract"]
      $0.schedules = [.init(expression: "0 1 * * *", timezone: "UTC")]
    }
    try await rig.start([extract, load])
    await rig.advance(by: .seconds(3_600))
    let run = try await Self.nextStart(rig)
    let key = EngineTests.scheduled("load").slot
    _ = try await Self.slot(rig, key)
    _ = try await rig.engine.reload([try CompiledJob(extract)])
    await rig.advance(by: .seconds(3_600))
    await rig.time.waitForSleepers(EngineRig.idleSleepers)
    #expect(try await rig.store.slot(key)?.state == .pending)
    _ = try await rig.engine.reload([try CompiledJob(extract), try CompiledJob(load)])
    try await Self.finish(rig, run)
    let back = try await Self.nextStart(rig)
    #expect(back.slot == key)
    try await Self.finish(rig, back)

    // The next day's slot, whose job does not come back.
    await rig.advance(by: .seconds(23 * 3_600))
    let next = SlotKey(job: "load", scheduledAt: key.scheduledAt + .seconds(86_400))
    _ = try await Self.slot(rig, next)
    _ = try await rig.engine.reload([try CompiledJob(extract)])
    await rig.advance(by: .seconds(86_400))
    let slot = try await Self.slot(rig, next, no: .pending)
    #expect(slot.state == .missed)
    #expect(slot.wait == nil)
    #expect(slot.reason?.hasPrefix("the job is no longer in the job file (it waits for extract") == true)
    await rig.stop()
  }
}
