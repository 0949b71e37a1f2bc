internal import AWSClient
internal import JobModel
internal import Synchronization

/// ECS and SNS as a model (ECS API: RunTask, DescribeTasks, ListTasks, StopTask; "Ensuring idempotency"), on the true
/// time. What it did is on record.
final class SimulatedCloud: Sendable {
  private struct Token {
    var request: JSONValue
    var answer: JSONValue
    var arns: [String]
    var createdAt: Duration
  }

  private struct State {
    var tasks: [String: SimulatedTask] = [:]
    /// By `startedBy`, in order.
    var started: [String: [String]] = [:]
    /// By family, in order.
    var families: [String: [String]] = [:]
    var tokens: [String: Token] = [:]
    var count = 0
  }

  private let clock: WorldClock
  private let faults: Faults
  private let chance: Chance
  private let record: Record
  private let state = Mutex(State())

  /// How long tasks take, from start to end by themselves.
  private let lengths: ClosedRange<Double>

  init(clock: WorldClock, faults: Faults, seed: UInt64, lengths: ClosedRange<Double>, record: Record) {
    self.clock = clock
    self.faults = faults
    self.lengths = lengths
    self.record = record
    chance = Chance(seed: seed, for: "cloud")
  }

  var tasks: [SimulatedTask] { state.withLock { Array($0.tasks.values) } }

  func answer(_ service: String, _ operation: String, _ input: JSONValue) throws(AWSError) -> JSONValue {
    switch operation {
    case "RunTask": return try runTask(input)
    case "DescribeTasks", "ListTasks", "StopTask":
      if faults.happens(.accessDenied) { throw Self.accessDenied }
      switch operation {
      case "DescribeTasks": return describeTasks(input)
      case "ListTasks": return listTasks(input)
      default: return try stopTask(input)
      }
    case "DescribeTaskDefinition":
      return ["taskDefinition": ["containerDefinitions": [["name": "app", "essential": true]]]]
    case "Publish":
      record.add(
        .published(
          id: input["MessageAttributes"]?["messageId"]?["StringValue"]?.stringValue ?? "",
          subject: input["Subject"]?.stringValue ?? "", body: input["Message"]?.stringValue ?? ""))
      return ["MessageId": "m"]
    default:
      throw AWSError(
        kind: .refused, code: "InvalidAction", message: "\(service) \(operation) is not simulated", httpStatus: 400)
    }
  }

  private static let accessDenied = AWSError(
    kind: .refused, code: "AccessDeniedException", message: "refused", httpStatus: 400)

  // MARK: RunTask

  private func runTask(_ input: JSONValue) throws(AWSError) -> JSONValue {
    let token = input["clientToken"]?.stringValue ?? ""
    let now = clock.uptime
    if let known = state.withLock({ $0.tokens[token] }), isAlive(known, at: now) {
      if known.request == input { return known.answer }
      throw AWSError(
        kind: .refused, code: "ConflictException", message: "the token was used with another request",
        httpStatus: 400, details: ["resourceIds": .array(known.arns.map { .string($0) })])
    }
    if faults.happens(.refused) {
      record.add(.launchDenied(startedBy: input["startedBy"]?.stringValue ?? ""))
      throw AWSError(
        kind: .refused, code: chance.pick(["AccessDeniedException", "InvalidParameterException"]), message: "refused",
        httpStatus: 400)
    }
    var answer: JSONObject = ["tasks": [], "failures": []]
    var arns: [String] = []
    if faults.happens(.failsHonestly) {
      answer["failures"] = [["reason": .string(chance.pick(["RESOURCE:MEMORY", "AGENT", "Capacity is unavailable"]))]]
    } else {
      let lies = faults.happens(.failsAndStarts)
      let task = start(input, token: token, at: now, shownWithin: lies ? 10 : 25)
      arns = [task.arn]
      if lies {
        answer["failures"] = [["reason": "RESOURCE:CPU"]]
      } else {
        answer["tasks"] = [json(task, at: now)]
      }
    }
    if answer["failures"] != [] {
      record.add(.launchDenied(startedBy: input["startedBy"]?.stringValue ?? ""))
    }
    let result = JSONValue.object(answer)
    state.withLock { state in
      state.tokens[token] = Token(request: input, answer: result, arns: arns, createdAt: now)
    }
    return result
  }

  /// A token lives for its task's life and another hour, and no longer than 24 hours.
  private func isAlive(_ token: Token, at now: Duration) -> Bool {
    if now - token.createdAt >= .seconds(24 * 3_600) { return false }
    let ends = state.withLock { state in token.arns.compactMap { state.tasks[$0]?.stoppedAt } }
    return (ends.max() ?? token.createdAt) + .seconds(3_600) > now
  }

