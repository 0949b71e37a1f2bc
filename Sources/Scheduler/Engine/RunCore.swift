internal import JobModel
internal import StatesLanguage

/// One run as a value: the interpreter, its launches and its slot. It takes a cause and yields what is to
/// be committed and, after that, done. It never waits, and asks neither clock nor network.
///
/// A launch that is given up (timeout, stop) is stopped and followed to its end before the run launches
/// anything else in the same place, and before it is over: two tasks of one scope never live side by side, while
/// other branches and iterations go on. Only a task that is still there when the grace after its stop has passed is
/// not waited for any longer.
struct RunCore: Sendable {
  /// What can happen to a run.
  enum Cause: Equatable, Sendable {
    case report(launch: Int, LaunchReport)
    case timer(Int)
    /// Somebody asks for the run to be stopped.
    case stop(reason: String)
    /// A launch that was given up is not to be waited for any longer.
    case graceIsOver(launch: Int)
    /// Somebody has brought a task's token.
    case answer(TaskAnswer)
  }

  /// What is to be done once the writes are durable. Indirect, as the writes are.
  indirect enum Effect: Equatable, Sendable {
    case start(Launch, recovering: Bool)
    case follow(Launch)
    /// Stop the task; answered by `graceIsOver`, unless it is reported to be over before.
    case stop(Launch, reason: String)
    /// For a length (a timeout, a retry's interval), which a wall clock that is set meanwhile does not change.
    case countDown(timer: Int, Duration)
    /// For a point in time that the machine names.
    case arm(timer: Int, at: Instant)
    case disarm(timer: Int)
    /// The run is over: nothing follows.
    case finished
  }

  struct Step: Equatable, Sendable {
    var writes: [StoreWrite] = []
    var effects: [Effect] = []
  }

  /// What the run needs to know of the world, as values.
  struct Surroundings: Sendable {
    var installation: String
    /// The machine's name, for the failure message.
    var host: String?
    /// Makes the launch to commit; pure.
    var prepare: @Sendable (TaskRequest, Instant) throws(TaskFailure) -> Launch
  }

  private(set) var run: Run
  private(set) var slot: Slot
  var launches: RunLaunches
  var execution: Execution
  /// Answers of tasks whose requests are still on their way: the worker was faster. They are in the store too.
  var early: [Int: TaskAnswer] = [:]
  private let surroundings: Surroundings
  /// Why a task is stopped that nothing waits for any more.
  static let noLongerAwaited = "jobd: the run no longer waits for this task"

  private init(
    run: Run, slot: Slot, launches: RunLaunches, execution: Execution, surroundings: Surroundings
  ) {
    self.run = run
    self.slot = slot
    self.launches = launches
    self.execution = execution
    self.execution.limits = ExecutionLimits(run.policy.limits)
    self.surroundings = surroundings
  }

  /// A new run, and the step that begins it. The slot's own write is the caller's, since it is the claim.
  static func begin(
    run: Run, slot: Slot, machine: StateMachine, input: JSONValue, context: JSONValue,
    entry: ExecutionEntry? = nil, at now: Instant, using generator: inout RandomGenerator, surroundings: Surroundings
  ) -> (RunCore, Step) {
    let execution = Execution(machine: machine, input: input, context: context, entry: entry)
    var core = RunCore(run: run, slot: slot, launches: RunLaunches(), execution: execution, surroundings: surroundings)
    let effects = core.execution.start(at: now, using: &generator)
    var step = core.perform(effects, at: now, using: &generator)
    core.release(&step)
    // A machine without tasks is at its end already.
    core.finishIfOver(&step, at: now)
    step.writes.insert(.insertRun(core.run), at: 0)
    return (core, step)
  }

  /// A run that an earlier owner left, and the effects that pick it up where it was left.
  ///
  /// - Parameter launches: those that ``RunLaunches/init(stored:)`` needs.
  static func recover(
    run: Run, slot: Slot, launches: [Launch], execution: Execution, at now: Instant, surroundings: Surroundings
  ) -> (RunCore, [Effect]) {
    var core = RunCore(
      run: run, slot: slot, launches: RunLaunches(stored: launches), execution: execution,
      surroundings: surroundings)
    let effects = core.recoveryEffects(at: now)
    return (core, effects)
  }

  var isOver: Bool { run.status != .running }
  /// Whether what the run waits for is there. If not, nothing would ever happen to it again.
  var canGoOn: Bool {
    !(launches.open.isEmpty && execution.timers.isEmpty)
      && execution.openTasks.allSatisfy { launches.launch(of: $0.task) != nil }
  }
  /// The timers that are armed.
  var timers: Dictionary<Int, Instant>.Keys { execution.timers.keys }

