internal import JobModel

/// The writes that concern answers to task tokens.
extension InMemoryTables {
  mutating func performAnswer(_ write: StoreWrite) -> Bool {
    switch write {
    case .insertAnswer(let answer):
      if answers[answer.launch.run]?[answer.launch.number]?.isFinal == true { return false }
      put(answer, for: answer.launch)
    case .removeAnswer(let answer):
      let stored = answers[answer.launch.run]?[answer.launch.number]
      if let stored, stored.content.kind == answer.content.kind { put(nil, for: answer.launch) }
    case .expectOpen(let launch):
      guard let stored = launches[launch.run]?[launch.number] else { return false }
      return stored.endedAt == nil && stored.status != .stopped
    case .expectUnanswered(let launch): return answers[launch.run]?[launch.number] == nil
    default: preconditionFailure("a write that concerns no answer")
    }
    return true
  }

  mutating func removeAnswers(of run: RunID) {
    guard let former = answers.removeValue(forKey: run) else { return }
    undo.append { $0.answers[run] = former }
  }

  private mutating func put(_ answer: TaskAnswer?, for launch: LaunchID) {
    let former = answers[launch.run]?[launch.number]
    answers[launch.run, default: [:]][launch.number] = answer
    undo.append { $0.answers[launch.run]?[launch.number] = former }
  }
}

extension TaskAnswer.Content {
  fileprivate var kind: Int {
    switch self {
    case .succeeded: 0
    case .failed: 1
    case .heartbeat: 2
    }
  }
}
