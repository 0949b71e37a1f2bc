internal import JobModel

extension Evaluation {
  /// Calls a function. Calls in tail position come back as thunks and are made here, one after the other, so that
  /// they need no stack.
  ///
  /// - Parameters:
  ///   - input: the context, which stands in for a missing first argument.
  ///   - name: for messages.
  func apply(
    _ procedure: Value?, _ arguments: [Value?], _ input: Value?, _ frame: Frame, name: String?, position: Int
  ) throws(JSONataError) -> Value? {
    var result = try applyOnce(procedure, arguments, input, frame, name, position)
    while case .function(let function) = result,
      case .thunk(let call, let place, let context, let scope) = function.kind
    {
      let next = try call.procedure.evaluate(context, scope, self)
      if next == nil { try call.suggest("T1005", scope, self, place) }
      var values: [Value?] = []
      for argument in call.arguments { values.append(try argument.evaluate(context, scope, self)) }
      result = try applyOnce(next, values, input, scope, call.name, place)
    }
    return result
  }

  /// Calls a function that was passed as an argument.
  func apply(_ function: Function, _ arguments: [Value?], _ frame: Frame) throws(JSONataError) -> Value? {
    try budget.spend()
    return try apply(.function(function), arguments, nil, frame, name: nil, position: 0)
  }

  private func applyOnce(
    _ procedure: Value?, _ arguments: [Value?], _ input: Value?, _ frame: Frame, _ name: String?, _ position: Int
  ) throws(JSONataError) -> Value? {
    guard case .function(let function) = procedure else {
      throw JSONataError("T1006", at: position, token: name)
    }
    do {
      return try perform(function, arguments, input, frame)
    } catch {
      var named = error
      named.complete(token: name, position: position)
      throw named
    }
  }

  private func perform(
    _ function: Function, _ arguments: [Value?], _ input: Value?, _ frame: Frame
  ) throws(JSONataError) -> Value? {
    switch function.kind {
    case .lambda(let lambda): return try perform(lambda, arguments, input)
    case .native(let native):
      let values = try native.signature.validate(arguments, context: input)
      return try checked(try native.body(Call(native.name, values, input, frame, self)))
    case .host(let host): return try perform(host, arguments)
    case .regex(let expression, let position):
      return try match(expression, position, arguments)
    case .nextMatch(let expression, let position, let text, let start):
      return try nextMatch(expression, position, text, start)
    case .transform(let form, let scope, let position):
      let values = try TransformForm.signature.validate(arguments, context: input)
      return try form.transform(values.first ?? nil, scope, self, position)
    case .chain(let first, let second):
      let value = try call { () throws(JSONataError) in try apply(first, Array(arguments.prefix(1)), frame) }
      return try apply(second, [value], frame)
    case .partial(let inner, let bound): return try perform(inner, bound, arguments, frame)
    case .thunk, .released: return nil
    }
  }

  private func perform(
    _ lambda: Lambda, _ arguments: [Value?], _ input: Value?
  ) throws(JSONataError) -> Value? {
    let values = try lambda.signature?.validate(arguments, context: input) ?? arguments
    let scope = Frame(lambda.frame)
    for (index, parameter) in lambda.parameters.enumerated() {
      scope.bind(parameter, index < values.count ? values[index] : nil)
    }
    return try call { () throws(JSONataError) in try lambda.body.evaluate(lambda.input, scope, self) }
  }

  private func perform(
    _ inner: Function, _ bound: [Function.PartialArgument], _ arguments: [Value?], _ frame: Frame
  ) throws(JSONataError) -> Value? {
    var rest = arguments[...]
    var values: [Value?] = []
    for argument in bound {
      switch argument {
      case .bound(let value): values.append(value)
      case .open: values.append(rest.popFirst() ?? nil)
      }
    }
    return try call { () throws(JSONataError) in try apply(inner, values, frame) }
  }

  private func perform(_ host: HostFunction, _ arguments: [Value?]) throws(JSONataError) -> Value? {
    guard host.arguments.contains(arguments.count) else {
      let index = min(arguments.count, host.arguments.upperBound) + 1
      throw JSONataError("T0410", ["index": .value(.number(Double(index)))])
    }
    var values: [JSONValue?] = []
    for argument in arguments {
      values.append(try argument.map { (value) throws(JSONataError) in try json(value) })
    }
    return try host.body(values, &environment).map { Value($0) }
  }

  /// What a higher-order function passes on: no more arguments than the function declares.
  func applyEach(
    _ function: Function, _ value: Value, _ key: @autoclosure () -> Value, _ whole: Value, _ frame: Frame
  ) throws(JSONataError) -> Value? {
    let arity = function.arity
    if arity >= 3 { return try apply(function, [value, key(), whole], frame) }
    return try apply(function, arity == 2 ? [value, key()] : [value], frame)
  }
}