  /// Takes a cause. Both lists are empty for a cause that comes twice or too late.
  mutating func step(
    _ cause: Cause, at now: Instant, using generator: inout RandomGenerator
  ) -> Step {
    guard !isOver else { return Step() }
    var step: Step
    switch cause {
    case .report(let number, let report):
      step = take(report, of: number, at: now, using: &generator)
    case .answer(let answer):
      step = take(answer, at: now, using: &generator)
    case .timer(let timer):
      // Whoever answered early has answered in time.
      step = takeEarlyAnswers(at: now, using: &generator)
      let fired = perform(execution.timerFired(timer, at: now, using: &generator), at: now, using: &generator)
      step.append(fired)
      step.writes += fired.expectations
    case .stop(let reason):
      let effects = execution.abort(error: "Jobd.Stopped", cause: reason, at: now)
      step = perform(effects, at: now, using: &generator)
    case .graceIsOver(let number):
      guard launches[number]?.status == .stopped else { return Step() }
      step = end(number, .stopped, result: nil, diagnosis: nil, at: now)
    }
    if step.writes.isEmpty && step.effects.isEmpty { return step }
    release(&step)
    finishIfOver(&step, at: now)
    run.version += 1
    step.writes.insert(.updateRun(run), at: 0)
    return step
  }

  /// The launches with tasks that this timer would give up. Of one whose request is on its way only where the run
  /// would go on without it: one that is over does nothing again.
  func givenUp(by timer: Int, at now: Instant, using generator: inout RandomGenerator) -> [Launch] {
    guard !launches.open.isEmpty else { return [] }
    var execution = execution
    let effects = execution.timerFired(timer, at: now, using: &generator)
    return effects.compactMap { effect in
      guard case .cancel(let task, _) = effect, let launch = launches.launch(of: task) else { return nil }
      switch launch.status {
      case .submitted where launch.taskARN != nil: return launch
      case .intended where execution.result == nil && !launches.unsent.contains(launch.id.number): return launch
      default: return nil
      }
    }
  }

  // MARK: What the interpreter wants

  mutating func perform(
    _ effects: [ExecutionEffect], at now: Instant, using generator: inout RandomGenerator
  ) -> Step {
    var step = Step()
    var events: [HistoryEvent] = []
    var queue = ArraySlice(effects)
    while let effect = queue.popFirst() {
      switch effect {
      case .record(let event): events.append(event)
      case .arm(let timer, let at): step.effects.append(arm(timer, at: at, from: now))
      case .disarm(let timer): step.effects.append(.disarm(timer: timer))
      case .cancel(let task, let reason): giveUp(task, reason, &step, at: now)
      case .finish: break
      case .invoke(let invocation):
        if let failure = invoke(invocation, &step, at: now) {
          let event = TaskEvent.failed(error: failure.error, aliases: failure.aliases, cause: failure.cause)
          queue += execution.taskEvent(invocation.task, event, at: now, using: &generator)
        }
      }
    }
    if !events.isEmpty { step.writes.append(.appendHistory(run.id, events)) }
    for (scope, bytes) in execution.changedRows().sorted(by: { $0.key < $1.key }) {
      if let bytes {
        step.writes.append(.putScope(run.id, scope: scope, bytes))
      } else {
        step.writes.append(.removeScope(run.id, scope: scope))
      }
    }
    return step
  }

  private func arm(_ timer: Int, at instant: Instant, from now: Instant) -> Effect {
    execution.isTimestamp(timer) ? .arm(timer: timer, at: instant) : .countDown(timer: timer, instant - now)
  }

  /// Prepares a launch; returns why it cannot even be sent.
  private mutating func invoke(
    _ invocation: TaskInvocation, _ step: inout Step, at now: Instant
  ) -> TaskFailure? {
    let number = run.launches + 1
    run.launches = number
    let id = LaunchID(run: run.id, number: number)
    let request = TaskRequest(
      launch: id, task: invocation.task, scope: invocation.scope, token: invocation.token, state: invocation.state,
      resource: invocation.resource, arguments: invocation.arguments, policy: run.policy.task)
    do {
      var launch = try surroundings.prepare(request, now)
      (launch.scope, launch.token) = (invocation.scope, invocation.token)
      launches.put(launch)
      step.writes.append(.insertLaunch(launch))
      return nil
    } catch {
      let launch = Launch(
        id: id, task: invocation.task, scope: invocation.scope, token: invocation.token, state: invocation.state,
        resource: invocation.resource, request: invocation.arguments, status: .failed, intendedAt: now, endedAt: now,
        result: error.result, diagnosis: error.diagnosis)
      launches.put(launch)
      step.writes.append(.insertLaunch(launch))
      return error
    }
  }

