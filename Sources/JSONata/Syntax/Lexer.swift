/// Splits an expression into tokens, one at a time: only the parser knows whether a `/` divides or begins a
/// regular expression.
struct Lexer {
  let scalars: [Unicode.Scalar]
  private(set) var position = 0

  init(_ text: String) {
    scalars = Array(text.unicodeScalars)
  }

  private static let doubleOperators: Set<String> = ["..", ":=", "!=", ">=", "<=", "**", "~>", "?:", "??"]
  private static let singleOperators: Set<Unicode.Scalar> = [
    ".", "[", "]", "{", "}", "(", ")", ",", "@", "#", ";", ":", "?", "+", "-", "*", "/", "%", "|", "=", "<", ">", "^",
    "&", "!", "~",
  ]

  private func scalar(at index: Int) -> Unicode.Scalar? {
    scalars.indices.contains(index) ? scalars[index] : nil
  }

  private func text(_ range: Range<Int>) -> String {
    var result = String.UnicodeScalarView()
    result.append(contentsOf: scalars[range])
    return String(result)
  }

  private func isSpace(_ scalar: Unicode.Scalar) -> Bool {
    scalar == " " || ("\t"..."\r").contains(scalar) && scalar != "\u{0C}"
  }

  private func token(_ kind: Token.Kind) -> Token { Token(kind: kind, position: position) }

  /// - Parameter isInfix: after an operand, where a `/` is a division.
  mutating func next(isInfix: Bool) throws(JSONataError) -> Token {
    try skipSpaceAndComments()
    guard let first = scalar(at: position) else { return token(.end) }
    if !isInfix, first == "/" {
      position += 1
      let expression = try regularExpression()
      return token(.regex(expression))
    }
    if let second = scalar(at: position + 1) {
      let pair = String(Character(first)) + String(Character(second))
      if Lexer.doubleOperators.contains(pair) {
        position += 2
        return token(.operator(pair))
      }
    }
    if Lexer.singleOperators.contains(first) {
      position += 1
      return token(.operator(String(Character(first))))
    }
    switch first {
    case "\"", "'":
      let content = try stringLiteral(quote: first)
      return token(.string(content))
    case "0"..."9":
      let number = try number()
      return token(.number(number))
    case "`":
      let content = try quotedName()
      return token(.name(content))
    default: return word()
    }
  }

  private mutating func skipSpaceAndComments() throws(JSONataError) {
    while let current = scalar(at: position) {
      if isSpace(current) {
        position += 1
      } else if current == "/", scalar(at: position + 1) == "*" {
        let start = position
        position += 2
        while !(scalar(at: position) == "*" && scalar(at: position + 1) == "/") {
          position += 1
          if position >= scalars.count { throw JSONataError("S0106", at: start) }
        }
        position += 2
      } else {
        return
      }
    }
  }

  private mutating func stringLiteral(quote: Unicode.Scalar) throws(JSONataError) -> String {
    position += 1
    var units: [UInt16] = []
    while let current = scalar(at: position) {
      if current == quote {
        position += 1
        return String(decoding: units, as: UTF16.self)
      }
      if current == "\\" {
        position += 1
        units.append(try escape())
      } else {
        units.append(contentsOf: UTF16.encode(current) ?? .init(repeating: 0xFFFD, count: 1))
      }
      position += 1
    }
    throw JSONataError("S0101", at: position)
  }

  /// The character after a backslash; leaves the position on its last scalar.
  private mutating func escape() throws(JSONataError) -> UInt16 {
    switch scalar(at: position) {
    case "\"": return 0x22
    case "\\": return 0x5C
    case "/": return 0x2F
    case "b": return 0x08
    case "f": return 0x0C
    case "n": return 0x0A
    case "r": return 0x0D
    case "t": return 0x09
    case "u":
      let digits = scalars[min(position + 1, scalars.count)..<min(position + 5, scalars.count)]
      guard digits.count == 4, let unit = UInt16(text(digits.startIndex..<digits.endIndex), radix: 16),
        digits.allSatisfy({ $0.properties.isASCIIHexDigit })
      else { throw JSONataError("S0104", at: position) }
      position += 4
      return unit
    case let other:
      throw JSONataError("S0103", at: position, token: other.map { String(Character($0)) } ?? "")
    }
  }

  private mutating func number() throws(JSONataError) -> Double {
    let start = position
    func isDigit(_ index: Int) -> Bool { scalar(at: index).map { ("0"..."9").contains($0) } ?? false }
    func afterDigits(_ index: Int) -> Int {
      var index = index
      while isDigit(index) { index += 1 }
      return index
    }
    var end = scalar(at: position) == "0" ? position + 1 : afterDigits(position)
    if scalar(at: end) == ".", isDigit(end + 1) { end = afterDigits(end + 1) }
    if scalar(at: end) == "e" || scalar(at: end) == "E" {
      let sign = scalar(at: end + 1)
      let digits = sign == "+" || sign == "-" ? end + 2 : end + 1
      if isDigit(digits) { end = afterDigits(digits) }
    }
    let text = text(start..<end)
    guard let number = Double(text), number.isFinite else {
      throw JSONataError("S0102", at: position, token: text)
    }
    position = end
    return number
  }

  private mutating func quotedName() throws(JSONataError) -> String {
    position += 1
    guard let end = scalars[position...].firstIndex(of: "`") else {
      position = scalars.count
      throw JSONataError("S0105", at: position)
    }
    defer { position = end + 1 }
    return text(position..<end)
  }

  private mutating func word() -> Token {
    let start = position
    while let current = scalar(at: position), !isSpace(current), !Lexer.singleOperators.contains(current) {
      position += 1
    }
    if scalars[start] == "$" { return token(.variable(text(start + 1..<position))) }
    let name = text(start..<position)
    switch name {
    case "or", "in", "and": return token(.operator(name))
    case "true": return token(.constant(.true))
    case "false": return token(.constant(.false))
    case "null": return token(.constant(.null))
    default: return token(.name(name))
    }
  }

  /// The closing slash is the first one outside brackets that is not escaped.
  private mutating func regularExpression() throws(JSONataError) -> RegularExpression {
    let start = position
    var depth = 0
    var isEscaped = false
    while let current = scalar(at: position) {
      if current == "/", depth == 0, !isEscaped {
        if position == start { throw JSONataError("S0301", at: position) }
        let pattern = text(start..<position)
        position += 1
        let flags = position
        while scalar(at: position) == "i" || scalar(at: position) == "m" { position += 1 }
        do {
          return try RegularExpression(
            pattern, ignoresCase: scalars[flags..<position].contains("i"),
            isMultiline: scalars[flags..<position].contains("m"))
        } catch {
          var placed = error
          placed.position = start + (error.position ?? 0)
          throw placed
        }
      }
      if !isEscaped {
        if current == "(" || current == "[" || current == "{" { depth += 1 }
        if current == ")" || current == "]" || current == "}" { depth -= 1 }
      }
      isEscaped = current == "\\" && !isEscaped
      position += 1
    }
    throw JSONataError("S0302", at: position)
  }
}
