extension StandardFunctions {
  static let arrays: [NativeFunction] = [
    NativeFunction("count", "<a:n>", 1) { (call) throws(JSONataError) in
      .number(Double(call.list(0)?.count ?? 0))
    },
    NativeFunction("append", "<xx:a>", 2, append),
    NativeFunction("reverse", "<a:a>", 1, reverse),
    NativeFunction("sort", "<af?:a>", 2, sort),
    NativeFunction("shuffle", "<a:a>", 1, shuffle),
    NativeFunction("distinct", "<x:x>", 1, distinct),
    NativeFunction("zip", "<a+>", 0, zip),
  ]

  private static func append(_ call: Call) throws(JSONataError) -> Value? {
    guard let first = call[0] else { return call[1] }
    guard let second = call[1] else { return first }
    let left = first.list ?? List([first])
    let right = second.list ?? List([second])
    try call.run.budget.allocate(left.count + right.count)
    return .array(List(Array(left) + right))
  }

  private static func reverse(_ call: Call) throws(JSONataError) -> Value? {
    guard let list = call.list(0) else { return nil }
    return list.count <= 1 ? .array(list) : try call.made(list.reversed())
  }

  private static func sort(_ call: Call) throws(JSONataError) -> Value? {
    guard let list = call.list(0) else { return nil }
    guard list.count > 1 else { return .array(list) }
    try call.run.budget.allocate(list.count)
    if let comparator = call.function(1) {
      return .array(
        List(
          try MergeSort.sorted(Array(list), call.run) { (left, right) throws(JSONataError) in
            isTruthy(try call.run.apply(comparator, [left, right], call.frame))
          }))
    }
    if list.allSatisfy({ $0.double != nil }) {
      return .array(
        List(
          try MergeSort.sorted(Array(list), call.run) { (left, right) throws(JSONataError) in
            left.double ?? 0 > right.double ?? 0
          }))
    }
    guard list.allSatisfy({ $0.text != nil }) else { throw JSONataError("D3070") }
    return .array(
      List(
        try MergeSort.sorted(Array(list), call.run) { (left, right) throws(JSONataError) in
          precedes(right.text ?? "", left.text ?? "")
        }))
  }

  /// Truth as JavaScript has it: a comparator's value is not cast.
  private static func isTruthy(_ value: Value?) -> Bool {
    switch value {
    case nil, .null: false
    case .bool(let value): value
    case .number(let number): number != 0 && !number.isNaN
    case .string(let text): !text.isEmpty
    default: true
    }
  }

  private static func shuffle(_ call: Call) throws(JSONataError) -> Value? {
    guard let list = call.list(0) else { return nil }
    guard list.count > 1 else { return .array(list) }
    try call.run.budget.spend(list.count)
    var values = Array(list)
    for index in values.indices.dropFirst() {
      values.swapAt(index, Int(random(call) * Double(index + 1)))
    }
    return try call.made(values)
  }

  private static func distinct(_ call: Call) throws(JSONataError) -> Value? {
    guard let list = call.list(0), list.count > 1 else { return call[0] }
    var result: [Value] = []
    var texts: Set<[UInt8]> = []
    var numbers: Set<Double> = []
    for value in list {
      switch value {
      case .string(let text): if texts.insert(Array(text.utf8)).inserted { result.append(value) }
      case .number(let number): if numbers.insert(number).inserted { result.append(value) }
      default:
        if try !call.run.contains(value, in: result) { result.append(value) }
      }
    }
    try call.run.budget.spend(list.count)
    return try call.made(result, list.isSequence ? [.sequence] : [])
  }

  private static func zip(_ call: Call) throws(JSONataError) -> Value? {
    let lists = call.arguments.map { $0?.list ?? List([]) }
    let count = lists.map(\.count).min() ?? 0
    try call.run.budget.allocate(count * (lists.count + 1))
    return .array(List((0..<count).map { index in .array(List(lists.map { $0[index] })) }))
  }
}
