internal import JobModel

/// Whether runs go on.
extension Checker {
  /// After the end of its tasks a run is over, or launches the next one, before long.
  static func progress(_ facts: Facts) -> [Violation] {
    // Whoever takes a run over cannot tell how much of a retry's interval is left once the clock was set.
    guard facts.clock.isNeverSet else { return [] }
    return facts.evidence.runs.flatMap { facts.standstills(of: $0) }
  }
}

extension Facts {
  /// Long enough for ECS to show what has become of a task that it did not show.
  private static let patience = Duration.seconds(1_200)

  /// For so long a launch's task is looked for where jobd cannot tell whether there is one: a quarter of an hour where
  /// calls arrive, and the longer the seldomer three in a row do, which a search takes, as a stop does.
  private var search: Duration { stopTime * 1.5 }

  /// Until when tasks may have been looked for that were asked for before.
  private func searchedUntil(_ moment: Duration, of run: Run) -> Duration {
    asks(run.id).filter { $0.at < moment }.map { $0.at + search }.max() ?? .zero
  }

  fileprivate func standstills(of run: Run) -> [Violation] {
    guard let job = job(run.id) else { return [] }
    let ended = run.endedAt.map { clock.span(of: $0).lowerBound } ?? evidence.endedAt
    let tasks = tasks(run.id)
    return tasks.compactMap { task -> Violation? in
      let end = task.task.stoppedAt
      guard !tasks.contains(where: { $0.task.createdAt <= end && $0.task.stoppedAt > end }) else { return nil }
      // A launch may have been decided on while its forerunner was still being stopped.
      let others = launches(run.id).filter { $0.id.number != task.number }
      let moments =
        others.flatMap { [$0.intendedAt, $0.endedAt].compactMap(\.self) }.map { clock.span(of: $0).lowerBound }
        + tasks.map(\.task.createdAt)
      let next = min(moments.filter { $0 > end }.min() ?? ended, ended)
      let quiet = longestQuiet(max(end + job.longestDelay, searchedUntil(next, of: run)), next)
      guard quiet > Self.patience else { return nil }
      return Violation(
        .progress, run: run.id,
        "\(task.text) of run \(run.id) ended at \(end), and nothing followed until \(next); jobd was well for \(quiet) of that"
      )
    }
  }
}

extension SimulatedJob {
  /// Between two attempts.
  fileprivate var longestDelay: Duration {
    guard let retry, retry.maxAttempts > 1 else { return .zero }
    return (2..<retry.maxAttempts).reduce(retry.interval) { delay, _ in delay * retry.backoffRate }
  }
}
