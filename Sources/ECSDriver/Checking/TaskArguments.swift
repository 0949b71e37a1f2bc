internal import JobModel

/// Reads a Task state's arguments, in the states language's or the API's spelling, and keeps what only the
/// run will tell.
struct TaskArguments {
  private let members: JSONObject
  private let path: String

  init(_ members: JSONObject, at path: String = "") {
    self.members = members
    self.path = path
  }

  /// The value and the fields that are dynamic on the way to it.
  func value(_ name: String, _ dynamic: inout [String]) -> JSONValue? {
    let spellings = [pascalCase(name), name]
    for spelling in spellings {
      if members["\(spelling).$"] != nil {
        dynamic.append(path + pascalCase(name))
        return nil
      }
      guard let value = members[spelling], !value.isNull else { continue }
      if let text = value.stringValue, TaskArguments.isExpression(text) {
        dynamic.append(path + pascalCase(name))
        return nil
      }
      return value
    }
    return nil
  }

  func text(_ name: String, _ dynamic: inout [String]) -> String? { value(name, &dynamic)?.stringValue }

  func texts(_ name: String, _ dynamic: inout [String]) -> [String] {
    let elements = value(name, &dynamic)?.arrayValue ?? []
    let texts = elements.compactMap(\.stringValue)
    if texts.contains(where: TaskArguments.isExpression) { dynamic.append(path + pascalCase(name)) }
    return texts.filter { !TaskArguments.isExpression($0) }
  }

  func structure(_ name: String, _ dynamic: inout [String]) -> TaskArguments? {
    guard let object = value(name, &dynamic)?.objectValue else { return nil }
    return TaskArguments(object, at: "\(path)\(pascalCase(name)).")
  }

  func structures(_ name: String, _ dynamic: inout [String]) -> [TaskArguments] {
    (value(name, &dynamic)?.arrayValue ?? []).enumerated().compactMap { index, element in
      element.objectValue.map { TaskArguments($0, at: "\(path)\(pascalCase(name))[\(index)].") }
    }
  }

  /// JSONata, `{% … %}`.
  private static func isExpression(_ text: String) -> Bool { text.hasPrefix("{%") }

  /// Where a value holds anything dynamic: paths below `path`.
  static func dynamicFields(in value: JSONValue, at path: String) -> [String] {
    switch value {
    case .string(let text): isExpression(text) ? [path] : []
    case .array(let elements):
      elements.enumerated().flatMap { dynamicFields(in: $1, at: "\(path)[\($0)]") }
    case .object(let members):
      members.flatMap { key, value in
        key.hasSuffix(".$") ? ["\(path).\(key.dropLast(2))"] : dynamicFields(in: value, at: "\(path).\(key)")
      }
    default: []
    }
  }
}

/// Task definitions in the API's spelling, whichever they were written in.
enum TaskDefinitionSpelling {
  /// The members whose keys are the user's own (ECS API, RegisterTaskDefinition).
  private static let maps: Set<String> = ["options", "dockerLabels", "driverOpts", "labels"]

  static func apiSpelling(_ value: JSONValue) -> JSONValue {
    switch value {
    case .array(let elements): .array(elements.map(apiSpelling))
    case .object(let members):
      .object(
        JSONObject(
          members.lazy.map { key, value in
            let name = camelCase(key)
            return (key: name, value: maps.contains(name) ? value : apiSpelling(value))
          }))
    default: value
    }
  }

  private static func camelCase(_ name: String) -> String { name.prefix(1).lowercased() + name.dropFirst() }
}
