internal import JobModel

/// Watches one task of a launch to its end, and stops it where it does not come to run in time.
struct TaskWatch: Sendable {
  var time: any TimeSource
  var random: any RandomSource
  /// Waits until the task has stopped.
  var stopped: @Sendable () async throws(CancellationError) -> TaskEnd
  /// Waits until the task was seen to run, or is over.
  var started: @Sendable () async throws(CancellationError) -> Void
  /// The task as ECS shows it now; nil where it does not, or does not answer, which is no reason to stop it.
  var look: @Sendable () async throws(CancellationError) -> JSONValue?
  /// Asks ECS to stop the task, for a reason, until it was told or goes on refusing.
  var stop: @Sendable (String) async throws(CancellationError) -> Void

  /// How a watch ended.
  struct End: Sendable {
    /// Nil where the task did not stop within ``ECSLimits/stopGrace`` after it was asked to.
    var end: TaskEnd?
    /// Where the task was stopped since it did not come to run.
    var hung: HungStart?
  }

  private enum News: Sendable {
    case over(TaskEnd)
    case started
    case hung(HungStart)
    case graceIsOver
  }

  /// - Parameter limit: seconds that the task may take to start.
  func end(of launch: Launch, within limit: Int) async throws(CancellationError) -> End {
    do {
      return try await withThrowingTaskGroup(of: News.self) { group in
        group.addTask { .over(try await stopped()) }
        group.addTask { try await start(of: launch, limit: limit) }
        var hung: HungStart?
        while let news = try await group.next() {
          switch news {
          case .started: continue
          case .hung(let start):
            hung = start
            group.addTask {
              try await stop(start.stopReason)
              try await time.sleep(for: ECSLimits.stopGrace)
              return .graceIsOver
            }
          case .over(let end):
            group.cancelAll()
            return End(end: end, hung: hung)
          case .graceIsOver:
            // A task that came to run after all is no task that hangs; one that is ending is over soon.
            if let task = try await look(), !StartDeadline.isStarting(task) {
              if StartDeadline.runs(task) { hung = nil }
              continue
            }
            group.cancelAll()
            return End(end: nil, hung: hung)
          }
        }
        throw CancellationError()
      }
    } catch {
      throw CancellationError()
    }
  }

  private func start(of launch: Launch, limit: Int) async throws -> News {
    let clock = LaunchClock(launch: launch, time: time)
    if try await hasStarted(within: .seconds(limit) - max(clock.age(), .zero)) { return .started }
    var generator = RandomGenerator(random)
    var backoff = Backoff(ECSLimits.askDelay)
    while true {
      let task = try await look()
      // Its request may have waited for long before ECS took it: the task's own time counts, once it is known.
      let age = task.flatMap { StartDeadline.age(of: $0, at: time.now()) } ?? clock.age()
      if age < .seconds(limit), task != nil {
        if try await hasStarted(within: .seconds(limit) - age) { return .started }
        continue
      }
      switch StartDeadline.decision(for: task, age: age) {
      case .leave: return .started
      case .stop(let hung): return .hung(hung)
      case .lookAgain: try await time.sleep(for: backoff.next(using: &generator))
      }
    }
  }

  /// Waits until the observer sees the task run, or its time is over. A task whose time is over already, when jobd
  /// comes back to it, has mostly run for long: the observer's next look, which it shares with all others, tells.
  private func hasStarted(within left: Duration) async throws -> Bool {
    try await withThrowingTaskGroup(of: Bool.self) { group in
      group.addTask {
        try await started()
        return true
      }
      group.addTask {
        try await time.sleep(for: left > .zero ? left : ECSLimits.lateLook)
        return false
      }
      defer { group.cancelAll() }
      return try await group.next() ?? false
    }
  }
}
