/// Why a text is no JSON, and where.
public struct JSONParseError: Error, Equatable, Sendable, CustomStringConvertible {
  public var message: String
  /// From 1.
  public var line: Int
  /// From 1, in bytes.
  public var column: Int

  public var description: String { "line \(line), column \(column): \(message)" }
}

/// Where each value of a parsed text began, by JSON pointer (RFC 6901): what diagnostics point at.
public struct JSONSourceMap: Equatable, Sendable {
  var lines: [String: Int] = [:]

  /// The line (from 1) on which the value at `pointer` begins, or its nearest parent that has one.
  public func line(of pointer: String) -> Int {
    var pointer = pointer[...]
    while true {
      if let line = lines[String(pointer)] { return line }
      guard let slash = pointer.lastIndex(of: "/") else { return 1 }
      pointer = pointer[..<slash]
    }
  }
}

extension JSONValue {
  /// Reads one JSON text (RFC 8259, UTF-8).
  ///
  /// Foundation's reader loses the order of keys, the difference between 1 and 1.0, and every
  /// position; the states language and its diagnostics need all three. A key given twice is an error,
  /// since one of its values would silently be lost.
  ///
  /// - Parameter maximumDepth: nesting beyond this is refused, so that no input exhausts the stack.
  public static func parse(
    _ bytes: some Collection<UInt8>, maximumDepth: Int = Limits.jsonDepth
  ) throws(JSONParseError) -> JSONValue {
    var parser = JSONParser(Array(bytes), maximumDepth: maximumDepth, mapping: false)
    return try parser.parse()
  }

  public static func parse(_ text: String) throws(JSONParseError) -> JSONValue {
    try parse(text.utf8)
  }

  /// As ``parse(_:maximumDepth:)``, with the line of every value.
  public static func parseWithSourceMap(_ text: String) throws(JSONParseError) -> (JSONValue, JSONSourceMap) {
    var parser = JSONParser(Array(text.utf8), maximumDepth: Limits.jsonDepth, mapping: true)
    let value = try parser.parse()
    return (value, parser.map)
  }
}

/// A JSON pointer's reference token for a key (RFC 6901 §3).
public func jsonPointerToken(_ key: String) -> String {
  guard key.utf8.contains(where: { $0 == UInt8(ascii: "~") || $0 == UInt8(ascii: "/") }) else { return key }
  return String(key.flatMap { $0 == "~" ? "~0" : $0 == "/" ? "~1" : String($0) })
}

private struct JSONParser {
  /// Room for the members that most objects have, rather than for one, two and four of them in turn.
  private static let usualMembers = 4

  let bytes: [UInt8]
  let maximumDepth: Int
  let mapping: Bool
  var position = 0
  var line = 1
  var lineStart = 0
  var map = JSONSourceMap()

  init(_ bytes: [UInt8], maximumDepth: Int, mapping: Bool) {
    self.bytes = bytes
    self.maximumDepth = maximumDepth
    self.mapping = mapping
  }

  mutating func parse() throws(JSONParseError) -> JSONValue {
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
    let result = try value()
    skipSpace()
    if position < bytes.count { throw error("there is more text after the value") }
    return result
  }

  private func error(_ message: String) -> JSONParseError {
    JSONParseError(message: message, line: line, column: position - lineStart + 1)
  }

  private mutating func skipSpace() {
    while position < bytes.count {
      switch bytes[position] {
      case 0x20, 0x09, 0x0D: position += 1
      case 0x0A:
        position += 1
        line += 1
        lineStart = position
      default: return
      }
    }
  }

  /// An array or an object that is not closed yet. Which ones are open is kept in a list rather than on the stack, of
  /// which the threads of Swift's concurrency have little.
  private struct Container {
    var isObject: Bool
    var pointer: String
    var elements: [JSONValue] = []
    var members = JSONObject()
    /// Of the member whose value comes next.
    var key = ""

    var value: JSONValue { isObject ? .object(members) : .array(elements) }
  }

