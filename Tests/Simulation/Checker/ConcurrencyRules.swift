internal import JobModel

/// How many runs go on at a time, and how many wait.
extension Checker {
  static func concurrency(_ facts: Facts) -> [Violation] {
    facts.evidence.scenario.edition.jobs.flatMap { overlaps($0, facts) + queue($0, facts) }
      + facts.evidence.scenario.edition.pools.flatMap {
        pool($0.key, limit: $0.value, facts) + turns(in: $0.key, limit: $0.value, facts)
      }
  }

  /// A run, for as long as something of it goes on.
  private struct Stay {
    var run: RunID
    var isFilled: Bool
    var from: Duration
    var to: Duration
  }

  /// By the lives of the runs' tasks, as ECS saw them.
  private static func byTasks(_ jobs: Set<JobName>, _ facts: Facts) -> [Stay] {
    facts.tasks.compactMap { task in
      guard let run = task.run, jobs.contains(run.job) else { return nil }
      return Stay(
        run: run, isFilled: facts.runs[run]?.trigger == .backfill, from: task.task.createdAt, to: task.holdsUntil)
    }
  }

  /// As jobd has them on record; only where the clock says when that was.
  private static func byRecord(_ jobs: Set<JobName>, _ facts: Facts) -> [Stay] {
    guard facts.clock.isNeverSet else { return [] }
    return jobs.flatMap { facts.runsOfJob[$0] ?? [] }.map { run in
      let began = facts.clock.span(of: run.startedAt).upperBound
      let ended = run.endedAt.map { facts.clock.span(of: $0).lowerBound } ?? facts.evidence.endedAt
      return Stay(run: run.id, isFilled: run.trigger == .backfill, from: began, to: ended)
    }
  }

  /// The first moment at which more runs go on than may.
  ///
  /// - Parameter filled: how many of a backfill may, where no other run goes on.
  private static func crowd(_ stays: [Stay], limit: Int, filled: Int = 0) -> (at: Duration, runs: [RunID])? {
    var present: [Stay] = []
    // One so short that it may have been over before it is certain to have begun stays nowhere.
    for stay in stays.filter({ $0.to > $0.from }).sorted(by: { $0.from < $1.from }) {
      present.removeAll { $0.to <= stay.from }
      present.append(stay)
      let runs = Set(present.map(\.run))
      if runs.count > (present.allSatisfy(\.isFilled) ? max(limit, filled) : limit) {
        return (stay.from, runs.sorted())
      }
    }
    return nil
  }

  private static func overlaps(_ job: SimulatedJob, _ facts: Facts) -> [Violation] {
    if job.overlap == .allow { return [] }
    let filled = facts.evidence.backfills.filter { $0.job == job.name }.map(\.maxParallel).max() ?? 0
    return [("by their tasks", byTasks([job.name], facts)), ("by the record", byRecord([job.name], facts))].compactMap {
      what, stays in
      crowd(stays, limit: 1, filled: filled).map { crowd in
        Violation(
          .overlap, run: crowd.runs.last,
          "runs \(crowd.runs) go on at \(crowd.at) (\(what)), with overlap \(job.overlap)")
      }
    }
  }

  private static func pool(_ name: String, limit: Int, _ facts: Facts) -> [Violation] {
    let jobs = Set(facts.jobs.values.filter { $0.pool == name }.map(\.name))
    return [("by their tasks", byTasks(jobs, facts)), ("by the record", byRecord(jobs, facts))].compactMap {
      what, stays in
      crowd(stays, limit: limit).map { crowd in
        Violation(
          .pools, run: crowd.runs.last,
          "runs \(crowd.runs) go on at \(crowd.at) (\(what)), and pool \(name) takes \(limit)")
      }
    }
  }

  /// Nobody takes a pool's last place from a slot that waits for it and comes first.
  private static func turns(in pool: String, limit: Int, _ facts: Facts) -> [Violation] {
    guard facts.clock.isNeverSet else { return [] }
    // A write that is refused is tried again, and then a slot may come to wait late.
    let prompt = facts.storeIsPrompt ? .distantPast : facts.clock.time(at: facts.calmAt)
    let jobs = facts.jobs.values.filter { $0.pool == pool }
    let runs = jobs.flatMap { facts.runsOfJob[$0.name] ?? [] }
    let waiting = jobs.filter { facts.isHeldUpByPoolsAlone($0) }.flatMap { job in
      (facts.runsOfJob[job.name] ?? []).filter {
        $0.isPlanned && $0.trigger == .schedule && $0.id.slot.scheduledAt >= prompt && facts.hasWaited($0)
      }
    }
    return waiting.compactMap { waiting -> Violation? in
      guard let job = facts.job(waiting.id) else { return nil }
      let overtaking = runs.first { run in
        guard run.isPlanned, run.id.job != job.name, let other = facts.job(run.id),
          (other.priority, waiting.id.slot.scheduledAt) < (job.priority, run.id.slot.scheduledAt),
          run.startedAt > waiting.id.slot.scheduledAt + .seconds(60), run.startedAt + .seconds(60) < waiting.startedAt
        else { return false }
        let present = runs.count { $0.startedAt <= run.startedAt && $0.endedAt ?? .distantFuture > run.startedAt }
        let seen = facts.clock.span(of: waiting.id.slot.scheduledAt).lowerBound
        return present >= limit && facts.isQuiet(seen, facts.clock.span(of: run.startedAt).upperBound)
      }
      return overtaking.map {
        Violation(
          .turns, run: waiting.id,
          "run \($0.id) of priority \(facts.job($0.id)?.priority ?? 0) began at \($0.startedAt) in pool \(pool), and the slot of \(waiting.id), of priority \(job.priority), waited until \(waiting.startedAt)"
        )
      }
    }
  }

  /// When a run of the schedule begins, all that is due is decided on; what runs later than that, waits.
  private static func queue(_ job: SimulatedJob, _ facts: Facts) -> [Violation] {
    guard case .queue(let limit) = job.overlap, job.after.isEmpty, facts.clock.isNeverSet else { return [] }
    let runs = (facts.runsOfJob[job.name] ?? []).filter { $0.isPlanned && $0.trigger == .schedule }
    for run in runs {
      // Itself too, where it has waited.
      let waiting = runs.filter {
        $0.id.slot.scheduledAt < run.startedAt - .seconds(90) && $0.startedAt >= run.startedAt
      }
      if waiting.count > limit,
        facts.isQuiet(
          facts.clock.span(of: run.startedAt).lowerBound - .seconds(300), facts.clock.span(of: run.startedAt).upperBound
        )
      {
        return [
          Violation(
            .queues, run: run.id,
            "when run \(run.id) began at \(run.startedAt), \(waiting.count) slots waited, and the queue takes \(limit): \(waiting.map(\.id))"
          )
        ]
      }
    }
    return []
  }
}

extension Facts {
  /// Whether nothing but a full pool, or a run of its own, makes a slot of a job wait.
  fileprivate func isHeldUpByPoolsAlone(_ job: SimulatedJob) -> Bool {
    job.after.isEmpty && !job.isOncePerDay && !wishes.contains { $0.wish == .pause(job.name) }
  }

  /// Whether it began late, and no run of its job was in the way meanwhile.
  fileprivate func hasWaited(_ run: Run) -> Bool {
    let due = run.id.slot.scheduledAt
    guard run.startedAt - due > .seconds(120) else { return false }
    return !(runsOfJob[run.id.job] ?? []).contains {
      $0.id != run.id && $0.startedAt <= run.startedAt && $0.endedAt ?? .distantFuture > due - .seconds(60)
    }
  }
}
