internal import JobModel

/// A condition of a Choice state.
indirect enum ChoiceRule: Sendable {
  case all([ChoiceRule])
  case any([ChoiceRule])
  case not(ChoiceRule)
  case test(variable: JSONPath, ChoiceTest)
}

/// What is asked of the variable.
enum ChoiceTest: Sendable {
  case compare(ChoiceKind, ChoiceOrder, ChoiceOperand)
  case matches(String)
  case isKind(ChoiceProperty, Bool)
}

enum ChoiceKind: String, Sendable, CaseIterable {
  case string = "String"
  case numeric = "Numeric"
  case boolean = "Boolean"
  case timestamp = "Timestamp"
}

enum ChoiceOrder: String, Sendable, CaseIterable {
  case equals = "Equals"
  case lessThan = "LessThan"
  case greaterThan = "GreaterThan"
  case lessThanEquals = "LessThanEquals"
  case greaterThanEquals = "GreaterThanEquals"
}

enum ChoiceOperand: Sendable {
  case literal(JSONValue)
  case path(JSONPath)
}

enum ChoiceProperty: String, Sendable, CaseIterable {
  case present = "IsPresent"
  case null = "IsNull"
  case boolean = "IsBoolean"
  case numeric = "IsNumeric"
  case string = "IsString"
  case timestamp = "IsTimestamp"
}

extension ChoiceRule {
  /// The comparison operators, by name.
  private static let comparisons: [String: (kind: ChoiceKind, order: ChoiceOrder, isPath: Bool)] = {
    var result: [String: (kind: ChoiceKind, order: ChoiceOrder, isPath: Bool)] = [:]
    for kind in ChoiceKind.allCases {
      for order in ChoiceOrder.allCases where kind != .boolean || order == .equals {
        result[kind.rawValue + order.rawValue] = (kind, order, false)
        result[kind.rawValue + order.rawValue + "Path"] = (kind, order, true)
      }
    }
    return result
  }()

  private static let operators = Set(comparisons.keys).union(["StringMatches"])
    .union(ChoiceProperty.allCases.map(\.rawValue))
  private static let connectives: Set<String> = ["And", "Or", "Not"]

  /// Every field that a rule of a JSONPath state may have.
  static let fields = operators.union(connectives).union(["Variable"])

  static func read(
    _ fields: Fields, allowed: Set<String>, depth: Int, _ reader: inout DefinitionReader
  ) -> ChoiceRule? {
    guard depth < LanguageLimits.choiceDepth else {
      reader.schemaError(fields.pointer, "Choice rules are nested deeper than \(LanguageLimits.choiceDepth)")
      return nil
    }
    fields.allow(
      Self.fields.union(allowed), other: depth == 0 ? ["Condition", "Output"] : ["Condition"],
      in: depth == 0 ? "a choice rule" : "a nested choice rule", &reader)
    let tests = fields.object.keys.filter { operators.contains($0) || connectives.contains($0) }
    guard tests.count == 1, let test = tests.first else {
      reader.schemaError(
        fields.pointer,
        tests.isEmpty
          ? "A choice rule needs one comparison operator, or And, Or or Not"
          : "A choice rule has only one operator, not [\(tests.joined(separator: ", "))]")
      return nil
    }
    if connectives.contains(test) { return connective(test, fields, depth: depth, &reader) }
    fields.require(["Variable"], &reader)
    let variable = fields.path("Variable", &reader)
    guard let read = Self.test(test, fields, &reader), let variable else { return nil }
    return .test(variable: variable, read)
  }

  private static func connective(
    _ name: String, _ fields: Fields, depth: Int, _ reader: inout DefinitionReader
  ) -> ChoiceRule? {
    if fields.has("Variable") {
      reader.schemaError(fields.pointer("Variable"), "The field 'Variable' is not supported beside \(name)")
    }
    if name == "Not" {
      guard let value = fields["Not"] else { return nil }
      return nested(value, at: fields.pointer("Not"), fields.language, depth, &reader).map(ChoiceRule.not)
    }
    guard let elements = fields.array(name, &reader) else { return nil }
    if elements.isEmpty { reader.schemaError(fields.pointer(name), "A non-empty array is required") }
    let rules = elements.enumerated().compactMap { index, element in
      nested(element, at: "\(fields.pointer(name))/\(index)", fields.language, depth, &reader)
    }
    return name == "And" ? .all(rules) : .any(rules)
  }

  private static func nested(
    _ value: JSONValue, at pointer: String, _ language: QueryLanguage, _ depth: Int, _ reader: inout DefinitionReader
  ) -> ChoiceRule? {
    Fields.read(value, at: pointer, language, &reader).flatMap {
      read($0, allowed: ["Comment"], depth: depth + 1, &reader)
    }
  }

  private static func test(_ name: String, _ fields: Fields, _ reader: inout DefinitionReader) -> ChoiceTest? {
    guard let value = fields[name] else { return nil }
    if let property = ChoiceProperty(rawValue: name) {
      guard let wanted = value.boolValue else {
        reader.schemaError(fields.pointer(name), "Expected value of type Boolean, found \(value.kind)")
        return nil
      }
      return .isKind(property, wanted)
    }
    if name == "StringMatches" { return fields.string(name, &reader).map(ChoiceTest.matches) }
    guard let comparison = comparisons[name] else { return nil }
    if comparison.isPath {
      return fields.path(name, &reader).map { .compare(comparison.kind, comparison.order, .path($0)) }
    }
    PayloadHints.check(literal: value.stringValue, of: name, in: fields, &reader)
    if let complaint = comparison.kind.complaint(about: value) {
      reader.schemaError(fields.pointer(name), complaint)
      return nil
    }
    return .compare(comparison.kind, comparison.order, .literal(value))
  }
}

extension ChoiceKind {
  fileprivate func complaint(about literal: JSONValue) -> String? {
    switch self {
    case .string: literal.stringValue == nil ? "Expected value of type String, found \(literal.kind)" : nil
    case .numeric: literal.numberValue == nil ? "Expected value of type Number, found \(literal.kind)" : nil
    case .boolean: literal.boolValue == nil ? "Expected value of type Boolean, found \(literal.kind)" : nil
    case .timestamp:
      literal.stringValue.flatMap { Instant($0) } == nil ? "String does not match RFC3339 timestamp" : nil
    }
  }
}
