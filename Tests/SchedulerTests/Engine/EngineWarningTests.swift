import JobModel
import Scheduler
import Store
import TestSupport
import Testing

/// What is told of and changes nothing, and recoveries.
@Suite("Engine: warnings", .timeLimit(.minutes(1)))
struct EngineWarningTests {
  static func nextEvent(_ rig: EngineRig) async -> NotificationEvent? { await rig.notifier.nextSending()?.event }

  @Test("A run that takes too long is told of once, and goes on")
  func tooLong() async throws {
    let rig = EngineRig()
    try await rig.start([EngineWaitingTests.job { $0.tooLongAfter = .fixed(seconds: 600) }])
    await rig.advance(by: .seconds(3_600))
    let run = try await EngineWaitingTests.nextStart(rig)
    await rig.advance(by: .seconds(601))
    let message = try #require(await rig.notifier.nextSending())
    #expect(message.event == .tooLong)
    #expect(message.run == run)
    #expect(try await rig.store.run(run)?.status == .running)
    try await EngineWaitingTests.finish(rig, run)
    #expect(try await rig.store.run(run)?.status == .succeeded)
    #expect(rig.notifier.sent.count == 1)
    await rig.stop()
  }

  @Test("A slot that has not succeeded in time is late, whether it runs or waits; one that has is not")
  func late() async throws {
    let rig = EngineRig()
    try await rig.start([
      EngineTests.job("extract"),
      EngineWaitingTests.job("load") {
        $0.after = ["extract"]
        $0.lateAfter = .fixed(seconds: 900)
      },
    ])
    await rig.advance(by: .seconds(3_600))
    _ = try await EngineWaitingTests.nextStart(rig)
    _ = try await EngineWaitingTests.slot(rig, EngineTests.scheduled("load").slot)
    await rig.advance(by: .seconds(901))
    let message = try #require(await rig.notifier.nextSending())
    #expect(message.event == .late)
    #expect(message.slot == EngineTests.scheduled("load").slot)
    #expect(message.rerun == nil)
    await rig.stop()
  }

