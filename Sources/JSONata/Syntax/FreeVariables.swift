/// A `$name` that the expression itself does not bind: of the host, of the language, or a mistake.
public struct VariableReference: Hashable, Sendable {
  /// Without the `$`.
  public var name: String
  /// Where the `$` stands, in Unicode scalars from the expression's beginning.
  public var position: Int
  /// Whether it is called.
  public var isCalled: Bool
}

/// Finds the variables that an expression takes from outside.
///
/// Parameters are bound in their function, `:=` in the block around it, before as well as after, since a function
/// may use what is bound after it; `@` and `#` in their path.
struct FreeVariables {
  private var found: [VariableReference] = []

  static func references(in node: SyntaxNode) -> [VariableReference] {
    var collector = FreeVariables()
    collector.visit(node, bound: bindings(in: [node]))
    return collector.found.sorted { $0.position < $1.position }
  }

  private mutating func visit(_ node: SyntaxNode, bound: Set<String>, isCalled: Bool = false) {
    var bound = bound
    switch node.form {
    case .variable(let name):
      if !name.isEmpty, name != "$", !bound.contains(name) {
        let position = node.position - name.unicodeScalars.count - 1
        found.append(VariableReference(name: name, position: position, isCalled: isCalled))
      }
    case .lambda(let parameters, _, let body):
      let inner = bound.union(parameters)
      visit(body, bound: inner.union(FreeVariables.bindings(in: [body])))
    case .block(let expressions):
      let inner = bound.union(FreeVariables.bindings(in: expressions))
      for expression in expressions { visit(expression, bound: inner) }
    case .path(let steps):
      for step in steps { bound.formUnion(FreeVariables.names(of: step)) }
      for step in steps { visit(step, bound: bound) }
    case .call(let procedure, let arguments), .partial(let procedure, let arguments):
      visit(procedure, bound: bound, isCalled: true)
      for argument in arguments { visit(argument, bound: bound) }
    default: for child in FreeVariables.children(of: node) { visit(child, bound: bound) }
    }
    for predicate in node.predicates ?? [] { visit(predicate, bound: bound) }
    for case .filter(let predicate) in node.stages ?? [] { visit(predicate, bound: bound) }
    for pair in node.group?.pairs ?? [] {
      visit(pair.key, bound: bound)
      visit(pair.value, bound: bound)
    }
  }

  /// What a step binds, also from within brackets around it.
  private static func names(of step: SyntaxNode) -> Set<String> {
    var names = Set([step.focus, step.index].compactMap { $0 })
    for case .index(let name) in step.stages ?? [] { names.insert(name) }
    if case .block(let expressions) = step.form, let last = expressions.last {
      for inner in last.steps { names.formUnion(FreeVariables.names(of: inner)) }
    }
    return names
  }

  /// What `:=` binds in these expressions, but for those in blocks and functions within them.
  private static func bindings(in nodes: [SyntaxNode]) -> Set<String> {
    var names: Set<String> = []
    var rest = nodes
    while let node = rest.popLast() {
      switch node.form {
      case .block, .lambda: continue
      case .binding(let name, _): names.insert(name)
      default: break
      }
      rest += children(of: node)
    }
    return names
  }

  private static func children(of node: SyntaxNode) -> [SyntaxNode] {
    switch node.form {
    case .binary(_, let left, let right), .apply(let left, let right), .fallback(let left, let right, _):
      [left, right]
    case .negation(let child), .binding(_, let child), .thunk(let child): [child]
    case .array(let children), .path(let children): children
    case .object(let pairs): pairs.flatMap { [$0.key, $0.value] }
    case .condition(let condition, let then, let otherwise): [condition, then] + [otherwise].compactMap { $0 }
    case .call(let procedure, let arguments), .partial(let procedure, let arguments): [procedure] + arguments
    case .transform(let pattern, let update, let deletion): [pattern, update] + [deletion].compactMap { $0 }
    case .sort(let terms): terms.map(\.expression)
    default: []
    }
  }
}
