/// `[ …, … ]`
struct ArrayForm: ExpressionForm {
  let items: [Item]
  let isConstructed: Bool

  struct Item: Sendable {
    var expression: Expression
    /// An array constructor within one is an element; other arrays are joined.
    var isArray: Bool
  }

  func evaluate(
    _ input: Value?, _ frame: Frame, _ run: Evaluation, _ node: Expression
  ) throws(JSONataError) -> Value? {
    if items.count == 1, !items[0].isArray, !isConstructed { return try single(items[0], input, frame, run) }
    var result: [Value] = []
    for item in items {
      guard let value = try item.expression.evaluate(input, frame, run) else { continue }
      if case .array(let list) = value, !item.isArray {
        try run.budget.allocate(list.count)
        result.append(contentsOf: list)
      } else {
        try run.budget.allocate(1)
        result.append(value)
      }
    }
    return try run.checked(.array(List(result, isConstructed ? [.constructed] : [])))
  }

  /// What is already a list, a range above all, need not be copied.
  private func single(
    _ item: Item, _ input: Value?, _ frame: Frame, _ run: Evaluation
  ) throws(JSONataError) -> Value? {
    guard let value = try item.expression.evaluate(input, frame, run) else { return .array(List([])) }
    guard case .array(var list) = value else { return try run.checked(.array(List([value]))) }
    if list.tuples != nil { return .array(List(Array(list))) }
    list.traits = []
    return .array(list)
  }
}

/// `{ key: value, … }`, whose pairs group the context's values by key.
struct ObjectForm: ExpressionForm {
  let group: Expression.Group

  func evaluate(
    _ input: Value?, _ frame: Frame, _ run: Evaluation, _ node: Expression
  ) throws(JSONataError) -> Value? {
    try run.group(input, by: group, frame)
  }
}
