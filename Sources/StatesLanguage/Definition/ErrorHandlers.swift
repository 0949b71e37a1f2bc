internal import JobModel

/// A state's Retry and Catch.
struct ErrorHandlers: Sendable {
  var retriers: [Retrier] = []
  var catchers: [Catcher] = []
}

struct Retrier: Sendable {
  var errors: [String]
  var intervalSeconds: Int64 = 1
  var maximumAttempts: Int64 = 3
  var backoffRate = 2.0
  var maximumDelaySeconds: Int64?
  var hasFullJitter = false

  /// How long to wait before the next attempt.
  ///
  /// - Parameter attempts: the retries that this retrier has had in this visit of the state.
  func delay(after attempts: Int, using generator: inout any RandomNumberGenerator) -> Duration {
    var seconds = Double(intervalSeconds)
    for _ in 0..<attempts where seconds < Double(LanguageLimits.seconds) { seconds *= backoffRate }
    seconds = min(seconds, Double(maximumDelaySeconds ?? LanguageLimits.seconds))
    if hasFullJitter { seconds *= Double.random(in: 0...1, using: &generator) }
    return .milliseconds(Int64(seconds * 1_000))
  }
}

struct Catcher: Sendable {
  var errors: [String]
  var resultPath = ResultPlace.whole
  var exit: Exit
}

extension StateFailure {
  /// Whether a rule's ErrorEquals names this failure (Step Functions guide, "Error names").
  func matches(_ errors: [String]) -> Bool {
    let names = [error ?? ""] + aliases
    return errors.contains { rule in
      switch rule {
      case ErrorName.all:
        !names.contains { $0 == ErrorName.dataLimitExceeded || $0 == ErrorName.runtime }
      case ErrorName.taskFailed:
        names.contains(rule)
          || !names.contains {
            $0 == ErrorName.timeout || $0 == ErrorName.dataLimitExceeded || $0 == ErrorName.runtime
          }
      default: names.contains(rule)
      }
    }
  }
}

extension ErrorHandlers {
  static func read(_ fields: Fields, _ reader: inout DefinitionReader) -> ErrorHandlers {
    let retriers = rules("Retry", in: fields, &reader)
    let catchers = rules("Catch", in: fields, &reader)
    return ErrorHandlers(
      retriers: retriers.map { Retrier.read($0.fields, $0.errors, &reader) },
      catchers: catchers.map { Catcher.read($0.fields, $0.errors, &reader) })
  }

  private static func rules(
    _ key: String, in fields: Fields, _ reader: inout DefinitionReader
  ) -> [(fields: Fields, errors: [String])] {
    guard let elements = fields.array(key, &reader) else { return [] }
    var rules: [(fields: Fields, errors: [String])] = []
    var caught: Set<String> = []
    for (index, element) in elements.enumerated() {
      let pointer = "\(fields.pointer(key))/\(index)"
      guard
        let rule = Fields.read(element, at: pointer, fields.language, location: "\(key)/\(index)", &reader)
      else { continue }
      let errors = errorNames(rule, isLast: index == elements.count - 1, &reader)
      for name in errors {
        let isTaskFailure = caught.contains(ErrorName.taskFailed) && ErrorName.isTaskFailure(name)
        guard isTaskFailure || caught.contains(name) else { continue }
        let by = caught.contains(name) ? "" : ", \(ErrorName.taskFailed)"
        reader.warning(
          rule.pointer("ErrorEquals"), "\(name) is already matched by an earlier rule of \(key)" + by)
      }
      caught.formUnion(errors)
      rules.append((rule, errors))
    }
    return rules
  }

