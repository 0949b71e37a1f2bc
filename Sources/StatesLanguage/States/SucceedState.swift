internal import JobModel

/// Succeed: ends its scope; its output is its input, filtered by both paths.
extension Execution {
  func runSucceed(_ state: State, in scope: Scope, _ step: inout Step) throws(StateFailure) -> Progress {
    let input = try effectiveInput(of: state, parameters: nil, in: scope, &step)
    return try leave(state, result: input, output: input, in: scope, &step)
  }
}
