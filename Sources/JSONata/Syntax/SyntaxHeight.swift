/// How high a raw node's children are.
enum SyntaxHeight {
  static func of(_ node: SyntaxNode) -> Int {
    switch node.form {
    case .binary(_, let left, let right), .map(let left, let right), .filter(let left, let right),
      .apply(let left, let right), .assignment(let left, let right), .fallback(let left, let right, _):
      max(left.height, right.height)
    case .negation(let operand), .lambda(_, _, let operand), .focus(let operand, _), .index(let operand, _):
      operand.height
    case .array(let nodes), .block(let nodes): highest(nodes)
    case .object(let pairs): highest(pairs)
    case .group(let left, let pairs): max(left.height, highest(pairs))
    case .order(let left, let terms): max(left.height, highest(terms.map(\.expression)))
    case .call(let procedure, let arguments), .partial(let procedure, let arguments):
      max(procedure.height, highest(arguments))
    case .condition(let condition, let then, let otherwise):
      max(condition.height, then.height, otherwise?.height ?? 0)
    case .transform(let pattern, let update, let deletion):
      max(pattern.height, update.height, deletion?.height ?? 0)
    default: node.height
    }
  }

  private static func highest(_ nodes: [SyntaxNode]) -> Int { nodes.reduce(0) { max($0, $1.height) } }

  private static func highest(_ pairs: [SyntaxNode.Pair]) -> Int {
    pairs.reduce(0) { max($0, $1.key.height, $1.value.height) }
  }
}
