public import JobModel
internal import Logging
internal import StatesLanguage

/// Why an answer for a task is not taken. The names are Step Functions' (Step Functions API, SendTaskSuccess).
public enum TaskAnswerRefusal: Error, Equatable, Sendable {
  /// The text is no token of a task, or not the one that the task was given.
  case invalidToken
  /// The token's run is not in the store.
  case taskDoesNotExist(RunID)
  /// The attempt is over: it was answered, timed out or was stopped, or its run is over.
  case taskTimedOut(RunID)
  /// Bytes of an output that is too long, or characters of an error or a cause.
  case tooLong(String, Int, limit: Int)
  case store(StoreError)
}

/// Answers for tasks that wait for their tokens. Any instance takes one: it is a row that the run's owner picks up, at
/// once where that is this instance, otherwise with its next look (``tendWaiting(afterOthers:)``).
extension Engine {
  /// Returns once the answer is durable: from then on it counts, whatever fires or crashes.
  public func answer(_ text: String, _ content: TaskAnswer.Content) async throws(TaskAnswerRefusal) {
    try content.check()
    guard let token = TaskToken(text), let id = RunID(token.execution) else { throw .invalidToken }
    do {
      guard let run = try await store.run(id) else { throw TaskAnswerRefusal.taskDoesNotExist(id) }
      guard run.status == .running, let launch = try await store.openLaunch(of: id, task: token.task) else {
        throw TaskAnswerRefusal.taskTimedOut(id)
      }
      guard token.isSame(as: launch.token ?? "") else { throw TaskAnswerRefusal.invalidToken }
      let answer = TaskAnswer(launch: launch.id, content: content, answeredAt: time.now())
      let batch: [StoreWrite] = [.expectOpen(launch.id), .insertAnswer(answer)]
      guard try await store.commit(batch) == .committed else { throw TaskAnswerRefusal.taskTimedOut(id) }
      if answer.isFinal {
        logger.info("a task is answered", metadata: ["job": "\(id.job)", "run": "\(id)", "launch": "\(launch.id)"])
      }
      mailboxes[id]?.yield(.answer(answer))
    } catch let refusal as TaskAnswerRefusal {
      throw refusal
    } catch let error as StoreError {
      throw .store(error)
    } catch {
      preconditionFailure("the store throws its own errors alone: \(error)")
    }
  }

  /// Hands runs of this instance the answers that another one has taken.
  func deliverAnswers() async throws(StoreError) {
    for answer in try await store.taskAnswers() { mailboxes[answer.launch.run]?.yield(.answer(answer)) }
  }
}

/// The longest texts of an answer (Step Functions API, SendTaskFailure; the output as any state's).
public enum TaskAnswerLimits {
  public static let outputBytes = ExecutionLimits().payloadBytes
  public static let errorLength = 256
  public static let causeLength = 32_768
}

extension TaskAnswer.Content {
  fileprivate func check() throws(TaskAnswerRefusal) {
    func bound(_ name: String, _ length: Int, _ limit: Int) throws(TaskAnswerRefusal) {
      if length > limit { throw .tooLong(name, length, limit: limit) }
    }
    switch self {
    case .heartbeat: return
    case .succeeded(let output): try bound("output", output.text.utf8.count, TaskAnswerLimits.outputBytes)
    case .failed(let error, let cause):
      try bound("error", error?.count ?? 0, TaskAnswerLimits.errorLength)
      try bound("cause", cause?.count ?? 0, TaskAnswerLimits.causeLength)
    }
  }
}
