public import JobModel

extension ControlClient {
  /// Hands on a run's events one by one, page by page; also of a run of a hundred thousand events.
  ///
  /// - Parameters:
  ///   - last: only so many of the latest events; nil for all.
  ///   - isFollowed: goes on until the run is over, also through a restart of the daemon.
  public func readHistory(
    of run: RunID, last: Int? = nil, isFollowed: Bool = false, time: any TimeSource = SystemTime(),
    tell: (HistoryEvent) -> Void
  ) async throws(ControlFailure) {
    var latest = 0
    if let last {
      for event in try await lastEvents(of: run, last) {
        tell(event)
        latest = event.id
      }
    } else {
      latest = try await readPages(of: run, after: 0, tell)
    }
    guard isFollowed else { return }
    var version = 0
    var silences = 0
    while true {
      do throws(ControlFailure) {
        let answer = try await change(of: run, after: version)
        latest = try await readPages(of: run, after: latest, tell)
        (version, silences) = (answer.version, 0)
        if answer.status != .running { return }
      } catch {
        silences += 1
        guard error.isPassing, silences <= Self.patience, (try? await time.sleep(for: .seconds(1))) != nil else {
          throw error.isPassing ? error.absent : error
        }
      }
    }
  }

  /// - Returns: the last event's id.
  private func readPages(
    of run: RunID, after: Int, _ tell: (HistoryEvent) -> Void
  ) async throws(ControlFailure) -> Int {
    var latest = after
    while true {
      let page = try await runHistory(run, .after(latest, limit: ControlLimits.events))
      for event in page.events { tell(event) }
      latest = page.events.last?.id ?? latest
      if !page.isMore || page.events.isEmpty { return latest }
    }
  }

  private func lastEvents(of run: RunID, _ count: Int) async throws(ControlFailure) -> [HistoryEvent] {
    var pages: [[HistoryEvent]] = []
    var missing = count
    while missing > 0 {
      let before = pages.last?.first?.id
      let page = try await runHistory(run, .last(before: before, limit: min(missing, ControlLimits.events)))
      if page.events.isEmpty { break }
      pages.append(page.events)
      missing -= page.events.count
      if !page.isMore { break }
    }
    return pages.reversed().flatMap { $0 }
  }
}
