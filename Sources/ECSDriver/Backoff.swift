/// Delays that double from the first to the longest, each drawn from its upper half, so that many
/// launches that failed together do not come back together.
struct Backoff: Equatable, Sendable {
  var delays: ClosedRange<Duration>
  private(set) var attempts = 0

  init(_ delays: ClosedRange<Duration>) { self.delays = delays }

  mutating func next(using generator: inout some RandomNumberGenerator) -> Duration {
    let doubled = delays.lowerBound * (1 << min(attempts, 20))
    attempts += 1
    return min(doubled, delays.upperBound) * Double.random(in: 0.5...1, using: &generator)
  }

  mutating func reset() { attempts = 0 }
}
