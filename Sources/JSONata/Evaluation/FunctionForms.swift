/// `function($a, $b) { … }`
struct LambdaForm: ExpressionForm {
  let parameters: [String]
  let signature: Signature?
  let body: Expression

  func evaluate(_ input: Value?, _ frame: Frame, _ run: Evaluation, _ node: Expression) -> Value? {
    let lambda = Lambda(parameters: parameters, signature: signature, body: body, input: input, frame: frame)
    return run.make(.lambda(lambda), capturing: frame)
  }
}

/// A call in the last place of a function's body.
struct ThunkForm: ExpressionForm {
  let call: CallForm
  let position: Int

  func evaluate(_ input: Value?, _ frame: Frame, _ run: Evaluation, _ node: Expression) -> Value? {
    .function(Function(.thunk(call, position: position, input: input, frame)))
  }
}

/// `procedure(arguments)`
struct CallForm: ExpressionForm {
  let procedure: Expression
  let arguments: [Expression]

  /// The name in messages: of a variable, or of a path, which lacks its `$`.
  var name: String? {
    if let variable = procedure.form as? VariableForm { return variable.name }
    return pathName
  }

  private var pathName: String? {
    guard let path = procedure.form as? PathForm else { return nil }
    return (path.steps[0].expression.form as? NameForm)?.name
  }

  func evaluate(
    _ input: Value?, _ frame: Frame, _ run: Evaluation, _ node: Expression
  ) throws(JSONataError) -> Value? {
    try call(first: .none, input, frame, run, node.position)
  }

  /// - Parameter first: the argument that `~>` puts before the others.
  func call(
    first: Value??, _ input: Value?, _ frame: Frame, _ run: Evaluation, _ position: Int
  ) throws(JSONataError) -> Value? {
    let function = try procedure.evaluate(input, frame, run)
    if function == nil { try suggest("T1005", frame, run, position) }
    var values: [Value?] = []
    if let first { values.append(first) }
    for argument in arguments { values.append(try argument.evaluate(input, frame, run)) }
    return try run.apply(function, values, input, frame, name: name, position: position)
  }

  /// Says so where only the `$` was forgotten.
  func suggest(_ code: String, _ frame: Frame, _ run: Evaluation, _ position: Int) throws(JSONataError) {
    guard let name = pathName, run.lookup(name, frame) != nil else { return }
    throw JSONataError(code, at: position, token: name)
  }
}

/// `procedure(a, ?)`: a function of the arguments left open.
struct PartialForm: ExpressionForm {
  let call: CallForm
  /// Nil where the argument is left open.
  let arguments: [Expression?]

  func evaluate(
    _ input: Value?, _ frame: Frame, _ run: Evaluation, _ node: Expression
  ) throws(JSONataError) -> Value? {
    var values: [Function.PartialArgument] = []
    for argument in arguments {
      guard let argument else {
        values.append(.open)
        continue
      }
      values.append(.bound(try argument.evaluate(input, frame, run)))
    }
    let procedure = try call.procedure.evaluate(input, frame, run)
    if procedure == nil { try call.suggest("T1007", frame, run, node.position) }
    guard case .function(let function) = procedure else {
      throw JSONataError("T1008", at: node.position, token: call.name)
    }
    guard case .lambda(let lambda) = function.kind else { return run.make(.partial(function, values)) }
    let scope = Frame(lambda.frame)
    var open: [String] = []
    for (index, parameter) in lambda.parameters.enumerated() {
      guard index < values.count else {
        scope.bind(parameter, nil)
        continue
      }
      switch values[index] {
      case .bound(let value): scope.bind(parameter, value)
      case .open: open.append(parameter)
      }
    }
    let rest = Lambda(parameters: open, signature: nil, body: lambda.body, input: lambda.input, frame: scope)
    return run.make(.lambda(rest), capturing: scope)
  }
}

/// `left ~> right`
struct ApplyForm: ExpressionForm {
  let left: Expression
  let right: Expression

  func evaluate(
    _ input: Value?, _ frame: Frame, _ run: Evaluation, _ node: Expression
  ) throws(JSONataError) -> Value? {
    let value = try left.evaluate(input, frame, run)
    if let call = right.form as? CallForm {
      return try call.call(first: .some(value), input, frame, run, right.position)
    }
    let procedure = try right.evaluate(input, frame, run)
    guard case .function(let function) = procedure else {
      throw JSONataError("T2006", at: node.position, ["value": .value(procedure)])
    }
    if case .function(let first) = value { return run.make(.chain(first, function)) }
    return try run.apply(procedure, [value], nil, frame, name: nil, position: node.position)
  }
}
