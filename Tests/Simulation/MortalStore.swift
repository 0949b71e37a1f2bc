internal import JobModel
internal import Store
internal import Synchronization
internal import TestSupport

/// The store as one process sees it: it stands still with the process, is gone when it is killed, refuses writes for a
/// while, and takes its time.
final class MortalStore: ForwardingStore, @unchecked Sendable {
  private let life: Life
  private let clock: WorldClock
  private let faults: Faults
  /// Whether what it does goes over threads of its own.
  private let hasThreads: Bool

  init(_ base: any RunStore, life: Life, clock: WorldClock, faults: Faults, hasThreads: Bool) {
    self.life = life
    self.clock = clock
    self.faults = faults
    self.hasThreads = hasThreads
    super.init(base)
  }

  private static let dead = StoreError(code: .other, message: "the process is dead")

  /// A read or a write, with what may befall it.
  private func perform<Value: Sendable>(
    writes: Bool, _ body: @escaping @Sendable (any RunStore) async throws(StoreError) -> Value
  ) async throws(StoreError) -> Value {
    if faults.happens(.storeStalls) { try? await clock.sleep(for: faults.stall()) }
    if faults.refusesStore(writes: writes) {
      throw StoreError(code: .full, message: "the disk is full; make room")
    }
    let attempt: @Sendable () async -> Result<Value, StoreError> = { [base] in
      do throws(StoreError) { return .success(try await body(base)) } catch { return .failure(error) }
    }
    let result: Result<Value, StoreError>
    do {
      if writes {
        result = try await life.act { [hasThreads] in
          hasThreads ? DeterministicExecutor.shared.alone(attempt) : await attempt()
        }
      } else {
        try await life.goOn()
        result = hasThreads ? DeterministicExecutor.shared.alone(attempt) : await attempt()
      }
    } catch {
      throw Self.dead
    }
    return try result.get()
  }

  override func read<Value: Sendable>(
    _ body: @escaping @Sendable (any RunStore) async throws(StoreError) -> Value
  ) async throws(StoreError) -> Value {
    try await perform(writes: false, body)
  }

  override func write<Value: Sendable>(
    _ body: @escaping @Sendable (any RunStore) async throws(StoreError) -> Value
  ) async throws(StoreError) -> Value {
    try await perform(writes: true, body)
  }
}
