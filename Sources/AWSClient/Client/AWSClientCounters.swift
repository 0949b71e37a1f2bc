/// What a client has done since it was made, for metrics.
public struct AWSClientCounters: Equatable, Sendable {
  public struct Operation: Equatable, Sendable {
    /// Calls by the program.
    public var calls = 0
    /// Requests beyond the first of a call.
    public var retries = 0
    /// Requests that AWS turned away unread.
    public var throttles = 0
    /// Calls that ended with an error.
    public var failures = 0
    /// The time that calls waited for the client's own rate limits.
    public var waited = Duration.zero

    public init() {}
  }

  /// By service and operation: `ecs.RunTask`.
  public var operations: [String: Operation] = [:]

  public init() {}
}
