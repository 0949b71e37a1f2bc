internal import JobModel

/// Parallel: branches that run side by side; its result is the list of their outputs.
struct ParallelState: Sendable {
  /// The branches' graphs.
  var branches: [String]
  /// What every branch gets, in place of the state's input.
  var arguments: Template?
  var shape: ResultShape
  var handlers: ErrorHandlers

  static func read(_ fields: Fields, _ reader: inout DefinitionReader) -> ParallelState {
    fields.require(["Branches"], &reader)
    let branches = fields.array("Branches", &reader) ?? []
    if fields.has("Branches"), branches.isEmpty {
      reader.schemaError(fields.pointer("Branches"), "A non-empty array is required")
    }
    let pointers = branches.indices.map { "\(fields.pointer("Branches"))/\($0)" }
    for (pointer, branch) in zip(pointers, branches) {
      StateGraph.read(nested: branch, at: pointer, in: "a branch", &reader)
    }
    return ParallelState(
      branches: pointers, arguments: fields.template(fields.language == .jsonata ? "Arguments" : "Parameters", &reader),
      shape: ResultShape.read(fields, &reader), handlers: ErrorHandlers.read(fields, &reader))
  }
}

extension Execution {
  /// Begins the branches: on entry, and again for each retry.
  mutating func runParallel(
    _ parallel: ParallelState, _ state: State, in scope: Scope, _ step: inout Step
  ) throws(StateFailure) -> Progress {
    let input = try arguments(parallel.arguments, of: state, in: scope, &step)
    record("ParallelStateStarted", nil, [:], in: scope.key, &step)
    forks[scope.key] = newFork(count: parallel.branches.count, input: input, items: [])
    beginChildren(of: scope.key, &step)
    return .stay(.inside)
  }
}
