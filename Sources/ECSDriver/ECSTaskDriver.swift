public import AWSClient
public import JobModel
public import Logging

/// Performs `ecs:runTask`, `ecs:runTask.sync` and `ecs:runTask.waitForTaskToken`: the exactly-once launch, the watch
/// until the tasks have stopped, and the verdict.
///
/// A child task of the daemon must run ``run()``: it asks ECS about all tasks together, and
/// ``follow(_:)`` waits for its answers.
///
/// Error names beside Step Functions' own:
/// * `ECS.UnknownLaunch`: whether RunTask started a task cannot be known. Name it in a retrier only where
///   a second run does no harm.
/// * `ECS.UnknownOutcome`: a task was started and has stopped, and ECS has forgotten how.
/// * aliases `ECS.LaunchFailed` and `ECS.TaskDefinitionInvalid`: ECS refused the task definition that the state
///   brings with it, see ``TaskDefinitionRegistrar``.
/// * aliases of `States.TaskFailed` by diagnosis, such as `ECS.OutOfMemory`: see ``FailureName``.
public struct ECSTaskDriver: TaskDriver {
  private let caller: any AWSCaller
  private let time: any TimeSource
  private let random: any RandomSource
  private let logger: Logger
  private let finder: TaskFinder
  private let observer: TaskObserver
  private let receiver: QueueReceiver?
  private let essentials: EssentialContainers
  /// Reads what the tasks of launches wrote.
  public let logs: TaskLogs
  private let registrar: TaskDefinitionRegistrar

  /// - Parameters:
  ///   - appearance: until what age a task that was never seen is simply too new; nil takes ECS's
  ///     15 minutes. An endpoint that shows each task at once, and forgets them when it ends, needs less.
  ///   - defaultLogGroup: the log group of containers whose task definition has no log configuration;
  ///     nil where they have none, as with ECS.
  ///   - events: a queue of task state changes, which tell of ends at once; asking is then slow.
  public init(
    caller: any AWSCaller, time: any TimeSource, random: any RandomSource, logger: Logger,
    appearance: Duration? = nil, defaultLogGroup: String? = nil, events: TaskEventQueue? = nil
  ) {
    self.caller = caller
    self.time = time
    self.random = random
    self.logger = logger
    finder = TaskFinder(caller: caller)
    let observer = TaskObserver(
      caller: caller, time: time, random: random, logger: logger, appearance: appearance ?? ECSLimits.appearance)
    self.observer = observer
    receiver = events.map {
      QueueReceiver(queue: $0, sink: observer, caller: caller, time: time, random: random, logger: logger)
    }
    let facts = TaskDefinitionFacts(caller: caller, time: time, random: random)
    essentials = EssentialContainers(facts: facts)
    logs = TaskLogs(caller: caller, time: time, facts: facts, defaultGroup: defaultLogGroup)
    registrar = TaskDefinitionRegistrar(caller: caller, logger: logger)
  }

  /// Watches the tasks of all launches that are followed, and reads the queue of their events where there
  /// is one; returns when cancelled.
  public func run() async {
    await withDiscardingTaskGroup { group in
      group.addTask { await observer.run() }
      if let receiver { group.addTask { await receiver.run() } }
    }
  }

  public func handles(_ resource: String) -> Bool { ECSResource(resource) != nil }

  public func prepare(_ request: TaskRequest, installation: String, at now: Instant) throws(TaskFailure) -> Launch {
    try LaunchPreparation.launch(request, installation: installation, at: now)
  }

  public func start(
    _ launch: Launch, recovering: Bool, permit: @escaping LaunchPermit
  ) async throws(CancellationError) -> LaunchReport {
    var definition = DefinitionOfLaunch(launch)
    switch try await settle(launch, &definition, recovering: recovering, permit: permit) {
    case .accepted(let answer): return accepted(answer, launch)
    case .refused(let error):
      return .failed(
        definition.failure(behind: error).map(LaunchFailures.undefined) ?? LaunchFailures.refused(error))
    case .failures(let failures): return .failed(LaunchFailures.failures(failures))
    case .unknown(let why): return .failed(LaunchFailures.unknown(launch, why: why))
    }
  }

