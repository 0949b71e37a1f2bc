internal import Synchronization

/// A lock for one or a few holders, which tasks wait for without blocking a thread, in the order of their coming. A task
/// that is cancelled while it waits leaves the line.
public final class FairLock: Sendable {
  private struct Waiter {
    var id: Int
    var continuation: CheckedContinuation<Bool, Never>
  }

  private struct State {
    var free: Int
    var waiters: [Waiter] = []
    var head = 0
    var nextID = 0
  }

  private let places: Int
  private let state: Mutex<State>

  /// A lock that nobody holds.
  ///
  /// - Parameter places: how many may hold it at a time.
  public init(places: Int = 1) {
    self.places = places
    state = Mutex(State(free: places))
  }

  /// Waits for a place, behind those who wait already.
  ///
  /// - Returns: false where the task was cancelled; the lock is then not held.
  public func lock() async -> Bool {
    let id = state.withLock { state in
      state.nextID += 1
      return state.nextID
    }
    return await withTaskCancellationHandler {
      await withCheckedContinuation { (continuation: CheckedContinuation<Bool, Never>) in
        let answer: Bool? = state.withLock { state in
          if state.free > 0 {
            state.free -= 1
            return true
          }
          state.waiters.append(Waiter(id: id, continuation: continuation))
          return nil
        }
        if let answer {
          continuation.resume(returning: answer)
        } else if Task.isCancelled {
          // The handler may have run before this task was in the line.
          cancel(id)
        }
      }
    } onCancel: {
      cancel(id)
    }
  }

  /// Takes a place without waiting.
  ///
  /// - Returns: whether one was free, which is then held.
  public func tryLock() -> Bool {
    state.withLock { state in
      if state.free == 0 { return false }
      state.free -= 1
      return true
    }
  }

  /// Hands the lock to the first that waits.
  public func unlock() {
    let next: CheckedContinuation<Bool, Never>? = state.withLock { state in
      precondition(state.free < places, "unlocked a lock that nobody holds")
      guard state.head < state.waiters.count else {
        state.free += 1
        state.waiters.removeAll()
        state.head = 0
        return nil
      }
      let waiter = state.waiters[state.head]
      state.head += 1
      if state.head > 64, state.head * 2 > state.waiters.count {
        state.waiters.removeFirst(state.head)
        state.head = 0
      }
      return waiter.continuation
    }
    next?.resume(returning: true)
  }

  private func cancel(_ id: Int) {
    let waiter: CheckedContinuation<Bool, Never>? = state.withLock { state in
      guard let index = state.waiters[state.head...].firstIndex(where: { $0.id == id }) else {
        return nil
      }
      return state.waiters.remove(at: index).continuation
    }
    waiter?.resume(returning: false)
  }
}
