internal import JobModel
internal import Synchronization

/// Wakes one waiter before its time. Ringing while nobody waits is remembered once.
final class Bell: Sendable {
  private struct State {
    var hasRung = false
    var nap: Task<Void, Never>?
  }

  private let state = Mutex(State())

  func ring() {
    state.withLock { state in
      state.hasRung = true
      state.nap?.cancel()
    }
  }

  /// Returns after `length`, when the bell is rung, or when the task is cancelled.
  func wait(atMost length: Duration, time: any TimeSource) async {
    let nap = state.withLock { state -> Task<Void, Never>? in
      if state.hasRung {
        state.hasRung = false
        return nil
      }
      let nap = Task { _ = try? await time.sleep(for: length) }
      state.nap = nap
      return nap
    }
    guard let nap else { return }
    await withTaskCancellationHandler {
      await nap.value
    } onCancel: {
      nap.cancel()
    }
    state.withLock { $0 = State() }
  }
}
