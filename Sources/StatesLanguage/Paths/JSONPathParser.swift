extension JSONPath {
  /// Reads a path that is a whole text.
  static func parse(_ text: String) throws(PathSyntaxError) -> JSONPath {
    guard text.utf8.count <= LanguageLimits.expressionLength else {
      throw PathSyntaxError(message: "a path has at most \(LanguageLimits.expressionLength) characters")
    }
    var parser = JSONPathParser(text)
    return try parser.parse()
  }
}

/// Recursive descent over the characters of one path.
struct JSONPathParser {
  private let text: String
  private let scalars: [UnicodeScalar]
  private var position = 0
  private var depth = 0

  init(_ text: String) {
    self.text = text
    scalars = Array(text.unicodeScalars)
  }

  mutating func parse() throws(PathSyntaxError) -> JSONPath {
    guard take("$") else { throw error("a path begins with '$'") }
    var root = JSONPath.Root.input
    if take("$") {
      root = .context
    } else if let first = peek, isNameStart(first) {
      root = .variable(takeName())
    }
    let segments = try segments()
    guard position == scalars.count else { throw error("unexpected '\(scalars[position])'") }
    return JSONPath(root: root, segments: segments, text: text)
  }

  // MARK: Segments

  private mutating func segments() throws(PathSyntaxError) -> [Segment] {
    var segments: [Segment] = []
    while let next = peek, next == "." || next == "[" {
      guard segments.count < LanguageLimits.pathDepth else {
        throw error("a path has at most \(LanguageLimits.pathDepth) segments")
      }
      if next == "[" {
        segments.append(try bracket())
      } else if takeWord("..") {
        segments.append(.descent)
        guard peek != nil else { throw error("'..' needs something after it") }
        if peek != "[" { segments.append(try dotted()) }
      } else {
        position += 1
        if peek == "[" { continue }
        segments.append(try dotted())
      }
    }
    return segments
  }

  private mutating func dotted() throws(PathSyntaxError) -> Segment {
    if take("*") { return .wildcard }
    var name = ""
    while let next = peek, isDottedCharacter(next) {
      name.unicodeScalars.append(next)
      position += 1
    }
    guard !name.isEmpty else { throw error("a name is missing after '.'") }
    guard takeWord("()") else { return .name(name) }
    guard let function = PathFunction(rawValue: name) else { throw error("there is no path function \(name)()") }
    return .function(function)
  }

  private mutating func bracket() throws(PathSyntaxError) -> Segment {
    position += 1
    skipSpaces()
    let segment: Segment
    switch peek {
    case "*":
      position += 1
      segment = .wildcard
    case "?":
      position += 1
      skipSpaces()
      guard take("(") else { throw error("a filter is written [?(…)]") }
      segment = .filter(try filter())
      skipSpaces()
      guard take(")") else { throw error("the filter's ')' is missing") }
    case "'", "\"": segment = try quotedNames()
    default: segment = try positions()
    }
    skipSpaces()
    guard take("]") else { throw error("']' is missing") }
    return segment
  }

  private mutating func quotedNames() throws(PathSyntaxError) -> Segment {
    var names = [try quoted()]
    skipSpaces()
    while take(",") {
      skipSpaces()
      names.append(try quoted())
      skipSpaces()
    }
    return names.count == 1 ? .name(names[0]) : .names(names)
  }

  private mutating func positions() throws(PathSyntaxError) -> Segment {
    let first = try integer()
    skipSpaces()
    if take(":") {
      skipSpaces()
      let last = try integer()
      guard first != nil || last != nil else { throw error("a slice needs a start or an end") }
      return .slice(from: first, to: last)
    }
    guard let first else { throw error("brackets hold an index, a slice, '*', a quoted name or a filter") }
    var indices = [first]
    while take(",") {
      skipSpaces()
      guard let next = try integer() else { throw error("an index is missing after ','") }
      indices.append(next)
      skipSpaces()
    }
    return indices.count == 1 ? .index(first) : .indices(indices)
  }

  // MARK: Filters

  private mutating func filter() throws(PathSyntaxError) -> PathFilter {
    depth += 1
    defer { depth -= 1 }
    guard depth <= LanguageLimits.pathDepth else { throw error("the filter is nested too deeply") }
    var left = try conjunction()
    skipSpaces()
    while takeWord("||") {
      left = .or(left, try conjunction())
      skipSpaces()
    }
    return left
  }

  private mutating func conjunction() throws(PathSyntaxError) -> PathFilter {
    var left = try condition()
    skipSpaces()
    while takeWord("&&") {
      left = .and(left, try condition())
      skipSpaces()
    }
    return left
  }

