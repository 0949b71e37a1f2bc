public import JobModel

/// Where an execution begins that goes on with what another one has done: at a state of the machine's own, with
/// the input that it had there.
public struct ExecutionEntry: Equatable, Sendable {
  public var state: String
  /// The state's input.
  public var input: JSONValue
  /// What states before it have assigned.
  public var variables: [String: JSONValue]

  public init(state: String, input: JSONValue, variables: [String: JSONValue] = [:]) {
    self.state = state
    self.input = input
    self.variables = variables
  }

  /// The state at which an execution failed, from its history; nil where it holds no state.
  ///
  /// That is the last state in which something failed: a task that a Catch has sent on to a Fail state is what is to
  /// be repeated, not the Fail. Where nothing in a state failed it is the last one that was entered. (Step
  /// Functions' redrive would begin at the Fail state.)
  public init?(failedExecution history: [HistoryEvent]) {
    var variables: [String: JSONValue] = [:]
    var current: ExecutionEntry?
    var failed: ExecutionEntry?
    for event in history.sorted(by: { $0.id < $1.id }) {
      if let entered = event.details["stateEnteredEventDetails"], let name = entered["name"]?.stringValue {
        let input = entered["input"]?.stringValue.flatMap { try? JSONValue.parse($0) }
        current = ExecutionEntry(state: name, input: input ?? [:], variables: variables)
      } else if let assigned = event.details["stateExitedEventDetails"]?["assignedVariables"]?.objectValue {
        for (name, text) in assigned {
          variables[name] = text.stringValue.flatMap { try? JSONValue.parse($0) } ?? text
        }
      } else if ExecutionEntry.tellsOfFailure(event.type) {
        failed = current
      }
    }
    guard let entry = failed ?? current else { return nil }
    self = entry
  }

  /// TaskFailed, TaskTimedOut, TaskSubmitFailed, TaskStartFailed, …, but not the execution's own end.
  private static func tellsOfFailure(_ type: String) -> Bool {
    !type.hasPrefix("Execution") && (type.hasSuffix("Failed") || type.hasSuffix("TimedOut"))
  }
}

extension StateMachine {
  /// Whether one of its own states, none of a branch, has this name.
  public func hasState(_ name: String) -> Bool { graph.states[name] != nil }
}
