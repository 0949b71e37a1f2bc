/// A text, a number, `true`, `false` or `null`.
struct LiteralForm: ExpressionForm {
  private let literal: Literal

  private enum Literal: Sendable {
    case text(String)
    case number(Double)
    case constant(Token.Constant)
  }

  init(_ text: String) { literal = .text(text) }
  init(_ number: Double) { literal = .number(number) }
  init(_ constant: Token.Constant) { literal = .constant(constant) }

  var value: Value {
    switch literal {
    case .text(let text): .string(text)
    case .number(let number): .number(number)
    case .constant(.true): .bool(true)
    case .constant(.false): .bool(false)
    case .constant(.null): .null
    }
  }

  func evaluate(_ input: Value?, _ frame: Frame, _ run: Evaluation, _ node: Expression) -> Value? { value }
}

/// A member's name.
struct NameForm: ExpressionForm {
  let name: String

  func evaluate(
    _ input: Value?, _ frame: Frame, _ run: Evaluation, _ node: Expression
  ) throws(JSONataError) -> Value? {
    try run.member(name, of: input)
  }
}

extension Evaluation {
  /// The member of an object, or of all the objects in an array (`$lookup`).
  func member(_ name: String, of value: Value?) throws(JSONataError) -> Value? {
    switch value {
    case .object(let members): return members[name]
    case .array(let list):
      var result: [Value] = []
      try budget.spend(list.count)
      for element in list {
        guard let found = try member(name, of: element) else { continue }
        if case .array(let inner) = found {
          try budget.allocate(inner.count)
          result.append(contentsOf: inner)
        } else {
          result.append(found)
        }
      }
      try budget.allocate(result.count)
      return .array(.sequence(result))
    default: return nil
    }
  }
}

/// `$name`, `$` or `$$`.
struct VariableForm: ExpressionForm {
  let name: String

  func evaluate(_ input: Value?, _ frame: Frame, _ run: Evaluation, _ node: Expression) -> Value? {
    if !name.isEmpty { return run.lookup(name, frame) }
    if case .array(let list) = input, list.traits.contains(.outerWrapper) { return list.first }
    return input
  }
}

/// `%`: the step that is meant has bound its value to the label.
struct ParentForm: ExpressionForm {
  let label: String

  func evaluate(_ input: Value?, _ frame: Frame, _ run: Evaluation, _ node: Expression) -> Value? {
    run.lookup(label, frame)
  }
}

/// `*`: the values of all members.
struct WildcardForm: ExpressionForm {
  func evaluate(
    _ input: Value?, _ frame: Frame, _ run: Evaluation, _ node: Expression
  ) throws(JSONataError) -> Value? {
    var context = input
    if case .array(let list) = input, list.traits.contains(.outerWrapper) { context = list.first }
    let values: [Value]
    switch context {
    case .object(let members): values = members.values
    case .array(let list): values = Array(list)
    default: return .array(.sequence([]))
    }
    try run.budget.spend(values.count)
    var result: [Value] = []
    var isSequence = true
    for value in values {
      if case .array(let list) = value {
        // As in the reference implementation, what was joined with an array no longer collapses.
        isSequence = false
        try run.flatten(list, into: &result)
      } else {
        result.append(value)
      }
    }
    try run.budget.allocate(result.count)
    return .array(List(result, isSequence ? [.sequence] : []))
  }
}

/// `**`: the value and everything in it.
struct DescendantForm: ExpressionForm {
  func evaluate(
    _ input: Value?, _ frame: Frame, _ run: Evaluation, _ node: Expression
  ) throws(JSONataError) -> Value? {
    guard let input else { return nil }
    var result: [Value] = []
    try collect(input, run, &result)
    return result.count == 1 ? result[0] : .array(.sequence(result))
  }

  private func collect(_ value: Value, _ run: Evaluation, _ result: inout [Value]) throws(JSONataError) {
    try run.budget.spend()
    try run.budget.allocate(1)
    switch value {
    case .array(let list): for element in list { try collect(element, run, &result) }
    case .object(let members):
      result.append(value)
      for member in members.values { try collect(member, run, &result) }
    default: result.append(value)
    }
  }
}

extension Evaluation {
  /// The elements of a list and of the lists in it.
  func flatten(_ list: List, into result: inout [Value]) throws(JSONataError) {
    try budget.spend(list.count)
    try budget.allocate(list.count)
    for element in list {
      if case .array(let inner) = element { try flatten(inner, into: &result) } else { result.append(element) }
    }
  }
}

/// `/…/`: a function that finds the expression in a text.
struct RegexForm: ExpressionForm {
  let expression: RegularExpression

  func evaluate(_ input: Value?, _ frame: Frame, _ run: Evaluation, _ node: Expression) -> Value? {
    .function(Function(.regex(expression, position: node.position)))
  }
}
