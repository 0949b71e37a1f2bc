internal import JobModel

/// Succeed: ends its scope; its output is its input, filtered by both paths, or its Output.
extension Execution {
  func runSucceed(_ state: State, in scope: Scope, _ step: inout Step) throws(StateFailure) -> Progress {
    let input = try effectiveInput(of: state, in: scope, &step)
    return try leave(state, by: state.exit, Yield(output: input, assignable: input), in: scope, &step)
  }
}
