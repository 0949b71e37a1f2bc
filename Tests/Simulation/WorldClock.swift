internal import HeapModule
public import JobModel
internal import Synchronization

/// The time of a simulation: a monotonic clock that jumps from sleeper to sleeper, and the wall clock of the hosts,
/// which can be set. ECS has clocks of its own that nobody sets: ``trueTime``.
public final class WorldClock: Sendable {
  private struct Sleeper: Comparable {
    var until: Duration
    var id: Int

    static func < (left: Sleeper, right: Sleeper) -> Bool { (left.until, left.id) < (right.until, right.id) }
  }

  private struct State {
    var uptime: Duration = .zero
    /// Of the wall clock against the true time.
    var offset: Duration = .zero
    var sleepers = Heap<Sleeper>()
    var continuations: [Int: CheckedContinuation<Void, any Error>] = [:]
    var cancelled: Set<Int> = []
    var nextID = 0
    /// When the wall clock will be set, ascending.
    var steps: [Duration] = []
    var isClosed = false
  }

  public let start: Instant
  private let state = Mutex(State())

  public init(start: Instant) { self.start = start }

  public var uptime: Duration { state.withLock { $0.uptime } }
  public var trueTime: Instant { start + uptime }
  public var wallClock: Instant { state.withLock { start + $0.uptime + $0.offset } }

  /// Sets the wall clock forward, or back.
  public func step(by length: Duration) { state.withLock { $0.offset += length } }

  /// Says beforehand when the wall clock will be set, which bounds ``nap``.
  public func willStep(at uptimes: [Duration]) { state.withLock { $0.steps = uptimes.sorted() } }

  /// How long somebody who waits for the wall clock may sleep without missing that it is set: in the real world a
  /// second at most, here until the next time that it is known to be.
  public var nap: Duration {
    state.withLock { state in
      state.steps.removeAll { $0 <= state.uptime }
      return min(.seconds(3_600), state.steps.first.map { $0 - state.uptime + .milliseconds(1) } ?? .seconds(3_600))
    }
  }

  public func sleep(for length: Duration) async throws {
    let id = state.withLock { state in
      state.nextID += 1
      return state.nextID
    }
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
        let isCancelled = state.withLock { state in
          if state.cancelled.remove(id) != nil || state.isClosed { return true }
          state.continuations[id] = continuation
          state.sleepers.insert(Sleeper(until: state.uptime + max(.zero, length), id: id))
          return false
        }
        if isCancelled { continuation.resume(throwing: CancellationError()) }
      }
    } onCancel: {
      let continuation = state.withLock { state in
        let continuation = state.continuations.removeValue(forKey: id)
        if continuation == nil { state.cancelled.insert(id) }
        return continuation
      }
      continuation?.resume(throwing: CancellationError())
    }
  }

  /// Moves to the first sleeper's time, and wakes whoever's has come; false where nobody sleeps.
  public func advance() -> Bool {
    let woken: [CheckedContinuation<Void, any Error>] = state.withLock { state in
      var woken: [CheckedContinuation<Void, any Error>] = []
      while let first = state.sleepers.min, woken.isEmpty || first.until <= state.uptime {
        state.sleepers.removeMin()
        guard let continuation = state.continuations.removeValue(forKey: first.id) else { continue }
        state.uptime = max(state.uptime, first.until)
        woken.append(continuation)
      }
      return woken
    }
    for continuation in woken { continuation.resume() }
    return !woken.isEmpty
  }

  /// Ends every sleep, at the end of a simulation.
  public func close() {
    let continuations = state.withLock { state in
      state.isClosed = true
      defer { state.continuations = [:] }
      return Array(state.continuations.values)
    }
    for continuation in continuations { continuation.resume(throwing: CancellationError()) }
  }
}
