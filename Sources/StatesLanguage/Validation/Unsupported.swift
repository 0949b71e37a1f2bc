internal import JobModel

/// What is valid in the language but not run by this jobd yet: the one place to shorten as it learns more.
enum Unsupported {
  static func diagnostics(of definition: JSONValue, sourceMap: JSONSourceMap?) -> [Diagnostic] {
    var reader = DefinitionReader(sourceMap: sourceMap)
    check(graph: definition, at: "", &reader)
    return reader.diagnostics
  }

  private static func check(graph: JSONValue, at pointer: String, _ reader: inout DefinitionReader) {
    checkLanguage(graph, at: pointer, &reader)
    guard case .object(let states)? = graph["States"] else { return }
    for member in states {
      let place = pointer + "/States/" + jsonPointerToken(member.key)
      checkLanguage(member.value, at: place, &reader)
      if let type = member.value["Type"]?.stringValue, type == "Parallel" || type == "Map" {
        reader.error(place + "/Type", "This version of jobd does not run \(type) states yet")
      }
    }
  }

  private static func checkLanguage(_ value: JSONValue, at pointer: String, _ reader: inout DefinitionReader) {
    if value["QueryLanguage"]?.stringValue == QueryLanguage.jsonata.rawValue {
      reader.error(pointer + "/QueryLanguage", "This version of jobd does not run JSONata yet, only JSONPath")
    }
  }
}
