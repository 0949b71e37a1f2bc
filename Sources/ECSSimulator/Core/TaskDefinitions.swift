internal import JobModel

/// A revision of a task definition.
struct DefinitionKey: Hashable, Sendable {
  var family: String
  var revision: Int
}

struct TaskDefinition: Equatable, Sendable {
  var key: DefinitionKey
  /// As registered.
  var input: JSONObject
  var isActive = true
  /// It came into being by being used: it has the containers that its first RunTask named.
  var isImplicit = false
  var registeredAt: Instant
  var deregisteredAt: Instant?

  var containers: [JSONObject] { input["containerDefinitions"]?.arrayValue?.compactMap(\.objectValue) ?? [] }
  var networkMode: String? { input["networkMode"]?.stringValue }
  var compatibilities: [String] {
    input["requiresCompatibilities"]?.arrayValue?.compactMap(\.stringValue) ?? []
  }
}

/// Families and their revisions.
struct DefinitionBook: Sendable {
  private(set) var families: [String: [TaskDefinition]] = [:]

  mutating func add(
    family: String, revision: Int? = nil, input: JSONObject, isImplicit: Bool = false, at now: Instant
  ) -> TaskDefinition {
    let revision = revision ?? (families[family]?.last?.key.revision ?? 0) + 1
    let definition = TaskDefinition(
      key: DefinitionKey(family: family, revision: revision), input: input, isImplicit: isImplicit,
      registeredAt: now)
    families[family, default: []].append(definition)
    families[family]?.sort { $0.key.revision < $1.key.revision }
    return definition
  }

  /// `family`, `family:revision` or an ARN, taken apart; nil where it is none of them.
  static func parse(_ text: String) -> (family: String, revision: Int?)? {
    let name = ResourceNames.resource(text, kind: "task-definition")
    let parts = name.split(separator: ":", omittingEmptySubsequences: false)
    switch parts.count {
    case 1: return (String(parts[0]), nil)
    case 2:
      guard let revision = Int(parts[1]), revision > 0 else { return nil }
      return (String(parts[0]), revision)
    default: return nil
    }
  }

  /// Without a revision the latest that is ACTIVE.
  func find(_ text: String) -> TaskDefinition? {
    guard let (family, revision) = DefinitionBook.parse(text) else { return nil }
    if let revision { return families[family]?.first { $0.key.revision == revision } }
    return families[family]?.last { $0.isActive }
  }

  mutating func deregister(_ key: DefinitionKey, at now: Instant) -> TaskDefinition? {
    guard let index = families[key.family]?.firstIndex(where: { $0.key == key }) else { return nil }
    families[key.family]?[index].isActive = false
    families[key.family]?[index].deregisteredAt = now
    return families[key.family]?[index]
  }
}

extension SimulatedECS {
  mutating func registerTaskDefinition(_ input: JSONObject, at now: Instant) throws(ServiceError) -> JSONValue {
    guard let family = try input.string("family"), !family.isEmpty else {
      throw .client("Family should not be null or empty.")
    }
    guard isName(family) else {
      throw .client("Family contains invalid characters or is longer than 255 characters.")
    }
    let input = try checkedSize(input)
    try checkContainers(input)
    for container in try input.objects("containerDefinitions") {
      if let target = try logTarget(container) { effects.append(.nameLogGroup(target.group)) }
    }
    try checkExecutionRole(input)
    let definition = definitions.add(family: family, input: input, at: now)
    return described(definition, includingTags: true)
  }

  private func checkContainers(_ input: JSONObject) throws(ServiceError) {
    let containers = try input.objects("containerDefinitions")
    guard !containers.isEmpty else { throw .client("Container list cannot be empty.") }
    let isFargate = try input.strings("requiresCompatibilities").contains("FARGATE")
    if isFargate, try input.string("networkMode") != "awsvpc" {
      throw .client("Fargate only supports network mode ‘awsvpc’.")
    }
    let (cpu, memory) = (try input.string("cpu"), try input.string("memory"))
    if isFargate, cpu == nil || memory == nil {
      throw .client("Fargate requires that 'cpu' and 'memory' be defined at the task level.")
    }
    var names: Set<String> = []
    for container in containers {
      guard let name = try container.string("name"), isName(name) else {
        throw .client("Container.name should not be null or empty.")
      }
      guard names.insert(name).inserted else { throw .client("Container names must be unique: '\(name)'.") }
      guard try container.string("image")?.isEmpty == false else {
        throw .client("Container.image should not be null or empty.")
      }
      let (hard, soft) = (try container.integer("memory"), try container.integer("memoryReservation"))
      if memory == nil, hard == nil, soft == nil {
        throw .client(
          "Invalid setting for container '\(name)'. At least one of 'memory' or 'memoryReservation' must be specified.")
      }
      _ = (try container.strings("command"), try container.strings("entryPoint"), try container.bool("essential"))
      _ = (try container.environment("environment"), try container.integer("stopTimeout"))
    }
    guard containers.contains(where: { $0["essential"]?.boolValue ?? true }) else {
      throw .client("Invalid 'containerDefinitions' size. There must be at least one essential container.")
    }
  }

  /// Where a container logs to with awslogs; nil with another driver or none.
  func logTarget(_ container: JSONObject) throws(ServiceError) -> ContainerLogTarget? {
    guard let configuration = try container.object("logConfiguration") else { return nil }
    guard let driver = try configuration.string("logDriver"), !driver.isEmpty else {
      throw .client("Log driver should not be null or empty.")
    }
    let options = try configuration.object("options") ?? [:]
    guard driver == "awslogs" else { return nil }
    guard let group = try options.string("awslogs-group"), !group.isEmpty else {
      throw .client("Log driver awslogs requires options: awslogs-group")
    }
    return ContainerLogTarget(group: group, prefix: try options.string("awslogs-stream-prefix"))
  }

