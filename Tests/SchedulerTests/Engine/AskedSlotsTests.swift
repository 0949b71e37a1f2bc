import JobModel
import Scheduler
import Store
import TestSupport
import Testing

/// What somebody asks for in the very second in which a schedule comes due has a slot beside the schedule's.
@Suite("Slots that are asked for", .timeLimit(.minutes(1)))
struct AskedSlotsTests {
  private static let due = EngineTests.scheduled().slot.scheduledAt

  /// An engine at the very instant at which its job is due, while the slot is being planned.
  private static func planning() async throws -> (rig: EngineRig, store: HeldReads) {
    let store = HeldReads(InMemoryRunStore(random: SeededRandom(seed: 1)))
    let rig = EngineRig(store: store)
    var job = EngineTests.job(overlap: .allow)
    job.lateAfter = .median(times: 2)
    try await rig.start([job, ChildExecutionTests.parent(starts: "report")])
    store.holdOnce()
    await rig.advance(by: .seconds(3_570))
    for await _ in store.held { break }
    return (rig, store)
  }

  @Test("A run by hand, or of another run, takes no place from the schedule's", arguments: ["report", "parent"])
  func asked(job: JobName) async throws {
    let (rig, store) = try await Self.planning()
    _ = try await rig.engine.start(job, input: nil, requestedBy: "test")
    let asked = RunID(slot: SlotKey(job: "report", scheduledAt: Self.due + .milliseconds(1)), rerun: 0)
    #expect(await rig.driver.nextCall() == .start(EngineTests.launch(1, asked), recovering: false))
    store.letGo()
    let scheduled = EngineTests.scheduled()
    #expect(await rig.driver.nextCall() == .start(EngineTests.launch(1, scheduled), recovering: false))
    #expect(try await rig.store.run(asked)?.trigger == (job == "report" ? .manual : .execution))
    #expect(try await rig.store.run(scheduled)?.trigger == .schedule)
    await rig.stop()
  }
}
