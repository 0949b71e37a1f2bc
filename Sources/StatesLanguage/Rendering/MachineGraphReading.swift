public import JobModel

extension MachineGraph {
  /// Reads a definition, a branch or an item processor. What is no state is left out, and so is an edge to a state
  /// that is not there: a picture of the rest is still of use.
  public init(_ definition: JSONValue) {
    let members = definition["States"]?.objectValue ?? [:]
    let states = members.map { State(name: $0.key, $0.value) }
    let names = Set(states.map(\.name))
    self.init(
      startAt: definition["StartAt"]?.stringValue.flatMap { names.contains($0) ? $0 : nil },
      states: states,
      edges: members.flatMap { Edge.read(from: $0.key, $0.value) }.filter { names.contains($0.to) })
  }
}

extension MachineGraph.State {
  init(name: String, _ value: JSONValue) {
    let type = value["Type"]?.stringValue ?? ""
    let inside: [JSONValue] =
      switch type {
      case "Parallel": value["Branches"]?.arrayValue ?? []
      // Iterator is the older name of ItemProcessor.
      case "Map": [value["ItemProcessor"] ?? value["Iterator"]].compactMap { $0 }
      default: []
      }
    self.init(
      name: name, type: type, resource: type == "Task" ? value["Resource"]?.stringValue : nil,
      graphs: inside.map { MachineGraph($0) }, isEnd: type == "Succeed" || value["End"] == true)
  }
}

extension MachineGraph.Edge {
  /// The edges of a state: where it goes when all is well, then where its errors go.
  static func read(from name: String, _ state: JSONValue) -> [MachineGraph.Edge] {
    func edge(_ target: JSONValue?, _ reason: @autoclosure () -> MachineGraph.Reason) -> MachineGraph.Edge? {
      target?.stringValue.map { MachineGraph.Edge(from: name, to: $0, reason: reason()) }
    }
    let rules = (state["Choices"]?.arrayValue ?? []).map { rule in
      edge(rule["Next"], .choice(ChoiceText.text(of: rule)))
    }
    let catchers = (state["Catch"]?.arrayValue ?? []).map { catcher in
      edge(catcher["Next"], .caught((catcher["ErrorEquals"]?.arrayValue ?? []).compactMap(\.stringValue)))
    }
    let edges = rules + [edge(state["Default"], .byDefault), edge(state["Next"], .next)] + catchers
    return edges.compactMap { $0 }
  }
}
