internal import JobModel

extension State {
  /// Reads one state; nil where not even its type can be read.
  static func read(
    _ value: JSONValue, named name: String, at pointer: String, _ reader: inout DefinitionReader
  ) -> State? {
    guard let plain = Fields.read(value, at: pointer, reader.machineLanguage, &reader) else { return nil }
    if name.isEmpty || name.unicodeScalars.count > LanguageLimits.stateName {
      reader.error(.invalidState, pointer, "A state's name has 1 to \(LanguageLimits.stateName) characters")
    }
    let language = readLanguage(plain, &reader)
    let fields = Fields(object: plain.object, pointer: pointer, language: language)
    fields.require(["Type"], &reader)
    guard let type = fields.word("Type", StateType.allCases.map(\.rawValue), &reader).flatMap(StateType.init)
    else { return nil }
    (reader.place.type, reader.place.language) = (type, language)
    fields.allow(
      type.fields(language), other: type.fields(language.other), in: "a \(type.rawValue) state", &reader)
    _ = fields.string("Comment", &reader)

    var state = State(name: name, kind: readKind(type, fields, &reader))
    if language == .jsonPath {
      state.inputPath = fields.dataPath("InputPath", &reader)
      state.outputPath = fields.dataPath("OutputPath", &reader)
    }
    if type != .fail, type != .succeed { state.assign = fields.assignments(&reader) }
    if language == .jsonata, type != .fail { state.output = fields.template("Output", &reader) }
    if type.hasTransition { state.transition = readTransition(fields, &reader) }
    return state
  }

  /// A state of a JSONPath machine may name either language; one of a JSONata machine only JSONata.
  private static func readLanguage(_ fields: Fields, _ reader: inout DefinitionReader) -> QueryLanguage {
    let language = fields.queryLanguage(&reader) ?? reader.machineLanguage
    if reader.machineLanguage == .jsonata, language == .jsonPath {
      reader.schemaError(
        fields.pointer("QueryLanguage"),
        "'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for whole state machine")
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
    let isEnd = fields["End"].map { value -> Bool in
      if value.boolValue == nil {
        reader.schemaError(fields.pointer("End"), "Expected value of type Boolean, found \(value.kind)")
      } else if value == false, next == nil {
        reader.schemaError(fields.pointer("End"), "A state without Next must have \"End\": true")
      }
      return value == true
    }
    fields.exclusive(["Next", "End"], required: true, &reader)
    if next == nil, isEnd != true { reader.place.hasUnclearWay = true }
    return next.map(Transition.next) ?? .end
  }
}

extension StateType {
  /// The fields that a state of this type may have in a query language.
  func fields(_ language: QueryLanguage) -> Set<String> { StateType.fields[language]?[self] ?? [] }

  private static let fields = Dictionary(
    uniqueKeysWithValues: QueryLanguage.allCases.map { language in
      (language, Dictionary(uniqueKeysWithValues: allCases.map { ($0, $0.common(language).union($0.own(language))) }))
    })

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
