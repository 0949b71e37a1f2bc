internal import JobModel

/// The one way in which states are entered, worked on and left.
extension Execution {
  mutating func begin(_ step: inout Step) {
    var members = context.objectValue ?? [:]
    var execution = members["Execution"]?.objectValue ?? [:]
    if execution["StartTime"] == nil { execution["StartTime"] = .string(step.at.millisecondText) }
    members["Execution"] = .object(execution)
    context = .object(members)

    recordStart(input.text, &step)
    if let seconds = machine.timeoutSeconds {
      machineTimer = arm(step.at + .seconds(seconds), for: nil, &step)
    }
    if isResumed { return redrive(&step) }
    let start = machine.graphs[""]?.startAt ?? ""
    let visit = Visit(state: start, input: input, enteredAt: step.at, enteredEvent: 0)
    scopes[Scope.root] = Scope(key: Scope.root, graph: "", visit: visit, previousEvent: 0)
    step.agenda.append((Scope.root, .enter(start, input: input, text: input.text)))
  }

  /// Works on a scope's state with what has happened.
  mutating func resume(
    _ key: String, _ step: inout Step,
    _ work: (inout Execution, State, Scope, inout Step) throws(StateFailure) -> Progress
  ) {
    guard let scope = scopes[key], let state = state(of: scope) else { return }
    do {
      step.agenda.append((key, try work(&self, state, scope, &step)))
    } catch {
      step.agenda.append((key, recover(from: error, state, in: key, &step)))
    }
  }

  /// The state in which a scope stands.
  func state(of scope: Scope) -> State? { machine.graphs[scope.graph]?.states[scope.visit.state] }

  /// Does what is on the agenda until nothing is left: every scope goes on as far as it can.
  mutating func settle(_ step: inout Step) {
    while result == nil, let (key, progress) = step.takeNext() { go(on: progress, in: key, &step) }
  }

  private mutating func go(on first: Progress, in key: String, _ step: inout Step) {
    var progress = first
    while scopes.values[key] != nil {
      switch progress {
      case .stay(let phase):
        scopes[key]?.visit.phase = phase
        if let attempt = phase.attempt { taskScopes[attempt.invocation.task] = key }
        return
      case .fail(let failure): return fail(key, failure, &step)
      case .enter(let name, let input, let text): progress = enter(name, input: input, text: text, in: key, &step)
      case .leave(let departure):
        recordExit(departure, in: key, &step)
        for member in departure.assigned { scopes[key]?.variables[member.key] = member.value }
        guard case .next(let next) = departure.transition else { return end(key, departure, &step) }
        progress = .enter(next, input: departure.output, text: departure.text)
      }
    }
  }

  private mutating func enter(
    _ name: String, input: JSONValue, text: String, in key: String, _ step: inout Step
  ) -> Progress {
    guard let graph = scopes[key]?.graph, let state = machine.graphs[graph]?.states[name] else {
      return .fail(StateFailure.runtime("The state '\(name)' does not exist"))
    }
    guard hasRoom(in: key) else { return .fail(historyIsFull) }
    guard step.transitions < LanguageLimits.transitionsPerEvent else {
      let timer = arm(step.at, for: key, &step)
      scopes[key]?.visit = Visit(state: name, input: input, enteredAt: step.at, enteredEvent: 0)
      return .stay(.entering(timer: timer))
    }
    step.transitions += 1
    var visit = Visit(state: name, input: input, enteredAt: step.at, enteredEvent: 0)
    visit.eventBefore = scopes[key]?.previousEvent ?? 0
    visit.enteredEvent = recordEntry(state, text, in: key, &step)
    scopes[key]?.visit = visit
    do {
      return try work(on: state, in: key, &step)
    } catch {
      return recover(from: error, state, in: key, &step)
    }
  }

  /// Begins the state's work: on entry, and again for each retry.
  mutating func work(on state: State, in key: String, _ step: inout Step) throws(StateFailure) -> Progress {
    guard let scope = scopes[key] else { return .stay(.running) }
    switch state.kind {
    case .pass(let pass): return try runPass(pass, state, in: scope, &step)
    case .task(let task): return try runTask(task, state, in: scope, &step)
    case .choice(let choice): return try runChoice(choice, state, in: scope, &step)
    case .wait(let wait): return try runWait(wait, state, in: scope, &step)
    case .succeed: return try runSucceed(state, in: scope, &step)
    case .fail(let fail): return try runFail(fail, in: scope, &step)
    case .parallel(let parallel): return try runParallel(parallel, state, in: scope, &step)
    case .map(let map): return try runMap(map, state, in: scope, &step)
    }
  }
}

