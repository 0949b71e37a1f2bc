/// One token of an expression.
struct Token {
  enum Kind {
    case name(String)
    case variable(String)
    case `operator`(String)
    case string(String)
    case number(Double)
    case constant(Constant)
    case regex(RegularExpression)
    case end
  }

  enum Constant: Sendable { case `true`, `false`, null }

  var kind: Kind
  /// Where the token ends, in Unicode scalars: the place that the reference implementation reports.
  var position: Int

  /// Whether this is the operator `id`.
  func isOperator(_ id: String) -> Bool {
    if case .operator(let text) = kind { text == id } else { false }
  }

  var isEnd: Bool { if case .end = kind { true } else { false } }

  /// The token's value, as messages show it.
  var value: Value {
    switch kind {
    case .name(let text), .variable(let text), .operator(let text), .string(let text): .string(text)
    case .number(let number): .number(number)
    case .constant(.true): .bool(true)
    case .constant(.false): .bool(false)
    case .constant(.null): .null
    case .regex(let expression): .string(expression.pattern)
    case .end: .string("(end)")
    }
  }

  /// The value as text, without quotes.
  var text: String {
    if case .string(let text) = value { text } else { ValueText.excerpt(of: value) }
  }
}
