internal import JobModel

/// What runs late runs as `catchUp` says.
extension Checker {
  /// A slot is at most a minute late to be on time; the rest is for what happens between deciding and beginning.
  private static let onTime = Duration.seconds(60 + 300)

  static func catchingUp(_ facts: Facts) -> [Violation] {
    facts.evidence.runs.compactMap { run -> Violation? in
      guard run.isPlanned, run.trigger == .schedule, let job = facts.job(run.id) else { return nil }
      let lateness = run.startedAt - run.id.slot.scheduledAt
      guard lateness > onTime else { return nil }
      let span = facts.clock.span(of: run.startedAt)
      // Only where nothing can have come between deciding and beginning.
      guard facts.isDecidedInQuiet(span),
        let schedule = facts.tenure(of: job.name, span.lowerBound - .seconds(300), span.upperBound)?.schedules
      else { return nil }
      return problem(of: run, job, schedule, lateness, facts).map {
        Violation(.catchUp, run: run.id, "run \(run.id) began \(lateness) after its time, and \($0)")
      }
    }
  }

  private static func problem(
    of run: Run, _ job: SimulatedJob, _ schedule: SimulatedJob.Schedule, _ lateness: Duration, _ facts: Facts
  ) -> String? {
    if lateness > job.catchUp.within + .seconds(300) { return "catchUp's within is \(job.catchUp.within)" }
    // One that has waited was there in time.
    if job.canWait { return nil }
    switch job.catchUp {
    case .none: return "catchUp is none"
    case .latest:
      let later = facts.due(
        job.name, by: schedule, after: run.id.slot.scheduledAt, upTo: run.startedAt - .seconds(300))
      return later.last.map { "the slot of \($0) was later (catchUp: latest)" }
    case .all: return nil
    }
  }
}
