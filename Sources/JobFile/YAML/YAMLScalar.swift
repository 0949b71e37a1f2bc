/// A scalar as written, and what it means.
///
/// Meaning follows the core schema of YAML 1.2 (§10.3.2), not YAML 1.1: `yes`, `no`, `on` and `off` are
/// text, `12:30` is text and not 750, `2026-11-21` is text. Beyond that a number with leading zeros is
/// text (an account id such as 012345678901 is no number), and octal and hexadecimal are text.
struct YAMLScalar: Equatable {
  enum Meaning: Equatable {
    case null
    case boolean(Bool)
    case integer(Int64)
    case double(Double)
    /// A number that JSON cannot hold as it is written.
    case unrepresentable
    case text
  }

  var text: String
  /// Written without quotes, and not as a block: only such a scalar can be anything but text.
  var isPlain: Bool
  /// How far after the scalar's place its text begins: a quote's width; nil for a block, whose text is elsewhere.
  var textOffset: Int?

  init(text: String, isPlain: Bool, textOffset: Int? = 0) {
    self.text = text
    self.isPlain = isPlain
    self.textOffset = textOffset
  }

  var meaning: Meaning {
    guard isPlain else { return .text }
    switch text {
    case "", "~", "null", "Null", "NULL": return .null
    case "true", "True", "TRUE": return .boolean(true)
    case "false", "False", "FALSE": return .boolean(false)
    default: return number
    }
  }

  private var number: Meaning {
    var rest = text.utf8[...]
    if rest.first == UInt8(ascii: "-") || rest.first == UInt8(ascii: "+") { rest = rest.dropFirst() }
    if [".inf", ".Inf", ".INF", ".nan", ".NaN", ".NAN"].contains(String(rest) ?? "") { return .unrepresentable }
    let whole = rest.prefix(while: YAMLScalar.isDigit)
    rest = rest.dropFirst(whole.count)
    if whole.count > 1, whole.first == UInt8(ascii: "0") { return .text }
    if rest.isEmpty, !whole.isEmpty {
      return Int64(text).map { .integer($0) } ?? .unrepresentable
    }
    var fraction = rest.prefix(0)
    if rest.first == UInt8(ascii: ".") {
      fraction = rest.dropFirst().prefix(while: YAMLScalar.isDigit)
      rest = rest.dropFirst(1 + fraction.count)
    }
    guard !whole.isEmpty || !fraction.isEmpty else { return .text }
    if let mark = rest.first, mark == UInt8(ascii: "e") || mark == UInt8(ascii: "E") {
      rest = rest.dropFirst()
      if rest.first == UInt8(ascii: "-") || rest.first == UInt8(ascii: "+") { rest = rest.dropFirst() }
      let exponent = rest.prefix(while: YAMLScalar.isDigit)
      guard !exponent.isEmpty else { return .text }
      rest = rest.dropFirst(exponent.count)
    }
    guard rest.isEmpty, let value = Double(text.hasSuffix(".") ? text + "0" : text) else { return .text }
    return value.isFinite ? .double(value) : .unrepresentable
  }

  private static func isDigit(_ byte: UInt8) -> Bool { (48...57).contains(byte) }

  func described(showing: Bool) -> String {
    let shown = text.count > 40 ? text.prefix(40) + "…" : text[...]
    switch meaning {
    case .null: return text.isEmpty ? "nothing" : "`\(text)`"
    case .boolean: return "the boolean `\(text)`"
    case .integer, .double, .unrepresentable: return showing ? "the number \(shown)" : "a number"
    case .text:
      guard showing else { return "text" }
      let oneLine = shown.split(whereSeparator: \.isNewline).joined(separator: " ")
      return text.isEmpty ? "empty text" : "the text `\(oneLine)`"
    }
  }
}
