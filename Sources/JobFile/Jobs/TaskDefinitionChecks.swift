internal import JobModel

/// What no key of a task definition can be judged by alone: what ECS would refuse at the first launch.
struct TaskDefinitionChecks {
  let node: YAMLNode
  let definition: TaskDefinition
  /// Whether the file names a Region, which logs then take.
  let hasRegion: Bool
  var diagnostics: DiagnosticCollector

  /// A container's node, and what became of it.
  private struct Container {
    var node: YAMLNode
    var name: String
    var value: JSONValue
  }

  init(node: YAMLNode, definition: TaskDefinition, hasRegion: Bool, diagnostics: DiagnosticCollector) {
    self.node = node
    self.definition = definition
    self.hasRegion = hasRegion
    self.diagnostics = diagnostics
  }

  mutating func check() {
    guard checkForm() else { return }
    let containers = containers
    checkNames(containers)
    checkSize(containers)
    for container in containers {
      checkVariables(container)
      checkLogs(container)
      checkReferences(container, among: containers)
    }
    checkVolumes()
    checkExecutionRole(containers)
    checkLength()
  }

  private var containers: [Container] {
    let nodes =
      node["containerDefinitions"]?.items ?? [node] + (node["sidecars"]?.items ?? [])
    return zip(nodes, definition.containers).map { node, value in
      Container(node: node, name: value["name"]?.stringValue ?? "", value: value)
    }
  }

  /// Either the short forms or ECS's.
  private mutating func checkForm() -> Bool {
    guard let whole = node["containerDefinitions"] else {
      if node["image"] == nil {
        diagnostics.error(
          "the task definition needs an `image`, such as `\(TaskDefinitionShape.definition.example)`, or "
            + "`containerDefinitions`", atKeyOf: node)
      }
      return true
    }
    let short = (node.members ?? []).first {
      $0.key == "sidecars"
        || TaskDefinitionShape.definition[$0.key] != nil && !TaskDefinitionShape.taskKeys.contains($0.key)
    }
    if let short {
      diagnostics.error(
        "`\(short.key)` and `containerDefinitions` exclude each other: a container is written in one place",
        at: short.keyPlace, path: short.value.path)
    }
    if whole.items?.isEmpty == true {
      diagnostics.error("`containerDefinitions` holds no container", atKeyOf: whole)
    }
    return whole.items?.isEmpty == false
  }

  private mutating func checkNames(_ containers: [Container]) {
    var names: Set<String> = []
    for container in containers where !container.name.isEmpty && !names.insert(container.name).inserted {
      diagnostics.error(
        "the container `\(container.name)` is defined twice", at: container.node["name"] ?? container.node)
    }
    if let main = node["container"], !names.contains(definition.container) {
      diagnostics.error(unknown("container", definition.container, among: names.sorted()), at: main)
    }
    if !containers.contains(where: { $0.value["essential"]?.boolValue ?? true }) {
      diagnostics.error("one container at least must be essential", atKeyOf: node["containerDefinitions"] ?? node)
    }
  }

  private mutating func checkSize(_ containers: [Container]) {
    guard definition.isForFargate else {
      if node["memory"] == nil,
        let container = containers.first(where: { $0.value["memory"] == nil && $0.value["memoryReservation"] == nil })
      {
        diagnostics.error("the container `\(container.name)` needs memory: name `memory`", atKeyOf: container.node)
      }
      return
    }
    if let mode = node["networkMode"], definition.networkMode != "awsvpc" {
      diagnostics.error("on Fargate the `networkMode` is `awsvpc`", at: mode)
    }
    for container in containers where container.value["privileged"] == true {
      diagnostics.error("Fargate has no privileged containers", at: container.node["privileged"] ?? container.node)
    }
    let missing = ["cpu", "memory"].filter { node[$0] == nil }
    if !missing.isEmpty {
      let list = missing.map { "`\($0)`" }.joined(separator: " and ")
      diagnostics.error(
        "on Fargate a task definition needs \(list), such as `{cpu: 1 vCPU, memory: 2 GB}`", atKeyOf: node)
    }
    if let cpu = definition.input["cpu"]?.stringValue, let memory = definition.input["memory"]?.stringValue,
      let problem = FargateSize.problem(cpu: cpu, memory: memory), let place = node["memory"]
    {
      diagnostics.error(problem, at: place)
    }
  }

