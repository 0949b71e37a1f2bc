public import JobModel

/// Why stored scopes are no execution.
public struct ScopeDecodingError: Error, Equatable, Sendable, CustomStringConvertible {
  public var description: String
}

/// An execution as it is stored: rows by name, each JSON text.
///
/// | row | what it holds | when it changes |
/// |---|---|---|
/// | `execution` | counters, timers, the result | with every step |
/// | `context` | the context object | never after the start |
/// | a scope's key (`root`, `root/3`) | its state and variables | when something happens in it |
/// | *key*`:fork` | how far the children below it are | when a child begins or ends |
/// | *key*`:items` | what the children get | never |
/// | *key*`:outputs:`*n* | the outputs of 64 children | when one of them ends |
///
/// One step of a large Map hence rewrites a few small rows.
extension Execution {
  static let encodingVersion: Int64 = 2

  /// All rows, whether they were given before or not.
  public func rows() -> [String: [UInt8]] {
    var all = self
    all.stored = StoredParts()
    var rows: [String: [UInt8]] = [:]
    for key in Set(scopes.values.keys) { all.scopes[key]?.previousEvent += 0 }
    for key in Set(forks.values.keys) { all.forks[key]?.next += 0 }
    for (name, bytes) in all.changedRows() { rows[name] = bytes }
    return rows
  }

  /// The rows that differ from those that were given last time; nil for one that is to be removed.
  public mutating func changedRows() -> [String: [UInt8]?] {
    var changes: [String: [UInt8]?] = [:]
    let header = encodedHeader.utf8
    if header != stored.header {
      stored.header = header
      changes["execution"] = header
    }
    if !stored.hasContext {
      stored.hasContext = true
      changes["context"] = context.utf8
    }
    for key in scopes.takeTouched() { changes[key] = .some(scopes.values[key]?.encoded.utf8) }
    for key in forks.takeTouched() {
      let touched = forks[key]?.outputs.takeTouched() ?? []
      for (name, bytes) in stored.changes(of: forks.values[key], key, touched: touched) { changes[name] = bytes }
    }
    _ = forks.takeTouched()
    return changes
  }

  /// An execution as it was stored by ``rows()`` and ``changedRows()``.
  ///
  /// - Parameter context: replaces the stored context object's members; nil to take the stored one.
  public init(
    machine: StateMachine, context: JSONValue? = nil, scopes rows: [String: [UInt8]]
  ) throws(ScopeDecodingError) {
    let header = try StoredParts.row("execution", in: rows)
    try StoredParts.checkVersion(header)
    let kept: JSONValue
    if let context { kept = context } else { kept = try StoredParts.row("context", in: rows) }
    self.init(machine: machine, input: kept["Execution"]?["Input"] ?? [:], context: kept)
    lastEvent = try header.count("lastEvent")
    lastTask = try header.count("lastTask")
    lastTimer = try header.count("lastTimer")
    lastFork = header["lastFork"] == nil ? 0 : try header.count("lastFork")
    machineTimer = header["machineTimer"]?.integerValue.map(Int.init)
    if let encoded = header["result"] { result = try ExecutionResult(encoded: encoded) }
    for timer in header["timers"]?.arrayValue ?? [] {
      let number = try timer.count("timer")
      timers[number] = try timer.instant("at")
      timerScopes[number] = timer["scope"]?.stringValue
    }
    (scopes, forks) = try StoredParts.scopesAndForks(in: rows)
    // Nothing happens any more in one that is over.
    if result == nil { try checkPlaces() }
    for (key, scope) in scopes.values {
      if let attempt = scope.visit.phase.attempt { taskScopes[attempt.invocation.task] = key }
    }
    stored = StoredParts(of: forks)
    stored.header = encodedHeader.utf8
  }

  /// Whether the scopes that are at work stand where the machine lets them.
  private func checkPlaces() throws(ScopeDecodingError) {
    for (key, scope) in scopes.values where scope.visit.phase != .running {
      if scope.visit.phase == .inside {
        guard let state = state(of: scope), forks.values[key]?.fits(state) == true else {
          throw ScopeDecodingError(
            description: "the scope '\(key)' is inside '\(scope.visit.state)', and has no children that fit this state")
        }
      }
      guard let place = scope.place else { continue }
      guard scopes.values[place.parent]?.visit.phase == .inside else {
        throw ScopeDecodingError(description: "the scope '\(key)' is at work, and '\(place.parent)' is not inside")
      }
    }
  }

