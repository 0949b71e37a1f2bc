internal import JobModel
internal import StatesLanguage

/// Answers for Task states, by state and attempt: what `jobd machine run --mock` takes instead of a service.
///
/// Attempts are counted from 0 for each state by its name, over retries, loops and a Map's iterations alike, as Step
/// Functions Local counts them (Step Functions guide, "Using mocked service integrations").
struct MockFile: Equatable, Sendable {
  enum Answer: Equatable, Sendable {
    case returned(JSONValue)
    case thrown(error: String, cause: String)
  }

  /// The answer to some attempts.
  struct Entry: Equatable, Sendable {
    var attempts: ClosedRange<Int>
    var answer: Answer
  }

  /// By state; of one state in the order of their attempts.
  var states: [String: [Entry]]

  /// Attempts are numbered up to this one.
  static let lastAttempt = 1_000_000
  /// Bytes of a mock file.
  static let bytes = 16 << 20

  func answers(_ state: String) -> Bool { states[state] != nil }

  /// - Parameter attempt: from 0.
  /// - Returns: nil beyond the attempts that the file has answers for.
  func answer(to state: String, attempt: Int) -> Answer? {
    states[state]?.first { $0.attempts.contains(attempt) }?.answer
  }

  /// What the file has for a state, for messages: `0, 1-3`.
  func attempts(of state: String) -> String {
    (states[state] ?? []).map { entry in
      entry.attempts.count == 1
        ? "\(entry.attempts.lowerBound)" : "\(entry.attempts.lowerBound)-\(entry.attempts.upperBound)"
    }.joined(separator: ", ")
  }

  /// A Task state without a mock to which every execution comes: one that is reached over Pass and Wait states and
  /// tasks whose first attempt succeeds. Nil does not say that there is none further on.
  func certainGap(in graph: MachineGraph) -> String? {
    var next = graph.startAt
    var seen: Set<String> = []
    while let name = next, seen.insert(name).inserted, let state = graph.states.first(where: { $0.name == name }) {
      switch state.type {
      case "Pass", "Wait": break
      case "Task":
        guard answers(name) else { return name }
        guard case .returned? = answer(to: name, attempt: 0) else { return nil }
      default: return nil
      }
      next = graph.edges.first { $0.from == name && $0.reason == .next }?.to
    }
    return nil
  }
}
