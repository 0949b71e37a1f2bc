internal import JSONata
internal import JobModel

/// What a JSONata expression takes from outside: variables, functions, and the members of `$states`.
enum JSONataReferences {
  private static let states = ["input", "context", "result", "errorOutput"]

  static func check(
    _ expression: JSONataExpression, field: String, at pointer: String, _ reader: inout DefinitionReader
  ) {
    var seen: Set<String> = []
    for reference in expression.variableReferences {
      if reference.name == "states" {
        check(members: expression.names(after: reference), field: field, at: pointer, &reader)
      } else if seen.insert(reference.name).inserted {
        check(reference, at: pointer, &reader)
      }
    }
  }

  private static func check(_ reference: VariableReference, at pointer: String, _ reader: inout DefinitionReader) {
    let host = StepFunctionsFunctions.all
    if let function = host[reference.name] {
      if function == nil {
        reader.warning(pointer, "The function $\(reference.name) is not available in Step Functions")
      }
      return
    }
    let known = JSONataExpression.functionNames
    if known.contains(reference.name) { return }
    guard reference.isCalled else { return reader.note(variable: reference.name, at: pointer) }
    reader.warning(
      pointer, "There is no function $\(reference.name)" + hint(reference.name, among: known.union(host.keys)))
  }

  /// `$states.…`: which members there are depends on the field.
  private static func check(
    members names: [String], field: String, at pointer: String, _ reader: inout DefinitionReader
  ) {
    guard let first = names.first else { return }
    let isCatch = field.hasPrefix("Catch/")
    switch first {
    case "input": return
    case "context": ContextChecks.check(Array(names.dropFirst()), in: "$states.context", at: pointer, &reader)
    case "errorOutput":
      if !isCatch {
        reader.error(
          .unsupportedJSONata, pointer, "Reference to '$states.errorOutput' is only supported in Catch")
      }
    case "result":
      let isThere = reader.place.type?.hasResult == true && (field.hasPrefix("Output") || field.hasPrefix("Assign"))
      if !isThere {
        reader.warning(
          pointer, "There is no $states.result here: it is in Output and Assign of Task, Parallel and Map states")
      }
    default: reader.warning(pointer, "There is no $states.\(first)" + hint(first, among: states))
    }
  }
}

extension StateType {
  fileprivate var hasResult: Bool { self == .task || self == .parallel || self == .map }
}

extension JSONataExpression {
  /// The plain names that follow a variable: `[context, Task]` for `$states.context.Task[0]`.
  fileprivate func names(after reference: VariableReference) -> [String] {
    var rest = Array(text.unicodeScalars)[...].dropFirst(reference.position + 1 + reference.name.unicodeScalars.count)
    var names: [String] = []
    while rest.first == "." {
      let name = rest.dropFirst().prefix { $0 == "_" || $0.properties.isAlphabetic || ("0"..."9").contains($0) }
      if name.isEmpty { break }
      names.append(String(String.UnicodeScalarView(name)))
      rest = rest.dropFirst(1 + name.count)
    }
    return names
  }
}
