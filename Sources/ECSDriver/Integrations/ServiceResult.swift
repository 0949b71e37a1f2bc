internal import AWSClient
internal import Foundation
internal import JobModel

/// An answer as Step Functions shows it: names with a capital first, times as ISO 8601, members that are null left out.
///
/// Of an answer in JSON the table has only what no rule can tell, so that other names are respelled by rule, also those
/// that are newer than the table. An answer in XML has no types of its own: what the table does not know is left out,
/// as the SDK does.
struct ServiceResult {
  let model: ServiceModel
  let spelling: ServiceSpelling
  private let isXML: Bool

  init(_ model: ServiceModel, _ spelling: ServiceSpelling) {
    self.model = model
    self.spelling = spelling
    if case .json = model.service.wireProtocol { isXML = false } else { isXML = true }
  }

  func read(_ value: JSONValue, as members: [ServiceMember]) -> JSONObject {
    var result = JSONObject()
    for (key, value) in value.objectValue ?? [:] where !value.isNull {
      let member = members.first { $0.wireName == key }
      if member == nil, isXML { continue }
      result[spelling.stateName(member?.name ?? key)] = member.map { read(value, as: $0.type) } ?? respelled(value)
    }
    return result
  }

  private func respelled(_ value: JSONValue) -> JSONValue {
    switch value {
    case .array(let elements): .array(elements.map(respelled))
    case .object: .object(read(value, as: []))
    default: value
    }
  }

  private func read(_ value: JSONValue, as type: ServiceType) -> JSONValue {
    if value.isNull { return value }
    return switch type {
    case .string, .token, .document: value
    case .integer: isXML ? text(value).flatMap { Int64($0) }.map { .integer($0) } ?? value : value
    case .float: isXML ? text(value).flatMap { Double($0) }.map { .double($0) } ?? value : value
    case .boolean: isXML ? .bool(text(value) == "true") : value
    case .seconds, .timeText: time(value)
    case .blob: blob(value)
    case .list(let element, let name, let isFlat):
      elements(value, named: name, isFlat: isFlat).map { .array($0.map { read($0, as: element) }) } ?? value
    case .map(let element, let keyName, let valueName, let isFlat):
      isXML ? entries(value, keyName, valueName, isFlat, as: element) : map(value, as: element)
    case .structure(let number): .object(read(value, as: model.outputStructure(number)))
    }
  }

  private func text(_ value: JSONValue) -> String? { value.stringValue?.trimmedSpace }

  private func time(_ value: JSONValue) -> JSONValue {
    if let seconds = value.numberValue {
      let range = Double(Instant.distantPast.milliseconds)...Double(Instant.distantFuture.milliseconds)
      guard range.contains((seconds * 1_000).rounded()) else { return value }
      return .string(Instant(milliseconds: Int64((seconds * 1_000).rounded())).description)
    }
    return text(value).flatMap { Instant($0) }.map { .string($0.description) } ?? value
  }

  /// As text where the bytes are UTF-8; JSON cannot hold others, and base64 remains.
  private func blob(_ value: JSONValue) -> JSONValue {
    guard spelling == .sdk, let text = text(value), let bytes = Data(base64Encoded: text),
      let decoded = String(validating: bytes, as: UTF8.self)
    else { return value }
    return .string(decoded)
  }

  /// An XML list arrives as an array, as an object with the name of its elements, or, where it is empty, as a text;
  /// a flat one with a single element as that element.
  private func elements(_ value: JSONValue, named name: String?, isFlat: Bool) -> [JSONValue]? {
    if let elements = value.arrayValue { return elements }
    guard isXML else { return nil }
    if isFlat { return [value] }
    guard let name, let inner = value[name] else { return [] }
    return inner.arrayValue ?? [inner]
  }

  private func map(_ value: JSONValue, as element: ServiceType) -> JSONValue {
    guard let object = value.objectValue else { return value }
    return .object(object.mapValues { read($0, as: element) })
  }

  private func entries(
    _ value: JSONValue, _ keyName: String, _ valueName: String, _ isFlat: Bool, as element: ServiceType
  ) -> JSONValue {
    let found = isFlat ? value : value["entry"] ?? []
    var result = JSONObject()
    for entry in found.arrayValue ?? [found] {
      guard let key = entry[keyName]?.stringValue else { continue }
      result[key] = read(entry[valueName] ?? "", as: element)
    }
    return .object(result)
  }
}

extension String {
  /// Without white space around it.
  fileprivate var trimmedSpace: String { trimmingCharacters(in: .whitespacesAndNewlines) }
}
