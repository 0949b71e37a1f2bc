extension IntrinsicCall {
  /// Reads a call that is a whole text.
  static func parse(_ text: String) throws(PathSyntaxError) -> IntrinsicCall {
    guard text.utf8.count <= LanguageLimits.expressionLength else {
      throw PathSyntaxError(message: "a call has at most \(LanguageLimits.expressionLength) characters")
    }
    var parser = IntrinsicParser(text)
    return try parser.parse()
  }
}

/// Recursive descent over the characters of one call.
private struct IntrinsicParser {
  private let scalars: [UnicodeScalar]
  private var position = 0

  init(_ text: String) { scalars = Array(text.unicodeScalars) }

  mutating func parse() throws(PathSyntaxError) -> IntrinsicCall {
    skipSpaces()
    let call = try call(depth: 1)
    skipSpaces()
    guard position == scalars.count else { throw error("there is more text after the call") }
    return call
  }

  private mutating func call(depth: Int) throws(PathSyntaxError) -> IntrinsicCall {
    guard depth <= LanguageLimits.intrinsicDepth else {
      throw error("intrinsic functions are nested deeper than \(LanguageLimits.intrinsicDepth)")
    }
    let start = position
    let name = word()
    guard name.hasPrefix("States."), let function = IntrinsicFunction(rawValue: String(name.dropFirst(7))) else {
      throw error("'\(name)' is no intrinsic function" + IntrinsicParser.hint(name))
    }
    skipSpaces()
    guard take("(") else { throw error("'(' is missing after \(name)") }
    var arguments: [IntrinsicCall.Argument] = []
    skipSpaces()
    if !take(")") {
      while true {
        arguments.append(try argument(depth: depth))
        skipSpaces()
        if take(")") { break }
        guard take(",") else { throw error("',' or ')' is missing in \(name)") }
      }
    }
    guard function.argumentCounts.contains(arguments.count) else {
      throw error("\(name) takes \(IntrinsicParser.text(function.argumentCounts)), not \(arguments.count)")
    }
    return IntrinsicCall(function: function, arguments: arguments, text: text(from: start))
  }

  private static func hint(_ name: String) -> String {
    StatesLanguage.hint(name, among: IntrinsicFunction.allCases.map { "States." + $0.rawValue })
  }

  private static func text(_ counts: ClosedRange<Int>) -> String {
    if counts.upperBound >= 1_000 { return "\(counts.lowerBound) or more arguments" }
    if counts.count == 1 { return counts.lowerBound == 1 ? "one argument" : "\(counts.lowerBound) arguments" }
    return "\(counts.lowerBound) to \(counts.upperBound) arguments"
  }

  private mutating func argument(depth: Int) throws(PathSyntaxError) -> IntrinsicCall.Argument {
    skipSpaces()
    switch peek {
    case "'": return .text(try quoted())
    case "$": return .path(try JSONPath.parse(pathText()))
    case "S": return .call(try call(depth: depth + 1))
    default: break
    }
    let word = word()
    switch word {
    case "true": return .bool(true)
    case "false": return .bool(false)
    case "null": return .null
    case "": throw error("an argument is missing")
    default: break
    }
    if let integer = Int64(word) { return .integer(integer) }
    if let double = Double(word), double.isFinite { return .double(double) }
    throw error("'\(word)' is no argument: a string in single quotes, a number, true, false, null, a path or a call")
  }

  /// Up to the comma or parenthesis that ends the argument: brackets and quotes may hold either.
  private mutating func pathText() -> String {
    let start = position
    var brackets = 0
    var parentheses = 0
    var quote: UnicodeScalar?
    while let next = peek {
      if let open = quote {
        if next == open { quote = nil }
      } else {
        switch next {
        case "'", "\"": if brackets > 0 { quote = next }
        case "[": brackets += 1
        case "]": brackets -= 1
        case "(": parentheses += 1
        case ")":
          if brackets == 0, parentheses == 0 { return text(from: start).trimmingSpaces }
          parentheses -= 1
        case ",":
          if brackets == 0 { return text(from: start).trimmingSpaces }
        default: break
        }
      }
      position += 1
    }
    return text(from: start).trimmingSpaces
  }

  private mutating func quoted() throws(PathSyntaxError) -> String {
    position += 1
    let start = position
    while let next = peek {
      if next == "'" {
        position += 1
        return String(String.UnicodeScalarView(scalars[start..<position - 1]))
      }
      position += next == "\\" ? 2 : 1
    }
    throw error("the string is not closed")
  }

  private mutating func word() -> String {
    let start = position
    while let next = peek, next.properties.isAlphabetic || "0123456789._+-".unicodeScalars.contains(next) {
      position += 1
    }
    return text(from: start)
  }

  private func text(from start: Int) -> String {
    String(String.UnicodeScalarView(scalars[start..<min(position, scalars.count)]))
  }

  private var peek: UnicodeScalar? { position < scalars.count ? scalars[position] : nil }

  private mutating func take(_ scalar: UnicodeScalar) -> Bool {
    guard peek == scalar else { return false }
    position += 1
    return true
  }

  private mutating func skipSpaces() {
    while let next = peek, next.properties.isWhitespace { position += 1 }
  }

  private func error(_ message: String) -> PathSyntaxError {
    PathSyntaxError(message: position < scalars.count ? "\(message) (at character \(position + 1))" : message)
  }
}

extension String {
  fileprivate var trimmingSpaces: String {
    var text = self[...]
    while text.last?.isWhitespace == true { text.removeLast() }
    return String(text)
  }
}
