internal import JobModel

/// Reads `taskDefinitions`.
struct TaskDefinitionReader {
  var reader: ShapeReader
  /// The file's, for logs that name none.
  let region: String?

  /// By family; also those with mistakes, so that the jobs that name them are judged by themselves.
  mutating func read(_ node: YAMLNode?) -> [TaskDefinition] {
    guard let node, !node.isNull else { return [] }
    guard let members = node.members else {
      reader.diagnostics.error(
        "`taskDefinitions` must be a mapping of families to task definitions; found \(node.described())", at: node)
      return []
    }
    return members.compactMap { read($0) }
  }

  private mutating func read(_ member: YAMLNode.Member) -> TaskDefinition? {
    if let problem = JobFileForm.familyName.problem(member.key) {
      reader.diagnostics.error("the family \(problem.message)", at: member.keyPlace, path: member.value.path)
      return nil
    }
    let node = member.value
    guard !node.isNull else {
      reader.diagnostics.error(
        "the task definition is empty: it needs an `image`, such as `\(TaskDefinitionShape.definition.example)`",
        atKeyOf: node)
      return nil
    }
    guard let values = reader.read(node, as: .fields(TaskDefinitionShape.definition), named: member.key)?.objectValue
    else { return nil }
    var description = TaskDefinitionDescription(family: member.key, values)
    if let sidecars = node["sidecars"] {
      description.sidecars =
        reader.read(sidecars, as: TaskDefinitionShape.sidecars, named: "sidecars")?.arrayValue ?? []
    }
    if let containers = node["containerDefinitions"] {
      description.containers =
        reader.read(containers, as: TaskDefinitionShape.containers, named: "containerDefinitions")?.arrayValue
    }
    let definition = description.lowered(region: region)
    var checks = TaskDefinitionChecks(
      node: node, definition: definition, hasRegion: region != nil, diagnostics: reader.diagnostics)
    checks.check()
    reader.diagnostics = checks.diagnostics
    return definition
  }
}
