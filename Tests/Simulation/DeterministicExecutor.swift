internal import CExecutorHook
internal import Dispatch
internal import Synchronization
internal import TestSupport

/// Runs every task of the process on one thread, one step after the other, in an order that a seed decides.
///
/// What a task does between two suspensions is one step; which of those that are ready comes next is drawn, so that
/// different seeds see different interleavings, and one seed always the same. When nothing is ready the clock is
/// moved to the next sleeper: no real time passes.
///
/// It stands behind Swift's global executor, by the hook that the concurrency runtime has for this
/// (`swift_task_enqueueGlobal_hook`), since tasks that are not structured take over no executor from whoever made
/// them. Once installed it serves the whole process, for ever; a test runner's process is no place for it.
public final class DeterministicExecutor: TaskExecutor {
  private struct Jobs {
    var ready: [UnownedJob] = []
    /// Those of a step that leaves the thread: nothing else runs until it is over.
    var away: [UnownedJob] = []
    var isAway = false
    var order = SeededRandom(seed: 0)
  }

  public static let shared = DeterministicExecutor()

  private let jobs = Mutex(Jobs())
  private let arrivals = DispatchSemaphore(value: 0)

  private init() {}

  private typealias Original = @convention(thin) (UnownedJob) -> Void
  private typealias Hook = @convention(thin) (UnownedJob, Original) -> Void

  /// Takes over the process. Called once, before any task is made.
  public func install() {
    UnsafeMutableRawPointer(jobd_enqueue_global_hook()).assumingMemoryBound(to: Hook?.self).pointee = { job, _ in
      DeterministicExecutor.shared.take(job)
    }
  }

  public func enqueue(_ job: consuming ExecutorJob) { take(UnownedJob(job)) }

  private func take(_ job: UnownedJob) {
    let isAway = jobs.withLock { jobs in
      if jobs.isAway { jobs.away.append(job) } else { jobs.ready.append(job) }
      return jobs.isAway
    }
    if isAway { arrivals.signal() }
  }

  /// Runs until the body has returned.
  ///
  /// - Parameters:
  ///   - order: the seed of the order.
  ///   - advance: moves the clock to the next sleeper; false where nobody sleeps.
  /// - Returns: nil where nothing can ever happen any more and the body waits still.
  public func run<Result: Sendable>(
    order: UInt64, advance: () -> Bool, _ body: @escaping @Sendable () async -> Result
  ) -> Result? {
    jobs.withLock { jobs in
      jobs.ready.removeAll()
      jobs.order = SeededRandom(seed: order)
    }
    let box = ResultBox<Result>()
    Task.detached { box.set(await body()) }
    while true {
      if let result = box.value { return result }
      if let job = next() {
        job.runSynchronously(on: asUnownedTaskExecutor())
      } else if !advance() {
        return nil
      }
    }
  }

  /// Lets what is ready come to its end.
  public func drain() {
    while let job = next() { job.runSynchronously(on: asUnownedTaskExecutor()) }
  }

  private func next() -> UnownedJob? {
    while true {
      let (job, isAway): (UnownedJob?, Bool) = jobs.withLock { jobs in
        if jobs.isAway { return (jobs.away.isEmpty ? nil : jobs.away.removeFirst(), true) }
        guard !jobs.ready.isEmpty else { return (nil, false) }
        let index = jobs.ready.count == 1 ? 0 : Int(jobs.order.next() % UInt64(jobs.ready.count))
        jobs.ready.swapAt(index, jobs.ready.count - 1)
        return (jobs.ready.removeLast(), false)
      }
      if job != nil || !isAway { return job }
      arrivals.wait()
    }
  }

  /// Performs what goes over other threads (SQLite's) as one step of the caller: nobody else runs until it is over, so
  /// that the speed of those threads decides nothing.
  public func alone<Value: Sendable>(_ body: @escaping @Sendable () async -> Value) -> Value {
    let box = ResultBox<Value>()
    jobs.withLock { $0.isAway = true }
    Task.detached { box.set(await body()) }
    while box.isEmpty {
      if let job = next() { job.runSynchronously(on: asUnownedTaskExecutor()) }
    }
    jobs.withLock { jobs in
      jobs.isAway = false
      jobs.ready += jobs.away
      jobs.away.removeAll()
    }
    return box.taken()
  }
}

private final class ResultBox<Value: Sendable>: Sendable {
  private let state = Mutex<Value?>(nil)
  var value: Value? { state.withLock { $0 } }
  var isEmpty: Bool { state.withLock { $0 == nil } }

  func taken() -> Value {
    guard let value else { preconditionFailure("there is no value yet") }
    return value
  }

  func set(_ value: Value) { state.withLock { $0 = value } }
}
