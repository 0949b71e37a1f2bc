/// A set of small numbers that a field of an expression selects.
protocol NumberSet {
  mutating func insert(_ number: Int)
}

/// Numbers from 0 to 63, a bit each.
struct SmallNumberSet: NumberSet, Hashable, Sendable {
  var bits: UInt64 = 0

  init() {}
  init(_ range: ClosedRange<Int>) { for number in range { insert(number) } }
  init(single number: Int) { insert(number) }

  mutating func insert(_ number: Int) { bits |= 1 << UInt64(number) }
  func contains(_ number: Int) -> Bool { bits >> UInt64(number) & 1 == 1 }
  var isEmpty: Bool { bits == 0 }
  var count: Int { bits.nonzeroBitCount }

  /// The smallest number of the set that is not less than `number`, which may be up to 64.
  func next(from number: Int) -> Int? {
    let rest = number > 63 ? 0 : bits & (~0 << UInt64(number))
    return rest == 0 ? nil : rest.trailingZeroBitCount
  }

  /// The numbers in ascending order.
  var numbers: [Int] { (0..<64).filter(contains) }
}

/// Years from 1970 to 2199, a bit each: the years that EventBridge knows.
struct YearSet: NumberSet, Hashable, Sendable {
  static let years = 1970...2199
  /// Made once: most expressions name no year.
  static let all: YearSet = {
    var all = YearSet()
    for year in years { all.insert(year) }
    return all
  }()

  private var words = SIMD4<UInt64>.zero

  mutating func insert(_ year: Int) {
    let bit = year - YearSet.years.lowerBound
    words[bit / 64] |= 1 << UInt64(bit % 64)
  }

  func contains(_ year: Int) -> Bool {
    guard YearSet.years.contains(year) else { return false }
    let bit = year - YearSet.years.lowerBound
    return words[bit / 64] >> UInt64(bit % 64) & 1 == 1
  }

  /// The first year of the set that is not before `year`.
  func next(from year: Int) -> Int? {
    var bit = max(0, year - YearSet.years.lowerBound)
    while bit < 256 {
      let rest = words[bit / 64] >> UInt64(bit % 64)
      if rest != 0 { return YearSet.years.lowerBound + bit + rest.trailingZeroBitCount }
      bit = (bit / 64 + 1) * 64
    }
    return nil
  }

  var numbers: [Int] { YearSet.years.filter(contains) }
}
