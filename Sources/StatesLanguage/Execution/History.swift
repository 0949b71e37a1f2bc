internal import JobModel

/// The events, as Step Functions writes them (Step Functions API, GetExecutionHistory). Inputs and outputs
/// are JSON text inside JSON there, and so here.
extension Execution {
  /// Appends an event that follows the scope's last one.
  ///
  /// - Parameter advances: whether what happens next in the scope follows this event.
  /// - Returns: the event's number.
  @discardableResult
  mutating func record(
    _ type: String, _ key: String?, _ details: JSONObject, in scope: String, advances: Bool = true, _ step: inout Step
  ) -> Int {
    // A child execution has a history of its own, which is not kept; its numbers stand in causes.
    if let own = scopes.values[scope]?.ownEvents {
      scopes[scope]?.ownEvents = own + 1
      advance(scope, to: own + 1)
      return own + 1
    }
    lastEvent += 1
    let event = HistoryEvent(
      id: lastEvent, previousID: previousEvent(in: scope), timestamp: step.at, type: type,
      details: key.map { [$0: .object(details)] } ?? [:])
    if advances { advance(scope, to: lastEvent) }
    step.effects.append(.record(event))
    return lastEvent
  }

  /// The event that led to whatever happens next in a scope.
  func previousEvent(in scope: String) -> Int {
    forks.values[scope]?.previousEvent ?? scopes.values[scope]?.previousEvent ?? 0
  }

  /// What happens next in a scope follows this event.
  mutating func advance(_ scope: String, to event: Int) {
    if forks.values[scope] == nil {
      scopes[scope]?.previousEvent = event
    } else {
      forks[scope]?.previousEvent = event
    }
  }

  mutating func recordStart(_ text: String, _ step: inout Step) {
    var details: JSONObject = ["input": .string(text), "inputDetails": ["truncated": false]]
    if let role = context["Execution"]?["RoleArn"] { details["roleArn"] = role }
    record("ExecutionStarted", "executionStartedEventDetails", details, in: "", &step)
  }

  mutating func recordEntry(_ state: State, _ text: String, in scope: String, _ step: inout Step) -> Int {
    record(
      state.kind.type.rawValue + "StateEntered", "stateEnteredEventDetails",
      ["input": .string(text), "inputDetails": ["truncated": false], "name": .string(state.name)], in: scope, &step)
  }

  mutating func recordExit(_ departure: Departure, in key: String, _ step: inout Step) {
    guard let scope = scopes.values[key], let state = state(of: scope) else { return }
    var details: JSONObject = [
      "name": .string(state.name), "output": .string(departure.text), "outputDetails": ["truncated": false],
    ]
    if !departure.assigned.isEmpty {
      details["assignedVariables"] = .object(departure.assigned.mapValues { .string($0.text) })
      details["assignedVariablesDetails"] = ["truncated": false]
    }
    record(state.kind.type.rawValue + "StateExited", "stateExitedEventDetails", details, in: key, &step)
  }

  /// A JSONata expression could not be evaluated. The event follows what was before the state, unless more
  /// than its entry has happened in it.
  mutating func recordEvaluationFailure(
    _ failure: StateFailure, at location: String, in key: String, _ step: inout Step
  ) {
    guard let visit = scopes.values[key]?.visit else { return }
    if scopes.values[key]?.previousEvent == visit.enteredEvent { scopes[key]?.previousEvent = visit.eventBefore }
    var details = failure.details
    details["location"] = .string(location)
    details["state"] = .string(visit.state)
    record("EvaluationFailed", "evaluationFailedEventDetails", details, in: key, &step)
  }

  /// The Region in which the execution's ARN places it.
  var region: String? {
    guard let id = context["Execution"]?["Id"]?.stringValue else { return nil }
    let parts = id.split(separator: ":", omittingEmptySubsequences: false)
    return parts.count > 3 && !parts[3].isEmpty ? String(parts[3]) : nil
  }
}
