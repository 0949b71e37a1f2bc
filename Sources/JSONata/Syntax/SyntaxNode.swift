/// A node of the syntax tree while an expression is read. The parser makes the raw forms; ``SyntaxProcessor``
/// turns them into paths with steps. Reading changes nodes that are already there, hence a class; nothing of
/// it outlives the reading.
final class SyntaxNode {
  enum Form {
    case string(String)
    case number(Double)
    case constant(Token.Constant)
    case name(String)
    case variable(String)
    case regex(RegularExpression)
    case wildcard
    case descendant
    case parent(AncestorSlot?)
    case binary(String, SyntaxNode, SyntaxNode)
    case negation(SyntaxNode)
    case array([SyntaxNode])
    case object([Pair])
    case block([SyntaxNode])
    case condition(SyntaxNode, SyntaxNode, SyntaxNode?)
    case fallback(SyntaxNode, SyntaxNode, isCoalescing: Bool)
    case call(SyntaxNode, [SyntaxNode])
    case partial(SyntaxNode, [SyntaxNode])
    case lambda([String], Signature?, SyntaxNode)
    case apply(SyntaxNode, SyntaxNode)
    case transform(SyntaxNode, SyntaxNode, SyntaxNode?)
    /// The `?` of a partial application.
    case placeholder
    /// `and`, `or` and `in` in the place of a name.
    case word(String)
    case end
    // Raw only.
    case map(SyntaxNode, SyntaxNode)
    case filter(SyntaxNode, SyntaxNode)
    case group(SyntaxNode, [Pair])
    case order(SyntaxNode, [SortTerm])
    case focus(SyntaxNode, String)
    case index(SyntaxNode, String)
    case assignment(SyntaxNode, SyntaxNode)
    // Processed only.
    case path([SyntaxNode])
    case sort([SortTerm])
    case binding(String, SyntaxNode)
    case thunk(SyntaxNode)
  }

  typealias Pair = (key: SyntaxNode, value: SyntaxNode)

  struct SortTerm {
    var isDescending: Bool
    var expression: SyntaxNode
  }

  enum Stage {
    case filter(SyntaxNode)
    case index(String)
  }

  struct Group {
    var pairs: [Pair]
    var position: Int
  }

  var form: Form
  var position: Int
  /// Nodes from here down, for the bound on nesting.
  var height = 1
  var keepsArray = false
  var keepsSingletonArray = false
  var isConstructedArray = false
  var isTuple = false
  var focus: String?
  var index: String?
  var ancestor: AncestorSlot?
  var predicates: [SyntaxNode]?
  var stages: [Stage]?
  var group: Group?
  var seekingParents: [AncestorSlot]?

  init(_ form: Form, at position: Int) {
    self.form = form
    self.position = position
  }

  var isPath: Bool { if case .path = form { true } else { false } }
  var steps: [SyntaxNode] { if case .path(let steps) = form { steps } else { [] } }
  var isCall: Bool { if case .call = form { true } else { false } }
  var isArray: Bool { if case .array = form { true } else { false } }
  var isSort: Bool { if case .sort = form { true } else { false } }
  var isVariable: Bool { if case .variable = form { true } else { false } }
  var slot: AncestorSlot? { if case .parent(let slot) = form { slot } else { nil } }
}

/// Which value a `%` names: the one `level` steps up, which a step binds under `label`.
final class AncestorSlot {
  var label: String
  var level = 1

  init(label: String) {
    self.label = label
  }
}
