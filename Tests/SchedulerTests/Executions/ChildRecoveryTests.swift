import JobModel
import Scheduler
import Store
import Synchronization
import TestSupport
import Testing

/// A store that dies at the n-th commit, before it is written or right after it: nothing is written any more, and
/// nobody hears an answer.
final class DyingStore: ForwardingStore, @unchecked Sendable {
  private let left: Mutex<Int>
  private let isWritten: Bool
  /// Opens at the death.
  let death = Gate()

  init(_ base: any RunStore, after commits: Int, isWritten: Bool) {
    left = Mutex(commits)
    self.isWritten = isWritten
    super.init(base)
  }

  override func commit(_ batch: [StoreWrite]) async throws(StoreError) -> CommitResult {
    let rest = left.withLock { left in
      left -= 1
      return left
    }
    if rest < 0 || (rest == 0 && !isWritten) {
      death.open()
      throw StoreError(code: .other, message: "dead")
    }
    let result = try await base.commit(batch)
    if rest == 0 {
      death.open()
      throw StoreError(code: .other, message: "dead")
    }
    return result
  }
}

@Suite("Child executions across crashes", .timeLimit(.minutes(1)))
struct ChildRecoveryTests {
  /// How many commits a parent with a child of one Pass state takes, from the start of the process on.
  private static let commits = 1...10

  @Test(
    "Whichever commit a process dies at, before or after it is written, the child runs exactly once",
    arguments: commits, [false, true])
  func everyStep(commit: Int, isWritten: Bool) async throws {
    let jobs = [ChildExecutionTests.parent(), ChildExecutionTests.quick]
    let store = InMemoryRunStore(random: SeededRandom(seed: 1))
    let dying = DyingStore(store, after: commit, isWritten: isWritten)
    let first = EngineRig(store: dying)
    // A process that dies while it starts throws.
    try? await first.start(jobs)
    let asked = Task { try? await ChildExecutionTests.start(first) }
    let over = Task {
      guard let id = await asked.value else { return }
      while !Task.isCancelled, let run = try? await store.run(id), run.status == .running {
        try? await first.engine.waitForChange(of: id, after: run.version)
      }
      dying.death.open()
    }
    await dying.death.wait()
    await first.stop()
    asked.cancel()
    over.cancel()

    let second = EngineRig(store: store, time: first.time, instance: "two")
    // The first one's lease, which nobody has ended, is waited for.
    second.time.advance(by: .seconds(60))
    try await second.start(jobs)
    let parents = try await ChildExecutionTests.children(second, of: "parent")
    for parent in parents {
      let run = try await second.outcome(of: parent.id)
      #expect(run.status == .succeeded, "\(run.cause ?? "")")
    }
    let children = try await ChildExecutionTests.children(second)
    #expect(children.count == parents.count)
    #expect(parents.count <= 1)
    for child in children { #expect(try await second.outcome(of: child.id).status == .succeeded) }
    await second.stop()
  }

  @Test("A child that was inserted while its parent never heard of it is adopted, not started again")
  func adopted() async throws {
    let jobs = [ChildExecutionTests.parent(), ChildExecutionTests.slow]
    let first = EngineRig()
    try await first.start(jobs)
    let id = try await ChildExecutionTests.start(first)
    let launch = try await ChildExecutionTests.launchOfChild(first)
    first.driver.submit(launch)
    #expect(await first.driver.nextCall() == .follow(launch))
    await first.stop()
    // As if the process had died before the parent's next commit.
    var stored = try #require(try await first.store.launches(of: id).first)
    (stored.taskARN, stored.submission, stored.status) = (nil, nil, .intended)
    var run = try #require(try await first.store.run(id))
    run.version += 1
    #expect(try await first.store.commit([.updateRun(run), .updateLaunch(stored)]) == .committed)

    let second = EngineRig(store: first.store, time: first.time, instance: "two")
    try await second.start(jobs)
    #expect(await second.driver.nextCall() == .follow(launch))
    second.driver.answerFollow(launch, EngineTests.success)
    #expect(try await second.outcome(of: id).status == .succeeded)
    #expect(try await ChildExecutionTests.children(second).count == 1)
    await second.stop()
  }

  @Test("A parent that was told to stop before a crash stops its child after it")
  func stopAfterCrash() async throws {
    let jobs = [ChildExecutionTests.parent(), ChildExecutionTests.slow]
    let first = EngineRig()
    try await first.start(jobs)
    let id = try await ChildExecutionTests.start(first)
    let launch = try await ChildExecutionTests.launchOfChild(first)
    first.driver.submit(launch)
    #expect(await first.driver.nextCall() == .follow(launch))
    await first.stop()
    _ = try await first.store.commit([.requestStop(id, reason: "enough")])

    let second = EngineRig(store: first.store, time: first.time, instance: "two")
    try await second.start(jobs)
    #expect(await second.driver.nextCall() == .follow(launch))
    guard case .stop(launch, _)? = await second.driver.nextCall() else {
      Issue.record("the child's task was not stopped")
      return
    }
    second.driver.answerFollow(launch, EngineTests.failure)
    #expect(try await second.outcome(of: id).status == .aborted)
    #expect(try await second.store.run(launch.run)?.status == .aborted)
    await second.stop()
  }
}
