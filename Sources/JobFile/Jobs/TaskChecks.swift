internal import JobModel

/// What no key of a task can be judged by alone.
struct TaskChecks {
  /// The task over its defaults.
  let node: YAMLNode
  var diagnostics: DiagnosticCollector

  /// Also settles which container the short forms and the run's variables are for.
  mutating func check(_ task: inout TaskDescription, job: JobName) {
    checkPlacement(task)
    settleContainer(&task)
    checkDuplicates(task)
    checkLength(task, job)
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
    if isFargate, node["networkConfiguration"] == nil {
      diagnostics.error(
        "a task on Fargate needs `networkConfiguration`, such as "
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
  private mutating func checkLength(_ task: TaskDescription, _ job: JobName) {
    guard let overrides = TaskLowering.parameters(of: task, job: job)["Overrides"] else { return }
    let length = overrides.text.unicodeScalars.count + (task.container == nil ? 0 : job.description.utf8.count)
    if length > Limits.overridesLength {
      diagnostics.error(
        "command, environment and overrides come to \(length) characters; ECS takes \(Limits.overridesLength)",
        atKeyOf: node["overrides"] ?? node)
    }
  }
}
