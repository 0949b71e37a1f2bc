internal import JobModel

/// Where paths and expressions look while a state is worked on: its data (`$`), the context object (`$$`)
/// and the variables, as they were when the state was entered.
struct EvaluationData {
  /// What a path's `$` is; in JSONata `$states.input`, always the state's input as it is.
  var input: JSONValue
  var context: ContextObject
  var variables: [String: JSONValue]
  /// For JSONata's `$now` and `$millis`.
  var now: Instant
  /// `$states.result`, where the state has one.
  var result: JSONValue?
  /// `$states.errorOutput`, in a Catch.
  var errorOutput: JSONValue?

  /// What a JSONata expression sees (Step Functions guide, "Reserved variable: $states").
  var jsonataVariables: [String: JSONValue] {
    var states: JSONObject = ["input": input, "context": context.value]
    if let result { states["result"] = result }
    if let errorOutput { states["errorOutput"] = errorOutput }
    var variables = variables
    variables["states"] = .object(states)
    return variables
  }

  private func document(of path: JSONPath) -> JSONValue? {
    switch path.root {
    case .input: input
    case .context: context.value
    case .variable(let name): variables[name]
    }
  }

  /// What messages show as the input in which a path found nothing.
  func documentText(of path: JSONPath) -> String {
    switch path.root {
    case .input, .variable: input.text
    case .context: context.value.text
    }
  }

  /// The path's value as Parameters and intrinsics see it: nil where a definite path has none, an empty
  /// array where an indefinite one has none.
  func lenientValue(of path: JSONPath) -> JSONValue? {
    guard let document = document(of: path) else { return nil }
    guard let value = try? path.value(in: document) else { return path.isDefinite ? nil : [] }
    return value
  }

  /// The path's value as InputPath, OutputPath and their like see it: nothing found is a failure.
  func value(of path: JSONPath) throws(StateFailure) -> JSONValue {
    guard let document = document(of: path) else {
      throw StateFailure.runtime("Invalid path '\(path.text)' : the variable is not defined")
    }
    do {
      return try path.value(in: document)
    } catch {
      throw StateFailure.runtime("Invalid path '\(path.text)' : \(error.message)")
    }
  }
}

/// InputPath and OutputPath: a path, or null for an empty object.
enum DataPath: Sendable {
  case path(JSONPath)
  case none

  static let whole = DataPath.path(.whole)

  /// Whether it is `$`: nothing is to be done.
  var isWhole: Bool {
    if case .path(let path) = self { path.root == .input && path.segments.isEmpty } else { false }
  }

  func apply(to data: EvaluationData) throws(StateFailure) -> JSONValue {
    switch self {
    case .none: [:]
    case .path where isWhole: data.input
    case .path(let path): try data.value(of: path)
    }
  }
}

/// ResultPath: a place in the input, or null to drop the result.
enum ResultPlace: Sendable {
  case place(ReferencePath)
  case discarded

  static let whole = ResultPlace.place(.whole)

  func combine(_ result: JSONValue, into input: JSONValue) throws(StateFailure) -> JSONValue {
    switch self {
    case .discarded: input
    case .place(let place): try place.setting(result, in: input)
    }
  }
}
