internal import JobModel

extension State {
  /// Reads one state; nil where not even its type can be read.
  static func read(
    _ value: JSONValue, named name: String, at pointer: String, language outer: QueryLanguage,
    _ reader: inout DefinitionReader
  ) -> State? {
    guard case .object(let object) = value else {
      reader.schemaError(pointer, "Expected value of type Object, found \(value.kind)")
      return nil
    }
    if name.unicodeScalars.count > 80 || name.isEmpty {
      reader.schemaError(pointer, "A state's name has 1 to 80 characters")
    }
    let language = readLanguage(object, at: pointer, outer: outer, &reader)
    let fields = Fields(object: object, pointer: pointer, language: language)
    guard fields.has("Type") else {
      fields.require(["Type"], &reader)
      return nil
    }
    guard let text = fields.string("Type", &reader) else { return nil }
    guard let type = StateType(rawValue: text) else {
      reader.schemaError(
        fields.pointer("Type"),
        "Value is not one of the allowed values [\(StateType.allCases.map(\.rawValue).joined(separator: ", "))]: '\(text)'"
      )
      return nil
    }
    fields.allow(
      type.fields(language), other: type.fields(language == .jsonata ? .jsonPath : .jsonata),
      in: "a \(type.rawValue) state", &reader)
    _ = fields.string("Comment", &reader)

    var state = State(name: name, kind: readKind(type, fields, &reader))
    if language == .jsonPath {
      state.inputPath = fields.dataPath("InputPath", &reader)
      state.outputPath = fields.dataPath("OutputPath", &reader)
    }
    state.assign = fields.assignments(&reader)
    if language == .jsonata, type != .fail { state.output = fields.template("Output", &reader) }
    if type.hasTransition { state.transition = readTransition(fields, &reader) }
    return state
  }

  private static func readLanguage(
    _ object: JSONObject, at pointer: String, outer: QueryLanguage, _ reader: inout DefinitionReader
  ) -> QueryLanguage {
    let fields = Fields(object: object, pointer: pointer, language: outer)
    guard let text = fields.string("QueryLanguage", &reader) else { return outer }
    guard let language = QueryLanguage(rawValue: text) else {
      reader.schemaError(
        fields.pointer("QueryLanguage"), "Value is not one of the allowed values [JSONPath, JSONata]: '\(text)'")
      return outer
    }
    if outer == .jsonata, language == .jsonPath {
      reader.schemaError(
        fields.pointer("QueryLanguage"), "A state of a JSONata state machine cannot use the query language JSONPath")
    }
    return language
  }

  private static func readKind(_ type: StateType, _ fields: Fields, _ reader: inout DefinitionReader) -> StateKind {
    switch type {
    case .pass: .pass(PassState.read(fields, &reader))
    case .task: .task(TaskState.read(fields, &reader))
    case .choice: .choice(ChoiceState.read(fields, &reader))
    case .wait: .wait(WaitState.read(fields, &reader))
    case .succeed: .succeed
    case .fail: .fail(FailState.read(fields, &reader))
    case .parallel: .parallel(ParallelState.read(fields, &reader))
    case .map: .map(MapState.read(fields, &reader))
    }
  }

  private static func readTransition(_ fields: Fields, _ reader: inout DefinitionReader) -> Transition {
    let next = fields.string("Next", &reader)
    if let value = fields["End"] {
      if value.boolValue == nil {
        reader.schemaError(fields.pointer("End"), "Expected value of type Boolean, found \(value.kind)")
      } else if value == false, next == nil {
        reader.schemaError(fields.pointer("End"), "A state without Next must have \"End\": true")
      }
    }
    fields.exclusive(["Next", "End"], required: true, &reader)
    return next.map(Transition.next) ?? .end
  }
}

extension StateType {
  /// The fields that a state of this type may have in a query language.
  func fields(_ language: QueryLanguage) -> Set<String> {
    common(language).union(own(language))
  }

  private func common(_ language: QueryLanguage) -> Set<String> {
    var fields: Set<String> = ["Type", "Comment", "QueryLanguage"]
    if hasTransition { fields.formUnion(["Next", "End"]) }
    if self == .fail { return fields }
    fields.formUnion(language == .jsonata ? ["Output"] : ["InputPath", "OutputPath"])
    if self != .succeed { fields.insert("Assign") }
    return fields
  }

  private func own(_ language: QueryLanguage) -> Set<String> {
    let isPath = language == .jsonPath
    let result: Set<String> = isPath ? ["Parameters", "ResultPath", "ResultSelector"] : ["Arguments"]
    switch self {
    case .pass: return isPath ? ["Result", "ResultPath", "Parameters"] : []
    case .task:
      return result.union(["Resource", "Retry", "Catch", "TimeoutSeconds", "HeartbeatSeconds", "Credentials"])
        .union(isPath ? ["TimeoutSecondsPath", "HeartbeatSecondsPath"] : [])
    case .choice: return ["Choices", "Default"]
    case .wait: return isPath ? ["Seconds", "SecondsPath", "Timestamp", "TimestampPath"] : ["Seconds", "Timestamp"]
    case .succeed: return []
    case .fail: return isPath ? ["Error", "ErrorPath", "Cause", "CausePath"] : ["Error", "Cause"]
    case .parallel: return result.union(["Branches", "Retry", "Catch"])
    case .map: return MapState.fields(language)
    }
  }
}