  private static func errorNames(_ rule: Fields, isLast: Bool, _ reader: inout DefinitionReader) -> [String] {
    rule.require(["ErrorEquals"], &reader)
    guard let elements = rule.array("ErrorEquals", &reader) else { return [] }
    let pointer = rule.pointer("ErrorEquals")
    if elements.isEmpty { reader.schemaError(pointer, "A non-empty array is required") }
    let names = elements.compactMap(\.stringValue)
    for (index, element) in elements.enumerated() where element.stringValue == nil {
      reader.schemaError("\(pointer)/\(index)", "Expected value of type String, found \(element.kind)")
    }
    for problem in names.compactMap(problem) { reader.warning(pointer, problem) }
    if names.contains(ErrorName.all) {
      if names.count > 1 { reader.schemaError(pointer, "States.ALL must appear alone in ErrorEquals") }
      if !isLast { reader.schemaError(pointer, "States.ALL must be in the last rule") }
    }
    return names
  }

  /// Why a name can match nothing; nil for one that can, or of which nobody here can judge.
  private static func problem(with name: String) -> String? {
    if name == ErrorName.runtime { return "\(name) ends the execution: no Retry and no Catch sees it" }
    if name.hasPrefix("States."), !ErrorName.reserved.contains(name) {
      return "\(name) is no error that Step Functions raises" + hint(name, among: ErrorName.reserved)
    }
    if !name.hasPrefix("States."), name.lowercased().hasPrefix("state"),
      let meant = Suggestion.nearest(to: name, among: ErrorName.reserved.sorted())
    {
      return "\(name) is no error that Step Functions raises; did you mean '\(meant)'?"
    }
    return FailureName.problem(with: name)
  }
}

extension ErrorName {
  /// Whether an error is one that States.TaskFailed stands for too (see ``StateFailure/matches(_:)``).
  fileprivate static func isTaskFailure(_ name: String) -> Bool {
    ![all, taskFailed, timeout, heartbeatTimeout, dataLimitExceeded, runtime].contains(name)
  }
}

extension Retrier {
  fileprivate static func read(_ fields: Fields, _ errors: [String], _ reader: inout DefinitionReader) -> Retrier {
    fields.allow(
      [
        "ErrorEquals", "IntervalSeconds", "MaxAttempts", "BackoffRate", "MaxDelaySeconds", "JitterStrategy", "Comment",
      ], in: "Retry", &reader)
    var retrier = Retrier(errors: errors)
    if let interval = fields.integer("IntervalSeconds", 1...LanguageLimits.seconds, &reader) {
      retrier.intervalSeconds = interval
    }
    if let attempts = fields.integer("MaxAttempts", 0...LanguageLimits.seconds, &reader) {
      retrier.maximumAttempts = attempts
    }
    if let rate = fields.number("BackoffRate", atLeast: 1, atMost: .greatestFiniteMagnitude, &reader) {
      retrier.backoffRate = rate
    }
    if let most = fields.integer("MaxDelaySeconds", 1...31_622_399, &reader) {
      retrier.maximumDelaySeconds = most
      if most < retrier.intervalSeconds {
        reader.warning(
          fields.pointer("MaxDelaySeconds"), "MaxDelaySeconds is less than IntervalSeconds, which it cuts short")
      }
    }
    retrier.hasFullJitter = fields.word("JitterStrategy", ["FULL", "NONE"], &reader) == "FULL"
    return retrier
  }
}

extension Catcher {
  fileprivate static func read(_ fields: Fields, _ errors: [String], _ reader: inout DefinitionReader) -> Catcher {
    let isPath = fields.language == .jsonPath
    fields.allow(
      ["ErrorEquals", "Next", "Comment", "Assign", isPath ? "ResultPath" : "Output"],
      other: [isPath ? "Output" : "ResultPath"], in: "Catch", &reader)
    fields.require(["Next"], &reader)
    return Catcher(
      errors: errors, resultPath: isPath ? fields.resultPlace("ResultPath", &reader) : .whole,
      exit: Exit(
        transition: .next(fields.string("Next", &reader) ?? ""), assign: fields.assignments(&reader),
        output: isPath ? nil : fields.template("Output", &reader)))
  }
}
