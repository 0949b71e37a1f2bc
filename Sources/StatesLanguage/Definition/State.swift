internal import JobModel

/// A state as the interpreter needs it: every path, template, expression and rule already read.
struct State: Sendable {
  var name: String
  var kind: StateKind
  var inputPath = DataPath.whole
  var outputPath = DataPath.whole
  /// What it assigns on leaving, other than by a Choice rule or a Catch.
  var assign: Template?
  /// JSONata's Output on leaving, other than by a Choice rule or a Catch.
  var output: Template?
  /// Where it goes on leaving, other than by a Choice rule or a Catch.
  var transition = Transition.end

  /// How it is left in the usual way.
  var exit: Exit { Exit(transition: transition, assign: assign, output: output) }
}

/// A way out of a state: its own, or that of a Choice rule or a Catch.
struct Exit: Sendable {
  var transition: Transition
  var assign: Template?
  /// In JSONata: what the state's output is, in place of its result.
  var output: Template?
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
  case parallel(ParallelState)
  case map(MapState)

  var type: StateType {
    switch self {
    case .pass: .pass
    case .task: .task
    case .choice: .choice
    case .wait: .wait
    case .succeed: .succeed
    case .fail: .fail
    case .parallel: .parallel
    case .map: .map
    }
  }

  /// Only Task, Parallel and Map states have Retry and Catch.
  var handlers: ErrorHandlers? {
    switch self {
    case .task(let task): task.handlers
    case .parallel(let parallel): parallel.handlers
    case .map(let map): map.handlers
    case .pass, .choice, .wait, .succeed, .fail: nil
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

  /// Whether other states run inside it.
  var hasInnerStates: Bool { self == .parallel || self == .map }
}

/// States and where they begin: a machine, a branch, an item processor.
struct StateGraph: Sendable {
  var startAt: String
  var states: [String: State]
}
