public import JobModel

extension ControlClient {
  /// Follows a run to its end, with a line for each change.
  ///
  /// - Parameter tell: gets each line without its line break.
  /// - Returns: the run, once it is over.
  public func follow(
    _ run: RunID, _ rendering: Rendering, tell: (String) -> Void
  ) async throws(ControlFailure) -> RunAnswer {
    var follower = RunFollower(rendering)
    var version = -1
    while true {
      let answer = try await change(of: run, after: version)
      version = answer.version
      let events = try await allEvents(of: run, after: follower.lastEvent)
      for line in follower.lines(answer, events: events) { tell(line) }
      if answer.status != .running { return answer }
    }
  }

  /// A run's events after the one with this id, all pages of them.
  public func allEvents(of run: RunID, after: Int = 0) async throws(ControlFailure) -> [HistoryEvent] {
    var events: [HistoryEvent] = []
    while true {
      let page = try await runHistory(run, after: events.last?.id ?? after)
      events += page.events
      if !page.isMore || page.events.isEmpty { return events }
    }
  }
}