/// What states need, and how they are left.
extension Execution {
  /// Whether the history takes what a state brings with it. A child execution has a history of its own.
  private func hasRoom(in key: String) -> Bool {
    (scopes.values[key]?.ownEvents ?? lastEvent) + 4 <= limits.events
  }

  private var historyIsFull: StateFailure {
    StateFailure(
      error: ErrorName.runtime,
      cause: "The execution reached the maximum number of history events (\(limits.events)).")
  }

  /// Where a state's paths and expressions look.
  func data(in scope: Scope, input: JSONValue, _ step: Step) -> EvaluationData {
    EvaluationData(
      input: input,
      context: ContextObject(
        base: context, stateName: scope.visit.state, enteredAt: scope.visit.enteredAt,
        retryCount: state(of: scope)?.kind.handlers == nil ? nil : scope.visit.retryCount,
        mapItem: mapItem(of: scope), taskToken: scope.visit.token),
      variables: visibleVariables(in: scope), now: step.at)
  }

  /// The state's input after InputPath and Parameters. JSONata states have neither.
  func effectiveInput(
    of state: State, parameters: PayloadTemplate? = nil, in scope: Scope, _ step: inout Step
  ) throws(StateFailure) -> JSONValue {
    if parameters == nil, state.inputPath.isWhole { return scope.visit.input }
    let input = try state.inputPath.apply(to: data(in: scope, input: scope.visit.input, step))
    guard let parameters else { return input }
    return try parameters.value(in: data(in: scope, input: input, step), using: &step.generator)
  }

  /// What a Task, Parallel or Map hands on: Parameters or Arguments, or else its input.
  func arguments(
    _ template: Template?, of state: State, in scope: Scope, _ step: inout Step
  ) throws(StateFailure) -> JSONValue {
    let input = try effectiveInput(of: state, in: scope, &step)
    guard let template else { return input }
    return try template.value(in: data(in: scope, input: input, step), using: &step.generator)
  }

  /// Leaves a Task, Parallel or Map with its result.
  func leave(
    _ state: State, with result: JSONValue, _ shape: ResultShape, in scope: Scope, _ step: inout Step
  ) throws(StateFailure) -> Progress {
    var selected = result
    if let selector = shape.selector {
      selected = try selector.value(in: data(in: scope, input: result, step), using: &step.generator)
    }
    let output = try shape.place.combine(selected, into: scope.visit.input)
    return try leave(
      state, by: state.exit, Yield(output: output, assignable: result, result: result), in: scope, &step)
  }

  /// The state's exit.
  func leave(
    _ state: State, by exit: Exit, _ yield: Yield, in scope: Scope, _ step: inout Step
  ) throws(StateFailure) -> Progress {
    var data = data(in: scope, input: scope.visit.input, step)
    data.result = yield.result
    data.errorOutput = yield.errorOutput
    var output = yield.output
    if let template = exit.output {
      output = try template.value(in: data, using: &step.generator)
    } else if yield.errorOutput == nil, !state.outputPath.isWhole {
      output = try state.outputPath.apply(to: self.data(in: scope, input: output, step))
    }
    let text = output.text
    guard text.utf8.count <= limits.payloadBytes else { throw StateFailure.dataLimit(state.name) }
    var assigned = JSONObject()
    if let assign = exit.assign {
      if case .payload = assign { data.input = yield.assignable }
      assigned = try assign.value(in: data, using: &step.generator).objectValue ?? [:]
      guard JSONValue.object(assigned).text.utf8.count <= limits.payloadBytes else {
        throw StateFailure.dataLimit(state.name)
      }
    }
    return .leave(Departure(output: output, text: text, assigned: assigned, transition: exit.transition))
  }

  /// A scope's own variables over those of the scopes around it.
  func visibleVariables(in scope: Scope) -> [String: JSONValue] {
    guard !scope.isChildExecution, let place = scope.place, let outer = scopes.values[place.parent] else {
      return scope.variables
    }
    let inherited = visibleVariables(in: outer)
    return scope.variables.isEmpty ? inherited : inherited.merging(scope.variables) { $1 }
  }

  /// Map.Item of the context object: of the innermost iteration around.
  func mapItem(of scope: Scope) -> JSONValue? {
    var scope = scope
    while let place = scope.place, let outer = scopes.values[place.parent] {
      if let fork = forks.values[place.parent], fork.items.indices.contains(place.index) {
        return ["Index": .integer(Int64(place.index)), "Value": fork.items[place.index]]
      }
      scope = outer
    }
    return nil
  }
}
