public import AWSClient

/// How an ``ECSSimulator`` behaves.
public struct ECSSimulatorConfiguration: Sendable {
  /// What runs when a container starts.
  public enum Processes: Sendable, Equatable {
    /// Every container is simulated (`JOBD_SIMULATE`); one that does not say how exits with 0 at once.
    case none
    /// A container is a process on this machine, unless it carries `JOBD_SIMULATE`.
    case local
  }

  /// 0 lets the system choose one; ``ECSSimulator/port()`` tells which.
  public var port = 0
  public var region = "us-east-1"
  public var accountID = "123456789012"
  /// Who may call. Whoever holds one of these starts processes as this user: on a machine that is shared
  /// take a pair drawn at random.
  public var credentials = [AWSCredentials(accessKeyID: "test", secretAccessKey: "test")]
  public var checksSignatures = true
  /// Unknown clusters, topics and task definitions come into being when they are first used.
  public var autoCreate = false
  /// Clusters that are there from the start.
  public var clusters: [String] = []
  public var processes = Processes.local
  /// Processes at one time; further tasks wait in PENDING.
  public var maximumProcesses = 64
  public var delays = LifeCycleDelays.quick
  /// From SIGTERM to SIGKILL, where the task definition has no `stopTimeout` (ECS: 30 s).
  public var stopTimeout = Duration.seconds(30)
  /// How long a stopped task can be described (ECS: at least one hour).
  public var retention = Duration.seconds(3_600)
  /// Bytes that are kept of a container's output: the first of them in its file, the last in CloudWatch Logs'
  /// stream; the rest is read and dropped.
  public var logBytes = 8 << 20
  /// The log group of containers whose task definition has no log configuration; their streams are
  /// `family/container/task-id`, and DescribeTaskDefinition shows what was registered. Nil: they have none.
  public var defaultLogGroup: String?
  /// Where working folders and logs are; nil makes a temporary folder, which goes when the simulator ends.
  public var stateFolder: String?
  /// A file to which every task's start and stop is appended, a JSON object a line: it can be read after
  /// the simulator was killed.
  public var taskLogFile: String?

  public init() {}
}

/// How long a task stays in the states of its life cycle.
public struct LifeCycleDelays: Sendable, Equatable {
  public var provisioning: Duration
  public var pending: Duration
  public var activating: Duration
  public var deactivating: Duration
  public var deprovisioning: Duration

  public init(
    provisioning: Duration = .zero, pending: Duration = .zero, activating: Duration = .zero,
    deactivating: Duration = .zero, deprovisioning: Duration = .zero
  ) {
    self.provisioning = provisioning
    self.pending = pending
    self.activating = activating
    self.deactivating = deactivating
    self.deprovisioning = deprovisioning
  }

  public static let none = LifeCycleDelays()
  /// Long enough to see every state, short enough to wait for.
  public static let quick = LifeCycleDelays(
    provisioning: .milliseconds(100), pending: .milliseconds(100), activating: .milliseconds(50),
    deactivating: .milliseconds(50), deprovisioning: .milliseconds(100))
  /// About what Fargate takes.
  public static let fargate = LifeCycleDelays(
    provisioning: .seconds(8), pending: .seconds(12), activating: .seconds(1), deactivating: .seconds(10),
    deprovisioning: .seconds(23))
}

/// The simulator's own limits; ECS's are beside the checks that hold them.
enum SimulatorLimits {
  /// Bytes of a request's body.
  static let bodyBytes = 4 << 20
  /// Entries of the log of started tasks in memory; the oldest go first.
  static let startedTasks = 1_000_000
  /// Messages that are kept of all topics; the oldest go first.
  static let messages = 10_000
  /// Bytes of a message (SNS API, Publish).
  static let messageBytes = 262_144
  /// Bytes of all log streams together, and their number; the oldest go first.
  static let logBytes = 32 << 20
  static let logStreams = 20_000
  /// Fault rules at one time.
  static let faultRules = 1_000
}
