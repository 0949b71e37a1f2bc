internal import JobModel

/// Map: the same states for every item.
enum MapState {
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

  static func check(_ fields: Fields, _ reader: inout DefinitionReader) -> StateKind {
    fields.exclusive(["ItemProcessor", "Iterator"], required: true, &reader)
    for key in ["ItemProcessor", "Iterator"] {
      guard let value = fields[key] else { continue }
      if let configuration = value["ProcessorConfig"] {
        check(configuration: configuration, at: fields.pointer(key) + "/ProcessorConfig", &reader)
      }
      _ = StateGraph.read(
        nested: value, at: fields.pointer(key), fields.language, in: key, allowing: ["ProcessorConfig"], &reader)
    }
    fields.exclusive(["Parameters", "ItemSelector"], &reader)
    checkNumbers(fields, &reader)
    _ = ErrorHandlers.read(fields, &reader)
    for key in ["ItemReader", "ItemBatcher", "ResultWriter"] {
      if let value = fields[key], value.objectValue == nil {
        reader.schemaError(fields.pointer(key), "Expected value of type Object, found \(value.kind)")
      }
    }
    if fields.language == .jsonPath {
      for key in ["Parameters", "ItemSelector", "ResultSelector"] { _ = fields.template(key, &reader) }
      _ = fields.path("ItemsPath", &reader)
      _ = fields.resultPlace("ResultPath", &reader)
    } else if let items = fields["Items"], items.arrayValue == nil, items.objectValue == nil, !items.isJSONata {
      reader.schemaError(fields.pointer("Items"), "Expected a JSONata expression, an array or an object")
    }
    return .unsupported(.map)
  }

  private static func checkNumbers(_ fields: Fields, _ reader: inout DefinitionReader) {
    for key in ["MaxConcurrency", "ToleratedFailureCount", "ToleratedFailurePercentage"] {
      fields.exclusive([key, key + "Path"], &reader)
      _ = fields.definitePath(key + "Path", &reader)
    }
    _ = fields.integer("MaxConcurrency", 0...LanguageLimits.seconds, expression: true, &reader)
    _ = fields.integer("ToleratedFailureCount", 0...LanguageLimits.seconds, expression: true, &reader)
    if let value = fields["ToleratedFailurePercentage"], !(fields.language == .jsonata && value.isJSONata) {
      guard let percentage = value.numberValue, (0...100).contains(percentage) else {
        reader.schemaError(
          fields.pointer("ToleratedFailurePercentage"), "Expected a number from 0 to 100, found \(value.text)")
        return
      }
    }
  }

  private static func check(configuration: JSONValue, at pointer: String, _ reader: inout DefinitionReader) {
    guard case .object(let object) = configuration else {
      reader.schemaError(pointer, "Expected value of type Object, found \(configuration.kind)")
      return
    }
    let fields = Fields(object: object, pointer: pointer, language: .jsonPath)
    fields.allow(["Mode", "ExecutionType", "Comment"], in: "ProcessorConfig", &reader)
    if let mode = fields.string("Mode", &reader), mode != "INLINE", mode != "DISTRIBUTED" {
      reader.schemaError(
        fields.pointer("Mode"), "Value is not one of the allowed values [INLINE, DISTRIBUTED]: '\(mode)'")
    }
    if let type = fields.string("ExecutionType", &reader), type != "STANDARD", type != "EXPRESS" {
      reader.schemaError(
        fields.pointer("ExecutionType"), "Value is not one of the allowed values [STANDARD, EXPRESS]: '\(type)'")
    }
  }
}
