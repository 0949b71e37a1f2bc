internal import JobModel

/// What becomes of a failure: Retry, then Catch, then the end of the scope.
extension Execution {
  mutating func recover(
    from failure: StateFailure, _ state: State, in key: String, _ step: inout Step
  ) -> Progress {
    guard let scope = scopes.values[key] else { return .fail(failure) }
    let placed = failure.placed(in: scope.visit)
    if let location = failure.location { recordEvaluationFailure(placed, at: location, in: key, &step) }
    let handlers = placed.isFatal ? nil : state.kind.handlers
    for (index, retrier) in (handlers?.retriers ?? []).enumerated() where placed.matches(retrier.errors) {
      // The first one that matches decides; a later one is not asked when it is exhausted.
      let attempts = scope.visit.retries[index] ?? 0
      guard Int64(attempts) < retrier.maximumAttempts else { break }
      discardFork(of: key, &step)
      scopes[key]?.visit.retries[index] = attempts + 1
      let delay = retrier.delay(after: attempts, using: &step.generator)
      return .stay(.retrying(timer: arm(step.at + delay, for: key, &step)))
    }
    if state.kind.type.hasInnerStates, !placed.isFatal {
      record(state.kind.type.rawValue + "StateFailed", nil, [:], in: key, &step)
    }
    guard let catcher = handlers?.catchers.first(where: { placed.matches($0.errors) }) else { return .fail(placed) }
    discardFork(of: key, &step)
    scopes[key]?.caught = CaughtState(
      state: state.name, input: scope.visit.input, variables: scope.variables)
    do {
      let output = placed.output
      return try leave(
        state, by: catcher.exit,
        Yield(
          output: try catcher.resultPath.combine(output, into: scope.visit.input), assignable: output,
          errorOutput: output), in: scope, &step)
    } catch {
      let second = error.placed(in: scope.visit)
      if let location = error.location { recordEvaluationFailure(second, at: location, in: key, &step) }
      return .fail(second)
    }
  }
}

extension StateFailure {
  /// A state or a task has returned more than may be passed on.
  static func dataLimit(_ name: String) -> StateFailure {
    StateFailure(
      error: ErrorName.dataLimitExceeded,
      cause:
        "The state/task '\(name)' returned a result with a size exceeding the maximum number of bytes service limit.")
  }

  /// With the state and the event of its entry before the cause.
  func placed(in visit: Visit) -> StateFailure {
    guard needsPlace else { return self }
    return StateFailure(
      error: error, aliases: aliases,
      cause: "An error occurred while executing the state '\(visit.state)' (entered at the event id "
        + "#\(visit.enteredEvent)). \(cause ?? "")")
  }

  /// What a Catch hands on.
  var output: JSONValue {
    ["Error": .string(error ?? ""), "Cause": .string(cause ?? "")]
  }

  /// The members of an event that tells of it.
  var details: JSONObject {
    var details = JSONObject()
    if let error { details["error"] = .string(error) }
    if let cause { details["cause"] = .string(cause) }
    return details
  }
}
