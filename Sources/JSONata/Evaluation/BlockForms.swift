/// `( …; … )`: a scope of its own; the last value counts.
struct BlockForm: ExpressionForm {
  let expressions: [Expression]

  func evaluate(
    _ input: Value?, _ frame: Frame, _ run: Evaluation, _ node: Expression
  ) throws(JSONataError) -> Value? {
    let scope = Frame(frame)
    var result: Value?
    for expression in expressions { result = try expression.evaluate(input, scope, run) }
    return result
  }
}

/// `$name := value`
struct BindingForm: ExpressionForm {
  let name: String
  let value: Expression

  func evaluate(
    _ input: Value?, _ frame: Frame, _ run: Evaluation, _ node: Expression
  ) throws(JSONataError) -> Value? {
    let result = try value.evaluate(input, frame, run)
    frame.bind(name, result)
    return result
  }
}

/// `condition ? then : otherwise`
struct ConditionForm: ExpressionForm {
  let condition: Expression
  let then: Expression
  let otherwise: Expression?

  func evaluate(
    _ input: Value?, _ frame: Frame, _ run: Evaluation, _ node: Expression
  ) throws(JSONataError) -> Value? {
    if try run.truth(of: condition.evaluate(input, frame, run)) { return try then.evaluate(input, frame, run) }
    return try otherwise?.evaluate(input, frame, run)
  }
}

/// `left ?: right` where left counts as false, `left ?? right` where it is nothing.
struct FallbackForm: ExpressionForm {
  let left: Expression
  let right: Expression
  let isCoalescing: Bool

  func evaluate(
    _ input: Value?, _ frame: Frame, _ run: Evaluation, _ node: Expression
  ) throws(JSONataError) -> Value? {
    let value = try left.evaluate(input, frame, run)
    let suffices = try isCoalescing ? value != nil : run.truth(of: value)
    return suffices ? value : try right.evaluate(input, frame, run)
  }
}
