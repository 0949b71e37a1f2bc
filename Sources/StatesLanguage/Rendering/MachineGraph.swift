/// A state machine as a picture needs it: its states, what leads from one to the next, and the graphs inside
/// Parallel and Map states.
///
/// It is read from the definition's JSON alone and takes whatever it finds, so that it says nothing about what
/// runs: `StateMachine.validate` judges definitions.
public struct MachineGraph: Equatable, Sendable {
  /// The state with which it begins; nil where that is none of its own.
  public var startAt: String?
  /// In the definition's order.
  public var states: [State]
  /// By the states from which they lead, in the definition's order.
  public var edges: [Edge]

  public struct State: Equatable, Sendable {
    public var name: String
    /// `Task`, `Parallel`, …: as it is written.
    public var type: String
    /// A Task's `Resource`.
    public var resource: String?
    /// A Parallel's branches, or a Map's one processor.
    public var graphs: [MachineGraph]
    /// Whether the graph may end with it: `"End": true`, or a Succeed.
    public var isEnd: Bool

    public init(
      name: String, type: String, resource: String? = nil, graphs: [MachineGraph] = [], isEnd: Bool = false
    ) {
      self.name = name
      self.type = type
      self.resource = resource
      self.graphs = graphs
      self.isEnd = isEnd
    }

    /// Whether other states stand inside it.
    public var isComposite: Bool { type == "Parallel" || type == "Map" }
  }

  public struct Edge: Equatable, Sendable {
    public var from: String
    public var to: String
    public var reason: Reason

    public init(from: String, to: String, reason: Reason) {
      self.from = from
      self.to = to
      self.reason = reason
    }
  }

  /// Why an execution goes along an edge.
  public enum Reason: Hashable, Sendable {
    case next
    /// A Choice rule holds; its condition as a short text.
    case choice(String)
    /// No rule of a Choice holds.
    case byDefault
    /// The state has failed with one of these errors.
    case caught([String])
  }

  public init(startAt: String?, states: [State], edges: [Edge]) {
    self.startAt = startAt
    self.states = states
    self.edges = edges
  }

  /// Every state, those inside others after the one in which they stand.
  public var allStates: [State] {
    states.flatMap { state in [state] + state.graphs.flatMap(\.allStates) }
  }

  /// Every edge, in the order of ``allStates``' graphs.
  public var allEdges: [Edge] {
    edges + states.flatMap { state in state.graphs.flatMap(\.allEdges) }
  }
}
