/// One step of a path, with what happens to its values before the next one.
struct Step: Sendable {
  var expression: Expression
  var stages: [Stage]
  /// `@$name`: the values are bound, and the context stays.
  var focus: String?
  /// `#$name`: the values' positions are bound.
  var index: String?
  /// The label under which a later `%` finds the context.
  var ancestor: String?
  var isTuple: Bool
  var isConstructedArray: Bool

  enum Stage: Sendable {
    case filter(Expression)
    case index(String)
  }
}

/// `a.b.c`: each step for every value that the one before yields.
struct PathForm: ExpressionForm {
  let steps: [Step]
  let keepsSingletonArray: Bool
  /// Parents are looked for from outside: the path yields its bindings along with the values.
  let isTuple: Bool
  private let isPlain: Bool

  init(steps: [Step], keepsSingletonArray: Bool, isTuple: Bool) {
    self.steps = steps
    self.keepsSingletonArray = keepsSingletonArray
    self.isTuple = isTuple
    isPlain = !steps.contains { $0.isTuple || !$0.stages.isEmpty || $0.expression.form is SortForm }
  }

  func evaluate(
    _ input: Value?, _ frame: Frame, _ run: Evaluation, _ node: Expression
  ) throws(JSONataError) -> Value? {
    var context = try start(input)
    var tuples: TupleStream?
    var isTupleStream = false
    for (index, step) in steps.enumerated() {
      if step.isTuple { isTupleStream = true }
      if index == 0, step.isConstructedArray {
        context = try step.expression.evaluate(context, frame, run)
      } else if isTupleStream {
        tuples = try run.tupleStep(step, context, tuples, frame)
      } else {
        let isLast = index == steps.count - 1
        context =
          try isPlain
          ? run.plainStep(step, context, isLast, frame) : run.step(step, context, isLast, frame)
      }
      if !isTupleStream, PathForm.isEmpty(context) { break }
    }
    return try result(context, isTupleStream ? tuples : nil, node.group, frame, run)
  }

  /// The first step runs for each element of an array, unless it is a variable.
  private func start(_ input: Value?) throws(JSONataError) -> Value? {
    guard case .array = input, steps[0].expression.form is VariableForm else { return input }
    return input.map { .array(.sequence([$0])) }
  }

  private static func isEmpty(_ value: Value?) -> Bool {
    switch value {
    case nil: true
    case .array(let list): list.isEmpty
    default: false
    }
  }

  private func result(
    _ context: Value?, _ tuples: TupleStream?, _ group: Expression.Group?, _ frame: Frame, _ run: Evaluation
  ) throws(JSONataError) -> Value? {
    var result: Value?
    if let tuples {
      let stream = List(tuples)
      if isTuple {
        result = .array(stream)
      } else {
        result = .array(.sequence(Array(stream)))
      }
    } else {
      result = context
    }
    if keepsSingletonArray { result = PathForm.keptSingle(result) }
    guard let group else { return result }
    return try run.group(tuples.map { .array(List($0)) } ?? result, by: group, frame)
  }

  private static func keptSingle(_ value: Value?) -> Value? {
    switch value {
    case nil: return nil
    case .array(var list):
      if list.traits.contains(.constructed), !list.isSequence { list = .sequence([.array(list)]) }
      list.traits.insert(.keepsSingleton)
      return .array(list)
    case .some(let single): return .array(List([single], [.sequence, .keepsSingleton]))
    }
  }
}

extension Evaluation {
  /// A step without stages. A single value needs no list around it.
  func plainStep(_ step: Step, _ context: Value?, _ isLast: Bool, _ frame: Frame) throws(JSONataError) -> Value? {
    guard case .array = context else {
      guard let value = try step.expression.evaluate(context, frame, self) else { return nil }
      guard case .array(let list) = value else { return value }
      if list.traits.contains(.constructed) { return isLast && !list.isSequence ? value : .array(.sequence([value])) }
      return !isLast || list.isSequence ? .array(list.asSequence) : value
    }
    return try self.step(step, context, isLast, frame)
  }

