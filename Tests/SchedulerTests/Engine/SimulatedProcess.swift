import JobModel
import Logging
import Scheduler
import Synchronization
import TestSupport

/// One jobd process of a simulation, which can be killed between any two writes.
final class SimulatedProcess: Sendable {
  let engine: Engine
  let store: MortalStore
  private let id: InstanceID
  private let faults: Faults
  private let task: Task<Void, any Error>

  init(
    _ number: Int, jobs: [CompiledJob], store: any RunStore, cluster: SimulatedCluster, notifier: any Notifier,
    time: ManualTime, faults: Faults
  ) {
    let id = InstanceID("process-\(number)")
    self.id = id
    self.faults = faults
    let mortal = MortalStore(store, time: time, faults: faults)
    self.store = mortal
    let engine = Engine(
      store: mortal, drivers: [SimulatedDriver(cluster: cluster, time: time, faults: faults)], notifier: notifier,
      time: time, random: SeededRandom(seed: UInt64(number)),
      configuration: Engine.Configuration(
        instance: id, lease: .seconds(15), isCertainlyDead: { faults.isCertainlyDead($0) }),
      logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    self.engine = engine
    task = Task {
      // A start that the store refuses is tried again, as systemd would.
      while !Task.isCancelled, !mortal.isDead {
        do { return try await engine.run(jobs: jobs) } catch { try await time.sleep(for: .seconds(1)) }
      }
    }
  }

  /// As `kill -9`: nothing is written any more, not even that the lease is over.
  func kill() async {
    store.die()
    await terminate()
  }

  /// As SIGTERM.
  func terminate() async {
    task.cancel()
    _ = await task.result
    faults.bury(id)
  }
}

/// A process's own view of the store: it refuses, it stalls, and it takes nothing from a dead process.
final class MortalStore: ForwardingStore, @unchecked Sendable {
  private let time: ManualTime
  private let faults: Faults
  private let dead = Mutex(false)

  init(_ base: any RunStore, time: ManualTime, faults: Faults) {
    self.time = time
    self.faults = faults
    super.init(base)
  }

  func die() { dead.withLock { $0 = true } }
  var isDead: Bool { dead.withLock { $0 } }

  private func trouble() async throws(StoreError) {
    // Long enough to lose a lease.
    if faults.happens(.storeStalls) { try? await time.sleep(for: .seconds(20)) }
    if dead.withLock({ $0 }) || faults.happens(.storeRefuses) {
      throw StoreError(code: .full, message: "the disk is full")
    }
  }

  override func commit(_ batch: [StoreWrite]) async throws(StoreError) -> CommitResult {
    try await trouble()
    let result = try await base.commit(batch)
    // The process may die after the write and before it hears of it.
    if dead.withLock({ $0 }) { throw StoreError(code: .other, message: "dead") }
    return result
  }

  override func register(_ id: InstanceID, startedAt: Instant, leaseUntil: Instant) async throws(StoreError) -> Instance
  {
    try await trouble()
    return try await base.register(id, startedAt: startedAt, leaseUntil: leaseUntil)
  }

  override func removeInstance(_ id: InstanceID) async throws(StoreError) {
    try await trouble()
    try await base.removeInstance(id)
  }

  override func run(_ id: RunID) async throws(StoreError) -> Run? {
    try await trouble()
    return try await base.run(id)
  }

  override func activeRuns() async throws(StoreError) -> [Run] {
    try await trouble()
    return try await base.activeRuns()
  }

  override func scopes(of run: RunID) async throws(StoreError) -> [String: [UInt8]] {
    try await trouble()
    return try await base.scopes(of: run)
  }
}
