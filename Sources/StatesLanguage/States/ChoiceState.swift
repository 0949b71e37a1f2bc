internal import JobModel

/// Choice: the first rule that holds says where to go.
struct ChoiceState: Sendable {
  var choices: [Choice]
  var defaultNext: String?

  struct Choice: Sendable {
    var test: Test
    var exit: Exit
  }

  enum Test: Sendable {
    case rule(ChoiceRule)
    /// JSONata's Condition.
    case query(JSONataQuery)
    case literal(Bool)
  }

  static func read(_ fields: Fields, _ reader: inout DefinitionReader) -> ChoiceState {
    fields.require(["Choices"], &reader)
    let next = fields.string("Default", &reader)
    guard let elements = fields.array("Choices", &reader) else {
      reader.place.hasUnclearWay = true
      return ChoiceState(choices: [], defaultNext: next)
    }
    if elements.isEmpty { reader.schemaError(fields.pointer("Choices"), "A non-empty array is required") }
    var choices: [Choice] = []
    for (index, element) in elements.enumerated() {
      let pointer = "\(fields.pointer("Choices"))/\(index)"
      let rule = Fields.read(element, at: pointer, fields.language, location: "Choices[\(index)]", &reader)
      if rule?["Next"]?.stringValue == nil { reader.place.hasUnclearWay = true }
      if let rule, let choice = read(choice: rule, &reader) { choices.append(choice) }
    }
    return ChoiceState(choices: choices, defaultNext: next)
  }

  private static func read(choice fields: Fields, _ reader: inout DefinitionReader) -> Choice? {
    fields.require(["Next"], &reader)
    let next = fields.string("Next", &reader)
    let assign = fields.assignments(&reader)
    guard fields.language == .jsonPath else {
      fields.allow(
        ["Next", "Condition", "Comment", "Assign", "Output"], other: ChoiceRule.fields, in: "a choice rule", &reader)
      let output = fields.template("Output", &reader)
      guard let test = condition(fields, &reader), let next else { return nil }
      return Choice(test: test, exit: Exit(transition: .next(next), assign: assign, output: output))
    }
    guard let rule = ChoiceRule.read(fields, allowed: ["Next", "Comment", "Assign"], depth: 0, &reader), let next
    else { return nil }
    return Choice(test: .rule(rule), exit: Exit(transition: .next(next), assign: assign))
  }

  private static func condition(_ fields: Fields, _ reader: inout DefinitionReader) -> Test? {
    fields.require(["Condition"], &reader)
    if let value = fields["Condition"]?.boolValue { return .literal(value) }
    if let query = fields.query("Condition", &reader) { return .query(query) }
    if fields.has("Condition"), !fields.isQuery("Condition") {
      reader.schemaError(fields.pointer("Condition"), "Expected a JSONata expression or a Boolean")
    }
    return nil
  }
}

extension Execution {
  func runChoice(
    _ choice: ChoiceState, _ state: State, in scope: Scope, _ step: inout Step
  ) throws(StateFailure) -> Progress {
    let input = try effectiveInput(of: state, in: scope, &step)
    let data = data(in: scope, input: input, step)
    let yield = Yield(output: input, assignable: input)
    for candidate in choice.choices where try candidate.test.holds(in: data, using: &step.generator) {
      return try leave(state, by: candidate.exit, yield, in: scope, &step)
    }
    guard let next = choice.defaultNext else {
      throw StateFailure(
        error: ErrorName.noChoiceMatched,
        detail: "Failed to transition out of the state. The state does not point to a next state.")
    }
    var exit = state.exit
    exit.transition = .next(next)
    return try leave(state, by: exit, yield, in: scope, &step)
  }
}

extension ChoiceState.Test {
  fileprivate func holds(
    in data: EvaluationData, using generator: inout any RandomNumberGenerator
  ) throws(StateFailure) -> Bool {
    switch self {
    case .literal(let value): value
    case .rule(let rule): try rule.holds(in: data)
    case .query(let query): try query.value(as: "boolean", in: data, using: &generator, \.boolValue)
    }
  }
}
