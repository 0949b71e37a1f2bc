/// A node of an expression that has been read: what it is, and what is done with its value.
final class Expression: Sendable {
  let form: any ExpressionForm
  /// Where its token ends, in Unicode scalars.
  let position: Int
  let traits: Traits
  /// Applied to the value, one after the other.
  let predicates: [Expression]
  let group: Group?

  struct Traits: OptionSet, Sendable {
    let rawValue: UInt8
    /// A sequence of one value stays an array.
    static let keepsArray = Traits(rawValue: 1)
  }

  struct Group: Sendable {
    var pairs: [Pair]
    var position: Int
  }

  struct Pair: Sendable {
    var key: Expression
    var value: Expression
  }

  init(_ form: any ExpressionForm, at position: Int, traits: Traits, predicates: [Expression], group: Group?) {
    self.form = form
    self.position = position
    self.traits = traits
    self.predicates = predicates
    self.group = group
  }

  /// The value for `input` as the context; nil is nothing.
  func evaluate(_ input: Value?, _ frame: Frame, _ run: Evaluation) throws(JSONataError) -> Value? {
    try run.enter()
    defer { run.leave() }
    if run.needsFreshStack {
      return try run.onFreshStack { () throws(JSONataError) in try self.evaluateHere(input, frame, run) }
    }
    return try evaluateHere(input, frame, run)
  }

  private func evaluateHere(_ input: Value?, _ frame: Frame, _ run: Evaluation) throws(JSONataError) -> Value? {
    var result = try form.evaluate(input, frame, run, self)
    if !predicates.isEmpty {
      for predicate in predicates { result = try run.filter(result, by: predicate, frame) }
    }
    if let group, !(form is PathForm) { result = try run.group(result, by: group, frame) }
    guard case .array(var list) = result, list.isSequence, list.tuples == nil else { return result }
    if traits.contains(.keepsArray) { list.traits.insert(.keepsSingleton) }
    switch list.count {
    case 0: return nil
    case 1: return list.traits.contains(.keepsSingleton) ? .array(list) : list[0]
    default: return .array(list)
    }
  }

  var isNumberLiteral: Double? { (form as? LiteralForm)?.value.double }
}

/// A kind of node.
protocol ExpressionForm: Sendable {
  func evaluate(
    _ input: Value?, _ frame: Frame, _ run: Evaluation, _ node: Expression
  ) throws(JSONataError) -> Value?
}
