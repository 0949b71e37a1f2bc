internal import JobModel

/// RunTask's input, read and checked as far as it goes without the cluster's state.
struct RunTaskRequest: Sendable {
  var definition: String
  var count: Int
  var launchType: String?
  var capacityProvider: String?
  var subnets: [String]
  var hasNetworkConfiguration: Bool
  var overrides: JSONObject
  var containerOverrides: [(name: String, members: JSONObject)]
  var startedBy: String?
  var clientToken: String?
  var group: String?
  var tags: [JSONValue]
  var enableExecuteCommand: Bool

  init(_ input: JSONObject) throws(ServiceError) {
    guard let definition = try input.string("taskDefinition"), !definition.isEmpty else {
      throw .client("TaskDefinition can not be blank.")
    }
    self.definition = definition
    count = try input.integer("count") ?? 1
    guard (1...10).contains(count) else {
      throw .invalidParameter("Count must be between 1 and 10, inclusive.")
    }
    launchType = try input.string("launchType")
    if let launchType, !["EC2", "FARGATE", "EXTERNAL", "MANAGED_INSTANCES"].contains(launchType) {
      throw .invalidParameter("Unknown launch type: \(launchType.prefix(64))")
    }
    let strategy = try input.objects("capacityProviderStrategy")
    if launchType != nil, !strategy.isEmpty {
      throw .invalidParameter(
        "Specifying both a launch type and capacity provider strategy is not supported. Remove one and try again.")
    }
    capacityProvider = try strategy.first?.string("capacityProvider")
    let network = try input.object("networkConfiguration")
    let interface = try network?.object("awsvpcConfiguration")
    hasNetworkConfiguration = interface != nil
    subnets = try interface?.strings("subnets") ?? []
    overrides = try input.object("overrides") ?? [:]
    containerOverrides = try RunTaskRequest.containerOverrides(of: overrides)
    startedBy = try input.string("startedBy")
    clientToken = try input.string("clientToken")
    group = try input.string("group")
    tags = try input.objects("tags").map { .object($0) }
    enableExecuteCommand = try input.bool("enableExecuteCommand") ?? false
    try checkTexts()
  }

  private static func containerOverrides(
    of overrides: JSONObject
  ) throws(ServiceError) -> [(name: String, members: JSONObject)] {
    guard JSONValue.object(overrides).text.count <= Limits.overridesLength else {
      throw .invalidParameter("Overrides length must be at most \(Limits.overridesLength).")
    }
    var result: [(name: String, members: JSONObject)] = []
    for members in try overrides.objects("containerOverrides") {
      guard let name = try members.string("name"), !name.isEmpty else {
        throw .invalidParameter("Container override name must be specified.")
      }
      _ = (try members.strings("command"), try members.environment("environment"))
      result.append((name, members))
    }
    return result
  }

  private func checkTexts() throws(ServiceError) {
    if let startedBy, startedBy.count > 128 || !startedBy.utf8.allSatisfy(RunTaskRequest.isAllowedInStartedBy) {
      throw .invalidParameter(
        "startedBy must be at most 128 characters of letters, numbers, hyphens, slashes and underscores.")
    }
    if let clientToken,
      clientToken.isEmpty || clientToken.utf8.count > 64 || !clientToken.utf8.allSatisfy({ (33...126).contains($0) })
    {
      throw .invalidParameter("clientToken must be 1 to 64 characters of ASCII 33 to 126.")
    }
    guard tags.count <= 50 else { throw .invalidParameter("Too many tags. The maximum number of tags is 50.") }
  }

  /// Letters, digits, `-`, `/` and `_`; a blank because Step Functions itself writes `AWS Step Functions`.
  private static func isAllowedInStartedBy(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "/"), UInt8(ascii: "_"),
      UInt8(ascii: " "):
      true
    default: false
    }
  }
}

