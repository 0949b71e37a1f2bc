import JobModel
import Scheduler
import Synchronization
import TestSupport

/// ECS as a model: tasks by client token, on the simulation's own clock. It remembers what it saw, for the judge.
final class SimulatedCluster: Sendable {
  struct SimulatedTask: Sendable {
    var launch: LaunchID
    var startedAt: Duration
    /// When it stops by itself, or because it was told to; far away for one that hangs.
    var endsAt: Duration
    var succeeds: Bool
    var isStopped = false
  }

  static let never = Duration.seconds(1_000_000)

  private let time: ManualTime
  private let faults: Faults
  private let state = Mutex<[String: SimulatedTask]>([:])

  init(time: ManualTime, faults: Faults) {
    self.time = time
    self.faults = faults
  }

  var tasks: [SimulatedTask] { state.withLock { Array($0.values) } }

  /// RunTask: the same token means the same task.
  func runTask(_ launch: Launch) {
    let lasts: Duration =
      faults.happens(.taskHangs) ? Self.never : .milliseconds(Int64(faults.number(in: 100...40_000)))
    let succeeds = !faults.happens(.taskFails)
    let startedAt = time.uptime()
    state.withLock { tasks in
      guard let token = launch.clientToken, tasks[token] == nil else { return }
      tasks[token] = SimulatedTask(
        launch: launch.id, startedAt: startedAt, endsAt: startedAt + lasts, succeeds: succeeds)
    }
  }

  func task(_ token: String) -> SimulatedTask? { state.withLock { $0[token] } }

  func stopTask(_ token: String) {
    let takes = Duration.milliseconds(Int64(faults.number(in: 0...20_000)))
    let uptime = time.uptime()
    state.withLock { tasks in
      guard var task = tasks[token], !task.isStopped, task.endsAt > uptime else { return }
      task.isStopped = true
      task.endsAt = min(task.endsAt, uptime + takes)
      tasks[token] = task
    }
  }
}

/// What may go wrong, drawn from one seed.
final class Faults: Sendable {
  /// In how many of a hundred cases each happens.
  enum Fault: Int, Sendable {
    case taskHangs = 5
    case taskFails = 30
    case requestLost = 12
    case replyLost = 10
    case refused = 3
    case slow = 20
    case storeRefuses = 4
    case storeStalls = 1
    case messageRefused = 25
  }

  private let random: SeededRandom
  private let isCalm = Mutex(false)
  private let dead = Mutex<Set<InstanceID>>([])

  init(seed: UInt64) { random = SeededRandom(seed: seed) }

  /// From now on nothing goes wrong by itself.
  func end() { isCalm.withLock { $0 = true } }

  func bury(_ process: InstanceID) { dead.withLock { _ = $0.insert(process) } }

  /// As by a lock file: known in the end, when a lease that a clock set back has made long must not be waited for.
  func isCertainlyDead(_ process: InstanceID) -> Bool {
    isCalm.withLock { $0 } && dead.withLock { $0.contains(process) }
  }

  func happens(_ fault: Fault) -> Bool {
    if isCalm.withLock({ $0 }) { return false }
    return number(in: 0...99) < fault.rawValue
  }

  func number(in range: ClosedRange<Int>) -> Int {
    range.lowerBound + Int(random.next() % UInt64(range.count))
  }
}

/// The driver of one process: its requests get lost, its replies come late, and it dies with its process.
struct SimulatedDriver: TaskDriver {
  let cluster: SimulatedCluster
  let time: ManualTime
  let faults: Faults

  func handles(_ resource: String) -> Bool { resource == "arn:aws:states:::ecs:runTask.sync" }

  func prepare(_ request: TaskRequest, installation: String, at now: Instant) throws(TaskFailure) -> Launch {
    Launch(
      id: request.launch, task: request.task, state: request.state, resource: request.resource,
      request: request.arguments, clientToken: "\(request.launch)", startedBy: "\(request.launch)", intendedAt: now)
  }

  func start(_ launch: Launch, recovering: Bool) async throws(CancellationError) -> LaunchReport {
    while true {
      if faults.happens(.slow) { try await pause(5_000) }
      // ECS refuses a request only where it has not taken it before.
      if cluster.task(launch.clientToken ?? "") == nil, !recovering, faults.happens(.refused) {
        return .failed(TaskFailure(error: "ECS.InvalidParameterException", cause: "refused"))
      }
      if faults.happens(.requestLost) {
        try await pause(2_000)
        continue
      }
      cluster.runTask(launch)
      if faults.happens(.replyLost) {
        try await pause(2_000)
        continue
      }
      return .submitted(taskARN: launch.clientToken ?? "", submission: [:])
    }
  }

  func follow(_ launch: Launch) async throws(CancellationError) -> LaunchReport {
    while let task = cluster.task(launch.taskARN ?? "") {
      if task.endsAt <= time.uptime() {
        if task.succeeds && !task.isStopped { return EngineTests.success }
        return EngineTests.failure
      }
      try await pause(1_000)
    }
    return EngineTests.failure
  }

  func stop(_ launch: Launch, reason: String) async throws(CancellationError) {
    while faults.happens(.requestLost) { try await pause(2_000) }
    cluster.stopTask(launch.clientToken ?? "")
  }

  private func pause(_ milliseconds: Int) async throws(CancellationError) {
    do { try await time.sleep(for: .milliseconds(Int64(milliseconds))) } catch { throw CancellationError() }
  }
}

/// A notifier that refuses now and then, and remembers what it took.
final class SimulatedNotifier: Notifier {
  private let faults: Faults
  private let taken = Mutex<[OutboxMessage]>([])

  init(faults: Faults) { self.faults = faults }

  var runs: Set<RunID> { taken.withLock { Set($0.filter { $0.event == .failed }.compactMap(\.run)) } }

  func send(_ message: OutboxMessage) async throws(NotificationError) {
    if faults.happens(.messageRefused) { throw NotificationError(message: "not now") }
    taken.withLock { $0.append(message) }
  }
}