  private var encodedHeader: JSONValue {
    var members: JSONObject = [
      "version": .integer(Execution.encodingVersion), "lastEvent": .integer(Int64(lastEvent)),
      "lastTask": .integer(Int64(lastTask)), "lastTimer": .integer(Int64(lastTimer)),
    ]
    if lastFork > 0 { members["lastFork"] = .integer(Int64(lastFork)) }
    members["machineTimer"] = machineTimer.map { .integer(Int64($0)) }
    members["result"] = result?.encoded
    members["timers"] = .array(
      timers.sorted { $0.key < $1.key }.map { timer, at in
        var members: JSONObject = ["timer": .integer(Int64(timer)), "at": .integer(at.milliseconds)]
        members["scope"] = timerScopes[timer].map(JSONValue.string)
        return .object(members)
      })
    return .object(members)
  }
}

extension Scope {
  fileprivate var encoded: JSONValue {
    var members: JSONObject = [
      "state": .string(visit.state), "input": visit.input, "enteredAt": .integer(visit.enteredAt.milliseconds),
      "enteredEvent": .integer(Int64(visit.enteredEvent)), "previousEvent": .integer(Int64(previousEvent)),
      "eventBefore": .integer(Int64(visit.eventBefore)),
      "retries": .object(
        JSONObject(visit.retries.sorted { $0.key < $1.key }.map { (String($0.key), .integer(Int64($0.value))) })),
      "variables": .object(variables: variables), "phase": visit.phase.encoded,
    ]
    if !graph.isEmpty { members["graph"] = .string(graph) }
    members["token"] = visit.token.map(JSONValue.string)
    if isChildExecution { members["isChildExecution"] = true }
    members["ownEvents"] = ownEvents.map { .integer(Int64($0)) }
    members["caught"] = caught.map { caught in
      ["state": .string(caught.state), "input": caught.input, "variables": .object(variables: caught.variables)]
    }
    return .object(members)
  }

  init(key: String, encoded: JSONValue) throws(ScopeDecodingError) {
    guard let state = encoded["state"]?.stringValue, let input = encoded["input"] else {
      throw ScopeDecodingError(description: "the scope '\(key)' has no state or no input")
    }
    var visit = Visit(
      state: state, input: input, enteredAt: try encoded.instant("enteredAt"),
      enteredEvent: try encoded.count("enteredEvent"))
    for member in encoded["retries"]?.objectValue ?? [:] {
      guard let retrier = Int(member.key), let count = member.value.integerValue,
        (0...Int64(Int32.max)).contains(count)
      else {
        throw ScopeDecodingError(description: "the scope '\(key)' has retries that are no counts")
      }
      visit.retries[retrier] = Int(count)
    }
    visit.phase = try Phase(encoded: encoded["phase"] ?? [:])
    if case .task(var attempt) = visit.phase {
      attempt.invocation.scope = key
      visit.phase = .task(attempt)
    }
    visit.eventBefore = encoded["eventBefore"] == nil ? 0 : try encoded.count("eventBefore")
    visit.token = encoded["token"]?.stringValue
    self.init(
      key: key, graph: encoded["graph"]?.stringValue ?? "", visit: visit,
      previousEvent: try encoded.count("previousEvent"))
    variables = encoded["variables"]?.variables ?? [:]
    isChildExecution = encoded["isChildExecution"] == true
    ownEvents = encoded["ownEvents"] == nil ? nil : try encoded.count("ownEvents")
    if let caught = encoded["caught"], let state = caught["state"]?.stringValue, let input = caught["input"] {
      self.caught = CaughtState(state: state, input: input, variables: caught["variables"]?.variables ?? [:])
    }
  }
}

extension Phase {
  fileprivate var encoded: JSONValue {
    switch self {
    case .running: ["is": "running"]
    case .inside: ["is": "inside"]
    case .waiting(let timer): ["is": "waiting", "timer": .integer(Int64(timer))]
    case .retrying(let timer): ["is": "retrying", "timer": .integer(Int64(timer))]
    case .entering(let timer): ["is": "entering", "timer": .integer(Int64(timer))]
    case .task(let attempt): attempt.encoded
    }
  }

