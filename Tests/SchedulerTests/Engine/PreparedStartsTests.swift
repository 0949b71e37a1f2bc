import JobModel
import Store
import Synchronization
import TestSupport
import Testing

@testable import Scheduler

/// What is prepared of a run in the seconds before it is due shows in when it began: as of its time, not some seconds
/// later.
@Suite("Prepared starts", .timeLimit(.minutes(1)))
struct PreparedStartsTests {
  private static let names: [JobName] = ["extract", "load", "report"]
  private static let due = EngineTests.scheduled().slot.scheduledAt
  /// Two seconds after the jobs were due: who begins then was not prepared.
  private static let late = due + .seconds(2)

  private static func jobs(overlap: Job.Overlap = .skip, parameters: JSONValue = [:]) -> [Job] {
    names.map { EngineTests.job($0, timeout: 86_400, overlap: overlap, parameters: parameters) }
  }

  /// An engine three seconds before its jobs are due, once it has prepared so many of them.
  private static func prepared(
    _ jobs: [Job], count: Int = names.count, limit: Int = 10_000
  ) async throws -> EngineRig {
    let rig = EngineRig()
    try await rig.start(jobs)
    await rig.engine.limitPreparedStarts(to: limit)
    await rig.advance(by: .seconds(3_567))
    await rig.waitForPreparations(count)
    #expect(rig.driver.calls.isEmpty)
    return rig
  }

