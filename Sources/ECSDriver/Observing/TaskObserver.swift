internal import AWSClient
internal import JobModel
internal import Logging

/// Watches all tasks of all clusters until they have stopped: one DescribeTasks per 100 tasks and
/// interval, never a poller per task. Events, where there are some, tell sooner.
///
/// The decisions are ``ObserverState``'s; this is the shell that waits and calls. Nothing is asked while
/// nothing is watched.
actor TaskObserver {
  private typealias Key = ObserverState.Key
  private typealias Waiters<Success> = [Key: [Int: CheckedContinuation<Success, any Error>]]

  private let caller: any AWSCaller
  private let time: any TimeSource
  private let logger: Logger
  private var generator: RandomGenerator
  private var state = ObserverState()
  /// Who waits for the end of a task, and who for its start.
  private var endWaiters: Waiters<TaskEnd> = [:]
  private var startWaiters: Waiters<Void> = [:]
  private var nextWaiter = 0
  /// The loop of ``run()``, while it waits for something to be due.
  private var loop: CheckedContinuation<Void, Never>?
  private var isWoken = false
  /// The earliest timer that is running.
  private var armedAt: Duration?

  init(
    caller: any AWSCaller, time: any TimeSource, random: any RandomSource, logger: Logger, appearance: Duration
  ) {
    state.appearance = appearance
    self.caller = caller
    self.time = time
    self.logger = logger
    generator = RandomGenerator(random)
  }

  /// Waits until the task has stopped, or cannot be known any more. Errors of ECS only delay it.
  ///
  /// - Parameter since: when its launch was committed: its age decides how often it is looked at, and
  ///   what it means that ECS does not show it.
  func stoppedTask(_ arn: String, cluster: String, since: Instant) async throws(CancellationError) -> TaskEnd {
    if let end = state.earlierEnd(of: arn, at: time.uptime()) { return end }
    let key = Key(cluster: cluster, arn: arn)
    return try await wait { observer, waiter, continuation in
      observer.endWaiters[key, default: [:]][waiter] = continuation
      observer.watch(key, since: since)
    } onCancel: { waiter in
      await self.cancelEnd(waiter, of: key)
    }
  }

  /// Waits until the task has reached RUNNING or a later status, or is over, be it that it cannot be known
  /// any more. While somebody waits the task is looked at by the normal schedule.
  ///
  /// It is known when an answer or an event shows it: up to an interval of ``ObserverSchedule`` later.
  ///
  /// - Parameter since: as of ``stoppedTask(_:cluster:since:)``.
  func started(_ arn: String, cluster: String, since: Instant) async throws(CancellationError) {
    let key = Key(cluster: cluster, arn: arn)
    if state.hasStarted(key) || state.earlierEnd(of: arn, at: time.uptime()) != nil { return }
    return try await wait { observer, waiter, continuation in
      observer.startWaiters[key, default: [:]][waiter] = continuation
      observer.watch(key, since: since)
      observer.state.awaitStart(key)
      observer.wake()
    } onCancel: { waiter in
      await self.cancelStart(waiter, of: key)
    }
  }

  /// Asks, as long as it is not cancelled. Whoever waits for a task waits for this loop.
  func run() async {
    await withDiscardingTaskGroup { group in
      while !Task.isCancelled {
        for batch in state.takeBatches(at: time.uptime()) {
          group.addTask { await self.describe(batch) }
        }
        if let dueAt = state.nextDueAt(), dueAt < armedAt ?? .seconds(Int64.max) {
          armedAt = dueAt
          group.addTask { await self.wake(at: dueAt) }
        }
        await waitUntilWoken()
      }
      group.cancelAll()
    }
  }

  private func watch(_ key: Key, since: Instant) {
    let dueAt = state.watch(key, age: time.now() - since, at: time.uptime())
    wake(ifDueAt: dueAt)
  }

  private func describe(_ batch: ObserverState.Batch) async {
    let tasks = JSONValue.array(batch.arns.map { .string($0) })
    let answer: Result<JSONValue, AWSError>
    do throws(AWSError) {
      answer = .success(
        try await caller.call(.ecs, "DescribeTasks", ["cluster": .string(batch.cluster), "tasks": tasks]))
    } catch {
      answer = .failure(error)
    }
    // Looked at after the call: whoever changed it meanwhile has woken those whom that concerns.
    let (wasInVain, trustedUntil) = (state.trust.isInVain, state.trust.until)
    let wasHeldBack = state.isHeldBack(batch.cluster)
    let ends: [ObserverState.Key: TaskEnd]
    switch answer {
    case .success(let answer): ends = state.answered(batch, answer, at: time.uptime(), using: &generator)
    case .failure(let error):
      if error.kind != .cancelled {
        logger.warning(
          "DescribeTasks failed; its tasks are asked for again",
          metadata: ["cluster": "\(batch.cluster)", "error": "\(error.code): \(error.message)"])
      }
      ends = state.failed(batch, error, at: time.uptime(), using: &generator)
    }
    if state.trust.isInVain, !wasInVain {
      logger.warning(
        "the queue of task events works and brings no ends of tasks; ECS is asked as often as without it",
        metadata: [
          "error": "check the rule's event pattern, its target, and the queue's policy for events.amazonaws.com"
        ])
    }
    tell(ends)
    if wasHeldBack || state.trust.until != trustedUntil {
      // Other tasks than the batch's may be due sooner than they were.
      wake()
    } else if let dueAt = state.nextDueAt(of: batch) {
      wake(ifDueAt: dueAt)
    }
  }
}

