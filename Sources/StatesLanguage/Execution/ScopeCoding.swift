public import JobModel

/// Why stored scopes are no execution.
public struct ScopeDecodingError: Error, Equatable, Sendable, CustomStringConvertible {
  public var description: String
}

/// An execution as it is stored: rows by name, each JSON text. `execution` is small and changes with every
/// step, `context` never changes after the start, and each scope has a row of its own.
extension Execution {
  static let encodingVersion: Int64 = 1

  /// What to store; a row whose bytes are as before need not be written again.
  public func scopes() -> [String: [UInt8]] {
    var rows: [String: [UInt8]] = ["execution": encodedHeader.utf8, "context": context.utf8]
    for scope in openScopes.values { rows[scope.key] = scope.encoded.utf8 }
    return rows
  }

  /// An execution as it was stored by ``scopes()``.
  ///
  /// - Parameter context: replaces the stored context object's members; nil to take the stored one.
  public init(
    machine: StateMachine, context: JSONValue? = nil, scopes rows: [String: [UInt8]]
  ) throws(ScopeDecodingError) {
    let header = try Execution.row("execution", in: rows)
    guard header["version"]?.integerValue == Execution.encodingVersion else {
      throw ScopeDecodingError(
        description: "the execution is stored in version \(header["version"]?.text ?? "?") of the encoding; "
          + "this jobd reads version \(Execution.encodingVersion)")
    }
    let stored: JSONValue
    if let context { stored = context } else { stored = try Execution.row("context", in: rows) }
    self.init(machine: machine, input: stored["Execution"]?["Input"] ?? [:], context: stored)
    lastEvent = try header.count("lastEvent")
    lastTask = try header.count("lastTask")
    lastTimer = try header.count("lastTimer")
    machineTimer = header["machineTimer"]?.integerValue.map(Int.init)
    if let encoded = header["result"] { result = try ExecutionResult(encoded: encoded) }
    for timer in header["timers"]?.arrayValue ?? [] {
      let number = try timer.count("timer")
      timers[number] = try timer.instant("at")
      timerScopes[number] = timer["scope"]?.stringValue
    }
    for name in rows.keys where name != "execution" && name != "context" {
      openScopes[name] = try Scope(key: name, encoded: Execution.row(name, in: rows))
    }
  }

  private static func row(_ name: String, in rows: [String: [UInt8]]) throws(ScopeDecodingError) -> JSONValue {
    guard let bytes = rows[name] else { throw ScopeDecodingError(description: "the row '\(name)' is missing") }
    do {
      return try JSONValue.parse(bytes, maximumDepth: 2 * Limits.jsonDepth)
    } catch {
      throw ScopeDecodingError(description: "the row '\(name)' is no JSON: \(error)")
    }
  }

  private var encodedHeader: JSONValue {
    var members: JSONObject = [
      "version": .integer(Execution.encodingVersion), "lastEvent": .integer(Int64(lastEvent)),
      "lastTask": .integer(Int64(lastTask)), "lastTimer": .integer(Int64(lastTimer)),
    ]
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
    [
      "state": .string(visit.state), "input": visit.input, "enteredAt": .integer(visit.enteredAt.milliseconds),
      "enteredEvent": .integer(Int64(visit.enteredEvent)), "previousEvent": .integer(Int64(previousEvent)),
      "retries": .object(
        JSONObject(visit.retries.sorted { $0.key < $1.key }.map { (String($0.key), .integer(Int64($0.value))) })),
      "variables": .object(JSONObject(variables.sorted { $0.key < $1.key }.map { ($0.key, $0.value) })),
      "phase": visit.phase.encoded,
    ]
  }

  fileprivate init(key: String, encoded: JSONValue) throws(ScopeDecodingError) {
    guard let state = encoded["state"]?.stringValue, let input = encoded["input"] else {
      throw ScopeDecodingError(description: "the scope '\(key)' has no state or no input")
    }
    var visit = Visit(
      state: state, input: input, enteredAt: try encoded.instant("enteredAt"),
      enteredEvent: try encoded.count("enteredEvent"))
    for member in encoded["retries"]?.objectValue ?? [:] {
      guard let retrier = Int(member.key), let count = member.value.integerValue else {
        throw ScopeDecodingError(description: "the scope '\(key)' has retries that are no numbers")
      }
      visit.retries[retrier] = Int(count)
    }
    visit.phase = try Phase(encoded: encoded["phase"] ?? [:])
    let variables = (encoded["variables"]?.objectValue ?? [:]).map { ($0.key, $0.value) }
    self.init(
      key: key, visit: visit, previousEvent: try encoded.count("previousEvent"),
      variables: Dictionary(variables, uniquingKeysWith: { $1 }))
  }
}

extension Phase {
  fileprivate var encoded: JSONValue {
    switch self {
    case .running: ["is": "running"]
    case .waiting(let timer): ["is": "waiting", "timer": .integer(Int64(timer))]
    case .retrying(let timer): ["is": "retrying", "timer": .integer(Int64(timer))]
    case .entering(let timer): ["is": "entering", "timer": .integer(Int64(timer))]
    case .task(let invocation, let timeout):
      [
        "is": "task", "timer": timeout.map { .integer(Int64($0)) } ?? .null,
        "task": .integer(Int64(invocation.task)), "resource": .string(invocation.resource),
        "state": .string(invocation.state), "arguments": invocation.arguments,
      ]
    }
  }

  fileprivate init(encoded: JSONValue) throws(ScopeDecodingError) {
    switch encoded["is"]?.stringValue {
    case "running": self = .running
    case "waiting": self = .waiting(timer: try encoded.count("timer"))
    case "retrying": self = .retrying(timer: try encoded.count("timer"))
    case "entering": self = .entering(timer: try encoded.count("timer"))
    case "task":
      guard let state = encoded["state"]?.stringValue, let resource = encoded["resource"]?.stringValue else {
        throw ScopeDecodingError(description: "a stored task has no state or no resource")
      }
      let invocation = TaskInvocation(
        task: try encoded.count("task"), state: state, resource: resource, arguments: encoded["arguments"] ?? [:])
      self = .task(invocation, timeout: encoded["timer"]?.integerValue.map(Int.init))
    default: throw ScopeDecodingError(description: "a stored phase is unknown: \(encoded["is"]?.text ?? "none")")
    }
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
  fileprivate func count(_ key: String) throws(ScopeDecodingError) -> Int {
    guard let number = self[key]?.integerValue, (0...Int64(Int32.max)).contains(number) else {
      throw ScopeDecodingError(description: "'\(key)' is no count in a stored scope")
    }
    return Int(number)
  }

  fileprivate func instant(_ key: String) throws(ScopeDecodingError) -> Instant {
    guard case .integer(let milliseconds)? = self[key] else {
      throw ScopeDecodingError(description: "'\(key)' is no time in a stored scope")
    }
    return Instant(milliseconds: milliseconds)
  }
}
