internal import JobModel

/// A fault that is to happen: to which requests, how often, and what.
///
/// Rules come as JSON from `POST /_simulator/faults` or from a test as values. A rule counts the requests
/// that it matches; the faults of all rules that strike a request happen together.
public struct FaultRule: Equatable, Sendable {
  /// The operation, such as `RunTask`, `Publish`, or `*` for all.
  public var operation: String
  public var cluster: String?
  /// The task definition's family; for DescribeTasks and StopTask that of the first task named.
  public var family: String?
  public var startedBy: String?
  /// How many matching requests pass before the rule strikes.
  public var skip: Int
  /// How often it strikes; nil for always.
  public var times: Int?
  /// How likely it strikes a matching request, drawn from `seed`.
  public var probability: Double
  public var seed: UInt64
  public var effect: FaultEffect

  public init(
    operation: String, cluster: String? = nil, family: String? = nil, startedBy: String? = nil, skip: Int = 0,
    times: Int? = 1, probability: Double = 1, seed: UInt64 = 1, effect: FaultEffect
  ) {
    self.operation = operation
    self.cluster = cluster
    self.family = family
    self.startedBy = startedBy
    self.skip = skip
    self.times = times
    self.probability = probability
    self.seed = seed
    self.effect = effect
  }
}

/// What happens to a request, or to the task that it starts.
public enum FaultEffect: Equatable, Sendable {
  /// HTTP 400 ThrottlingException, nothing done.
  case throttle
  /// An error answer: a 5xx by default.
  ///
  /// - Parameter afterWork: the work was done all the same.
  case error(status: Int, code: String, message: String, afterWork: Bool)
  /// The connection is closed without an answer.
  case drop(afterWork: Bool)
  /// The answer comes so much later.
  ///
  /// - Parameter beforeWork: so does the work: perhaps after the caller has given up.
  case delay(Duration, beforeWork: Bool)
  /// Half of the answer's body, then the end of the connection.
  case truncate
  /// The work is done, and the answer is 200 with a body that is no JSON and no XML.
  case garbage
  /// The work is not done; the answer is a proxy's 502 in HTML.
  case html
  case task(TaskEffect)
}

/// What happens to the tasks of a RunTask.
public enum TaskEffect: Equatable, Sendable {
  /// HTTP 200 with an entry in `failures` and no task.
  ///
  /// - Parameter startsAnyway: a capacity failure that lies: the task starts all the same.
  case failure(reason: String, detail: String?, startsAnyway: Bool)
  /// DescribeTasks answers MISSING for so long (eventual consistency).
  case missing(Duration)
  /// Stays in a state for so much longer.
  case slow(TaskState, Duration)
  /// Never leaves a state by itself.
  case hang(TaskState)
  case stop(StopFault, after: Duration)
  /// The containers' exit codes are not shown.
  case noExitCode
}

/// The states in which a task can be slow or hang.
public enum TaskState: String, Sendable, CaseIterable {
  case provisioning = "PROVISIONING"
  case pending = "PENDING"
  case activating = "ACTIVATING"
  case running = "RUNNING"
  case deactivating = "DEACTIVATING"
  case stopping = "STOPPING"
  case deprovisioning = "DEPROVISIONING"

  var status: TaskStatus { TaskStatus(rawValue: rawValue) ?? .pending }
}

/// The families of reasons for which ECS stops a task (developer guide, "Stopped tasks error codes").
public enum StopFault: String, Sendable, CaseIterable {
  case spot, maintenance, host
  case image, secrets, network, storage, create, start, architecture
  case outOfMemory

  /// Whether the task never comes to run.
  var isBeforeStart: Bool {
    switch self {
    case .spot, .maintenance, .host, .outOfMemory: false
    case .image, .secrets, .network, .storage, .create, .start, .architecture: true
    }
  }

  var cause: StopCause {
    let failed = "TaskFailedToStart"
    return switch self {
    case .spot: StopCause(code: "SpotInterruption", reason: "Your Spot Task was interrupted.")
    case .maintenance:
      StopCause(
        code: "TerminationNotice",
        reason: "ECS is performing maintenance on the underlying infrastructure hosting the task.")
    case .host:
      StopCause(code: "InfrastructureHealth", reason: "Host EC2 (instance i-0123456789abcdef0) terminated.")
    case .image:
      StopCause(
        code: failed,
        reason: "CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref "
          + "docker.io/library/nowhere:latest: pull access denied, repository does not exist")
    case .secrets:
      StopCause(
        code: failed,
        reason: "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval "
          + "failed: unable to retrieve secret from asm: service call has been retried 1 time(s)")
    case .network:
      StopCause(code: failed, reason: "Timeout waiting for network interface provisioning to complete.")
    case .storage:
      StopCause(code: failed, reason: "Timeout waiting for EphemeralStorage provisioning to complete.")
    case .create:
      StopCause(code: failed, reason: "CannotCreateContainerError: context deadline exceeded")
    case .start:
      StopCause(code: failed, reason: "CannotStartContainerError: failed to get container status")
    case .architecture:
      StopCause(
        code: failed, reason: "CannotStartContainerError: failed to create task: exec /app: exec format error")
    case .outOfMemory: .essentialContainerExited
    }
  }
}

extension TaskEffect {
  struct Failure: Equatable {
    var reason: String
    var detail: String?
    var startsAnyway: Bool

    func json(_ arns: ResourceNames, cluster: String) -> JSONValue {
      var json: JSONObject = ["arn": .string(arns.cluster(cluster)), "reason": .string(reason)]
      if let detail { json["detail"] = .string(detail) }
      return .object(json)
    }
  }

  var failure: Failure? {
    guard case .failure(let reason, let detail, let startsAnyway) = self else { return nil }
    return Failure(reason: reason, detail: detail, startsAnyway: startsAnyway)
  }

  func apply(to fate: inout TaskFate, at now: Instant) {
    switch self {
    case .failure: break
    case .missing(let length): fate.hiddenUntil = now + length
    case .slow(let state, let length): fate.slow[state.status] = length
    case .hang(let state): fate.hangsIn = state.status
    case .noExitCode: fate.omitsExitCodes = true
    case .stop(let fault, _) where fault.isBeforeStart: fate.failsToStart = fault.cause
    case .stop(.outOfMemory, let after):
      fate.stop = (after, .essentialContainerExited, 137, "OutOfMemoryError: Container killed due to memory usage")
    case .stop(let fault, let after): fate.stop = (after, fault.cause, nil, nil)
    }
  }
}
