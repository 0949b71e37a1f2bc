internal import JobModel

/// Whether a run's status follows from what its tasks did.
extension Checker {
  static func runs(_ facts: Facts) -> [Violation] {
    facts.evidence.runs.flatMap { run -> [Violation] in
      guard let job = facts.job(run.id) else { return [] }
      return facts.unearned(run, job) + facts.disorder(run, job) + facts.withoutCause(run, job)
    }
  }
}

extension Facts {
  /// The items, or the names of the task definitions, that a run has done.
  private func done(_ run: RunID) -> Set<String> { Set(tasks(run).filter(\.didItsWork).map(\.place)) }

  fileprivate func unearned(_ run: Run, _ job: SimulatedJob) -> [Violation] {
    var found: [Violation] = []
    for launch in launches(run.id) where launch.status == .succeeded {
      if !tasks(run.id).contains(where: { $0.number == launch.id.number && $0.task.succeeded }) {
        found.append(
          Violation(
            .successHasItsTasks, run: run.id, "launch \(launch.id) is SUCCEEDED, and no task of it did its work"))
      }
    }
    for task in tasks(run.id) where task.task.succeeded {
      guard let launch = task.launch, launch.status == .failed, launch.diagnosis?.class != .unknown else { continue }
      found.append(
        Violation(
          .successHasItsTasks, run: run.id,
          "launch \(launch.id) is FAILED (\(launch.diagnosis?.sentence ?? "")), and \(task.text) did its work"))
    }
    guard run.status == .succeeded else { return found }
    let done = done(run.id)
    let ways = job.waysToSucceed
    if !ways.contains(where: { done.isSuperset(of: $0) }) {
      found.append(
        Violation(
          .successHasItsTasks, run: run.id, "run \(run.id) is SUCCEEDED, and only \(done.sorted()) did their work"))
    }
    for (place, tasks) in Dictionary(grouping: tasks(run.id).filter(\.didItsWork), by: \.place) where tasks.count > 1 {
      found.append(
        Violation(.successHasItsTasks, run: run.id, "\(place) of run \(run.id) was done \(tasks.count) times"))
    }
    return found
  }

  /// `second` comes after a success of `first`, `repair` once its attempts are used up.
  fileprivate func disorder(_ run: Run, _ job: SimulatedJob) -> [Violation] {
    guard job.work == .steps else { return [] }
    let tasks = tasks(run.id)
    var found: [Violation] = []
    let first = tasks.filter { $0.place.hasSuffix("-first") }
    if let second = tasks.first(where: { $0.place.hasSuffix("-second") }),
      !first.contains(where: { $0.didItsWork && $0.task.stoppedAt <= second.task.createdAt })
    {
      found.append(
        Violation(
          .orderOfStates, run: run.id,
          "\(second.text) of run \(run.id) was started at \(second.task.createdAt), and first had not succeeded"))
    }
    if let repair = tasks.first(where: { $0.place.hasSuffix("-repair") }) {
      let attempts = launches(run.id).filter { $0.state == "First" }
      if attempts.contains(where: { $0.status == .succeeded }) || attempts.count < job.attempts {
        found.append(
          Violation(
            .orderOfStates, run: run.id,
            "\(repair.text) of run \(run.id) was started after \(attempts.count) of \(job.attempts) attempts at first: \(attempts.map(\.status.rawValue))"
          ))
      }
    }
    return found
  }

  fileprivate func withoutCause(_ run: Run, _ job: SimulatedJob) -> [Violation] {
    switch run.status {
    case .running, .succeeded: return []
    case .timedOut:
      if let limit = job.runTimeout, let ended = run.endedAt,
        !clock.isNeverSet || ended - run.startedAt >= limit - WallClock.skew
      {
        return []
      }
      return [
        Violation(
          .failureHasItsCause, run: run.id,
          "run \(run.id) from \(run.startedAt) is TIMED_OUT, and its runTimeout is \(job.runTimeout?.text ?? "none")")
      ]
    case .failed:
      let places = Dictionary(grouping: launches(run.id)) { "\($0.state) in \($0.scope)" }
      let isExhausted = places.values.contains { launches in
        guard let last = launches.max(by: { $0.id.number < $1.id.number }),
          last.status == .failed || last.status == .stopped
        else { return false }
        // What nobody can tell is not tried again.
        return launches.count >= job.attempts || last.diagnosis?.class == .unknown
      }
      if isExhausted { return [] }
      return [
        Violation(
          .failureHasItsCause, run: run.id,
          "run \(run.id) is \(run.status.rawValue) (\(run.error ?? "")), and no Task state's attempts are used up: \(places.mapValues { $0.map(\.status.rawValue) })"
        )
      ]
    case .aborted:
      let isAsked = wishes.contains { $0.wish == .stop(run.id) && !$0.isRefused }
      let isReplaced = job.overlap == .cancelOther && run.cause?.contains("overlap: cancelOther") == true
      // A run by hand is of the moment at which it was asked for, and may be replaced by any slot.
      let hasLater = !run.isPlanned || (slotsOfJob[run.id.job] ?? []).contains { $0.key > run.id.slot }
      if isAsked || (isReplaced && hasLater) { return [] }
      return [
        Violation(
          .failureHasItsCause, run: run.id, "run \(run.id) is ABORTED (\(run.cause ?? "")), and nobody asked for it")
      ]
    }
  }
}

extension LaunchedTask {
  /// Whether it succeeded, and this counts.
  var didItsWork: Bool { task.succeeded && launch?.status == .succeeded }
}

extension SimulatedJob {
  /// Each a set of places that together are its work.
  fileprivate var waysToSucceed: [Set<String>] {
    switch work {
    case .task: [["\(name)"]]
    case .steps: [["\(name)-first", "\(name)-second"], ["\(name)-repair"]]
    case .branches: [["\(name)-left", "\(name)-right"]]
    case .items(let count, _): [Set((0..<count).map { "\(name)-item \($0)" })]
    }
  }
}
