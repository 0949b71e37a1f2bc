internal import JobModel

/// Turns a Task state's arguments (PascalCase) into an API input (camelCase) by the input's shape, and
/// gathers every mistake in Step Functions' own words.
struct ArgumentsReader {
  private(set) var mistakes: [String] = []

  /// The members that are there and not null, by the API's names.
  mutating func read(_ arguments: JSONObject, as members: [Shape.Member], at path: String = "") -> JSONObject {
    var result = JSONObject(minimumCapacity: arguments.count)
    for (key, value) in arguments {
      guard let member = members.first(where: { $0.stateName == key }) else {
        mistakes.append(unknown(key, at: path, among: members))
        continue
      }
      if value.isNull { continue }
      result[member.name] = read(value, as: member.shape, at: path + key)
    }
    for member in members where member.isRequired && (arguments[member.stateName] ?? .null).isNull {
      mistakes.append("The field '\(path)\(member.stateName)' is required but was missing")
    }
    return result
  }

  private mutating func read(_ value: JSONValue, as shape: Shape, at path: String) -> JSONValue {
    switch (shape, value) {
    case (.string, .string), (.boolean, .bool): return value
    case (.integer, .integer), (.integer, .double):
      if let whole = value.integerValue { return .integer(whole) }
      return mistake(path, "an INTEGER")
    case (.list(let element), .array(let elements)):
      return .array(
        elements.enumerated().map { index, item in read(item, as: element, at: "\(path)[\(index)]") })
    case (.structure(let members), .object(let object)), (.stringOr(let members), .object(let object)):
      return .object(read(object, as: members, at: path + "."))
    case (.stringOr, .string): return value
    case (.map, .object(let object)) where object.values.allSatisfy({ $0.stringValue != nil }): return value
    default: return mistake(path, ArgumentsReader.word(for: shape))
    }
  }

  private mutating func mistake(_ path: String, _ expected: String) -> JSONValue {
    mistakes.append("The value for the field '\(path)' must be \(expected)")
    return .null
  }

  private func unknown(_ key: String, at path: String, among members: [Shape.Member]) -> String {
    let message = "The field \"\(path)\(key)\" is not supported by Step Functions"
    let near = members.first { $0.stateName.lowercased() == key.lowercased() }
    return near.map { "\(message) (did you mean \"\($0.stateName)\"?)" } ?? message
  }

  private static func word(for shape: Shape) -> String {
    switch shape {
    case .string: "a STRING"
    case .integer: "an INTEGER"
    case .boolean: "a BOOLEAN"
    case .list: "a LIST"
    case .structure: "a STRUCTURE"
    case .map: "a MAP of STRINGs"
    case .stringOr: "a STRING or a STRUCTURE"
    }
  }
}
