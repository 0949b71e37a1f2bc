internal import JobModel

/// A place where a variable's value is taken.
struct VariableUse: Sendable {
  /// Without the `$`.
  var name: String
  var pointer: String
  var graph: String
  var state: String
}

/// Variables: their names, in which scope they are assigned, and that they are assigned before they are used
/// (Step Functions guide, "Passing data between states with variables").
struct VariableChecks {
  private let graphs: [String: ReadGraph]
  /// What may be assigned when a state is entered: on some way to it, not on every.
  private var entries: [StateKey: Set<String>] = [:]
  /// What each graph's states assign, by graph.
  private var assigned: [String: Set<String>] = [:]
  /// The outermost graph that assigns a variable, by its name.
  private var scopes: [String: String] = [:]

  private struct StateKey: Hashable {
    var graph: String
    var state: String
  }

  static func check(_ reader: inout DefinitionReader) {
    guard reader.readGraphs.contains(where: \.hasAssignments) || !reader.variableUses.isEmpty else { return }
    var checks = VariableChecks(graphs: reader.readGraphs)
    // A graph's pointer is longer than that of the graph around it.
    for graph in reader.readGraphs.sorted(by: { $0.pointer.utf8.count < $1.pointer.utf8.count }) {
      checks.checkScope(of: graph, &reader)
      checks.follow(graph)
    }
    for use in reader.variableUses { checks.check(use, &reader) }
  }

  private init(graphs: [ReadGraph]) {
    self.graphs = Dictionary(graphs.map { ($0.pointer, $0) }, uniquingKeysWith: { first, _ in first })
  }

  /// A variable's name, as a key of Assign.
  static func check(_ key: String, in language: QueryLanguage, at pointer: String, _ reader: inout DefinitionReader) {
    let name = language == .jsonPath ? ReadGraph.variable(key) : key
    if name == "states" {
      reader.schemaError(pointer, "The variable name 'states' is reserved")
    } else if name.unicodeScalars.count > LanguageLimits.variableName {
      reader.schemaError(pointer, "A variable's name has at most \(LanguageLimits.variableName) characters")
    } else if !isName(name) {
      reader.warning(
        pointer, "The variable name '\(name)' is not valid: a letter or '_', then letters, digits and '_'")
    }
  }

  private static func isName(_ name: String) -> Bool {
    guard let first = name.unicodeScalars.first else { return false }
    return (first == "_" || first.properties.isXIDStart)
      && name.unicodeScalars.allSatisfy { $0.properties.isXIDContinue }
  }

  // MARK: Scopes

  /// The graphs around one whose variables its states see, the nearest first.
  private func outerScopes(of graph: ReadGraph) -> [ReadGraph] {
    var scopes: [ReadGraph] = []
    var inner = graph
    while let parent = inner.parent, !parent.isDistributed, let outer = graphs[parent.graph] {
      scopes.append(outer)
      inner = outer
    }
    return scopes
  }

  private mutating func checkScope(of graph: ReadGraph, _ reader: inout DefinitionReader) {
    let assignments = graph.assignments
    assigned[graph.pointer] = Set(assignments.map(\.name))
    let outerScopes = outerScopes(of: graph)
    for assignment in assignments {
      if scopes[assignment.name] == nil { scopes[assignment.name] = graph.pointer }
      guard let outer = outerScopes.first(where: { assigned[$0.pointer]?.contains(assignment.name) == true }) else {
        continue
      }
      let place = outer.pointer.isEmpty ? "the state machine itself" : outer.pointer
      reader.schemaError(
        assignment.pointer,
        "The variable '\(assignment.name)' is assigned in an outer scope, by a state of \(place): an inner scope cannot "
          + "assign it")
    }
  }

  // MARK: Ways

  /// Follows every way through a graph with what is assigned on it.
  private mutating func follow(_ graph: ReadGraph) {
    guard let start = graph.startAt else { return }
    var initial: Set<String> = []
    if let parent = graph.parent, !parent.isDistributed {
      initial = entries[StateKey(graph: parent.graph, state: parent.state)] ?? []
    }
    var pending = [start]
    var steps = 0
    entries[StateKey(graph: graph.pointer, state: start)] = initial
    while let name = pending.popLast() {
      let entry = entries[StateKey(graph: graph.pointer, state: name)] ?? []
      for way in graph.ways(of: name) {
        steps += entry.count + way.assigned.count + 1
        let key = StateKey(graph: graph.pointer, state: way.target)
        let brought = entry.union(way.assigned.map(ReadGraph.variable))
        if let known = entries[key], brought.isSubset(of: known) { continue }
        entries[key, default: []].formUnion(brought)
        pending.append(way.target)
      }
      guard steps < LanguageLimits.variableSteps else { return assumeAll(in: graph, initial) }
    }
  }

  /// With very many states and variables, only whether a variable is assigned at all is asked.
  private mutating func assumeAll(in graph: ReadGraph, _ initial: Set<String>) {
    let all = initial.union(assigned[graph.pointer] ?? [])
    for name in graph.members.keys { entries[StateKey(graph: graph.pointer, state: name)] = all }
  }

  // MARK: Uses

  private func check(_ use: VariableUse, _ reader: inout DefinitionReader) {
    // What is not reached is reported as that.
    guard let entry = entries[StateKey(graph: use.graph, state: use.state)], !entry.contains(use.name),
      let graph = graphs[use.graph], !graph.hasUnclearWay
    else { return }
    let message =
      if graph.assignments(in: use.state).contains(where: { $0.name == use.name }) {
        "is assigned by this state only, and has no value before the state is left"
      } else if assigned[use.graph]?.contains(use.name) == true {
        "is assigned on no way to this state"
      } else if let scope = scopes[use.name] {
        "is assigned in another scope, \(scope.isEmpty ? "outside of the distributed Map" : scope), and not to be seen here"
      } else {
        "is never assigned" + (reader.nearest(to: use.name, among: entry).map { "; did you mean '\($0)'?" } ?? "")
      }
    reader.warning(use.pointer, "The variable $\(use.name) \(message)")
  }
}

extension ReadGraph {
  /// The variable that a key of Assign names.
  static func variable(_ key: String) -> String { key.hasSuffix(".$") ? String(key.dropLast(2)) : key }

  fileprivate var hasAssignments: Bool { !assignments.isEmpty }

  /// Everything that the graph's own states assign, with the places of the keys.
  fileprivate var assignments: [(name: String, pointer: String)] {
    members.keys.flatMap(assignments(in:))
  }

  fileprivate func assignments(in state: String) -> [(name: String, pointer: String)] {
    let pointer = pointer(of: state)
    let value = members[state] ?? .null
    var result = ReadGraph.assignments(of: value, at: pointer)
    for list in ["Choices", "Catch"] {
      for (index, rule) in (value[list]?.arrayValue ?? []).enumerated() {
        result += ReadGraph.assignments(of: rule, at: "\(pointer)/\(list)/\(index)")
      }
    }
    return result
  }

  private static func assignments(of value: JSONValue, at pointer: String) -> [(name: String, pointer: String)] {
    (value["Assign"]?.objectValue ?? [:]).map { (variable($0.key), pointer + "/Assign/" + jsonPointerToken($0.key)) }
  }
}
