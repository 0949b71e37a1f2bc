internal import JobModel

/// Map: the same states for every item; its result is the list of their outputs.
struct MapState: Sendable {
  /// The item processor's graph.
  var processor: String
  /// Whether iterations are child executions: they see no variables of the outside, and the history tells
  /// of them as a whole (`"Mode": "DISTRIBUTED"`).
  var isDistributed: Bool
  var items: Items
  /// What an iteration gets, in place of its item.
  var itemSelector: Template?
  var maximumConcurrency: Quantity?
  var toleratedCount: Quantity?
  var toleratedPercentage: Percentage?
  var batch: ItemBatch?
  var shape: ResultShape
  var handlers: ErrorHandlers

  enum Items: Sendable {
    case path(JSONPath)
    case template(JSONataTemplate)
    /// JSONata's Items as one expression.
    case query(JSONataQuery)
    /// The state's input itself.
    case input
  }

  enum Percentage: Sendable {
    case literal(Double)
    case path(JSONPath)
    case query(JSONataQuery)
  }

  static func fields(_ language: QueryLanguage) -> Set<String> {
    let both: Set<String> = [
      "ItemProcessor", "Iterator", "ItemSelector", "ItemReader", "ItemBatcher", "ResultWriter", "MaxConcurrency",
      "ToleratedFailureCount", "ToleratedFailurePercentage", "Label", "Retry", "Catch",
    ]
    if language == .jsonata { return both.union(["Items"]) }
    return both.union([
      "ItemsPath", "Parameters", "MaxConcurrencyPath", "ToleratedFailureCountPath", "ToleratedFailurePercentagePath",
      "ResultPath", "ResultSelector",
    ])
  }

  static func read(_ fields: Fields, _ reader: inout DefinitionReader) -> MapState {
    fields.exclusive(["ItemProcessor", "Iterator"], required: true, &reader)
    var isDistributed = false
    for key in ["ItemProcessor", "Iterator"] {
      guard let value = fields[key] else { continue }
      isDistributed = value["ProcessorConfig"]?["Mode"] == "DISTRIBUTED"
      if let configuration = value.objectValue?["ProcessorConfig"].flatMap({
        Fields.read($0, at: fields.pointer(key) + "/ProcessorConfig", fields.language, &reader)
      }) {
        check(processorConfig: configuration, &reader)
      }
      StateGraph.read(
        nested: value, at: fields.pointer(key), in: key, isDistributed: isDistributed, allowing: ["ProcessorConfig"],
        &reader)
    }
    fields.exclusive(["Parameters", "ItemSelector"], &reader)
    checkShapes(fields, isDistributed: isDistributed, &reader)
    return MapState(
      processor: fields.pointer(fields.has("Iterator") ? "Iterator" : "ItemProcessor"), isDistributed: isDistributed,
      items: items(fields, &reader),
      itemSelector: fields.template(fields.has("Parameters") ? "Parameters" : "ItemSelector", &reader),
      maximumConcurrency: Quantity.read(
        "MaxConcurrency", 0...LanguageLimits.seconds, takesContext: false, fields, &reader),
      toleratedCount: Quantity.read(
        "ToleratedFailureCount", 0...LanguageLimits.seconds, takesContext: false, fields, &reader),
      toleratedPercentage: Percentage.read(fields, &reader), batch: ItemBatch.read(fields, &reader),
      shape: ResultShape.read(fields, &reader), handlers: ErrorHandlers.read(fields, &reader))
  }

  private static func items(_ fields: Fields, _ reader: inout DefinitionReader) -> Items {
    guard fields.language == .jsonata else { return fields.path("ItemsPath", &reader).map(Items.path) ?? .input }
    if let query = fields.query("Items", &reader) { return .query(query) }
    guard let items = fields["Items"], !fields.isQuery("Items") else { return .input }
    if items.arrayValue == nil, items.objectValue == nil {
      reader.schemaError(fields.pointer("Items"), "Expected a JSONata expression, an array or an object")
    }
    return .template(JSONataTemplate.read(items, field: "Items", at: fields.pointer("Items"), &reader))
  }
}

extension MapState.Percentage {
  fileprivate static func read(_ fields: Fields, _ reader: inout DefinitionReader) -> MapState.Percentage? {
    let key = "ToleratedFailurePercentage"
    fields.exclusive([key, key + "Path"], &reader)
    if let path = fields.definitePath(key + "Path", takesContext: false, &reader) { return .path(path) }
    if let query = fields.query(key, &reader) { return .query(query) }
    return fields.number(key, atLeast: 0, atMost: 100, &reader).map(MapState.Percentage.literal)
  }
}

