internal import JobModel
internal import Synchronization

/// Where onlookers write what they see, with the time.
public final class Record: Sendable {
  private struct State {
    var observations: [Observation] = []
    var lines: [(at: Duration, line: String)] = []
  }

  private let clock: WorldClock
  /// Whether every call and every line of the processes' logs is kept.
  let isTracing: Bool
  private let state = Mutex(State())

  init(clock: WorldClock, isTracing: Bool) {
    self.clock = clock
    self.isTracing = isTracing
  }

  func add(_ event: Observation.Event) {
    let observation = Observation(at: clock.uptime, wallClock: clock.wallClock, event: event)
    state.withLock { $0.observations.append(observation) }
  }

  /// A line of a process's log.
  func add(line: String) {
    guard isTracing else { return }
    let at = clock.uptime
    state.withLock { $0.lines.append((at, line)) }
  }

  public var observations: [Observation] { state.withLock { $0.observations } }
  public var lines: [(at: Duration, line: String)] { state.withLock { $0.lines } }
}
