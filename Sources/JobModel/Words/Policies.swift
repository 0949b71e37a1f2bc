/// What a job's tasks are judged by, beside what ECS says. Kept with the run and with each launch, so that a
/// reload changes nothing for a run that is going on.
public struct TaskPolicy: Hashable, Codable, Sendable {
  /// How long a task may take from when ECS took it until it runs; nil for as long as it likes.
  public var startTimeoutSeconds: Int?
  /// Exit codes beside 0 with which an essential container has done its work.
  public var successExitCodes: Set<Int>
  /// Exit codes with which a task says that there was nothing to do: the slot is SKIPPED.
  public var skipExitCodes: Set<Int>
  /// Texts to look for in what ECS says of a stopped task; the one at place n gives the failure the further
  /// name `ECS.StoppedReason.<n + 1>`, for Retry and Catch.
  public var stoppedReasons: [String]

  public init(
    startTimeoutSeconds: Int? = nil, successExitCodes: Set<Int> = [], skipExitCodes: Set<Int> = [],
    stoppedReasons: [String] = []
  ) {
    self.startTimeoutSeconds = startTimeoutSeconds
    self.successExitCodes = successExitCodes
    self.skipExitCodes = skipExitCodes
    self.stoppedReasons = stoppedReasons
  }

  /// Nothing but what ECS says.
  public static let none = TaskPolicy()
}

/// A place in a named pool, which bounds how many runs of its jobs go on at a time.
public struct PoolPlace: Hashable, Codable, Sendable {
  public var name: String
  /// Runs at a time, of all jobs of the pool together.
  public var limit: Int
  /// The waiting slot of the highest priority is next; of equal ones the oldest.
  public var priority: Int

  public init(name: String, limit: Int, priority: Int = 0) {
    self.name = name
    self.limit = limit
    self.priority = priority
  }
}

/// A length of time that is fixed, or follows from how long the job has taken.
public enum Allowance: Hashable, Codable, Sendable {
  case fixed(seconds: Int)
  /// So many times the median of the last successful runs; nothing while there are fewer than
  /// ``Allowance/fewestRuns``.
  case median(times: Double)

  /// How many successful runs the median is taken of, at most.
  public static let mostRuns = 20
  /// Of fewer runs a median says nothing.
  public static let fewestRuns = 3

  /// - Parameter durations: of the last successful runs, in any order.
  public func length(after durations: [Duration]) -> Duration? {
    switch self {
    case .fixed(let seconds): return .seconds(seconds)
    case .median(let times):
      guard durations.count >= Self.fewestRuns else { return nil }
      let sorted = durations.sorted()
      let middle = sorted.count / 2
      let median = sorted.count.isMultiple(of: 2) ? (sorted[middle - 1] + sorted[middle]) / 2 : sorted[middle]
      return max(.seconds(1), median * times)
    }
  }
}

/// The policies with which a run began, beside its state machine.
public struct RunPolicy: Hashable, Codable, Sendable {
  /// The IANA zone of the job's days.
  public var timezone: String
  public var pool: PoolPlace?
  public var task: TaskPolicy
  public var subscriptions: [Subscription]
  /// After this the run is told to be late, unless it has succeeded.
  public var lateAt: Instant?
  /// After this the run is told to take too long.
  public var tooLongAt: Instant?
  /// Whether the job's run before this one failed, so that a success is a recovery.
  public var followsFailure: Bool
  public var limits: MachineLimits

  public init(
    timezone: String = "UTC", pool: PoolPlace? = nil, task: TaskPolicy = .none, subscriptions: [Subscription] = [],
    lateAt: Instant? = nil, tooLongAt: Instant? = nil, followsFailure: Bool = false,
    limits: MachineLimits = .stepFunctions
  ) {
    self.timezone = timezone
    self.pool = pool
    self.task = task
    self.subscriptions = subscriptions
    self.lateAt = lateAt
    self.tooLongAt = tooLongAt
    self.followsFailure = followsFailure
    self.limits = limits
  }
}
