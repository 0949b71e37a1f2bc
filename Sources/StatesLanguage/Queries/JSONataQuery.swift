internal import JSONata
internal import JobModel

/// A JSONata expression of a definition, `{% … %}`, and the field in which it stands.
struct JSONataQuery: Sendable {
  let expression: JSONataExpression
  /// The place within its state, as messages name it: `Output/total`.
  let field: String

  /// The expression's value; nil where it yields nothing.
  func valueIfAny(
    in data: EvaluationData, using generator: inout any RandomNumberGenerator
  ) throws(StateFailure) -> JSONValue? {
    var environment = JSONataEnvironment(now: data.now, generator: generator)
    defer { generator = environment.generator }
    do {
      return try expression.evaluate(
        nil, variables: data.jsonataVariables, functions: StepFunctionsFunctions.all, in: &environment)
    } catch {
      throw failure("threw an error during evaluation. \(error.code): \(error.message)")
    }
  }

  /// The expression's value; one that yields nothing is a failure.
  func value(
    in data: EvaluationData, using generator: inout any RandomNumberGenerator
  ) throws(StateFailure) -> JSONValue {
    guard let value = try valueIfAny(in: data, using: &generator) else {
      throw failure("returned nothing (undefined).")
    }
    return value
  }

  /// The value as one of the kinds that the field takes.
  func value<Wanted>(
    as kind: String, in data: EvaluationData, using generator: inout any RandomNumberGenerator,
    _ convert: (JSONValue) -> Wanted?
  ) throws(StateFailure) -> Wanted {
    let value = try value(in: data, using: &generator)
    guard let wanted = convert(value) else {
      throw failure(
        "returned an unexpected result type. Expected '\(kind)', but was '\(value.kind)' for value: \(value.text)")
    }
    return wanted
  }

  private func failure(_ problem: String) -> StateFailure {
    StateFailure(
      error: ErrorName.queryEvaluationError,
      detail: "The JSONata expression '\(expression.text)' specified for the field '\(field)' \(problem)",
      location: field)
  }
}

extension JSONataQuery {
  /// What stands between `{%` and `%}`; nil where the text is no expression.
  static func source(_ text: String) -> String? {
    guard text.hasPrefix("{%"), text.hasSuffix("%}"), text.utf8.count >= 4 else { return nil }
    var inner = text.dropFirst(2).dropLast(2)
    while inner.first?.isWhitespace == true { inner.removeFirst() }
    while inner.last?.isWhitespace == true { inner.removeLast() }
    return String(inner)
  }

  /// Reads an expression and reports what is wrong with it; nil where the text is none, or cannot be read.
  static func read(
    _ text: String, field: String, at pointer: String, _ reader: inout DefinitionReader
  ) -> JSONataQuery? {
    guard let source = source(text) else {
      if text.hasPrefix("{%") {
        reader.schemaError(pointer, "A JSONata expression stands between '{%' and '%}', and '%}' is missing")
      } else {
        PayloadHints.check(jsonata: text, at: pointer, &reader)
      }
      return nil
    }
    do {
      let expression = try JSONataExpression(source)
      JSONataReferences.check(expression, field: field, at: pointer, &reader)
      return JSONataQuery(expression: expression, field: field)
    } catch {
      let place = error.position.map { " (at character \($0 + 1) of the expression)" } ?? ""
      reader.error(.invalidJSONata, pointer, error.message + place)
      return nil
    }
  }
}
