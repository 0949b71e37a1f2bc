public import JobModel

extension ControlClient {
  /// How often a daemon that does not answer is asked again, a second apart, before it is given up.
  static let patience = 60

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

  /// Follows a backfill until it is done or cancelled, with a line for each change; also through a restart of the
  /// daemon, which goes on with it.
  ///
  /// - Parameter tell: gets each line without its line break.
  public func follow(
    _ backfill: BackfillAnswer, _ rendering: Rendering, time: any TimeSource = SystemTime(), tell: (String) -> Void
  ) async throws(ControlFailure) -> BackfillAnswer {
    var silences = 0
    var told = ""
    var delay = Duration.seconds(1)
    while true {
      do throws(ControlFailure) {
        let all = try await backfills(backfill.job).backfills
        guard let answer = all.first(where: { $0.createdAt == backfill.createdAt }) else {
          throw ControlFailure(.notFound("the backfill of \(backfill.job) is not in the store any more"))
        }
        silences = 0
        let line = rendering.backfillProgress(answer)
        if line != told {
          tell("\(rendering.style.paint(rendering.times.clock(time.now(), answer.timezone), .gray))  \(line)")
          (told, delay) = (line, .seconds(1))
        }
        if answer.state != .running { return answer }
      } catch {
        silences += 1
        guard error.isPassing, silences <= Self.patience else { throw error.isPassing ? error.absent : error }
      }
      guard (try? await time.sleep(for: delay)) != nil else {
        throw ControlFailure(exitStatus: .failed, message: "the wait was given up")
      }
      delay = min(delay * 2, .seconds(5))
    }
  }

  /// A run's events after the one with this id, all pages of them.
  public func allEvents(of run: RunID, after: Int = 0) async throws(ControlFailure) -> [HistoryEvent] {
    var events: [HistoryEvent] = []
    while true {
      let page = try await runHistory(run, .after(events.last?.id ?? after, limit: ControlLimits.events))
      events += page.events
      if !page.isMore || page.events.isEmpty { return events }
    }
  }
}
