internal import JobModel

/// Where in its run each event of a history stands. Events name the event before them and no more; branches and
/// iterations, the state that an event is of, and how long it took follow from that.
///
/// A *lane* is the machine itself, a branch or an iteration: states follow each other in it. A history that is read
/// from its middle has events whose lane is not known; they count as the machine's own.
struct HistoryOutline: Sendable {
  struct Place: Equatable, Sendable {
    /// The branches and iterations around the event, the outermost first: a branch is named by the first state of it
    /// that was entered, an iteration by its number.
    var path: [String] = []
    /// The state that the event is of.
    var state: String?
    /// When that began which the event ends.
    var since: Instant?
    /// The attempt that the event begins, from 1, and when the one before it failed.
    var attempt = 1
    var failedAt: Instant?
    /// Whether the state's last attempt failed: it is left by a Catch.
    var hasFailed = false
  }

  private struct Lane: Sendable {
    var parent: Int?
    var label: String?
    var startedAt: Instant?
    var state: OpenState?
    /// A Map's iterations by their numbers.
    var iterations: [Int: Int] = [:]
  }

  private struct OpenState: Sendable {
    var name: String
    var kind: Substring
    var enteredAt: Instant
    var attempts = 0
    var calledAt: Instant?
    var failedAt: Instant?
    /// Whether it is over but for its exit.
    var isOver = false
  }

  private var lanes = [Lane()]
  private var laneOfEvent: [Int: Int] = [:]
  /// Where branches begin.
  private var parallelStarts: Set<Int> = []

  /// Takes the next event.
  mutating func place(of event: HistoryEvent) -> Place {
    let base = laneOfEvent[event.previousID] ?? 0
    let lane = lane(of: event, after: base)
    laneOfEvent[event.id] = lane
    return take(event, in: lane)
  }

  // MARK: Which lane

  private mutating func lane(of event: HistoryEvent, after base: Int) -> Int {
    let type = event.type
    if type.hasPrefix("Execution") { return 0 }
    if type.hasPrefix("MapIteration") { return iteration(event, after: base) }
    if type.hasSuffix("StateEntered") {
      return parallelStarts.contains(event.previousID) ? open(in: base, label: event.member("name")) : base
    }
    if type.hasSuffix("StateExited") || type == "EvaluationFailed" {
      let name = event.member(type == "EvaluationFailed" ? "state" : "name")
      return nearest(base) { $0.name == name } ?? base
    }
    let kind: Substring? = ["Parallel", "Map"].first { type.hasPrefix($0) }
    guard let kind else { return base }
    return nearest(base) { $0.kind == kind && !$0.isOver } ?? base
  }

  private mutating func iteration(_ event: HistoryEvent, after base: Int) -> Int {
    let (name, index) = (event.member("name"), event.number("index") ?? 0)
    let owner = nearest(base) { $0.kind == "Map" && $0.name == name } ?? base
    if event.type != "MapIterationStarted" { return lanes[owner].iterations[index] ?? owner }
    let lane = open(in: owner, label: "#\(index)")
    lanes[lane].startedAt = event.timestamp
    lanes[owner].iterations[index] = lane
    return lane
  }

  private mutating func open(in parent: Int, label: String?) -> Int {
    lanes.append(Lane(parent: parent, label: label))
    return lanes.count - 1
  }

  /// This lane or the nearest one around it whose state is the one that is meant.
  private func nearest(_ lane: Int, _ isMeant: (OpenState) -> Bool) -> Int? {
    var lane: Int? = lane
    while let found = lane {
      if let state = lanes[found].state, isMeant(state) { return found }
      lane = lanes[found].parent
    }
    return nil
  }

  // MARK: What the event says of it

  private mutating func take(_ event: HistoryEvent, in lane: Int) -> Place {
    let type = event.type
    if type == "ExecutionStarted" { lanes[0].startedAt = event.timestamp }
    if type.hasSuffix("StateEntered") {
      lanes[lane].state = OpenState(
        name: event.member("name") ?? "", kind: type.dropLast("StateEntered".count), enteredAt: event.timestamp)
    }
    if type == "ParallelStateStarted" { parallelStarts.insert(event.id) }
    var place = Place(path: path(of: lane))
    let state = lanes[lane].state
    place.state = state?.name
    place.hasFailed = state?.failedAt != nil
    if type.hasPrefix("Execution") || type.hasPrefix("MapIteration") {
      place.since = lanes[lane].startedAt
    } else if type.hasSuffix("StateExited") || HistoryOutline.isOfWholeState(type) {
      place.since = state?.enteredAt
    } else if type.hasSuffix("Scheduled") || type.hasSuffix("StateStarted") {
      place.attempt = (state?.attempts ?? 0) + 1
      place.failedAt = state?.failedAt
    } else {
      place.since = state?.calledAt
    }
    advance(event, in: lane)
    return place
  }

  private mutating func advance(_ event: HistoryEvent, in lane: Int) {
    let type = event.type
    if type.hasSuffix("StateExited") {
      lanes[lane].state = nil
    } else if type.hasSuffix("Scheduled") || type == "ParallelStateStarted" || type == "MapStateStarted" {
      lanes[lane].state?.attempts += 1
      lanes[lane].state?.calledAt = event.timestamp
      lanes[lane].state?.failedAt = nil
    } else if type.hasPrefix("MapIteration") {
      return
    } else if type.hasSuffix("Failed") || type.hasSuffix("TimedOut") || type.hasSuffix("Aborted") {
      lanes[lane].state?.failedAt = event.timestamp
      if HistoryOutline.isOfWholeState(type) { lanes[lane].state?.isOver = true }
    }
  }

  /// `ParallelStateFailed`, `TaskStateAborted`: what ends a state rather than an attempt.
  private static func isOfWholeState(_ type: String) -> Bool {
    ["StateFailed", "StateAborted", "StateSucceeded"].contains { type.hasSuffix($0) }
  }

  private func path(of lane: Int) -> [String] {
    var labels: [String] = []
    var lane: Int? = lane
    while let found = lane {
      if let label = lanes[found].label { labels.append(label) }
      lane = lanes[found].parent
    }
    return labels.reversed()
  }
}

extension HistoryEvent {
  /// The type's own members, without the key above them.
  var members: JSONObject { details.objectValue?.first?.value.objectValue ?? [:] }

  func member(_ name: String) -> String? { members[name]?.stringValue }
  func number(_ name: String) -> Int? { members[name]?.integerValue.map(Int.init) }
}
