/// Reads an expression into raw syntax by operator precedence (Pratt's method, as in the reference
/// implementation, so that every expression groups alike).
struct Parser {
  private var lexer: Lexer
  var token = Token(kind: .end, position: 0)
  private var depth = 0
  private let maximumDepth: Int
  /// A chain such as `a & b & c …` nests to the left without the parser's nesting.
  private let maximumHeight: Int

  init(_ text: String, maximumDepth: Int) {
    lexer = Lexer(text)
    self.maximumDepth = maximumDepth
    maximumHeight = maximumDepth * 2
  }

  /// The whole text as one expression.
  mutating func parse() throws(JSONataError) -> SyntaxNode {
    try advance()
    let expression = try expression(0)
    guard token.isEnd else { throw syntaxError("S0201", token) }
    return expression
  }

  func syntaxError(_ code: String, _ token: Token) -> JSONataError {
    JSONataError(code, at: token.position, token: token.text, ["token": .value(token.value)])
  }

  mutating func advance(isInfix: Bool = false) throws(JSONataError) {
    token = try lexer.next(isInfix: isInfix)
    if token.isOperator("!") || token.isOperator("~") { throw syntaxError("S0204", token) }
  }

  /// Takes the operator `id`, which must be next.
  mutating func expect(_ id: String, isInfix: Bool = false) throws(JSONataError) {
    guard token.isOperator(id) else {
      throw JSONataError(
        token.isEnd ? "S0203" : "S0202", at: token.position, token: token.text,
        ["value": .text(id), "token": .value(token.value)])
    }
    try advance(isInfix: isInfix)
  }

  /// Takes the operator `id` where it is next.
  mutating func take(_ id: String) throws(JSONataError) -> Bool {
    guard token.isOperator(id) else { return false }
    try advance()
    return true
  }

  mutating func expression(_ power: Int) throws(JSONataError) -> SyntaxNode {
    depth += 1
    defer { depth -= 1 }
    if depth > maximumDepth { throw .tooDeep }
    let first = token
    try advance(isInfix: true)
    var left = try prefix(first)
    while power < Parser.bindingPower(of: token) {
      let current = token
      try advance()
      let height = left.height + 1
      left = try infix(current, left)
      left.height = max(left.height, height)
      if left.height > maximumHeight { throw .tooDeep }
    }
    return left
  }

  private static let powers: [String: Int] = [
    ".": 75, "[": 80, "{": 70, "(": 80, "@": 80, "#": 80, "?": 20, "+": 50, "-": 50, "*": 60, "/": 60, "%": 60,
    "=": 40, "<": 40, ">": 40, "^": 40, ":=": 10, "!=": 40, "<=": 40, ">=": 40, "~>": 40, "?:": 40, "??": 40,
    "and": 30, "or": 25, "in": 40, "&": 50,
  ]

  private static func bindingPower(of token: Token) -> Int {
    if case .operator(let id) = token.kind { powers[id] ?? 0 } else { 0 }
  }

  private mutating func prefix(_ first: Token) throws(JSONataError) -> SyntaxNode {
    let place = first.position
    switch first.kind {
    case .name(let name): return SyntaxNode(.name(name), at: place)
    case .variable(let name): return SyntaxNode(.variable(name), at: place)
    case .string(let text): return SyntaxNode(.string(text), at: place)
    case .number(let number): return SyntaxNode(.number(number), at: place)
    case .constant(let constant): return SyntaxNode(.constant(constant), at: place)
    case .regex(let regex): return SyntaxNode(.regex(regex), at: place)
    case .end: return SyntaxNode(.end, at: place)
    case .operator(let id): return try prefix(id, first)
    }
  }

  private mutating func prefix(_ id: String, _ first: Token) throws(JSONataError) -> SyntaxNode {
    let place = first.position
    switch id {
    case "and", "or", "in": return SyntaxNode(.word(id), at: place)
    case "*": return SyntaxNode(.wildcard, at: place)
    case "**": return SyntaxNode(.descendant, at: place)
    case "%": return SyntaxNode(.parent(nil), at: place)
    case "-": return grown(SyntaxNode(.negation(try expression(70)), at: place))
    case "(": return try block(at: place)
    case "[": return try arrayConstructor(at: place)
    case "{": return grown(SyntaxNode(.object(try pairs()), at: place))
    case "|": return try transform(at: place)
    default: throw syntaxError("S0211", first)
    }
  }

  /// A node that nests others through a bracket: its height is the parser's depth from here on.
  func grown(_ node: SyntaxNode) -> SyntaxNode {
    node.height = SyntaxHeight.of(node) + 1
    return node
  }

  private mutating func infix(_ operation: Token, _ left: SyntaxNode) throws(JSONataError) -> SyntaxNode {
    guard case .operator(let id) = operation.kind else { throw syntaxError("S0201", operation) }
    let place = operation.position
    switch id {
    case "(": return grown(try invocation(of: left, at: place))
    case "[": return grown(try filter(left, at: place))
    case "{": return grown(SyntaxNode(.group(left, try pairs()), at: place))
    case "^": return grown(try order(left, at: place))
    case "@": return SyntaxNode(.focus(left, try boundName(id)), at: place)
    case "#": return SyntaxNode(.index(left, try boundName(id)), at: place)
    case ":=":
      guard left.isVariable else {
        throw JSONataError("S0212", at: left.position, token: Parser.tokenText(left))
      }
      return grown(SyntaxNode(.assignment(left, try expression(9)), at: place))
    case "?": return grown(try condition(left, at: place))
    case "?:", "??":
      return grown(
        SyntaxNode(.fallback(left, try expression(0), isCoalescing: id == "??"), at: place))
    case ".": return grown(SyntaxNode(.map(left, try expression(75)), at: place))
    case "~>": return grown(SyntaxNode(.apply(left, try expression(40)), at: place))
    default:
      return grown(SyntaxNode(.binary(id, left, try expression(Parser.powers[id] ?? 0)), at: place))
    }
  }

  private mutating func boundName(_ id: String) throws(JSONataError) -> String {
    let right = try expression(80)
    guard case .variable(let name) = right.form else {
      throw JSONataError("S0214", at: right.position, token: id)
    }
    return name
  }

  static func tokenText(_ node: SyntaxNode) -> String? {
    switch node.form {
    case .string(let text), .name(let text), .variable(let text), .word(let text): text
    case .number(let number): ValueText.number(number)
    case .binary(let id, _, _): id
    default: nil
    }
  }
}

extension JSONataError {
  static var tooDeep: JSONataError { bound("The expression is nested too deeply") }
}
