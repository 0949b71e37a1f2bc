/// The only way in which jobd learns the time (ARCHITECTURE.md: two clocks, both injected).
public protocol TimeSource: Sendable {
  /// The wall clock: for schedules and for what people read. It may be stepped, forward or back.
  func now() -> Instant

  /// The monotonic clock: the length since some fixed moment, for measuring lengths.
  func uptime() -> Duration

  /// Waits for a length on the monotonic clock. Throws `CancellationError` when the task is cancelled.
  func sleep(for duration: Duration) async throws

  /// How long one may sleep at a time while one waits for an instant of the wall clock, so that it is seen soon
  /// when that clock is set.
  var nap: Duration { get }
}

extension TimeSource {
  public var nap: Duration { .seconds(1) }
}
