internal import JobModel

/// A Choice rule's condition in a few words: `$.total > 3 and not ($.kind = "test")`.
enum ChoiceText {
  /// Characters of a condition that are shown; the definition has the rest.
  static let length = 80
  /// And, Or and Not inside each other beyond this are not followed: the text is cut long before.
  private static let depth = 12

  static func text(of rule: JSONValue) -> String {
    let text = condition(rule, depth: 0)
    return text.count <= length ? text : text.prefix(length - 1) + "…"
  }

  private static func condition(_ rule: JSONValue, depth: Int) -> String {
    guard depth < Self.depth else { return "…" }
    if let condition = rule["Condition"] { return jsonata(condition) }
    if let nested = rule["Not"] { return "not (\(condition(nested, depth: depth + 1)))" }
    for (key, word) in [("And", " and "), ("Or", " or ")] {
      guard let elements = rule[key]?.arrayValue else { continue }
      return elements.map { element in
        let text = condition(element, depth: depth + 1)
        let isJoined = element["And"] != nil || element["Or"] != nil
        return isJoined && elements.count > 1 ? "(\(text))" : text
      }.joined(separator: word)
    }
    let variable = rule["Variable"]?.stringValue ?? "?"
    for (key, operand) in rule.objectValue ?? [:] {
      if let test = comparison(key, operand) { return "\(variable) \(test)" }
    }
    return "?"
  }

  /// Without `{%` and `%}`, on one line.
  private static func jsonata(_ condition: JSONValue) -> String {
    guard let text = condition.stringValue else { return condition.text }
    let inner =
      text.hasPrefix("{%") && text.hasSuffix("%}") && text.count >= 4 ? text.dropFirst(2).dropLast(2) : text[...]
    return inner.split(whereSeparator: \.isWhitespace).joined(separator: " ")
  }

  private static let properties = [
    "IsPresent": "present", "IsNull": "null", "IsBoolean": "a boolean", "IsNumeric": "a number",
    "IsString": "a string", "IsTimestamp": "a timestamp",
  ]

  private static let signs = [
    "Equals": "=", "LessThan": "<", "GreaterThan": ">", "LessThanEquals": "≤", "GreaterThanEquals": "≥",
  ]

  /// What a comparison operator says of its variable; nil for a member that is none.
  private static func comparison(_ key: String, _ operand: JSONValue) -> String? {
    if let property = properties[key] { return (operand == false ? "is not " : "is ") + property }
    if key == "StringMatches" { return "matches \(operand.text)" }
    guard let kind = ["String", "Numeric", "Boolean", "Timestamp"].first(where: key.hasPrefix) else { return nil }
    var name = key.dropFirst(kind.count)
    let isPath = name.hasSuffix("Path")
    if isPath { name = name.dropLast("Path".count) }
    guard let sign = signs[String(name)] else { return nil }
    // Paths and timestamps need no quotes to be understood; other texts do.
    let isBare = isPath || kind == "Timestamp"
    return "\(sign) \(isBare ? operand.stringValue ?? operand.text : operand.text)"
  }
}
