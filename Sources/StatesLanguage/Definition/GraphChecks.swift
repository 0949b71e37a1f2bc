internal import JobModel

/// Where the states of a graph lead: that they lead somewhere within it, that each is led to, and that there is an end.
struct GraphChecks {
  let graph: ReadGraph
  /// Where the states of all graphs are.
  let names: [String: String]

  /// A way out of a state.
  struct Way {
    /// Of the field that names the target.
    var pointer: String
    var target: String
    /// The variables that are assigned on this way, as the definition writes them.
    var assigned: [String]
  }

  static func check(_ reader: inout DefinitionReader) {
    for graph in reader.readGraphs {
      GraphChecks(graph: graph, names: reader.namesSeen).check(&reader)
    }
  }

  private func check(_ reader: inout DefinitionReader) {
    // What is led to, also by what is probably a misspelling.
    var targets: [String: Set<String>] = [:]
    for name in graph.members.keys {
      for way in graph.ways(of: name) {
        targets[name, default: []].insert(checked(way.target, at: way.pointer, &reader))
      }
    }
    guard let startAt = graph.startAt, !graph.members.isEmpty else { return }
    let start = checked(startAt, at: graph.pointer + "/StartAt", &reader)
    guard graph.members[start] != nil, !graph.hasUnclearWay else { return }
    guard graph.hasEnd else {
      return reader.error(.missingEnd, graph.place, "Workflow has no terminal state")
    }
    checkReachability(from: start, targets, &reader)
  }

  /// The target where it is in the graph, or else the one that was probably meant.
  private func checked(_ target: String, at pointer: String, _ reader: inout DefinitionReader) -> String {
    if graph.members[target] != nil { return target }
    let nearest = names[target] == nil ? reader.nearest(to: target, among: graph.members.lazy.map(\.key)) : nil
    var message = "Missing 'Next' target: \(target)"
    if let elsewhere = names[target] {
      message += "; the state at \(elsewhere) is in another graph, and a transition stays within its own"
    } else if let nearest {
      message += "; did you mean '\(nearest)'?"
    }
    reader.error(.missingTarget, pointer, message)
    return nearest ?? target
  }

  /// AWS refuses a state that no other names. States that only name each other it may well take, so that is a
  /// warning, for the first of them.
  private func checkReachability(
    from start: String, _ targets: [String: Set<String>], _ reader: inout DefinitionReader
  ) {
    var reached = GraphChecks.reached(from: [start], targets)
    let named = Set(targets.flatMap { state, targets in targets.filter { $0 != state } })
    for name in graph.members.keys where !reached.contains(name) && !named.contains(name) {
      reader.error(.missingTarget, graph.pointer(of: name), "State \"\(name)\" is not reachable.")
      reached.formUnion(GraphChecks.reached(from: [name], targets))
    }
    for name in graph.members.keys where !reached.contains(name) {
      reader.warning(
        graph.pointer(of: name), "State \"\(name)\" is not reachable: only states that are not reachable lead to it")
      reached.formUnion(GraphChecks.reached(from: [name], targets))
    }
  }

  private static func reached(from starts: [String], _ targets: [String: Set<String>]) -> Set<String> {
    var reached = Set(starts)
    var pending = starts
    while let name = pending.popLast() {
      for target in targets[name] ?? [] where reached.insert(target).inserted { pending.append(target) }
    }
    return reached
  }
}

extension ReadGraph {
  /// Every way out of a state, also out of one that could not be read in full.
  func ways(of name: String) -> [GraphChecks.Way] {
    guard case .object(let object)? = members[name] else { return [] }
    let pointer = pointer(of: name)
    func way(_ fields: JSONValue, _ field: String, at place: String) -> GraphChecks.Way? {
      guard let target = fields[field]?.stringValue else { return nil }
      return GraphChecks.Way(
        pointer: place + "/" + field, target: target, assigned: fields["Assign"]?.objectValue?.keys ?? [])
    }
    var ways = ["Next", "Default"].compactMap { way(.object(object), $0, at: pointer) }
    for list in ["Choices", "Catch"] {
      for (index, rule) in (object[list]?.arrayValue ?? []).enumerated() {
        if let way = way(rule, "Next", at: "\(pointer)/\(list)/\(index)") { ways.append(way) }
      }
    }
    return ways
  }

  fileprivate var hasEnd: Bool {
    states.values.contains { state in
      switch state.kind.type {
      case .succeed, .fail: true
      case .choice: false
      default: state.transition == .end
      }
    }
  }
}
