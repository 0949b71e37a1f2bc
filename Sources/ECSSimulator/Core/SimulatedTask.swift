internal import JobModel

/// ECS's life cycle of a task (developer guide, "Amazon ECS task lifecycle").
enum TaskStatus: String, Sendable, Comparable, CaseIterable {
  case provisioning = "PROVISIONING"
  case pending = "PENDING"
  case activating = "ACTIVATING"
  case running = "RUNNING"
  case deactivating = "DEACTIVATING"
  case stopping = "STOPPING"
  case deprovisioning = "DEPROVISIONING"
  case stopped = "STOPPED"

  private var order: Int { TaskStatus.allCases.firstIndex(of: self) ?? 0 }

  static func < (left: TaskStatus, right: TaskStatus) -> Bool { left.order < right.order }
}

/// Why a task is stopped, as DescribeTasks shows it.
struct StopCause: Equatable, Sendable {
  var code: String
  var reason: String
}

/// A container of a task.
struct SimulatedContainer: Equatable, Sendable {
  enum State: Equatable, Sendable {
    case waiting
    /// The process is being started; whether it runs is not known yet.
    case starting
    case running
    case stopped
  }

  var name: String
  var id: String
  var image: String
  var isEssential: Bool
  var cpu: String
  var memory: String?
  /// Entry point and command: the process's arguments.
  var arguments: [String]
  var environment: [String: String]
  /// Variables whose values ECS would have read from Secrets Manager or SSM: here they are not set.
  var secrets: [String] = []
  var stopTimeout: Duration
  /// Nil for a process.
  var behaviour: ContainerBehaviour?
  /// Where its output goes; nil where nobody asks for it.
  var log: ContainerLogTarget?
  var state = State.waiting
  var exitCode: Int?
  var reason: String?
  /// When a simulated container exits, and how.
  var exitsAt: Instant?
  var nextExitCode: Int?
  var killsAt: Instant?
}

/// Where a container logs to with awslogs.
struct ContainerLogTarget: Equatable, Sendable {
  var group: String
  /// Nil: its stream is named after the container's id.
  var prefix: String?
}

/// What faults have in store for a task.
struct TaskFate: Equatable, Sendable {
  /// Stays in this state for so much longer.
  var slow: [TaskStatus: Duration] = [:]
  /// Never leaves this state by itself.
  var hangsIn: TaskStatus?
  /// Fails at the end of PENDING.
  var failsToStart: StopCause?
  /// Is stopped from outside, so long after it runs.
  var stop: (after: Duration, cause: StopCause, exitCode: Int?, containerReason: String?)?
  /// DescribeTasks and ListTasks do not know the task until then.
  var hiddenUntil: Instant?
  var omitsExitCodes = false

  static func == (left: TaskFate, right: TaskFate) -> Bool {
    left.slow == right.slow && left.hangsIn == right.hangsIn && left.failsToStart == right.failsToStart
      && left.hiddenUntil == right.hiddenUntil && left.omitsExitCodes == right.omitsExitCodes
      && left.stop?.after == right.stop?.after && left.stop?.cause == right.stop?.cause
      && left.stop?.exitCode == right.stop?.exitCode
  }
}

/// One task, from RunTask until it is forgotten.
struct SimulatedTask: Equatable, Sendable {
  var id: String
  /// Counts the account's tasks: the order of ListTasks.
  var sequence: Int
  var cluster: String
  var definition: DefinitionKey
  var containers: [SimulatedContainer]
  var launchType: String
  var capacityProvider: String?
  var startedBy: String?
  var clientToken: String?
  var group: String
  var overrides: JSONObject
  var tags: [JSONValue]
  var cpu: String?
  var memory: String?
  var subnet: String?
  var attachmentID: String
  var enableExecuteCommand: Bool
  var fate = TaskFate()

  var status: TaskStatus
  var version = 1
  var stop: StopCause?
  var createdAt: Instant
  var connectivityAt: Instant?
  var pullStartedAt: Instant?
  var pullStoppedAt: Instant?
  var startedAt: Instant?
  var stoppingAt: Instant?
  var executionStoppedAt: Instant?
  var stoppedAt: Instant?

  /// When the present state ends by itself.
  var phaseEndsAt: Instant?
  var faultStopsAt: Instant?
  var forgottenAt: Instant?

  var isDesiredToRun: Bool { stop == nil }
  var areContainersStarted: Bool { containers.contains { $0.state != .waiting } }
  var areContainersStopped: Bool { containers.allSatisfy { $0.state == .stopped || $0.state == .waiting } }
  var processes: Int { containers.count { $0.behaviour == nil } }

  /// The earliest of the task's own timers.
  var nextAt: Instant? {
    let timers = [phaseEndsAt, faultStopsAt, forgottenAt] + containers.flatMap { [$0.exitsAt, $0.killsAt] }
    return timers.compactMap { $0 }.min()
  }

  /// The container's id on its host.
  func runtimeID(_ index: Int) -> String { "\(id)-\(containers[index].id.prefix(8))" }

  /// The stream of a container that logs.
  func logStream(_ index: Int) -> SimulatedLogs.StreamName? {
    containers[index].log.map { log in
      SimulatedLogs.StreamName(
        group: log.group,
        stream: log.prefix.map { "\($0)/\(containers[index].name)/\(id)" } ?? runtimeID(index))
    }
  }

  func isHidden(at now: Instant) -> Bool { fate.hiddenUntil.map { now < $0 } ?? false }
}

/// A container of a task, wherever a process reports.
struct ContainerKey: Hashable, Sendable {
  var task: String
  var index: Int
}

/// A process to start.
struct ContainerLaunch: Equatable, Sendable {
  var key: ContainerKey
  var name: String
  var arguments: [String]
  var environment: [String: String]
  /// Names of variables that are not set, since nothing here knows their values.
  var secrets: [String] = []
  /// Its output is wanted.
  var isLogged = false
}

/// What the shell has to do after a step of ``SimulatedECS``.
enum SimulatorEffect: Equatable, Sendable {
  case start(ContainerLaunch)
  case terminate(ContainerKey)
  case kill(ContainerKey)
  /// The task's folder and logs may go.
  case forget(task: String)
  /// A task definition names this log group.
  case nameLogGroup(String)
  /// The container's output goes to this stream.
  case openLog(ContainerKey, SimulatedLogs.StreamName)
  /// A line of the log of started tasks.
  case record(JSONValue)
}

/// What a process has to say.
enum ContainerReport: Equatable, Sendable {
  case started
  case failedToStart(String)
  /// 128 + n for a process that signal n ended.
  case exited(Int)
}
