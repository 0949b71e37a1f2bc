internal import JobModel

/// A paused job does not start by itself.
extension Checker {
  static func pauses(_ facts: Facts) -> [Violation] {
    facts.wishes.flatMap { pause -> [Violation] in
      guard case .pause(let job) = pause.wish, pause.isDone else { return [] }
      let resumes = facts.wishes.filter { $0.wish == .resume(job) && !$0.isRefused }
      // One that was on its way when the pause was answered may have ended it.
      if resumes.contains(where: { $0.askedAt <= pause.answeredAt && $0.answeredAt >= pause.askedAt }) { return [] }
      let until = resumes.map(\.askedAt).filter { $0 > pause.answeredAt }.min() ?? facts.evidence.endedAt
      return (facts.runsOfJob[job] ?? []).compactMap { run in
        guard run.isPlanned else { return nil }
        let began = facts.clock.span(of: run.startedAt)
        guard began.lowerBound > pause.answeredAt, began.upperBound < until else { return nil }
        return Violation(
          .pauses, run: run.id,
          "run \(run.id) began at \(began.lowerBound + WallClock.skew), and the job was paused from \(pause.answeredAt) to \(until)"
        )
      }
    }
  }
}
