public import JobModel

/// Something that an onlooker saw: ECS, SNS, the operator, or whoever watches the hosts. Nothing of the engine's own.
public struct Observation: Sendable {
  public enum Event: Sendable {
    /// ECS took a RunTask and began a task.
    case taskStarted(SimulatedTask)
    /// A task stopped, at ``Observation/at``.
    case taskStopped(SimulatedTask)
    /// ECS was asked to stop a task that had not stopped.
    case stopAsked(arn: String, reason: String)
    /// A process asks ECS for a launch; the request may get lost yet.
    case launchAsked(process: Int, startedBy: String)
    /// ECS refuses a launch, or answers with failures; perhaps nobody hears it.
    case launchDenied(startedBy: String)
    /// Every call that reached AWS or did not, for the trace.
    case called(process: Int, operation: String, summary: String, answer: String)
    /// SNS took a message.
    case published(id: String, subject: String, body: String)
    case asked(Wish, process: Int, number: Int)
    case answered(Wish, number: Int, Answer)
    case process(number: Int, what: String)
    /// A process runs its jobs.
    case ready(process: Int)
    case clockStepped(from: Instant, to: Instant)
    case outage(Faults.Outage, begins: Bool)
    /// Somebody changes a job of the job file: who reads it from now on reads this.
    case edited(JobName, Scenario.Edition)
    /// A process begins to reload the job file; from now on that may have had an effect.
    case reloading(process: Int, Scenario.Edition)
    /// The job file of a process from now on: it starts with it, or has reloaded it.
    case reloaded(process: Int, Scenario.Edition)
    /// Nothing goes wrong any more by itself.
    case calm
    /// The job file has no schedule any more; what goes on comes to its end.
    case schedulesEnd
  }

  /// What the operator is told.
  public enum Answer: Sendable {
    case run(RunID)
    case done
    case refused(String)
  }

  /// On the monotonic clock.
  public var at: Duration
  /// The hosts' wall clock.
  public var wallClock: Instant
  public var event: Event
}

/// What an operator wants.
public enum Wish: Sendable, Hashable {
  case start(JobName)
  case rerun(JobName, force: Bool)
  case stop(RunID)
  case pause(JobName)
  case resume(JobName)
  case backfill(JobName, days: Int, force: Bool)
  case cancelBackfill(JobName)
}

/// A task as ECS has it.
public struct SimulatedTask: Sendable {
  public enum Status: String, Sendable, Comparable, CaseIterable {
    case provisioning = "PROVISIONING"
    case pending = "PENDING"
    case activating = "ACTIVATING"
    case running = "RUNNING"
    case deactivating = "DEACTIVATING"
    case stopping = "STOPPING"
    case deprovisioning = "DEPROVISIONING"
    case stopped = "STOPPED"

    public static func < (left: Status, right: Status) -> Bool {
      (allCases.firstIndex(of: left) ?? 0) < (allCases.firstIndex(of: right) ?? 0)
    }
  }

  public var arn: String
  public var cluster: String
  public var family: String
  /// The command of the container, which tells the Map item.
  public var command: [String]
  public var startedBy: String
  public var clientToken: String
  /// On the monotonic clock, as all that follows.
  public var createdAt: Duration
  public var pendingAt: Duration
  public var activatingAt: Duration
  public var runningAt: Duration
  /// From then on it is to be stopped: for a third of the way each it is DEACTIVATING, STOPPING and DEPROVISIONING.
  public var stoppingAt: Duration
  public var stoppedAt: Duration
  /// ECS does not show it before.
  public var visibleAt: Duration
  /// DescribeTasks says MISSING once more, though it was shown before.
  public var hidden: Range<Duration>?
  /// Absent where ECS leaves it out.
  public var exitCode: Int?
  public var stopCode: String
  public var stoppedReason: String
  public var containerReason: String?

