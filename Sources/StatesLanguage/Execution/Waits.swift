public import JobModel

/// Something that an execution does by itself at a time, for people who look at it.
public struct ExecutionWait: Equatable, Sendable {
  /// Whether it is the next attempt of a state that failed; otherwise the end of a Wait.
  public var isRetry: Bool
  public var state: String
  public var until: Instant
}

extension Execution {
  /// What the execution waits for, the soonest first.
  public var waits: [ExecutionWait] {
    scopes.values.values.compactMap { scope in
      let (isRetry, timer): (Bool, Int)
      switch scope.visit.phase {
      case .retrying(let number): (isRetry, timer) = (true, number)
      case .waiting(let number): (isRetry, timer) = (false, number)
      case .running, .task, .inside, .entering: return nil
      }
      return timers[timer].map { ExecutionWait(isRetry: isRetry, state: scope.visit.state, until: $0) }
    }.sorted { $0.until < $1.until }
  }
}

extension Execution {
  /// Whether a timer stands for a point in time that the definition or the input names (a Wait's Timestamp)
  /// rather than for a length: the one follows the wall clock when it is set, the other does not.
  public func isTimestamp(_ timer: Int) -> Bool {
    guard let key = timerScopes[timer], let scope = scopes.values[key], case .waiting(timer) = scope.visit.phase,
      case .wait(let wait)? = state(of: scope)?.kind
    else { return false }
    return switch wait.until {
    case .timestamp, .timestampPath, .timestampQuery: true
    case .seconds: false
    }
  }
}
