internal import JobModel
internal import Synchronization

/// Where onlookers write what they see, with the time.
public final class Record: Sendable {
  /// What becomes of every call and every line of the processes' logs.
  public enum Tracing: Sendable {
    case none
    case kept
    /// Each is told at once, for a simulation that may come to no end.
    case told(@Sendable (String) -> Void)
  }

  private struct State {
    var observations: [Observation] = []
    var lines: [(at: Duration, line: String)] = []
  }

  private let clock: WorldClock
  private let tracing: Tracing
  private let state = Mutex(State())

  init(clock: WorldClock, tracing: Tracing) {
    self.clock = clock
    self.tracing = tracing
  }

  var isTracing: Bool { if case .none = tracing { false } else { true } }

  func add(_ event: Observation.Event) {
    let observation = Observation(at: clock.uptime, wallClock: clock.wallClock, event: event)
    if case .told(let tell) = tracing { tell("\(stamp(observation.at, since: clock.start)) \(event)") }
    state.withLock { $0.observations.append(observation) }
  }

  /// A line of a process's log.
  func add(line: String) {
    let at = clock.uptime
    switch tracing {
    case .none: break
    case .kept: state.withLock { $0.lines.append((at, line)) }
    case .told(let tell): tell("\(stamp(at, since: clock.start)) \(line)")
    }
  }

  public var observations: [Observation] { state.withLock { $0.observations } }
  public var lines: [(at: Duration, line: String)] { state.withLock { $0.lines } }
}

/// The head of a trace's line: the seconds since the simulation began, and the true time.
func stamp(_ at: Duration, since start: Instant) -> String {
  let (seconds, fraction) = at.components
  let text = String(seconds * 1_000 + fraction / 1_000_000_000_000_000)
  let padded = String(repeating: "0", count: max(0, 4 - text.count)) + text
  let whole = padded.dropLast(3)
  return String(repeating: " ", count: max(0, 8 - whole.count)) + whole + "." + padded.suffix(3) + " \(start + at)"
}
