/// The only way in which jobd draws random numbers, so that a test or a simulation can repeat them.
public protocol RandomSource: Sendable {
  func next() -> UInt64
}

/// The system's generator.
public struct SystemRandom: RandomSource {
  public init() {}

  public func next() -> UInt64 {
    var generator = SystemRandomNumberGenerator()
    return generator.next()
  }
}

/// A source as a standard library generator.
public struct RandomGenerator: RandomNumberGenerator, Sendable {
  private let source: any RandomSource

  public init(_ source: any RandomSource) { self.source = source }

  public mutating func next() -> UInt64 { source.next() }
}
