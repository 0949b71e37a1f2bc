internal import JobModel

/// Fail: ends its scope with an error.
struct FailState: Sendable {
  var error = Text.none
  var cause = Text.none

  /// Where an error's or a cause's text comes from.
  enum Text: Sendable {
    case none
    case literal(String)
    case path(JSONPath)
    case call(IntrinsicCall)
    case query(JSONataQuery)
  }

  static func read(_ fields: Fields, _ reader: inout DefinitionReader) -> FailState {
    fields.exclusive(["Error", "ErrorPath"], &reader)
    fields.exclusive(["Cause", "CausePath"], &reader)
    return FailState(error: text("Error", fields, &reader), cause: text("Cause", fields, &reader))
  }

  private static func text(_ key: String, _ fields: Fields, _ reader: inout DefinitionReader) -> Text {
    if let query = fields.query(key, &reader) { return .query(query) }
    if let literal = fields.string(key, &reader) {
      PayloadHints.check(literal: literal, of: key, in: fields, &reader)
      return .literal(literal)
    }
    guard let expression = fields.string(key + "Path", &reader) else { return .none }
    let pointer = fields.pointer(key + "Path")
    if expression.hasPrefix("$") { return reader.path(expression, at: pointer).map(Text.path) ?? .none }
    do {
      let call = try IntrinsicCall.parse(expression)
      if !call.function.yieldsString {
        reader.schemaError(pointer, "States.\(call.function.rawValue) does not return a string")
      }
      for path in call.paths { reader.note(path, at: pointer) }
      return .call(call)
    } catch {
      reader.schemaError(
        pointer, "Value must be a valid JSONPath or a valid intrinsic function call. '\(expression)': \(error.message)")
      return .none
    }
  }
}

extension IntrinsicFunction {
  /// Those that ErrorPath and CausePath take (Amazon States Language, "Fail State").
  fileprivate var yieldsString: Bool {
    switch self {
    case .format, .jsonToString, .arrayGetItem, .base64Encode, .base64Decode, .hash, .uuid: true
    default: false
    }
  }
}

extension Execution {
  func runFail(_ fail: FailState, in scope: Scope, _ step: inout Step) throws(StateFailure) -> Progress {
    let data = data(in: scope, input: scope.visit.input, step)
    let error = try text(fail.error, field: "ErrorPath", in: data, &step)
    let cause = try text(fail.cause, field: "CausePath", in: data, &step)
    throw StateFailure(error: error, cause: cause)
  }

  private func text(
    _ text: FailState.Text, field: String, in data: EvaluationData, _ step: inout Step
  ) throws(StateFailure) -> String? {
    let value: JSONValue
    switch text {
    case .none: return nil
    case .literal(let literal): return literal
    case .query(let query): return try query.value(as: "string", in: data, using: &step.generator, \.stringValue)
    case .call(let call): value = try call.value(in: data, using: &step.generator)
    case .path(let path):
      guard let found = data.lenientValue(of: path) else {
        throw StateFailure.runtime(
          "The JSONPath '\(path.text)' specified for the field '\(field)' could not be found in the input "
            + "'\(data.documentText(of: path))'")
      }
      value = found
    }
    guard case .string(let string) = value else {
      throw StateFailure.runtime("The \(field) parameter does not reference a string: \(value.text)")
    }
    return string
  }
}
