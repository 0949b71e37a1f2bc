public import JobModel

/// Turns the changes of one run into lines, for `--wait`: each thing is told once.
public struct RunFollower: Sendable {
  private let rendering: Rendering
  private var told: [Int: LaunchState] = [:]
  private var toldWaits: [RunAnswer.Wait] = []
  private var isOver = false
  /// The latest event that has been told: where the next page of the history begins.
  public private(set) var lastEvent = 0

  public init(_ rendering: Rendering) { self.rendering = rendering }

  /// - Parameter events: those after ``lastEvent``.
  public mutating func lines(_ answer: RunAnswer, events: [HistoryEvent]) -> [String] {
    var lines: [(at: Instant, text: String)] = []
    for event in events where event.id > lastEvent {
      lastEvent = event.id
      if let text = text(of: event) { lines.append((event.timestamp, text)) }
    }
    for launch in answer.launches { lines += self.lines(launch, now: answer.now) }
    for wait in answer.waits where !toldWaits.contains(wait) {
      lines.append((answer.now, text(of: wait, now: answer.now)))
    }
    toldWaits = answer.waits
    // The history and the launches are two lists of one past.
    var result = lines.enumerated().sorted { ($0.element.at, $0.offset) < ($1.element.at, $1.offset) }
      .map { stamped($0.element.at, $0.element.text, answer.timezone) }
    if answer.status != .running, !isOver {
      isOver = true
      result.append(stamped(answer.endedAt ?? answer.now, end(answer), answer.timezone))
    }
    return result
  }

  private func stamped(_ at: Instant, _ text: String, _ zone: String) -> String {
    "\(rendering.style.paint(rendering.times.clock(at, zone), .gray))  \(text)"
  }

  private func text(of event: HistoryEvent) -> String? {
    if event.type == "ExecutionStarted" { return "started" }
    guard event.type.hasSuffix("StateEntered"),
      let name = event.details["stateEnteredEventDetails"]?["name"]?.stringValue
    else { return nil }
    return "state \(CleanText.line(name)) entered"
  }

  private mutating func lines(_ launch: LaunchAnswer, now: Instant) -> [(at: Instant, text: String)] {
    let before = told[launch.number]
    guard before != launch.status else { return [] }
    told[launch.number] = launch.status
    let name = "launch \(launch.number) of \(CleanText.line(launch.state))"
    var lines: [(at: Instant, text: String)] = []
    if before == nil || before == .intended, let arn = launch.taskARN {
      lines.append((launch.intendedAt, "\(name) submitted: \(CleanText.line(arn))"))
    } else if before == nil {
      lines.append((launch.intendedAt, "\(name) begins"))
    }
    if launch.status != .intended, launch.status != .submitted {
      let status = rendering.style.paint(launch.status.rawValue, launch.status.color)
      let why = launch.status == .succeeded ? "" : launch.diagnosis.map { ": \(CleanText.line($0.sentence))" } ?? ""
      lines.append((launch.endedAt ?? now, "\(name) \(status)\(why)"))
    }
    return lines
  }

  private func text(of wait: RunAnswer.Wait, now: Instant) -> String {
    let length = TimeText.length(wait.until - now)
    let state = CleanText.line(wait.state)
    return wait.kind == .retry ? "retry of \(state) in \(length)" : "state \(state) waits for \(length)"
  }

  private func end(_ answer: RunAnswer) -> String {
    let length = TimeText.length((answer.endedAt ?? answer.now) - answer.startedAt)
    let why = answer.reason.map { ": \(CleanText.line($0))" } ?? ""
    return "\(answer.id) \(rendering.painted(answer.status)) after \(length)\(why)"
  }
}
