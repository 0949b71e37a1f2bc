internal import JobModel

/// Where states run one after the other: the machine itself, a branch, an iteration.
struct Scope: Equatable, Sendable {
  static let root = "root"

  var key: String
  var visit: Visit
  /// The event that led to whatever happens here next.
  var previousEvent: Int
  var variables: [String: JSONValue] = [:]
}

/// One stay in a state, from its entry to its exit; attempts that Retry asks for are all in one visit.
struct Visit: Equatable, Sendable {
  var state: String
  var input: JSONValue
  var enteredAt: Instant
  var enteredEvent: Int
  /// The retries that each retrier of the state has had.
  var retries: [Int: Int] = [:]
  var phase = Phase.running

  var retryCount: Int { retries.values.reduce(0, +) }

  func isWaiting(forTask task: Int) -> Bool {
    if case .task(let invocation, _) = phase { invocation.task == task } else { false }
  }
}

/// What a visit waits for.
enum Phase: Equatable, Sendable {
  /// Nothing: the state is being worked on in this very step.
  case running
  /// A task's report. Goes on to the exit, to `retrying`, or ends the scope.
  case task(TaskInvocation, timeout: Int?)
  /// The end of a Wait.
  case waiting(timer: Int)
  /// The next attempt.
  case retrying(timer: Int)
  /// A breather after very many states in one step; the visit's state is yet to be entered.
  case entering(timer: Int)
}

/// What working on a state has led to.
enum Progress {
  /// The state waits.
  case stay(Phase)
  case leave(Departure)
  /// Neither Retry nor Catch took it: the scope has failed.
  case fail(StateFailure)
}

/// A state's exit.
struct Departure {
  var output: JSONValue
  /// The output's JSON text, which the next state's entry shows again.
  var text: String
  var assigned: JSONObject
  var transition: Transition
}