  /// - Parameter seconds: for how long ECS may hide it. jobd counts on it that a task shows soon: within 14 seconds
  ///   after an answer that names a failure, within a minute after a request whose fate is open (`ECSLimits`), which
  ///   is on its way for half of that at the most.
  private func start(
    _ input: JSONValue, token: String, at now: Duration, shownWithin seconds: Double
  ) -> SimulatedTask {
    let startedBy = input["startedBy"]?.stringValue ?? ""
    let definition = input["taskDefinition"]?.stringValue ?? ""
    let container = input["overrides"]?["containerOverrides"]?.arrayValue?.first
    let number = state.withLock { state in
      state.count += 1
      return state.count
    }
    var task = SimulatedTask(
      arn: "arn:aws:ecs:us-east-1:123456789012:task/sim/\(hexadecimal(number))",
      cluster: input["cluster"]?.stringValue ?? "default", family: definition,
      command: container?["command"]?.arrayValue?.compactMap(\.stringValue) ?? [], startedBy: startedBy,
      clientToken: token, createdAt: now, pendingAt: now, activatingAt: now, runningAt: now, stoppingAt: now,
      stoppedAt: now, visibleAt: now, exitCode: 0, stopCode: "EssentialContainerExited",
      stoppedReason: "Essential container in task exited")
    task.pendingAt = now + chance.length(0...10)
    task.activatingAt = task.pendingAt + chance.length(0...50)
    task.runningAt = task.activatingAt + chance.length(0...10)
    task.stoppingAt = task.runningAt + chance.length(lengths)
    task.stoppedAt = task.stoppingAt + chance.length(0...20)
    befall(&task)
    if faults.happens(.missing) { task.visibleAt = now + chance.length(0...seconds) }
    if faults.happens(.missing) {
      let from = now + chance.length(0...(task.stoppedAt - now).inSeconds)
      task.hidden = from..<(from + chance.length(0...25))
    }
    let made = task
    state.withLock { state in
      state.tasks[made.arn] = made
      state.started[startedBy, default: []].append(made.arn)
      state.families[made.family, default: []].append(made.arn)
    }
    record.add(.taskStarted(made))
    return made
  }

  /// How it will end, if nobody stops it.
  private func befall(_ task: inout SimulatedTask) {
    func end(_ stopCode: String, _ reason: String, exitCode: Int?, _ containerReason: String? = nil) {
      task.stopCode = stopCode
      task.stoppedReason = reason
      task.exitCode = exitCode
      task.containerReason = containerReason
    }
    if faults.happens(.startFailure) {
      task.activatingAt = SimulatedTask.never
      task.stoppingAt = task.pendingAt + chance.length(1...30)
      end(
        "TaskFailedToStart",
        chance.pick([
          "CannotPullContainerError: pull image manifest has been retried 5 time(s)",
          "ResourceInitializationError: unable to pull secrets or registry auth",
          "Timeout waiting for network interface provisioning to complete.",
        ]), exitCode: nil)
    } else if faults.happens(.spot) {
      end("SpotInterruption", "Your Spot Task was interrupted.", exitCode: chance.pick([137, 143, 0]))
    } else if faults.happens(.hostLost) {
      end(
        chance.pick(["TerminationNotice", "InfrastructureHealth"]),
        "Host EC2 (instance i-0123456789abcdef0) terminated.", exitCode: nil)
    } else if faults.happens(.stopped) {
      // By somebody, by a service, or by what ECS has had a name for only since jobd was written.
      let (code, reason) = chance.pick([
        ("UserInitiated", "Task stopped by user"),
        ("ServiceSchedulerInitiated", "Scaling activity initiated by (deployment ecs-svc/0123456789)"),
        ("CapacityRebalanced", "The task had to make room."),
      ])
      end(code, reason, exitCode: chance.pick([143, 137, 0]))
    } else if faults.happens(.outOfMemory) {
      end(
        "EssentialContainerExited", "Essential container in task exited", exitCode: 137,
        "OutOfMemoryError: Container killed due to memory usage")
    } else if faults.happens(.noExitCode) {
      end("EssentialContainerExited", "Essential container in task exited", exitCode: nil)
    } else if faults.happens(.exitCode) {
      task.exitCode = chance.pick([1, 2, 99, 255])
    }
    task.stoppedAt = task.stoppingAt + chance.length(0...20)
    task.skipWhatIsNeverReached()
    if faults.happens(.hangs) {
      switch chance.number(0...5) {
      case 0: task.pendingAt = SimulatedTask.never
      case 1: task.activatingAt = SimulatedTask.never
      case 2: task.runningAt = SimulatedTask.never
      default: break
      }
      task.skipWhatIsNeverReached()
      if chance.happens(0.3), task.runningAt < SimulatedTask.never {
        // In DEACTIVATING, STOPPING and DEPROVISIONING, for hours at the most: ECS gives such a task up in the end.
        task.stoppedAt = task.stoppingAt + chance.length(600...7_200)
      } else {
        task.stoppingAt = SimulatedTask.never
        task.stoppedAt = SimulatedTask.never
      }
    }
    watch(task.arn, until: task.stoppedAt)
  }

  /// Puts the end of a task on record when it comes.
  private func watch(_ arn: String, until end: Duration) {
    guard end < SimulatedTask.never else { return }
    Task { [self] in
      try? await clock.sleep(for: end - clock.uptime)
      guard let task = state.withLock({ $0.tasks[arn] }), task.stoppedAt == end else { return }
      record.add(.taskStopped(task))
    }
  }

