internal import JobModel

/// A state as the interpreter needs it: every path, template and rule already read.
struct State: Sendable {
  var name: String
  var kind: StateKind
  var inputPath = DataPath.whole
  var outputPath = DataPath.whole
  /// What it assigns on leaving, other than by a Choice rule or a Catch.
  var assign: PayloadTemplate?
  /// Where it goes on leaving, other than by a Choice rule or a Catch.
  var transition = Transition.end
}

enum Transition: Hashable, Sendable {
  case next(String)
  case end
}

indirect enum StateKind: Sendable {
  case pass(PassState)
  case task(TaskState)
  case choice(ChoiceState)
  case wait(WaitState)
  case succeed
  case fail(FailState)
  /// Known to the validator, not to the interpreter (see `Unsupported`).
  case unsupported(StateType)

  var type: StateType {
    switch self {
    case .pass: .pass
    case .task: .task
    case .choice: .choice
    case .wait: .wait
    case .succeed: .succeed
    case .fail: .fail
    case .unsupported(let type): type
    }
  }
}

enum StateType: String, Sendable, CaseIterable {
  case task = "Task"
  case pass = "Pass"
  case choice = "Choice"
  case wait = "Wait"
  case succeed = "Succeed"
  case fail = "Fail"
  case parallel = "Parallel"
  case map = "Map"

  /// Whether it has Next or End.
  var hasTransition: Bool {
    switch self {
    case .choice, .succeed, .fail: false
    default: true
    }
  }
}

/// States and where they begin: a machine, a branch, an iteration.
struct StateGraph: Sendable {
  var startAt: String
  var states: [String: State]
}