  /// Whether it did its work, as its owner would say: it ended by itself with exit code 0.
  public var succeeded: Bool { exitCode == 0 && stopCode == "EssentialContainerExited" }

  public func status(at uptime: Duration) -> Status {
    if uptime >= stoppedAt { return .stopped }
    if uptime >= stoppingAt { return [.deactivating, .stopping, .deprovisioning][third(at: uptime)] }
    if uptime >= runningAt { return .running }
    if uptime >= activatingAt { return .activating }
    return uptime >= pendingAt ? .pending : .provisioning
  }

  /// Which third of its way from `stoppingAt` to `stoppedAt` it is in.
  private func third(at uptime: Duration) -> Int { min(2, Int((uptime - stoppingAt) / (stoppedAt - stoppingAt) * 3)) }

  /// What it never comes to, it never passes.
  mutating func skipWhatIsNeverReached() {
    activatingAt = max(activatingAt, pendingAt)
    runningAt = max(runningAt, activatingAt)
  }

  /// Whether it goes on until somebody or something ends it.
  func isToRun(at uptime: Duration) -> Bool { uptime < stoppingAt }

  /// Farther away than any simulation goes.
  static let never = Duration.seconds(1_000_000_000)
}

extension Observation.Event: CustomStringConvertible {
  public var description: String {
    switch self {
    case .taskStarted(let task): "ECS starts \(task.arn.suffix(6)) for \(task.startedBy)"
    case .taskStopped(let task):
      "ECS: \(task.arn.suffix(6)) has stopped: \(task.stopCode), exit code \(task.exitCode.map(String.init) ?? "absent")"
    case .stopAsked(let arn, let reason): "ECS is to stop \(arn.suffix(6)): \(reason)"
    case .launchAsked(let process, let startedBy): "[\(process)] asks for \(startedBy)"
    case .launchDenied(let startedBy): "ECS denies \(startedBy)"
    case .called(let process, let operation, let summary, let answer):
      "[\(process)] \(operation) \(summary) -> \(answer)"
    case .published(let id, _, _): "SNS takes \(id)"
    case .asked(let wish, let process, let number): "the operator asks [\(process)] (\(number)): \(wish)"
    case .answered(let wish, let number, let answer): "the operator is told (\(number)): \(wish): \(answer)"
    case .process(let number, let what): "[\(number)] \(what)"
    case .ready(let process): "[\(process)] is ready"
    case .clockStepped(let from, let to): "the wall clock is set from \(from) to \(to)"
    case .outage(let outage, let begins): "\(outage) is \(begins ? "out" : "back")"
    case .edited(let job, let edition):
      "the job file is changed: " + (edition.jobs.first { $0.name == job }?.yaml.joined(separator: " ") ?? "")
    case .reloading(let process, _): "[\(process)] is to read its job file"
    case .reloaded(let process, _): "[\(process)] has read its job file"
    case .calm: "nothing goes wrong any more"
    case .schedulesEnd: "the job file has no schedule any more"
    }
  }

  /// The job that it concerns; nil for what concerns them all.
  var job: JobName? {
    switch self {
    case .taskStarted(let task), .taskStopped(let task):
      JobName(String(task.startedBy.split(separator: "/").dropFirst(2).first ?? ""))
    case .launchAsked(_, let startedBy), .launchDenied(let startedBy):
      JobName(String(startedBy.split(separator: "/").dropFirst(2).first ?? ""))
    case .called(_, _, let summary, _): JobName(String(summary.split(separator: "/").dropFirst(2).first ?? ""))
    case .published(let id, _, _): JobName(String(id.prefix { $0 != "." }))
    case .asked(let wish, _, _), .answered(let wish, _, _): wish.job
    default: nil
    }
  }
}

extension Wish {
  var job: JobName {
    switch self {
    case .start(let job), .rerun(let job, _), .pause(let job), .resume(let job), .backfill(let job, _, _),
      .cancelBackfill(let job):
      job
    case .stop(let run): run.job
    }
  }
}
