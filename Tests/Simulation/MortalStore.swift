internal import JobModel
internal import SimulatedDisk
internal import Store
internal import Synchronization
internal import TestSupport

/// The store as one process sees it: it stands still with the process, is gone when it is killed, refuses writes for a
/// while, and takes its time.
final class MortalStore: ForwardingStore, @unchecked Sendable {
  private let life: Life
  private let clock: WorldClock
  private let faults: Faults
  /// Of a store whose work goes over threads of its own; nil for one in memory.
  private let disk: SimulatedDisk?
  private let owner: SimulatedDisk.Owner?
  private let torn = Mutex<(@Sendable () -> Void)?>(nil)

  init(
    _ base: any RunStore, life: Life, clock: WorldClock, faults: Faults, disk: SimulatedDisk?,
    owner: SimulatedDisk.Owner?
  ) {
    self.life = life
    self.clock = clock
    self.faults = faults
    self.disk = disk
    self.owner = owner
    super.init(base)
  }

  private static let dead = StoreError(code: .other, message: "the process is dead")
  private static let full = StoreError(code: .full, message: "the disk is full; make room")

  /// A read or a write, with what may befall it.
  private func perform<Value: Sendable>(
    writes: Bool, beginsLaunch: Bool = false,
    _ body: @escaping @Sendable (any RunStore) async throws(StoreError) -> Value
  ) async throws(StoreError) -> Value {
    if faults.happens(.storeStalls) { try? await clock.sleep(for: faults.stall()) }
    if writes, faults.isOut(.store) {
      // A disk is full itself then.
      if disk == nil { throw Self.full }
    } else if writes, faults.happens(.storeRefuses) {
      guard let disk, let owner else { throw Self.full }
      disk.fail(faults.strikesSync() ? .sync : .write, after: 0, of: owner, with: .inputOutput)
    }
    let attempt: @Sendable () async -> Result<Value, StoreError> = { [base] in
      do throws(StoreError) { return .success(try await body(base)) } catch { return .failure(error) }
    }
    let result: Result<Value, StoreError>
    do {
      if writes {
        result = try await life.commit(ofLaunch: beginsLaunch) { await perform(attempt) }
      } else {
        try await life.goOn()
        result = await perform(attempt)
      }
    } catch {
      throw Self.dead
    }
    return try result.get()
  }

  private func perform<Value: Sendable>(_ attempt: @escaping @Sendable () async -> Value) async -> Value {
    guard let disk, let owner else { return await attempt() }
    let value = DeterministicExecutor.shared.alone(attempt)
    if disk.isDead(owner), !life.isDead {
      life.die()
      torn.withLock { $0 }?()
    }
    return value
  }

  /// What follows when the process dies in the middle of a write; nil forgets it.
  func whenTorn(_ action: (@Sendable () -> Void)?) { torn.withLock { $0 = action } }

  override func read<Value: Sendable>(
    _ body: @escaping @Sendable (any RunStore) async throws(StoreError) -> Value
  ) async throws(StoreError) -> Value {
    try await perform(writes: false, body)
  }

  override func commit(_ batch: [StoreWrite]) async throws(StoreError) -> CommitResult {
    let beginsLaunch = batch.contains { if case .insertLaunch = $0 { true } else { false } }
    return try await perform(writes: true, beginsLaunch: beginsLaunch) { store throws(StoreError) in
      try await store.commit(batch)
    }
  }

  override func write<Value: Sendable>(
    _ body: @escaping @Sendable (any RunStore) async throws(StoreError) -> Value
  ) async throws(StoreError) -> Value {
    try await perform(writes: true, body)
  }
}