  private mutating func value() throws(JSONParseError) -> JSONValue {
    var open: [Container] = []
    var pointer = ""
    while true {
      // A value begins here.
      if var container = try container(at: pointer, depth: open.count + 1) {
        skipSpace()
        if !take(container.isObject ? UInt8(ascii: "}") : UInt8(ascii: "]")) {
          pointer = try next(in: &container)
          open.append(container)
          continue
        }
        if open.isEmpty { return container.value }
        add(container.value, to: &open[open.count - 1])
      } else {
        let scalar = try scalar()
        if open.isEmpty { return scalar }
        add(scalar, to: &open[open.count - 1])
      }
      // It is read; those that end with it are closed.
      while true {
        let last = open.count - 1
        skipSpace()
        if take(UInt8(ascii: ",")) {
          pointer = try next(in: &open[last])
          break
        }
        guard take(open[last].isObject ? UInt8(ascii: "}") : UInt8(ascii: "]")) else {
          throw error("expected ',' or '\(open[last].isObject ? "}" : "]")', found \(found)")
        }
        let closed = open.removeLast().value
        if open.isEmpty { return closed }
        add(closed, to: &open[open.count - 1])
      }
    }
  }

  /// Enters the array or object that begins here; nil where something else does.
  private mutating func container(at pointer: String, depth: Int) throws(JSONParseError) -> Container? {
    skipSpace()
    guard position < bytes.count else { throw error("a value is missing: the text ends here") }
    if mapping { map.lines[pointer] = line }
    let isObject = bytes[position] == UInt8(ascii: "{")
    guard isObject || bytes[position] == UInt8(ascii: "[") else { return nil }
    if depth > maximumDepth { throw error("nested deeper than \(maximumDepth) levels") }
    position += 1
    return Container(isObject: isObject, pointer: pointer)
  }

  /// Reads up to where the next value of a container begins.
  ///
  /// - Returns: the value's pointer.
  private mutating func next(in container: inout Container) throws(JSONParseError) -> String {
    guard container.isObject else { return mapping ? "\(container.pointer)/\(container.elements.count)" : "" }
    skipSpace()
    guard position < bytes.count, bytes[position] == UInt8(ascii: "\"") else {
      throw error("expected a key in double quotes, found \(found)")
    }
    let column = position - lineStart + 1
    let key = try string()
    if container.members.isEmpty { container.members = JSONObject(minimumCapacity: Self.usualMembers) }
    if container.members[key] != nil {
      throw JSONParseError(message: "the key \"\(key)\" is given twice", line: line, column: column)
    }
    skipSpace()
    guard take(UInt8(ascii: ":")) else { throw error("expected ':' after the key, found \(found)") }
    container.key = key
    return mapping ? container.pointer + "/" + jsonPointerToken(key) : ""
  }

  private func add(_ value: JSONValue, to container: inout Container) {
    if container.isObject { container.members[container.key] = value } else { container.elements.append(value) }
  }

  private mutating func scalar() throws(JSONParseError) -> JSONValue {
    switch bytes[position] {
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "t"): return try literal("true", .bool(true))
    case UInt8(ascii: "f"): return try literal("false", .bool(false))
    case UInt8(ascii: "n"): return try literal("null", .null)
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number()
    default: throw error("expected a value, found \(found)")
    }
  }

  private var found: String {
    guard position < bytes.count else { return "the end of the text" }
    let byte = bytes[position]
    return (0x21...0x7E).contains(byte)
      ? "'\(Character(UnicodeScalar(byte)))'" : "byte 0x\(String(byte, radix: 16))"
  }

  private mutating func literal(_ word: String, _ value: JSONValue) throws(JSONParseError) -> JSONValue {
    guard bytes[position...].starts(with: word.utf8) else { throw error("expected a value, found \(found)") }
    position += word.utf8.count
    return value
  }

  private mutating func take(_ byte: UInt8) -> Bool {
    guard position < bytes.count, bytes[position] == byte else { return false }
    position += 1
    return true
  }

  private mutating func number() throws(JSONParseError) -> JSONValue {
    let start = position
    _ = take(UInt8(ascii: "-"))
    guard position < bytes.count, isDigit(bytes[position]) else { throw error("a number needs a digit") }
    if !take(UInt8(ascii: "0")) { skipDigits() }
    var isWhole = true
    if take(UInt8(ascii: ".")) {
      isWhole = false
      guard position < bytes.count, isDigit(bytes[position]) else {
        throw error("a number needs a digit after the point")
      }
      skipDigits()
    }
    if take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) {
      isWhole = false
      if !take(UInt8(ascii: "+")) { _ = take(UInt8(ascii: "-")) }
      guard position < bytes.count, isDigit(bytes[position]) else {
        throw error("a number needs a digit in its exponent")
      }
      skipDigits()
    }
    let text = String(decoding: bytes[start..<position], as: UTF8.self)
    if isWhole, let integer = Int64(text) { return .integer(integer) }
    guard let double = Double(text), double.isFinite else { throw error("the number \(text) is too large") }
    return .double(double)
  }

  private func isDigit(_ byte: UInt8) -> Bool { (48...57).contains(byte) }

  private mutating func skipDigits() {
    while position < bytes.count, isDigit(bytes[position]) { position += 1 }
  }

  private mutating func string() throws(JSONParseError) -> String {
    position += 1
    var start = position
    var decoded: [UInt8] = []
    while position < bytes.count {
      let byte = bytes[position]
      switch byte {
      case UInt8(ascii: "\""):
        let end = position
        position += 1
        guard let text = text(decoded, bytes[start..<end]) else { throw error("the string is not UTF-8") }
        return text
      case UInt8(ascii: "\\"):
        decoded.append(contentsOf: bytes[start..<position])
        position += 1
        decoded.append(contentsOf: String(try escape()).utf8)
        start = position
      case 0..<0x20: throw error("a control character in a string must be escaped")
      default: position += 1
      }
    }
    throw error("the string is not closed")
  }

  /// - Parameter decoded: what stands before the rest, where there were escapes.
  private func text(_ decoded: [UInt8], _ rest: ArraySlice<UInt8>) -> String? {
    // Almost all of them, and no generic function of the library has to look at each byte again.
    if decoded.isEmpty, rest.allSatisfy({ $0 < 0x80 }) { return String(decoding: rest, as: UTF8.self) }
    return String(validating: decoded + rest, as: UTF8.self)
  }

  private mutating func escape() throws(JSONParseError) -> Character {
    guard position < bytes.count else { throw error("the string is not closed") }
    let byte = bytes[position]
    position += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Character(UnicodeScalar(byte))
    case UInt8(ascii: "b"): return "\u{08}"
    case UInt8(ascii: "f"): return "\u{0C}"
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "r"): return "\r"
    case UInt8(ascii: "t"): return "\t"
    case UInt8(ascii: "u"): return Character(try unicodeEscape())
    default: throw error("there is no escape \\\(String(UnicodeScalar(byte)).onOneLine)")
    }
  }

  /// `\uXXXX`, two of them for a surrogate pair. A surrogate alone becomes U+FFFD, as in most readers:
  /// no Swift string can hold it.
  private mutating func unicodeEscape() throws(JSONParseError) -> UnicodeScalar {
    let first = try fourHexadecimals()
    if let scalar = UnicodeScalar(first) { return scalar }
    guard first < 0xDC00, bytes[position...].starts(with: #"\u"#.utf8) else { return "\u{FFFD}" }
    let restart = position
    position += 2
    let second = try fourHexadecimals()
    guard (0xDC00...0xDFFF).contains(second) else {
      position = restart
      return "\u{FFFD}"
    }
    return UnicodeScalar(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00)) ?? "\u{FFFD}"
  }

  private mutating func fourHexadecimals() throws(JSONParseError) -> UInt32 {
    guard position + 4 <= bytes.count else { throw error("\\u needs four hexadecimal digits") }
    var result: UInt32 = 0
    for _ in 0..<4 {
      guard let digit = Character(UnicodeScalar(bytes[position])).hexDigitValue else {
        throw error("\\u needs four hexadecimal digits")
      }
      result = result << 4 | UInt32(digit)
      position += 1
    }
    return result
  }
}
