internal import JobModel

/// Wait: stays for a number of seconds, or until an instant.
struct WaitState: Sendable {
  var until: Until

  enum Until: Sendable {
    case seconds(Int64)
    case timestamp(Instant)
    case secondsPath(JSONPath)
    case timestampPath(JSONPath)
  }

  static func read(_ fields: Fields, _ reader: inout DefinitionReader) -> WaitState {
    fields.exclusive(["Seconds", "SecondsPath", "Timestamp", "TimestampPath"], required: true, &reader)
    if let path = fields.definitePath("SecondsPath", &reader) { return WaitState(until: .secondsPath(path)) }
    if let path = fields.definitePath("TimestampPath", &reader) { return WaitState(until: .timestampPath(path)) }
    if let value = fields["Timestamp"], !(fields.language == .jsonata && value.isJSONata) {
      guard let instant = value.stringValue.flatMap({ Instant($0) }) else {
        reader.schemaError(fields.pointer("Timestamp"), "String does not match RFC3339 timestamp")
        return WaitState(until: .seconds(0))
      }
      return WaitState(until: .timestamp(instant))
    }
    let seconds = fields.integer("Seconds", 0...LanguageLimits.seconds, expression: true, &reader)
    return WaitState(until: .seconds(seconds ?? 0))
  }
}

extension Execution {
  mutating func runWait(
    _ wait: WaitState, _ state: State, in scope: Scope, _ step: inout Step
  ) throws(StateFailure) -> Progress {
    let input = try effectiveInput(of: state, parameters: nil, in: scope, &step)
    let data = data(in: scope, input: input)
    let until: Instant
    switch wait.until {
    case .seconds(let seconds): until = step.at + .seconds(seconds)
    case .timestamp(let instant): until = instant
    case .secondsPath(let path): until = step.at + .seconds(try seconds(at: path, field: "SecondsPath", in: data))
    case .timestampPath(let path): until = try timestamp(at: path, in: data)
    }
    if until <= step.at { return try endWait(state, in: scope, &step) }
    return .stay(.waiting(timer: arm(until, for: scope.key, &step)))
  }

  /// When the time has come.
  func endWait(_ state: State, in scope: Scope, _ step: inout Step) throws(StateFailure) -> Progress {
    let input = try effectiveInput(of: state, parameters: nil, in: scope, &step)
    return try leave(state, result: input, output: input, in: scope, &step)
  }

  /// A length that a path names, for a Wait or a Task.
  func seconds(
    at path: JSONPath, field: String, in data: EvaluationData, least: Int64 = 0
  ) throws(StateFailure) -> Int64 {
    guard let value = data.lenientValue(of: path) else {
      throw StateFailure.runtime("The \(field) parameter does not reference an input value: \(path.text)")
    }
    guard case .integer(let seconds) = value else {
      throw StateFailure.runtime(
        "The \(field) parameter cannot be parsed as a long value: \(path.text) == \(javaText(value))")
    }
    guard seconds >= least else {
      throw StateFailure.runtime(
        "The \(field) parameter references a \(least == 0 ? "negative" : "non-positive") value: \(path.text) == \(seconds)"
      )
    }
    guard seconds <= LanguageLimits.seconds else {
      throw StateFailure.runtime(
        "The \(field) parameter references a value greater than \(LanguageLimits.seconds): \(path.text) == \(seconds)")
    }
    return seconds
  }

  private func timestamp(at path: JSONPath, in data: EvaluationData) throws(StateFailure) -> Instant {
    guard let value = data.lenientValue(of: path) else {
      throw StateFailure.runtime("The TimestampPath parameter does not reference an input value: \(path.text)")
    }
    guard let instant = value.stringValue.flatMap({ Instant($0) }) else {
      throw StateFailure.runtime(
        "The TimestampPath parameter does not reference a valid ISO-8601 extended offset date-time format string: "
          + "\(path.text) == \(javaText(value))")
    }
    return instant
  }
}
