internal import AWSClient
internal import JobModel
internal import Synchronization

/// Whether a simulated process lives, stands still (as by SIGSTOP, or a host that swaps), or is dead.
///
/// Everything that it does to the world goes through ``act(_:)``, so that it can be stopped or killed between any
/// two of its effects.
public final class Life: Sendable {
  enum Blow: Sendable, Equatable {
    case before
    case after
  }

  /// Where it may come to stand still.
  public enum Place: Sendable, Equatable {
    case beforeCommit
    case afterCommit
    /// After a commit that begins launches, before their requests.
    case afterLaunch
    /// Between the permit to send a launch's request and its signature.
    case afterPermit
    /// Between the signature of a launch's request and its sending.
    case afterSignature
  }

  private struct State {
    var isDead = false
    var isPaused = false
    var waiters: [CheckedContinuation<Void, Never>] = []
    var effects = 0
    /// The effect at which it is killed, and on which side of it.
    var blow: (at: Int, side: Blow)?
    var whenKilled: (@Sendable () -> Void)?
    /// Where it is stopped, when it has come by there so often.
    var halt: (place: Place, times: Int)?
    var whenStopped: (@Sendable () -> Void)?
  }

  struct Dead: Error {}

  private let state = Mutex(State())

  public var isDead: Bool { state.withLock { $0.isDead } }
  /// Writes and calls so far.
  public var effects: Int { state.withLock { $0.effects } }

  /// What was to follow from a blow is forgotten: it knows the whole simulation, which knows this process.
  func die() {
    let forgotten = state.withLock { state in
      state.isDead = true
      defer { (state.whenKilled, state.whenStopped) = (nil, nil) }
      return (state.whenKilled, state.whenStopped)
    }
    withExtendedLifetime(forgotten) {}
  }

  func pause() { state.withLock { $0.isPaused = true } }

  func wake() {
    let waiters = state.withLock { state in
      state.isPaused = false
      defer { state.waiters = [] }
      return state.waiters
    }
    for waiter in waiters { waiter.resume() }
  }

  /// Kills the process at the effect that comes after so many others.
  func kill(after effects: Int, _ side: Blow, whenKilled: @escaping @Sendable () -> Void) {
    state.withLock { state in
      state.blow = (state.effects + max(1, effects), side)
      state.whenKilled = whenKilled
    }
  }

  /// Stops the process when it has come by a place so often.
  func pause(at place: Place, times: Int, whenStopped: @escaping @Sendable () -> Void) {
    state.withLock { state in
      state.halt = (place, max(1, times))
      state.whenStopped = whenStopped
    }
  }

  /// It comes by a place, and stands still there where it is to; whoever goes on asks ``goOn()``.
  func pass(_ place: Place) {
    let isStopped = state.withLock { state in
      guard !state.isDead, var halt = state.halt, halt.place == place else { return false }
      halt.times -= 1
      state.halt = halt.times > 0 ? halt : nil
      return halt.times == 0
    }
    if isStopped { stop() }
  }

  /// A commit, beside which the process may come to stand still.
  func commit<Value>(ofLaunch: Bool, _ effect: () async -> Value) async throws(Dead) -> Value {
    pass(.beforeCommit)
    return try await act {
      let value = await effect()
      pass(.afterCommit)
      if ofLaunch { pass(.afterLaunch) }
      return value
    }
  }

  /// It goes on, and does not come to stand still any more.
  func calm() {
    state.withLock { $0.halt = nil }
    wake()
  }

  private func stop() {
    pause()
    state.withLock { $0.whenStopped }?()
  }

  /// Returns while the process may go on; later, where it stands still.
  func goOn() async throws(Dead) {
    await withCheckedContinuation { continuation in
      let isPaused = state.withLock { state in
        if state.isPaused { state.waiters.append(continuation) }
        return state.isPaused
      }
      if !isPaused { continuation.resume() }
    }
    if isDead { throw Dead() }
  }

  /// Around each effect: throws before it where the process is dead, and after it where it dies of it.
  func act<Value>(_ effect: () async -> Value) async throws(Dead) -> Value {
    try await goOn()
    let blow = state.withLock { state -> Blow? in
      state.effects += 1
      guard let blow = state.blow, blow.at == state.effects else { return nil }
      state.blow = nil
      return blow.side
    }
    if blow == .before { strike() }
    if isDead { throw Dead() }
    let value = await effect()
    if blow == .after { strike() }
    try await goOn()
    return value
  }

  private func strike() {
    let whenKilled = state.withLock { $0.whenKilled }
    die()
    whenKilled?()
  }
}

/// The clocks as one process sees them: while it stands still nobody in it wakes.
struct ProcessTime: TimeSource {
  let clock: WorldClock
  let life: Life
  /// How far this host's wall clock is from the others'.
  let skew: Duration

  func now() -> Instant { clock.wallClock + skew }
  func uptime() -> Duration { clock.uptime }
  var nap: Duration { clock.nap }

  func sleep(for duration: Duration) async throws {
    try await clock.sleep(for: duration)
    do { try await life.goOn() } catch { throw CancellationError() }
  }
}
