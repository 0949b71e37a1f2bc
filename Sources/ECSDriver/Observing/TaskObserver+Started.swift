internal import JobModel

extension TaskObserver {
  /// Waits until the task was seen to run, or is over.
  func started(_ arn: String, cluster: String, since: Instant) async throws(CancellationError) {
    let key = ObserverState.Key(cluster: cluster, arn: arn)
    var wasWatched = false
    do {
      while true {
        let isWatched = state.isWatched(key)
        // A task that is not watched any more is over.
        if state.hasStarted(key) || wasWatched && !isWatched { return }
        wasWatched = isWatched
        try await time.sleep(for: ObserverSchedule.shortest)
      }
    } catch {
      throw CancellationError()
    }
  }
}
