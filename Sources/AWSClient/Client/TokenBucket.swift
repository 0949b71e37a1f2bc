internal import JobModel

/// A token bucket whose rate gives way to throttling: halved when AWS throttles, and growing back over the
/// following seconds. A value; the time is an argument, on the monotonic clock.
public struct TokenBucket: Equatable, Sendable {
  /// However often AWS throttles, this part of the rate stays.
  private static let lowestShare = 1.0 / 16
  /// A second's growth, as a part of the full rate: from half to full in ten seconds.
  private static let growthShare = 1.0 / 20
  /// Throttling of requests that were on their way together halves the rate once.
  private static let halvingInterval = Duration.seconds(1)

  /// The most that may be taken at once.
  public private(set) var burst: Double
  /// Tokens a second, undisturbed.
  public private(set) var fullRate: Double
  /// Tokens a second now.
  public private(set) var rate: Double
  private var tokens: Double
  private var updatedAt: Duration
  private var halvedAt: Duration?

  public init(burst: Double, rate: Double, at now: Duration) {
    precondition(burst >= 1 && rate > 0, "a bucket that never fills")
    self.burst = burst
    fullRate = rate
    self.rate = rate
    tokens = burst
    updatedAt = now
  }

  /// Takes tokens, or says how long until there may be enough.
  ///
  /// - Parameter cost: at most ``burst`` of it has to be there; the rest is owed.
  public mutating func take(_ cost: Double = 1, at now: Duration) -> Duration? {
    refill(at: now)
    let needed = min(cost, burst)
    // Adding up fractions must not make somebody wait for a billionth of a token.
    guard tokens + 1e-9 < needed else {
      tokens -= cost
      return nil
    }
    // A wait of 1.0000000001 ms is one of 1 ms: fractions again.
    return .milliseconds(max(1, Int64(((needed - tokens) / rate * 1_000 - 1e-6).rounded(.up))))
  }

  /// AWS turned a request away: what is left is forfeited, and the rate is halved.
  public mutating func throttled(at now: Duration) {
    refill(at: now)
    if let halvedAt, now - halvedAt < TokenBucket.halvingInterval { return }
    halvedAt = now
    rate = max(rate / 2, fullRate * TokenBucket.lowestShare)
    tokens = min(tokens, 0)
  }

  /// Another size and rate from now on. What throttling has left of the rate stays the same part of it; a larger
  /// bucket has to fill first.
  public mutating func change(burst: Double, rate: Double, at now: Duration) {
    precondition(burst >= 1 && rate > 0, "a bucket that never fills")
    refill(at: now)
    self.rate *= rate / fullRate
    fullRate = rate
    self.burst = burst
    tokens = min(tokens, burst)
  }

  private mutating func refill(at now: Duration) {
    let elapsed = max(0, (now - updatedAt).inSeconds)
    updatedAt = max(updatedAt, now)
    // The rate grows in a straight line up to the full one; the tokens are the area below it.
    let growth = fullRate * TokenBucket.growthShare
    let growing = min(elapsed, (fullRate - rate) / growth)
    let grown = rate + growth * growing
    tokens = min(burst, tokens + (rate + grown) / 2 * growing + fullRate * (elapsed - growing))
    rate = growing < elapsed ? fullRate : grown
  }
}