  // MARK: The others

  private func stopTask(_ input: JSONValue) throws(AWSError) -> JSONValue {
    let arn = input["task"]?.stringValue ?? ""
    let now = clock.uptime
    guard var task = state.withLock({ $0.tasks[arn] }) else {
      throw AWSError(
        kind: .refused, code: "InvalidParameterException", message: "The referenced task was not found.",
        httpStatus: 400)
    }
    if task.isToRun(at: now) {
      record.add(.stopAsked(arn: arn, reason: input["reason"]?.stringValue ?? ""))
      let wasRunning = task.status(at: now) == .running
      task.stoppingAt = now
      if task.runningAt > now { task.runningAt = SimulatedTask.never }
      task.stoppedAt = now + chance.length(0...90)
      task.stopCode = "UserInitiated"
      task.stoppedReason = input["reason"]?.stringValue ?? "Task stopped by user"
      task.exitCode = wasRunning ? chance.pick([143, 137, 0]) : nil
      let stopped = task
      state.withLock { $0.tasks[arn] = stopped }
      watch(arn, until: stopped.stoppedAt)
    }
    return ["task": json(task, at: now)]
  }

  private func describeTasks(_ input: JSONValue) -> JSONValue {
    // What is shown may be some seconds old.
    let now = clock.uptime
    var tasks: [JSONValue] = []
    var failures: [JSONValue] = []
    for arn in input["tasks"]?.arrayValue?.compactMap(\.stringValue) ?? [] {
      if let task = state.withLock({ $0.tasks[arn] }), isShown(task, at: now),
        task.hidden?.contains(now) != true
      {
        tasks.append(json(task, at: max(task.createdAt, now - chance.length(0...3))))
      } else {
        failures.append(["arn": .string(arn), "reason": "MISSING"])
      }
    }
    return ["tasks": .array(tasks), "failures": .array(failures)]
  }

  private func isShown(_ task: SimulatedTask, at now: Duration) -> Bool {
    now >= task.visibleAt && now < task.stoppedAt + .seconds(3_600)
  }

  private func listTasks(_ input: JSONValue) -> JSONValue {
    let now = clock.uptime
    let wantsStopped = input["desiredStatus"]?.stringValue == "STOPPED"
    let tasks = state.withLock { state in
      let arns =
        if let startedBy = input["startedBy"]?.stringValue {
          state.started[startedBy] ?? []
        } else if let family = input["family"]?.stringValue {
          state.families[family] ?? []
        } else {
          state.tasks.keys.sorted()
        }
      return arns.compactMap { state.tasks[$0] }
    }
    let shown = tasks.filter { isShown($0, at: now) && $0.isToRun(at: now) != wantsStopped }
    let offset = input["nextToken"]?.stringValue.flatMap { Int($0) } ?? 0
    var answer: JSONObject = ["taskArns": .array(shown.dropFirst(offset).prefix(100).map { .string($0.arn) })]
    if shown.count > offset + 100 { answer["nextToken"] = .string("\(offset + 100)") }
    return .object(answer)
  }

  private func json(_ task: SimulatedTask, at uptime: Duration) -> JSONValue {
    let status = task.status(at: uptime)
    func instant(_ at: Duration) -> JSONValue { .double(Double((clock.start + at).milliseconds) / 1_000) }
    let containerStatus = status < .running ? "PENDING" : status == .stopped ? "STOPPED" : "RUNNING"
    var container: JSONObject = ["name": "app", "lastStatus": .string(containerStatus)]
    var json: JSONObject = [
      "taskArn": .string(task.arn), "clusterArn": .string("arn:aws:ecs:us-east-1:123456789012:cluster/\(task.cluster)"),
      "taskDefinitionArn": .string("arn:aws:ecs:us-east-1:123456789012:task-definition/\(task.family):1"),
      "lastStatus": .string(status.rawValue), "desiredStatus": task.isToRun(at: uptime) ? "RUNNING" : "STOPPED",
      "startedBy": .string(task.startedBy), "createdAt": instant(task.createdAt), "launchType": "FARGATE",
      "group": .string("family:\(task.family)"), "version": .integer(Int64(status < .running ? 1 : 2)),
    ]
    if uptime >= task.runningAt { json["startedAt"] = instant(task.runningAt) }
    if !task.isToRun(at: uptime) {
      json["stoppingAt"] = instant(task.stoppingAt)
      json["stopCode"] = .string(task.stopCode)
      json["stoppedReason"] = .string(task.stoppedReason)
    }
    if status == .stopped {
      json["stoppedAt"] = instant(task.stoppedAt)
      if let exitCode = task.exitCode { container["exitCode"] = .integer(Int64(exitCode)) }
      if let reason = task.containerReason { container["reason"] = .string(reason) }
    }
    json["containers"] = [.object(container)]
    return .object(json)
  }

  private func hexadecimal(_ number: Int) -> String {
    let digits = String(number, radix: 16)
    return String(repeating: "0", count: 32 - digits.count) + digits
  }
}
