import JobModel
import Scheduler
import Store
import TestSupport
import Testing

@Suite("Engine recovery and sharing", .timeLimit(.minutes(1)))
struct EngineRecoveryTests {
  @Test("A launch whose answer was never committed is looked for by the next process, not guessed about")
  func recoverIntended() async throws {
    let first = EngineRig()
    try await first.start([EngineTests.job()])
    await first.advance(by: .seconds(3_600))
    let launch = EngineTests.launch(1, EngineTests.scheduled())
    #expect(await first.driver.nextCall() == .start(launch, recovering: false))
    await first.stop()

    let second = EngineRig(store: first.store, time: first.time, instance: "two")
    try await second.start([EngineTests.job()])
    #expect(await second.driver.nextCall() == .start(launch, recovering: true))
    second.driver.submit(launch)
    #expect(await second.driver.nextCall() == .follow(launch))
    second.driver.answerFollow(launch, EngineTests.success)
    #expect(try await second.outcome(of: launch.run).status == .succeeded)
    #expect(try await second.store.runs(of: launch.run.slot).count == 1)
    await second.stop()
  }

  @Test("A submitted task is watched on by the next process, with its timeout and its retries")
  func recoverSubmitted() async throws {
    let first = EngineRig()
    let job = EngineTests.job(retry: EngineTests.retryTwice)
    try await first.start([job])
    await first.advance(by: .seconds(3_600))
    let run = EngineTests.scheduled()
    _ = await first.driver.nextCall()
    first.driver.submit(EngineTests.launch(1, run))
    _ = await first.driver.nextCall()
    await first.stop()

    let second = EngineRig(store: first.store, time: first.time, instance: "two")
    try await second.start([job])
    #expect(await second.driver.nextCall() == .follow(EngineTests.launch(1, run)))
    second.driver.answerFollow(EngineTests.launch(1, run), EngineTests.failure)
    try await second.engine.waitForChange(of: run, after: try #require(try await second.store.run(run)).version)
    await second.stop()

    let third = EngineRig(store: first.store, time: first.time, instance: "three")
    try await third.start([job])
    await third.advance(by: .seconds(5))
    #expect(await third.driver.nextCall() == .start(EngineTests.launch(2, run), recovering: false))
    await third.stop()
  }

  @Test("A living instance's runs are left alone; once its lease is over they are taken, and it can write no more")
  func lease() async throws {
    let first = EngineRig()
    try await first.start([EngineTests.job()])
    await first.advance(by: .seconds(3_600))
    let launch = EngineTests.launch(1, EngineTests.scheduled())
    _ = await first.driver.nextCall()

    // The second instance's clock runs; the first one's process is paused, as its clock shows.
    let later = ManualTime(now: first.time.now())
    let second = EngineRig(store: first.store, time: later, instance: "two")
    try await second.start([EngineTests.job()])
    #expect(second.driver.calls.isEmpty)
    await second.advance(by: .seconds(16))
    #expect(await second.driver.nextCall() == .start(launch, recovering: true))

    first.driver.submit(launch)
    second.driver.submit(launch)
    #expect(await second.driver.nextCall() == .follow(launch))
    let run = try #require(try await second.store.run(launch.run))
    #expect(run.owner.instance == InstanceID("two"))
    await first.stop()
    #expect(!first.driver.calls.contains(.follow(launch)))
    await second.stop()
  }

  @Test("A clock that is stepped forward takes no runs from a living instance; one that does not renew loses them")
  func steppedClock() async throws {
    let first = EngineRig()
    try await first.start([EngineTests.job()])
    await first.advance(by: .seconds(3_600))
    let launch = EngineTests.launch(1, EngineTests.scheduled())
    _ = await first.driver.nextCall()

    // The second instance's clocks run; the first one's process is paused, and renews nothing.
    let later = ManualTime(now: first.time.now())
    let second = EngineRig(store: first.store, time: later, instance: "two")
    try await second.start([EngineTests.job()])
    later.step(to: later.now() + .seconds(1_000))
    // Three looks in a lease: all that the doubt lasts for, and the one after it.
    for _ in 1...3 {
      await second.advance(by: .seconds(5))
      await later.waitForSleepers(EngineRig.idleSleepers)
      #expect(second.driver.calls.isEmpty)
    }
    await second.advance(by: .seconds(5))
    #expect(await second.driver.nextCall() == .start(launch, recovering: true))
    await first.stop()
    await second.stop()
  }

  @Test("Two instances on one store start a due slot once")
  func sharing() async throws {
    let time = ManualTime(now: Instant(seconds: 1_795_219_230))
    let first = EngineRig(time: time)
    let second = EngineRig(store: first.store, time: time, instance: "two")
    let names: [JobName] = ["a", "b", "c", "d", "e", "f", "g", "h"]
    let jobs = names.map { EngineTests.job($0) }
    try await first.start(jobs)
    try await second.start(jobs)
    await time.waitForSleepers(2 * EngineRig.idleSleepers)
    time.advance(by: .seconds(3_600))
    // When both sleep again, both have planned.
    await time.waitForSleepers(2 * EngineRig.idleSleepers)
    var runs: [Run] = []
    while runs.count < names.count { runs = try await first.store.activeRuns() }
    let calls = first.driver.calls + second.driver.calls
    #expect(Set(runs.map(\.id.job)) == Set(names))
    for name in names {
      let starts = calls.filter { $0 == .start(EngineTests.launch(1, EngineTests.scheduled(name)), recovering: false) }
      #expect(starts.count <= 1)
    }
    await first.stop()
    await second.stop()
  }

  @Test("A run whose snapshot cannot be read fails with that reason, and the others go on")
  func poisoned() async throws {
    let first = EngineRig()
    let jobs = [EngineTests.job("bad"), EngineTests.job("good")]
    try await first.start(jobs)
    await first.advance(by: .seconds(3_600))
    _ = await first.driver.nextCall()
    _ = await first.driver.nextCall()
    await first.stop()
    let bad = EngineTests.scheduled("bad")
    var run = try #require(try await first.store.run(bad))
    run.version += 1
    _ = try await first.store.commit([.updateRun(run), .putScope(bad, scope: "execution", Array("{".utf8))])

    let second = EngineRig(store: first.store, time: first.time, instance: "two")
    try await second.start(jobs)
    let good = EngineTests.launch(1, EngineTests.scheduled("good"))
    #expect(await second.driver.nextCall() == .start(good, recovering: true))
    let failed = try await second.outcome(of: bad)
    #expect(failed.status == .failed)
    #expect(failed.error == "Jobd.Unrecoverable")
    #expect(try await second.store.slot(bad.slot)?.state == .failed)
    #expect(await second.notifier.nextSending()?.run == bad)
    await second.stop()
  }
}
