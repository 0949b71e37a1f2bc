internal import ControlAPI
internal import JobModel
internal import Scheduler

/// Answers for tasks that wait for their tokens.
extension DaemonControl {
  func answerTask(_ request: TaskAnswerRequest) async throws(ControlError) {
    // Tells whether the daemon is ready.
    _ = try await reading { _ throws(StoreError) in () }
    do { try await engine.answer(request.token, request.content) } catch { throw ControlError(error) }
  }
}

extension ControlError {
  init(_ refusal: TaskAnswerRefusal) {
    self =
      switch refusal {
      case .invalidToken:
        .invalid(
          "the text is not the token of a task (InvalidToken)",
          remedy: "The token is what the state machine put where it says $$.Task.Token, as a whole")
      case .taskDoesNotExist(let run):
        .notFound("the token is of run \(run), which is not here (TaskDoesNotExist)")
      case .taskTimedOut(let run):
        .refused(
          "the task is over: it was answered, timed out or was stopped (TaskTimedOut)",
          remedy: "jobd ctl show \(run) shows what became of its run")
      case .tooLong(let what, let length, let limit):
        .invalid(
          "the \(what) is \(length) \(what == "output" ? "bytes" : "characters") long, at most \(limit) are taken"
            + (what == "output" ? " (InvalidOutput)" : ""),
          remedy: what == "output" ? "Store it elsewhere, and answer with where it is" : nil)
      case .store(let error): ControlError(error)
      }
  }
}