  /// Steps the protocol until it knows what became of the request.
  private func settle(
    _ launch: Launch, _ definition: inout DefinitionOfLaunch, recovering: Bool, permit: @escaping LaunchPermit
  ) async throws(CancellationError) -> LaunchProtocol.Verdict {
    var machine = LaunchProtocol(startedBy: launch.startedBy ?? "", count: launch.taskCount)
    var generator = RandomGenerator(random)
    let clock = LaunchClock(launch: launch, time: time)
    var action = machine.handle(.began(recovering: recovering), age: clock.age(), using: &generator)
    while true {
      let event: LaunchProtocol.Event
      switch action {
      case .ask: event = try await ask(launch, &definition, permit) { machine.sendable(at: clock.age()) }
      case .look: event = try await search(for: launch)
      case .describe(let arns): event = try await describe(arns, of: launch)
      case .wait(let delay):
        try await sleep(delay)
        event = .waited
      case .finish(let verdict): return verdict
      }
      action = machine.handle(event, age: clock.age(), using: &generator)
    }
  }

  /// - Parameter sendable: how long from now the request may wait for the rate limit before it is no longer
  ///   sent; asked once the task definition is there, which may itself have waited.
  private func ask(
    _ launch: Launch, _ definition: inout DefinitionOfLaunch, _ permit: @escaping LaunchPermit,
    for sendable: () -> Duration
  ) async throws(CancellationError) -> LaunchProtocol.Event {
    let request: JSONValue
    do throws(AWSError) {
      request = try await definition.resolved(with: registrar)
    } catch {
      log(error, "the task definition has no revision to run yet", launch)
      if error.kind == .cancelled { throw CancellationError() }
      return .askFailed(error)
    }
    do throws(AWSError) {
      let options = AWSCallOptions(notAfter: time.uptime() + sendable(), permit: permit)
      return .answered(RunTaskAnswer(try await caller.call(.ecs, "RunTask", request, options: options)))
    } catch {
      log(error, "RunTask failed", launch)
      if error.kind == .cancelled { throw CancellationError() }
      return .askFailed(await definition.judged(error, with: registrar))
    }
  }

  private func search(for launch: Launch) async throws(CancellationError) -> LaunchProtocol.Event {
    do throws(AWSError) {
      return .found(try await find(launch))
    } catch {
      log(error, "the search for a launch's task failed", launch)
      if error.kind == .cancelled { throw CancellationError() }
      return .lookFailed(error)
    }
  }

  private func describe(_ arns: [String], of launch: Launch) async throws(CancellationError) -> LaunchProtocol.Event {
    do throws(AWSError) {
      return .described(try await finder.describe(arns, cluster: launch.cluster ?? "default"))
    } catch {
      log(error, "the tasks of a conflict could not be described", launch)
      if error.kind == .cancelled { throw CancellationError() }
      return .lookFailed(error)
    }
  }

  private func find(_ launch: Launch) async throws(AWSError) -> [JSONValue] {
    try await finder.tasks(
      startedBy: launch.startedBy ?? "", cluster: launch.cluster ?? "default",
      taskDefinition: launch.taskDefinitionName, count: launch.taskCount)
  }

  private func accepted(_ answer: RunTaskAnswer, _ launch: Launch) -> LaunchReport {
    let envelope = AnswerSpelling.envelope(tasks: answer.tasks, failures: answer.failures)
    guard ECSResource(launch.resource) != .runTask, let arn = answer.tasks.lazy.compactMap(taskARN).first else {
      return .succeeded(output: envelope, result: envelope)
    }
    return .submitted(taskARN: arn, submission: envelope)
  }

  private func sleep(_ delay: Duration) async throws(CancellationError) {
    do { try await time.sleep(for: delay) } catch { throw CancellationError() }
  }

  private func log(_ error: AWSError, _ message: Logger.Message, _ launch: Launch) {
    guard error.kind != .cancelled else { return }
    logger.warning(
      message,
      metadata: [
        "job": "\(launch.id.run.job)", "run": "\(launch.id.run)", "launch": "\(launch.id.number)",
        "cluster": "\(launch.cluster ?? "default")", "error": "\(error.code): \(error.message)",
      ])
  }
}

// MARK: - Following

extension ECSTaskDriver {
  public func follow(_ launch: Launch) async throws(CancellationError) -> LaunchReport {
    let arns = launch.taskARNs
    precondition(!arns.isEmpty, "launch \(launch.id) is followed without a task")
    // In a function of its own: what waits here keeps the room that this one needs.
    return try await report(of: try await watch(arns, of: launch), launch)
  }

  private func report(
    of watched: [(String, TaskWatch.End)], _ launch: Launch
  ) async throws(CancellationError) -> LaunchReport {
    var ends: [Judged] = []
    for (arn, end) in watched { ends.append(try await judge(end, arn: arn, of: launch)) }
    return try await report(of: ends, launch)
  }

