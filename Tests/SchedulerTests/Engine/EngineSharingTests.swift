import JobModel
import Scheduler
import Store
import Synchronization
import TestSupport
import Testing

/// What other writers of the same store, and a store that fails half-way, must not be able to break.
@Suite("Engine beside other writers", .timeLimit(.minutes(1)))
struct EngineSharingTests {
  @Test("A run whose slot somebody else has written is picked up again, not dropped")
  func slotChanged() async throws {
    let rig = EngineRig()
    try await rig.start([EngineTests.job()])
    await rig.advance(by: .seconds(3_600))
    let run = EngineTests.scheduled()
    let launch = EngineTests.launch(1, run)
    _ = await rig.driver.nextCall()
    rig.driver.submit(launch)
    _ = await rig.driver.nextCall()
    var slot = try #require(try await rig.store.slot(run.slot))
    slot.version += 1
    #expect(try await rig.store.commit([.updateSlot(slot)]) == .committed)

    // Its end does not fit what is stored; the next look for orphans finds it, and follows the task again.
    rig.driver.answerFollow(launch, EngineTests.success)
    while await rig.engine.activeRunCount > 0 { await Task.yield() }
    await rig.advance(by: .seconds(5))
    #expect(await rig.driver.nextCall() == .follow(launch))
    rig.driver.answerFollow(launch, EngineTests.success)
    #expect(try await rig.outcome(of: run).status == .succeeded)
    #expect(try await rig.store.slot(run.slot)?.state == .succeeded)
    await rig.stop()
  }

  @Test("A store that fails while a run is taken over leaves it for the next look")
  func failingAdoption() async throws {
    let first = EngineRig()
    try await first.start([EngineTests.job()])
    await first.advance(by: .seconds(3_600))
    let launch = EngineTests.launch(1, EngineTests.scheduled())
    _ = await first.driver.nextCall()
    await first.stop()

    let failing = FailingScopes(first.store, times: 1)
    let second = EngineRig(store: failing, time: first.time, instance: "two")
    try await second.start([EngineTests.job()])
    #expect(second.driver.calls.isEmpty)
    await second.advance(by: .seconds(5))
    #expect(await second.driver.nextCall() == .start(launch, recovering: true))
    await second.stop()
  }

  @Test("An instance whose job file is older leaves a job alone that another plans by other schedules")
  func otherSchedules() async throws {
    let time = ManualTime(now: Instant(seconds: 1_795_219_230))
    let old = EngineRig(time: time)
    try await old.start([EngineTests.job()])
    let new = EngineRig(store: old.store, time: time, instance: "two")
    try await new.start([EngineTests.job(schedule: "30 * * * *")])
    await time.waitForSleepers(2 * EngineRig.idleSleepers)
    time.advance(by: .seconds(3_600))
    let half = RunID(
      slot: SlotKey(job: "report", scheduledAt: Instant(seconds: 1_795_219_200 + 1_800)), rerun: 0)
    #expect(await new.driver.nextCall() == .start(EngineTests.launch(1, half), recovering: false))
    // It sleeps again instead of asking the store for ever.
    await time.waitForSleepers(2 * EngineRig.idleSleepers)
    while await old.engine.jobs().first?.nextDue != nil { await Task.yield() }
    #expect(try await old.store.slot(EngineTests.scheduled().slot) == nil)
    #expect(old.driver.calls.isEmpty)
    await old.stop()
    await new.stop()
  }

  @Test("A reload that the store refuses half-way changes nothing")
  func refusedReload() async throws {
    let store = RefusingStore(InMemoryRunStore(random: SeededRandom(seed: 1)))
    let rig = EngineRig(store: store)
    try await rig.start([EngineTests.job("a"), EngineTests.job("b")])
    let before = try await store.jobStates()
    store.fill(true)
    let moved = try ["a", "b", "c"].map { try CompiledJob(EngineTests.job($0, schedule: "5 * * * *")) }
    await #expect(throws: EngineRefusal.self) { try await rig.engine.reload(moved) }
    store.fill(false)
    #expect(try await store.jobStates() == before)
    #expect(await rig.engine.jobs().map(\.job.name) == ["a", "b"])
    await rig.advance(by: .seconds(3_600))
    let starts = [await rig.driver.nextCall(), await rig.driver.nextCall()]
    #expect(starts.contains(.start(EngineTests.launch(1, EngineTests.scheduled("a")), recovering: false)))
    await rig.stop()
  }

