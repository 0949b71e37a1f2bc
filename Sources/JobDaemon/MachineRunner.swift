internal import JobModel
internal import StatesLanguage

/// Runs one execution of a machine to its end, with nothing stored: the shell around one `Execution`.
struct MachineRunner {
  /// Names what is launched, for the drivers.
  var job: JobName
  var machine: StateMachine
  var input: JSONValue
  var context: JSONValue
  var time: any TimeSource
  var random: any RandomSource
  var drivers: [any TaskDriver] = []
  /// Waits and retries are over at once; the history's times are what they would have been.
  var skipsWaits = false
  var limits = MachineLimits.stepFunctions
  /// A history may hold a million events; who does not look at it need not keep it.
  var keepsHistory = true

  struct Outcome {
    var result: ExecutionResult
    var history: [HistoryEvent]
    /// What a mock file had no answer to.
    var mockProblems: [String] = []
  }

  private enum Event: Sendable {
    case task(Int, TaskEvent)
    case timer(Int, at: Instant)
  }

  /// - Throws: `CancellationError` where the surrounding task was cancelled before the end.
  func run() async throws -> Outcome {
    var execution = Execution(machine: machine, input: input, context: context)
    execution.limits = ExecutionLimits(limits)
    var generator = RandomGenerator(random)
    var history: [HistoryEvent] = []
    let (events, continuation) = AsyncStream.makeStream(of: Event.self)
    let run = RunID(slot: SlotKey(job: job, scheduledAt: time.now()), rerun: 0)
    // Two rehearsals never derive the same client token.
    let installation = String(random.next(), radix: 16)

    return try await withThrowingTaskGroup(of: Bool.self) { group in
      defer { group.cancelAll() }
      var stops = 0
      var skipped = Duration.zero
      var launches: [Int: (driver: any TaskDriver, launch: Launch)] = [:]
      var pending = execution.start(at: time.now(), using: &generator)
      var incoming = events.makeAsyncIterator()
      while true {
        for effect in pending {
          switch effect {
          case .record(let event): if keepsHistory { history.append(event) }
          case .finish(let result):
            // A task that was given up is stopped before the end.
            while stops > 0, let isStop = try await group.next() { stops -= isStop ? 1 : 0 }
            return Outcome(result: result, history: history)
          case .disarm: break
          case .arm(let timer, let at):
            let skips = skipsWaits && execution.isPause(timer)
            let length = skips ? .zero : at - (time.now() + skipped)
            group.addTask { [time] in
              if length > .zero { try await time.sleep(for: length) }
              continuation.yield(.timer(timer, at: at))
              return false
            }
          case .cancel(let task, let reason):
            if let (driver, launch) = launches.removeValue(forKey: task) {
              stops += 1
              group.addTask {
                try await driver.stop(launch, reason: reason)
                return true
              }
            }
          case .invoke(let invocation):
            do throws(TaskFailure) {
              let (driver, launch) = try prepare(invocation, run: run, installation: installation)
              launches[invocation.task] = (driver, launch)
              group.addTask {
                try await MachineRunner.perform(launch, driver, continuation)
                return false
              }
            } catch {
              continuation.yield(.task(invocation.task, error.event))
            }
          }
        }
        guard let event = await incoming.next() else { throw CancellationError() }
        switch event {
        case .task(let task, let event):
          pending = execution.taskEvent(task, event, at: time.now() + skipped, using: &generator)
        case .timer(var timer, var at):
          if skipsWaits, execution.isPause(timer), let first = earliest(execution, before: at) {
            // What would have happened during the pause comes first.
            continuation.yield(.timer(timer, at: at))
            (timer, at) = first
          }
          let now = time.now() + skipped
          if at > now { skipped += at - now }
          pending = execution.timerFired(timer, at: max(now, at), using: &generator)
        }
      }
    }
  }

  /// The timer that would have been due before a pause that is skipped: a shorter pause or, while no task is at
  /// work, a timeout. A task that works does so in real time, and so does its timeout.
  private func earliest(_ execution: Execution, before at: Instant) -> (timer: Int, at: Instant)? {
    let isIdle = execution.openTasks.isEmpty
    let due = execution.timers.filter { $0.value < at && (isIdle || execution.isPause($0.key)) }
    return due.min { ($0.value, $0.key) < ($1.value, $1.key) }.map { (timer: $0.key, at: $0.value) }
  }

  private func prepare(
    _ invocation: TaskInvocation, run: RunID, installation: String
  ) throws(TaskFailure) -> (driver: any TaskDriver, launch: Launch) {
    guard let driver = drivers.first(where: { $0.handles(invocation.resource) }) else {
      throw TaskFailure(
        error: "States.Runtime",
        cause: "The state '\(invocation.state)' needs the resource \(invocation.resource), which nothing here performs")
    }
    // Nothing is sent: a worker that got the token would find nobody who takes its answer.
    if invocation.token != nil, !driver.answersForTokens {
      throw TaskFailure(
        error: FailureName.runtime.rawValue,
        cause: "The state '\(invocation.state)' waits for its task token to come back (\(invocation.resource)), and "
          + "without a daemon there is nobody to bring it to: run it by jobd serve, or mock the state")
    }
    let request = TaskRequest(
      launch: LaunchID(run: run, number: invocation.task), task: invocation.task, scope: invocation.scope,
      token: invocation.token, state: invocation.state, resource: invocation.resource,
      arguments: invocation.arguments)
    return (driver, try driver.prepare(request, installation: installation, at: time.now()))
  }

  private static func perform(
    _ launch: Launch, _ driver: any TaskDriver, _ events: AsyncStream<Event>.Continuation
  ) async throws {
    var launch = launch
    var report = try await driver.start(launch, recovering: false)
    if case .submitted(let taskARN, let submission) = report {
      events.yield(.task(launch.task, .submitted(output: submission)))
      launch.status = .submitted
      launch.taskARN = taskARN
      launch.submission = submission
      report = try await driver.follow(launch)
    }
    switch report {
    case .submitted: break
    case .succeeded(let output, _, _): events.yield(.task(launch.task, .succeeded(output: output)))
    case .failed(let failure): events.yield(.task(launch.task, failure.event))
    }
  }
}

extension TaskFailure {
  fileprivate var event: TaskEvent { .failed(error: error, aliases: aliases, cause: cause) }
}
