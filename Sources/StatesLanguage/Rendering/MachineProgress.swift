public import JobModel

/// What has become of a machine's states in one run, read from the run's history.
public struct MachineProgress: Equatable, Sendable {
  /// In the order in which a legend names them.
  public enum Status: String, Sendable, CaseIterable {
    case succeeded
    /// It failed, and a Catch took the error.
    case caught
    case failed
    /// It was given up: the run was stopped or timed out, or a sibling failed.
    case stopped
    /// It works, waits, or is between two attempts.
    case running
    case notReached = "not reached"
  }

  public struct Progress: Equatable, Sendable {
    public var status: Status
    /// How often the state was entered; retries are within one stay.
    public var entries: Int

    public init(status: Status, entries: Int) {
      self.status = status
      self.entries = entries
    }
  }

  private var states: [String: Progress] = [:]

  /// - Parameters:
  ///   - graph: the machine with which the run began.
  ///   - history: all of it, or as much as there is; in any order.
  public init(_ graph: MachineGraph, history: [HistoryEvent]) {
    var visits = VisitReader(graph)
    for event in history.sorted(by: { $0.id < $1.id }) { visits.read(event) }
    for visit in visits.visits {
      let status = visits.status(of: visit)
      let earlier = states[visit.state]
      states[visit.state] = Progress(
        status: [earlier?.status, status].compactMap { $0 }.max { $0.urgency < $1.urgency } ?? status,
        entries: (earlier?.entries ?? 0) + 1)
    }
  }

  public subscript(_ state: String) -> Progress { states[state] ?? Progress(status: .notReached, entries: 0) }

  /// The states of the history that the graph does not have, by name: it is not that machine's history.
  public func unknownStates(in graph: MachineGraph) -> [String] {
    Set(states.keys).subtracting(graph.allStates.map(\.name)).sorted()
  }
}

extension MachineProgress.Status {
  /// A state that was entered several times shows the one of its stays that people must know of.
  fileprivate var urgency: Int {
    switch self {
    case .notReached: 0
    case .succeeded: 1
    case .stopped: 2
    case .caught: 3
    case .failed: 4
    case .running: 5
    }
  }
}
