internal import JobModel

extension Evaluation {
  /// A value as JSON, with an empty text for a function as in `$string`. Paid for: small expressions make values that hold the same large one many times over.
  func json(_ value: Value) throws(JSONataError) -> JSONValue {
    switch value {
    case .array(let list):
      if case .json(let elements) = list.storage { return .array(elements) }
      try budget.allocate(list.count)
      var result: [JSONValue] = []
      result.reserveCapacity(list.count)
      for element in list {
        let element = try json(element)
        try pay(element)
        result.append(element)
      }
      return .array(result)
    case .object(let members):
      if case .json(let object) = members.storage { return .object(object) }
      try budget.allocate(members.count)
      var result: [(key: String, value: JSONValue)] = []
      result.reserveCapacity(members.count)
      for (key, member) in zip(members.keys, members.values) {
        let member = try json(member)
        try pay(member)
        result.append((key, member))
      }
      return .object(JSONObject(result))
    case .null: return .null
    case .bool(let value): return .bool(value)
    case .number(let number):
      if let integer = Int64(exactly: number) { return .integer(integer) }
      return .double(try Evaluation.jsonNumber(number))
    case .string(let text): return .string(text)
    case .function: return ""
    }
  }

  /// - Throws: `D1001` for a number that JSON cannot hold.
  private static func jsonNumber(_ number: Double) throws(JSONataError) -> Double {
    guard number.isFinite else { throw JSONataError("D1001", ["value": .value(.number(number))]) }
    return number
  }

  /// Parts of the input in a made value: only their first level is looked at, the rest is shared.
  private func pay(_ value: JSONValue) throws(JSONataError) {
    switch value {
    case .array(let elements): try budget.spend(elements.count / 8)
    case .object(let members): try budget.spend(members.count / 8)
    case .string(let text): try budget.spend(text.utf8.count / 64)
    default: break
    }
  }
}