  /// ECS refuses a secret with the name of a variable.
  private mutating func checkVariables(_ container: Container) {
    let variables = Set((container.value["environment"]?.arrayValue ?? []).compactMap { $0["name"]?.stringValue })
    var names: Set<String> = []
    for secret in (container.value["secrets"]?.arrayValue ?? []).compactMap({ $0["name"]?.stringValue }) {
      let place = container.node["secrets"]?[secret] ?? container.node["secrets"] ?? container.node
      if variables.contains(secret) {
        diagnostics.error("`\(secret)` is a variable and a secret; remove one of them", atKeyOf: place)
      }
      if !names.insert(secret).inserted { diagnostics.error("the secret `\(secret)` is given twice", atKeyOf: place) }
    }
  }

  private mutating func checkLogs(_ container: Container) {
    let given = ["logs", "logGroup", "logConfiguration"].compactMap { key in container.node[key].map { (key, $0) } }
    if given.count > 1 {
      diagnostics.error("`\(given[0].0)` and `\(given[1].0)` exclude each other", atKeyOf: given[1].1)
    }
    let log = container.value["logConfiguration"]
    guard log?["logDriver"] == "awslogs", let place = given.first?.1 else { return }
    if log?["options"]?["awslogs-group"] == nil {
      diagnostics.error("awslogs needs the option `awslogs-group`", atKeyOf: place)
    }
    if log?["options"]?["awslogs-region"] == nil {
      diagnostics.error(
        given.first?.0 == "logConfiguration"
          ? "awslogs needs the option `awslogs-region`" : "the logs need a `region`, or the file a `region` at its top",
        atKeyOf: place)
    }
    if definition.isForFargate, log?["options"]?["awslogs-stream-prefix"] == nil {
      diagnostics.error("on Fargate awslogs needs the option `awslogs-stream-prefix`", atKeyOf: place)
    }
  }

  private mutating func checkReferences(_ container: Container, among containers: [Container]) {
    let others = containers.map(\.name).filter { $0 != container.name }
    for (list, key) in [("dependsOn", "containerName"), ("volumesFrom", "sourceContainer")] {
      for item in container.node[list]?.items ?? [] {
        guard let name = item[key], let text = name.scalar?.text, !others.contains(text) else { continue }
        diagnostics.error(
          text == container.name
            ? "the container `\(text)` cannot name itself" : unknown("container", text, among: others), at: name)
      }
    }
    let volumes = (node["volumes"]?.items ?? []).compactMap { $0["name"]?.scalar?.text }
    for item in container.node["mountPoints"]?.items ?? [] {
      guard let name = item["sourceVolume"], let text = name.scalar?.text, !volumes.contains(text) else { continue }
      diagnostics.error(unknown("volume", text, among: volumes), at: name)
    }
  }

  private mutating func checkVolumes() {
    var names: Set<String> = []
    for volume in node["volumes"]?.items ?? [] {
      guard let name = volume["name"], let text = name.scalar?.text, !names.insert(text).inserted else { continue }
      diagnostics.error("the volume `\(text)` is defined twice", at: name)
    }
  }

  /// ECS itself, not the container, pulls from ECR, reads secrets and writes logs (on EC2 the instance's role
  /// may do the first and the last).
  private mutating func checkExecutionRole(_ containers: [Container]) {
    guard node["executionRoleArn"] == nil else { return }
    var reasons: [String] = []
    if containers.contains(where: { !($0.value["secrets"]?.arrayValue ?? []).isEmpty }) {
      reasons.append("read secrets")
    }
    if definition.isForFargate {
      if containers.contains(where: { $0.value["logConfiguration"]?["logDriver"] == "awslogs" }) {
        reasons.append("write logs")
      }
      if containers.contains(where: { $0.value["image"]?.stringValue.map(isECR) == true }) {
        reasons.append("pull images from ECR")
      }
    }
    guard !reasons.isEmpty else { return }
    diagnostics.warning(
      "no `executionRoleArn`: ECS needs a role to \(reasons.joined(separator: " and to "))", atKeyOf: node)
  }

  private func isECR(_ image: String) -> Bool { image.contains(".dkr.ecr.") && image.contains(".amazonaws.com") }

  /// ECS quotas, "Task definition size".
  private mutating func checkLength() {
    let length = definition.input.utf8.count
    if length > 65_536 {
      diagnostics.error("the task definition comes to \(length) bytes of JSON; ECS takes 65536", atKeyOf: node)
    }
  }

  private func unknown(_ kind: String, _ name: String, among known: [String]) -> String {
    let ending =
      Suggestion.nearest(to: name, among: known).map { "; did you mean `\($0)`?" }
      ?? (known.isEmpty ? "; there is none" : "; there are \(known.joined(separator: ", "))")
    return "there is no \(kind) `\(name)` in this task definition\(ending)"
  }
}
