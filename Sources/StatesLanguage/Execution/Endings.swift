internal import JobModel

/// Reports, timers, and how scopes and the execution end.
extension Execution {
  mutating func report(_ event: TaskEvent, in scope: Scope, _ step: inout Step) {
    guard case .task(_, let timeout) = scope.visit.phase else { return }
    if case .submitted = event {} else { disarm(timeout, &step) }
    resume(scope, &step) { (execution, state, step) throws(StateFailure) in
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
    guard let key, let scope = openScopes[key] else { return }
    switch scope.visit.phase {
    case .waiting(timer):
      resume(scope, &step) { (execution, state, step) throws(StateFailure) in
        try execution.endWait(state, in: scope, &step)
      }
    case .retrying(timer):
      resume(scope, &step) { (execution, state, step) throws(StateFailure) in
        try execution.work(on: state, in: key, &step)
      }
    case .entering(timer):
      let visit = scope.visit
      go(on: enter(visit.state, input: visit.input, text: visit.input.text, in: key, &step), in: key, &step)
    case .task(let invocation, timeout: timer):
      resume(scope, &step) { (execution, state, step) throws(StateFailure) in
        guard case .task(let task) = state.kind else { return .stay(scope.visit.phase) }
        return try execution.timeOut(invocation, of: task, in: scope, &step)
      }
    default: break
    }
  }

  /// A scope's last state has been left.
  mutating func end(_ key: String, _ departure: Departure, _ step: inout Step) {
    let details: JSONObject = ["output": .string(departure.text), "outputDetails": ["truncated": false]]
    openScopes[key]?.visit.phase = .running
    finish(
      .succeeded(output: departure.output), "ExecutionSucceeded", "executionSucceededEventDetails", details,
      reason: "The execution is over", &step)
  }

  /// A scope has failed.
  mutating func fail(_ key: String, _ failure: StateFailure, _ step: inout Step) {
    openScopes[key]?.visit.phase = .running
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

  /// The end of all: tasks are cancelled, timers disarmed, and nothing more will happen.
  mutating func finish(
    _ result: ExecutionResult, _ type: String, _ key: String, _ details: JSONObject, reason: String,
    _ step: inout Step
  ) {
    for invocation in openTasks { step.effects.append(.cancel(task: invocation.task, reason: reason)) }
    for timer in timers.keys.sorted() { disarm(timer, &step) }
    record(type, key, details, in: Scope.root, &step)
    machineTimer = nil
    openScopes = [:]
    self.result = result
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
