/// The forms that make or extend a path.
extension SyntaxProcessor {
  mutating func map(_ left: SyntaxNode, _ right: SyntaxNode) throws(JSONataError) -> SyntaxNode {
    let first = try process(left)
    let result = first.isPath ? first : SyntaxNode(.path([first]), at: first.position)
    if let slot = first.slot { result.seekingParents = [slot] }
    let rest = try process(right)
    var steps = result.steps
    if rest.isPath {
      steps += rest.steps
    } else {
      if let predicates = rest.predicates {
        rest.stages = predicates.map { .filter($0) }
        rest.predicates = nil
      }
      steps.append(rest)
    }
    for step in steps {
      switch step.form {
      case .number(let number):
        throw JSONataError("S0213", at: step.position, ["value": .value(.number(number))])
      case .constant(let constant):
        let value = Token(kind: .constant(constant), position: 0).value
        throw JSONataError("S0213", at: step.position, ["value": .value(value)])
      case .string(let text): step.form = .name(text)
      default: break
      }
    }
    if steps.contains(where: \.keepsArray) { result.keepsSingletonArray = true }
    if let first = steps.first, first.isArray { first.isConstructedArray = true }
    if let last = steps.last, last.isArray { last.isConstructedArray = true }
    result.form = .path(steps)
    try resolveAncestry(result)
    return result
  }

  mutating func filter(
    _ left: SyntaxNode, _ raw: SyntaxNode, _ whole: SyntaxNode
  ) throws(JSONataError) -> SyntaxNode {
    let result = try process(left)
    let step = result.steps.last ?? result
    if step.group != nil { throw JSONataError("S0209", at: whole.position) }
    let predicate = try process(raw)
    if let slots = predicate.seekingParents {
      for slot in slots {
        if slot.level == 1 { try seekParent(step, slot) } else { slot.level -= 1 }
      }
      pushAncestry(step, predicate)
    }
    if result.isPath {
      step.stages = (step.stages ?? []) + [.filter(predicate)]
    } else {
      step.predicates = (step.predicates ?? []) + [predicate]
    }
    return result
  }

  mutating func group(
    _ left: SyntaxNode, _ pairs: [SyntaxNode.Pair], _ whole: SyntaxNode
  ) throws(JSONataError) -> SyntaxNode {
    let result = try process(left)
    if result.group != nil { throw JSONataError("S0210", at: whole.position) }
    var processed: [SyntaxNode.Pair] = []
    for pair in pairs { processed.append((try process(pair.key), try process(pair.value))) }
    result.group = SyntaxNode.Group(pairs: processed, position: whole.position)
    return result
  }

  mutating func order(
    _ left: SyntaxNode, _ terms: [SyntaxNode.SortTerm], _ whole: SyntaxNode
  ) throws(JSONataError) -> SyntaxNode {
    let first = try process(left)
    let result = first.isPath ? first : SyntaxNode(.path([first]), at: first.position)
    let sort = SyntaxNode(.end, at: whole.position)
    var processed: [SyntaxNode.SortTerm] = []
    for term in terms {
      let expression = try process(term.expression)
      pushAncestry(sort, expression)
      processed.append(SyntaxNode.SortTerm(isDescending: term.isDescending, expression: expression))
    }
    sort.form = .sort(processed)
    result.form = .path(result.steps + [sort])
    try resolveAncestry(result)
    return result
  }

  mutating func focus(
    _ left: SyntaxNode, _ name: String, _ whole: SyntaxNode
  ) throws(JSONataError) -> SyntaxNode {
    let result = try process(left)
    let step = result.steps.last ?? result
    if step.stages != nil || step.predicates != nil { throw JSONataError("S0215", at: whole.position) }
    if step.isSort { throw JSONataError("S0216", at: whole.position) }
    if whole.keepsArray { step.keepsArray = true }
    step.focus = name
    step.isTuple = true
    return result
  }

  mutating func index(_ left: SyntaxNode, _ name: String) throws(JSONataError) -> SyntaxNode {
    var result = try process(left)
    let step = result.steps.last ?? result
    if !result.isPath {
      result = SyntaxNode(.path([result]), at: result.position)
      if let predicates = step.predicates {
        step.stages = predicates.map { .filter($0) }
        step.predicates = nil
      }
    }
    if step.stages == nil { step.index = name } else { step.stages?.append(.index(name)) }
    step.isTuple = true
    return result
  }

  /// Hands the parents that `part` still looks for on to the node around it.
  func pushAncestry(_ whole: SyntaxNode, _ part: SyntaxNode) {
    guard part.seekingParents != nil || part.slot != nil else { return }
    var slots = part.seekingParents ?? []
    if let slot = part.slot { slots.append(slot) }
    whole.seekingParents = (whole.seekingParents ?? []) + slots
  }

  /// Finds the steps whose values the last step's `%` name.
  private func resolveAncestry(_ path: SyntaxNode) throws(JSONataError) {
    let steps = path.steps
    guard let last = steps.last else { return }
    var slots = last.seekingParents ?? []
    if let slot = last.slot { slots.append(slot) }
    for slot in slots {
      var index = steps.count - 2
      while slot.level > 0 {
        guard index >= 0 else {
          path.seekingParents = (path.seekingParents ?? []) + [slot]
          break
        }
        var step = steps[index]
        index -= 1
        // Of steps in a row that bind the focus, all stand on the same value.
        while index >= 0, step.focus != nil, steps[index].focus != nil {
          step = steps[index]
          index -= 1
        }
        try seekParent(step, slot)
      }
    }
  }

  private func seekParent(_ node: SyntaxNode, _ slot: AncestorSlot) throws(JSONataError) {
    switch node.form {
    case .name, .wildcard:
      slot.level -= 1
      guard slot.level == 0 else { return }
      if let ancestor = node.ancestor {
        slot.label = ancestor.label
      } else {
        node.ancestor = slot
      }
      node.isTuple = true
    case .parent: slot.level += 1
    case .block(let expressions):
      guard let last = expressions.last else { return }
      node.isTuple = true
      try seekParent(last, slot)
    case .path(let steps):
      node.isTuple = true
      var index = steps.count - 1
      repeat {
        try seekParent(steps[index], slot)
        index -= 1
      } while slot.level > 0 && index >= 0
    default: throw JSONataError("S0217", at: node.position)
    }
  }
}
