internal import JobModel

/// A task definition in the words of the job file, and how it becomes ECS's.
struct TaskDefinitionDescription {
  let family: String
  /// As the shape reads it.
  let values: JSONObject
  var sidecars: [JSONValue] = []
  /// `containerDefinitions`, in place of the main container and the sidecars.
  var containers: [JSONValue]?

  init(family: String, _ values: JSONObject) {
    self.family = family
    self.values = values
  }

  /// - Parameter region: for logs that name none.
  func lowered(region: String?) -> TaskDefinition {
    let main = values["container"]?.stringValue ?? containers.map(firstEssential) ?? family
    var input: JSONObject = ["family": .string(family)]
    for (key, value) in values where TaskDefinitionShape.taskKeys.contains(key) && key != "container" {
      input[key] = value
    }
    input["networkMode"] = values["networkMode"] ?? "awsvpc"
    input["requiresCompatibilities"] = values["requiresCompatibilities"] ?? ["FARGATE"]
    input["containerDefinitions"] = .array(
      containers ?? [self.main(named: main, region)]
        + sidecars.map {
          lowered($0.objectValue ?? [:], isEssential: false, region)
        })
    return TaskDefinition(family: family, input: .object(input), container: main)
  }

  private func firstEssential(_ containers: [JSONValue]) -> String {
    let essential = containers.first { $0["essential"]?.boolValue ?? true } ?? containers.first
    return essential?["name"]?.stringValue ?? family
  }

  private func main(named name: String, _ region: String?) -> JSONValue {
    var members: JSONObject = ["name": .string(name)]
    for (key, value) in values where !TaskDefinitionShape.taskKeys.contains(key) { members[key] = value }
    return lowered(members, isEssential: true, region)
  }

  /// A container with its short forms written out.
  private func lowered(_ short: JSONObject, isEssential: Bool, _ region: String?) -> JSONValue {
    var container = short
    container["essential"] = short["essential"] ?? .bool(isEssential)
    container["environment"] = pairs(short["environment"], "value")
    container["secrets"] = pairs(short["secrets"], "valueFrom")
    container["logs"] = nil
    container["logGroup"] = nil
    var logs = short["logs"]?.objectValue
    if let group = short["logGroup"] { logs = logs ?? ["group": group] }
    if let logs { container["logConfiguration"] = logConfiguration(logs, region) }
    return .object(container)
  }

  private func pairs(_ names: JSONValue?, _ value: String) -> JSONValue? {
    names?.objectValue.map { names in .array(names.map { ["name": .string($0.key), value: $0.value] }) }
  }

  /// Fargate takes awslogs with a stream prefix only (ECS guide, "Send Amazon ECS logs to CloudWatch").
  private func logConfiguration(_ logs: JSONObject, _ region: String?) -> JSONValue {
    var options = JSONObject()
    options["awslogs-group"] = logs["group"]
    options["awslogs-region"] = logs["region"] ?? region.map { .string($0) }
    options["awslogs-stream-prefix"] = logs["streamPrefix"] ?? .string(family)
    if logs["createGroup"] == true { options["awslogs-create-group"] = "true" }
    return ["logDriver": "awslogs", "options": .object(options)]
  }
}
