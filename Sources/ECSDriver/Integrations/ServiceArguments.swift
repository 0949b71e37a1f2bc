internal import Foundation
internal import JobModel

/// Turns a Task state's arguments into an action's input by the action's own model, and gathers every mistake in Step
/// Functions' words.
///
/// What a member requires is not asked: the service says it, as with the SDK.
struct ServiceArguments {
  let model: ServiceModel
  let spelling: ServiceSpelling
  private(set) var mistakes: [String] = []

  init(_ model: ServiceModel, _ spelling: ServiceSpelling) {
    self.model = model
    self.spelling = spelling
  }

  /// The members that are there and not null, by the API's names.
  mutating func read(_ arguments: JSONObject, as members: [ServiceMember], at path: String = "") -> JSONObject {
    var result = JSONObject()
    for (key, value) in arguments {
      guard let member = member(key, of: members) else {
        mistakes.append(unknown(key, at: path, among: members))
        continue
      }
      if value.isNull { continue }
      result[member.name] = read(value, as: member.type, at: path + key)
    }
    return result
  }

  /// By Step Functions' name; the API's own, with a capital first, is taken too.
  private func member(_ key: String, of members: [ServiceMember]) -> ServiceMember? {
    members.first { spelling.stateName($0.name) == key } ?? members.first { pascalCase($0.name) == key }
  }

  private mutating func read(_ value: JSONValue, as type: ServiceType, at path: String) -> JSONValue {
    switch (type, value) {
    case (.string, .string), (.token, .string), (.boolean, .bool), (.document, _): return value
    // A text may be given as the JSON that it holds (recorded of SNS, SQS and Step Functions itself).
    case (.string, .object), (.string, .array): return .string(value.text)
    case (.integer, .integer), (.integer, .double):
      if let whole = value.integerValue { return .integer(whole) }
    case (.float, .integer), (.float, .double): return value
    case (.seconds, .integer), (.seconds, .double): return value
    case (.seconds, .string(let text)):
      if let instant = Instant(text) { return ServiceArguments.seconds(instant) }
    case (.timeText, .string(let text)):
      if let instant = Instant(text) { return .string(instant.description) }
    case (.blob, _):
      if let bytes = blob(value) { return .string(bytes) }
    case (.list(let element, _, _), .array(let elements)):
      return .array(elements.enumerated().map { index, item in read(item, as: element, at: "\(path)[\(index)]") })
    case (.map(let element, _, _, _), .object(let object)):
      var result = JSONObject()
      for (key, item) in object where !item.isNull { result[key] = read(item, as: element, at: "\(path).\(key)") }
      return .object(result)
    case (.structure(let number), .object(let object)):
      return .object(read(object, as: model.inputStructure(number), at: path + "."))
    default: break
    }
    mistakes.append("The value for the field '\(path)' must be \(type.word)")
    return .null
  }

  /// Bytes in base64. Optimized integrations take base64 itself; those of the SDK take any JSON, whose text are the
  /// bytes: a text with its quotation marks.
  private func blob(_ value: JSONValue) -> String? {
    switch spelling {
    case .api: value.stringValue.flatMap { Data(base64Encoded: $0) == nil ? nil : $0 }
    case .sdk: Data(value.utf8).base64EncodedString()
    }
  }

  private static func seconds(_ instant: Instant) -> JSONValue {
    instant.milliseconds % 1_000 == 0
      ? .integer(instant.milliseconds / 1_000) : .double(Double(instant.milliseconds) / 1_000)
  }

  private func unknown(_ key: String, at path: String, among members: [ServiceMember]) -> String {
    let message = "The field \"\(path)\(key)\" is not supported by Step Functions"
    let near = members.lazy.map { spelling.stateName($0.name) }.first { $0.lowercased() == key.lowercased() }
    return near.map { "\(message) (did you mean \"\($0)\"?)" } ?? message
  }
}
