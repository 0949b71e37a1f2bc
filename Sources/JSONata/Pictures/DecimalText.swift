/// Doubles as decimal text and back to digits, by JavaScript's rules.
enum DecimalText {
  /// JavaScript's `String(value)`: the shortest digits that name the double, with an exponent from 1e21 up and
  /// below 1e-6 (ECMA-262, Number::toString).
  static func plain(_ value: Double) -> String {
    if value.isNaN { return "NaN" }
    if value.isInfinite { return value < 0 ? "-Infinity" : "Infinity" }
    if value == 0 { return "0" }
    let (digits, point) = shortest(value.magnitude)
    let sign = value < 0 ? "-" : ""
    switch point {
    case digits.count...21: return sign + digits + String(repeating: "0", count: point - digits.count)
    case 1...21: return sign + digits.prefix(point) + "." + digits.dropFirst(point)
    case -5...0: return sign + "0." + String(repeating: "0", count: -point) + digits
    default:
      let fraction = digits.count > 1 ? "." + digits.dropFirst() : ""
      return sign + digits.prefix(1) + fraction + "e" + (point > 0 ? "+" : "-") + String(abs(point - 1))
    }
  }

  /// The digits without zeros at the ends, and how many of them stand before the point.
  private static func shortest(_ magnitude: Double) -> (digits: String, point: Int) {
    let parts = magnitude.description.split(separator: "e")
    let mantissa = parts[0].split(separator: ".", omittingEmptySubsequences: false)
    let fraction = mantissa.count > 1 ? mantissa[1] : ""
    let all = mantissa[0] + fraction
    let digits = all.drop { $0 == "0" }
    let exponent = parts.count > 1 ? Int(parts[1]) ?? 0 : 0
    let point = mantissa[0].count - (all.count - digits.count) + exponent
    var significant = String(digits)
    while significant.count > 1, significant.last == "0" { significant.removeLast() }
    return (significant, point)
  }

  /// Rounds to a number of decimals, halves to the even digit, as `$round` does: by the decimal digits of the
  /// shortest text rather than by the binary value, so that 2.675 is a half.
  static func rounded(_ value: Double, decimals: Int) -> Double {
    let shifted = shifting(value, by: decimals)
    guard shifted.isFinite else { return value }
    let result = shifting(shifted.rounded(.toNearestOrEven), by: -decimals)
    return result == 0 ? 0 : result
  }

  private static func shifting(_ value: Double, by places: Int) -> Double {
    if places == 0 || value == 0 || !value.isFinite { return value }
    let parts = value.description.split(separator: "e")
    let exponent = (parts.count > 1 ? Int(parts[1]) ?? 0 : 0) + places
    return Double("\(parts[0])e\(exponent)") ?? value
  }

  /// JavaScript's `toFixed` of the magnitude: the digits of the exact binary value, halves away from zero, for
  /// any size.
  static func fixed(_ value: Double, decimals: Int) -> (integer: String, fraction: String) {
    let digits = WholeNumber(value, decimals: decimals).digits(radix: 10)
    let padded = String(repeating: "0", count: max(0, decimals + 1 - digits.count)) + digits
    return (String(padded.dropLast(decimals)), String(padded.suffix(decimals)))
  }

  /// A whole number in another base, by its exact value; in base 10 as JavaScript writes it.
  static func whole(_ value: Double, radix: Int) -> String {
    if radix == 10 || !value.isFinite { return plain(value) }
    return (value < 0 ? "-" : "") + WholeNumber(value, decimals: 0).digits(radix: UInt32(radix))
  }
}

/// A whole number of any size; just what exact decimal digits need.
private struct WholeNumber {
  /// The lowest first.
  private var words: [UInt32]

  /// The magnitude times a power of ten, rounded.
  init(_ value: Double, decimals: Int) {
    let isNormal = value.isNormal
    let significand = value.significandBitPattern | (isNormal ? 1 << 52 : 0)
    words = [UInt32(truncatingIfNeeded: significand), UInt32(truncatingIfNeeded: significand >> 32)]
    for _ in 0..<decimals { multiply(by: 10) }
    let exponent = isNormal ? Int(value.exponent) - 52 : -1074
    if exponent >= 0 { shiftLeft(exponent) } else { shiftRightRounding(-exponent) }
  }

  /// Adds a value that is shifted by whole words.
  private mutating func add(_ value: UInt64, at index: Int) {
    var carry = value
    var index = index
    while carry > 0 {
      if index == words.count { words.append(0) }
      let sum = UInt64(words[index]) + carry & 0xFFFF_FFFF
      words[index] = UInt32(truncatingIfNeeded: sum)
      carry = carry >> 32 + sum >> 32
      index += 1
    }
  }

  private mutating func multiply(by factor: UInt32) {
    var carry: UInt64 = 0
    for index in words.indices {
      let product = UInt64(words[index]) * UInt64(factor) + carry
      words[index] = UInt32(truncatingIfNeeded: product)
      carry = product >> 32
    }
    if carry > 0 { words.append(UInt32(carry)) }
  }

  private mutating func shiftLeft(_ bits: Int) {
    multiply(by: 1 << UInt32(bits % 32))
    words.insert(contentsOf: repeatElement(0, count: bits / 32), at: 0)
  }

  /// Divides by a power of two; halves are rounded up.
  private mutating func shiftRightRounding(_ bits: Int) {
    let half = bits - 1
    while words.count <= half / 32 { words.append(0) }
    add(1 << UInt64(half % 32), at: half / 32)
    words.removeFirst(min(words.count, bits / 32))
    let shift = UInt32(bits % 32)
    for index in words.indices where shift > 0 {
      let above = index + 1 < words.count ? words[index + 1] : 0
      words[index] = words[index] >> shift | above << (32 - shift)
    }
    if words.isEmpty { words = [0] }
  }

  func digits(radix: UInt32) -> String {
    var rest = words
    var digits: [String] = []
    while let last = rest.last {
      if last == 0 {
        rest.removeLast()
        continue
      }
      var remainder: UInt64 = 0
      for index in rest.indices.reversed() {
        let part = remainder << 32 | UInt64(rest[index])
        rest[index] = UInt32(part / UInt64(radix))
        remainder = part % UInt64(radix)
      }
      digits.append(String(remainder, radix: Int(radix)))
    }
    return digits.isEmpty ? "0" : digits.reversed().joined()
  }
}