  /// The step's values for every value of the context.
  func step(_ step: Step, _ context: Value?, _ isLast: Bool, _ frame: Frame) throws(JSONataError) -> Value? {
    if let sort = step.expression.form as? SortForm {
      let sorted = try self.sort(context, by: sort, step.expression.position, frame)
      return try stages(step, sorted, frame)
    }
    var results: [Value] = []
    if case .array(let list) = context {
      for item in list {
        if let value = try self.value(of: step, item, frame) { results.append(value) }
      }
    } else if let value = try value(of: step, context, frame) {
      results.append(value)
    }
    try budget.allocate(results.count)
    if isLast, results.count == 1, case .array(let list) = results[0], !list.isSequence { return results[0] }
    return .array(.sequence(try joined(results)))
  }

  private func value(of step: Step, _ item: Value?, _ frame: Frame) throws(JSONataError) -> Value? {
    var value = try step.expression.evaluate(item, frame, self)
    for case .filter(let predicate) in step.stages { value = try filter(value, by: predicate, frame) }
    return value
  }

  /// The values with the elements of lists among them, but for arrays that the step constructs.
  private func joined(_ values: [Value]) throws(JSONataError) -> [Value] {
    let needsJoining = values.contains { value in
      if case .array(let list) = value { !list.traits.contains(.constructed) } else { false }
    }
    guard needsJoining else { return values }
    var result: [Value] = []
    for value in values {
      if case .array(let list) = value, !list.traits.contains(.constructed) {
        try budget.allocate(list.count)
        result.append(contentsOf: list)
      } else {
        result.append(value)
      }
    }
    return result
  }

  private func stages(_ step: Step, _ value: Value?, _ frame: Frame) throws(JSONataError) -> Value? {
    var result = value
    for stage in step.stages {
      switch stage {
      case .filter(let predicate): result = try filter(result, by: predicate, frame)
      case .index(let name): result = indexed(result, name)
      }
    }
    return result
  }

  private func indexed(_ value: Value?, _ name: String) -> Value? {
    guard case .array(let list) = value, let stream = list.tuples else { return value }
    var tuples = stream.tuples
    for index in tuples.indices { tuples[index].bind(name, .number(Double(index))) }
    return .array(List(TupleStream(tuples)))
  }

  /// A step of a path that carries bindings.
  func tupleStep(
    _ step: Step, _ context: Value?, _ stream: TupleStream?, _ frame: Frame
  ) throws(JSONataError) -> TupleStream {
    let tuples = stream?.tuples ?? Evaluation.tuples(of: context)
    var result: [Tuple] = []
    if let sort = step.expression.form as? SortForm {
      let sorted = try self.sort(.array(List(TupleStream(tuples))), by: sort, step.expression.position, frame)
      result = sorted?.list?.tuples?.tuples ?? []
      if stream == nil, let name = step.index {
        for index in result.indices { result[index].bind(name, .number(Double(index))) }
      }
    } else {
      for tuple in tuples { try extend(tuple, step, frame, &result) }
    }
    guard !step.stages.isEmpty else { return TupleStream(result) }
    let staged = try stages(step, .array(List(TupleStream(result))), frame)
    return staged?.list?.tuples ?? TupleStream([])
  }

  private static func tuples(of context: Value?) -> [Tuple] {
    switch context {
    case nil: []
    case .array(let list): list.tuples?.tuples ?? list.map { Tuple($0) }
    case .some(let value): [Tuple(value)]
    }
  }

  private func extend(
    _ tuple: Tuple, _ step: Step, _ frame: Frame, _ result: inout [Tuple]
  ) throws(JSONataError) {
    let scope = Frame(frame, binding: tuple)
    guard let value = try step.expression.evaluate(tuple.item, scope, self) else { return }
    if case .array(let list) = value, let inner = list.tuples {
      try budget.allocate(inner.tuples.count)
      for other in inner.tuples {
        var merged = tuple
        merged.merge(other)
        result.append(merged)
      }
      return
    }
    let values = value.list ?? List([value])
    try budget.spend(values.count)
    try budget.allocate(values.count * (1 + tuple.names.count))
    for (index, item) in values.enumerated() {
      var next = tuple
      if let focus = step.focus { next.bind(focus, item) } else { next.item = item }
      if let name = step.index { next.bind(name, .number(Double(index))) }
      if let label = step.ancestor { next.bind(label, tuple.item) }
      result.append(next)
    }
  }
}

extension List {
  /// The same elements as a path's result.
  var asSequence: List {
    var copy = self
    copy.traits = [.sequence]
    return copy
  }
}
