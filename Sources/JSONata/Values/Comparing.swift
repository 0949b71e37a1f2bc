extension Evaluation {
  /// Whether a value counts as true in a condition (`$boolean`). Paid for, as small expressions make lists that
  /// hold the same one many times over.
  func truth(of value: Value?) throws(JSONataError) -> Bool {
    switch value {
    case nil, .null, .function: return false
    case .bool(let value): return value
    case .string(let value): return !value.isEmpty
    case .number(let number):
      if number.isInfinite { throw JSONataError("D1001", ["value": .value(value)]) }
      return number != 0 && !number.isNaN
    case .object(let members): return members.count > 0
    case .array(let list):
      for element in list {
        try budget.spend()
        if try truth(of: element) { return true }
      }
      return false
    }
  }

  /// Equality as the `=` operator has it: by structure, texts scalar by scalar. Paid for, too.
  func areEqual(_ left: Value, _ right: Value) throws(JSONataError) -> Bool {
    switch (left, right) {
    case (.null, .null): return true
    case (.bool(let left), .bool(let right)): return left == right
    case (.number(let left), .number(let right)): return left == right
    case (.string(let left), .string(let right)): return areSame(left, right)
    case (.array(let left), .array(let right)):
      guard left.count == right.count else { return false }
      try budget.spend(left.count)
      for (one, other) in zip(left, right) where try !areEqual(one, other) { return false }
      return true
    case (.object(let left), .object(let right)):
      guard left.count == right.count else { return false }
      try budget.spend(left.count)
      for (key, one) in zip(left.keys, left.values) {
        guard let other = right[key], try areEqual(one, other) else { return false }
      }
      return true
    case (.function(let left), .function(let right)): return left.isSame(as: right)
    default: return false
    }
  }

  /// Whether a list holds an equal value.
  func contains(_ value: Value, in list: some Sequence<Value>) throws(JSONataError) -> Bool {
    for element in list {
      try budget.spend()
      if try areEqual(value, element) { return true }
    }
    return false
  }
}
