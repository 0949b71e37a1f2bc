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
    let scopes = outerScopes(of: graph)
    for assignment in assignments {
      guard let outer = scopes.first(where: { assigned[$0.pointer]?.contains(assignment.name) == true }) else {
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
    // With very many of both, only whether a variable is assigned at all is asked.
    let names = assigned[graph.pointer] ?? []
    guard names.count * graph.members.count < LanguageLimits.variableSteps else {
      for name in graph.members.keys { entries[StateKey(graph: graph.pointer, state: name)] = initial.union(names) }
      return
    }
    var pending = [start]
    entries[StateKey(graph: graph.pointer, state: start)] = initial
    while let name = pending.popLast() {
      let entry = entries[StateKey(graph: graph.pointer, state: name)] ?? []
      for way in graph.ways(of: name) {
        let key = StateKey(graph: graph.pointer, state: way.target)
        let brought = entry.union(way.assigned.map(ReadGraph.variable))
        guard let known = entries[key] else {
          entries[key] = brought
          pending.append(way.target)
          continue
        }
        if !brought.isSubset(of: known) {
          entries[key] = known.union(brought)
          pending.append(way.target)
        }
      }
    }
  }

  // MARK: Uses

  private func check(_ use: VariableUse, _ reader: inout DefinitionReader) {
    // What is not reached is reported as that.
    guard let entry = entries[StateKey(graph: use.graph, state: use.state)], !entry.contains(use.name),
      let graph = graphs[use.graph], !graph.hasUnclearWay
    else { return }
    let message =
      if graph.ways(of: use.state).contains(where: { $0.assigned.map(ReadGraph.variable).contains(use.name) }) {
        "is assigned by this state only, and has no value before the state is left"
      } else if assigned[use.graph]?.contains(use.name) == true {
        "is assigned on no way to this state"
      } else if let inner = assigned.filter({ $0.value.contains(use.name) }).keys.min() {
        "is assigned in another scope, \(inner.isEmpty ? "outside of the distributed Map" : inner), and not to be seen here"
      } else {
        "is never assigned" + hint(use.name, among: entry)
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
    members.flatMap { member -> [(name: String, pointer: String)] in
      let pointer = pointer(of: member.key)
      var result = ReadGraph.assignments(of: member.value, at: pointer)
      for list in ["Choices", "Catch"] {
        for (index, rule) in (member.value[list]?.arrayValue ?? []).enumerated() {
          result += ReadGraph.assignments(of: rule, at: "\(pointer)/\(list)/\(index)")
        }
      }
      return result
    }
  }

  private static func assignments(of value: JSONValue, at pointer: String) -> [(name: String, pointer: String)] {
    (value["Assign"]?.objectValue ?? [:]).map { (variable($0.key), pointer + "/Assign/" + jsonPointerToken($0.key)) }
  }
}
