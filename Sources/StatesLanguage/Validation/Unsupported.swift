internal import JobModel

/// What is valid in the language but not run by this jobd: the one place that lists it.
enum Unsupported {
  static func diagnostics(of definition: JSONValue, sourceMap: JSONSourceMap?) -> [Diagnostic] {
    var reader = DefinitionReader(sourceMap: sourceMap)
    check(graph: definition, at: "", depth: 0, &reader)
    return reader.diagnostics
  }

  private static func check(
    graph: JSONValue, at pointer: String, depth: Int, _ reader: inout DefinitionReader
  ) {
    guard depth <= LanguageLimits.nesting else {
      return reader.unsupported(
        pointer, "Parallel and Map states are nested deeper than \(LanguageLimits.nesting), which jobd does not run")
    }
    guard case .object(let states)? = graph["States"] else { return }
    for member in states {
      let place = pointer + "/States/" + jsonPointerToken(member.key)
      for field in ["ItemReader", "ResultWriter"] where member.value[field] != nil {
        reader.unsupported(
          "\(place)/\(field)", "jobd does not run Map states with \(field): it reads and writes no S3 objects")
      }
      if let resource = member.value["Resource"]?.stringValue, isActivity(resource) {
        reader.unsupported(
          place + "/Resource",
          "jobd has no activities; a worker can take its work by .waitForTaskToken, for example through SQS")
      }
      for (index, branch) in (member.value["Branches"]?.arrayValue ?? []).enumerated() {
        check(graph: branch, at: "\(place)/Branches/\(index)", depth: depth + 1, &reader)
      }
      for field in ["ItemProcessor", "Iterator"] {
        if let processor = member.value[field] {
          check(graph: processor, at: "\(place)/\(field)", depth: depth + 1, &reader)
        }
      }
    }
  }

  private static func isActivity(_ resource: String) -> Bool {
    let parts = resource.split(separator: ":", omittingEmptySubsequences: false)
    return parts.count == 7 && parts[0] == "arn" && parts[2] == "states" && parts[5] == "activity"
  }
}
