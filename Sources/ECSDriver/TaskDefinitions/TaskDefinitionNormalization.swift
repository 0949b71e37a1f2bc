internal import JobModel

/// Leaves out of a task definition what ECS adds, and what means the same when it is not there. Normalizing
/// twice changes nothing.
enum TaskDefinitionNormalization {
  /// What ECS says of a revision, not of its content (ECS API, TaskDefinition).
  private static let ofTheRevision: Set<String> = [
    "taskDefinitionArn", "revision", "status", "requiresAttributes", "compatibilities", "registeredAt", "registeredBy",
    "deregisteredAt", "deleteRequestedAt",
  ]
  /// Members whose own members are the user's names.
  private static let maps: Set<String> = ["options", "dockerLabels", "driverOpts", "labels"]
  /// Lists whose order counts: words of a command line, and what is tried or read one after the other.
  private static let ordered: Set<String> = [
    "command", "entryPoint", "dnsServers", "dnsSearchDomains", "environmentFiles",
  ]
  /// Texts that mean the same as nothing, by the member above and the member's name.
  private static let defaultTexts: [String: String] = [
    "portMappings.protocol": "tcp", "containerDefinitions.versionConsistency": "enabled",
    "efsVolumeConfiguration.rootDirectory": "/", "efsVolumeConfiguration.transitEncryption": "DISABLED",
    "authorizationConfig.iam": "DISABLED", "s3filesVolumeConfiguration.rootDirectory": "/",
    "dockerVolumeConfiguration.scope": "task", "dockerVolumeConfiguration.driver": "local",
  ]
  /// Likewise numbers.
  private static let defaultNumbers: [String: Int64] = [
    "containerDefinitions.cpu": 0, "portMappings.hostPort": 0, "healthCheck.interval": 30, "healthCheck.timeout": 5,
    "healthCheck.retries": 3, "healthCheck.startPeriod": 0, "restartPolicy.restartAttemptPeriod": 300,
  ]

  static func normalized(_ input: JSONValue) -> JSONValue {
    guard var definition = input.objectValue else { return input }
    for key in ofTheRevision { definition[key] = nil }
    for (key, unit) in [("cpu", "vcpu"), ("memory", "gb")] {
      if let size = definition[key] { definition[key] = .string(TaskSize.units(size, unit: unit)) }
    }
    for key in ["taskRoleArn", "executionRoleArn"] {
      if let role = definition[key]?.stringValue { definition[key] = .string(roleName(role)) }
    }
    dropDefaults(&definition)
    return sorted(definition, under: "")
  }

  /// Of the definition as a whole.
  private static func dropDefaults(_ definition: inout JSONObject) {
    if definition["networkMode"] == "bridge" { definition["networkMode"] = nil }
    if definition["requiresCompatibilities"] == ["EC2"] { definition["requiresCompatibilities"] = nil }
    if definition["networkMode"] == "awsvpc" || definition["networkMode"] == "host" { dropHostPorts(&definition) }
    guard definition["requiresCompatibilities"] == ["FARGATE"] else { return }
    if definition["ephemeralStorage"]?["sizeInGiB"] == 20 { definition["ephemeralStorage"] = nil }
    if var platform = definition["runtimePlatform"]?.objectValue {
      if platform["cpuArchitecture"] == "X86_64" { platform["cpuArchitecture"] = nil }
      if platform["operatingSystemFamily"] == "LINUX" { platform["operatingSystemFamily"] = nil }
      definition["runtimePlatform"] = .object(platform)
    }
  }

  /// Where a task has an address of its own a port of the host is that of the container.
  private static func dropHostPorts(_ definition: inout JSONObject) {
    definition["containerDefinitions"] = .array(
      (definition["containerDefinitions"]?.arrayValue ?? []).map { container in
        guard var members = container.objectValue, let ports = members["portMappings"]?.arrayValue else {
          return container
        }
        members["portMappings"] = .array(
          ports.map { port in
            guard var port = port.objectValue else { return port }
            if port["hostPort"] == port["containerPort"] { port["hostPort"] = nil }
            return .object(port)
          })
        return .object(members)
      })
  }

  /// A role's name is unique in its account, and only the account's own roles can be passed; ECS takes the
  /// name as well as the ARN.
  private static func roleName(_ role: String) -> String {
    guard role.hasPrefix("arn:"), let name = role.split(separator: "/").last else { return role }
    return String(name)
  }

  private static func sorted(_ object: JSONObject, under parent: String) -> JSONValue {
    let members = object.compactMap { key, value -> (key: String, value: JSONValue)? in
      guard let value = kept(value, key, under: parent) else { return nil }
      return (key, value)
    }
    return .object(JSONObject(members.sorted { $0.key < $1.key }))
  }

  /// Nil for what means the same as nothing.
  private static func kept(_ value: JSONValue, _ key: String, under parent: String) -> JSONValue? {
    switch value {
    case .null: return nil
    case .bool(let isTrue): if isTrue == (key == "essential") { return nil }
    case .integer, .double:
      let whole = value.integerValue
      if whole != nil, whole == defaultNumbers["\(parent).\(key)"] { return nil }
      return whole.map { .integer($0) } ?? value
    case .string(let text): if text == defaultTexts["\(parent).\(key)"] { return nil }
    case .object(let object):
      if maps.contains(key) {
        if object.isEmpty { return nil }
        return .object(JSONObject(object.sorted { $0.key < $1.key }))
      }
      let result = sorted(object, under: key)
      if result == [:] { return nil }
      return result
    case .array(let elements): return kept(elements, key)
    }
    return value
  }

  private static func kept(_ elements: [JSONValue], _ key: String) -> JSONValue? {
    let values = elements.map { element -> JSONValue in
      guard let object = element.objectValue else { return element }
      return key == "environment" || key == "tags" ? pair(object) : sorted(object, under: key)
    }
    if values.isEmpty || key == "permissions" && Set(values.map(\.text)).count == 3 { return nil }
    return .array(ordered.contains(key) ? values : values.sorted { $0.text < $1.text })
  }

  /// A variable or a tag without a value has an empty one.
  private static func pair(_ object: JSONObject) -> JSONValue {
    var pair = object
    if pair["value"]?.isNull ?? true { pair["value"] = "" }
    return .object(JSONObject(pair.sorted { $0.key < $1.key }))
  }
}

/// A task's size as ECS keeps it.
enum TaskSize {
  /// `1 vCPU` is 1024 CPU units, `2 GB` 2048 MiB; a number is units already (ECS API, RegisterTaskDefinition).
  ///
  /// - Returns: what is no such text as it is.
  static func units(_ size: JSONValue, unit: String) -> String {
    guard let text = size.stringValue else { return size.integerValue.map { String($0) } ?? size.text }
    let number = text.prefix { $0.isNumber || $0 == "." }
    let rest = text.dropFirst(number.count).drop { $0 == " " }
    guard rest.lowercased() == unit, let value = Double(number), value.isFinite, value < 1e9 else { return text }
    return String(Int64((value * 1_024).rounded()))
  }
}