  public func look(_ launch: Launch) async throws(CancellationError) -> LaunchFate {
    let arns = launch.taskARNs
    if arns.isEmpty { return .open }
    let clock = LaunchClock(launch: launch, time: time)
    var look = LastLook(count: arns.count)
    while true {
      guard let tasks = try await describe(arns, untilAnswered: launch) else { return .goesOn }
      // By now: ECS may have been out for longer than it shows what has stopped.
      switch look.decide(tasks, mayBeForgotten: clock.age() >= ECSLimits.stoppedTaskVisible) {
      case .wait(let delay): try await sleep(delay)
      case .goesOn: return .goesOn
      case .ended: return .over(try await report(of: tasks, arns, launch))
      }
    }
  }

  private func report(
    of tasks: [JSONValue], _ arns: [String], _ launch: Launch
  ) async throws(CancellationError) -> LaunchReport {
    var ends: [Judged] = []
    for arn in arns {
      let end =
        tasks.first { taskARN($0) == arn }.map(TaskEnd.stopped)
        ?? .unknown(why: "ECS does not show the task any more, and nobody saw its end", lastSeen: nil)
      ends.append(try await judge(TaskWatch.End(end: end), arn: arn, of: launch))
    }
    return try await report(of: ends, launch)
  }

  /// While ECS does not answer, no task can be stopped or started either: nothing is lost by asking on.
  ///
  /// - Returns: nil where ECS goes on refusing to show them, which says nothing of them.
  private func describe(
    _ arns: [String], untilAnswered launch: Launch
  ) async throws(CancellationError) -> [JSONValue]? {
    var generator = RandomGenerator(random)
    var failed = FailedAttempts(ECSLimits.askDelay)
    while true {
      let delay: Duration?
      do throws(AWSError) {
        return try await finder.describe(arns, cluster: launch.cluster ?? "default")
      } catch {
        log(error, "a task could not be looked at before its time is over", launch)
        if error.kind == .cancelled { throw CancellationError() }
        delay = failed.delay(after: error, using: &generator)
      }
      guard let delay else { return nil }
      try await sleep(delay)
    }
  }

  private func report(of ends: [Judged], _ launch: Launch) async throws(CancellationError) -> LaunchReport {
    let followed = FollowedTasks(ends: ends, launch: launch)
    if ECSResource(launch.resource) == .runTaskWithToken, let waiting = followed.reportOfWaiting { return waiting }
    guard case .failed(var failure) = followed.report, let end = followed.failedEnd else { return followed.report }
    failure.diagnosis?.log = try await LastLines(logs: logs, time: time, logger: logger).lines(of: end, launch)
    return .failed(failure)
  }

  /// All at once, since a task that stopped long before another would be forgotten.
  private func watch(_ arns: [String], of launch: Launch) async throws(CancellationError) -> [(String, TaskWatch.End)] {
    if arns.count == 1 { return [(arns[0], try await end(of: arns[0], launch))] }
    do {
      return try await withThrowingTaskGroup(of: (Int, TaskWatch.End).self) { group in
        for (index, arn) in arns.enumerated() {
          group.addTask { (index, try await end(of: arn, launch)) }
        }
        var ends: [(Int, TaskWatch.End)] = []
        for try await end in group { ends.append(end) }
        return ends.sorted { $0.0 < $1.0 }.map { (arns[$0.0], $0.1) }
      }
    } catch {
      throw CancellationError()
    }
  }

  /// Thousands wait here: a watch, which takes kilobytes, is for those with a bound for their start.
  private func end(of arn: String, _ launch: Launch) async throws(CancellationError) -> TaskWatch.End {
    // A launch that was given up is being stopped already.
    if launch.status != .stopped, let limit = launch.policy.startTimeoutSeconds {
      return try await watch(over: arn, of: launch).end(of: launch, within: limit)
    }
    return TaskWatch.End(end: try await stoppedTask(arn, of: launch))
  }

  private func stoppedTask(_ arn: String, of launch: Launch) async throws(CancellationError) -> TaskEnd {
    try await observer.stoppedTask(arn, cluster: launch.cluster ?? "default", since: launch.intendedAt)
  }

