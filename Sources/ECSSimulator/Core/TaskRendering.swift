internal import JobModel

/// Tasks as the API shows them (ECS API, Task and Container).
extension SimulatedTask {
  func json(_ arns: ResourceNames, includingTags: Bool) -> JSONValue {
    var task: JSONObject = [
      "attachments": .array(attachments),
      "attributes": [["name": "ecs.cpu-architecture", "value": "x86_64"]],
      "availabilityZone": .string(arns.region + "a"),
      "clusterArn": .string(arns.cluster(cluster)),
      "containers": .array(containers.indices.map { json(ofContainer: $0, arns) }),
      "createdAt": .timestamp(createdAt),
      "desiredStatus": isDesiredToRun ? "RUNNING" : "STOPPED",
      "enableExecuteCommand": .bool(enableExecuteCommand),
      "group": .string(group),
      "healthStatus": "UNKNOWN",
      "lastStatus": .string(status.rawValue),
      "launchType": .string(launchType),
      "overrides": .object(overrides),
      "tags": .array(includingTags ? tags : []),
      "taskArn": .string(arns.task(id, cluster: cluster)),
      "taskDefinitionArn": .string(arns.definition(definition)),
      "version": .integer(Int64(version)),
    ]
    if launchType == "FARGATE" {
      task["platformVersion"] = "1.4.0"
      task["platformFamily"] = "Linux"
      task["ephemeralStorage"] = ["sizeInGiB": 20]
    }
    let texts = [
      ("capacityProviderName", capacityProvider), ("cpu", cpu), ("memory", memory), ("startedBy", startedBy),
      ("stopCode", stop?.code), ("stoppedReason", stop?.reason),
      ("connectivity", connectivityAt == nil ? nil : "CONNECTED"),
    ]
    for (key, text) in texts { if let text { task[key] = .string(text) } }
    let instants = [
      ("connectivityAt", connectivityAt), ("pullStartedAt", pullStartedAt), ("pullStoppedAt", pullStoppedAt),
      ("startedAt", startedAt), ("stoppingAt", stoppingAt), ("executionStoppedAt", executionStoppedAt),
      ("stoppedAt", stoppedAt),
    ]
    for (key, instant) in instants { if let instant { task[key] = .timestamp(instant) } }
    return .object(task)
  }

  private var attachments: [JSONValue] {
    guard let subnet else { return [] }
    let attachmentStatus =
      switch status {
      case .provisioning: "PRECREATED"
      case .stopped: "DELETED"
      default: "ATTACHED"
      }
    let details: [(String, String)] = [
      ("subnetId", subnet), ("networkInterfaceId", "eni-" + id.suffix(17)), ("macAddress", "02:00:00:00:00:01"),
      ("privateDnsName", "ip-127-0-0-1.internal"), ("privateIPv4Address", "127.0.0.1"),
    ]
    return [
      [
        "id": .string(attachmentID), "type": "ElasticNetworkInterface", "status": .string(attachmentStatus),
        "details": .array(details.map { ["name": .string($0.0), "value": .string($0.1)] }),
      ]
    ]
  }

  private func json(ofContainer index: Int, _ arns: ResourceNames) -> JSONValue {
    let container = containers[index]
    let containerStatus =
      switch container.state {
      case .waiting: status < .deprovisioning ? "PENDING" : "STOPPED"
      case .starting: "PENDING"
      case .running: status == .activating ? "ACTIVATED" : "RUNNING"
      case .stopped: "STOPPED"
      }
    var json: JSONObject = [
      "containerArn": .string(arns.container(container.id, task: id, cluster: cluster)),
      "taskArn": .string(arns.task(id, cluster: cluster)),
      "name": .string(container.name),
      "image": .string(container.image),
      "lastStatus": .string(containerStatus),
      "networkBindings": [],
      "networkInterfaces": subnet == nil
        ? [] : [["attachmentId": .string(attachmentID), "privateIpv4Address": "127.0.0.1"]],
      "healthStatus": "UNKNOWN",
      "cpu": .string(container.cpu),
    ]
    if let memory = container.memory { json["memory"] = .string(memory) }
    if container.state != .waiting { json["runtimeId"] = .string(runtimeID(index)) }
    if let exitCode = container.exitCode, !fate.omitsExitCodes { json["exitCode"] = .integer(Int64(exitCode)) }
    if let reason = container.reason { json["reason"] = .string(reason) }
    return .object(json)
  }

  /// The task as a line of the log of started tasks.
  func record(_ event: String, at now: Instant, _ arns: ResourceNames) -> JSONValue {
    let texts = [
      ("clientToken", clientToken), ("startedBy", startedBy), ("startedAt", startedAt?.description),
      ("stoppedAt", stoppedAt?.description), ("stopCode", stop?.code), ("stoppedReason", stop?.reason),
    ]
    var line: JSONObject = [
      "event": .string(event),
      "at": .string(now.description),
      "taskArn": .string(arns.task(id, cluster: cluster)),
      "cluster": .string(cluster),
      "family": .string(definition.family),
      "revision": .integer(Int64(definition.revision)),
      "group": .string(group),
      "lastStatus": .string(status.rawValue),
      "createdAt": .string(createdAt.description),
    ]
    for (key, text) in texts { if let text { line[key] = .string(text) } }
    let codes = containers.map { (key: $0.name, value: $0.exitCode.map { JSONValue.integer(Int64($0)) } ?? .null) }
    if stoppedAt != nil { line["exitCodes"] = .object(JSONObject(codes)) }
    return .object(line)
  }
}

/// Amazon Resource Names of one account and Region.
struct ResourceNames: Equatable, Sendable {
  var region: String
  var accountID: String

  private var prefix: String { "arn:aws:ecs:\(region):\(accountID):" }

  func cluster(_ name: String) -> String { prefix + "cluster/\(name)" }
  func task(_ id: String, cluster: String) -> String { prefix + "task/\(cluster)/\(id)" }
  func container(_ id: String, task: String, cluster: String) -> String {
    prefix + "container/\(cluster)/\(task)/\(id)"
  }
  func definition(_ key: DefinitionKey) -> String { prefix + "task-definition/\(key.family):\(key.revision)" }
  func topic(_ name: String) -> String { "arn:aws:sns:\(region):\(accountID):\(name)" }

  /// The part after the last `:` of an ARN without its kind: `cluster/x` → `x`; a plain name stays itself.
  static func resource(_ text: String, kind: String) -> String {
    guard text.hasPrefix("arn:") else { return text }
    let parts = text.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false)
    let resource = parts.count == 6 ? String(parts[5]) : text
    return resource.hasPrefix(kind + "/") ? String(resource.dropFirst(kind.count + 1)) : resource
  }
}
