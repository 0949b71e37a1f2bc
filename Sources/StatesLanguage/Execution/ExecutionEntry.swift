public import JobModel

/// What an execution that failed has left for another one to go on with: the states in which it stood, and what
/// branches and iterations had finished (Step Functions calls going on there a redrive).
///
/// A state whose failure a Catch took is what is to be repeated, not the states that handle the failure. (Step
/// Functions' redrive would begin at the last one, often a Fail state.)
public struct ExecutionEntry: Equatable, Sendable {
  var scopes: Tracked<Scope>
  var forks: Tracked<Fork>
  /// How often the execution was gone on with since it began at its first state, this time included.
  public let redriveCount: Int
  /// The execution's input.
  public let input: JSONValue

  /// - Parameter rows: those that ``Execution/rows()`` gave of an execution that failed.
  /// - Throws: where the rows are none of an execution.
  public init(scopes rows: [String: [UInt8]]) throws(ScopeDecodingError) {
    try StoredParts.checkVersion(try StoredParts.row("execution", in: rows))
    let execution = try StoredParts.row("context", in: rows)["Execution"]
    redriveCount =
      if let execution, execution["RedriveCount"] != nil { try execution.count("RedriveCount") + 1 } else { 1 }
    input = execution?["Input"] ?? [:]
    (scopes, forks) = try StoredParts.scopesAndForks(in: rows)
    // One that was given up from outside may have left some at work.
    for key in scopes.values.keys { scopes[key]?.visit.phase = .running }
    for key in forks.values.keys { forks[key]?.running = [] }
    guard scopes.values[Scope.root] != nil else {
      throw ScopeDecodingError(description: "nothing is stored of where the execution failed")
    }
  }

  /// Why a machine cannot go on there, as one whose states were renamed; nil where it can.
  public func problem(in machine: StateMachine) -> String? { problem(at: Scope.root, "", machine) }

  private func problem(at key: String, _ graph: String, _ machine: StateMachine) -> String? {
    guard let scope = scopes.values[key] else { return nil }
    let caught = scope.repeatedState(in: machine.graphs[graph])
    let name = caught?.state ?? scope.visit.state
    // A child that failed before its first state begins anew.
    if name.isEmpty { return nil }
    guard let state = machine.graphs[graph]?.states[name] else {
      return "the state machine has no state '\(name)'" + (graph.isEmpty ? "" : " at \(graph)")
    }
    // What ran inside a state that is begun anew does not matter.
    guard caught == nil, let fork = forks.values[key], fork.fits(state) else { return nil }
    for index in 0..<fork.count {
      guard let inner = state.graph(ofChild: index) else { continue }
      if let problem = problem(at: Scope.child(index, of: key), inner, machine) { return problem }
    }
    return nil
  }
}
