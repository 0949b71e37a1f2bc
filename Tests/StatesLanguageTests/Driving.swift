import JobModel
import StatesLanguage
import TestSupport

/// Drives an execution whose waits are skipped: the clock jumps to the next timer.
struct Driving {
  var execution: Execution
  var generator = RandomGenerator(SeededRandom(seed: 1))
  var now: Instant
  private(set) var effects: [ExecutionEffect] = []

  static let start = Instant(seconds: 1_700_000_000)

  init(_ machine: StateMachine, input: JSONValue = [:], context: JSONValue = [:]) {
    execution = Execution(machine: machine, input: input, context: context)
    now = Driving.start
  }

  /// A machine given as text; a diagnostic of severity error fails the test.
  init(_ definition: String, input: JSONValue = [:], context: JSONValue = [:]) throws {
    let (machine, diagnostics) = StateMachine.parse(definition)
    guard let machine else { throw NoMachine(diagnostics: diagnostics) }
    self.init(machine, input: input, context: context)
  }

  struct NoMachine: Error { var diagnostics: [Diagnostic] }

  @discardableResult
  mutating func begin() -> [ExecutionEffect] { keep(execution.start(at: now, using: &generator)) }

  @discardableResult
  mutating func tell(_ task: Int, _ event: TaskEvent) -> [ExecutionEffect] {
    keep(execution.taskEvent(task, event, at: now, using: &generator))
  }

  @discardableResult
  mutating func fire(_ timer: Int) -> [ExecutionEffect] {
    now = max(now, execution.timers[timer] ?? now)
    return keep(execution.timerFired(timer, at: now, using: &generator))
  }

  @discardableResult
  mutating func fireNext() -> [ExecutionEffect] {
    guard let next = execution.timers.min(by: { ($0.value, $0.key) < ($1.value, $1.key) }) else { return [] }
    return fire(next.key)
  }

  /// Runs a machine without tasks to its end.
  mutating func runToEnd() {
    begin()
    while execution.result == nil, !execution.timers.isEmpty { fireNext() }
  }

  private mutating func keep(_ new: [ExecutionEffect]) -> [ExecutionEffect] {
    effects += new
    return new
  }

  var history: [HistoryEvent] {
    effects.compactMap { if case .record(let event) = $0 { event } else { nil } }
  }

  var types: [String] { history.map(\.type) }
}
