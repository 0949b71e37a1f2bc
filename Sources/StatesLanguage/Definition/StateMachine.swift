public import JobModel

/// A definition in the Amazon States Language that this jobd can run.
public struct StateMachine: Equatable, Sendable {
  /// As it was written.
  public let definition: JSONValue
  /// The machine's own states under "", those of branches and item processors under their JSON pointers.
  let graphs: [String: StateGraph]
  /// The whole execution's; nil for none.
  let timeoutSeconds: Int64?

  public static func == (left: StateMachine, right: StateMachine) -> Bool { left.definition == right.definition }

  /// Reads a definition and says everything that is wrong with it.
  ///
  /// - Returns: the machine where there are no errors (there may be warnings), and the diagnostics: AWS's view
  ///   (see ``validate(_:)``), then what is right but does not run here.
  public static func parse(_ text: String) -> (machine: StateMachine?, diagnostics: [Diagnostic]) {
    switch readText(text) {
    case .success((let value, let map)): parse(value, sourceMap: map)
    case .failure(let problem): (nil, [problem.diagnostic])
    }
  }

  /// As ``parse(_:)-(String)``, for a definition inside another file.
  ///
  /// - Parameter sourceMap: where the values stood, for the diagnostics' lines; without one every line is 1.
  public static func parse(
    _ value: JSONValue, sourceMap: JSONSourceMap?
  ) -> (machine: StateMachine?, diagnostics: [Diagnostic]) {
    let (machine, diagnostics) = read(value, DefinitionReader(sourceMap: sourceMap))
    let all = Diagnostic.sorted(diagnostics + Unsupported.diagnostics(of: value, sourceMap: sourceMap))
    return (all.contains { $0.severity == .error } ? nil : machine, all)
  }

  /// The machine of a definition that was taken before, whatever would be said of it today: a run that goes on, or is
  /// gone on with, keeps the definition with which it began.
  public static func taken(_ value: JSONValue) -> StateMachine? {
    read(value, DefinitionReader(sourceMap: nil, isChecking: false)).machine
  }

  /// What AWS would say of a definition, whether this jobd can run it or not: by line, then place.
  public static func validate(_ text: String) -> [Diagnostic] {
    switch readText(text) {
    case .success((let value, let map)): read(value, DefinitionReader(sourceMap: map)).diagnostics
    case .failure(let problem): [problem.diagnostic]
    }
  }

  /// What of a valid definition this jobd does not run; empty for a text that is no JSON.
  public static func unsupported(_ text: String) -> [Diagnostic] {
    guard case .success((let value, let map)) = readText(text) else { return [] }
    return Unsupported.diagnostics(of: value, sourceMap: map)
  }

  private struct TextProblem: Error {
    var diagnostic: Diagnostic

    init(line: Int, _ code: DiagnosticCode, _ message: String) {
      diagnostic = Diagnostic(severity: .error, pointer: "", line: line, message: code.rawValue + ": " + message)
    }
  }

  private static func readText(_ text: String) -> Result<(JSONValue, JSONSourceMap), TextProblem> {
    guard text.utf8.count <= Limits.definitionBytes else {
      return .failure(
        TextProblem(line: 1, .invalidJSON, "The definition is longer than \(Limits.definitionBytes) bytes"))
    }
    guard text.contains(where: { !$0.isWhitespace }) else {
      return .failure(TextProblem(line: 1, .missingDescription, "The definition is empty"))
    }
    do {
      return .success(try JSONValue.parseWithSourceMap(text))
    } catch {
      return .failure(TextProblem(line: error.line, .invalidJSON, "\(error)"))
    }
  }

  private static func read(
    _ value: JSONValue, _ reader: DefinitionReader
  ) -> (machine: StateMachine?, diagnostics: [Diagnostic]) {
    var reader = reader
    guard let plain = Fields.read(value, at: "", .jsonPath, &reader) else { return (nil, reader.diagnostics) }
    reader.machineLanguage = plain.queryLanguage(&reader) ?? .jsonPath
    let fields = Fields(object: plain.object, pointer: "", language: reader.machineLanguage)
    fields.allow(
      ["Comment", "StartAt", "States", "Version", "TimeoutSeconds", "QueryLanguage"], in: "a state machine", &reader)
    _ = fields.string("Comment", &reader)
    _ = fields.word("Version", ["1.0"], &reader)
    let timeout = fields.integer("TimeoutSeconds", 1...LanguageLimits.seconds, &reader)
    StateGraph.read(fields, &reader)
    if reader.isChecking {
      GraphChecks.check(&reader)
      VariableChecks.check(&reader)
    }
    let machine = StateMachine(definition: value, graphs: reader.graphs, timeoutSeconds: timeout)
    return (machine.graphs[""] == nil ? nil : machine, reader.diagnostics)
  }
}

extension Fields {
  /// The query language that is named here, or was probably meant; nil where there is none.
  func queryLanguage(_ reader: inout DefinitionReader) -> QueryLanguage? {
    let names = QueryLanguage.allCases.map(\.rawValue)
    if let named = word("QueryLanguage", names, &reader) { return QueryLanguage(rawValue: named) }
    guard let text = self["QueryLanguage"]?.stringValue else { return nil }
    return Suggestion.nearest(to: text, among: names).flatMap { QueryLanguage(rawValue: $0) }
  }
}
