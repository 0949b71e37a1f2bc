internal import JobModel

/// What an execution that failed has left for another one to go on with: the states in which it stood, and what
/// branches and iterations had finished (Step Functions calls going on there a redrive).
///
/// A state whose failure a Catch took is what is to be repeated, not the states to which the Catch led. (Step
/// Functions' redrive would begin at the last one, often a Fail state.)
public struct ExecutionEntry: Equatable, Sendable {
  var scopes: Tracked<Scope>
  var forks: Tracked<Fork>

  /// - Parameter rows: those that ``Execution/rows()`` gave of an execution that failed.
  /// - Throws: where the rows are none of an execution.
  public init(scopes rows: [String: [UInt8]]) throws(ScopeDecodingError) {
    (scopes, forks) = try StoredParts.scopesAndForks(in: rows)
    guard scopes.values[Scope.root] != nil else {
      throw ScopeDecodingError(description: "nothing is known of where the execution failed")
    }
  }

  /// The state of the machine's own at which it begins.
  public var state: String {
    let root = scopes.values[Scope.root]
    return root?.caught?.state ?? root?.visit.state ?? ""
  }

  /// Why a machine cannot go on there, as one whose states were renamed; nil where it can.
  public func problem(in machine: StateMachine) -> String? {
    for scope in scopes.values.values.sorted(by: { $0.key < $1.key }) where isEntered(scope) {
      let state = scope.caught?.state ?? scope.visit.state
      if !state.isEmpty, machine.graphs[scope.graph]?.states[state] == nil {
        return "the state machine has no state '\(state)'" + (scope.graph.isEmpty ? "" : " at \(scope.graph)")
      }
    }
    return nil
  }

  /// Whether a scope would be gone on with: not if a scope around it begins anew.
  private func isEntered(_ scope: Scope) -> Bool {
    var scope = scope
    while let place = scope.place {
      guard let outer = scopes.values[place.parent], outer.caught == nil, forks.values[place.parent] != nil else {
        return false
      }
      scope = outer
    }
    return true
  }
}