extension Execution {
  /// Begins the iterations: on entry, and again for each retry.
  mutating func runMap(
    _ map: MapState, _ state: State, in scope: Scope, _ step: inout Step
  ) throws(StateFailure) -> Progress {
    let input = try effectiveInput(of: state, in: scope, &step)
    let data = data(in: scope, input: input, step)
    let items = try items(of: map, in: data, &step)
    var details: JSONObject = ["length": .integer(Int64(items.count))]
    record("MapStateStarted", "mapStateStartedEventDetails", details, in: scope.key, &step)
    var fork = newFork(count: items.count, input: input, items: items)
    fork.maximumConcurrency = try concurrency(of: map, in: data, &step)
    fork.toleratedFailures = try toleratedFailures(of: map, count: items.count, in: data, &step)
    if let batch = map.batch {
      fork.items = try batches(of: fork, map, batch, in: scope, data, &step)
      fork.count = fork.items.count
    }
    if map.isDistributed {
      details = ["mapRunArn": .string(mapRunName(of: state, in: scope))]
      record("MapRunStarted", "mapRunStartedEventDetails", details, in: scope.key, &step)
    }
    forks[scope.key] = fork
    if fork.count == 0 { return try endFork(state, in: scope, &step) }
    beginChildren(of: scope.key, &step)
    return .stay(.inside)
  }

  private func items(
    of map: MapState, in data: EvaluationData, _ step: inout Step
  ) throws(StateFailure) -> [JSONValue] {
    switch map.items {
    case .query(let query): return try query.value(as: "array", in: data, using: &step.generator, \.arrayValue)
    case .template(let template):
      let value = try template.value(in: data, using: &step.generator)
      guard let items = value.arrayValue else {
        throw StateFailure.runtime("The Items field must be an array, but was \(value.kind)")
      }
      return items
    case .input: return try items(data.input, named: "$")
    case .path(let path): return try items(try data.value(of: path), named: path.text)
    }
  }

  private func items(_ value: JSONValue, named path: String) throws(StateFailure) -> [JSONValue] {
    guard let items = value.arrayValue else {
      throw StateFailure.runtime("Reference path \"\(path)\" must point to array.")
    }
    return items
  }

  func concurrency(
    of map: MapState, in data: EvaluationData, _ step: inout Step
  ) throws(StateFailure) -> Int {
    let wanted = try map.maximumConcurrency.map { quantity throws(StateFailure) in
      try count(quantity, field: "MaxConcurrency", in: data, &step)
    }
    let most = map.isDistributed ? LanguageLimits.distributedConcurrency : LanguageLimits.inlineConcurrency
    guard let wanted, wanted > 0 else { return most }
    return Int(min(wanted, Int64(LanguageLimits.distributedConcurrency)))
  }

  /// How many iterations may fail before the state does.
  func toleratedFailures(
    of map: MapState, count: Int, in data: EvaluationData, _ step: inout Step
  ) throws(StateFailure) -> Int {
    // Where both are given, it is too many as soon as either is exceeded.
    var tolerated: Int?
    if let quantity = map.toleratedCount {
      tolerated = Int(try self.count(quantity, field: "ToleratedFailureCount", in: data, &step))
    }
    if let percentage = map.toleratedPercentage {
      // Multiplied first: 29 % of 100 are 29, whatever binary fractions make of 0.29.
      let share = Int((try self.percentage(percentage, in: data, &step) * Double(count) / 100).rounded(.down))
      tolerated = min(tolerated ?? share, share)
    }
    return tolerated ?? 0
  }

  /// A count that is not negative.
  func count(
    _ quantity: Quantity, field: String, in data: EvaluationData, _ step: inout Step
  ) throws(StateFailure) -> Int64 {
    let number: Int64
    switch quantity {
    case .literal(let literal): return literal
    case .query(let query):
      number = try query.value(as: "number", in: data, using: &step.generator, \.integerValue)
    case .path(let path):
      let value = try data.value(of: path)
      guard case .integer(let integer) = value else { throw notANumber(field, value, "integer", path) }
      number = integer
    }
    guard number >= 0 else { throw StateFailure.runtime("\(field) cannot be negative.") }
    return min(number, LanguageLimits.seconds)
  }

  private func percentage(
    _ percentage: MapState.Percentage, in data: EvaluationData, _ step: inout Step
  ) throws(StateFailure) -> Double {
    let number: Double
    switch percentage {
    case .literal(let literal): return literal
    case .query(let query): number = try query.value(as: "number", in: data, using: &step.generator, \.numberValue)
    case .path(let path):
      let value = try data.value(of: path)
      guard let found = value.numberValue else {
        throw notANumber("ToleratedFailurePercentage", value, "float", path)
      }
      number = found
    }
    guard (0...100).contains(number) else {
      throw StateFailure.runtime("ToleratedFailurePercentage must be between 0 and 100.")
    }
    return number
  }

  private func notANumber(_ field: String, _ value: JSONValue, _ kind: String, _ path: JSONPath) -> StateFailure {
    StateFailure.runtime(
      "The \(field)Path field refers to value \"\(value.stringValue ?? value.text)\" which is not a valid \(kind): "
        + path.text)
  }

  /// A name in the shape of a Map Run's ARN, the same whenever it is asked for.
  private func mapRunName(of state: State, in scope: Scope) -> String {
    let id = context["Execution"]?["Id"]?.stringValue ?? ""
    return id.replacing(":execution:", with: ":mapRun:") + "/\(state.name):\(scope.visit.enteredEvent)"
  }
}
