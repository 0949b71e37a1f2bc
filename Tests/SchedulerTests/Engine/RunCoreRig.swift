import JobModel
import StatesLanguage
import TestSupport

@testable import Scheduler

/// One run as a value: tells it causes and keeps what it wants, as short texts, and the rows as a store
/// would have them.
struct RunCoreRig {
  static let start = Instant(seconds: 1_795_219_200)
  static let slot = SlotKey(job: "report", scheduledAt: start)

  private(set) var core: RunCore
  private(set) var now = start
  private var generator = RandomGenerator(SeededRandom(seed: 1))
  private(set) var launches: [Int: Launch] = [:]
  private(set) var scopes: [String: [UInt8]] = [:]
  private(set) var messages: [OutboxMessage] = []
  /// The types of the history's events.
  private(set) var events: [String] = []
  /// What the latest cause led to, such as `start 1`.
  private(set) var effects: [String] = []
  /// What the latest cause wrote.
  private(set) var writes: [StoreWrite] = []

  static let surroundings = RunCore.Surroundings(
    installation: "x", host: nil
  ) { request, now throws(TaskFailure) in
    try ScriptedDriver().prepare(request, installation: "x", at: now)
  }

  init(_ definition: JSONValue, input: JSONValue = [:]) {
    guard let machine = StateMachine.parse(definition, sourceMap: nil).machine else {
      preconditionFailure("the test's machine cannot be read")
    }
    let slot = Slot(
      key: Self.slot, day: CivilDate(daysSince1970: 20_778), trigger: .schedule, state: .running, runs: 1)
    let run = Run(
      id: RunID(slot: Self.slot, rerun: 0), day: slot.day, trigger: .schedule,
      owner: Ownership(instance: InstanceID("one"), epoch: 1), definition: definition.text, input: input.text,
      startedAt: Self.start,
      policy: RunPolicy(subscriptions: [Subscription(receiver: .topic(arn: "arn:topic"))]))
    let (core, step) = RunCore.begin(
      run: run, slot: slot, machine: machine, input: input,
      context: ["Execution": ["Id": .string(run.id.description)]], at: Self.start, using: &generator,
      surroundings: Self.surroundings)
    self.core = core
    note(step)
  }

  /// A machine of one Task, timeout a minute; on failure again after five seconds, as often as said.
  static func task(retries: Int64 = 0, catching: Bool = false) -> JSONValue {
    let run: JSONObject = [
      "Type": "Task", "Resource": "arn:aws:states:::ecs:runTask.sync", "TimeoutSeconds": 60, "End": true,
      "Retry": [["ErrorEquals": ["States.ALL"], "IntervalSeconds": 5, "MaxAttempts": .integer(retries)]],
      "Catch": catching ? [["ErrorEquals": ["States.ALL"], "Next": "Clean"]] : [],
    ]
    let clean: JSONValue = [
      "Type": "Task", "Resource": "arn:aws:states:::ecs:runTask.sync", "TimeoutSeconds": 60, "End": true,
    ]
    return [
      "StartAt": "Run", "States": .object(catching ? ["Run": .object(run), "Clean": clean] : ["Run": .object(run)]),
    ]
  }

  mutating func tell(_ cause: RunCore.Cause, after length: Duration = .zero) {
    now = now + length
    note(core.step(cause, at: now, using: &generator))
  }

  mutating func submit(_ launch: Int) {
    tell(.report(launch: launch, .submitted(taskARN: "arn:\(launch)", submission: [:])))
  }
  mutating func succeed(_ launch: Int) { tell(.report(launch: launch, EngineTests.success)) }
  mutating func fail(_ launch: Int) { tell(.report(launch: launch, EngineTests.failure)) }
  mutating func answer(_ launch: Int, _ content: TaskAnswer.Content) {
    let id = LaunchID(run: core.run.id, number: launch)
    tell(.answer(TaskAnswer(launch: id, content: content, answeredAt: now)))
  }

  /// Fires the one timer that is armed.
  mutating func fireTimer() {
    guard let timer = core.timers.min() else { preconditionFailure("no timer is armed") }
    tell(.timer(timer), after: .seconds(60))
  }

  /// What a new process makes of the rows.
  func recovered() throws -> RunCoreRig {
    var copy = self
    let definition = try JSONValue.parse(core.run.definition)
    guard let machine = StateMachine.parse(definition, sourceMap: nil).machine else { return copy }
    let (core, effects) = RunCore.recover(
      run: core.run, slot: core.slot, launches: Array(launches.values),
      execution: try Execution(machine: machine, scopes: scopes), at: now,
      surroundings: Self.surroundings)
    copy.core = core
    copy.note(RunCore.Step(writes: [], effects: effects))
    return copy
  }

  private mutating func note(_ step: RunCore.Step) {
    writes = step.writes
    effects = step.effects.compactMap { effect in
      switch effect {
      case .start(let launch, let recovering): "start \(launch.id.number)" + (recovering ? " recovering" : "")
      case .follow(let launch): "follow \(launch.id.number)"
      case .stop(let launch, _): "stop \(launch.id.number)"
      case .finished: "finished"
      case .arm, .countDown, .disarm: nil
      }
    }
    for write in step.writes {
      switch write {
      case .insertLaunch(let launch), .updateLaunch(let launch): launches[launch.id.number] = launch
      case .putScope(_, let scope, let bytes): scopes[scope] = bytes
      case .removeScope(_, let scope): scopes[scope] = nil
      case .insertMessage(let message): messages.append(message)
      case .appendHistory(_, let list): events += list.map(\.type)
      default: break
      }
    }
  }
}
