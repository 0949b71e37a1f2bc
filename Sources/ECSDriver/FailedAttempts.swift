internal import AWSClient

/// Attempts of one call that have failed in a row: how long to wait before the next, and when a refusal is believed.
///
/// What AWS does not answer is asked for again without end. What it refuses is, too, for half a minute at the least:
/// a role that was just changed takes some seconds (IAM user guide, "Troubleshoot IAM").
struct FailedAttempts: Sendable {
  private var backoff: Backoff
  private var refusals = 0

  init(_ delays: ClosedRange<Duration>) { backoff = Backoff(delays) }

  /// - Returns: how long to wait before the next attempt; nil where AWS goes on refusing it, or a list has no end.
  mutating func delay(after error: AWSError, using generator: inout some RandomNumberGenerator) -> Duration? {
    if error.code == TaskFinder.tooMany { return nil }
    refusals = error.kind == .refused ? refusals + 1 : 0
    return refusals < ECSLimits.refusals ? backoff.next(using: &generator) : nil
  }

  /// An attempt has succeeded: the next failure is the first one again.
  mutating func reset() {
    backoff.reset()
    refusals = 0
  }
}