extension SimulatedECS {
  mutating func runTask(
    _ input: JSONObject, fates: [TaskEffect], at now: Instant, random: inout some RandomNumberGenerator
  ) throws(ServiceError) -> JSONValue {
    let cluster = try cluster(of: input)
    let request = try RunTaskRequest(input)
    var parameters = input
    parameters["clientToken"] = nil
    if let token = request.clientToken,
      let answer = try tokens.answer(to: parameters, cluster: cluster, token: token, at: now)
    {
      return answer
    }
    let definition = try definition(for: request, at: now)
    try check(request, against: definition)
    let failures = fates.compactMap(\.failure)
    var started: [SimulatedTask] = []
    if failures.allSatisfy(\.startsAnyway) {
      for _ in 0..<request.count {
        started.append(
          try start(request, definition, cluster: cluster, fates: fates, at: now, random: &random))
      }
    }
    let visible = failures.isEmpty ? started.map { $0.json(arns, includingTags: true) } : []
    let answer: JSONValue = [
      "tasks": .array(visible), "failures": .array(failures.map { $0.json(arns, cluster: cluster) }),
    ]
    if let token = request.clientToken {
      tokens.remember(
        parameters, answer: answer, tasks: started.map { ($0.id, arns.task($0.id, cluster: cluster)) },
        cluster: cluster, token: token, at: now)
    }
    return answer
  }

  private mutating func definition(
    for request: RunTaskRequest, at now: Instant
  ) throws(ServiceError) -> TaskDefinition {
    if let definition = definitions.find(request.definition) {
      guard definition.isActive else { throw .client("TaskDefinition is inactive") }
      return definition
    }
    guard settings.autoCreate, let (family, revision) = DefinitionBook.parse(request.definition), isName(family)
    else { throw .client("TaskDefinition not found.") }
    let containers = implicitContainers(of: request).map { JSONValue.object($0) }
    return definitions.add(
      family: family, revision: revision,
      input: ["family": .string(family), "containerDefinitions": .array(containers)], isImplicit: true, at: now)
  }

  /// An implicit definition has whatever containers a request names, `app` where it names none.
  private func implicitContainers(of request: RunTaskRequest) -> [JSONObject] {
    let named = request.containerOverrides.map(\.name)
    return (named.isEmpty ? ["app"] : named).map { name in
      ["name": .string(name), "image": "local", "memory": 128, "essential": true]
    }
  }

  private func check(_ request: RunTaskRequest, against definition: TaskDefinition) throws(ServiceError) {
    if definition.isImplicit {
      let named = request.containerOverrides.map(\.name)
      guard Set(named).count == named.count, named.allSatisfy(isName) else {
        throw .invalidParameter("Container override names must be unique, and of letters, digits, '-' and '_'.")
      }
      return
    }
    let names = definition.containers.compactMap { $0["name"]?.stringValue }
    if let stranger = request.containerOverrides.first(where: { !names.contains($0.name) }) {
      throw .invalidParameter(
        "Override for container named \(stranger.name) is not a container in the TaskDefinition.")
    }
    let isFargate = request.launchType == "FARGATE" || request.capacityProvider?.hasPrefix("FARGATE") == true
    if isFargate, definition.networkMode != "awsvpc" {
      throw .invalidParameter("Task definition does not support launch_type FARGATE.")
    }
    if definition.networkMode == "awsvpc", request.subnets.isEmpty {
      throw .invalidParameter(
        request.hasNetworkConfiguration
          ? "subnets can not be empty."
          : "Network Configuration must be provided when networkMode 'awsvpc' is specified.")
    }
    if definition.networkMode != "awsvpc", request.hasNetworkConfiguration {
      throw .invalidParameter("Network Configuration is not valid for the given networkMode of this task definition.")
    }
  }

  private mutating func start(
    _ request: RunTaskRequest, _ definition: TaskDefinition, cluster: String, fates: [TaskEffect],
    at now: Instant, random: inout some RandomNumberGenerator
  ) throws(ServiceError) -> SimulatedTask {
    let containers = try self.containers(of: request, definition, random: &random)
    let isFargate =
      request.launchType.map { $0 == "FARGATE" } ?? request.capacityProvider.map { $0.hasPrefix("FARGATE") }
      ?? definition.compatibilities.contains("FARGATE")
    let hasInterface = isFargate || definition.networkMode == "awsvpc"
    var task = SimulatedTask(
      id: hexadecimalID(&random), sequence: nextSequence(), cluster: cluster, definition: definition.key,
      containers: containers, launchType: isFargate ? "FARGATE" : request.launchType ?? "EC2",
      capacityProvider: request.capacityProvider, startedBy: request.startedBy,
      clientToken: request.clientToken, group: request.group ?? "family:\(definition.key.family)",
      overrides: echoed(request), tags: request.tags,
      cpu: request.overrides["cpu"]?.stringValue ?? definition.input["cpu"]?.stringValue,
      memory: request.overrides["memory"]?.stringValue ?? definition.input["memory"]?.stringValue,
      subnet: hasInterface ? request.subnets.first : nil, attachmentID: uuid(&random),
      enableExecuteCommand: request.enableExecuteCommand,
      status: hasInterface ? .provisioning : .pending, createdAt: now)
    for fate in fates { fate.apply(to: &task.fate, at: now) }
    taskOrder.append((task.sequence, task.id))
    record("accepted", task, at: now)
    enterFirstState(&task, at: now)
    tasks[task.id] = task
    schedule(task)
    return task
  }

