internal import JobModel

/// Going on with what an execution that failed had not finished. Branches and iterations that have succeeded keep
/// their outputs; the definition may have been mended meanwhile.
extension Execution {
  mutating func redrive(_ step: inout Step) {
    // What the other execution has left is this one's own to store.
    scopes.touchAll()
    forks.touchAll()
    let count = context["Execution"]?["RedriveCount"] ?? 0
    forks[Scope.root]?.previousEvent = nil
    scopes[Scope.root]?.previousEvent = lastEvent
    let event = record(
      "ExecutionRedriven", "executionRedrivenEventDetails", ["redriveCount": count], in: Scope.root, &step)
    scopes[Scope.root]?.graph = ""
    reenter(Scope.root, after: event, &step)
  }

  /// Enters again the state in which a scope stood.
  private mutating func reenter(_ key: String, after event: Int, _ step: inout Step) {
    guard var scope = scopes.values[key] else { return }
    scope.previousEvent = event
    forks[key]?.previousEvent = nil
    if let caught = scope.repeatedState(in: machine.graphs[scope.graph]) {
      scope.variables = caught.variables
      scope.visit = Visit(state: caught.state, input: caught.input, enteredAt: step.at, enteredEvent: 0)
      discardFork(of: key, &step)
    } else {
      scope.visit.phase = .running
      scope.visit.retries = [:]
      scope.visit.token = nil
      scope.visit.enteredAt = step.at
      scope.visit.eventBefore = event
    }
    scope.caught = nil
    scopes[key] = scope
    guard let state = state(of: scope), forks.values[key]?.fits(state) == true else {
      discardFork(of: key, &step)
      let visit = scope.visit
      step.agenda.append((key, .enter(visit.state, input: visit.input, text: visit.input.text)))
      return
    }
    let entered = recordEntry(state, scope.visit.input.text, in: key, &step)
    scopes[key]?.visit.enteredEvent = entered
    scopes[key]?.visit.phase = .inside
    resume(key, &step) { (execution, state, scope, step) throws(StateFailure) in
      try execution.goOn(with: state, in: scope, &step)
    }
  }

  /// Begins the children that are missing, as many at a time as the present definition allows.
  private mutating func goOn(
    with state: State, in scope: Scope, _ step: inout Step
  ) throws(StateFailure) -> Progress {
    guard var fork = forks.values[scope.key] else { return .stay(scope.visit.phase) }
    fork.next = 0
    fork.failures = 0
    fork.running = []
    fork.tasksBefore = lastTask
    fork.outputs.discardFailures()
    if case .map(let map) = state.kind {
      let data = data(in: scope, input: fork.input, step)
      fork.maximumConcurrency = try concurrency(of: map, in: data, &step)
      // A share of the items is no share of the batches.
      if map.batch == nil {
        fork.toleratedFailures = try toleratedFailures(of: map, count: fork.count, in: data, &step)
      }
    }
    forks[scope.key] = fork
    if case .map(let map) = state.kind {
      let details: JSONObject = ["length": .integer(Int64(fork.count))]
      record("MapStateStarted", "mapStateStartedEventDetails", details, in: scope.key, &step)
      if map.isDistributed { record("MapRunRedriven", nil, [:], in: scope.key, &step) }
    } else {
      record("ParallelStateStarted", nil, [:], in: scope.key, &step)
    }
    // All had succeeded, and what failed was to put their outputs together.
    if fork.isDone { return try endFork(state, in: scopes.values[scope.key] ?? scope, &step) }
    beginChildren(of: scope.key, &step)
    return .stay(.inside)
  }

  /// Goes on with a child that an earlier execution has left unfinished.
  ///
  /// - Returns: false where there is none, or none that had come to a state: it begins from its start.
  mutating func goOn(
    withChild index: Int, of scope: Scope, _ state: State, after event: Int, _ step: inout Step
  ) -> Bool {
    let key = Scope.child(index, of: scope.key)
    guard let child = scopes.values[key] else { return false }
    guard !child.visit.state.isEmpty, let graph = state.graph(ofChild: index) else {
      discardFork(of: key, &step)
      scopes[key] = nil
      return false
    }
    var isExecution = false
    if case .map(let map) = state.kind { isExecution = map.isDistributed }
    scopes[key]?.graph = graph
    scopes[key]?.isChildExecution = isExecution
    scopes[key]?.ownEvents = isExecution ? 1 : scope.ownEvents
    forks[key]?.previousEvent = nil
    scopes[key]?.previousEvent = isExecution ? 0 : event
    if case .map = state.kind, !isExecution { recordIteration("Started", index, of: state, in: key, &step) }
    reenter(key, after: previousEvent(in: key), &step)
    return true
  }
}

extension Fork {
  /// Whether a state is still the one below which these children ran: a mended definition may differ.
  func fits(_ state: State) -> Bool {
    switch state.kind {
    case .parallel(let parallel): parallel.branches.count == count && items.isEmpty
    case .map: items.count == count
    default: false
    }
  }
}

extension State {
  /// The states that run in one of its children: a key of the machine's graphs.
  func graph(ofChild index: Int) -> String? {
    switch kind {
    case .parallel(let parallel): parallel.branches.indices.contains(index) ? parallel.branches[index] : nil
    case .map(let map): map.processor
    default: nil
    }
  }
}

extension Scope {
  /// The state whose failure a Catch took, where the scope had come no further than to what handles it.
  ///
  /// A scope that has left the handler, for a state that follows the caught one without any Catch, goes on where it
  /// stood. A Fail state is never where to go on: it would fail again.
  func repeatedState(in graph: StateGraph?) -> CaughtState? {
    guard let caught, let graph, let state = graph.states[visit.state] else { return caught }
    if state.kind.type == .fail { return caught }
    return graph.leads(from: caught.state, to: visit.state) ? nil : caught
  }
}

extension StateGraph {
  /// Whether a state follows another one without a Catch between them.
  fileprivate func leads(from start: String, to goal: String) -> Bool {
    var reached: Set<String> = [start]
    var pending = [start]
    while let name = pending.popLast() {
      for next in states[name]?.successors ?? [] where reached.insert(next).inserted {
        if next == goal { return true }
        pending.append(next)
      }
    }
    return false
  }
}

extension State {
  /// The states that may come next, other than by a Catch.
  fileprivate var successors: [String] {
    var names: [String] = []
    if case .choice(let choice) = kind {
      names = choice.choices.compactMap { if case .next(let name) = $0.exit.transition { name } else { nil } }
      if let name = choice.defaultNext { names.append(name) }
    }
    if case .next(let name) = transition { names.append(name) }
    return names
  }
}
