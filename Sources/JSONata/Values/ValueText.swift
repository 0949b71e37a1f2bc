internal import Foundation
internal import JobModel

/// Values as text, the way JavaScript writes them.
enum ValueText {
  /// `Number.prototype.toString`: the fewest digits that read back as the same number.
  static func number(_ value: Double) -> String {
    if value == value.rounded(.towardZero), abs(value) < 1e15 { return String(Int64(value)) }
    if value.isNaN { return "NaN" }
    if value.isInfinite { return value < 0 ? "-Infinity" : "Infinity" }
    let (digits, exponent) = decimal(value.magnitude.description)
    let text: String
    let count = digits.count
    if exponent > 21 || exponent < -5 {
      let power = exponent - 1
      let fraction = count > 1 ? "." + digits.dropFirst() : ""
      text = digits.prefix(1) + fraction + "e" + (power < 0 ? "-" : "+") + String(abs(power))
    } else if exponent <= 0 {
      text = "0." + String(repeating: "0", count: -exponent) + digits
    } else if count <= exponent {
      text = digits + String(repeating: "0", count: exponent - count)
    } else {
      text = digits.prefix(exponent) + "." + digits.dropFirst(exponent)
    }
    return value < 0 ? "-" + text : text
  }

  /// Digits and the power of ten for `0.digits × 10^exponent`.
  private static func decimal(_ description: String) -> (digits: String, exponent: Int) {
    let parts = description.split(separator: "e", maxSplits: 1)
    let power = parts.count > 1 ? Int(parts[1]) ?? 0 : 0
    let mantissa = parts[0].split(separator: ".", omittingEmptySubsequences: false)
    let whole = mantissa[0]
    let fraction = mantissa.count > 1 && mantissa[1] != "0" ? mantissa[1] : ""
    let all = whole + fraction
    let leading = all.prefix { $0 == "0" }.count
    var digits = String(all.dropFirst(leading))
    while digits.hasSuffix("0") { digits.removeLast() }
    return (digits, whole.count + power - leading)
  }

  /// The number with at most 15 significant digits, as `$string` writes it; whole numbers keep all of theirs.
  static func rounded(_ value: Double) -> Double {
    if value == value.rounded(.towardZero) { return value }
    return Double(String(format: "%.14e", value)) ?? value
  }

  /// A value in an error's text: its JSON, cut where it is long.
  static func excerpt(of value: Value) -> String {
    var writer = ValueWriter(indentation: nil, limit: 300, isStrict: false)
    try? writer.write(value)
    let text = String(decoding: writer.bytes.prefix(300), as: UTF8.self)
    return writer.bytes.count > 300 ? text + "…" : text
  }

  /// `JSON.stringify` with numbers of 15 digits; functions are empty texts.
  static func json(_ value: Value, indentation: Int?, limit: Int) throws(JSONataError) -> String {
    var writer = ValueWriter(indentation: indentation, limit: limit, isStrict: true)
    try writer.write(value)
    return String(decoding: writer.bytes, as: UTF8.self)
  }
}

/// One pass over a value into a buffer, which it stops filling beyond `limit` bytes.
private struct ValueWriter {
  let indentation: Int?
  let limit: Int
  /// Whether what JSON cannot hold, or what is too long, is an error.
  let isStrict: Bool
  var bytes: [UInt8] = []
  private var depth = 0

  init(indentation: Int?, limit: Int, isStrict: Bool) {
    self.indentation = indentation
    self.limit = limit
    self.isStrict = isStrict
  }

  mutating func write(_ value: Value) throws(JSONataError) {
    if bytes.count > limit {
      if isStrict { throw .bound("The expression makes too much data") }
      return
    }
    switch value {
    case .null: bytes += "null".utf8
    case .bool(let value): bytes += (value ? "true" : "false").utf8
    case .number(let value): try write(number: value)
    case .string(let text): bytes += JSONValue.string(text).utf8
    case .function: bytes += "\"\"".utf8
    case .array(let list): try write(list)
    case .object(let members): try write(members)
    }
  }

  private mutating func write(number: Double) throws(JSONataError) {
    guard number.isFinite else {
      if number.isInfinite, isStrict { throw JSONataError("D1001", ["value": .value(.number(number))]) }
      bytes += "null".utf8
      return
    }
    bytes += ValueText.number(ValueText.rounded(number)).utf8
  }

  private mutating func write(_ list: List) throws(JSONataError) {
    bytes.append(UInt8(ascii: "["))
    depth += 1
    for (index, element) in list.enumerated() {
      if bytes.count > limit, !isStrict { return }
      separate(index)
      try write(element)
    }
    close(UInt8(ascii: "]"), isEmpty: list.isEmpty)
  }

  private mutating func write(_ members: Members) throws(JSONataError) {
    bytes.append(UInt8(ascii: "{"))
    depth += 1
    for (index, key) in members.keys.enumerated() {
      if bytes.count > limit, !isStrict { return }
      separate(index)
      bytes += JSONValue.string(key).utf8
      bytes += (indentation == nil ? ":" : ": ").utf8
      try write(members[key] ?? .null)
    }
    close(UInt8(ascii: "}"), isEmpty: members.count == 0)
  }

  private mutating func separate(_ index: Int) {
    if index > 0 { bytes.append(UInt8(ascii: ",")) }
    breakLine()
  }

  private mutating func close(_ bracket: UInt8, isEmpty: Bool) {
    depth -= 1
    if !isEmpty { breakLine() }
    bytes.append(bracket)
  }

  private mutating func breakLine() {
    guard let indentation else { return }
    bytes.append(UInt8(ascii: "\n"))
    bytes.append(contentsOf: repeatElement(UInt8(ascii: " "), count: indentation * depth))
  }
}
