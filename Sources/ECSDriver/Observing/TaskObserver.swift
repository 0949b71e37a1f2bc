internal import AWSClient
internal import JobModel
internal import Logging

/// Watches all tasks of all clusters until they have stopped: one DescribeTasks per 100 tasks and
/// interval, never a poller per task.
///
/// The decisions are ``ObserverState``'s; this is the shell that waits and calls. Nothing is asked while
/// nothing is watched.
actor TaskObserver {
  private let caller: any AWSCaller
  let time: any TimeSource
  private let logger: Logger
  private var generator: RandomGenerator
  private(set) var state = ObserverState()
  private var waiters: [ObserverState.Key: [Int: CheckedContinuation<TaskEnd, any Error>]] = [:]
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
    let key = ObserverState.Key(cluster: cluster, arn: arn)
    let waiter = nextWaiter
    nextWaiter += 1
    do {
      return try await withTaskCancellationHandler {
        try await withCheckedThrowingContinuation { continuation in
          if Task.isCancelled { return continuation.resume(throwing: CancellationError()) }
          waiters[key, default: [:]][waiter] = continuation
          let dueAt = state.watch(key, age: time.now() - since, at: time.uptime())
          // A timer that fires no later finds it.
          if armedAt.map({ dueAt < $0 }) ?? true { wake() }
        }
      } onCancel: {
        Task { await self.cancel(waiter, of: key) }
      }
    } catch {
      throw CancellationError()
    }
  }

  private func cancel(_ waiter: Int, of key: ObserverState.Key) {
    guard let continuation = waiters[key]?.removeValue(forKey: waiter) else { return }
    if waiters[key]?.isEmpty == true {
      waiters[key] = nil
      state.unwatch(key)
    }
    continuation.resume(throwing: CancellationError())
  }

  /// Asks, as long as it is not cancelled. Every ``stoppedTask(_:cluster:since:)`` waits for this loop.
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

  private func describe(_ batch: ObserverState.Batch) async {
    let tasks = JSONValue.array(batch.arns.map { .string($0) })
    let ends: [ObserverState.Key: TaskEnd]
    do throws(AWSError) {
      let answer = try await caller.call(.ecs, "DescribeTasks", ["cluster": .string(batch.cluster), "tasks": tasks])
      ends = state.answered(batch, answer, at: time.uptime(), using: &generator)
    } catch {
      if error.kind != .cancelled {
        logger.warning(
          "DescribeTasks failed; its tasks are asked for again",
          metadata: ["cluster": "\(batch.cluster)", "error": "\(error.code): \(error.message)"])
      }
      ends = state.failed(batch, error, at: time.uptime(), using: &generator)
    }
    for (key, end) in ends {
      for continuation in (waiters.removeValue(forKey: key) ?? [:]).values { continuation.resume(returning: end) }
    }
    wake()
  }

  private func wake(at dueAt: Duration) async {
    try? await time.sleep(for: max(dueAt - time.uptime(), .zero))
    if armedAt == dueAt { armedAt = nil }
    wake()
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
