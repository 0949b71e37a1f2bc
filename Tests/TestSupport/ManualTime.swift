public import JobModel
internal import Synchronization

/// Clocks that stand still until a test moves them. A test waits for a sleeper to arrive, then advances:
/// no real time passes and nothing depends on speed.
public final class ManualTime: TimeSource {
  private struct Sleeper {
    var id: Int
    var until: Duration
    var continuation: CheckedContinuation<Void, any Error>
  }

  private struct State {
    var now: Instant
    var uptime: Duration = .zero
    var sleepers: [Sleeper] = []
    var nextID = 0
    var cancelled: Set<Int> = []
    var waiters: [(count: Int, continuation: CheckedContinuation<Void, Never>)] = []
  }

  private let state: Mutex<State>

  public init(now: Instant) {
    state = Mutex(State(now: now))
  }

  public func now() -> Instant { state.withLock { $0.now } }
  public func uptime() -> Duration { state.withLock { $0.uptime } }

  public func sleep(for duration: Duration) async throws {
    let id = state.withLock { state in
      state.nextID += 1
      return state.nextID
    }
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
        let ready: [CheckedContinuation<Void, Never>] = state.withLock { state in
          if state.cancelled.remove(id) != nil {
            continuation.resume(throwing: CancellationError())
            return []
          }
          if duration <= .zero {
            continuation.resume()
            return []
          }
          state.sleepers.append(Sleeper(id: id, until: state.uptime + duration, continuation: continuation))
          return ManualTime.takeReadyWaiters(&state)
        }
        for waiter in ready { waiter.resume() }
      }
    } onCancel: {
      let sleeper: Sleeper? = state.withLock { state in
        guard let index = state.sleepers.firstIndex(where: { $0.id == id }) else {
          state.cancelled.insert(id)
          return nil
        }
        return state.sleepers.remove(at: index)
      }
      sleeper?.continuation.resume(throwing: CancellationError())
    }
  }

  /// Waits until at least `count` tasks sleep.
  public func waitForSleepers(_ count: Int = 1) async {
    await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
      let isReady = state.withLock { state in
        if state.sleepers.count >= count { return true }
        state.waiters.append((count, continuation))
        return false
      }
      if isReady { continuation.resume() }
    }
  }

  /// Moves both clocks forward and wakes whoever's time has come.
  public func advance(by duration: Duration) {
    let woken: [Sleeper] = state.withLock { state in
      state.uptime += duration
      state.now = state.now + duration
      let due = state.sleepers.filter { $0.until <= state.uptime }
      state.sleepers.removeAll { $0.until <= state.uptime }
      return due.sorted { $0.until < $1.until }
    }
    for sleeper in woken { sleeper.continuation.resume() }
  }

  /// How long until the first sleeper wakes; nil where nobody sleeps.
  public func untilNextWake() -> Duration? {
    state.withLock { state in state.sleepers.map { $0.until - state.uptime }.min() }
  }

  /// Waits for a sleeper, then moves both clocks to the first one's time.
  public func advanceToNextWake() async {
    await waitForSleepers()
    if let length = untilNextWake() { advance(by: length) }
  }

  /// Steps the wall clock alone, as an operator or NTP would.
  public func step(to now: Instant) {
    state.withLock { $0.now = now }
  }

  private static func takeReadyWaiters(_ state: inout State) -> [CheckedContinuation<Void, Never>] {
    let count = state.sleepers.count
    let ready = state.waiters.filter { $0.count <= count }.map(\.continuation)
    state.waiters.removeAll { $0.count <= count }
    return ready
  }
}

/// SplitMix64: the same numbers for the same seed.
public final class SeededRandom: RandomSource {
  private let state: Mutex<UInt64>

  public init(seed: UInt64) { state = Mutex(seed) }

  public func next() -> UInt64 {
    state.withLock { state in
      state &+= 0x9E37_79B9_7F4A_7C15
      var word = state
      word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
      word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
      return word ^ (word >> 31)
    }
  }
}
