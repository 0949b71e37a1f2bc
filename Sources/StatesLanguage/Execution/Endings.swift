internal import JobModel

/// Reports, timers, and how scopes and the execution end.
extension Execution {
  mutating func report(_ event: TaskEvent, in key: String, _ step: inout Step) {
    guard let attempt = scopes.values[key]?.visit.phase.attempt else { return }
    switch event {
    case .submitted: break
    case .heartbeat:
      guard let seconds = attempt.heartbeatSeconds, let timer = attempt.heartbeat else { return }
      timers[timer] = step.at + .seconds(seconds)
      step.effects.append(.arm(timer: timer, at: step.at + .seconds(seconds)))
      return
    case .succeeded, .failed:
      taskScopes[attempt.invocation.task] = nil
      disarm(attempt.timeout, &step)
      disarm(attempt.heartbeat, &step)
    }
    resume(key, &step) { (execution, state, scope, step) throws(StateFailure) in
      guard case .task(let task) = state.kind else { return .stay(scope.visit.phase) }
      return try execution.report(event, of: task, state, in: scope, &step)
    }
  }

  mutating func fire(_ timer: Int, _ step: inout Step) {
    let key = timerScopes[timer]
    timers[timer] = nil
    timerScopes[timer] = nil
    if timer == machineTimer {
      machineTimer = nil
      return timeOut(&step)
    }
    guard let key, let scope = scopes.values[key] else { return }
    switch scope.visit.phase {
    case .waiting(timer):
      resume(key, &step) { (execution, state, scope, step) throws(StateFailure) in
        try execution.endWait(state, in: scope, &step)
      }
    case .retrying(timer):
      resume(key, &step) { (execution, state, _, step) throws(StateFailure) in
        try execution.work(on: state, in: key, &step)
      }
    case .entering(timer):
      let visit = scope.visit
      step.agenda.append((key, .enter(visit.state, input: visit.input, text: visit.input.text)))
    case .task(let attempt) where attempt.timeout == timer || attempt.heartbeat == timer:
      taskScopes[attempt.invocation.task] = nil
      disarm(attempt.timeout == timer ? attempt.heartbeat : attempt.timeout, &step)
      resume(key, &step) { (execution, state, scope, step) throws(StateFailure) in
        guard case .task(let task) = state.kind else { return .stay(scope.visit.phase) }
        return try execution.timeOut(attempt, isHeartbeat: attempt.heartbeat == timer, of: task, in: scope, &step)
      }
    default: break
    }
  }

  /// A scope's last state has been left.
  mutating func end(_ key: String, _ departure: Departure, _ step: inout Step) {
    scopes[key]?.visit.phase = .running
    guard key == Scope.root else { return childEnded(key, output: departure.output, &step) }
    let details: JSONObject = ["output": .string(departure.text), "outputDetails": ["truncated": false]]
    finish(
      .succeeded(output: departure.output), "ExecutionSucceeded", "executionSucceededEventDetails", details,
      reason: "The execution is over", &step)
  }

  /// A scope has failed.
  mutating func fail(_ key: String, _ failure: StateFailure, _ step: inout Step) {
    scopes[key]?.visit.phase = .running
    guard key == Scope.root else { return childFailed(key, failure, &step) }
    finish(
      .failed(error: failure.error, cause: failure.cause), "ExecutionFailed", "executionFailedEventDetails",
      failure.details, reason: "The execution has failed", &step)
  }

  private mutating func timeOut(_ step: inout Step) {
    let failure = StateFailure(error: ErrorName.timeout, cause: nil)
    finish(
      .timedOut(error: failure.error, cause: nil), "ExecutionTimedOut", "executionTimedOutEventDetails",
      failure.details, reason: "The execution timed out", &step)
  }

  /// The end of all: tasks are cancelled, timers disarmed, and nothing more will happen. What was reached is kept
  /// unless the execution has succeeded, so that another one can go on there.
  mutating func finish(
    _ result: ExecutionResult, _ type: String, _ key: String, _ details: JSONObject, reason: String,
    _ step: inout Step
  ) {
    for task in taskScopes.keys.sorted() {
      guard let key = taskScopes[task], let scope = scopes.values[key] else { continue }
      quiet(scope, reason: reason, &step)
    }
    for timer in timers.keys.sorted() { disarm(timer, &step) }
    for (key, scope) in scopes.values where scope.visit.phase != .running { scopes[key]?.visit.phase = .running }
    record(type, key, details, in: Scope.root, &step)
    machineTimer = nil
    if case .succeeded = result {
      discardFork(of: Scope.root, &step)
      scopes[Scope.root] = nil
    }
    self.result = result
    step.agenda = []
    step.effects.append(.finish(result))
  }

  // MARK: Timers

  mutating func arm(_ at: Instant, for scope: String?, _ step: inout Step) -> Int {
    lastTimer += 1
    timers[lastTimer] = at
    timerScopes[lastTimer] = scope
    step.effects.append(.arm(timer: lastTimer, at: at))
    return lastTimer
  }

  mutating func disarm(_ timer: Int?, _ step: inout Step) {
    guard let timer, timers.removeValue(forKey: timer) != nil else { return }
    timerScopes[timer] = nil
    step.effects.append(.disarm(timer: timer))
  }
}
