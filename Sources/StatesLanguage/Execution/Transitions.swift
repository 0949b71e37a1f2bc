internal import JobModel

/// The one way in which states are entered, worked on and left.
extension Execution {
  mutating func begin(_ step: inout Step) {
    var members = context.objectValue ?? [:]
    var execution = members["Execution"]?.objectValue ?? [:]
    if execution["StartTime"] == nil { execution["StartTime"] = .string(step.at.millisecondText) }
    members["Execution"] = .object(execution)
    context = .object(members)

    let text = input.text
    recordStart(text, &step)
    if let seconds = machine.timeoutSeconds {
      machineTimer = arm(step.at + .seconds(seconds), for: nil, &step)
    }
    let first = entry ?? ExecutionEntry(state: machine.graph.startAt, input: input)
    let visit = Visit(state: first.state, input: first.input, enteredAt: step.at, enteredEvent: 0)
    openScopes[Scope.root] = Scope(key: Scope.root, visit: visit, previousEvent: 0, variables: first.variables)
    go(on: enter(first.state, input: first.input, text: first.input.text, in: Scope.root, &step), in: Scope.root, &step)
  }

  /// Works on a scope's state with what has happened, then goes on as far as it can.
  mutating func resume(
    _ scope: Scope, _ step: inout Step,
    _ work: (inout Execution, State, inout Step) throws(StateFailure) -> Progress
  ) {
    guard let state = graph(of: scope.key).states[scope.visit.state] else { return }
    var progress: Progress
    do {
      progress = try work(&self, state, &step)
    } catch {
      progress = recover(from: error, state, in: scope.key, &step)
    }
    go(on: progress, in: scope.key, &step)
  }

  /// The states of a scope.
  func graph(of scope: String) -> StateGraph { machine.graph }

  mutating func go(on first: Progress, in key: String, _ step: inout Step) {
    var progress = first
    while true {
      switch progress {
      case .stay(let phase):
        openScopes[key]?.visit.phase = phase
        return
      case .fail(let failure): return fail(key, failure, &step)
      case .leave(let departure):
        recordExit(departure, in: key, &step)
        for member in departure.assigned { openScopes[key]?.variables[member.key] = member.value }
        guard case .next(let next) = departure.transition else { return end(key, departure, &step) }
        guard step.transitions < LanguageLimits.transitionsPerEvent else {
          return pause(before: next, departure.output, in: key, &step)
        }
        progress = enter(next, input: departure.output, text: departure.text, in: key, &step)
      }
    }
  }

  mutating func enter(
    _ name: String, input: JSONValue, text: String, in key: String, _ step: inout Step
  ) -> Progress {
    guard let state = graph(of: key).states[name] else {
      return .fail(StateFailure.runtime("The state '\(name)' does not exist"))
    }
    guard lastEvent + 4 <= limits.events else {
      return .fail(
        StateFailure(
          error: ErrorName.runtime,
          cause: "The execution reached the maximum number of history events (\(limits.events))."))
    }
    step.transitions += 1
    recordEntry(state, text, in: key, &step)
    openScopes[key]?.visit = Visit(state: name, input: input, enteredAt: step.at, enteredEvent: lastEvent)
    do {
      return try work(on: state, in: key, &step)
    } catch {
      return recover(from: error, state, in: key, &step)
    }
  }

  /// Begins the state's work: on entry, and again for each retry.
  mutating func work(on state: State, in key: String, _ step: inout Step) throws(StateFailure) -> Progress {
    guard let scope = openScopes[key] else { return .stay(.running) }
    switch state.kind {
    case .pass(let pass): return try runPass(pass, state, in: scope, &step)
    case .task(let task): return try runTask(task, state, in: scope, &step)
    case .choice(let choice): return try runChoice(choice, state, in: scope, &step)
    case .wait(let wait): return try runWait(wait, state, in: scope, &step)
    case .succeed: return try runSucceed(state, in: scope, &step)
    case .fail(let fail): return try runFail(fail, in: scope, &step)
    case .unsupported(let type):
      throw StateFailure.runtime("This version of jobd does not run \(type.rawValue) states yet")
    }
  }

  private mutating func pause(before next: String, _ input: JSONValue, in key: String, _ step: inout Step) {
    let timer = arm(step.at, for: key, &step)
    var visit = Visit(state: next, input: input, enteredAt: step.at, enteredEvent: 0)
    visit.phase = .entering(timer: timer)
    openScopes[key]?.visit = visit
  }

  // MARK: What states need

  /// Where a state's paths look.
  func data(in scope: Scope, input: JSONValue) -> EvaluationData {
    let hasRetryCount: Bool =
      if case .task? = graph(of: scope.key).states[scope.visit.state]?.kind { true } else { false }
    return EvaluationData(
      input: input,
      context: ContextObject(
        base: context, stateName: scope.visit.state, enteredAt: scope.visit.enteredAt,
        retryCount: hasRetryCount ? scope.visit.retryCount : nil),
      variables: scope.variables)
  }

  /// The state's input after InputPath and Parameters.
  func effectiveInput(
    of state: State, parameters: PayloadTemplate?, in scope: Scope, _ step: inout Step
  ) throws(StateFailure) -> JSONValue {
    let data = data(in: scope, input: scope.visit.input)
    let input = try state.inputPath.apply(to: data)
    guard let parameters else { return input }
    return try parameters.value(in: self.data(in: scope, input: input), using: &step.generator)
  }

  func leave(
    _ state: State, result: JSONValue, output: JSONValue, in scope: Scope, _ step: inout Step
  ) throws(StateFailure) -> Progress {
    try leave(
      state, result: result, output: output, to: state.transition, assign: state.assign, in: scope, &step)
  }

  /// The state's exit.
  ///
  /// - Parameters:
  ///   - result: what Assign sees as `$`.
  ///   - output: before OutputPath.
  func leave(
    _ state: State, result: JSONValue, output: JSONValue, to transition: Transition, assign: PayloadTemplate?,
    in scope: Scope, _ step: inout Step
  ) throws(StateFailure) -> Progress {
    let filtered = try state.outputPath.apply(to: data(in: scope, input: output))
    let text = filtered.text
    guard text.utf8.count <= limits.payloadBytes else { throw StateFailure.dataLimit(state.name) }
    var assigned = JSONObject()
    if let assign {
      let value = try assign.value(in: data(in: scope, input: result), using: &step.generator)
      assigned = value.objectValue ?? [:]
    }
    return .leave(Departure(output: filtered, text: text, assigned: assigned, transition: transition))
  }
}
