internal import JobModel

/// Follows a history and keeps what has become of each stay in a state.
///
/// Every event names the one that led to it, so that events of branches that run side by side can be told apart:
/// an event belongs to the stay of the event before it, until that has been left.
struct VisitReader {
  struct Visit {
    var state: String
    /// `Task`, `Parallel`, …, from the event's type.
    var type: String
    /// The stay in the Parallel or Map state around it, as an index, and which of its attempts.
    var outer: Int?
    var outerAttempt = 0
    /// How many of its attempts have failed, for a Parallel or a Map.
    var failedAttempts = 0
    var isFailing = false
    var hasLeft = false
    /// Whether it went on where only a Catch leads.
    var wasCaught = false
  }

  private(set) var visits: [Visit] = []
  /// The innermost stay after each event, by its id; root events have none.
  private var places: [Int: Int] = [:]
  /// The stay that an exit event has ended.
  private var exits: [Int: Int] = [:]
  private var isOver = false
  private let edges: [String: [MachineGraph.Edge]]

  init(_ graph: MachineGraph) { edges = Dictionary(grouping: graph.allEdges, by: \.from) }

  mutating func read(_ event: HistoryEvent) {
    let before = places[event.previousID]
    places[event.id] =
      if event.type.hasSuffix("StateEntered") {
        enter(event, before)
      } else if event.type.hasSuffix("StateExited") {
        leave(event, before)
      } else if event.type.hasPrefix("Execution") {
        end(event.type, before)
      } else {
        work(event.type, before)
      }
  }

  /// What a stay has come to, as far as the history goes.
  func status(of visit: Visit) -> MachineProgress.Status {
    if visit.hasLeft { return visit.isFailing || visit.wasCaught ? .caught : .succeeded }
    if visit.type == "Fail" { return .failed }
    guard isOver(around: visit) else { return .running }
    return visit.isFailing ? .failed : .stopped
  }

  private func isOver(around visit: Visit) -> Bool {
    var visit = visit
    while let outer = visit.outer {
      if visits[outer].hasLeft || visits[outer].failedAttempts != visit.outerAttempt { return true }
      visit = visits[outer]
    }
    return isOver
  }

  private mutating func enter(_ event: HistoryEvent, _ before: Int?) -> Int? {
    guard let name = event.details["stateEnteredEventDetails"]?["name"]?.stringValue else { return before }
    if let left = exits[event.previousID] {
      let reasons = (edges[visits[left].state] ?? []).filter { $0.to == name }.map(\.reason)
      visits[left].wasCaught = !reasons.isEmpty && reasons.allSatisfy { if case .caught = $0 { true } else { false } }
    }
    visits.append(
      Visit(
        state: name, type: String(event.type.dropLast("StateEntered".count)), outer: before,
        outerAttempt: before.map { visits[$0].failedAttempts } ?? 0))
    return visits.indices.last
  }

  private mutating func leave(_ event: HistoryEvent, _ before: Int?) -> Int? {
    let name = event.details["stateExitedEventDetails"]?["name"]?.stringValue
    // Where the history's beginning is missing, the events before it lead nowhere.
    let visit =
      surrounding(before) { $0.state == name } ?? visits.lastIndex { $0.state == name && !$0.hasLeft }
    guard let visit else { return before }
    visits[visit].hasLeft = true
    exits[event.id] = visit
    return visits[visit].outer
  }

  /// The run's own events: where it fails, the states around that place have failed.
  private mutating func end(_ type: String, _ before: Int?) -> Int? {
    guard type != "ExecutionStarted", type != "ExecutionRedriven" else { return before }
    isOver = true
    if type == "ExecutionFailed" || type == "ExecutionTimedOut" {
      var place = before
      while let visit = place {
        visits[visit].isFailing = true
        place = visits[visit].outer
      }
    }
    return before
  }

  /// What happens within a state: `TaskFailed`, `ParallelStateStarted`, `MapIterationAborted`, ….
  private mutating func work(_ type: String, _ before: Int?) -> Int? {
    let hasFailed = type.hasSuffix("Failed") || type.hasSuffix("TimedOut")
    guard let owner = ["Parallel", "Map"].first(where: type.hasPrefix) else {
      guard let before else { return nil }
      if hasFailed {
        visits[before].isFailing = true
      } else if !type.hasSuffix("Submitted") {
        visits[before].isFailing = false
      }
      return before
    }
    // It follows the last event of the branch that decided.
    guard let visit = surrounding(before, where: { $0.type == owner && (!hasFailed || !$0.isFailing) }) else {
      return before
    }
    guard !type.hasPrefix("MapIteration") else { return visit }
    if hasFailed {
      visits[visit].isFailing = true
      visits[visit].failedAttempts += 1
    } else {
      visits[visit].isFailing = false
    }
    return visit
  }

  private func surrounding(_ start: Int?, where isWanted: (Visit) -> Bool) -> Int? {
    var place = start
    while let visit = place {
      if isWanted(visits[visit]) { return visit }
      place = visits[visit].outer
    }
    return nil
  }
}
