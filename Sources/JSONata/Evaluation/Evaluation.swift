internal import JobModel

/// One evaluation: what it may still use, what it needs of the world, and the functions it can call.
///
/// A class because everything that takes part shares it; it lives as long as the evaluation.
final class Evaluation {
  var budget: EvaluationBudget
  var environment: JSONataEnvironment
  let limits: JSONataLimits
  /// What `$now` and `$millis` tell, however long the evaluation lasts.
  let startedAt: Instant
  private let variables: [String: JSONValue]
  private let functions: HostFunctions

  private var depth = 0
  private var callDepth = 0
  /// The depth at which the present stack may be used up.
  private var stackDepth = FreshStack.firstDepth
  /// Frames and functions may hold each other in circles and in long chains; at the end they are emptied one by one.
  private var frames: [Frame] = []
  private var made: [Function] = []

  init(_ environment: JSONataEnvironment, variables: [String: JSONValue], functions: HostFunctions) {
    self.environment = environment
    self.variables = variables
    self.functions = functions
    limits = environment.limits
    budget = EvaluationBudget(environment.limits)
    startedAt = environment.now
  }

  /// Lets go of everything that functions hold.
  func finish() {
    for frame in frames { frame.empty() }
    for function in made { function.release() }
  }

  // MARK: Bounds

  func enter() throws(JSONataError) {
    depth += 1
    if depth > limits.evaluationDepth {
      depth -= 1
      throw .bound(
        "Stack overflow error: Check for non-terminating recursive function.  Consider rewriting as tail-recursive.")
    }
    do {
      try budget.spend()
    } catch {
      depth -= 1
      throw error
    }
  }

  func leave() { depth -= 1 }

  var needsFreshStack: Bool { depth > stackDepth }

  /// Runs `body` on a stack of its own and waits for it.
  func onFreshStack<Result>(_ body: () throws(JSONataError) -> Result) throws(JSONataError) -> Result {
    try budget.spend(FreshStack.cost)
    let before = stackDepth
    stackDepth = depth + FreshStack.depth
    defer { stackDepth = before }
    return try FreshStack.run(body)
  }

  func call<Result>(_ body: () throws(JSONataError) -> Result) throws(JSONataError) -> Result {
    callDepth += 1
    defer { callDepth -= 1 }
    if callDepth > limits.callDepth {
      throw .bound(
        "Stack overflow error: Check for non-terminating recursive function.  Consider rewriting as tail-recursive.")
    }
    return try body()
  }

  /// A value that was just made, unless it nests too deeply for what walks over it.
  func checked(_ value: Value?) throws(JSONataError) -> Value? {
    if let value, value.depth > JSONataLimits.valueDepth { throw .bound("The expression nests data too deeply") }
    return value
  }

  // MARK: Names

  func lookup(_ name: String, _ frame: Frame) -> Value? {
    var current: Frame? = frame
    while let scope = current {
      if let value = scope.own(name) { return value }
      current = scope.parent
    }
    if let value = variables[name] { return Value(value) }
    return function(name)
  }

  private func function(_ name: String) -> Value? {
    if let host = functions[name] { return host.map { .function(Function(.host($0))) } }
    return StandardFunctions.table[name].map { .function(Function(.native($0))) }
  }

  /// A new function, which may hold others.
  func make(_ kind: Function.Kind, capturing frame: Frame? = nil) -> Value {
    var current = frame
    while let scope = current, !scope.isCaptured {
      scope.isCaptured = true
      frames.append(scope)
      current = scope.parent
    }
    let function = Function(kind)
    made.append(function)
    return .function(function)
  }
}

extension JSONataLimits {
  /// Arrays and objects within each other that an evaluation makes. Input may be as deep again; whoever reads the
  /// result as JSON has a bound of its own.
  static let valueDepth = 128
}
