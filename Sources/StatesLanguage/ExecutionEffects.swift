public import JobModel

/// Something that the execution wants done outside; a list of them is what each event yields.
///
/// The engine commits the execution's new state and the intended effects together, then performs them;
/// reports come back as events of the execution.
public enum ExecutionEffect: Equatable, Sendable {
  /// Append to the run's history.
  case record(HistoryEvent)
  /// Perform a Task state's attempt; answered by ``TaskEvent``s.
  case invoke(TaskInvocation)
  /// Stop what an earlier `invoke` began; nothing it reports will be looked at any more.
  case cancel(task: Int, reason: String)
  /// Call `timerFired` at or after this instant. A timer that is armed again is moved.
  case arm(timer: Int, at: Instant)
  case disarm(timer: Int)
  /// The execution is over.
  case finish(ExecutionResult)
}

/// One attempt to perform one Task state.
public struct TaskInvocation: Equatable, Sendable, Codable {
  /// Unique within the execution, from 1, ascending.
  public var task: Int
  /// The key of the scope in which the state stands: `root`, or `root/3` for a branch or an iteration.
  public var scope: String
  public var state: String
  public var resource: String
  public var arguments: JSONValue
  /// What somebody has to bring back for the task to be over, for a `.waitForTaskToken` resource; nil for others.
  public var token: String?

  public init(
    task: Int, scope: String = "root", state: String, resource: String, arguments: JSONValue, token: String? = nil
  ) {
    self.task = task
    self.scope = scope
    self.state = state
    self.resource = resource
    self.arguments = arguments
    self.token = token
  }
}

/// What became of an attempt, as far as the language cares.
public enum TaskEvent: Equatable, Sendable {
  /// Taken by the resource; `output` is what TaskSubmitted shows. Only for resources that are followed
  /// to their end (`.sync`, `.waitForTaskToken`).
  case submitted(output: JSONValue)
  /// It still works: HeartbeatSeconds count anew.
  case heartbeat
  case succeeded(output: JSONValue)
  /// `aliases` are further names under which Retry and Catch may match the error.
  case failed(error: String, aliases: [String], cause: String)
}

public enum ExecutionResult: Equatable, Sendable {
  case succeeded(output: JSONValue)
  case failed(error: String?, cause: String?)
  case timedOut(error: String?, cause: String?)
  case aborted(error: String?, cause: String?)
}
