internal import JobModel

extension ChoiceRule {
  /// Whether the rule holds. Operands of different types are not an error: the rule does not hold.
  func holds(in data: EvaluationData) throws(StateFailure) -> Bool {
    switch self {
    case .all(let rules):
      for rule in rules where try !rule.holds(in: data) { return false }
      return true
    case .any(let rules):
      for rule in rules where try rule.holds(in: data) { return true }
      return false
    case .not(let rule): return try !rule.holds(in: data)
    case .test(let path, .isKind(.present, let wanted)): return data.isPresent(path) == wanted
    case .test(let path, let test): return try test.holds(for: try data.choiceValue(of: path), in: data)
    }
  }
}

extension EvaluationData {
  fileprivate func choiceValue(of path: JSONPath) throws(StateFailure) -> JSONValue {
    guard let value = lenientValue(of: path) else {
      throw StateFailure.runtime(
        "Invalid path '\(path.text)': The choice state's condition path references an invalid value.")
    }
    return value
  }

  fileprivate func isPresent(_ path: JSONPath) -> Bool {
    guard let value = lenientValue(of: path) else { return false }
    return path.isDefinite || value != []
  }
}

extension ChoiceTest {
  fileprivate func holds(for value: JSONValue, in data: EvaluationData) throws(StateFailure) -> Bool {
    switch self {
    case .isKind(let property, let wanted): return property.holds(for: value) == wanted
    case .matches(let pattern): return value.stringValue.map { fits($0, pattern: pattern) } ?? false
    case .compare(let kind, let order, .literal(let operand)):
      return kind.sign(value, operand).map(order.holds) ?? false
    case .compare(let kind, let order, .path(let path)):
      return kind.sign(value, try data.choiceValue(of: path)).map(order.holds) ?? false
    }
  }
}

extension ChoiceProperty {
  fileprivate func holds(for value: JSONValue) -> Bool {
    switch self {
    case .present: true
    case .null: value.isNull
    case .boolean: value.boolValue != nil
    case .numeric: value.numberValue != nil
    case .string: value.stringValue != nil
    case .timestamp: value.stringValue.flatMap { Instant($0) } != nil
    }
  }
}

extension ChoiceKind {
  /// Negative, zero or positive as the left value is less than, equal to or greater than the right one; nil
  /// where one of them is of another kind.
  fileprivate func sign(_ left: JSONValue, _ right: JSONValue) -> Int? {
    switch self {
    case .string:
      guard let left = left.stringValue, let right = right.stringValue else { return nil }
      return javaOrder(left, right)
    case .numeric:
      if case .integer(let left) = left, case .integer(let right) = right {
        return left < right ? -1 : left == right ? 0 : 1
      }
      guard let left = left.numberValue, let right = right.numberValue else { return nil }
      return left < right ? -1 : left == right ? 0 : 1
    case .boolean:
      guard let left = left.boolValue, let right = right.boolValue else { return nil }
      return left == right ? 0 : 1
    case .timestamp:
      guard let left = left.stringValue.flatMap({ Instant($0) }), let right = right.stringValue.flatMap({ Instant($0) })
      else { return nil }
      return left < right ? -1 : left == right ? 0 : 1
    }
  }
}

extension ChoiceOrder {
  fileprivate func holds(_ sign: Int) -> Bool {
    switch self {
    case .equals: sign == 0
    case .lessThan: sign < 0
    case .greaterThan: sign > 0
    case .lessThanEquals: sign <= 0
    case .greaterThanEquals: sign >= 0
    }
  }
}

/// Whether a text fits a pattern in which `*` stands for anything, `\*` for a star and `\\` for a backslash.
func fits(_ text: String, pattern: String) -> Bool {
  var parts: [UInt16?] = []
  var units = pattern.utf16.makeIterator()
  while let unit = units.next() {
    if unit == UInt16(UInt8(ascii: "*")) {
      parts.append(nil)
    } else if unit == UInt16(UInt8(ascii: "\\")), let escaped = units.next() {
      parts.append(escaped)
    } else {
      parts.append(unit)
    }
  }
  return fits(Array(text.utf16), parts)
}

/// Greedy with one place to go back to: the last star, which is all that is ever needed.
private func fits(_ text: [UInt16], _ parts: [UInt16?]) -> Bool {
  var position = 0
  var part = 0
  var star: (part: Int, position: Int)?
  while position < text.count {
    if part < parts.count, let wanted = parts[part], wanted == text[position] {
      position += 1
      part += 1
    } else if part < parts.count, parts[part] == nil {
      star = (part, position)
      part += 1
    } else if let last = star {
      position = last.position + 1
      star = (last.part, position)
      part = last.part + 1
    } else {
      return false
    }
  }
  return parts[part...].allSatisfy { $0 == nil }
}
