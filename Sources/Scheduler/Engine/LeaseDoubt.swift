internal import JobModel

/// Whether the wall clock tells if another instance's lease is over.
///
/// Leases end at instants of the wall clock. Right after that was stepped forward, every lease that ends before the
/// new time seems to be over, though its owner lives and is about to renew it. A step shows in what the monotonic
/// clock says of the time since the last look.
struct LeaseDoubt: Sendable {
  /// Less than this is no step but the clocks' own difference; it hides no lease that is renewed in time.
  private static let tolerated = Duration.seconds(1)

  private var last: (now: Instant, uptime: Duration)?
  private var doubtedUntil = Duration.zero

  /// To be called at every look at the leases.
  ///
  /// - Parameter lease: how long a lease lasts, in which a living instance renews it.
  /// - Returns: whether a lease that seems to be over may be one that a step has overtaken.
  mutating func look(now: Instant, uptime: Duration, lease: Duration) -> Bool {
    if let last, (now - last.now) - (uptime - last.uptime) > Self.tolerated { doubtedUntil = uptime + lease }
    last = (now, uptime)
    return uptime < doubtedUntil
  }
}
