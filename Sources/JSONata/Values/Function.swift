/// A function as a value.
final class Function {
  enum Kind {
    case lambda(Lambda)
    case native(NativeFunction)
    case host(HostFunction)
    case regex(RegularExpression, position: Int)
    case nextMatch(RegularExpression, position: Int, text: [Unicode.Scalar], start: Int)
    case transform(TransformForm, Frame, position: Int)
    /// The second one applied to what the first one yields.
    case chain(Function, Function)
    case partial(Function, [PartialArgument])
    /// A call in tail position that is still to be made.
    case thunk(CallForm, position: Int, input: Value?, Frame)
    /// What is left after the evaluation's end.
    case released
  }

  enum PartialArgument {
    case bound(Value?)
    case open
  }

  private(set) var kind: Kind

  init(_ kind: Kind) {
    self.kind = kind
  }

  func release() { kind = .released }

  var isThunk: Bool { if case .thunk = kind { true } else { false } }

  /// How many arguments it declares: a higher-order function passes no more than that.
  var arity: Int {
    switch kind {
    case .lambda(let lambda): lambda.parameters.count
    case .native(let native): native.parameterCount
    case .host(let host): host.arguments.upperBound
    case .regex: 2
    case .nextMatch, .released, .thunk: 0
    case .transform, .chain: 1
    case .partial(_, let arguments): arguments.count { if case .open = $0 { true } else { false } }
    }
  }

  func isSame(as other: Function) -> Bool {
    if case .native(let one) = kind, case .native(let another) = other.kind { return one.name == another.name }
    return self === other
  }
}

/// A function that the expression defines, with the scope and the value it was defined in.
struct Lambda {
  var parameters: [String]
  var signature: Signature?
  var body: Expression
  var input: Value?
  var frame: Frame
}
