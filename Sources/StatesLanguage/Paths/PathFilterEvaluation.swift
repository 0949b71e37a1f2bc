internal import JobModel

extension PathFilter {
  /// Whether the condition holds for an element. What cannot be compared is not equal, never an error.
  func holds(for element: JSONValue, root: JSONValue) -> Bool {
    switch self {
    case .exists(let operand): operand.value(element: element, root: root) != nil
    case .and(let left, let right):
      left.holds(for: element, root: root) && right.holds(for: element, root: root)
    case .or(let left, let right):
      left.holds(for: element, root: root) || right.holds(for: element, root: root)
    case .not(let inner): !inner.holds(for: element, root: root)
    case .compare(let left, let comparison, let right):
      comparison.holds(left.value(element: element, root: root), right.value(element: element, root: root))
    }
  }
}

extension PathFilter.Operand {
  fileprivate func value(element: JSONValue, root: JSONValue) -> JSONValue? {
    switch self {
    case .element(let segments): PathFilter.Operand.value(of: segments, in: element, root: root)
    case .root(let segments): PathFilter.Operand.value(of: segments, in: root, root: root)
    case .number(let number): .double(number)
    case .string(let text): .string(text)
    case .bool(let value): .bool(value)
    case .null: .null
    case .list(let elements): .array(elements.compactMap { $0.value(element: element, root: root) })
    }
  }

  private static func value(of segments: [Segment], in document: JSONValue, root: JSONValue) -> JSONValue? {
    var walk = PathWalk(root: root)
    guard let results = try? walk.results(of: segments, in: document) else { return nil }
    return segments.allSatisfy(\.isDefinite) ? results.first : .array(results)
  }
}

extension PathFilter.Comparison {
  fileprivate func holds(_ left: JSONValue?, _ right: JSONValue?) -> Bool {
    guard let left, let right else { return self == .notEqual && (left != nil || right != nil) }
    switch self {
    case .equal: return left == right
    case .notEqual: return left != right
    case .isIn: return right.arrayValue?.contains(left) ?? false
    case .isNotIn: return !(right.arrayValue?.contains(left) ?? false)
    case .contains:
      if case .array(let elements) = left { return elements.contains(right) }
      if let text = left.stringValue, let part = right.stringValue { return text.contains(part) }
      return false
    case .size: return PathFunction.length.result(of: left) == right
    case .empty: return (PathFunction.length.result(of: left) == 0) == (right.boolValue ?? true)
    case .less, .lessOrEqual, .greater, .greaterOrEqual: return isOrdered(left, right)
    }
  }

  private func isOrdered(_ left: JSONValue, _ right: JSONValue) -> Bool {
    if let left = left.numberValue, let right = right.numberValue { return isOrdered(left, right) }
    if let left = left.stringValue, let right = right.stringValue {
      return isOrdered(javaOrder(left, right), 0)
    }
    return false
  }

  private func isOrdered<Value: Comparable>(_ left: Value, _ right: Value) -> Bool {
    switch self {
    case .less: left < right
    case .lessOrEqual: left <= right
    case .greater: left > right
    default: left >= right
    }
  }
}

/// Negative, zero or positive as `left` comes before, with or after `right` by UTF-16 code units, which is
/// how Step Functions (a Java program) orders strings.
func javaOrder(_ left: String, _ right: String) -> Int {
  var rest = right.utf16.makeIterator()
  for unit in left.utf16 {
    guard let other = rest.next() else { return 1 }
    if unit != other { return unit < other ? -1 : 1 }
  }
  return rest.next() == nil ? 0 : -1
}
