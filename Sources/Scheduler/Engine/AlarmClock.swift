internal import JobModel
internal import Synchronization

/// The one alarm clock for everything that waits: schedules for instants of the wall clock, retries and
/// timeouts for lengths on the monotonic clock. A wall clock that is set moves the former and not the latter.
///
/// It sleeps in slices of a ``TimeSource/nap``, so that a stepped clock is seen within a second, and costs
/// one wake-up a second however many alarms there are.
final class AlarmClock<Name: Hashable & Sendable>: Sendable {
  private struct State {
    var instants = AlarmQueue<Name, Instant>()
    var lengths = AlarmQueue<Name, Duration>()
    var nap: Task<Void, Never>?
    /// When the nap ends, on the monotonic clock.
    var napUntil = Duration.zero
  }

  private let time: any TimeSource
  private let state = Mutex(State())

  init(time: any TimeSource) { self.time = time }

  /// Sets the alarm of this name for an instant of the wall clock, in place of an earlier one.
  func set(_ name: Name, at instant: Instant) {
    change(for: instant - time.now()) { state, _ in
      state.lengths.remove(name)
      state.instants.set(name, at: instant)
    }
  }

  /// Sets the alarm of this name for when a length is over, in place of an earlier one.
  func set(_ name: Name, after length: Duration) {
    change(for: length) { state, uptime in
      state.instants.remove(name)
      state.lengths.set(name, at: uptime + length)
    }
  }

  func remove(_ name: Name) {
    state.withLock { state in
      state.instants.remove(name)
      state.lengths.remove(name)
    }
  }

  /// Hands over what is due, until cancelled.
  func run(_ deliver: @Sendable ([Name]) async -> Void) async {
    while !Task.isCancelled {
      let due = takeDue()
      if due.isEmpty { await sleep() } else { await deliver(due) }
    }
  }

  private func change(for length: Duration, _ edit: (inout State, Duration) -> Void) {
    let uptime = time.uptime()
    state.withLock { state in
      edit(&state, uptime)
      if uptime + length < state.napUntil { state.nap?.cancel() }
    }
  }

  private func takeDue() -> [Name] {
    let (now, uptime) = (time.now(), time.uptime())
    return state.withLock { $0.instants.takeDue(now) + $0.lengths.takeDue(uptime) }
  }

  /// Until the first alarm, but no longer than a slice; ended early by an alarm that is set before.
  private func sleep() async {
    let (now, uptime) = (time.now(), time.uptime())
    let nap = state.withLock { state in
      let lengths = [state.instants.first.map { $0 - now }, state.lengths.first.map { $0 - uptime }]
      let length = max(.zero, min(time.nap, lengths.compactMap(\.self).min() ?? time.nap))
      let nap = Task { [time] in _ = try? await time.sleep(for: length) }
      state.nap = nap
      state.napUntil = uptime + length
      return nap
    }
    await withTaskCancellationHandler {
      await nap.value
    } onCancel: {
      nap.cancel()
    }
  }
}
