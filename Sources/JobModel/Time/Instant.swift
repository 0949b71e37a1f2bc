/// A point in time: whole milliseconds since 1970-01-01T00:00:00Z, without leap seconds (POSIX time).
///
/// Milliseconds because that is what the store keeps and what Step Functions prints in a history;
/// schedules only ever produce whole seconds.
public struct Instant: Hashable, Comparable, Sendable {
  public var milliseconds: Int64

  public init(milliseconds: Int64) {
    self.milliseconds = milliseconds
  }

  public init(seconds: Int64) {
    self.milliseconds = seconds * 1_000
  }

  /// Whole seconds since 1970, rounded down (also before 1970).
  public var seconds: Int64 {
    let quotient = milliseconds / 1_000
    return milliseconds % 1_000 < 0 ? quotient - 1 : quotient
  }

  public static func < (left: Instant, right: Instant) -> Bool {
    left.milliseconds < right.milliseconds
  }

  /// The instant `duration` later, to the millisecond; saturates instead of trapping, since lengths
  /// come out of users' files.
  public static func + (instant: Instant, duration: Duration) -> Instant {
    let (sum, overflow) = instant.milliseconds.addingReportingOverflow(duration.wholeMilliseconds)
    if overflow { return duration < .zero ? .distantPast : .distantFuture }
    return Instant(milliseconds: sum)
  }

  public static func - (instant: Instant, duration: Duration) -> Instant {
    instant + (.zero - duration)
  }

  /// The length from `right` to `left`.
  public static func - (left: Instant, right: Instant) -> Duration {
    .milliseconds(left.milliseconds - right.milliseconds)
  }

  /// 9999-12-31T23:59:59.999Z, the last instant with a four-digit year.
  public static let distantFuture = Instant(milliseconds: 253_402_300_799_999)
  /// 0001-01-01T00:00:00Z.
  public static let distantPast = Instant(milliseconds: -62_135_596_800_000)
}

extension Duration {
  /// The length in whole milliseconds, rounded towards zero; saturates.
  public var wholeMilliseconds: Int64 {
    let (seconds, attoseconds) = components
    let (scaled, overflow) = seconds.multipliedReportingOverflow(by: 1_000)
    if overflow { return seconds < 0 ? .min : .max }
    let (sum, overflowed) = scaled.addingReportingOverflow(attoseconds / 1_000_000_000_000_000)
    return overflowed ? (seconds < 0 ? .min : .max) : sum
  }

  /// The length in seconds, as a fraction.
  public var inSeconds: Double {
    Double(components.seconds) + Double(components.attoseconds) / 1e18
  }
}
