internal import JobModel

extension JSONValue {
  /// Whether it is a string that holds a JSONata expression: `{% … %}`.
  var isJSONata: Bool {
    guard case .string(let text) = self else { return false }
    return text.hasPrefix("{%") && text.hasSuffix("%}") && text.utf8.count >= 4
  }
}

extension Fields {
  /// Checks the expressions inside a field of a JSONata state: those of Arguments, Output, Assign and others.
  func checkExpressions(_ keys: [String], _ reader: inout DefinitionReader) {
    guard language == .jsonata else { return }
    for key in keys { if let value = object[key] { check(value, at: pointer(key), &reader) } }
  }

  private func check(_ value: JSONValue, at pointer: String, _ reader: inout DefinitionReader) {
    switch value {
    case .string(let text):
      guard text.hasPrefix("{%") || text.hasSuffix("%}") else { return }
      guard value.isJSONata else {
        reader.schemaError(pointer, "A JSONata expression is written between '{%' and '%}'")
        return
      }
      if let problem = JSONataSyntax.problem(in: String(text.dropFirst(2).dropLast(2))) {
        reader.schemaError(pointer, "The JSONata expression is not valid: \(problem)")
      }
    case .array(let elements):
      for (index, element) in elements.enumerated() { check(element, at: "\(pointer)/\(index)", &reader) }
    case .object(let members):
      for member in members { check(member.value, at: pointer + "/" + jsonPointerToken(member.key), &reader) }
    default: break
    }
  }
}

/// A first look at an expression: brackets that match, strings that end, operators that have operands. The
/// language itself is another module's business.
enum JSONataSyntax {
  static func problem(in expression: String) -> String? {
    var closers: [Character] = []
    var rest = expression[...]
    var last: Character?
    while let next = rest.popFirst() {
      switch next {
      case "\"", "'", "`":
        guard skipQuoted(next, &rest) else { return "\(next) is not closed" }
      case "/" where rest.first == "*":
        guard let end = rest.firstRange(of: "*/") else { return "a comment is not closed" }
        rest = rest[end.upperBound...]
        continue
      case "/" where last == nil || "(,=~[{:?&|<>".contains(last ?? "("):
        guard skipQuoted("/", &rest) else { return "a regular expression is not closed" }
        last = "\""
        continue
      case "(": closers.append(")")
      case "[": closers.append("]")
      case "{": closers.append("}")
      case ")", "]", "}":
        guard closers.popLast() == next else { return "unexpected '\(next)'" }
        if let last, isDangling(last) { return "an operand is missing before '\(next)'" }
      default: break
      }
      if !next.isWhitespace { last = next }
    }
    if let missing = closers.last { return "'\(missing)' is missing" }
    guard let last else { return "it is empty" }
    return isDangling(last) ? "an operand is missing after '\(last)'" : nil
  }

  private static func isDangling(_ character: Character) -> Bool { ".+-/&=<>!~^@#,:".contains(character) }

  private static func skipQuoted(_ quote: Character, _ rest: inout Substring) -> Bool {
    while let next = rest.popFirst() {
      if next == quote { return true }
      if next == "\\" { _ = rest.popFirst() }
    }
    return false
  }
}
