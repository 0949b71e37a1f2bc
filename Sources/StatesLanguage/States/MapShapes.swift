internal import JobModel

/// The parts of a distributed Map that jobd does not perform, but checks: ProcessorConfig, Label, ItemReader and
/// ResultWriter (Step Functions guide, "Using Map state in Distributed mode").
extension MapState {
  static func checkShapes(_ fields: Fields, isDistributed: Bool, _ reader: inout DefinitionReader) {
    checkLabel(fields, &reader)
    if let itemReader = fields.fields("ItemReader", &reader) { check(itemReader: itemReader, &reader) }
    if let writer = fields.fields("ResultWriter", &reader) { check(resultWriter: writer, &reader) }
    guard !isDistributed else { return }
    for key in ["ItemReader", "ItemBatcher", "ResultWriter", "Label"] where fields.has(key) {
      reader.warning(fields.pointer(key), "\(key) is for a Map whose ProcessorConfig has \"Mode\": \"DISTRIBUTED\"")
    }
  }

  static func check(processorConfig fields: Fields, _ reader: inout DefinitionReader) {
    fields.allow(["Mode", "ExecutionType", "Comment"], in: "ProcessorConfig", &reader)
    let mode = fields.word("Mode", ["INLINE", "DISTRIBUTED"], &reader)
    _ = fields.word("ExecutionType", ["STANDARD", "EXPRESS"], &reader)
    if mode == "DISTRIBUTED" { fields.require(["ExecutionType"], &reader) }
  }

  private static func checkLabel(_ fields: Fields, _ reader: inout DefinitionReader) {
    guard let label = fields.string("Label", &reader) else { return }
    let pointer = fields.pointer("Label")
    let isAllowed = label.unicodeScalars.allSatisfy { scalar in
      !scalar.properties.isWhitespace && !"?*<>{}[]:;,\\|^~$#%&`\"".unicodeScalars.contains(scalar)
        && scalar.value > 0x1F && !(0x7F...0x9F).contains(scalar.value)
    }
    if label.isEmpty || label.unicodeScalars.count > LanguageLimits.labelName {
      reader.error(.invalidLabel, pointer, "A Label has 1 to \(LanguageLimits.labelName) characters")
    } else if !isAllowed {
      reader.error(
        .invalidLabel, pointer, "A Label has no spaces, brackets, wildcards or special characters: '\(label)'")
    }
    if let earlier = reader.labelsSeen[label] {
      reader.error(.duplicateLabel, pointer, "Duplicate Label: \(label); it is already used at \(earlier)")
    } else {
      reader.labelsSeen[label] = pointer
    }
  }

  private static func check(itemReader fields: Fields, _ reader: inout DefinitionReader) {
    checkCall(fields, more: ["ReaderConfig", "ItemsPointer"], &reader)
    fields.require(["Resource"], &reader)
    guard let configuration = fields.fields("ReaderConfig", &reader) else { return }
    _ = configuration.string("InputType", &reader)
    if let delimiter = configuration.string("CSVDelimiter", &reader) {
      let names = ["COMMA", "PIPE", "SEMICOLON", "SPACE", "TAB"]
      if !names.contains(delimiter) {
        reader.warning(
          configuration.pointer("CSVDelimiter"), "'\(delimiter)' is none of \(names.joined(separator: ", "))")
      }
    }
    if configuration.word("CSVHeaderLocation", ["FIRST_ROW", "GIVEN"], &reader) == "GIVEN" {
      configuration.require(["CSVHeaders"], &reader)
    }
    _ = configuration.array("CSVHeaders", &reader)
    _ = Quantity.read("MaxItems", 0...100_000_000, takesContext: false, configuration, &reader)
  }

  private static func check(resultWriter fields: Fields, _ reader: inout DefinitionReader) {
    checkCall(fields, more: ["WriterConfig"], &reader)
    if !fields.has("Resource"), !fields.has("WriterConfig") {
      reader.schemaError(fields.pointer, "One of these fields is required: [Resource, WriterConfig]")
    }
    guard let configuration = fields.fields("WriterConfig", &reader) else { return }
    _ = configuration.word("Transformation", ["NONE", "COMPACT", "FLATTEN"], &reader)
    _ = configuration.word("OutputType", ["JSON", "JSONL"], &reader)
  }

  /// What both have: a resource and its arguments, in the state's query language. New fields come now and then, so
  /// that an unknown one is only a warning.
  private static func checkCall(_ fields: Fields, more: Set<String>, _ reader: inout DefinitionReader) {
    let arguments = fields.language == .jsonata ? "Arguments" : "Parameters"
    let other = fields.language == .jsonata ? "Parameters" : "Arguments"
    let known = more.union(["Resource", arguments, "Comment"])
    fields.allow(Set(fields.object.keys).subtracting([other]), other: [other], in: fields.location, &reader)
    for key in fields.object.keys where !known.contains(key) && key != other {
      reader.warning(fields.pointer(key), "\(fields.location) has no field '\(key)'" + hint(key, among: known))
    }
    _ = fields.string("Resource", &reader)
    _ = fields.template(arguments, &reader)
  }
}
