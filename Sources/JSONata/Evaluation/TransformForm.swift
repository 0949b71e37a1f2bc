/// `| pattern | update, delete |`: a function that copies an object and changes what the pattern finds in it.
final class TransformForm: ExpressionForm {
  let pattern: Expression
  let update: Expression
  let deletion: Expression?

  init(pattern: Expression, update: Expression, deletion: Expression?) {
    self.pattern = pattern
    self.update = update
    self.deletion = deletion
  }

  static let signature = StandardFunctions.signature("<(oa):o>")

  func evaluate(_ input: Value?, _ frame: Frame, _ run: Evaluation, _ node: Expression) -> Value? {
    run.make(.transform(self, frame, position: node.position), capturing: frame)
  }

  func transform(
    _ value: Value?, _ frame: Frame, _ run: Evaluation, _ position: Int
  ) throws(JSONataError) -> Value? {
    guard let value else { return nil }
    let clone = run.lookup("clone", frame)
    guard case .function = clone else { throw JSONataError("T2013", at: position) }
    let cloned = try run.apply(clone, [value], nil, frame, name: "clone", position: position)
    guard let cloned else { return nil }
    // A host's own $clone may yield anything: the objects to change must be the transform's alone.
    let result = try run.copied(cloned)
    if let matches = try pattern.evaluate(result, frame, run) {
      for match in matches.list ?? List([matches]) { try change(match, frame, run) }
    }
    return try run.copied(result)
  }

  private func change(_ match: Value, _ frame: Frame, _ run: Evaluation) throws(JSONataError) {
    let table: MemberTable?
    if case .object(let members) = match, case .computed(let own) = members.storage { table = own } else { table = nil }
    if let value = try update.evaluate(match, frame, run) {
      guard case .object(let changes) = value else {
        throw JSONataError("T2011", at: update.position, ["value": .value(value)])
      }
      // Copied first: a change may hold the object that it changes.
      for (key, member) in zip(changes.keys, changes.values) { table?.set(key, try run.copied(member)) }
    }
    guard let deletion, let value = try deletion.evaluate(match, frame, run) else { return }
    let keys = value.list ?? List([value])
    guard keys.allSatisfy({ $0.text != nil }) else {
      throw JSONataError("T2012", at: deletion.position, ["value": .value(value)])
    }
    for case .string(let key) in keys { table?.remove(key) }
  }
}

extension Evaluation {
  /// A copy that shares no object with the original.
  func copied(_ value: Value, depth: Int = 0) throws(JSONataError) -> Value {
    if depth > JSONataLimits.valueDepth * 2 { throw .bound("The expression nests data too deeply") }
    switch value {
    case .array(let list):
      try budget.spend(list.count)
      try budget.allocate(list.count)
      var copies: [Value] = []
      copies.reserveCapacity(list.count)
      for element in list { copies.append(try copied(element, depth: depth + 1)) }
      return .array(List(copies))
    case .object(let members):
      try budget.spend(members.count)
      try budget.allocate(members.count)
      let table = MemberTable()
      for (key, member) in zip(members.keys, members.values) {
        table.set(key, try copied(member, depth: depth + 1))
      }
      return .object(Members(table))
    default: return value
    }
  }
}
