internal import JobModel

/// Pass: its output is Result, or its input shaped by Parameters or Output.
struct PassState: Sendable {
  var result: JSONValue?
  var parameters: PayloadTemplate?
  var resultPath = ResultPlace.whole

  static func read(_ fields: Fields, _ reader: inout DefinitionReader) -> PassState {
    guard fields.language == .jsonPath else { return PassState() }
    if let result = fields["Result"] { PayloadHints.check(result: result, at: fields.pointer("Result"), &reader) }
    return PassState(
      result: fields["Result"], parameters: fields.payload("Parameters", &reader),
      resultPath: fields.resultPlace("ResultPath", &reader))
  }
}

extension Execution {
  func runPass(_ pass: PassState, _ state: State, in scope: Scope, _ step: inout Step) throws(StateFailure) -> Progress
  {
    let effectiveInput = try effectiveInput(of: state, parameters: pass.parameters, in: scope, &step)
    let result = pass.result ?? effectiveInput
    let output = try pass.resultPath.combine(result, into: scope.visit.input)
    return try leave(state, by: state.exit, Yield(output: output, assignable: result), in: scope, &step)
  }
}
