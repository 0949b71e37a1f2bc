public import JobModel

/// What one execution may use; more is an error with AWS's name.
public struct ExecutionLimits: Equatable, Sendable {
  /// Bytes of a state's or a task's output.
  public var payloadBytes: Int
  /// Events of the history.
  public var events: Int

  public init(_ limits: MachineLimits = .stepFunctions) {
    payloadBytes = limits.payloadBytes
    events = limits.events
  }
}

/// One execution of a state machine: a value that is told what happened and answers what is to be done.
///
/// It asks for no time and draws no number that was not passed in, so the same events give the same effects.
/// Events may come twice or late: those of a task or a timer that is no longer waited for change nothing.
///
/// States run in *scopes*. The root scope runs the machine's own states; a branch or an iteration is another
/// scope, with a state, variables and a place in the history of its own. The children of one Parallel or Map are
/// a *fork*.
public struct Execution: Equatable, Sendable {
  public let machine: StateMachine
  /// The execution's end; nil while it runs.
  public internal(set) var result: ExecutionResult?
  /// The timers that are armed, by their numbers.
  public internal(set) var timers: [Int: Instant] = [:]
  public var limits = ExecutionLimits()

  /// The first state's.
  let input: JSONValue
  /// Whether its scopes are those of an execution that failed, to go on with.
  let isResumed: Bool
  /// The context object's members that stay the same: Execution, StateMachine.
  var context: JSONValue
  var scopes = Tracked<Scope>()
  /// By the key of the scope in which the Parallel or Map stands.
  var forks = Tracked<Fork>()
  /// The scopes that wait for a task.
  var taskScopes: [Int: String] = [:]
  /// The scopes that wait for a timer; the machine's own timeout has none.
  var timerScopes: [Int: String] = [:]
  var machineTimer: Int?
  var lastEvent = 0
  var lastTask = 0
  var lastTimer = 0
  var lastFork = 0
  var stored = StoredParts()

  /// - Parameter context: the context object's `Execution` and `StateMachine` members; the input and the start
  ///   are added where they are missing.
  /// - Parameter entry: what an earlier execution has left to go on with, in place of the machine's first state.
  public init(
    machine: StateMachine, input: JSONValue, context: JSONValue = [:], entry: ExecutionEntry? = nil
  ) {
    self.machine = machine
    self.input = input
    isResumed = entry != nil
    if let entry { (scopes, forks) = (entry.scopes, entry.forks) }
    lastFork = forks.values.values.map(\.number).max() ?? 0
    var members = context.objectValue ?? [:]
    var execution = members["Execution"]?.objectValue ?? [:]
    if execution["Input"] == nil { execution["Input"] = input }
    if execution["RedriveCount"] == nil { execution["RedriveCount"] = 0 }
    members["Execution"] = .object(execution)
    if members["StateMachine"] == nil { members["StateMachine"] = [:] }
    self.context = .object(members)
  }

  /// The attempts that were invoked and are not over, in the order in which they were invoked.
  public var openTasks: [TaskInvocation] {
    taskScopes.sorted { $0.key < $1.key }.compactMap { scopes.values[$0.value]?.visit.phase.attempt?.invocation }
  }

  /// Whether a timer is a Wait's or a Retry's, which a rehearsal may skip, rather than a timeout.
  public func isPause(_ timer: Int) -> Bool {
    switch timerScopes[timer].flatMap({ scopes.values[$0]?.visit.phase }) {
    case .waiting(timer), .retrying(timer), .entering(timer): true
    default: false
    }
  }

  /// Begins the execution. Beginning one that has begun changes nothing.
  public mutating func start(
    at now: Instant, using generator: inout some RandomNumberGenerator
  ) -> [ExecutionEffect] {
    guard lastEvent == 0 else { return [] }
    return step(at: now, using: &generator) { $0.begin(&$1) }
  }

  /// A task's report.
  public mutating func taskEvent(
    _ task: Int, _ event: TaskEvent, at now: Instant, using generator: inout some RandomNumberGenerator
  ) -> [ExecutionEffect] {
    guard let key = taskScopes[task] else { return [] }
    return step(at: now, using: &generator) { $0.report(event, in: key, &$1) }
  }

  /// A timer's time has come.
  public mutating func timerFired(
    _ timer: Int, at now: Instant, using generator: inout some RandomNumberGenerator
  ) -> [ExecutionEffect] {
    guard timers[timer] != nil else { return [] }
    return step(at: now, using: &generator) { $0.fire(timer, &$1) }
  }

  /// Ends the execution from outside; its tasks are cancelled.
  public mutating func abort(error: String?, cause: String?, at now: Instant) -> [ExecutionEffect] {
    guard result == nil, lastEvent > 0 else { return [] }
    var step = Step(at: now, generator: SystemRandomNumberGenerator())
    let details = StateFailure(error: error, cause: cause).details
    finish(
      .aborted(error: error, cause: cause), "ExecutionAborted", "executionAbortedEventDetails", details,
      reason: cause ?? "The execution was aborted", &step)
    return step.effects
  }

  private mutating func step<Generator: RandomNumberGenerator>(
    at now: Instant, using generator: inout Generator, _ body: (inout Execution, inout Step) -> Void
  ) -> [ExecutionEffect] {
    guard result == nil else { return [] }
    var step = Step(at: now, generator: generator)
    body(&self, &step)
    settle(&step)
    if let used = step.generator as? Generator { generator = used }
    return step.effects
  }
}

/// One event's work: when it happens, what it draws from, what it has yielded so far.
struct Step {
  let at: Instant
  var generator: any RandomNumberGenerator
  var effects: [ExecutionEffect] = []
  /// What the scopes are to do next, one after the other.
  var agenda: [(key: String, progress: Progress)] = []
  /// States entered so far.
  var transitions = 0

  init(at: Instant, generator: any RandomNumberGenerator) {
    self.at = at
    self.generator = generator
  }

  mutating func takeNext() -> (key: String, progress: Progress)? {
    guard !agenda.isEmpty else { return nil }
    return agenda.removeFirst()
  }
}
