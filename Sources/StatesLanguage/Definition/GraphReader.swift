internal import JobModel

/// A graph as it was read, with what the checks of whole graphs need of it.
struct ReadGraph {
  var pointer: String
  /// The Parallel or Map state that it is in; nil for the machine's own.
  var parent: Parent?
  var startAt: String?
  var members: JSONObject
  var states: [String: State]
  /// Whether a mistake leaves open where one of the states leads.
  var hasUnclearWay: Bool

  struct Parent {
    var graph: String
    var state: String
    /// Whether its states are executions of their own, which see no variables of the outside.
    var isDistributed: Bool
  }

  var place: String { pointer + "/States" }

  func pointer(of state: String) -> String { place + "/" + jsonPointerToken(state) }
}

extension StateGraph {
  /// Reads `StartAt` and `States` into the reader's graphs.
  static func read(_ fields: Fields, isDistributed: Bool = false, _ reader: inout DefinitionReader) {
    fields.require(["StartAt", "States"], &reader)
    let startAt = fields.string("StartAt", &reader)
    guard let members = fields.fields("States", &reader)?.object else { return }
    let outer = reader.place
    var graph = ReadGraph(
      pointer: fields.pointer,
      parent: fields.pointer.isEmpty
        ? nil : ReadGraph.Parent(graph: outer.graph, state: outer.name, isDistributed: isDistributed),
      startAt: startAt, members: members, states: [:], hasUnclearWay: false)
    if members.isEmpty { reader.schemaError(graph.place, "A state machine has at least one state") }
    for member in members {
      let pointer = graph.pointer(of: member.key)
      if let earlier = reader.namesSeen[member.key] {
        reader.error(.duplicateState, pointer, "Duplicate State name: \(member.key); it is already used at \(earlier)")
      } else {
        reader.namesSeen[member.key] = pointer
      }
      reader.place = StatePlace(graph: fields.pointer, name: member.key)
      let state = State.read(member.value, named: member.key, at: pointer, &reader)
      graph.states[member.key] = state
      if let state, reader.isChecking { TokenChecks.check(state, at: pointer, &reader) }
      if state == nil || reader.place.hasUnclearWay { graph.hasUnclearWay = true }
    }
    reader.place = outer
    reader.readGraphs.append(graph)
    guard let startAt, members[startAt] != nil else { return }
    reader.graphs[fields.pointer] = StateGraph(startAt: startAt, states: graph.states)
  }

  /// Reads a branch or an item processor.
  static func read(
    nested value: JSONValue, at pointer: String, in place: String, isDistributed: Bool = false,
    allowing more: Set<String> = [], _ reader: inout DefinitionReader
  ) {
    guard let fields = Fields.read(value, at: pointer, reader.machineLanguage, &reader) else { return }
    fields.allow(more.union(["StartAt", "States", "Comment"]), in: place, &reader)
    _ = fields.string("Comment", &reader)
    read(fields, isDistributed: isDistributed, &reader)
  }
}
