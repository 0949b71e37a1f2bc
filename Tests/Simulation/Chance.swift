public import JobModel
internal import TestSupport

/// One stream of random numbers of a simulation. Each purpose has a stream of its own, so that what one draws
/// changes nothing for the others.
public final class Chance: RandomSource {
  private let numbers: SeededRandom

  public init(seed: UInt64, for purpose: String) {
    // FNV-1a.
    let mixed = purpose.utf8.reduce(0xcbf2_9ce4_8422_2325 ^ seed) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
    numbers = SeededRandom(seed: mixed)
  }

  public func next() -> UInt64 { numbers.next() }

  public func number(_ range: ClosedRange<Int>) -> Int {
    range.lowerBound + Int(next() % UInt64(range.count))
  }

  public func length(_ seconds: ClosedRange<Double>) -> Duration {
    let part = Double(next() >> 11) / Double(1 << 53)
    return .milliseconds(Int64((seconds.lowerBound + (seconds.upperBound - seconds.lowerBound) * part) * 1_000))
  }

  /// - Parameter probability: from 0 to 1.
  public func happens(_ probability: Double) -> Bool {
    probability > 0 && Double(next() >> 11) / Double(1 << 53) < probability
  }

  public func pick<Element>(_ elements: [Element]) -> Element { elements[number(0...elements.count - 1)] }
}
