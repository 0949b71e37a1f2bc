internal import Foundation
internal import JobModel

extension StandardFunctions {
  static let numbers: [NativeFunction] = [
    NativeFunction("sum", "<a<n>:n>", 1, sum),
    NativeFunction("max", "<a<n>:n>", 1, max),
    NativeFunction("min", "<a<n>:n>", 1, min),
    NativeFunction("average", "<a<n>:n>", 1, average),
    NativeFunction("number", "<(nsb)-:n>", 1, number),
    NativeFunction("floor", "<n-:n>", 1) { (call) throws(JSONataError) in map(call) { $0.rounded(.down) } },
    NativeFunction("ceil", "<n-:n>", 1) { (call) throws(JSONataError) in map(call) { $0.rounded(.up) } },
    NativeFunction("abs", "<n-:n>", 1) { (call) throws(JSONataError) in map(call) { $0.magnitude } },
    NativeFunction("round", "<n-n?:n>", 2, round),
    NativeFunction("sqrt", "<n-:n>", 1, squareRoot),
    NativeFunction("power", "<n-n:n>", 2, power),
    NativeFunction("random", "<:n>", 0) { (call) throws(JSONataError) in .number(random(call)) },
    NativeFunction("formatNumber", "<n-so?:s>", 3, format),
    NativeFunction("formatBase", "<n-n?:s>", 2, formatBase),
    NativeFunction("formatInteger", "<n-s:s>", 2, formatInteger),
    NativeFunction("parseInteger", "<s-s:n>", 2, parseInteger),
  ]

  /// 0 ≤ n < 1.
  static func random(_ call: Call) -> Double {
    Double(call.run.environment.generator.next() >> 11) * 0x1p-53
  }

  private static func map(_ call: Call, _ change: (Double) -> Double) -> Value? {
    call.number(0).map { .number(change($0)) }
  }

  private static func fold(
    _ call: Call, _ combine: (Double, Double) -> Double
  ) throws(JSONataError) -> Double? {
    guard let list = call.list(0) else { return nil }
    try call.run.budget.spend(list.count)
    var result: Double?
    for case .number(let number) in list { result = result.map { combine($0, number) } ?? number }
    return result
  }

  private static func sum(_ call: Call) throws(JSONataError) -> Value? {
    guard call.list(0) != nil else { return nil }
    return .number(try fold(call, +) ?? 0)
  }

  private static func max(_ call: Call) throws(JSONataError) -> Value? {
    try fold(call) { Swift.max($0, $1) }.map { .number($0) }
  }

  private static func min(_ call: Call) throws(JSONataError) -> Value? {
    try fold(call) { Swift.min($0, $1) }.map { .number($0) }
  }

  private static func average(_ call: Call) throws(JSONataError) -> Value? {
    guard let list = call.list(0), let sum = try fold(call, +) else { return nil }
    return .number(sum / Double(list.count))
  }

  private static func number(_ call: Call) throws(JSONataError) -> Value? {
    switch call[0] {
    case nil: return nil
    case .number(let number): return .number(number)
    case .bool(let value): return .number(value ? 1 : 0)
    case .string(let text):
      if let number = NumberText.value(text) { return .number(number) }
      throw JSONataError("D3030", ["value": .value(.string(text))])
    case .some(let other): throw JSONataError("D3030", ["value": .value(other)])
    }
  }

  /// Half to even, on the decimal digits: 2.345 has its third one exactly.
  private static func round(_ call: Call) throws(JSONataError) -> Value? {
    guard let number = call.number(0) else { return nil }
    guard let precision = call.number(1), precision != 0 else {
      return .number(number.rounded(.toNearestOrEven) + 0)
    }
    guard number.isFinite, let places = Int(exactly: precision), abs(places) < 400 else { return .number(number) }
    let rounded = shifted(number, by: places).rounded(.toNearestOrEven)
    return .number(shifted(rounded, by: -places) + 0)
  }