  /// The runs of all jobs, once each has been launched.
  private static func runs(_ rig: EngineRig, hour: Int = 1) async throws -> [Run] {
    for _ in names { _ = await rig.driver.nextCall() }
    var runs: [Run] = []
    for name in names {
      runs.append(try #require(try await rig.store.run(EngineTests.scheduled(name, hour: hour))))
    }
    return runs
  }

  // MARK: What is taken

  @Test("What is due soon is prepared, is on no record before, and begins as of its time")
  func begins() async throws {
    let rig = try await Self.prepared(Self.jobs())
    for name in Self.names { #expect(try await rig.store.slot(EngineTests.scheduled(name).slot) == nil) }
    await rig.advance(by: .seconds(5))
    for run in try await Self.runs(rig) {
      #expect(run.startedAt == Self.due)
      #expect(try await rig.store.launches(of: run.id).map(\.intendedAt) == [Self.due])
      #expect(try await rig.store.history(of: run.id).first?.timestamp == Self.due)
    }
    await rig.stop()
  }

  @Test("Who comes five seconds late begins at the time that it is", arguments: [(4_999, 0), (5_000, 5_000)])
  func life(late: Int, startedAfter: Int) async throws {
    let rig = try await Self.prepared(Self.jobs())
    await rig.advance(by: .milliseconds(3_000 + late))
    let startedAt = Self.due + .milliseconds(startedAfter)
    #expect(try await Self.runs(rig).map(\.startedAt) == Self.names.map { _ in startedAt })
    await rig.stop()
  }

  @Test("What there is no more room for is planned when it is due")
  func crowd() async throws {
    let rig = try await Self.prepared(Self.jobs(), count: 2, limit: 2)
    await rig.advance(by: .seconds(5))
    #expect(try await Self.runs(rig).map(\.startedAt) == [Self.due, Self.due, Self.late])
    await rig.stop()
  }

  // MARK: What is not prepared

  @Test("A job whose slots may wait, that runs once a day, or that is told of when it takes too long is not prepared")
  func unprepared() async throws {
    var tooLong = EngineTests.job("load")
    tooLong.tooLongAfter = .fixed(seconds: 600)
    let rig = EngineRig()
    try await rig.start([
      EngineTests.job("extract", overlap: .queue(limit: 3)), tooLong, EngineTests.job("report", oncePer: .day),
      EngineTests.job("zoom"),
    ])
    await rig.advance(by: .seconds(3_567))
    // They are prepared in the order of their names.
    #expect(await rig.driver.nextPreparation()?.run.job == "zoom")
    await rig.advance(by: .seconds(5))
    _ = await rig.driver.nextCall()
    #expect(try await Self.runs(rig).map(\.startedAt) == Self.names.map { _ in Self.late })
    await rig.stop()
  }

  @Test("What is due later than in five seconds is not prepared, though the job's alarm has gone")
  func tooEarly() async throws {
    let rig = try await Self.prepared([EngineTests.job("extract", overlap: .allow)], count: 1)
    await rig.advance(by: .seconds(3))
    _ = await rig.driver.nextCall()
    await rig.engine.prepareStarts(["extract"])
    #expect(rig.driver.preparationCount == 1)
    await rig.stop()
  }

  @Test("A job whose run goes on is not prepared")
  func busy() async throws {
    let rig = EngineRig()
    try await rig.start(Self.jobs())
    let byHand = try await rig.engine.start("load", input: nil, requestedBy: "test")
    #expect(await rig.driver.nextCall() == .start(EngineTests.launch(1, byHand), recovering: false))
    await rig.waitForPreparations(1)
    await rig.advance(by: .seconds(3_567))
    await rig.waitForPreparations(2)
    rig.driver.answerStart(EngineTests.launch(1, byHand), EngineTests.success)
    _ = try await rig.outcome(of: byHand)
    await rig.advance(by: .seconds(5))
    #expect(try await Self.runs(rig).map(\.startedAt) == [Self.due, Self.late, Self.due])
    await rig.stop()
  }

  @Test("A store that fails while jobs are prepared delays none of them")
  func failingStore() async throws {
    let store = RefusedReads(InMemoryRunStore(random: SeededRandom(seed: 1)))
    let rig = EngineRig(store: store)
    try await rig.start(Self.jobs())
    store.refuseOnce()
    await rig.advance(by: .seconds(3_567))
    for await _ in store.refusals { break }
    await rig.advance(by: .seconds(5))
    #expect(try await Self.runs(rig).map(\.startedAt) == Self.names.map { _ in Self.late })
    await rig.stop()
  }

  // MARK: What happens meanwhile

  @Test("A job file that is read meanwhile is the one that counts")
  func reload() async throws {
    let rig = try await Self.prepared(Self.jobs())
    let parameters: JSONValue = ["TaskDefinition": "new"]
    _ = try await rig.engine.reload(Self.jobs(parameters: parameters).map { try CompiledJob($0) })
    await rig.advance(by: .seconds(5))
    for run in try await Self.runs(rig) {
      #expect(run.startedAt == Self.late)
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
    #expect(try await Self.runs(rig).map(\.startedAt) == [Self.due, Self.late, Self.due])
    await rig.stop()
  }

  @Test("What is being prepared when one begins, or a job file is read, is not taken", arguments: [false, true])
  func meanwhile(reloads: Bool) async throws {
    var jobs = Self.jobs(overlap: .allow)
    jobs[1].lateAfter = .median(times: 2)
    let store = HeldReads(InMemoryRunStore(random: SeededRandom(seed: 1)))
    let rig = EngineRig(store: store)
    try await rig.start(jobs)
    store.holdOnce()
    await rig.advance(by: .seconds(3_567))
    for await _ in store.held { break }
    if reloads {
      _ = try await rig.engine.reload(jobs.map { try CompiledJob($0) })
    } else {
      _ = try await rig.engine.start("load", input: nil, requestedBy: "test")
      _ = await rig.driver.nextCall()
    }
    store.letGo()
    // That of the run by hand, or one of another job before; and the two that follow.
    await rig.waitForPreparations(reloads ? 3 : 4)
    await rig.advance(by: .seconds(5))
    let expected = reloads ? [Self.late, Self.late, Self.late] : [Self.due, Self.late, Self.due]
    #expect(try await Self.runs(rig).map(\.startedAt) == expected)
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

  @Test("A run that fails meanwhile is what the next one follows")
  func policy() async throws {
    let rig = try await Self.prepared(Self.jobs(overlap: .allow))
    await rig.advance(by: .seconds(3))
    let first = try await Self.runs(rig)
    await rig.advance(by: .seconds(3_597))
    await rig.waitForPreparations(Self.names.count)
    rig.driver.answerStart(EngineTests.launch(1, first[1].id), EngineTests.failure)
    #expect(try await rig.outcome(of: first[1].id).status == .failed)
    await rig.advance(by: .seconds(5))
    let next = try await Self.runs(rig, hour: 2)
    #expect(next.map(\.policy.followsFailure) == [false, true, false])
    #expect(next.map { $0.startedAt - Self.due } == [3_600, 3_602, 3_600].map { .seconds($0) })
    await rig.stop()
  }

  @Test("An instance that was taken for dead meanwhile begins as who it is now")
  func owner() async throws {
    let rig = EngineRig()
    try await rig.start(Self.jobs())
    // The lease is renewed here, and then every five seconds.
    await rig.advance(by: .seconds(3_564))
    await rig.advance(by: .milliseconds(1_500))
    await rig.waitForPreparations(Self.names.count)
    let former = try #require(await rig.engine.instance)
    try await rig.store.removeInstance(former.id)
    await rig.advance(by: .milliseconds(3_600))
    await rig.time.waitForSleepers(EngineRig.idleSleepers)
    let instance = try #require(await rig.engine.instance)
    #expect(instance.epoch != former.epoch)
    await rig.advance(by: .milliseconds(2_900))
    for run in try await Self.runs(rig) {
      #expect(run.owner == instance.ownership)
      #expect(run.startedAt == Self.late)
    }
    await rig.stop()
  }

  // MARK: Executions of other runs

  @Test("A run that starts an execution as of its time takes no slot's place")
  func children() async throws {
    var parents = ["extract", "load"].map { ChildExecutionTests.parent($0, starts: "report") }
    for place in parents.indices { parents[place].schedules = [.init(expression: "0 * * * *", timezone: "UTC")] }
    let rig = try await Self.prepared(parents + [EngineTests.job("report", overlap: .allow)], count: 1)
    await rig.advance(by: .seconds(5))
    let runs = try await Self.runs(rig)
    #expect(runs.map(\.startedAt) == Self.names.map { _ in Self.due })
    #expect(runs.map(\.trigger) == Self.names.map { _ in .schedule })
    let children = try await ChildExecutionTests.children(rig, of: "report").filter { $0.trigger == .execution }
    #expect(children.map(\.id.slot.scheduledAt) == [1, 2].map { Self.due + .milliseconds($0) })
    await rig.stop()
  }
}

extension EngineRig {
  /// For so many requests that were worked out since the last wait.
  fileprivate func waitForPreparations(_ count: Int) async {
    for _ in 0..<count { _ = await driver.nextPreparation() }
  }
}

extension Engine {
  fileprivate func limitPreparedStarts(to limit: Int) { prepared = PreparedStarts(limit: limit) }
}

/// Refuses to say which runs go on, once.
private final class RefusedReads: ForwardingStore, @unchecked Sendable {
  let refusals: AsyncStream<Void>
  private let refused: AsyncStream<Void>.Continuation
  private let isRefusing = Mutex(false)

  override init(_ base: any RunStore) {
    (refusals, refused) = AsyncStream.makeStream(of: Void.self)
    super.init(base)
  }

  func refuseOnce() { isRefusing.withLock { $0 = true } }

  override func activeRuns(of job: JobName) async throws(StoreError) -> [Run] {
    if isRefusing.withLock({ isRefusing in
      defer { isRefusing = false }
      return isRefusing
    }) {
      refused.yield()
      throw StoreError(code: .other, message: "the disk does not answer")
    }
    return try await super.activeRuns(of: job)
  }
}