  private func watch(over arn: String, of launch: Launch) -> TaskWatch {
    let cluster = launch.cluster ?? "default"
    let look = { @Sendable () async throws(CancellationError) -> JSONValue? in
      do throws(AWSError) {
        return try await finder.describe([arn], cluster: cluster).first
      } catch {
        if error.kind == .cancelled { throw CancellationError() }
        return nil
      }
    }
    return TaskWatch(
      time: time, random: random,
      stopped: { () async throws(CancellationError) in try await stoppedTask(arn, of: launch) },
      started: { () async throws(CancellationError) in
        try await observer.started(arn, cluster: cluster, since: launch.intendedAt)
      },
      look: look,
      stop: { reason async throws(CancellationError) in
        // While StopTask does not get through the task may come to run, and is then left alone.
        try await stop(arn, launch, reason: reason) { () async throws(CancellationError) -> Bool in
          try await look().map { !StartDeadline.runs($0) } ?? true
        }
      })
  }

  private func judge(
    _ watched: TaskWatch.End, arn: String, of launch: Launch
  ) async throws(CancellationError) -> Judged {
    switch watched.end {
    case nil:
      let hung = watched.hung ?? HungStart(task: ["taskArn": .string(arn)])
      return Judged(arn: arn, task: hung.task, outcome: .unknown(hung.unstopped))
    case .unknown(let why, let lastSeen): return Judged(arn: arn, task: lastSeen, outcome: .unknown(why))
    case .stopped(let task):
      var essential: Set<String>?
      if Judgement.needsEssentialContainers(task, policy: launch.policy),
        let definition = StoppedTask(task).taskDefinition
      {
        essential = try await essentials.names(of: definition)
      }
      let verdict = StartDeadline.verdict(
        Judgement.verdict(of: task, essential: essential, policy: launch.policy), of: task, hung: watched.hung)
      return Judged(arn: arn, task: task, outcome: .judged(verdict))
    }
  }
}

// MARK: - Stopping

extension ECSTaskDriver {
  /// Stops every task of the launch; where no ARN is known yet, those that its `startedBy` finds.
  public func stop(_ launch: Launch, reason: String) async throws(CancellationError) {
    var arns = launch.taskARNs
    if arns.isEmpty, launch.startedBy != nil { arns = try await findToStop(launch) }
    for arn in arns { try await stop(arn, launch, reason: String(reason.prefix(ECSLimits.stopReasonLength))) }
  }

  /// A request that was on its way when the launch was given up may show its task seconds later.
  private func findToStop(_ launch: Launch) async throws(CancellationError) -> [String] {
    var generator = RandomGenerator(random)
    var failed = FailedAttempts(ECSLimits.stopDelay)
    var delays = ECSLimits.lookDelays[...]
    while true {
      switch try await search(for: launch) {
      case .found(let tasks) where !tasks.isEmpty:
        return tasks.filter { $0["lastStatus"]?.stringValue != "STOPPED" }.compactMap(taskARN)
      case .lookFailed(let error):
        guard let delay = failed.delay(after: error, using: &generator) else {
          logger.error(
            "a launch's task could not be searched for; it may go on",
            metadata: [
              "run": "\(launch.id.run)", "launch": "\(launch.id.number)", "error": "\(error.code): \(error.message)",
            ])
          return []
        }
        try await sleep(delay)
      default:
        failed.reset()
        guard let delay = delays.popFirst() else { return [] }
        try await sleep(delay)
      }
    }
  }

  /// - Parameter isWanted: asked before each further attempt.
  private func stop(
    _ arn: String, _ launch: Launch, reason: String,
    isWanted: () async throws(CancellationError) -> Bool = { () async throws(CancellationError) in true }
  ) async throws(CancellationError) {
    var generator = RandomGenerator(random)
    var failed = FailedAttempts(ECSLimits.stopDelay)
    let input: JSONValue = [
      "cluster": .string(launch.cluster ?? "default"), "task": .string(arn), "reason": .string(reason),
    ]
    while true {
      let delay: Duration
      do throws(AWSError) {
        _ = try await caller.call(.ecs, "StopTask", input)
        return
      } catch {
        if error.kind == .cancelled { throw CancellationError() }
        if error.kind == .refused, ECSTaskDriver.isGone(error) { return }
        guard let next = failed.delay(after: error, using: &generator) else {
          return logger.error(
            "a task could not be stopped; it may go on",
            metadata: [
              "run": "\(launch.id.run)", "launch": "\(launch.id.number)", "task-arn": "\(arn)",
              "error": "\(error.code): \(error.message)",
            ])
        }
        delay = next
      }
      try await sleep(delay)
      if try await !isWanted() { return }
    }
  }

  /// ECS has no error of its own for a task that is not there (any more).
  private static func isGone(_ error: AWSError) -> Bool {
    error.code == "ClusterNotFoundException" || error.message.lowercased().contains("not found")
  }
}
