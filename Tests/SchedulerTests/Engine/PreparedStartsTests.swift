import JobModel
import Scheduler
import Store
import TestSupport
import Testing

/// What is prepared of a run in the seconds before it is due shows in when it began: as of its time, not some seconds
/// later.
@Suite("Prepared starts", .timeLimit(.minutes(1)))
struct PreparedStartsTests {
  private static let names: [JobName] = ["extract", "load", "report"]
  private static let due = EngineTests.scheduled().slot.scheduledAt

  private static func jobs(overlap: Job.Overlap = .skip, parameters: JSONValue = [:]) -> [Job] {
    names.map { EngineTests.job($0, overlap: overlap, parameters: parameters) }
  }

  /// An engine three seconds before its jobs are due, once it has prepared them.
  private static func prepared(_ jobs: [Job]) async throws -> EngineRig {
    let store = QuietCommits(InMemoryRunStore(random: SeededRandom(seed: 1)))
    let rig = EngineRig(store: store)
    try await rig.start(jobs)
    await rig.advance(by: .seconds(3_567))
    for await _ in store.commits { break }
    return rig
  }

  /// The runs of all jobs, once each has been launched.
  private static func runs(_ rig: EngineRig) async throws -> [Run] {
    for _ in names { _ = await rig.driver.nextCall() }
    var runs: [Run] = []
    for name in names {
      runs.append(try #require(try await rig.store.run(EngineTests.scheduled(name))))
    }
    return runs
  }

  @Test("What is due soon is prepared, and begins as of its time")
  func begins() async throws {
    let rig = try await Self.prepared(Self.jobs())
    #expect(rig.driver.calls.isEmpty)
    for name in Self.names { #expect(try await rig.store.slot(EngineTests.scheduled(name).slot) == nil) }
    await rig.advance(by: .seconds(5))
    for run in try await Self.runs(rig) {
      #expect(run.startedAt == Self.due)
      #expect(try await rig.store.launches(of: run.id).map(\.intendedAt) == [Self.due])
      #expect(try await rig.store.history(of: run.id).first?.timestamp == Self.due)
    }
    await rig.stop()
  }

  @Test("Who comes much later begins at the time that it is")
  func late() async throws {
    let rig = try await Self.prepared(Self.jobs())
    await rig.advance(by: .seconds(20))
    #expect(try await Self.runs(rig).map(\.startedAt) == Self.names.map { _ in Self.due + .seconds(17) })
    await rig.stop()
  }

  @Test("A job file that is read meanwhile is the one that counts")
  func reload() async throws {
    let rig = try await Self.prepared(Self.jobs())
    let parameters: JSONValue = ["TaskDefinition": "new"]
    _ = try await rig.engine.reload(Self.jobs(parameters: parameters).map { try CompiledJob($0) })
    await rig.advance(by: .seconds(5))
    for run in try await Self.runs(rig) {
      #expect(run.startedAt == Self.due + .seconds(2))
      #expect(try await rig.store.launches(of: run.id).map(\.request) == [parameters])
    }
    await rig.stop()
  }

  @Test("A run that begins meanwhile is not overtaken by what was prepared before it")
  func overlap() async throws {
    let rig = try await Self.prepared(Self.jobs(overlap: .allow))
    let byHand = try await rig.engine.start("load", input: nil, requestedBy: "test")
    #expect(await rig.driver.nextCall() == .start(EngineTests.launch(1, byHand), recovering: false))
    await rig.advance(by: .seconds(5))
    let late = Self.due + .seconds(2)
    #expect(try await Self.runs(rig).map(\.startedAt) == [Self.due, late, Self.due])
    await rig.stop()
  }

  @Test("A job that is paused meanwhile does not start")
  func pause() async throws {
    let rig = try await Self.prepared(Self.jobs())
    try await rig.engine.pause("load", note: nil, until: nil)
    await rig.advance(by: .seconds(5))
    for _ in 0..<2 { _ = await rig.driver.nextCall() }
    await rig.time.waitForSleepers(EngineRig.idleSleepers)
    #expect(rig.driver.calls.count == 2)
    #expect(try await rig.store.run(EngineTests.scheduled("load")) == nil)
    await rig.stop()
  }
}

/// Tells of commits of nothing: a look at jobs of which none was due yet.
private final class QuietCommits: ForwardingStore, @unchecked Sendable {
  let commits: AsyncStream<Void>
  private let told: AsyncStream<Void>.Continuation

  override init(_ base: any RunStore) {
    (commits, told) = AsyncStream.makeStream(of: Void.self)
    super.init(base)
  }

  override func commit(_ batch: [StoreWrite]) async throws(StoreError) -> CommitResult {
    defer { if batch.isEmpty { told.yield() } }
    return try await super.commit(batch)
  }
}
