extension StandardFunctions {
  static let higherOrder: [NativeFunction] = [
    NativeFunction("map", "<af>", 2, map),
    NativeFunction("filter", "<af>", 2, filter),
    NativeFunction("single", "<af?>", 2, single),
    NativeFunction("reduce", "<afj?:j>", 3, reduce),
    NativeFunction("sift", "<o-f?:o>", 2, sift),
    NativeFunction("each", "<o-f:a>", 2, each),
  ]

  private static func map(_ call: Call) throws(JSONataError) -> Value? {
    guard let list = call.list(0), let function = call.function(1) else { return nil }
    var result: [Value] = []
    for (index, value) in list.enumerated() {
      let mapped = try call.run.applyEach(function, value, .number(Double(index)), .array(list), call.frame)
      if let mapped { result.append(mapped) }
    }
    return try call.made(result, [.sequence])
  }

  private static func filter(_ call: Call) throws(JSONataError) -> Value? {
    guard let list = call.list(0), let function = call.function(1) else { return nil }
    var result: [Value] = []
    for (index, value) in list.enumerated() {
      let verdict = try call.run.applyEach(function, value, .number(Double(index)), .array(list), call.frame)
      if try call.run.truth(of: verdict) { result.append(value) }
    }
    return try call.made(result, [.sequence])
  }

  private static func single(_ call: Call) throws(JSONataError) -> Value? {
    guard let list = call.list(0) else { return nil }
    try call.run.budget.spend(list.count)
    var result: Value?
    for (index, value) in list.enumerated() {
      if let function = call.function(1) {
        let verdict = try call.run.applyEach(function, value, .number(Double(index)), .array(list), call.frame)
        guard try call.run.truth(of: verdict) else { continue }
      }
      if result != nil { throw JSONataError("D3138") }
      result = value
    }
    guard let result else { throw JSONataError("D3139") }
    return result
  }

  private static func reduce(_ call: Call) throws(JSONataError) -> Value? {
    guard let list = call.list(0), let function = call.function(1) else { return nil }
    let arity = function.arity
    if arity < 2 { throw JSONataError("D3050") }
    var result = call[2]
    var start = 0
    if result == nil, let first = list.first {
      result = first
      start = 1
    }
    for index in start..<Swift.max(start, list.count) {
      var arguments = [result, list[index]]
      if arity >= 3 { arguments.append(.number(Double(index))) }
      if arity >= 4 { arguments.append(.array(list)) }
      result = try call.run.apply(function, arguments, call.frame)
    }
    return result
  }

  private static func sift(_ call: Call) throws(JSONataError) -> Value? {
    guard let members = call.members(0), let function = call.function(1) else { return nil }
    let table = MemberTable()
    for (key, value) in Swift.zip(members.keys, members.values) {
      let verdict = try call.run.applyEach(function, value, .string(key), .object(members), call.frame)
      if try call.run.truth(of: verdict) { table.set(key, value) }
    }
    try call.run.budget.allocate(table.keys.count)
    return table.keys.isEmpty ? nil : .object(Members(table))
  }

  private static func each(_ call: Call) throws(JSONataError) -> Value? {
    guard let members = call.members(0), let function = call.function(1) else { return .array(.sequence([])) }
    var result: [Value] = []
    for (key, value) in Swift.zip(members.keys, members.values) {
      let mapped = try call.run.applyEach(function, value, .string(key), .object(members), call.frame)
      if let mapped { result.append(mapped) }
    }
    return try call.made(result, [.sequence])
  }
}
