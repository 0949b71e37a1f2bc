internal import Synchronization

/// The port, once there is one: whoever asks earlier waits.
final class Listening: Sendable {
  private struct State {
    var result: Result<Int, SimulatorError>?
    var waiters: [CheckedContinuation<Int, any Error>] = []
  }

  private let state = Mutex(State())

  func port() async throws -> Int {
    try await withCheckedThrowingContinuation { continuation in
      let result = state.withLock { state in
        if state.result == nil { state.waiters.append(continuation) }
        return state.result
      }
      if let result { continuation.resume(with: result.mapError { $0 }) }
    }
  }

  /// The first result stands.
  func settle(_ result: Result<Int, SimulatorError>) {
    let waiters = state.withLock { state in
      guard state.result == nil else { return [CheckedContinuation<Int, any Error>]() }
      state.result = result
      defer { state.waiters = [] }
      return state.waiters
    }
    for waiter in waiters { waiter.resume(with: result.mapError { $0 }) }
  }
}
