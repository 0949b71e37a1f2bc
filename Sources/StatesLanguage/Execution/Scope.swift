internal import JobModel

/// Where states run one after the other: the machine itself, a branch, an iteration.
struct Scope: Equatable, Sendable {
  static let root = "root"

  /// `root`, or the key of the scope in which the Parallel or Map stands, a slash, and the child's number.
  let key: String
  /// The states that run in it: a key of the machine's graphs.
  var graph: String
  var visit: Visit
  /// The event that led to whatever happens here next.
  var previousEvent: Int
  /// What was assigned in it. States in it see the variables of the scopes around it too.
  var variables: [String: JSONValue] = [:]
  /// Whether it is an iteration of a distributed Map, which sees no variables of the outside.
  var isChildExecution = false
  /// In a child execution: the events so far of its own history, which nobody keeps.
  var ownEvents: Int?
  /// The state whose failure a Catch took; a rerun of what failed begins there.
  var caught: CaughtState?

  init(key: String, graph: String, visit: Visit, previousEvent: Int) {
    self.key = key
    self.graph = graph
    self.visit = visit
    self.previousEvent = previousEvent
  }

  /// The scope in which its Parallel or Map stands, and its number there; nil for the root.
  var place: (parent: String, index: Int)? {
    guard let slash = key.lastIndex(of: "/"), let index = Int(key[key.index(after: slash)...]) else { return nil }
    return (String(key[..<slash]), index)
  }

  static func child(_ index: Int, of parent: String) -> String { "\(parent)/\(index)" }
}

/// A state that failed and was left by a Catch.
struct CaughtState: Equatable, Sendable {
  var state: String
  var input: JSONValue
  /// As they were then.
  var variables: [String: JSONValue]
}

/// One stay in a state, from its entry to its exit; attempts that Retry asks for are all in one visit.
struct Visit: Equatable, Sendable {
  var state: String
  var input: JSONValue
  var enteredAt: Instant
  var enteredEvent: Int
  /// The event before the entry.
  var eventBefore = 0
  /// The retries that each retrier of the state has had.
  var retries: [Int: Int] = [:]
  /// The token of the present attempt, where it waits for it to come back.
  var token: String?
  var phase = Phase.running

  var retryCount: Int { retries.values.reduce(0, +) }

  /// Whether the state was entered and waits for something: a task, a timer, what runs inside it.
  var isAtWork: Bool {
    switch phase {
    case .task, .inside, .waiting, .retrying: true
    case .running, .entering: false
    }
  }
}

/// What a visit waits for.
enum Phase: Equatable, Sendable {
  /// Nothing: the state is being worked on in this very step, or the execution is over.
  case running
  /// A task's report. Goes on to the exit, to `retrying`, or ends the scope.
  case task(Attempt)
  /// The branches or iterations inside.
  case inside
  /// The end of a Wait.
  case waiting(timer: Int)
  /// The next attempt.
  case retrying(timer: Int)
  /// A breather after very many states in one step; the visit's state is yet to be entered.
  case entering(timer: Int)

  var attempt: Attempt? { if case .task(let attempt) = self { attempt } else { nil } }
}

/// One attempt of a Task state.
struct Attempt: Equatable, Sendable {
  var invocation: TaskInvocation
  /// The timer of TimeoutSeconds.
  var timeout: Int?
  /// The timer of HeartbeatSeconds, moved by every heartbeat.
  var heartbeat: Int?
  var heartbeatSeconds: Int64?
}

/// What working on a state has led to.
enum Progress {
  /// The state waits.
  case stay(Phase)
  case leave(Departure)
  /// Neither Retry nor Catch took it: the scope has failed.
  case fail(StateFailure)
  /// A state is to be entered.
  case enter(String, input: JSONValue, text: String)
}

/// What a state yields on its way out.
struct Yield {
  /// Before OutputPath; in JSONata what the output is unless Output says otherwise.
  var output: JSONValue
  /// What `$` is in a JSONPath state's Assign.
  var assignable: JSONValue
  /// `$states.result`, where the state has one.
  var result: JSONValue?
  /// `$states.errorOutput`, in a Catch.
  var errorOutput: JSONValue?
}

/// A state's exit.
struct Departure {
  var output: JSONValue
  /// The output's JSON text, which the next state's entry shows again.
  var text: String
  var assigned: JSONObject
  var transition: Transition
}