  /// Moves the decimal point in the text, since a multiplication would not be exact.
  private static func shifted(_ number: Double, by places: Int) -> Double {
    let parts = ValueText.number(number).split(separator: "e")
    let exponent = parts.count > 1 ? Int(parts[1]) ?? 0 : 0
    return Double("\(parts[0])e\(exponent + places)") ?? number
  }

  private static func squareRoot(_ call: Call) throws(JSONataError) -> Value? {
    guard let number = call.number(0) else { return nil }
    if number < 0 { throw JSONataError("D3060", ["value": .value(.number(number))]) }
    return .number(number.squareRoot())
  }

  private static func power(_ call: Call) throws(JSONataError) -> Value? {
    guard let base = call.number(0) else { return nil }
    let exponent = call.number(1) ?? .nan
    let result = pow(base, exponent)
    guard result.isFinite else {
      throw JSONataError("D3061", ["value": .value(.number(base)), "exp": .value(call[1])])
    }
    return .number(result)
  }

  private static func format(_ call: Call) throws(JSONataError) -> Value? {
    guard let number = call.number(0), let picture = call.text(1) else { return nil }
    let options = try call[2].map { (value) throws(JSONataError) in try call.run.json(value) }
    try call.run.budget.spend(picture.utf8.count)
    return try call.made(formatNumber(number, picture: picture, options: options?.objectValue))
  }

  private static func formatBase(_ call: Call) throws(JSONataError) -> Value? {
    guard let number = call.number(0) else { return nil }
    return try call.made(JSONata.formatBase(number, radix: call.number(1) ?? 10))
  }

  private static func formatInteger(_ call: Call) throws(JSONataError) -> Value? {
    guard let number = call.number(0), let picture = call.text(1) else { return nil }
    try call.run.budget.spend(picture.utf8.count)
    return try call.made(JSONata.formatInteger(number, picture: picture))
  }

  private static func parseInteger(_ call: Call) throws(JSONataError) -> Value? {
    guard let text = call.text(0), let picture = call.text(1) else { return nil }
    try call.run.budget.spend(text.utf8.count + picture.utf8.count)
    return try JSONata.parseInteger(text, picture: picture).map { .number($0) }
  }
}

/// The texts that `$number` reads: JSON's numbers, also with leading zeros, and `0x`, `0o`, `0b`.
private enum NumberText {
  static func value(_ text: String) -> Double? {
    let bytes = Array(text.utf8)
    if let radix = radix(bytes) { return digits(bytes.dropFirst(2), radix) }
    var position = bytes.first == UInt8(ascii: "-") ? 1 : 0
    guard skipDigits(bytes, &position) else { return nil }
    if position < bytes.count, bytes[position] == UInt8(ascii: ".") {
      position += 1
      guard skipDigits(bytes, &position) else { return nil }
    }
    if position < bytes.count, bytes[position] | 0x20 == UInt8(ascii: "e") {
      position += 1
      if position < bytes.count, bytes[position] == UInt8(ascii: "+") || bytes[position] == UInt8(ascii: "-") {
        position += 1
      }
      guard skipDigits(bytes, &position) else { return nil }
    }
    guard position == bytes.count, let number = Double(text), number.isFinite else { return nil }
    return number
  }

  private static func skipDigits(_ bytes: [UInt8], _ position: inout Int) -> Bool {
    let start = position
    while position < bytes.count, (48...57).contains(bytes[position]) { position += 1 }
    return position > start
  }

  private static func radix(_ bytes: [UInt8]) -> Double? {
    guard bytes.count > 2, bytes[0] == UInt8(ascii: "0") else { return nil }
    switch bytes[1] | 0x20 {
    case UInt8(ascii: "x"): return 16
    case UInt8(ascii: "o"): return 8
    case UInt8(ascii: "b"): return 2
    default: return nil
    }
  }

  private static func digits(_ bytes: ArraySlice<UInt8>, _ radix: Double) -> Double? {
    var result = 0.0
    for byte in bytes {
      guard let digit = Character(UnicodeScalar(byte)).hexDigitValue, Double(digit) < radix else { return nil }
      result = result * radix + Double(digit)
    }
    return result.isFinite ? result : nil
  }
}
