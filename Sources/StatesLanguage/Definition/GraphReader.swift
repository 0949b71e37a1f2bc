internal import JobModel

extension StateGraph {
  /// Reads `StartAt` and `States` into the reader's graphs, and checks where the states lead.
  static func read(_ fields: Fields, language: QueryLanguage, _ reader: inout DefinitionReader) {
    fields.require(["StartAt", "States"], &reader)
    let startAt = fields.string("StartAt", &reader)
    guard let value = fields["States"] else { return }
    let place = fields.pointer("States")
    guard case .object(let members) = value else {
      reader.schemaError(place, "Expected value of type Object, found \(value.kind)")
      return
    }
    if members.isEmpty { reader.schemaError(place, "A state machine has at least one state") }
    var states: [String: State] = [:]
    for member in members {
      let pointer = place + "/" + jsonPointerToken(member.key)
      if let earlier = reader.namesSeen.updateValue(pointer, forKey: member.key) {
        reader.error(pointer, "DUPLICATE_STATE_NAME: The state name '\(member.key)' is already used at \(earlier)")
      }
      states[member.key] = State.read(member.value, named: member.key, at: pointer, language: language, &reader)
    }
    let targets = GraphTargets(place: place, members: members, states: states)
    targets.checkTargets(&reader)
    guard let startAt else { return }
    guard members[startAt] != nil else {
      reader.transitionError(fields.pointer("StartAt"), "Missing 'StartAt' target: \(startAt)")
      return
    }
    targets.checkReachability(from: startAt, &reader)
    reader.graphs[fields.pointer] = StateGraph(startAt: startAt, states: states)
  }
}

/// Where the states of one graph lead.
private struct GraphTargets {
  let place: String
  let members: JSONObject
  let states: [String: State]

  /// Every place that names another state, with its field's pointer and name.
  private func targets(of name: String) -> [(pointer: String, field: String, target: String)] {
    guard case .object(let object)? = members[name] else { return [] }
    let pointer = place + "/" + jsonPointerToken(name)
    var targets: [(pointer: String, field: String, target: String)] = []
    for field in ["Next", "Default"] {
      if let target = object[field]?.stringValue { targets.append((pointer + "/" + field, field, target)) }
    }
    for list in ["Choices", "Catch"] {
      for (index, rule) in (object[list]?.arrayValue ?? []).enumerated() {
        if let target = rule["Next"]?.stringValue {
          targets.append(("\(pointer)/\(list)/\(index)/Next", "Next", target))
        }
      }
    }
    return targets
  }

  func checkTargets(_ reader: inout DefinitionReader) {
    for name in members.keys {
      for target in targets(of: name) where members[target.target] == nil {
        reader.transitionError(target.pointer, "Missing '\(target.field)' target: \(target.target)")
      }
    }
  }

  func checkReachability(from start: String, _ reader: inout DefinitionReader) {
    var reached: Set<String> = [start]
    var pending = [start]
    while let name = pending.popLast() {
      for target in targets(of: name) where members[target.target] != nil {
        if reached.insert(target.target).inserted { pending.append(target.target) }
      }
    }
    for name in members.keys where !reached.contains(name) {
      reader.transitionError(place + "/" + jsonPointerToken(name), "State \"\(name)\" is not reachable.")
    }
    // A state that could not be read may have been the end.
    let hasEnd = members.keys.contains { name in
      guard let state = states[name] else { return true }
      switch state.kind.type {
      case .succeed, .fail: return true
      case .choice: return false
      default: return state.transition == .end
      }
    }
    if !hasEnd { reader.transitionError(place, "There is no terminal state: none has \"End\": true, Succeed or Fail") }
  }
}
