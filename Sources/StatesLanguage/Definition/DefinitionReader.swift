internal import JobModel

/// Reads a definition into its typed form and collects everything that is wrong with it on the way.
///
/// Messages are worded as Step Functions words them: a code, a colon, what is wrong; the place is the
/// diagnostic's pointer. What AWS leaves open (a misspelt name, for example) follows after a semicolon.
struct DefinitionReader {
  let sourceMap: JSONSourceMap?
  /// Whether anybody wants to know what is wrong; what is read is the same without, and sooner.
  let isChecking: Bool
  /// What the whole machine names; the states of branches and item processors inherit it from there, not from
  /// the state around them.
  var machineLanguage = QueryLanguage.jsonPath
  private var found: [Diagnostic] = []
  /// How many of each severity there are, listed or not.
  private var counts: [Diagnostic.Severity: Int] = [:]
  private var comparisonsLeft = LanguageLimits.nameComparisons
  /// Where every state name was defined, since a name may be used once in a whole machine.
  var namesSeen: [String: String] = [:]
  /// Where every Map's Label was given, which are unique too.
  var labelsSeen: [String: String] = [:]
  /// The graphs that were read, by their JSON pointers.
  var graphs: [String: StateGraph] = [:]
  /// The same ones, for the checks that look at whole graphs.
  var readGraphs: [ReadGraph] = []
  /// The state that is being read.
  var place = StatePlace()
  /// Where variables are used, for ``VariableChecks``.
  var variableUses: [VariableUse] = []

  init(sourceMap: JSONSourceMap?, isChecking: Bool = true) {
    self.sourceMap = sourceMap
    self.isChecking = isChecking
  }

  /// Everything that was found, by line and place, without repetitions.
  var diagnostics: [Diagnostic] {
    let rest = [Diagnostic.Severity.error, .warning].compactMap { severity -> Diagnostic? in
      let count = counts[severity, default: 0] - LanguageLimits.diagnostics
      guard count > 0 else { return nil }
      return Diagnostic(
        severity: severity, pointer: "", line: 1,
        message: "There are \(count) more \(severity.rawValue)s than are listed")
    }
    return Diagnostic.sorted(rest + found)
  }

  mutating func error(_ code: DiagnosticCode, _ pointer: String, _ message: String) {
    report(.error, pointer, code.rawValue + ": " + message)
  }

  /// A mistake that AWS reports without a code of its own, since it looks at the shape of JSON only.
  mutating func schemaError(_ pointer: String, _ message: String) { error(.schema, pointer, message) }

  mutating func warning(_ pointer: String, _ message: String) { report(.warning, pointer, message) }

  mutating func warning(_ code: DiagnosticCode, _ pointer: String, _ message: String) {
    report(.warning, pointer, code.rawValue + ": " + message)
  }

  /// What is right in the language but not here.
  mutating func unsupported(_ pointer: String, _ message: String) { report(.error, pointer, message) }

  private mutating func report(_ severity: Diagnostic.Severity, _ pointer: String, _ message: String) {
    counts[severity, default: 0] += 1
    guard counts[severity, default: 0] <= LanguageLimits.diagnostics else { return }
    found.append(
      Diagnostic(severity: severity, pointer: pointer, line: sourceMap?.line(of: pointer) ?? 1, message: message))
  }

  /// Reads a path that may be in the input, the context object or a variable.
  mutating func path(_ text: String, at pointer: String) -> JSONPath? {
    do {
      let path = try QueryCache.path(text)
      note(path, at: pointer)
      return path
    } catch {
      schemaError(pointer, "Value must be a valid JSONPath. '\(text)': \(error.message)")
      return nil
    }
  }

  /// The state or variable that was probably meant; nil as well once very many have been asked for.
  mutating func nearest(to name: String, among names: some Collection<String>) -> String? {
    comparisonsLeft -= min(names.count, comparisonsLeft)
    return comparisonsLeft == 0 ? nil : Suggestion.nearest(to: name, among: names.sorted())
  }

  /// Remembers what a path looks at outside the state's input.
  mutating func note(_ path: JSONPath, at pointer: String) {
    guard isChecking else { return }
    switch path.root {
    case .input: break
    case .variable(let name): note(variable: name, at: pointer)
    case .context:
      ContextChecks.check(path, at: pointer, &self)
    }
  }

  mutating func note(variable name: String, at pointer: String) {
    variableUses.append(VariableUse(name: name, pointer: pointer, graph: place.graph, state: place.name))
  }
}

/// The codes of Step Functions (API reference, ValidateStateMachineDefinitionDiagnostic; those of JSONata are not
/// in its list, but in its answers).
enum DiagnosticCode: String {
  case invalidJSON = "INVALID_JSON_DESCRIPTION"
  case missingDescription = "MISSING_DESCRIPTION"
  case schema = "SCHEMA_VALIDATION_FAILED"
  case missingTarget = "MISSING_TRANSITION_TARGET"
  case missingEnd = "MISSING_END_STATE"
  case duplicateState = "DUPLICATE_STATE_NAME"
  case invalidState = "INVALID_STATE_NAME"
  case duplicateLabel = "DUPLICATE_LABEL_NAME"
  case invalidLabel = "INVALID_LABEL_NAME"
  case invalidJSONata = "INVALID_JSONATA_EXPRESSION"
  case unsupportedJSONata = "UNSUPPORTED_JSONATA_EXPRESSION"
  case noDollar = "NO_DOLLAR"
  case noPath = "NO_PATH"
  case staticResult = "PASS_RESULT_IS_STATIC"
}

/// The state that is being read, and what was seen in it outside of the states within it.
struct StatePlace {
  /// The pointer of the graph that it belongs to.
  var graph = ""
  var name = ""
  var type: StateType?
  var language = QueryLanguage.jsonPath
  /// Where the task token is taken from the context object; `isExact` where nothing else is.
  var tokens: [(pointer: String, isExact: Bool)] = []
  /// Whether a mistake leaves open where the state leads, so that nothing is said about what it does not reach.
  var hasUnclearWay = false
}

/// The two query languages.
enum QueryLanguage: String, Sendable, CaseIterable {
  case jsonPath = "JSONPath"
  case jsonata = "JSONata"

  var other: QueryLanguage { self == .jsonata ? .jsonPath : .jsonata }
}

extension Diagnostic {
  /// By line, then place; what was found twice is said once.
  static func sorted(_ diagnostics: [Diagnostic]) -> [Diagnostic] {
    var seen: Set<Diagnostic> = []
    return diagnostics.filter { seen.insert($0).inserted }.enumerated().sorted { left, right in
      (left.element.line, left.element.pointer, left.offset) < (right.element.line, right.element.pointer, right.offset)
    }.map(\.element)
  }
}

/// `; did you mean 'Next'?`, or nothing where no known word is near.
func hint(_ word: String, among known: some Sequence<String>) -> String {
  Suggestion.nearest(to: word, among: known.sorted()).map { "; did you mean '\($0)'?" } ?? ""
}