  @Test("Many jobs are installed in one transaction")
  func oneTransaction() async throws {
    let store = CountingStore(InMemoryRunStore(random: SeededRandom(seed: 1)))
    let rig = EngineRig(store: store)
    let names = (0..<300).compactMap { JobName("job-\($0)") }
    try await rig.start(names.map { EngineTests.job($0) })
    #expect(store.commits == 1)
    #expect(try await store.jobStates().count == 300)
    await rig.stop()
  }

  @Test("A run by hand that was given an input is run again with that input")
  func rerunByHand() async throws {
    let rig = EngineRig()
    try await rig.start([EngineTests.job(schedule: nil)])
    let run = try await rig.engine.start("report", input: ["only": "2026-11-01"], requestedBy: "ann")
    _ = await rig.driver.nextCall()
    rig.driver.answerStart(EngineTests.launch(1, run), EngineTests.failure)
    _ = try await rig.outcome(of: run)
    while await rig.engine.activeRunCount > 0 { await Task.yield() }
    let again = try await rig.engine.rerun("report", .latest, force: false, requestedBy: "ann")
    #expect(try await rig.store.run(again)?.input == #"{"only":"2026-11-01"}"#)
    await rig.stop()
  }

  @Test("Of runs by hand that are asked for at the same time, overlap: skip lets one begin")
  func oneAtATime() async throws {
    let rig = EngineRig()
    try await rig.start([EngineTests.job(schedule: nil)])
    let begun = await withTaskGroup(of: Bool.self) { group in
      for _ in 0..<20 {
        group.addTask { (try? await rig.engine.start("report", input: nil, requestedBy: "ann")) != nil }
      }
      return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
    }
    #expect(begun == 1)
    #expect(try await rig.store.activeRuns().count == 1)
    await rig.stop()
  }

  @Test("A wall clock that is set an hour forward starts what is due, and times nothing out")
  func steppedForward() async throws {
    let rig = EngineRig()
    try await rig.start([EngineTests.job(timeout: 600)])
    await rig.advance(by: .seconds(3_600))
    let run = EngineTests.scheduled()
    _ = await rig.driver.nextCall()
    rig.driver.submit(EngineTests.launch(1, run))
    _ = await rig.driver.nextCall()
    rig.time.step(to: rig.time.now() + .seconds(3_600))
    await rig.advance(by: .seconds(1))
    // The next slot is planned (and skipped, since the run goes on).
    let next = EngineTests.scheduled(hour: 2).slot
    while try await rig.store.slot(next) == nil { await Task.yield() }
    #expect(try await rig.store.launches(of: run).map(\.status) == [.submitted])
    await rig.advance(by: .seconds(600))
    guard case .stop? = await rig.driver.nextCall() else {
      Issue.record("the task is not stopped after its ten minutes")
      return
    }
    await rig.stop()
  }

  @Test("A wall clock that is set back an hour repeats no slot")
  func steppedBack() async throws {
    let rig = EngineRig()
    try await rig.start([EngineTests.job(overlap: .allow)])
    await rig.advance(by: .seconds(3_600))
    _ = await rig.driver.nextCall()
    rig.time.step(to: rig.time.now() - .seconds(3_600))
    for _ in 0..<2 { await rig.advance(by: .seconds(3_600)) }
    let second = EngineTests.launch(1, EngineTests.scheduled(hour: 2))
    #expect(await rig.driver.nextCall() == .start(second, recovering: false))
    #expect(try await rig.store.runs(of: EngineTests.scheduled().slot).count == 1)
    await rig.stop()
  }

  @Test("A job that follows days runs although the instance that saw the day succeed is gone")
  func followsAfterDeath() async throws {
    let time = ManualTime(now: Instant(seconds: 1_795_219_230))
    let follower = EngineWaitingTests.job("publish") {
      $0.after = ["extract"]
      $0.schedules = []
    }
    let one = EngineRig(time: time)
    // It knows nothing of what comes after, as one that dies before it gets there.
    try await one.start([EngineTests.job("extract")])
    await one.advance(by: .seconds(3_600))
    let extract = try await EngineWaitingTests.nextStart(one)
    let two = EngineRig(store: one.store, time: time, instance: "two")
    try await two.start([EngineTests.job("extract"), follower])
    await time.waitForSleepers(2 * EngineRig.idleSleepers)
    try await EngineWaitingTests.finish(one, extract)
    await one.stop()
    await two.advance(by: .seconds(5))
    #expect(try await EngineWaitingTests.nextStart(two) == EngineTests.scheduled("publish", hour: 0))
    await two.stop()
  }

