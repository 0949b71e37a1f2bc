internal import JobModel

/// What comes after something else, or not after it.
extension Checker {
  static func order(_ facts: Facts) -> [Violation] {
    facts.evidence.runs.flatMap { run -> [Violation] in
      guard run.isPlanned, let job = facts.job(run.id) else {
        return []
      }
      return facts.early(run, job) + (job.isOncePerDay ? facts.again(run) : [])
    }
  }
}

extension Facts {
  /// Began before the jobs that it comes after had succeeded for its day.
  fileprivate func early(_ run: Run, _ job: SimulatedJob) -> [Violation] {
    guard let first = tasks(run.id).first else { return [] }
    return job.after.compactMap { upstream in
      let isThere = (runsOfJob[upstream] ?? []).contains { other in
        other.day == run.day && other.status == .succeeded
          && tasks(other.id).contains { $0.didItsWork && $0.task.stoppedAt <= first.task.createdAt }
      }
      if isThere { return nil }
      return Violation(
        .upstream, run: run.id,
        "run \(run.id) began with \(first.text) at \(first.task.createdAt), and \(upstream) had not succeeded for \(run.day)"
      )
    }
  }

  /// Began when its day had succeeded, for as long as everybody can know. The latest slot that was run speaks for a
  /// day, and a run that goes on makes it RUNNING.
  fileprivate func again(_ run: Run) -> [Violation] {
    let others = (runsOfJob[run.id.job] ?? []).filter {
      $0.day == run.day && $0.id != run.id && !clock.isSurelyBefore(run.startedAt, $0.startedAt)
    }
    guard let latest = others.max(by: { $0.id < $1.id }), latest.status == .succeeded, let ended = latest.endedAt,
      others.allSatisfy({ clock.isSurelyBefore($0.endedAt ?? .distantFuture, run.startedAt) })
    else { return [] }
    let (end, begin) = (clock.span(of: ended), clock.span(of: run.startedAt))
    guard end.upperBound + .seconds(120) < begin.lowerBound, isQuiet(end.lowerBound, end.upperBound + .seconds(120))
    else { return [] }
    return [
      Violation(
        .oncePerDay, run: run.id,
        "run \(run.id) began at \(run.startedAt), and \(run.day) had succeeded by run \(latest.id) at \(ended) (oncePer: day)"
      )
    ]
  }
}
