extension Evaluation {
  /// The values of one key while a sequence is grouped.
  private struct Entry {
    var key: String
    var pair: Int
    var items: [Value?] = []
    var tuples: [Tuple] = []
  }

  /// One member for every key; its value is that of the pair's expression for all the values with the key.
  func group(_ input: Value?, by group: Expression.Group, _ frame: Frame) throws(JSONataError) -> Value? {
    let entries: [Entry]
    if case .array(let list) = input, let stream = list.tuples {
      entries = try collect(stream.tuples, group, frame)
    } else {
      entries = try collect(Evaluation.items(of: input), group, frame)
    }
    let result = MemberTable()
    for entry in entries {
      let pair = group.pairs[entry.pair]
      let value: Value?
      if entry.tuples.isEmpty {
        value = try pair.value.evaluate(try joined(entry.items), frame, self)
      } else {
        let tuple = try reduced(entry.tuples)
        value = try pair.value.evaluate(tuple.item, Frame(frame, binding: tuple), self)
      }
      if let value { result.set(entry.key, value) }
    }
    try budget.allocate(entries.count)
    return try checked(.object(Members(result)))
  }

  /// Nothing at all counts as one value, so that an object can be made of nothing.
  private static func items(of input: Value?) -> [Value?] {
    guard case .array(let list) = input else { return [input] }
    return list.isEmpty ? [nil] : Array(list)
  }

  private func collect(
    _ items: [Value?], _ group: Expression.Group, _ frame: Frame
  ) throws(JSONataError) -> [Entry] {
    var entries: [Entry] = []
    var positions: [String: Int] = [:]
    for item in items {
      for (index, pair) in group.pairs.enumerated() {
        let key = try pair.key.evaluate(item, frame, self)
        guard let place = try place(key, index, group, &entries, &positions) else { continue }
        entries[place].items.append(item)
      }
    }
    return entries
  }

  private func collect(
    _ tuples: [Tuple], _ group: Expression.Group, _ frame: Frame
  ) throws(JSONataError) -> [Entry] {
    if tuples.isEmpty { return try collect([nil], group, frame) }
    var entries: [Entry] = []
    var positions: [String: Int] = [:]
    for tuple in tuples {
      let scope = Frame(frame, binding: tuple)
      for (index, pair) in group.pairs.enumerated() {
        let key = try pair.key.evaluate(tuple.item, scope, self)
        guard let place = try place(key, index, group, &entries, &positions) else { continue }
        entries[place].tuples.append(tuple)
      }
    }
    return entries
  }

  /// The entry of a key; nil where the key is nothing.
  private func place(
    _ key: Value?, _ pair: Int, _ group: Expression.Group, _ entries: inout [Entry],
    _ positions: inout [String: Int]
  ) throws(JSONataError) -> Int? {
    guard let key else { return nil }
    guard case .string(let text) = key else {
      throw JSONataError("T1003", at: group.position, ["value": .value(key)])
    }
    if let place = positions[text] {
      if entries[place].pair != pair {
        throw JSONataError("D1009", at: group.position, ["value": .value(key)])
      }
      return place
    }
    try budget.allocate(1)
    positions[text] = entries.count
    entries.append(Entry(key: text, pair: pair))
    return entries.count - 1
  }

  /// The values as `$append` joins them one after the other.
  private func joined(_ items: [Value?]) throws(JSONataError) -> Value? {
    if items.count == 1 { return items[0] }
    var result: [Value] = []
    for case .some(let item) in items {
      if case .array(let list) = item {
        try budget.allocate(list.count)
        result.append(contentsOf: list)
      } else {
        result.append(item)
      }
    }
    try budget.allocate(result.count)
    return .array(List(result))
  }

  /// The tuples of a key as one: every binding holds all its values.
  private func reduced(_ tuples: [Tuple]) throws(JSONataError) -> Tuple {
    guard tuples.count > 1 else { return tuples[0] }
    var result = Tuple(try joined(tuples.map(\.item)) ?? .null)
    var names: [String] = []
    for tuple in tuples { for name in tuple.names where !names.contains(name) { names.append(name) } }
    for name in names {
      let values = tuples.map { tuple in tuple.names.firstIndex(of: name).map { tuple.values[$0] } }
      if let value = try joined(values.filter { $0 != nil }) { result.bind(name, value) }
    }
    return result
  }
}
