internal import JobModel

/// How the branches of a Parallel and the iterations of a Map begin, end, and end their state.
extension Execution {
  mutating func newFork(count: Int, input: JSONValue, items: [JSONValue]) -> Fork {
    lastFork += 1
    var fork = Fork(count: count, input: input, items: items)
    fork.number = lastFork
    fork.tasksBefore = lastTask
    return fork
  }

  /// Begins children until as many run as may.
  ///
  /// - Parameter event: the event that they follow, if it is not the scope's last one.
  mutating func beginChildren(of key: String, after event: Int? = nil, _ step: inout Step) {
    guard let scope = scopes.values[key], let state = state(of: scope) else { return }
    while let index = forks[key]?.takeNext() {
      guard let fork = forks.values[key] else { return }
      beginChild(index, of: scope, state, fork, after: event ?? previousEvent(in: key), &step)
    }
  }

  private mutating func beginChild(
    _ index: Int, of scope: Scope, _ state: State, _ fork: Fork, after event: Int, _ step: inout Step
  ) {
    let key = Scope.child(index, of: scope.key)
    if goOn(withChild: index, of: scope, state, after: event, &step) { return }
    switch state.kind {
    case .parallel(let parallel):
      guard parallel.branches.indices.contains(index) else { return }
      open(key, parallel.branches[index], in: scope, with: fork.input, after: event, &step)
    case .map(let map):
      var input: JSONValue?
      var failure: StateFailure?
      do {
        input = map.batch == nil ? try selected(fork, map, index, in: scope, &step) : fork.items[index]
      } catch {
        failure = error.placed(in: scope.visit)
      }
      open(key, map.processor, in: scope, with: input, after: event, asChildExecution: map.isDistributed, &step)
      if !map.isDistributed { recordIteration("Started", index, of: state, in: key, &step) }
      if let failure { step.agenda.append((key, .fail(failure))) }
    default: return
    }
    if let visit = scopes.values[key]?.visit, !visit.state.isEmpty {
      step.agenda.append((key, .enter(visit.state, input: visit.input, text: visit.input.text)))
    }
  }

  /// A child's scope, before its first state; one without an input stays without a state.
  private mutating func open(
    _ key: String, _ graph: String, in scope: Scope, with input: JSONValue?, after event: Int,
    asChildExecution: Bool = false, _ step: inout Step
  ) {
    let start = input == nil ? "" : machine.graphs[graph]?.startAt ?? ""
    let visit = Visit(state: start, input: input ?? .null, enteredAt: step.at, enteredEvent: 0)
    // A child execution's own history begins with ExecutionStarted.
    var child = Scope(key: key, graph: graph, visit: visit, previousEvent: asChildExecution ? 0 : event)
    child.isChildExecution = asChildExecution
    child.ownEvents = asChildExecution ? 1 : scope.ownEvents
    scopes[key] = child
  }

  /// What an iteration gets: its item, or what ItemSelector makes of it.
  func selected(
    _ fork: Fork, _ map: MapState, _ index: Int, in scope: Scope, _ step: inout Step
  ) throws(StateFailure) -> JSONValue {
    guard let selector = map.itemSelector else { return fork.items[index] }
    var data = data(in: scope, input: fork.input, step)
    data.context.mapItem = ["Index": .integer(Int64(index)), "Value": fork.items[index]]
    return try selector.value(in: data, using: &step.generator)
  }

  @discardableResult
  mutating func recordIteration(
    _ what: String, _ index: Int, of state: State, in key: String, advances: Bool = true, _ step: inout Step
  ) -> Int {
    record(
      "MapIteration" + what, "mapIteration\(what)EventDetails",
      ["index": .integer(Int64(index)), "name": .string(state.name)], in: key, advances: advances, &step)
  }

  // MARK: A child's end

  /// A child has reached its end.
  mutating func childEnded(_ key: String, output: JSONValue, _ step: inout Step) {
    guard let child = scopes.values[key], let place = child.place, let scope = scopes.values[place.parent],
      let state = state(of: scope), forks.values[place.parent] != nil
    else { return }
    close(key, &step)
    forks[place.parent]?.running.remove(place.index)
    forks[place.parent]?.outputs.set(output, at: place.index)
    let event = follow(child, in: place.parent)
    var last: Int?
    if case .map(let map) = state.kind, !map.isDistributed {
      last = recordIteration("Succeeded", place.index, of: state, in: place.parent, advances: false, &step)
    }
    goOn(place.parent, after: event, lastEvent: last, &step)
  }

  /// A child has failed.
  mutating func childFailed(_ key: String, _ failure: StateFailure, _ step: inout Step) {
    guard let child = scopes.values[key], let place = child.place, let scope = scopes.values[place.parent],
      let state = state(of: scope), let fork = forks.values[place.parent]
    else { return }
    // What does not fit together fails the whole execution, unless it has one of its own.
    let event = follow(child, in: place.parent)
    if failure.isFatal, !child.isChildExecution {
      quiet(below: place.parent, &step)
      return fail(place.parent, failure, &step)
    }
    let failures = fork.failures + fork.weight(of: place.index, state)
    forks[place.parent]?.running.remove(place.index)
    forks[place.parent]?.failures = failures
    var isDistributed = false
    if case .map(let map) = state.kind {
      isDistributed = map.isDistributed
      if !isDistributed {
        recordIteration("Failed", place.index, of: state, in: place.parent, advances: false, &step)
      }
    }
    if failures <= fork.toleratedFailures {
      close(key, &step)
      forks[place.parent]?.outputs.set(failure.output, at: place.index, isFailure: true)
      return goOn(place.parent, after: event, lastEvent: nil, &step)
    }
    for sibling in fork.running.sorted() where sibling != place.index {
      abort(Scope.child(sibling, of: place.parent), &step)
      if case .map = state.kind, !isDistributed {
        recordIteration("Aborted", sibling, of: state, in: place.parent, advances: false, &step)
      }
    }
    var failure = failure
    if isDistributed {
      record("MapRunFailed", "mapRunFailedEventDetails", failure.details, in: place.parent, &step)
      failure = StateFailure(
        error: ErrorName.exceedToleratedFailureThreshold,
        cause: "The specified tolerated failure threshold was exceeded")
    }
    resume(place.parent, &step) { [failure] (_, _, _, _) throws(StateFailure) in throw failure }
  }

