internal import JobModel

/// Parameters, ResultSelector, ItemSelector and Assign: JSON in which a key that ends in `.$` takes its value
/// from a path or an intrinsic function.
indirect enum PayloadTemplate: Sendable {
  case literal(JSONValue)
  case object([Member])
  case array([PayloadTemplate])

  struct Member: Sendable {
    /// As written, `.$` included, for messages.
    var field: String
    var key: String
    var value: MemberValue
  }

  enum MemberValue: Sendable {
    case template(PayloadTemplate)
    case path(JSONPath)
    case call(IntrinsicCall)
  }

  func value(
    in data: EvaluationData, using generator: inout any RandomNumberGenerator
  ) throws(StateFailure) -> JSONValue {
    switch self {
    case .literal(let value): return value
    case .array(let elements):
      var values: [JSONValue] = []
      values.reserveCapacity(elements.count)
      for element in elements { values.append(try element.value(in: data, using: &generator)) }
      return .array(values)
    case .object(let members):
      var object = JSONObject(minimumCapacity: members.count)
      for member in members { object[member.key] = try value(of: member, in: data, using: &generator) }
      return .object(object)
    }
  }

  private func value(
    of member: Member, in data: EvaluationData, using generator: inout any RandomNumberGenerator
  ) throws(StateFailure) -> JSONValue {
    switch member.value {
    case .template(let template): return try template.value(in: data, using: &generator)
    case .call(let call): return try call.value(in: data, using: &generator)
    case .path(let path):
      guard let value = data.lenientValue(of: path) else {
        throw StateFailure.runtime(
          "The JSONPath '\(path.text)' specified for the field '\(member.field)' could not be found in the input "
            + "'\(data.documentText(of: path))'")
      }
      return value
    }
  }
}

extension PayloadTemplate {
  /// Reads a template, reporting every path and call in it that cannot be read.
  static func read(_ value: JSONValue, at pointer: String, _ reader: inout DefinitionReader) -> PayloadTemplate {
    switch value {
    case .string(let text):
      if reader.isChecking { PayloadHints.check(element: text, at: pointer, &reader) }
      return .literal(value)
    case .array(let elements):
      let templates = elements.enumerated().map {
        read($1, at: reader.isChecking ? "\(pointer)/\($0)" : pointer, &reader)
      }
      return templates.allSatisfy(\.isLiteral) ? .literal(value) : .array(templates)
    case .object(let members):
      let templates = members.compactMap { member(of: members, $0.key, $0.value, at: pointer, &reader) }
      return templates.allSatisfy(\.isLiteral) ? .literal(value) : .object(templates)
    default: return .literal(value)
    }
  }

  private static func member(
    of members: JSONObject, _ field: String, _ value: JSONValue, at pointer: String, _ reader: inout DefinitionReader
  ) -> Member? {
    let place = reader.isChecking ? pointer + "/" + jsonPointerToken(field) : pointer
    guard field.hasSuffix(".$") else {
      if case .string(let text) = value {
        if reader.isChecking { PayloadHints.check(member: text, at: place, &reader) }
        return Member(field: field, key: field, value: .template(.literal(value)))
      }
      return Member(field: field, key: field, value: .template(read(value, at: place, &reader)))
    }
    let key = String(field.dropLast(2))
    if members[key] != nil {
      reader.schemaError(place, "The field '\(field)' and the field '\(key)' are the same after '.$' is removed")
    }
    guard case .string(let text) = value else {
      reader.schemaError(
        place, "The value for the field '\(field)' must be a valid JSONPath or a valid intrinsic function call")
      return nil
    }
    if text.hasPrefix("$") {
      return reader.path(text, at: place).map { Member(field: field, key: key, value: .path($0)) }
    }
    do {
      let call = try QueryCache.call(text)
      for path in call.paths { reader.note(path, at: place) }
      return Member(field: field, key: key, value: .call(call))
    } catch {
      reader.schemaError(
        place,
        "The value for the field '\(field)' must be a valid JSONPath or a valid intrinsic function call: \(error.message)"
      )
      return nil
    }
  }

  private var isLiteral: Bool { if case .literal = self { true } else { false } }
}

extension PayloadTemplate.Member {
  fileprivate var isLiteral: Bool {
    if case .template(.literal) = value { key == field } else { false }
  }
}
