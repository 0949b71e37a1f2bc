import JobModel
import Scheduler
import Store
import TestSupport
import Testing

@Suite("Engine control", .timeLimit(.minutes(1)))
struct EngineControlTests {
  /// Runs the next launch of a run to its end.
  static func complete(_ rig: EngineRig, _ run: RunID, launch: Int = 1, _ report: LaunchReport) async throws {
    let id = EngineTests.launch(launch, run)
    #expect(await rig.driver.nextCall() == .start(id, recovering: false))
    rig.driver.submit(id)
    _ = await rig.driver.nextCall()
    rig.driver.answerFollow(id, report)
    _ = try await rig.outcome(of: run)
  }

  @Test("A run by hand gets a slot of its own, and the input that was given")
  func manual() async throws {
    let rig = EngineRig()
    try await rig.start([EngineTests.job(schedule: nil)])
    let run = try await rig.engine.start("report", input: ["full": true], requestedBy: "ann")
    try await Self.complete(rig, run, EngineTests.success)
    let slot = try #require(try await rig.store.slot(run.slot))
    #expect(slot.trigger == .manual)
    let stored = try #require(try await rig.store.run(run))
    #expect(stored.input == #"{"full":true}"#)
    #expect(stored.requestedBy == "ann")
    await #expect(throws: EngineRefusal.unknownJob("nobody")) {
      try await rig.engine.start("nobody", input: nil, requestedBy: "ann")
    }
    await rig.stop()
  }

  @Test("A rerun is refused while the day runs, and after a success unless forced")
  func rerun() async throws {
    let rig = EngineRig()
    try await rig.start([EngineTests.job()])
    await rig.advance(by: .seconds(3_600))
    let run = EngineTests.scheduled()
    let launch = EngineTests.launch(1, run)
    _ = await rig.driver.nextCall()
    await #expect(throws: EngineRefusal.isRunning(run)) {
      try await rig.engine.rerun("report", .latest, force: true, requestedBy: "ann")
    }
    rig.driver.answerStart(launch, EngineTests.failure)
    #expect(try await rig.outcome(of: run).status == .failed)

    let again = try await rig.engine.rerun("report", .latest, force: false, requestedBy: "ann")
    #expect(again == EngineTests.scheduled(rerun: 1))
    try await Self.complete(rig, again, EngineTests.success)
    #expect(try await rig.store.slot(run.slot)?.state == .succeeded)

    let day = try #require(CivilDate("2026-11-21"))
    await #expect(throws: EngineRefusal.hasSucceeded(run.slot, day)) {
      try await rig.engine.rerun("report", .day(day), force: false, requestedBy: "ann")
    }
    let forced = try await rig.engine.rerun("report", .slot(run.slot.scheduledAt), force: true, requestedBy: "ann")
    #expect(forced == EngineTests.scheduled(rerun: 2))
    await rig.stop()
  }

  @Test("A rerun of a day without slots names the day")
  func rerunOfNothing() async throws {
    let rig = EngineRig()
    try await rig.start([EngineTests.job()])
    let day = try #require(CivilDate("2026-01-01"))
    await #expect(throws: EngineRefusal.noSlot("report", "2026-01-01")) {
      try await rig.engine.rerun("report", .day(day), force: false, requestedBy: "ann")
    }
    await rig.stop()
  }

  @Test("A paused job's slots are skipped with the note; after resuming they start again")
  func pause() async throws {
    let rig = EngineRig()
    try await rig.start([EngineTests.job()])
    try await rig.engine.pause("report", note: "moving house")
    await rig.advance(by: .seconds(3_600))
    try await rig.engine.resume("report")
    let skipped = try #require(try await rig.store.slot(EngineTests.scheduled().slot))
    #expect(skipped.state == .skipped)
    #expect(skipped.reason?.contains("moving house") == true)
    #expect(rig.driver.calls.isEmpty)
    await rig.advance(by: .seconds(3_600))
    let next = EngineTests.launch(1, EngineTests.scheduled(hour: 2))
    #expect(await rig.driver.nextCall() == .start(next, recovering: false))
    await rig.stop()
  }

  @Test("A reload says what changed, job by job; a run that goes on keeps its definition")
  func reload() async throws {
    let rig = EngineRig()
    let old = [EngineTests.job("kept"), EngineTests.job("changed"), EngineTests.job("removed")]
    try await rig.start(old)
    await rig.advance(by: .seconds(3_600))
    for _ in old { _ = await rig.driver.nextCall() }
    let new = [
      EngineTests.job("kept"), EngineTests.job("changed", parameters: ["New": true]), EngineTests.job("added"),
    ]
    let change = try await rig.engine.reload(try new.map { try CompiledJob($0) })
    #expect(change.added == ["added"])
    #expect(change.changed.map(\.job) == ["changed"])
    #expect(change.changed.map(\.parts) == [["stateMachine"]])
    #expect(change.removed == ["removed"])
    #expect(change.unchanged == ["kept"])
    let going = try #require(try await rig.store.run(EngineTests.scheduled("changed")))
    #expect(going.status == .running)
    #expect(!going.definition.contains("New"))
    #expect(try await rig.store.run(EngineTests.scheduled("removed"))?.status == .running)
    await rig.stop()
  }

  @Test("A schedule that changes makes no missed slots of times that it never had")
  func changedSchedule() async throws {
    let rig = EngineRig()
    try await rig.start([EngineTests.job(schedule: "0 9 * * *")])
    await rig.advance(by: .seconds(12 * 3_600))
    _ = await rig.driver.nextCall()
    // At noon the job is moved from nine to ten.
    let moved = try CompiledJob(EngineTests.job(schedule: "0 10 * * *"))
    _ = try await rig.engine.reload([moved])
    await rig.advance(by: .seconds(3_600))
    await rig.time.waitForSleepers(EngineRig.idleSleepers)
    #expect(try await rig.store.slot(EngineTests.scheduled(hour: 10).slot) == nil)
    #expect(rig.driver.calls.count == 1)
    await rig.stop()
  }

  @Test("While a run goes on, the next slot is skipped and says because of which run")
  func overlap() async throws {
    let rig = EngineRig()
    try await rig.start([EngineTests.job()])
    await rig.advance(by: .seconds(3_600))
    _ = await rig.driver.nextCall()
    await rig.advance(by: .seconds(3_600))
    // Pausing waits for the plan that is under way, or plans itself.
    try await rig.engine.pause("report", note: nil)
    try await rig.engine.resume("report")
    let slot = try #require(try await rig.store.slot(EngineTests.scheduled(hour: 2).slot))
    #expect(slot.state == .skipped)
    await rig.stop()
  }
}
