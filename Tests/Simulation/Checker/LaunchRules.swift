internal import JobModel

/// What became of single launches, and when they may follow one another.
extension Checker {
  static func launches(_ facts: Facts) -> [Violation] {
    var found: [Violation] = []
    for (startedBy, tasks) in Dictionary(grouping: facts.tasks, by: \.task.startedBy) where tasks.count > 1 {
      if zip(tasks, tasks.dropFirst()).allSatisfy({ facts.wasForgotten($0, by: $1.task.createdAt) }) { continue }
      found.append(
        Violation(
          .oneTaskALaunch, run: tasks[0].run, "\(startedBy) started \(tasks.map(\.text).joined(separator: ", "))"))
    }
    for task in facts.tasks { found += facts.recordProblem(of: task) }
    return found
  }

  /// Those of one run.
  static func taskLives(_ facts: Facts) -> [Violation] {
    facts.tasksOfRun.flatMap { run, tasks in
      Dictionary(grouping: tasks, by: \.place).values.flatMap { tasks in
        zip(tasks, tasks.dropFirst()).flatMap { facts.problems(of: $1, after: $0, in: run) }
      }
    }
      + facts.tasks.flatMap { facts.overstay(of: $0) }
      + facts.evidence.launches.flatMap { run, launches in facts.excess(of: launches, in: run) }
  }
}

extension Facts {
  fileprivate func recordProblem(of task: LaunchedTask) -> [Violation] {
    guard let run = task.run, let launch = task.launch else {
      return [
        Violation(.tasksAreOnRecord, run: task.run, "\(task.text) by \(task.task.startedBy) has no launch on record")
      ]
    }
    if let arn = launch.taskARN {
      if arn == task.arn { return [] }
      let next = tasks(run).first { $0.arn == arn }
      if let next, next.number == task.number, wasForgotten(task, by: next.task.createdAt) { return [] }
      return [Violation(.tasksAreOnRecord, run: run, "\(task.text) of run \(run) is on record as \(arn)")]
    }
    // One of which jobd says that nobody can tell, and one that it had given up, are honest.
    if launch.status == .stopped || launch.diagnosis?.class == .unknown { return [] }
    return [
      Violation(
        .tasksAreOnRecord, run: run,
        "\(task.text) of run \(run) was started at \(task.task.createdAt), and its launch is on record as \(launch.status.rawValue) without a task: \(launch.diagnosis?.sentence ?? "")"
      )
    ]
  }

  /// Whether one attempt may follow another as it did.
  fileprivate func problems(of task: LaunchedTask, after former: LaunchedTask, in run: RunID) -> [Violation] {
    var found: [Violation] = []
    let at = task.task.createdAt
    // In a machine whose retrier takes them, errors of which nobody can tell are tried again: its author says so.
    let isUncertain = former.launch?.diagnosis?.class == .unknown && job(run)?.work != .task
    if at < former.holdsUntil, !isUncertain {
      found.append(
        Violation(
          .neverTwoLive, run: run,
          "\(task.text) of run \(run) was started at \(at), while \(former.text) lived from \(former.task.createdAt) to \(former.task.stoppedAt)"
        ))
    }
    if former.task.succeeded, at >= former.task.stoppedAt, !isUncertain, !wasLate(former),
      !wasForgotten(former, by: at)
    {
      found.append(
        Violation(
          .nothingAfterSuccess, run: run,
          "\(task.text) of run \(run) was started at \(at), after \(former.text) had succeeded at \(former.task.stoppedAt) (launch \(former.launch?.status.rawValue ?? "?"))"
        ))
    }
    guard let retry = job(run)?.retry, !retry.isJittered, !former.isGivenUp, at >= former.task.stoppedAt else {
      return found
    }
    var delay = retry.interval
    let earlier = launches(run).filter {
      $0.scope == former.launch?.scope && $0.state == former.launch?.state && $0.id.number < task.number
    }
    for _ in 0..<max(0, earlier.count - 1) { delay = delay * retry.backoffRate }
    let due = former.task.stoppedAt + delay - clock.forward(former.task.createdAt, at) - WallClock.skew
    if at < due {
      found.append(
        Violation(
          .retryInterval, run: run,
          "\(task.text) of run \(run) was started at \(at), \(at - former.task.stoppedAt) after the end of \(former.text), not after \(delay)"
        ))
    }
    return found
  }

  /// Whether it was given up for its timeout before it ended: what it did later does not count.
  private func wasLate(_ task: LaunchedTask) -> Bool {
    guard task.isGivenUp, let launch = task.launch, let job = task.run.flatMap({ job($0) }) else { return false }
    return age(of: launch, at: task.task.stoppedAt) >= job.timeout
  }

  /// Whether ECS had forgotten it by then, and whoever came back could not tell: the clock, which was set back meanwhile,
  /// said that ECS would still show it.
  fileprivate func wasForgotten(_ task: LaunchedTask, by at: Duration) -> Bool {
    at - task.task.stoppedAt > .seconds(3_600) && clock.backward(task.task.createdAt, at) > .zero
  }

  /// Whether it went on although its time was over and somebody was there to stop it.
  fileprivate func overstay(of task: LaunchedTask) -> [Violation] {
    var found: [Violation] = []
    let life = task.task
    if life.stoppingAt > evidence.endedAt {
      found.append(Violation(.nothingLivesOn, run: task.run, "\(task.text) by \(life.startedBy) lives in the end"))
    }
    guard let run = task.run, let job = job(run) else { return found }
    let end = min(life.stoppingAt, stopAsked[task.arn] ?? life.stoppingAt, evidence.endedAt)
    var due = life.createdAt + job.timeout
    // A process that takes a run over after the clock was set back cannot tell how much of a timeout is left.
    if clock.steps.contains(where: { $0.by < .zero && $0.at < end }) { due = due + job.timeout }
    let quiet = longestQuiet(due, end)
    if quiet > stopTime {
      found.append(
        Violation(
          .timeouts, run: run,
          "\(task.text) of run \(run), started at \(life.createdAt) with a timeout of \(job.timeout), went on until \(end); jobd was well for \(quiet) of that"
        ))
    }
    if let violation = slowStart(of: task, job, until: end) { found.append(violation) }
    return found
  }

  /// Whether it was left alone although it did not come to run in time.
  private func slowStart(of task: LaunchedTask, _ job: SimulatedJob, until end: Duration) -> Violation? {
    guard job.work == .task, let run = task.run, let limit = job.startTimeout else { return nil }
    let due = task.task.createdAt + limit
    let quiet = longestQuiet(due, min(end, task.task.runningAt))
    guard due < task.task.runningAt, clock.backward == .zero, quiet > .seconds(600) else { return nil }
    return Violation(
      .timeouts, run: run,
      "\(task.text) of run \(run), started at \(task.task.createdAt) with a startTimeout of \(limit), had not come to run at \(end); jobd was well for \(quiet) of that"
    )
  }

  fileprivate func excess(of launches: [Launch], in run: RunID) -> [Violation] {
    guard let job = job(run) else { return [] }
    return Dictionary(grouping: launches) { "\($0.state) in \($0.scope)" }.compactMap { place, launches in
      guard launches.count > job.attempts else { return nil }
      return Violation(
        .attempts, run: run, "\(place) of run \(run) was launched \(launches.count) times, not \(job.attempts)")
    }
  }
}

extension SimulatedJob {
  /// Of each Task state, the first included.
  var attempts: Int { retry?.maxAttempts ?? 1 }
}
