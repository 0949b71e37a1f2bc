extension StandardFunctions {
  static let objects: [NativeFunction] = [
    NativeFunction("keys", "<x-:a<s>>", 1, keys),
    NativeFunction("lookup", "<x-s:x>", 2, lookup),
    NativeFunction("spread", "<x-:a<o>>", 1, spread),
    NativeFunction("merge", "<a<o>:o>", 1, merge),
    NativeFunction("clone", "<(oa)-:o>", 1, clone),
  ]

  private static func keys(_ call: Call) throws(JSONataError) -> Value? {
    var names: [String] = []
    var known: Set<String> = []
    try collect(call[0], call, &names, &known)
    return try call.made(names.map { .string($0) }, [.sequence])
  }

  private static func collect(
    _ value: Value?, _ call: Call, _ names: inout [String], _ known: inout Set<String>
  ) throws(JSONataError) {
    try call.run.budget.spend()
    switch value {
    case .object(let members):
      try call.run.budget.spend(members.count)
      for key in members.keys where known.insert(key).inserted { names.append(key) }
    case .array(let list): for element in list { try collect(element, call, &names, &known) }
    default: break
    }
  }

  private static func lookup(_ call: Call) throws(JSONataError) -> Value? {
    guard let name = call.text(1) else { return nil }
    return try call.run.member(name, of: call[0])
  }

  private static func spread(_ call: Call) throws(JSONataError) -> Value? {
    guard let value = call[0] else { return nil }
    switch value {
    case .object(let members): return try call.made(single(members), [.sequence])
    case .array(let list):
      var result: [Value] = []
      for element in list { try spread(element, call, &result) }
      return try call.made(result, list.isEmpty ? [.sequence] : [])
    default: return value
    }
  }

  private static func spread(_ value: Value, _ call: Call, _ result: inout [Value]) throws(JSONataError) {
    try call.run.budget.spend()
    switch value {
    case .object(let members):
      try call.run.budget.allocate(members.count)
      result += single(members)
    case .array(let list): for element in list { try spread(element, call, &result) }
    default: result.append(value)
    }
  }

  /// An object for each member.
  private static func single(_ members: Members) -> [Value] {
    Swift.zip(members.keys, members.values).map { .object(Members([($0, $1)])) }
  }

  private static func merge(_ call: Call) throws(JSONataError) -> Value? {
    guard let list = call.list(0) else { return nil }
    let table = MemberTable()
    for case .object(let members) in list {
      try call.run.budget.spend(members.count + 1)
      for (key, value) in Swift.zip(members.keys, members.values) { table.set(key, value) }
    }
    try call.run.budget.allocate(table.keys.count)
    return .object(Members(table))
  }

  private static func clone(_ call: Call) throws(JSONataError) -> Value? {
    guard let value = call[0] else { return nil }
    if case .array(let list) = value, list.traits.contains(.outerWrapper), let inner = list.first {
      return try call.run.copied(inner)
    }
    return try call.run.copied(value)
  }
}