  private mutating func giveUp(_ task: Int, _ reason: String, _ step: inout Step, at now: Instant) {
    guard var launch = launches.launch(of: task) else { return }
    let number = launch.id.number
    launch.status = .stopped
    // What ECS will say of a task that was stopped is not why the run ended as it did.
    launch.diagnosis = Diagnosis(class: .stopped, sentence: "jobd stopped the task: \(reason)")
    if launch.isOnlyAwaited || launches.unsent.contains(number) {
      // Nothing of it lives: its token is no longer taken, or it was held back and never sent.
      launch.endedAt = now
    } else if launch.taskARN != nil {
      step.effects.append(.stop(launch, reason: reason))
    }
    // Otherwise its request is on the way; its report brings the ARN, and the stop follows.
    launches.put(launch)
    step.writes.append(.updateLaunch(launch))
    if let answer = early.removeValue(forKey: number) { step.writes.append(.removeAnswer(answer)) }
  }

  /// Hands over the launches that nothing holds back any more.
  private mutating func release(_ step: inout Step) {
    for number in launches.unsent.sorted() {
      guard let launch = launches[number], !isHeldBack(launch) else { continue }
      launches.handOver(number)
      step.effects.append(.start(launch, recovering: false))
    }
  }

  /// Whether an earlier launch, given up, may still live in the same place: in the launch's own scope, in one around
  /// it or below it, or anywhere around a Parallel or Map that was left or is tried again.
  private func isHeldBack(_ launch: Launch) -> Bool {
    launches.givenUp.contains { number in
      guard number < launch.id.number, let former = launches[number] else { return false }
      return Execution.areNested(execution.reach(of: former.task, in: former.scope), launch.scope)
    }
  }

  // MARK: The end

  /// Writes the outcome once the machine is at its end and every task that was given up has stopped.
  private mutating func finishIfOver(_ step: inout Step, at now: Instant) {
    guard let result = execution.result, launches.open.isEmpty else { return }
    switch result {
    case .succeeded(let output):
      run.status = .succeeded
      run.output = output.text
    case .failed(let error, let cause): conclude(.failed, error, cause)
    case .timedOut(let error, let cause): conclude(.timedOut, error, cause)
    case .aborted(let error, let cause): conclude(.aborted, error, cause)
    }
    run.endedAt = now
    slot.state = run.status.slotState
    slot.reason = nil
    if run.status == .succeeded, let diagnosis = launches.latest?.diagnosis, diagnosis.class == .skipped {
      (slot.state, slot.reason) = (.skipped, diagnosis.sentence)
    }
    slot.version += 1
    step.writes.append(.updateSlot(slot))
    // A run that found nothing to do says nothing of what failed before.
    if slot.state != .skipped {
      let messages = OutboxMessage.telling(
        of: run, launches: launches.forTelling, host: surroundings.host, at: now)
      step.writes += messages.map { .insertMessage($0) }
    }
    step.effects.append(.finished)
  }

  private mutating func conclude(_ status: RunStatus, _ error: String?, _ cause: String?) {
    run.status = status
    run.error = error
    run.cause = cause
  }

  // MARK: Recovery

  /// What is left of a length is told by the wall clock, which is all that a new process has. One that reads
  /// earlier than what the run has seen already was set back; the length is not made longer by that. One that ends
  /// before what was seen began after the clock was set back, and is still a length from now.
  private mutating func recoveryEffects(at now: Instant) -> [Effect] {
    let known = Array(launches.open.values) + launches.forTelling
    let seen = known.flatMap { [$0.intendedAt, $0.endedAt].compactMap(\.self) }
    let latest = seen.reduce(max(now, run.startedAt), max)
    var effects = execution.timers.sorted { $0.key < $1.key }.map { timer, at in
      arm(timer, at: at, from: at > latest ? latest : now)
    }
    for (number, launch) in launches.open.sorted(by: { $0.key < $1.key }) {
      switch launch.status {
      case .submitted where launch.isOnlyAwaited: continue
      case .submitted: effects.append(.follow(launch))
      case .stopped:
        if launch.taskARN != nil { effects.append(.follow(launch)) }
        effects.append(.stop(launch, reason: RunCore.noLongerAwaited))
      case .intended where isHeldBack(launch): launches.keepUnsent(number)
      case .intended: effects.append(.start(launch, recovering: true))
      case .succeeded, .failed: continue
      }
    }
    return effects
  }
}

extension RunCore.Step {
  mutating func append(_ other: RunCore.Step) {
    writes += other.writes
    effects += other.effects
  }
}
