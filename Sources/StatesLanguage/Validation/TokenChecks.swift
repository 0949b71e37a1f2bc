internal import JobModel

/// The task token: a task that waits for it must hand it out, and nobody else has one.
enum TokenChecks {
  /// Looks at a state once it has been read, with all that was seen in it.
  static func check(_ state: State, at pointer: String, _ reader: inout DefinitionReader) {
    let tokens = reader.place.tokens
    if case .task(let task) = state.kind, task.resource.waitsForToken {
      guard tokens.isEmpty else { return }
      let path = reader.place.language == .jsonata ? "$states.context.Task.Token" : "$$.Task.Token"
      reader.warning(
        pointer, "The task waits for its token to come back, but \(path) is not in its arguments: nobody can send it")
    } else {
      for token in tokens where token.isExact {
        reader.warning(
          token.pointer, "There is no task token here: only a Task whose Resource ends with .waitForTaskToken has one")
      }
    }
  }
}
