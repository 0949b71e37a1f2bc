import JobModel
import Synchronization

/// Clocks on which every sleep is over at once and moves them by its length: for code that does one
/// thing after the other.
final class SteppingTime: TimeSource {
  private struct State {
    var now: Instant
    var uptime: Duration = .zero
    var sleeps: [Duration] = []
  }

  private let state: Mutex<State>

  init(now: Instant = .reference) { state = Mutex(State(now: now)) }

  func now() -> Instant { state.withLock { $0.now } }
  func uptime() -> Duration { state.withLock { $0.uptime } }
  var sleeps: [Duration] { state.withLock { $0.sleeps } }

  func sleep(for duration: Duration) async throws {
    try Task.checkCancellation()
    advance(by: duration)
    state.withLock { $0.sleeps.append(duration) }
  }

  func advance(by duration: Duration) {
    state.withLock { state in
      state.now = state.now + duration
      state.uptime += duration
    }
  }

  /// Steps the wall clock alone.
  func step(by duration: Duration) { state.withLock { $0.now = $0.now + duration } }
}

extension Instant {
  /// 2026-11-21T03:00:00Z.
  static let reference = Instant(seconds: 1_795_230_000)
}
