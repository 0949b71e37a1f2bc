internal import Foundation

/// `left operator right`
struct BinaryForm: ExpressionForm {
  let operation: String
  let left: Expression
  let right: Expression

  func evaluate(
    _ input: Value?, _ frame: Frame, _ run: Evaluation, _ node: Expression
  ) throws(JSONataError) -> Value? {
    let left = try left.evaluate(input, frame, run)
    if operation == "and" || operation == "or" {
      return .bool(try logical(left, input, frame, run))
    }
    let right = try right.evaluate(input, frame, run)
    do {
      return try Operators.apply(operation, left, right, run)
    } catch {
      var placed = error
      placed.position = node.position
      placed.token = operation
      throw placed
    }
  }

  /// The right side is not evaluated where the left one decides.
  private func logical(
    _ left: Value?, _ input: Value?, _ frame: Frame, _ run: Evaluation
  ) throws(JSONataError) -> Bool {
    let isTrue = try run.truth(of: left)
    if isTrue == (operation == "or") { return isTrue }
    return try run.truth(of: right.evaluate(input, frame, run))
  }
}

/// `-value`
struct NegationForm: ExpressionForm {
  let operand: Expression

  func evaluate(
    _ input: Value?, _ frame: Frame, _ run: Evaluation, _ node: Expression
  ) throws(JSONataError) -> Value? {
    guard let value = try operand.evaluate(input, frame, run) else { return nil }
    guard case .number(let number) = value, !number.isNaN else {
      throw JSONataError("D1002", at: node.position, token: "-", ["value": .value(value)])
    }
    return .number(-(try Operators.finite(number)))
  }
}

/// The operators on values.
enum Operators {
  static func apply(
    _ operation: String, _ left: Value?, _ right: Value?, _ run: Evaluation
  ) throws(JSONataError) -> Value? {
    switch operation {
    case "+", "-", "*", "/", "%": try calculate(operation, left, right)
    case "=": .bool(try isEqual(left, right, run))
    case "!=": .bool(try differ(left, right, run))
    case "<", "<=", ">", ">=": try compare(operation, left, right)
    case "&": try concatenate(left, right, run)
    case "..": try range(left, right)
    default: .bool(try isIncluded(left, in: right, run))
    }
  }

  /// JSON has no number without end.
  static func finite(_ number: Double) throws(JSONataError) -> Double {
    if number.isInfinite { throw JSONataError("D1001", ["value": .value(.number(number))]) }
    return number
  }

  private static func operand(_ value: Value?, _ code: String, _ operation: String) throws(JSONataError) -> Double? {
    guard let value else { return nil }
    guard case .number(let number) = value, !number.isNaN else {
      throw JSONataError(code, token: operation, ["value": .value(value)])
    }
    return try finite(number)
  }

  private static func calculate(
    _ operation: String, _ left: Value?, _ right: Value?
  ) throws(JSONataError) -> Value? {
    let left = try operand(left, "T2001", operation)
    let right = try operand(right, "T2002", operation)
    guard let left, let right else { return nil }
    switch operation {
    case "+": return .number(left + right)
    case "-": return .number(left - right)
    case "*": return .number(left * right)
    case "/": return .number(left / right)
    default: return .number(left.truncatingRemainder(dividingBy: right))
    }
  }

  private static func isEqual(_ left: Value?, _ right: Value?, _ run: Evaluation) throws(JSONataError) -> Bool {
    guard let left, let right else { return false }
    return try run.areEqual(left, right)
  }

  /// Nothing is neither equal to anything nor different from it.
  private static func differ(_ left: Value?, _ right: Value?, _ run: Evaluation) throws(JSONataError) -> Bool {
    if left == nil || right == nil { return false }
    return try !isEqual(left, right, run)
  }

  private static func compare(
    _ operation: String, _ left: Value?, _ right: Value?
  ) throws(JSONataError) -> Value? {
    for value in [left, right] {
      switch value {
      case nil, .number, .string: break
      default: throw JSONataError("T2010", token: operation, ["value": .value(value)])
      }
    }
    let (isLess, isSame): (Bool, Bool)
    switch (left, right) {
    case (nil, _), (_, nil): return nil
    case (.number(let left), .number(let right)):
      if left.isNaN || right.isNaN { return .bool(false) }
      (isLess, isSame) = (left < right, left == right)
    case (.string(let left), .string(let right)): (isLess, isSame) = (precedes(left, right), areSame(left, right))
    default:
      throw JSONataError("T2009", token: operation, ["value": .value(left), "value2": .value(right)])
    }
    switch operation {
    case "<": return .bool(isLess)
    case "<=": return .bool(isLess || isSame)
    case ">": return .bool(!isLess && !isSame)
    default: return .bool(!isLess)
    }
  }

  private static func concatenate(
    _ left: Value?, _ right: Value?, _ run: Evaluation
  ) throws(JSONataError) -> Value? {
    let left = try run.string(left) ?? ""
    let right = try run.string(right) ?? ""
    try run.budget.allocate(left.utf8.count + right.utf8.count)
    return .string(left + right)
  }

  /// The most numbers that a range may have.
  private static let longestRange = 1e7

  private static func range(_ left: Value?, _ right: Value?) throws(JSONataError) -> Value? {
    let first = try bound(left, "T2003")
    let last = try bound(right, "T2004")
    guard let first, let last, first <= last else { return nil }
    let count = last - first + 1
    if count > longestRange { throw JSONataError("D2014", ["value": .value(.number(count))]) }
    return .array(List(List.Span(first: first, count: Int(count))))
  }

  private static func bound(_ value: Value?, _ code: String) throws(JSONataError) -> Double? {
    guard let value else { return nil }
    guard case .number(let number) = value, number.isFinite, number == number.rounded() else {
      throw JSONataError(code, ["value": .value(value)])
    }
    return number
  }

  private static func isIncluded(
    _ left: Value?, in right: Value?, _ run: Evaluation
  ) throws(JSONataError) -> Bool {
    guard let left, let right else { return false }
    guard case .array(let list) = right else { return try run.areEqual(left, right) }
    return try run.contains(left, in: list)
  }
}

extension Evaluation {
  /// `$string`, paid for.
  func string(_ value: Value?, indentation: Int? = nil) throws(JSONataError) -> String? {
    switch value {
    case nil: return nil
    case .string(let text): return text
    case .function: return ""
    case .number(let number) where !number.isFinite: throw JSONataError("D3001")
    case .array(let list) where list.traits.contains(.outerWrapper):
      return try list.first.map { (inner) throws(JSONataError) in try json(inner, indentation) }
    case .some(let value): return try json(value, indentation)
    }
  }

  private func json(_ value: Value, _ indentation: Int?) throws(JSONataError) -> String {
    let text = try ValueText.json(value, indentation: indentation, limit: budget.remainingAllocation)
    try budget.spend(text.utf8.count / 16)
    try budget.allocate(text.utf8.count)
    return text
  }
}
