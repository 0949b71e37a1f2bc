internal import JobModel

/// Choice: the first rule that holds says where to go.
struct ChoiceState: Sendable {
  var choices: [Choice]
  var defaultNext: String?

  struct Choice: Sendable {
    var rule: ChoiceRule
    var next: String
    var assign: PayloadTemplate?
  }

  static func read(_ fields: Fields, _ reader: inout DefinitionReader) -> ChoiceState {
    fields.require(["Choices"], &reader)
    let next = fields.string("Default", &reader)
    guard let elements = fields.array("Choices", &reader) else { return ChoiceState(choices: [], defaultNext: next) }
    if elements.isEmpty { reader.schemaError(fields.pointer("Choices"), "A non-empty array is required") }
    var choices: [Choice] = []
    for (index, element) in elements.enumerated() {
      let pointer = "\(fields.pointer("Choices"))/\(index)"
      guard case .object(let object) = element else {
        reader.schemaError(pointer, "Expected value of type Object, found \(element.kind)")
        continue
      }
      let rule = Fields(object: object, pointer: pointer, language: fields.language)
      if let choice = read(choice: rule, &reader) { choices.append(choice) }
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
      fields.require(["Condition"], &reader)
      fields.checkExpressions(["Condition", "Assign", "Output"], &reader)
      if let condition = fields["Condition"], !condition.isJSONata, condition.boolValue == nil {
        reader.schemaError(fields.pointer("Condition"), "Expected a JSONata expression or a Boolean")
      }
      return nil
    }
    guard let rule = ChoiceRule.read(fields, allowed: ["Next", "Comment", "Assign"], depth: 0, &reader), let next
    else { return nil }
    return Choice(rule: rule, next: next, assign: assign)
  }
}

extension Execution {
  func runChoice(
    _ choice: ChoiceState, _ state: State, in scope: Scope, _ step: inout Step
  ) throws(StateFailure) -> Progress {
    let input = try effectiveInput(of: state, parameters: nil, in: scope, &step)
    let data = data(in: scope, input: input)
    for candidate in choice.choices where try candidate.rule.holds(in: data) {
      return try leave(
        state, result: input, output: input, to: .next(candidate.next), assign: candidate.assign, in: scope, &step)
    }
    guard let next = choice.defaultNext else {
      throw StateFailure(
        error: ErrorName.noChoiceMatched,
        detail: "Failed to transition out of the state. The state does not point to a next state.")
    }
    return try leave(state, result: input, output: input, to: .next(next), assign: state.assign, in: scope, &step)
  }
}