  @Test("A multiple of the median needs some successful runs first")
  func median() async throws {
    #expect(Allowance.median(times: 2).length(after: [.seconds(10), .seconds(20)]) == nil)
    #expect(Allowance.median(times: 2).length(after: [.seconds(10), .seconds(30), .seconds(20)]) == .seconds(40))
    #expect(
      Allowance.median(times: 3).length(after: [.seconds(10), .seconds(40), .seconds(20), .seconds(30)])
        == .seconds(75))
    #expect(Allowance.fixed(seconds: 5).length(after: []) == .seconds(5))
  }

  @Test("A success after a failure is a recovery, told once; the next success is nothing new")
  func recovered() async throws {
    let rig = EngineRig()
    try await rig.start([EngineTests.job()])
    await rig.advance(by: .seconds(3_600))
    let failed = try await EngineWaitingTests.nextStart(rig)
    try await EngineWaitingTests.finish(rig, failed, EngineTests.failure)
    #expect(await Self.nextEvent(rig) == .failed)
    let again = try await rig.engine.rerun("report", .latest, force: false, requestedBy: "ann")
    _ = try await EngineWaitingTests.nextStart(rig)
    try await EngineWaitingTests.finish(rig, again)
    #expect(await Self.nextEvent(rig) == .recovered)
    let forced = try await rig.engine.rerun("report", .latest, force: true, requestedBy: "ann")
    _ = try await EngineWaitingTests.nextStart(rig)
    try await EngineWaitingTests.finish(rig, forced)
    #expect(rig.notifier.sent.count == 2)
    await rig.stop()
  }

  @Test("A backfill of days before a failure is no recovery from it")
  func backfillIsNoRecovery() async throws {
    let rig = EngineRig()
    try await rig.start([EngineBackfillTests.daily()])
    let failed = try await rig.engine.start("report", input: nil, requestedBy: "ann")
    _ = try await EngineWaitingTests.nextStart(rig)
    try await EngineWaitingTests.finish(rig, failed, EngineTests.failure)
    #expect(await Self.nextEvent(rig) == .failed)
    _ = try await EngineBackfillTests.backfill(rig, from: 18, to: 18)
    let filled = try await EngineWaitingTests.nextStart(rig)
    try await EngineWaitingTests.finish(rig, filled)
    _ = try await EngineBackfillTests.ended(rig)
    #expect(try await rig.store.run(filled)?.policy.followsFailure == false)
    #expect(try await rig.store.messages(of: filled).isEmpty)
    await rig.stop()
  }

  @Test("Slots that were missed while nobody was there are told of, in one message")
  func missed() async throws {
    let store = InMemoryRunStore(random: SeededRandom(seed: 1))
    let time = ManualTime(now: Instant(seconds: 1_795_219_230))
    let job = EngineWaitingTests.job { $0.catchUp = .init(mode: .none, within: .seconds(86_400)) }
    let old = EngineRig(store: store, time: time)
    try await old.start([job])
    await old.stop()
    time.advance(by: .seconds(3 * 3_600 + 900))
    let new = EngineRig(store: store, time: time, instance: "two")
    try await new.start([job])
    let message = try #require(await new.notifier.nextSending())
    #expect(message.event == .missed)
    #expect(message.slot == EngineTests.scheduled(hour: 3).slot)
    #expect(message.body.contains("no jobd was there at its time"))
    #expect(new.notifier.sent.count == 1)
    await new.stop()
  }

  @Test("A task that says by its exit code that there was nothing to do leaves its slot SKIPPED, with the reason")
  func skipped() async throws {
    let rig = EngineRig()
    try await rig.start([EngineTests.job()])
    await rig.advance(by: .seconds(3_600))
    let run = try await EngineWaitingTests.nextStart(rig)
    let diagnosis = Diagnosis(class: .skipped, sentence: "nothing to do", exitCodes: ["app": 99])
    try await EngineWaitingTests.finish(rig, run, .succeeded(output: [:], result: [:], diagnosis: diagnosis))
    let slot = try #require(try await rig.store.slot(run.slot))
    #expect(slot.state == .skipped)
    #expect(slot.reason == "nothing to do")
    await rig.stop()
  }

  @Test("A run that found nothing to do is no recovery; the success after it is")
  func skippedIsNoRecovery() async throws {
    let rig = EngineRig()
    try await rig.start([EngineTests.job()])
    let nothing = Diagnosis(class: .skipped, sentence: "nothing to do", exitCodes: ["app": 99])
    let reports = [
      EngineTests.failure, .succeeded(output: [:], result: [:], diagnosis: nothing), EngineTests.success,
    ]
    for report in reports {
      await rig.advance(by: .seconds(3_600))
      try await EngineWaitingTests.finish(rig, try await EngineWaitingTests.nextStart(rig), report)
    }
    #expect(await Self.nextEvent(rig) == .failed)
    let message = try #require(await rig.notifier.nextSending())
    #expect(message.event == .recovered)
    #expect(message.slot == EngineTests.scheduled(hour: 3).slot)
    await rig.stop()
  }

  @Test("A rerun that somebody stopped does not hide the failure before it")
  func recoveredAfterStop() async throws {
    let rig = EngineRig()
    try await rig.start([EngineTests.job()])
    await rig.advance(by: .seconds(3_600))
    try await EngineWaitingTests.finish(rig, try await EngineWaitingTests.nextStart(rig), EngineTests.failure)
    #expect(await Self.nextEvent(rig) == .failed)
    let stopped = try await rig.engine.rerun("report", .latest, force: false, requestedBy: "ann")
    _ = try await EngineWaitingTests.nextStart(rig)
    try await rig.engine.stop(stopped, reason: "test")
    try await EngineWaitingTests.finish(rig, stopped, EngineTests.failure)
    #expect(try await rig.store.run(stopped)?.status == .aborted)
    let again = try await rig.engine.rerun("report", .latest, force: false, requestedBy: "ann")
    _ = try await EngineWaitingTests.nextStart(rig)
    try await EngineWaitingTests.finish(rig, again)
    #expect(await Self.nextEvent(rig) == .recovered)
    await rig.stop()
  }

  @Test("A slot that waits is not told as late once a reload has taken lateAfter away")
  func lateAfterReload() async throws {
    let rig = EngineRig()
    func load(_ allowance: Allowance?) -> Job {
      EngineWaitingTests.job("load") {
        $0.after = ["extract"]
        $0.lateAfter = allowance
      }
    }
    let extract = EngineTests.job("extract")
    try await rig.start([extract, load(.fixed(seconds: 900))])
    await rig.advance(by: .seconds(3_600))
    _ = try await EngineWaitingTests.nextStart(rig)
    _ = try await EngineWaitingTests.slot(rig, EngineTests.scheduled("load").slot)
    for _ in 0..<1_000 { await Task.yield() }
    _ = try await rig.engine.reload([extract, load(nil)].map { try CompiledJob($0) })
    await rig.advance(by: .seconds(901))
    for _ in 0..<1_000 { await Task.yield() }
    #expect(try await rig.store.messages(of: EngineTests.scheduled("load").slot).isEmpty)
    await rig.stop()
  }
}
