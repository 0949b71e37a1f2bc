internal import JobModel

/// What no key of a task can be judged by alone.
struct TaskChecks {
  /// The task over its defaults.
  let node: YAMLNode
  var diagnostics: DiagnosticCollector

  /// Also settles which container the short forms and the run's variables are for.
  mutating func check(_ task: inout TaskDescription) {
    checkPlacement(task)
    settleContainer(&task)
    checkDefinition(task)
    checkDuplicates(task)
  }

  private mutating func checkPlacement(_ task: TaskDescription) {
    let launchType = task.parameters["launchType"]?.stringValue
    let strategy = task.parameters["capacityProviderStrategy"]?.arrayValue
    if launchType != nil, strategy != nil, let strategyNode = node["capacityProviderStrategy"] {
      diagnostics.error(
        "`capacityProviderStrategy` and `launchType` exclude each other; remove one of them", atKeyOf: strategyNode)
    }
    let isFargate =
      launchType == "FARGATE"
      || strategy?.contains { $0["capacityProvider"]?.stringValue?.hasPrefix("FARGATE") == true } == true
    if isFargate || task.definition?.networkMode == "awsvpc", node["networkConfiguration"] == nil {
      diagnostics.error(
        "a task \(isFargate ? "on Fargate" : "of network mode `awsvpc`") needs `networkConfiguration`, such as "
          + "`{awsvpcConfiguration: {subnets: [subnet-0a], securityGroups: [sg-0a]}}`", atKeyOf: node)
    }
  }

  private mutating func settleContainer(_ task: inout TaskDescription) {
    guard task.container == nil else {
      if task.container?.isEmpty == true, let container = node["container"] {
        diagnostics.error("`container` is empty", at: container)
      }
      return
    }
    if let definition = task.definition {
      task.container = definition.container
      return
    }
    let named = task.containerOverrides.compactMap { $0["name"]?.stringValue }
    if named.count == 1 {
      task.container = named[0]
      return
    }
    for key in ["command", "environment"] {
      guard let short = node[key] else { continue }
      // A default is right in itself; it is this task that lacks the name.
      let isDefault = short.path == "defaults.\(key)"
      let message = "`\(key)`\(isDefault ? " (from `defaults`)" : "") needs `container`, the container's name"
      diagnostics.error(message, atKeyOf: isDefault ? node : short)
    }
  }

  /// What the task says beside a definition of the file.
  private mutating func checkDefinition(_ task: TaskDescription) {
    guard let definition = task.definition, let name = node["taskDefinition"] else { return }
    if task.parameters["launchType"] == "FARGATE", !definition.isForFargate {
      diagnostics.error(
        "the task definition `\(definition.family)` is not for Fargate: its `requiresCompatibilities` lack FARGATE",
        at: name)
    }
    if definition.networkMode != "awsvpc", let network = node["networkConfiguration"] {
      diagnostics.error(
        "`networkConfiguration` is for task definitions of the network mode `awsvpc`, which "
          + "`\(definition.family)` is not", atKeyOf: network)
    }
    let overridden = (node["overrides"]?["containerOverrides"]?.items ?? []).compactMap { $0["name"] }
    for place in [node["container"]].compactMap(\.self) + overridden {
      guard let container = place.scalar?.text, !container.isEmpty, !definition.containerNames.contains(container)
      else { continue }
      let nearest = Suggestion.nearest(to: container, among: definition.containerNames)
      diagnostics.error(
        "the task definition `\(definition.family)` has no container `\(container)`"
          + (nearest.map { "; did you mean `\($0)`?" }
            ?? "; it has \(definition.containerNames.joined(separator: ", "))"),
        at: place)
    }
    checkSize(task, definition)
  }

  /// Of the task as it will run: what it does not override is the definition's.
  private mutating func checkSize(_ task: TaskDescription, _ definition: TaskDefinition) {
    func size(_ key: String, _ short: JSONValue?) -> String? {
      (short ?? task.parameters["overrides"]?[key] ?? definition.input[key])?.stringValue
    }
    let isOverridden =
      task.cpu != nil || task.memory != nil || task.parameters["overrides"]?["cpu"] != nil
      || task.parameters["overrides"]?["memory"] != nil
    guard isOverridden, definition.isForFargate, let cpu = size("cpu", task.cpu),
      let memory = size("memory", task.memory), let problem = FargateSize.problem(cpu: cpu, memory: memory)
    else { return }
    diagnostics.error(problem, at: node["memory"] ?? node["cpu"] ?? node["overrides"] ?? node)
  }

  /// What a short form and `overrides` both say.
  private mutating func checkDuplicates(_ task: TaskDescription) {
    for key in ["cpu", "memory"] where task.parameters["overrides"]?[key] != nil {
      if let short = node[key] {
        diagnostics.error("`\(key)` is given here and in `overrides`; remove one of them", atKeyOf: short)
      }
    }
    var containers: Set<String> = []
    for override in node["overrides"]?["containerOverrides"]?.items ?? [] {
      guard let name = override["name"], let text = name.scalar?.text else { continue }
      if !containers.insert(text).inserted {
        diagnostics.error("the container `\(text)` is overridden twice", at: name)
      }
      checkVariables(of: override)
      if text == task.container { checkShortForms(override, text) }
    }
  }

  private mutating func checkVariables(of override: YAMLNode) {
    var variables: Set<String> = []
    for item in override["environment"]?.items ?? [] {
      guard let name = item["name"], let text = name.scalar?.text else { continue }
      if !variables.insert(text).inserted { diagnostics.error("the variable `\(text)` is given twice", at: name) }
    }
  }

  private mutating func checkShortForms(_ override: YAMLNode, _ container: String) {
    if override["command"] != nil, let command = node["command"] {
      diagnostics.error(
        "`command` is given here and in the override of `\(container)`; remove one of them", atKeyOf: command)
    }
    let overridden = Set((override["environment"]?.items ?? []).compactMap { $0["name"]?.scalar?.text })
    for member in node["environment"]?.members ?? [] where overridden.contains(member.key) {
      diagnostics.error(
        "the variable `\(member.key)` is given here and in the override of `\(container)`; remove one of them",
        at: member.keyPlace, path: member.value.path)
    }
  }

  /// ECS counts the characters of the overrides as it receives them: with the run's own variables, whose
  /// values are at most so much longer than their expressions.
  ///
  /// - Parameter parameters: what the task is lowered to.
  mutating func checkLength(of parameters: JSONObject, _ task: TaskDescription, job: JobName) {
    guard let overrides = parameters["Overrides"] else { return }
    let length = overrides.text.unicodeScalars.count + (task.container == nil ? 0 : job.description.utf8.count)
    if length > Limits.overridesLength {
      diagnostics.error(
        "command, environment and overrides come to \(length) characters; ECS takes \(Limits.overridesLength)",
        atKeyOf: node["overrides"] ?? node)
    }
  }
}
