internal import JobModel

/// The events, as Step Functions writes them (Step Functions API, GetExecutionHistory). Inputs and outputs
/// are JSON text inside JSON there, and so here.
extension Execution {
  /// Appends an event that follows the scope's last one.
  mutating func record(
    _ type: String, _ key: String?, _ details: JSONObject, in scope: String, _ step: inout Step
  ) {
    lastEvent += 1
    let event = HistoryEvent(
      id: lastEvent, previousID: openScopes[scope]?.previousEvent ?? 0, timestamp: step.at, type: type,
      details: key.map { [$0: .object(details)] } ?? [:])
    openScopes[scope]?.previousEvent = lastEvent
    step.effects.append(.record(event))
  }

  mutating func recordStart(_ text: String, _ step: inout Step) {
    var details: JSONObject = ["input": .string(text), "inputDetails": ["truncated": false]]
    if let role = context["Execution"]?["RoleArn"] { details["roleArn"] = role }
    record("ExecutionStarted", "executionStartedEventDetails", details, in: Scope.root, &step)
  }

  mutating func recordEntry(_ state: State, _ text: String, in scope: String, _ step: inout Step) {
    record(
      state.kind.type.rawValue + "StateEntered", "stateEnteredEventDetails",
      ["input": .string(text), "inputDetails": ["truncated": false], "name": .string(state.name)], in: scope, &step)
  }

  mutating func recordExit(_ departure: Departure, in scope: String, _ step: inout Step) {
    guard let name = openScopes[scope]?.visit.state, let state = graph(of: scope).states[name] else { return }
    var details: JSONObject = [
      "name": .string(name), "output": .string(departure.text), "outputDetails": ["truncated": false],
    ]
    if !departure.assigned.isEmpty {
      details["assignedVariables"] = .object(departure.assigned.mapValues { .string($0.text) })
      details["assignedVariablesDetails"] = ["truncated": false]
    }
    record(state.kind.type.rawValue + "StateExited", "stateExitedEventDetails", details, in: scope, &step)
  }

  /// The Region in which the execution's ARN places it.
  var region: String? {
    guard let id = context["Execution"]?["Id"]?.stringValue else { return nil }
    let parts = id.split(separator: ":", omittingEmptySubsequences: false)
    return parts.count > 3 && !parts[3].isEmpty ? String(parts[3]) : nil
  }
}
