internal import Foundation
public import JobModel
public import Logging
internal import Synchronization

/// Performs `local:run`: a command as a process on this host, for glue between tasks.
///
/// It begins only in ``follow(_:)``, which is called once it is committed that it is to begin. So a launch that a
/// crash left before that never ran, and is started; of one that was left after it nobody knows how it ended: what is
/// left of it is ended, and the state fails with `Jobd.UnknownOutcome`.
///
/// Commands end with jobd: they get SIGTERM when it stops, and the next start finds their outcome unknown.
public final class LocalTaskDriver: TaskDriver {
  /// Whether commands may run, and what to say where they may not.
  public struct Permission: Sendable {
    public var isGiven: @Sendable () async -> Bool
    public var remedy: String

    public init(remedy: String, isGiven: @escaping @Sendable () async -> Bool) {
      self.isGiven = isGiven
      self.remedy = remedy
    }
  }

  private enum State {
    /// Committed, or about to be; not begun.
    case accepted
    case stopped
    case running(pid_t)
    /// It has had its SIGTERM.
    case ending(pid_t)
  }

  private let permission: Permission
  private let time: any TimeSource
  private let logger: Logger
  private let host: String
  private let commands = Mutex<[LaunchID: State]>([:])

  public init(permission: Permission, time: any TimeSource, logger: Logger) {
    self.permission = permission
    self.time = time
    self.logger = logger
    host = ProcessInfo.processInfo.hostName
  }

  public func handles(_ resource: String) -> Bool {
    resource == "local:run"
      || ["aws", "aws-cn", "aws-us-gov"].contains { resource == "arn:\($0):states:::local:run" }
  }

  public func prepare(
    _ request: TaskRequest, installation: String, at now: Instant
  ) throws(TaskFailure) -> Launch {
    let command = try LocalCommand(request.arguments, state: request.state)
    return Launch(
      id: request.launch, task: request.task, state: request.state, resource: request.resource, request: command.json,
      startedBy: "\(installation)/\(request.launch)", intendedAt: now, policy: request.policy)
  }

  public func start(
    _ launch: Launch, recovering: Bool, permit: @escaping LaunchPermit
  ) async throws(CancellationError) -> LaunchReport {
    _ = try await permit()
    guard await permission.isGiven() else { return .failed(LocalReports.notAllowed(permission.remedy)) }
    commands.withLock { $0[launch.id] = .accepted }
    return .submitted(taskARN: "\(host)/\(launch.id)", submission: ["Host": .string(host)])
  }

  public func follow(_ launch: Launch) async throws(CancellationError) -> LaunchReport {
    switch commands.withLock({ $0[launch.id] }) {
    case .accepted: return try await run(launch)
    case .stopped:
      commands.withLock { $0[launch.id] = nil }
      return .failed(LocalReports.stoppedBefore)
    case .running, .ending, nil:
      // An earlier process began it; its output is lost, and with it what it did.
      ProcessFamily(mark: mark(launch)).end()
      return .failed(
        LocalReports.unknown("jobd ended while the command ran, and the command with it; what it did is not known"))
    }
  }

  private func run(_ launch: Launch) async throws(CancellationError) -> LaunchReport {
    defer { commands.withLock { $0[launch.id] = nil } }
    let command: LocalCommand
    do throws(TaskFailure) {
      command = try LocalCommand(launch.request, state: launch.state)
    } catch {
      return .failed(error)
    }
    let run = launch.id.run
    let process = LocalProcess(
      command: command,
      variables: [("JOBD_JOB", run.job.description), ("JOBD_RUN", run.description)], mark: mark(launch))
    let end = try await process.run { process in
      let isStopped = commands.withLock { commands in
        let isStopped = if case .stopped = commands[launch.id] { true } else { false }
        commands[launch.id] = isStopped ? .ending(process) : .running(process)
        return isStopped
      }
      if isStopped { ProcessFamily(mark: mark(launch), leader: process).end() }
    }
    return LocalReports.report(end, of: command)
  }

  /// SIGTERM for the command and all its descendants, and SIGKILL for what is left after a while.
  public func stop(_ launch: Launch, reason: String) async throws(CancellationError) {
    let process = commands.withLock { commands -> pid_t? in
      switch commands[launch.id] {
      case .accepted: commands[launch.id] = .stopped
      case .running(let process):
        commands[launch.id] = .ending(process)
        return process
      case .stopped, .ending, nil: break
      }
      return nil
    }
    guard let process else { return }
    logger.notice(
      "a command on this host is stopped",
      metadata: ["job": "\(launch.id.run.job)", "run": "\(launch.id.run)", "launch": "\(launch.id.number)"])
    let family = ProcessFamily(mark: mark(launch), leader: process)
    family.send(SIGTERM)
    let deadline = time.uptime() + LocalLimits.stopGrace
    // Once it is over its number may be another process's.
    while commands.withLock({ commands in if case .ending = commands[launch.id] { true } else { false } }) {
      if time.uptime() >= deadline { return family.end() }
      do { try await time.sleep(for: LocalLimits.stopPause) } catch { throw CancellationError() }
    }
  }

  private func mark(_ launch: Launch) -> String { launch.startedBy ?? launch.id.description }
}