  private mutating func condition() throws(PathSyntaxError) -> PathFilter {
    skipSpaces()
    if peek == "!", peekAfter != "=" {
      position += 1
      depth += 1
      defer { depth -= 1 }
      guard depth <= LanguageLimits.pathDepth else { throw error("the filter is nested too deeply") }
      return .not(try condition())
    }
    if take("(") {
      let inner = try filter()
      skipSpaces()
      guard take(")") else { throw error("')' is missing") }
      return inner
    }
    let left = try operand()
    skipSpaces()
    for comparison in PathFilter.Comparison.allCases where takeWord(comparison.rawValue) {
      skipSpaces()
      return .compare(left, comparison, try operand())
    }
    return .exists(left)
  }

  private mutating func operand() throws(PathSyntaxError) -> PathFilter.Operand {
    skipSpaces()
    switch peek {
    case "@":
      position += 1
      return .element(try segments())
    case "$":
      position += 1
      return .root(try segments())
    case "'", "\"": return .string(try quoted())
    case "[": return .list(try list())
    default: break
    }
    if takeWord("true") { return .bool(true) }
    if takeWord("false") { return .bool(false) }
    if takeWord("null") { return .null }
    // Jayway wants quotes; recorded definitions exist without.
    if let first = peek, isNameStart(first) { return .string(takeName()) }
    var digits = ""
    while let next = peek, "+-.0123456789eE".unicodeScalars.contains(next) {
      digits.unicodeScalars.append(next)
      position += 1
    }
    guard let number = Double(digits), number.isFinite else { throw error("a filter's operand is missing") }
    return .number(number)
  }

  private mutating func list() throws(PathSyntaxError) -> [PathFilter.Operand] {
    position += 1
    depth += 1
    defer { depth -= 1 }
    guard depth <= LanguageLimits.pathDepth else { throw error("the filter is nested too deeply") }
    var elements: [PathFilter.Operand] = []
    skipSpaces()
    if take("]") { return elements }
    while true {
      elements.append(try operand())
      skipSpaces()
      if take("]") { return elements }
      guard take(",") else { throw error("',' or ']' is missing") }
    }
  }

  // MARK: Characters

  private var peek: UnicodeScalar? { position < scalars.count ? scalars[position] : nil }
  private var peekAfter: UnicodeScalar? { position + 1 < scalars.count ? scalars[position + 1] : nil }

  private mutating func take(_ scalar: UnicodeScalar) -> Bool {
    guard peek == scalar else { return false }
    position += 1
    return true
  }

  private mutating func takeWord(_ word: String) -> Bool {
    let wanted = Array(word.unicodeScalars)
    guard scalars[position...].starts(with: wanted) else { return false }
    position += wanted.count
    return true
  }

  private mutating func skipSpaces() {
    while peek == " " { position += 1 }
  }

  private mutating func takeName() -> String {
    var name = ""
    while let next = peek, isNameStart(next) || ("0"..."9").contains(next) {
      name.unicodeScalars.append(next)
      position += 1
    }
    return name
  }

  private mutating func integer() throws(PathSyntaxError) -> Int? {
    var digits = ""
    if take("-") { digits = "-" }
    while let next = peek, ("0"..."9").contains(next) {
      digits.unicodeScalars.append(next)
      position += 1
    }
    if digits.isEmpty { return nil }
    guard let number = Int32(digits) else { throw error("'\(digits)' is no index") }
    return Int(number)
  }

  private mutating func quoted() throws(PathSyntaxError) -> String {
    guard let quote = peek, quote == "'" || quote == "\"" else { throw error("a quoted name is missing") }
    position += 1
    var name = ""
    while let next = peek {
      position += 1
      if next == quote { return name }
      if next == "\\", let escaped = peek {
        position += 1
        name.unicodeScalars.append(escaped)
      } else {
        name.unicodeScalars.append(next)
      }
    }
    throw error("the quote is not closed")
  }

  private func isNameStart(_ scalar: UnicodeScalar) -> Bool {
    scalar == "_" || scalar.properties.isXIDContinue && !("0"..."9").contains(scalar)
  }

  /// Jayway takes anything up to the next separator; only blanks and operators need brackets.
  private func isDottedCharacter(_ scalar: UnicodeScalar) -> Bool {
    switch scalar {
    case ".", "[", "]", "(", ")", " ", ",", "'", "\"", "\t", "\n", "\r", "*", "?", "=", "<", ">", "!", "&", "|", "$",
      "@":
      // `$.$ref` and `$.@type` are ordinary names; the others end one.
      (scalar == "$" || scalar == "@") && position > 0 && scalars[position - 1] == "."
    default: true
    }
  }

  private func error(_ message: String) -> PathSyntaxError {
    PathSyntaxError(message: position < scalars.count ? "\(message) (at character \(position + 1))" : message)
  }
}
