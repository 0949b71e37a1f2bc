import JobModel

@testable import JSONata

/// Reads and performs calls of the picture functions with literal arguments: just enough of the language to run
/// the official suite's cases of these functions without an evaluator.
struct PictureCall {
  /// What is none of these.
  struct NotRead: Error {}

  private var rest: Substring
  private var variables: [String: JSONValue] = [:]
  private let now: Instant

  static func result(of text: String, now: Instant) throws -> JSONValue? {
    var call = PictureCall(rest: text[...], now: now)
    let value = try call.chain()
    call.skipSpace()
    guard call.rest.isEmpty else { throw NotRead() }
    return value
  }

  private init(rest: Substring, now: Instant) {
    self.rest = rest
    self.now = now
  }

  private mutating func skipSpace() { rest = rest.drop(while: \.isWhitespace) }

  private mutating func skip(_ text: String) -> Bool {
    skipSpace()
    guard rest.hasPrefix(text) else { return false }
    rest = rest.dropFirst(text.count)
    return true
  }

  private mutating func expect(_ text: String) throws { if !skip(text) { throw NotRead() } }

  /// A term and the functions that it is passed on to.
  private mutating func chain() throws -> JSONValue? {
    var value = try term()
    while skip("~>") {
      try expect("$")
      value = try perform(name(), first: [value])
    }
    return value
  }

  private mutating func name() throws -> String {
    let name = rest.prefix { $0.isLetter }
    guard !name.isEmpty else { throw NotRead() }
    rest = rest.dropFirst(name.count)
    return String(name)
  }

  private mutating func term() throws -> JSONValue? {
    skipSpace()
    switch rest.first {
    case "'", "\"": return .string(try string())
    case "{": return try object()
    case "(": return try block()
    case "$":
      rest = rest.dropFirst()
      let name = try name()
      return rest.first == "(" ? try perform(name, first: []) : variables[name]
    default: return try number()
    }
  }

  private mutating func number() throws -> JSONValue? {
    if skip("undefined") { return nil }
    let digits = rest.prefix { "-+.0123456789e".contains($0) }
    guard let value = Double(digits) else { throw NotRead() }
    rest = rest.dropFirst(digits.count)
    return .double(value)
  }

  private mutating func string() throws -> String {
    guard let quote = rest.popFirst(), let end = rest.firstIndex(of: quote) else { throw NotRead() }
    let text = rest[..<end]
    if text.contains("\\") { throw NotRead() }
    rest = rest[rest.index(after: end)...]
    return String(text)
  }

  private mutating func object() throws -> JSONValue {
    try expect("{")
    var object = JSONObject()
    repeat {
      skipSpace()
      let key = try string()
      try expect(":")
      object[key] = try term()
    } while skip(",")
    try expect("}")
    return .object(object)
  }

  /// `($name := value; result)`.
  private mutating func block() throws -> JSONValue? {
    try expect("(")
    try expect("$")
    let name = try name()
    try expect(":=")
    variables[name] = try chain()
    try expect(";")
    let value = try chain()
    try expect(")")
    return value
  }

  private mutating func perform(_ function: String, first: [JSONValue?]) throws -> JSONValue? {
    try expect("(")
    var arguments = first
    while !skip(")") {
      arguments.append(try chain())
      _ = skip(",")
    }
    guard case let argument?? = arguments.first else { return nil }
    func text(_ index: Int) -> String? { index < arguments.count ? arguments[index]?.stringValue : nil }
    let number = argument.numberValue ?? .nan
    switch function {
    case "formatNumber":
      let options = arguments.count > 2 ? arguments[2]?.objectValue : nil
      return .string(try formatNumber(number, picture: text(1) ?? "", options: options))
    case "formatBase":
      let radix = arguments.count > 1 ? arguments[1]?.numberValue : nil
      return .string(try formatBase(number, radix: radix ?? 10))
    case "formatInteger": return .string(try formatInteger(number, picture: text(1) ?? ""))
    case "parseInteger":
      return try parseInteger(argument.stringValue ?? "", picture: text(1) ?? "").map(JSONValue.double)
    case "fromMillis": return .string(try formatDateTime(milliseconds: number, picture: text(1), zone: text(2)))
    case "toMillis":
      return try parseDateTime(argument.stringValue ?? "", picture: text(1), now: now).map(JSONValue.double)
    default: throw NotRead()
    }
  }
}

/// The same with a budget of its own.
func parseDateTime(_ text: String, picture: String?, now: Instant) throws(JSONataError) -> Double? {
  var budget = EvaluationBudget(JSONataLimits())
  return try parseDateTime(text, picture: picture, now: now, budget: &budget)
}
