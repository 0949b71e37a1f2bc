/// What the interpreter asks a driver to do, before it is a launch.
public struct TaskRequest: Equatable, Sendable {
  public var launch: LaunchID
  /// The interpreter's own number of the Task attempt.
  public var task: Int
  /// The key of the interpreter's scope in which the state stands.
  public var scope: String
  /// What somebody has to bring back for the task to be over; nil for a resource without `.waitForTaskToken`. The
  /// arguments hold it wherever the definition put it.
  public var token: String?
  public var state: String
  public var resource: String
  /// The state's effective input: its Parameters or Arguments.
  public var arguments: JSONValue
  public var policy: TaskPolicy

  public init(
    launch: LaunchID, task: Int, scope: String = "root", token: String? = nil, state: String, resource: String,
    arguments: JSONValue, policy: TaskPolicy = .none
  ) {
    self.launch = launch
    self.task = task
    self.scope = scope
    self.token = token
    self.state = state
    self.resource = resource
    self.arguments = arguments
    self.policy = policy
  }
}

/// Why a Task failed, as Retry and Catch see it and as people read it.
public struct TaskFailure: Error, Equatable, Codable, Sendable {
  /// The error name that the history shows, such as `States.TaskFailed`.
  public var error: String
  /// Further names under which Retry and Catch may match it, such as `ECS.OutOfMemory`.
  public var aliases: [String]
  /// For a task that ran: the stopped task as JSON text, as Step Functions gives it.
  public var cause: String
  public var diagnosis: Diagnosis?
  /// The stopped task's whole JSON, where there is one.
  public var result: JSONValue?

  public init(
    error: String, aliases: [String] = [], cause: String, diagnosis: Diagnosis? = nil, result: JSONValue? = nil
  ) {
    self.error = error
    self.aliases = aliases
    self.cause = cause
    self.diagnosis = diagnosis
    self.result = result
  }
}

/// What a driver has to say about a launch.
public enum LaunchReport: Equatable, Sendable {
  /// The resource took the request, and there is something to follow to its end.
  case submitted(taskARN: String, submission: JSONValue)
  /// It is over.
  ///
  /// - Parameters:
  ///   - output: the Task state's result.
  ///   - result: what is kept: the stopped task's whole JSON, or the answer.
  ///   - diagnosis: where there is something to say of a success: that there was nothing to do.
  case succeeded(output: JSONValue, result: JSONValue, diagnosis: Diagnosis? = nil)
  case failed(TaskFailure)
}

/// What has become of a launch whose time is over.
public enum LaunchFate: Equatable, Sendable {
  /// It had ended, though nobody has heard of it yet: this counts.
  case over(LaunchReport)
  /// It goes on, or nothing can be asked about it: it is given up.
  case goesOn
  /// Whether there is anything to give up is not known yet: what ``TaskDriver/start(_:recovering:)`` reports will tell.
  case open
}

/// Performs the Task states of the resources that it handles.
///
/// The engine commits what ``prepare(_:)`` yields before it calls ``start(_:recovering:)``, and every
/// report before it acts on it.
///
/// A task with a token is over when the token is answered. Of such a task ``start(_:recovering:)`` reports
/// `submitted` where there is a task to stop, or `succeeded` with the resource's answer where there is none; both mean
/// that the token is out. ``follow(_:)``, which is called after `submitted`, then reports `failed` where certainly
/// nobody is left who could answer, and otherwise, once the task is over, `succeeded`, which changes nothing.
public protocol TaskDriver: Sendable {
  /// Whether it brings the outcome of tasks with a token by itself, as a mock does: what `start` and `follow` report
  /// is then the answer. Only asked by who runs a machine without a daemon, where nobody else can answer.
  var answersForTokens: Bool { get }

  func handles(_ resource: String) -> Bool

  /// The launch to commit: the request in full, with its token. Pure: no clock, no network.
  func prepare(_ request: TaskRequest, installation: String, at now: Instant) throws(TaskFailure) -> Launch

  /// Sends the launch and waits until it is known what became of the request: submitted, over, or failed. It may send the
  /// request again and again, for hours: another instance may have taken over the run meanwhile, and given the launch up.
  ///
  /// - Parameters:
  ///   - recovering: an earlier process may have sent this launch already.
  ///   - permit: to be asked right before each request is signed; throws where the launch is no longer this process's.
  func start(
    _ launch: Launch, recovering: Bool, permit: @escaping LaunchPermit
  ) async throws(CancellationError) -> LaunchReport

  /// Waits until a submitted launch is over.
  func follow(_ launch: Launch) async throws(CancellationError) -> LaunchReport

  /// Looks at a launch whose time is over, so that one that ended in time is not done again. Where the resource cannot
  /// be reached it asks again and again.
  func look(_ launch: Launch) async throws(CancellationError) -> LaunchFate

  /// Asks for a launch to be stopped, again and again until the resource was told or has refused.
  ///
  /// - Parameter reason: shown afterwards wherever the resource shows such reasons.
  func stop(_ launch: Launch, reason: String) async throws(CancellationError)
}

/// Returns while a launch is this process's to send: with the time, on the monotonic clock, until which it certainly
/// stays so. A process that is halted after its permit may find itself far beyond it.
public typealias LaunchPermit = @Sendable () async throws(CancellationError) -> Duration

extension TaskDriver {
  public var answersForTokens: Bool { false }

  public func look(_ launch: Launch) async throws(CancellationError) -> LaunchFate { .goesOn }

  /// Where nobody else can take the launch over.
  public func start(_ launch: Launch, recovering: Bool) async throws(CancellationError) -> LaunchReport {
    try await start(launch, recovering: recovering) { () async throws(CancellationError) in .seconds(Int64.max) }
  }
}