  /// With `cpu` and `memory` in ECS's own units (`1 vCPU` is kept as `1024`), and one of Fargate's sizes where
  /// it is for Fargate.
  private func checkedSize(_ input: JSONObject) throws(ServiceError) -> JSONObject {
    var input = input
    for (key, unit) in [("cpu", "vcpu"), ("memory", "gb")] {
      guard let text = try input.string(key) else { continue }
      guard let amount = RegisteredSize.amount(text, unit: unit) else {
        throw .client("Invalid '\(key)' setting for task.")
      }
      input[key] = .string(String(amount))
    }
    if try input.strings("requiresCompatibilities").contains("FARGATE"), let cpu = try input.string("cpu"),
      let memory = try input.string("memory"), !RegisteredSize.isOfFargate(cpu: cpu, memory: memory)
    {
      throw .client("No Fargate configuration exists for given values.")
    }
    return input
  }

  private func checkExecutionRole(_ input: JSONObject) throws(ServiceError) {
    guard try input.string("executionRoleArn") == nil else { return }
    let isFargate = try input.strings("requiresCompatibilities").contains("FARGATE")
    for container in try input.objects("containerDefinitions") {
      if try !container.objects("secrets").isEmpty {
        throw .client(
          "When you are specifying container secrets, you must also specify a value for 'executionRoleArn'.")
      }
      if isFargate, try container.object("logConfiguration")?.string("logDriver") == "awslogs" {
        throw .client("Fargate requires task definition to have execution role ARN to support log driver awslogs.")
      }
      if isFargate, try container.string("image")?.contains(".dkr.ecr.") == true {
        throw .client("Fargate requires task definition to have execution role ARN to support ECR images.")
      }
    }
  }

  func describeTaskDefinition(_ input: JSONObject) throws(ServiceError) -> JSONValue {
    let text = try input.string("taskDefinition") ?? ""
    guard let definition = definitions.find(text) else {
      throw .client("Unable to describe task definition.")
    }
    return described(definition, includingTags: try input.strings("include").contains("TAGS"))
  }

  func listTaskDefinitions(_ input: JSONObject) throws(ServiceError) -> JSONValue {
    let prefix = try input.string("familyPrefix")
    let isActive = try input.string("status") ?? "ACTIVE" == "ACTIVE"
    var found = definitions.families.values.joined()
      .filter { (prefix == nil || $0.key.family == prefix) && $0.isActive == isActive }
      .sorted { ($0.key.family, $0.key.revision) < ($1.key.family, $1.key.revision) }
    if try input.string("sort") == "DESC" { found.reverse() }
    let page = try Page(input, count: found.count)
    return page.json("taskDefinitionArns", found[page.range].map { .string(arns.definition($0.key)) })
  }

  mutating func deregisterTaskDefinition(_ input: JSONObject, at now: Instant) throws(ServiceError) -> JSONValue {
    let text = try input.string("taskDefinition") ?? ""
    guard let parsed = DefinitionBook.parse(text), let revision = parsed.revision else {
      throw .client("Revision is missing. A family and a revision are required.")
    }
    let key = DefinitionKey(family: parsed.family, revision: revision)
    guard let definition = definitions.deregister(key, at: now) else {
      throw .client("The specified task definition does not exist.")
    }
    return described(definition, includingTags: false)
  }

  private func described(_ definition: TaskDefinition, includingTags: Bool) -> JSONValue {
    var json = definition.input
    json["tags"] = nil
    json["containerDefinitions"] = .array(
      definition.containers.map { container in
        var container = container
        if container["essential"] == nil { container["essential"] = true }
        if container["cpu"] == nil { container["cpu"] = 0 }
        for list in ["environment", "mountPoints", "volumesFrom", "portMappings", "systemControls"]
        where container[list] == nil {
          container[list] = []
        }
        container["portMappings"] = .array(
          (container["portMappings"]?.arrayValue ?? []).map { described(port: $0, definition) })
        if var check = container["healthCheck"]?.objectValue {
          for (key, value) in [("interval", 30), ("timeout", 5), ("retries", 3)] as [(String, Int64)]
          where check[key] == nil { check[key] = .integer(value) }
          container["healthCheck"] = .object(check)
        }
        return .object(container)
      })
    json["taskDefinitionArn"] = .string(arns.definition(definition.key))
    json["family"] = .string(definition.key.family)
    json["revision"] = .integer(Int64(definition.key.revision))
    json["status"] = definition.isActive ? "ACTIVE" : "INACTIVE"
    for list in ["volumes", "placementConstraints"] where json[list] == nil { json[list] = [] }
    json["requiresAttributes"] = []
    json["compatibilities"] = definition.networkMode == "awsvpc" ? ["EC2", "FARGATE"] : ["EC2"]
    json["registeredAt"] = .timestamp(definition.registeredAt)
    json["registeredBy"] = .string("arn:aws:iam::\(arns.accountID):root")
    if let at = definition.deregisteredAt { json["deregisteredAt"] = .timestamp(at) }
    var answer: JSONObject = ["taskDefinition": .object(json)]
    if includingTags { answer["tags"] = definition.input["tags"] ?? [] }
    return .object(answer)
  }
  /// With the protocol, and the host's port where that is the container's.
  private func described(port: JSONValue, _ definition: TaskDefinition) -> JSONValue {
    guard var port = port.objectValue else { return port }
    if port["protocol"] == nil { port["protocol"] = "tcp" }
    if port["hostPort"] == nil, let container = port["containerPort"] {
      port["hostPort"] = definition.networkMode == "awsvpc" || definition.networkMode == "host" ? container : 0
    }
    return .object(port)
  }
}