  private func containers(
    of request: RunTaskRequest, _ definition: TaskDefinition, random: inout some RandomNumberGenerator
  ) throws(ServiceError) -> [SimulatedContainer] {
    var result: [SimulatedContainer] = []
    for container in definition.isImplicit ? implicitContainers(of: request) : definition.containers {
      let name = container["name"]?.stringValue ?? ""
      let override = request.containerOverrides.last { $0.name == name }?.members ?? [:]
      var environment = try container.environment("environment")
      environment.merge(try override.environment("environment")) { $1 }
      let command = try override.strings("command")
      let arguments =
        try container.strings("entryPoint") + (command.isEmpty ? try container.strings("command") : command)
      let behaviour = try self.behaviour(container, environment)
      var merged = container
      for member in override { merged[member.key] = member.value }
      if definition.isImplicit, arguments.isEmpty, behaviour == nil {
        throw .client(
          "TaskDefinition \(definition.key.family) is not registered here, so the command of container '\(name)' must "
            + "come from overrides.containerOverrides: give it a command, or register the task definition.")
      }
      let timeout = try container.integer("stopTimeout").map { Duration.seconds(max(0, $0)) }
      result.append(
        SimulatedContainer(
          name: name, id: uuid(&random), image: container["image"]?.stringValue ?? "local",
          isEssential: try container.bool("essential") ?? true,
          cpu: try merged.integer("cpu").map { String($0) } ?? "0",
          memory: try merged.integer("memory").map { String($0) },
          arguments: arguments, environment: environment,
          secrets: try container.objects("secrets").compactMap { $0["name"]?.stringValue }
            .filter { environment[$0] == nil }, stopTimeout: timeout ?? settings.stopTimeout,
          behaviour: behaviour, log: try logTarget(container) ?? defaultLogTarget(definition)))
    }
    return result
  }

  private func behaviour(
    _ container: JSONObject, _ environment: [String: String]
  ) throws(ServiceError) -> ContainerBehaviour? {
    let label = try container.object("dockerLabels")?.string(ContainerBehaviour.label)
    guard let text = environment[ContainerBehaviour.variable] ?? label else {
      return settings.startsProcesses ? nil : ContainerBehaviour()
    }
    do throws(ContainerBehaviour.Mistake) {
      return try ContainerBehaviour(text)
    } catch {
      throw .client("\(ContainerBehaviour.variable): \(error.message)")
    }
  }

  private func defaultLogTarget(_ definition: TaskDefinition) -> ContainerLogTarget? {
    settings.defaultLogGroup.map { ContainerLogTarget(group: $0, prefix: definition.key.family) }
  }

  /// The overrides as DescribeTasks shows them: an entry for every container that was named.
  private func echoed(_ request: RunTaskRequest) -> JSONObject {
    var overrides = request.overrides
    overrides["containerOverrides"] = .array(request.containerOverrides.map { .object($0.members) })
    if overrides["inferenceAcceleratorOverrides"] == nil { overrides["inferenceAcceleratorOverrides"] = [] }
    return overrides
  }
}

/// 32 hexadecimal digits, as ECS names tasks.
func hexadecimalID(_ random: inout some RandomNumberGenerator) -> String {
  let digits = Array("0123456789abcdef".utf8)
  var text: [UInt8] = []
  for _ in 0..<2 {
    let word: UInt64 = random.next()
    for shift in stride(from: 60, through: 0, by: -4) { text.append(digits[Int((word >> UInt64(shift)) & 15)]) }
  }
  return String(decoding: text, as: UTF8.self)
}

/// A random UUID (RFC 9562, version 4).
func uuid(_ random: inout some RandomNumberGenerator) -> String {
  var text = Array(hexadecimalID(&random).utf8)
  text[12] = UInt8(ascii: "4")
  text[16] = UInt8(ascii: "8")
  let ends = [8, 12, 16, 20, 32]
  return zip([0] + ends, ends).map { String(decoding: text[$0..<$1], as: UTF8.self) }.joined(separator: "-")
}
