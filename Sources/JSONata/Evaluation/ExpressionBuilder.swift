/// Makes the final, unchangeable nodes of what was processed.
enum ExpressionBuilder {
  static func build(_ node: SyntaxNode) throws(JSONataError) -> Expression {
    var group: Expression.Group?
    if let source = node.group {
      group = Expression.Group(pairs: try pairs(source.pairs), position: source.position)
    }
    return Expression(
      try form(node), at: node.position, traits: node.keepsArray ? [.keepsArray] : [],
      predicates: try build(node.predicates ?? []), group: group)
  }

  private static func build(_ nodes: [SyntaxNode]) throws(JSONataError) -> [Expression] {
    var result: [Expression] = []
    result.reserveCapacity(nodes.count)
    for node in nodes { result.append(try build(node)) }
    return result
  }

  private static func optional(_ node: SyntaxNode?) throws(JSONataError) -> Expression? {
    guard let node else { return nil }
    return try build(node)
  }

  private static func pairs(_ pairs: [SyntaxNode.Pair]) throws(JSONataError) -> [Expression.Pair] {
    var result: [Expression.Pair] = []
    for pair in pairs { result.append(Expression.Pair(key: try build(pair.key), value: try build(pair.value))) }
    return result
  }

  private static func form(_ node: SyntaxNode) throws(JSONataError) -> any ExpressionForm {
    switch node.form {
    case .string(let text): return LiteralForm(text)
    case .number(let number): return LiteralForm(number)
    case .constant(let constant): return LiteralForm(constant)
    case .name(let name): return NameForm(name: name)
    case .variable(let name): return VariableForm(name: name)
    case .regex(let regex): return RegexForm(expression: regex)
    case .wildcard: return WildcardForm()
    case .descendant: return DescendantForm()
    case .parent(let slot): return ParentForm(label: slot?.label ?? "")
    case .path(let steps): return try path(steps, node)
    case .sort(let terms): return try sort(terms)
    default: return try composite(node)
    }
  }

  private static func composite(_ node: SyntaxNode) throws(JSONataError) -> any ExpressionForm {
    switch node.form {
    case .binary(let id, let left, let right):
      return BinaryForm(operation: id, left: try build(left), right: try build(right))
    case .negation(let operand): return NegationForm(operand: try build(operand))
    case .array(let items): return try array(items, node)
    case .object(let pairs):
      return ObjectForm(group: Expression.Group(pairs: try self.pairs(pairs), position: node.position))
    case .block(let expressions): return BlockForm(expressions: try build(expressions))
    case .condition(let condition, let then, let otherwise):
      return ConditionForm(
        condition: try build(condition), then: try build(then), otherwise: try optional(otherwise))
    case .fallback(let left, let right, let isCoalescing):
      return FallbackForm(left: try build(left), right: try build(right), isCoalescing: isCoalescing)
    case .binding(let name, let value): return BindingForm(name: name, value: try build(value))
    case .call(let procedure, let arguments):
      return CallForm(procedure: try build(procedure), arguments: try build(arguments))
    case .thunk(let call):
      guard case .call(let procedure, let arguments) = call.form else { break }
      return ThunkForm(
        call: CallForm(procedure: try build(procedure), arguments: try build(arguments)), position: call.position)
    case .partial(let procedure, let arguments): return try partial(procedure, arguments)
    case .lambda(let parameters, let signature, let body):
      return LambdaForm(parameters: parameters, signature: signature, body: try build(body))
    case .apply(let left, let right): return ApplyForm(left: try build(left), right: try build(right))
    case .transform(let pattern, let update, let deletion):
      return TransformForm(
        pattern: try build(pattern), update: try build(update), deletion: try optional(deletion))
    default: break
    }
    throw JSONataError("S0206", at: node.position, token: "?")
  }

  private static func path(_ steps: [SyntaxNode], _ node: SyntaxNode) throws(JSONataError) -> PathForm {
    var result: [Step] = []
    for step in steps {
      var stages: [Step.Stage] = []
      for stage in step.stages ?? [] {
        switch stage {
        case .filter(let predicate): stages.append(.filter(try build(predicate)))
        case .index(let name): stages.append(.index(name))
        }
      }
      result.append(
        Step(
          expression: try build(step), stages: stages, focus: step.focus, index: step.index,
          ancestor: step.ancestor?.label, isTuple: step.isTuple, isConstructedArray: step.isConstructedArray))
    }
    return PathForm(steps: result, keepsSingletonArray: node.keepsSingletonArray, isTuple: node.isTuple)
  }

  private static func sort(_ terms: [SyntaxNode.SortTerm]) throws(JSONataError) -> SortForm {
    var result: [SortForm.Term] = []
    for term in terms {
      result.append(SortForm.Term(isDescending: term.isDescending, expression: try build(term.expression)))
    }
    return SortForm(terms: result)
  }

  private static func array(_ items: [SyntaxNode], _ node: SyntaxNode) throws(JSONataError) -> ArrayForm {
    var result: [ArrayForm.Item] = []
    for item in items { result.append(ArrayForm.Item(expression: try build(item), isArray: item.isArray)) }
    return ArrayForm(items: result, isConstructed: node.isConstructedArray)
  }

  private static func partial(
    _ procedure: SyntaxNode, _ arguments: [SyntaxNode]
  ) throws(JSONataError) -> PartialForm {
    var result: [Expression?] = []
    for argument in arguments {
      if case .placeholder = argument.form { result.append(nil) } else { result.append(try build(argument)) }
    }
    return PartialForm(call: CallForm(procedure: try build(procedure), arguments: []), arguments: result)
  }
}