  fileprivate init(encoded: JSONValue) throws(ScopeDecodingError) {
    switch encoded["is"]?.stringValue {
    case "running": self = .running
    case "waiting": self = .waiting(timer: try encoded.count("timer"))
    case "retrying": self = .retrying(timer: try encoded.count("timer"))
    case "entering": self = .entering(timer: try encoded.count("timer"))
    case "inside": self = .inside
    case "task": self = .task(try Attempt(encoded: encoded))
    default: throw ScopeDecodingError(description: "a stored phase is unknown: \(encoded["is"]?.text ?? "none")")
    }
  }
}

extension Attempt {
  fileprivate var encoded: JSONValue {
    var members: JSONObject = [
      "is": "task", "task": .integer(Int64(invocation.task)), "resource": .string(invocation.resource),
      "state": .string(invocation.state), "arguments": invocation.arguments,
    ]
    members["token"] = invocation.token.map(JSONValue.string)
    members["timer"] = timeout.map { .integer(Int64($0)) }
    members["heartbeat"] = heartbeat.map { .integer(Int64($0)) }
    members["heartbeatSeconds"] = heartbeatSeconds.map(JSONValue.integer)
    return .object(members)
  }

  fileprivate init(encoded: JSONValue) throws(ScopeDecodingError) {
    guard let state = encoded["state"]?.stringValue, let resource = encoded["resource"]?.stringValue else {
      throw ScopeDecodingError(description: "a stored task has no state or no resource")
    }
    invocation = TaskInvocation(
      task: try encoded.count("task"), state: state, resource: resource, arguments: encoded["arguments"] ?? [:],
      token: encoded["token"]?.stringValue)
    timeout = encoded["timer"]?.integerValue.map(Int.init)
    heartbeat = encoded["heartbeat"]?.integerValue.map(Int.init)
    heartbeatSeconds = encoded["heartbeatSeconds"] == nil ? nil : Int64(try encoded.count("heartbeatSeconds"))
  }
}

extension ExecutionResult {
  fileprivate var encoded: JSONValue {
    switch self {
    case .succeeded(let output): ["is": "succeeded", "output": output]
    case .failed(let error, let cause): ExecutionResult.encoded("failed", error, cause)
    case .timedOut(let error, let cause): ExecutionResult.encoded("timedOut", error, cause)
    case .aborted(let error, let cause): ExecutionResult.encoded("aborted", error, cause)
    }
  }

  private static func encoded(_ name: String, _ error: String?, _ cause: String?) -> JSONValue {
    var members = StateFailure(error: error, cause: cause).details
    members["is"] = .string(name)
    return .object(members)
  }

  fileprivate init(encoded: JSONValue) throws(ScopeDecodingError) {
    let error = encoded["error"]?.stringValue
    let cause = encoded["cause"]?.stringValue
    switch encoded["is"]?.stringValue {
    case "succeeded": self = .succeeded(output: encoded["output"] ?? .null)
    case "failed": self = .failed(error: error, cause: cause)
    case "timedOut": self = .timedOut(error: error, cause: cause)
    case "aborted": self = .aborted(error: error, cause: cause)
    default: throw ScopeDecodingError(description: "a stored result is unknown: \(encoded["is"]?.text ?? "none")")
    }
  }
}

extension JSONValue {
  fileprivate static func object(variables: [String: JSONValue]) -> JSONValue {
    .object(JSONObject(variables.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }))
  }

  fileprivate var variables: [String: JSONValue]? {
    objectValue.map { Dictionary($0.map { ($0.key, $0.value) }, uniquingKeysWith: { $1 }) }
  }

  func count(_ key: String) throws(ScopeDecodingError) -> Int {
    guard let number = self[key]?.integerValue, (0...Int64(Int32.max)).contains(number) else {
      throw ScopeDecodingError(description: "'\(key)' is no count in a stored scope")
    }
    return Int(number)
  }

  func instant(_ key: String) throws(ScopeDecodingError) -> Instant {
    guard case .integer(let milliseconds)? = self[key] else {
      throw ScopeDecodingError(description: "'\(key)' is no time in a stored scope")
    }
    return Instant(milliseconds: milliseconds)
  }
}
