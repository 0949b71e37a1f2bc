/// A set of Unicode code points, as a character class names them.
struct ScalarSet: Sendable {
  /// In order, without overlaps.
  private let ranges: [ClosedRange<UInt32>]
  private let isNegated: Bool
  /// The first 128, one bit each, before negation.
  private let ascii: (UInt64, UInt64)

  init(_ ranges: [ClosedRange<UInt32>], isNegated: Bool = false) {
    let merged = ScalarSet.merged(ranges)
    self.ranges = merged
    self.isNegated = isNegated
    var bits: (UInt64, UInt64) = (0, 0)
    for range in merged where range.lowerBound < 128 {
      for code in range.lowerBound...min(range.upperBound, 127) {
        if code < 64 { bits.0 |= 1 << UInt64(code) } else { bits.1 |= 1 << UInt64(code - 64) }
      }
    }
    ascii = bits
  }

  func contains(_ code: UInt32) -> Bool { names(code) != isNegated }

  /// Whether it holds a character that differs at most in case.
  func containsIgnoringCase(_ code: UInt32) -> Bool {
    if names(code) { return !isNegated }
    let folded = RegexCase.folded(code)
    if names(folded) { return !isNegated }
    // A lowercase letter of a long range, whose members `addingFolded` did not visit.
    let lowered = RegexCase.lowered(folded)
    return (names(lowered) && RegexCase.folded(lowered) == folded) != isNegated
  }

  /// The set with the folded forms of its members, for ``containsIgnoringCase(_:)``.
  func addingFolded() -> ScalarSet {
    var all = ranges
    for range in ranges where range.count <= ScalarSet.foldedRange {
      for code in range {
        let folded = RegexCase.folded(code)
        if folded != code { all.append(folded...folded) }
      }
    }
    return ScalarSet(all, isNegated: isNegated)
  }

  private static let foldedRange = 256

  private func names(_ code: UInt32) -> Bool {
    if code < 64 { return ascii.0 >> UInt64(code) & 1 == 1 }
    if code < 128 { return ascii.1 >> UInt64(code - 64) & 1 == 1 }
    var low = 0
    var high = ranges.count
    while low < high {
      let middle = (low + high) / 2
      if ranges[middle].upperBound < code { low = middle + 1 } else { high = middle }
    }
    return low < ranges.count && ranges[low].lowerBound <= code
  }

  private static func merged(_ ranges: [ClosedRange<UInt32>]) -> [ClosedRange<UInt32>] {
    var merged: [ClosedRange<UInt32>] = []
    for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
      if let last = merged.last, range.lowerBound <= last.upperBound {
        merged[merged.count - 1] = last.lowerBound...max(last.upperBound, range.upperBound)
      } else {
        merged.append(range)
      }
    }
    return merged
  }
}

extension ScalarSet {
  static let digitRanges: [ClosedRange<UInt32>] = [48...57]
  static let wordRanges: [ClosedRange<UInt32>] = [48...57, 65...90, 95...95, 97...122]
  /// ECMA-262 WhiteSpace and LineTerminator.
  static let spaceRanges: [ClosedRange<UInt32>] = [
    9...13, 32...32, 0xA0...0xA0, 0x1680...0x1680, 0x2000...0x200A, 0x2028...0x2029, 0x202F...0x202F,
    0x205F...0x205F, 0x3000...0x3000, 0xFEFF...0xFEFF,
  ]

  /// Everything that the ranges, in order and apart, leave out.
  static func complement(_ ranges: [ClosedRange<UInt32>]) -> [ClosedRange<UInt32>] {
    var rest: [ClosedRange<UInt32>] = []
    var next: UInt32 = 0
    for range in ranges {
      if range.lowerBound > next { rest.append(next...(range.lowerBound - 1)) }
      next = range.upperBound + 1
    }
    return rest + [next...0x10FFFF]
  }

  static func isLineEnd(_ code: UInt32) -> Bool {
    code == 10 || code == 13 || code == 0x2028 || code == 0x2029
  }

  static func isWord(_ code: UInt32) -> Bool {
    switch code {
    case 48...57, 65...90, 95, 97...122: true
    default: false
    }
  }
}

/// How characters compare under the flag `i` (ECMA-262, Canonicalize, without the flag `u`).
enum RegexCase {
  /// The uppercase form where it is one character; nothing outside ASCII becomes ASCII.
  static func folded(_ code: UInt32) -> UInt32 {
    if code < 128 { return (97...122).contains(code) ? code - 32 : code }
    guard let scalar = Unicode.Scalar(code) else { return code }
    let upper = scalar.properties.uppercaseMapping.unicodeScalars
    guard let first = upper.first, upper.count == 1, first.value >= 128 else { return code }
    return first.value
  }

  static func lowered(_ code: UInt32) -> UInt32 {
    if code < 128 { return (65...90).contains(code) ? code + 32 : code }
    guard let scalar = Unicode.Scalar(code) else { return code }
    let lower = scalar.properties.lowercaseMapping.unicodeScalars
    guard let first = lower.first, lower.count == 1 else { return code }
    return first.value
  }
}