  /// What happens next in the scope follows what happened last in the child.
  ///
  /// - Returns: that event; nil for a child execution, whose events are its own.
  private mutating func follow(_ child: Scope, in parent: String) -> Int? {
    guard !child.isChildExecution else { return nil }
    let event = forks.values[child.key]?.previousEvent ?? child.previousEvent
    advance(parent, to: event)
    return event
  }

  private mutating func goOn(_ key: String, after event: Int?, lastEvent: Int?, _ step: inout Step) {
    guard forks.values[key]?.isDone == true else { return beginChildren(of: key, after: event, &step) }
    if let lastEvent { advance(key, to: lastEvent) }
    resume(key, &step) { (execution, state, scope, step) throws(StateFailure) in
      try execution.endFork(state, in: scope, &step)
    }
  }

  /// All children are over: the state is left with the list of their outputs.
  mutating func endFork(_ state: State, in scope: Scope, _ step: inout Step) throws(StateFailure) -> Progress {
    guard let fork = forks.values[scope.key] else { return .stay(scope.visit.phase) }
    let result = JSONValue.array(fork.outputs.values(count: fork.count))
    let shape: ResultShape
    switch state.kind {
    case .parallel(let parallel): shape = parallel.shape
    case .map(let map):
      shape = map.shape
      if map.isDistributed { record("MapRunSucceeded", nil, [:], in: scope.key, &step) }
    default: return .stay(scope.visit.phase)
    }
    record(state.kind.type.rawValue + "StateSucceeded", nil, [:], in: scope.key, advances: false, &step)
    // A selector that fails leaves the outputs for an execution that goes on here.
    let progress = try leave(state, with: result, shape, in: scopes.values[scope.key] ?? scope, &step)
    discardFork(of: scope.key, &step)
    return progress
  }

  // MARK: The end of others

  /// Stops a child that has not ended: its tasks are cancelled, its timers disarmed. What it has reached is kept,
  /// for a rerun of what failed.
  private mutating func abort(_ key: String, _ step: inout Step) {
    guard let scope = scopes.values[key] else { return }
    let state = state(of: scope)
    for child in (forks.values[key]?.running ?? []).sorted() {
      abort(Scope.child(child, of: key), &step)
      if let state, case .map(let map) = state.kind, !map.isDistributed {
        recordIteration("Aborted", child, of: state, in: key, advances: false, &step)
      }
    }
    forks[key]?.running = []
    step.agenda.removeAll { $0.key == key }
    let wasAtWork = scope.visit.isAtWork
    quiet(scope, reason: "Another branch of the state failed", &step)
    if wasAtWork, let type = state?.kind.type {
      record(type.rawValue + "StateAborted", nil, [:], in: key, &step)
    }
  }

  /// Cancels what a scope waits for.
  mutating func quiet(_ scope: Scope, reason: String, _ step: inout Step) {
    switch scope.visit.phase {
    case .running, .inside: break
    case .waiting(let timer), .retrying(let timer), .entering(let timer): disarm(timer, &step)
    case .task(let attempt):
      taskScopes[attempt.invocation.task] = nil
      step.effects.append(.cancel(task: attempt.invocation.task, reason: reason))
      disarm(attempt.timeout, &step)
      disarm(attempt.heartbeat, &step)
    }
    scopes[scope.key]?.visit.phase = .running
  }

  /// Cancels what everything below a scope waits for; what it has reached is kept.
  private mutating func quiet(below key: String, _ step: inout Step) {
    let prefix = key + "/"
    step.agenda.removeAll { $0.key.hasPrefix(prefix) }
    for (child, scope) in scopes.values.sorted(by: { $0.key < $1.key }) where child.hasPrefix(prefix) {
      quiet(scope, reason: "Another branch of the state failed", &step)
      if forks.values[child] != nil { forks[child]?.running = [] }
    }
  }

  private mutating func close(_ key: String, _ step: inout Step) {
    discardFork(of: key, &step)
    scopes[key] = nil
  }

  /// Forgets the children of a state that is left or tried again; what still works in them is cancelled.
  mutating func discardFork(of key: String, _ step: inout Step) {
    guard let fork = forks.values[key] else { return }
    if !fork.isDone { quiet(below: key, &step) }
    forks[key] = nil
    if let event = fork.previousEvent { scopes[key]?.previousEvent = event }
    let prefix = key + "/"
    for child in scopes.values.keys where child.hasPrefix(prefix) {
      scopes[child] = nil
      if forks.values[child] != nil { forks[child] = nil }
    }
  }
}