// MARK: - Events

extension TaskObserver: TaskEventSink {
  func told(_ changes: [TaskStateChange]) {
    for change in changes {
      let sentAgo = change.sentAt.map { time.now() - $0 } ?? .zero
      tell(state.told(change, sentAgo: sentAgo, at: time.uptime()))
    }
    wake()
  }

  func queueWorked() { state.queueWorked(at: time.uptime()) }

  func queueFailed() {
    state.queueFailed()
    wake()
  }
}

// MARK: - Waiting

extension TaskObserver {
  /// Suspends the caller until its continuation is resumed or it is cancelled.
  ///
  /// - Parameter begin: takes the actor that it runs on. A closure that only held `self` within itself would leave
  ///   the code around it without isolation, and so run beside the actor.
  private func wait<Success>(
    _ begin: (isolated TaskObserver, Int, CheckedContinuation<Success, any Error>) -> Void,
    onCancel: @escaping @Sendable (Int) async -> Void
  ) async throws(CancellationError) -> Success {
    let waiter = nextWaiter
    nextWaiter += 1
    do {
      return try await withTaskCancellationHandler {
        try await withCheckedThrowingContinuation { continuation in
          if Task.isCancelled { return continuation.resume(throwing: CancellationError()) }
          begin(self, waiter, continuation)
        }
      } onCancel: {
        Task { await onCancel(waiter) }
      }
    } catch {
      throw CancellationError()
    }
  }

  private func cancelEnd(_ waiter: Int, of key: Key) {
    let continuation = endWaiters[key]?.removeValue(forKey: waiter)
    unwatchIfIdle(key)
    continuation?.resume(throwing: CancellationError())
  }

  private func cancelStart(_ waiter: Int, of key: Key) {
    let continuation = startWaiters[key]?.removeValue(forKey: waiter)
    unwatchIfIdle(key)
    continuation?.resume(throwing: CancellationError())
  }

  /// Resumes whoever waits for what is known by now.
  private func tell(_ ends: [ObserverState.Key: TaskEnd]) {
    for (key, end) in ends {
      for continuation in (endWaiters.removeValue(forKey: key) ?? [:]).values { continuation.resume(returning: end) }
      tellStart(key)
    }
    for key in startWaiters.keys where state.hasStarted(key) {
      tellStart(key)
      unwatchIfIdle(key)
    }
  }

  private func tellStart(_ key: Key) {
    for continuation in (startWaiters.removeValue(forKey: key) ?? [:]).values { continuation.resume() }
  }

  private func unwatchIfIdle(_ key: Key) {
    if startWaiters[key]?.isEmpty == true { startWaiters[key] = nil }
    if endWaiters[key]?.isEmpty == true { endWaiters[key] = nil }
    if startWaiters[key] == nil { state.ignoreStart(key) }
    if startWaiters[key] == nil, endWaiters[key] == nil { state.unwatch(key) }
  }
}

// MARK: - Waking

extension TaskObserver {
  private func wake(at dueAt: Duration) async {
    try? await time.sleep(for: max(dueAt - time.uptime(), .zero))
    if armedAt == dueAt { armedAt = nil }
    wake()
  }

  /// Something is due then; a timer that fires no later finds it. The loop looks at every task that is watched, so it
  /// is not woken for each answer.
  private func wake(ifDueAt dueAt: Duration) {
    if armedAt.map({ dueAt < $0 }) ?? true { wake() }
  }

  private func wake() {
    isWoken = true
    loop?.resume()
    loop = nil
  }

  private func waitUntilWoken() async {
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        if isWoken || Task.isCancelled { continuation.resume() } else { loop = continuation }
      }
    } onCancel: {
      Task { await self.wake() }
    }
    isWoken = false
  }
}
