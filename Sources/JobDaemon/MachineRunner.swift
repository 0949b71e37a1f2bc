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
  /// What is run; nil for a run of the present instant.
  var id: RunID?
  /// Ends the execution from outside, with a reason.
  var stops: AsyncStream<String>?
  /// Waits and retries are over at once; the history's times are what they would have been.
  var skipsWaits = false

  struct Outcome {
    var result: ExecutionResult
    var history: [HistoryEvent]
  }

  private enum Event: Sendable {
    case task(Int, TaskEvent)
    case timer(Int, at: Instant)
    case stop(reason: String)
  }

  /// - Throws: `CancellationError` where the surrounding task was cancelled before the end.
  func run() async throws -> Outcome {
    var execution = Execution(machine: machine, input: input, context: context)
    var generator = RandomGenerator(random)
    var history: [HistoryEvent] = []
    let (events, continuation) = AsyncStream.makeStream(of: Event.self)
    let run = id ?? RunID(slot: SlotKey(job: job, scheduledAt: time.now()), rerun: 0)
    // Two rehearsals never derive the same client token.
    let installation = String(random.next(), radix: 16)

    return try await withThrowingTaskGroup(of: Bool.self) { group in
      defer { group.cancelAll() }
      if let stops = self.stops {
        group.addTask {
          for await reason in stops { continuation.yield(.stop(reason: reason)) }
          return false
        }
      }
      var stops = 0
      var skipped = Duration.zero
      var launches: [Int: (driver: any TaskDriver, launch: Launch)] = [:]
      var pending = execution.start(at: time.now(), using: &generator)
      var incoming = events.makeAsyncIterator()
      while true {
        for effect in pending {
          switch effect {
          case .record(let event): history.append(event)
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
        case .stop(let reason):
          pending = execution.abort(error: FailureName.stopped.rawValue, cause: reason, at: time.now() + skipped)
        case .timer(let timer, let at):
          let now = time.now() + skipped
          if at > now { skipped += at - now }
          pending = execution.timerFired(timer, at: max(now, at), using: &generator)
        }
      }
    }
  }

  private func prepare(
    _ invocation: TaskInvocation, run: RunID, installation: String
  ) throws(TaskFailure) -> (driver: any TaskDriver, launch: Launch) {
    guard let driver = drivers.first(where: { $0.handles(invocation.resource) }) else {
      throw TaskFailure(
        error: "States.Runtime",
        cause: "The state '\(invocation.state)' needs the resource \(invocation.resource), which nothing here performs")
    }
    let request = TaskRequest(
      launch: LaunchID(run: run, number: invocation.task), task: invocation.task, state: invocation.state,
      resource: invocation.resource, arguments: invocation.arguments)
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
