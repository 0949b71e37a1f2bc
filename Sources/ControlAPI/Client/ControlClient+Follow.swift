public import JobModel

extension ControlClient {
  /// How often a daemon that does not answer is asked again, a second apart, before it is given up.
  private static let patience = 60

  /// Follows a run to its end, with a line for each change; also through a restart of the daemon, which picks
  /// the run up again.
  ///
  /// - Parameter tell: gets each line without its line break.
  /// - Returns: the run, once it is over.
  public func follow(
    _ run: RunID, _ rendering: Rendering, time: any TimeSource = SystemTime(), tell: (String) -> Void
  ) async throws(ControlFailure) -> RunAnswer {
    var follower = RunFollower(rendering)
    var version = 0
    var silences = 0
    while true {
      do throws(ControlFailure) {
        let answer = try await change(of: run, after: version)
        let events = try await allEvents(of: run, after: follower.lastEvent)
        version = answer.version
        silences = 0
        for line in follower.lines(answer, events: events) { tell(line) }
        if answer.status != .running { return answer }
      } catch {
        silences += 1
        guard error.isPassing, silences <= Self.patience, (try? await time.sleep(for: .seconds(1))) != nil else {
          throw error.isPassing ? error.absent : error
        }
      }
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
