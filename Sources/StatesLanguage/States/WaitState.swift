internal import JobModel

/// Wait: stays for a number of seconds, or until an instant.
struct WaitState: Sendable {
  var until: Until

  enum Until: Sendable {
    case seconds(Quantity)
    case timestamp(Instant)
    case timestampPath(JSONPath)
    case timestampQuery(JSONataQuery)
  }

  static func read(_ fields: Fields, _ reader: inout DefinitionReader) -> WaitState {
    fields.exclusive(["Seconds", "SecondsPath", "Timestamp", "TimestampPath"], required: true, &reader)
    if let path = fields.definitePath("TimestampPath", &reader) { return WaitState(until: .timestampPath(path)) }
    if let query = fields.query("Timestamp", &reader) { return WaitState(until: .timestampQuery(query)) }
    if let value = fields["Timestamp"], !fields.isQuery("Timestamp") {
      if let instant = value.stringValue.flatMap({ Instant($0) }) { return WaitState(until: .timestamp(instant)) }
      reader.schemaError(fields.pointer("Timestamp"), "String does not match RFC3339 timestamp")
    }
    return WaitState(
      until: .seconds(Quantity.read("Seconds", 0...LanguageLimits.seconds, fields, &reader) ?? .literal(0)))
  }
}

extension Execution {
  mutating func runWait(
    _ wait: WaitState, _ state: State, in scope: Scope, _ step: inout Step
  ) throws(StateFailure) -> Progress {
    let data = data(in: scope, input: try effectiveInput(of: state, in: scope, &step), step)
    let until: Instant
    switch wait.until {
    case .timestamp(let instant): until = instant
    case .timestampPath(let path): until = try timestamp(at: path, in: data)
    case .timestampQuery(let query):
      until = try query.value(as: "timestamp", in: data, using: &step.generator) {
        $0.stringValue.flatMap { Instant($0) }
      }
    case .seconds(let seconds):
      until = step.at + .seconds(try self.seconds(of: seconds, field: "SecondsPath", least: 0, in: data, &step))
    }
    if until <= step.at { return try endWait(state, in: scope, &step) }
    return .stay(.waiting(timer: arm(until, for: scope.key, &step)))
  }

  /// When the time has come.
  func endWait(_ state: State, in scope: Scope, _ step: inout Step) throws(StateFailure) -> Progress {
    let input = try effectiveInput(of: state, in: scope, &step)
    return try leave(state, by: state.exit, Yield(output: input, assignable: input), in: scope, &step)
  }

  /// A length in seconds, for a Wait or a Task.
  ///
  /// - Parameter field: the field that a path is given in, for messages.
  func seconds(
    of quantity: Quantity, field: String, least: Int64, in data: EvaluationData, _ step: inout Step
  ) throws(StateFailure) -> Int64 {
    switch quantity {
    case .literal(let seconds): return seconds
    case .query(let query):
      return try query.value(as: "number", in: data, using: &step.generator) { value in
        value.integerValue.flatMap { (least...LanguageLimits.seconds).contains($0) ? $0 : nil }
      }
    case .path(let path): return try seconds(at: path, field: field, least: least, in: data)
    }
  }

  private func seconds(
    at path: JSONPath, field: String, least: Int64, in data: EvaluationData
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
