internal import JobModel

/// JSON in which strings may be JSONata expressions: Arguments, Output, Assign and others of a JSONata state.
indirect enum JSONataTemplate: Sendable {
  case literal(JSONValue)
  case query(JSONataQuery)
  case array([JSONataTemplate])
  case object([(key: String, value: JSONataTemplate)])

  func value(
    in data: EvaluationData, using generator: inout any RandomNumberGenerator
  ) throws(StateFailure) -> JSONValue {
    switch self {
    case .literal(let value): return value
    case .query(let query): return try query.value(in: data, using: &generator)
    case .array(let elements):
      var values: [JSONValue] = []
      values.reserveCapacity(elements.count)
      for element in elements { values.append(try element.value(in: data, using: &generator)) }
      return .array(values)
    case .object(let members):
      var object = JSONObject()
      for member in members { object[member.key] = try member.value.value(in: data, using: &generator) }
      return .object(object)
    }
  }

  /// Reads a template, reporting every expression in it that cannot be read.
  ///
  /// - Parameter field: the place within its state.
  static func read(
    _ value: JSONValue, field: String, at pointer: String, _ reader: inout DefinitionReader
  ) -> JSONataTemplate {
    switch value {
    case .string(let text):
      return JSONataQuery.read(text, field: field, at: pointer, &reader).map(JSONataTemplate.query) ?? .literal(value)
    case .array(let elements):
      let templates = elements.enumerated().map { index, element in
        read(element, field: "\(field)[\(index)]", at: "\(pointer)/\(index)", &reader)
      }
      return templates.allSatisfy(\.isLiteral) ? .literal(value) : .array(templates)
    case .object(let members):
      let templates = members.map { member in
        (
          key: member.key,
          value: read(
            member.value, field: "\(field)/\(member.key)", at: pointer + "/" + jsonPointerToken(member.key), &reader)
        )
      }
      return templates.allSatisfy(\.value.isLiteral) ? .literal(value) : .object(templates)
    default: return .literal(value)
    }
  }

  private var isLiteral: Bool { if case .literal = self { true } else { false } }
}

/// A template in its state's query language.
enum Template: Sendable {
  case payload(PayloadTemplate)
  case jsonata(JSONataTemplate)

  func value(
    in data: EvaluationData, using generator: inout any RandomNumberGenerator
  ) throws(StateFailure) -> JSONValue {
    switch self {
    case .payload(let template): try template.value(in: data, using: &generator)
    case .jsonata(let template): try template.value(in: data, using: &generator)
    }
  }
}
