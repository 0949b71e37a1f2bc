/// Gives the raw syntax its meaning: `a.b[c]` becomes a path of steps with their stages, a grouping or an order
/// joins the path it follows, and every `%` finds the step whose value it names.
struct SyntaxProcessor {
  private var labels = 0

  /// The whole expression's processed form.
  static func process(_ raw: SyntaxNode) throws(JSONataError) -> SyntaxNode {
    var processor = SyntaxProcessor()
    let result = try processor.process(raw)
    if result.slot != nil || result.seekingParents != nil {
      throw JSONataError("S0217", at: raw.position)
    }
    return result
  }

  mutating func process(_ raw: SyntaxNode) throws(JSONataError) -> SyntaxNode {
    let result = try processed(raw)
    if raw.keepsArray { result.keepsArray = true }
    return result
  }

  private mutating func processed(_ raw: SyntaxNode) throws(JSONataError) -> SyntaxNode {
    switch raw.form {
    case .map(let left, let right): return try map(left, right)
    case .filter(let left, let predicate): return try filter(left, predicate, raw)
    case .group(let left, let pairs): return try group(left, pairs, raw)
    case .order(let left, let terms): return try order(left, terms, raw)
    case .assignment(let left, let right):
      guard case .variable(let name) = left.form else { throw JSONataError("S0212", at: left.position) }
      let value = try process(right)
      let result = SyntaxNode(.binding(name, value), at: raw.position)
      pushAncestry(result, value)
      return result
    case .focus(let left, let name): return try focus(left, name, raw)
    case .index(let left, let name): return try index(left, name)
    case .name:
      let result = SyntaxNode(.path([raw]), at: raw.position)
      result.keepsSingletonArray = raw.keepsArray
      return result
    case .word(let word):
      raw.form = .name(word)
      return try process(raw)
    case .parent:
      labels += 1
      // No variable's name can begin like this.
      return SyntaxNode(.parent(AncestorSlot(label: "!\(labels - 1)")), at: raw.position)
    case .end: throw JSONataError("S0207", at: raw.position, token: "(end)")
    case .lambda(let parameters, let signature, let body):
      let body = SyntaxProcessor.withTailCalls(try process(body))
      return SyntaxNode(.lambda(parameters, signature, body), at: raw.position)
    default: return try composite(raw)
    }
  }

  /// Forms whose parts are processed one by one and stay as they are.
  private mutating func composite(_ raw: SyntaxNode) throws(JSONataError) -> SyntaxNode {
    let result = SyntaxNode(.end, at: raw.position)
    switch raw.form {
    case .binary(let id, let left, let right):
      result.form = .binary(id, try part(left, of: result), try part(right, of: result))
    case .apply(let left, let right):
      let left = try process(left)
      let right = try process(right)
      result.form = .apply(left, right)
      result.keepsArray = left.keepsArray || right.keepsArray
    case .negation(let operand):
      let operand = try process(operand)
      if case .number(let number) = operand.form {
        operand.form = .number(-number)
        return operand
      }
      result.form = .negation(operand)
      pushAncestry(result, operand)
    case .array(let items): result.form = .array(try parts(items, of: result))
    case .object(let pairs):
      var processed: [SyntaxNode.Pair] = []
      for pair in pairs { processed.append((try part(pair.key, of: result), try part(pair.value, of: result))) }
      result.form = .object(processed)
    case .block(let expressions):
      let parts = try parts(expressions, of: result)
      result.form = .block(parts)
      result.isConstructedArray = parts.contains {
        $0.isConstructedArray || $0.steps.first?.isConstructedArray ?? false
      }
    case .condition(let condition, let then, let otherwise):
      let condition = try part(condition, of: result)
      let then = try part(then, of: result)
      result.form = .condition(
        condition, then, try otherwise.map { (node) throws(JSONataError) in try part(node, of: result) })
    case .fallback(let left, let right, let isCoalescing):
      let left = try part(left, of: result)
      result.form = .fallback(left, try part(right, of: result), isCoalescing: isCoalescing)
    case .call(let procedure, let arguments):
      let arguments = try parts(arguments, of: result)
      result.form = .call(try process(procedure), arguments)
    case .partial(let procedure, let arguments):
      let arguments = try parts(arguments, of: result)
      result.form = .partial(try process(procedure), arguments)
    case .transform(let pattern, let update, let deletion):
      let pattern = try process(pattern)
      let update = try process(update)
      result.form = .transform(
        pattern, update, try deletion.map { (node) throws(JSONataError) in try process(node) })
    default: return raw
    }
    return result
  }

  private mutating func part(_ raw: SyntaxNode, of whole: SyntaxNode) throws(JSONataError) -> SyntaxNode {
    let result = try process(raw)
    pushAncestry(whole, result)
    return result
  }

  private mutating func parts(_ raw: [SyntaxNode], of whole: SyntaxNode) throws(JSONataError) -> [SyntaxNode] {
    var result: [SyntaxNode] = []
    result.reserveCapacity(raw.count)
    for node in raw { result.append(try part(node, of: whole)) }
    return result
  }

  /// A call in the last place of a function's body is handed back to the caller instead of being made, so that a
  /// recursion there needs no stack.
  private static func withTailCalls(_ node: SyntaxNode) -> SyntaxNode {
    switch node.form {
    case .call where node.predicates == nil:
      return SyntaxNode(.thunk(node), at: node.position)
    case .condition(let condition, let then, let otherwise):
      node.form = .condition(condition, withTailCalls(then), otherwise.map(withTailCalls))
    case .block(var expressions):
      guard let last = expressions.popLast() else { return node }
      node.form = .block(expressions + [withTailCalls(last)])
    default: break
    }
    return node
  }
}