  @Test("A stop that was asked for outlives a crash before the run has heard of it")
  func stopOverCrash() async throws {
    let store = RefusingStore(InMemoryRunStore(random: SeededRandom(seed: 1)))
    let old = EngineRig(store: store)
    try await old.start([EngineTests.job()])
    await old.advance(by: .seconds(3_600))
    let run = try await EngineWaitingTests.nextStart(old)
    old.driver.submit(EngineTests.launch(1, run))
    _ = await old.driver.nextCall()
    store.refuseRuns(true)
    try await old.engine.stop(run, reason: "wrong data")
    await old.stop()
    store.refuseRuns(false)
    let new = EngineRig(store: store, time: old.time, instance: "two")
    try await new.start([EngineTests.job()])
    while let call = await new.driver.nextCall() {
      if case .stop(let launch, _) = call {
        #expect(launch.run == run)
        break
      }
    }
    new.driver.answerFollow(EngineTests.launch(1, run), EngineTests.failure)
    #expect(try await new.outcome(of: run).status == .aborted)
    #expect(try await store.stopRequests().isEmpty)
    await new.stop()
  }

  @Test("A full pool is not searched for rivals by each job that waits for a place in it")
  func poolReads() async throws {
    let store = CountingStore(InMemoryRunStore(random: SeededRandom(seed: 1)))
    let rig = EngineRig(store: store)
    let jobs = (0..<100).compactMap { JobName("job-\($0)") }.map { name in
      EngineWaitingTests.job(name) { $0.pool = PoolPlace(name: "db", limit: 1) }
    }
    try await rig.start(jobs)
    await rig.advance(by: .seconds(3_600))
    _ = try await EngineWaitingTests.nextStart(rig)
    while try await store.pendingSlots().count < 99 { await Task.yield() }
    for _ in 0..<100 { await Task.yield() }
    let before = store.reads
    await rig.advance(by: .seconds(5))
    while store.reads.ofOneJob < before.ofOneJob + 99 { await Task.yield() }
    #expect(store.reads.ofAllJobs - before.ofAllJobs < 5)
    await rig.stop()
  }

  @Test("A slot of a job that this instance does not plan keeps nobody out of a pool")
  func rivalOfOtherSchedules() async throws {
    let rig = EngineRig()
    func member(_ name: JobName, _ priority: Int) -> Job {
      EngineWaitingTests.job(name) { $0.pool = PoolPlace(name: "db", limit: 1, priority: priority) }
    }
    try await rig.start([member("high", 1), member("low", 0)])
    let rival = Slot(
      key: SlotKey(job: "high", scheduledAt: rig.time.now()), day: CivilDate(year: 2026, month: 11, day: 21),
      trigger: .schedule, state: .pending, reason: "it waits", wait: .pool)
    var state = try #require(try await rig.store.jobState("high"))
    state.schedules = "30 * * * * UTC"
    state.version += 1
    #expect(try await rig.store.commit([.insertSlot(rival), .updateJobState(state)]) == .committed)
    // It hears of the other schedules.
    try await rig.engine.resume("high")
    await rig.advance(by: .seconds(3_600))
    #expect(try await EngineWaitingTests.nextStart(rig).job == "low")
    await rig.stop()
  }
}

/// A store of which one read fails as often as the test wants.
private final class FailingScopes: ForwardingStore, @unchecked Sendable {
  private let failures: Mutex<Int>

  init(_ base: any RunStore, times: Int) {
    failures = Mutex(times)
    super.init(base)
  }

  override func scopes(of run: RunID) async throws(StoreError) -> [String: [UInt8]] {
    let fails = failures.withLock { count in
      count -= 1
      return count >= 0
    }
    if fails { throw StoreError(code: .other, message: "the page cannot be read") }
    return try await base.scopes(of: run)
  }
}

/// A store that counts the batches that it takes, and how often it was asked for what waits.
private final class CountingStore: ForwardingStore, @unchecked Sendable {
  private let count = Mutex(0)
  private let searches = Mutex((ofOneJob: 0, ofAllJobs: 0))

  var commits: Int { count.withLock { $0 } }
  var reads: (ofOneJob: Int, ofAllJobs: Int) { searches.withLock { $0 } }

  override func pendingSlots() async throws(StoreError) -> [Slot] {
    searches.withLock { $0.ofAllJobs += 1 }
    return try await base.pendingSlots()
  }

  override func pendingSlots(of job: JobName) async throws(StoreError) -> [Slot] {
    searches.withLock { $0.ofOneJob += 1 }
    return try await base.pendingSlots(of: job)
  }

  override func commit(_ batch: [StoreWrite]) async throws(StoreError) -> CommitResult {
    count.withLock { $0 += 1 }
    return try await base.commit(batch)
  }
}
