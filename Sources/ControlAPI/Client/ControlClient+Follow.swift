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
      var events: [HistoryEvent] = []
      var isMore = true
      while isMore {
        let page = try await runHistory(run, after: events.last?.id ?? follower.lastEvent)
        events += page.events
        isMore = page.isMore && !page.events.isEmpty
      }
      for line in follower.lines(answer, events: events) { tell(line) }
      if answer.status != .running { return answer }
    }
  }
}
