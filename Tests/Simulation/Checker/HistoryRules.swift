internal import JobModel

/// A run's history is whole, and says what happened.
extension Checker {
  static func histories(_ facts: Facts) -> [Violation] {
    facts.evidence.runs.compactMap { run in
      problem(of: facts.evidence.histories[run.id] ?? [], run, facts.launches(run.id)).map {
        Violation(.histories, run: run.id, "the history of run \(run.id) \($0)")
      }
    }
  }

  private static func problem(of events: [HistoryEvent], _ run: Run, _ launches: [Launch]) -> String? {
    guard events.first?.type == "ExecutionStarted" else { return "begins with \(events.first?.type ?? "nothing")" }
    if events.map(\.id) != Array(1...events.count) { return "has gaps: \(events.map(\.id))" }
    if let event = events.first(where: { $0.previousID >= $0.id || $0.previousID < 0 }) {
      return "has event \(event.id) after \(event.previousID)"
    }
    let ends = events.filter { terminals.values.contains($0.type) }.map(\.type)
    let expected = terminals[run.status].map { [$0] } ?? []
    if ends != expected { return "ends with \(ends), and the run is \(run.status.rawValue)" }
    if !ends.isEmpty, events.last?.type != ends[0] { return "goes on after its end" }
    let scheduled = events.count { $0.type == "TaskScheduled" }
    if scheduled != launches.count || run.launches != launches.count {
      return "has \(scheduled) tasks scheduled, the run \(run.launches) launches, and \(launches.count) are on record"
    }
    let submitted = events.count { $0.type == "TaskSubmitted" }
    let certain = launches.count { $0.taskARN != nil && $0.status != .stopped }
    if submitted < certain || submitted > launches.count(where: { $0.taskARN != nil }) {
      return "has \(submitted) tasks submitted, and \(certain) launches have tasks"
    }
    let succeeded = events.count { $0.type == "TaskSucceeded" }
    if succeeded != launches.count(where: { $0.status == .succeeded }) {
      return "has \(succeeded) tasks succeeded, which the launches have not"
    }
    let failed = events.count { $0.type == "TaskFailed" }
    if failed != launches.count(where: { $0.status == .failed }) {
      return "has \(failed) tasks failed, which the launches have not"
    }
    return nil
  }

  private static let terminals: [RunStatus: String] = [
    .succeeded: "ExecutionSucceeded", .failed: "ExecutionFailed", .timedOut: "ExecutionTimedOut",
    .aborted: "ExecutionAborted",
  ]
}
