internal import JobModel

/// Parallel: branches that run side by side.
enum ParallelState {
  static func check(_ fields: Fields, _ reader: inout DefinitionReader) -> StateKind {
    fields.require(["Branches"], &reader)
    let branches = fields.array("Branches", &reader) ?? []
    if fields.has("Branches"), branches.isEmpty {
      reader.schemaError(fields.pointer("Branches"), "A non-empty array is required")
    }
    for (index, branch) in branches.enumerated() {
      let pointer = "\(fields.pointer("Branches"))/\(index)"
      _ = StateGraph.read(nested: branch, at: pointer, fields.language, in: "a branch", &reader)
    }
    _ = ErrorHandlers.read(fields, &reader)
    if fields.language == .jsonPath {
      _ = fields.template("Parameters", &reader)
      _ = fields.template("ResultSelector", &reader)
      _ = fields.resultPlace("ResultPath", &reader)
    }
    return .unsupported(.parallel)
  }
}

extension StateGraph {
  /// Reads a branch or an item processor.
  static func read(
    nested value: JSONValue, at pointer: String, _ language: QueryLanguage, in place: String,
    allowing more: Set<String> = [], _ reader: inout DefinitionReader
  ) -> StateGraph? {
    guard case .object(let object) = value else {
      reader.schemaError(pointer, "Expected value of type Object, found \(value.kind)")
      return nil
    }
    let fields = Fields(object: object, pointer: pointer, language: language)
    fields.allow(more.union(["StartAt", "States", "Comment", "QueryLanguage"]), in: place, &reader)
    return read(fields, language: language, &reader)
  }
}
