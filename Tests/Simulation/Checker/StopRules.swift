internal import JobModel

/// Why jobd gives something up: a task that it tells to stop, a launch of which it says that nobody can tell, or that
/// it started nothing.
extension Checker {
  static func givingUp(_ facts: Facts) -> [Violation] {
    facts.tasks.compactMap { facts.needlessStop(of: $0) }
      + facts.evidence.launches.flatMap { run, launches in
        launches.compactMap { facts.rashDoubt(of: $0, in: run) ?? facts.inventedDenial(of: $0, in: run) }
      }
  }
}

extension Facts {
  /// A task that was told to stop though its time was not over, and nobody wanted its run to end.
  fileprivate func needlessStop(of task: LaunchedTask) -> Violation? {
    guard let at = stopAsked[task.arn], let id = task.run, let run = runs[id], let job = job(id) else { return nil }
    // Whether a run may end like this is another rule.
    if run.status == .aborted || run.status == .timedOut { return nil }
    if wishes.contains(where: { $0.wish == .stop(id) && !$0.isRefused && $0.askedAt <= at }) { return nil }
    if let launch = task.launch, isOver(launch, by: at, job) { return nil }
    if hasFailed(beside: task, of: id, job, by: at) { return nil }
    return Violation(
      .stopsHaveTheirCause, run: id,
      "\(task.text) of run \(id) was told to stop at \(at), \(at - task.task.createdAt) after it was started, with a timeout of \(job.timeout); nobody asked for that"
    )
  }

  /// Whether the time of a launch's task was over, or that in which it has to come to run.
  private func isOver(_ launch: Launch, by at: Duration, _ job: SimulatedJob) -> Bool {
    let age = age(of: launch, at: at)
    if age >= job.timeout { return true }
    guard let limit = job.startTimeout, age >= limit else { return false }
    let began = clock.span(of: launch.intendedAt).lowerBound
    let task = tasks(launch.id.run).first { $0.number == launch.id.number }
    return task.map { $0.task.runningAt > began + limit - .seconds(60) } ?? true
  }

  /// How long ago a launch was committed, at the most, as whoever looks at a clock would say.
  func age(of launch: Launch, at: Duration) -> Duration {
    let began = clock.span(of: launch.intendedAt).lowerBound
    return at - began + clock.forward(began, at) + WallClock.skew
  }

  /// Whether another branch or item had failed, with which the rest goes.
  private func hasFailed(beside task: LaunchedTask, of run: RunID, _ job: SimulatedJob, by at: Duration) -> Bool {
    switch job.work {
    case .branches, .items:
      launches(run).contains { launch in
        guard launch.id.number != task.number else { return false }
        switch launch.status {
        case .failed: return launch.endedAt.map { clock.span(of: $0).lowerBound <= at } ?? false
        case .stopped: return isOver(launch, by: at, job)
        default: return false
        }
      }
    default: false
    }
  }

  /// A launch of which jobd says that nobody can tell, though it did not ask and look for its task for long.
  fileprivate func rashDoubt(of launch: Launch, in run: RunID) -> Violation? {
    guard launch.diagnosis?.class == .unknown, launch.taskARN == nil, let ended = launch.endedAt else { return nil }
    let tried = clock.span(of: ended).upperBound - clock.span(of: launch.intendedAt).lowerBound
    guard tried < shortestDoubt else { return nil }
    return Violation(
      .doubtsAreLookedInto, run: run,
      "launch \(launch.id) was committed at \(launch.intendedAt), and \(tried) later nobody could tell what had become of it: \(launch.diagnosis?.sentence ?? "")"
    )
  }

  /// A launch that has failed without a task, though ECS never said that there is none.
  fileprivate func inventedDenial(of launch: Launch, in run: RunID) -> Violation? {
    guard launch.status == .failed, launch.taskARN == nil, launch.diagnosis?.class != .unknown,
      let startedBy = launch.startedBy, !denied.contains(startedBy)
    else { return nil }
    return Violation(
      .denialsAreECSs, run: run,
      "launch \(launch.id) has failed without a task (\(launch.diagnosis?.sentence ?? "")), and ECS never denied one")
  }

  /// A request is repeated for as long as its token lives, by the wall clock; a search that is refused ends earlier.
  private var shortestDoubt: Duration { clock.isNeverSet && !mayDenyAccess ? .seconds(2_400) : .seconds(30) }
}
