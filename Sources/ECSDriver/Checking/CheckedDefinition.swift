internal import JobModel

/// What a task definition needs of its surroundings, read from DescribeTaskDefinition's answer or from
/// RegisterTaskDefinition's input.
struct CheckedDefinition: Equatable, Sendable {
  struct Image: Hashable, Sendable {
    var container: String
    var image: String
  }

  struct Logging: Hashable, Sendable {
    var container: String
    var driver: String
    var options: [String: String]
  }

  var family: String
  var networkMode: String?
  /// What it can run on: what it requires, and what ECS has found it compatible with.
  var compatibilities: Set<String>
  var taskRole: String?
  var executionRole: String?
  /// Nil where none is said: x86_64 on Fargate, the instance's own on EC2.
  var cpuArchitecture: String?
  var hasTaskSize: Bool
  var containers: [String]
  var images: [Image]
  var logging: [Logging]
  /// ARNs of secrets and ARNs or names of parameters. Never their values.
  var secrets: [String]
  var readsEnvironmentFiles: Bool

  init(_ definition: JSONValue) {
    let containers = definition["containerDefinitions"]?.arrayValue ?? []
    family = definition["family"]?.stringValue ?? ""
    networkMode = definition["networkMode"]?.stringValue
    let words = CheckedDefinition.texts(definition["requiresCompatibilities"])
    compatibilities = Set(words + CheckedDefinition.texts(definition["compatibilities"]))
    taskRole = definition["taskRoleArn"]?.stringValue.flatMap { $0.isEmpty ? nil : $0 }
    executionRole = definition["executionRoleArn"]?.stringValue.flatMap { $0.isEmpty ? nil : $0 }
    cpuArchitecture = definition["runtimePlatform"]?["cpuArchitecture"]?.stringValue
    hasTaskSize = [definition["cpu"], definition["memory"]].allSatisfy { ($0 ?? .null).isNull == false }
    self.containers = containers.compactMap { $0["name"]?.stringValue }
    images = containers.compactMap { container in
      container["image"]?.stringValue.map {
        Image(container: container["name"]?.stringValue ?? "", image: $0)
      }
    }
    logging = containers.compactMap(CheckedDefinition.logging)
    secrets = containers.flatMap(CheckedDefinition.secrets)
    readsEnvironmentFiles = containers.contains { $0["environmentFiles"]?.arrayValue?.isEmpty == false }
  }

  /// Private ECR images; the others are elsewhere.
  var ecrImages: [ImageReference] { images.compactMap { ImageReference($0.image) } }

  var usesAWSLogs: Bool { logging.contains { $0.driver == "awslogs" } }

  private static func texts(_ value: JSONValue?) -> [String] { (value?.arrayValue ?? []).compactMap(\.stringValue) }

  private static func logging(_ container: JSONValue) -> Logging? {
    guard let driver = container["logConfiguration"]?["logDriver"]?.stringValue else { return nil }
    let options = container["logConfiguration"]?["options"]?.objectValue ?? [:]
    return Logging(
      container: container["name"]?.stringValue ?? "", driver: driver,
      options: Dictionary(
        options.compactMap { option in option.value.stringValue.map { (option.key, $0) } }, uniquingKeysWith: { $1 }))
  }

  private static func secrets(_ container: JSONValue) -> [String] {
    let lists = [container["secrets"], container["logConfiguration"]?["secretOptions"]]
    let values = lists.flatMap { $0?.arrayValue ?? [] }.compactMap { $0["valueFrom"]?.stringValue }
    return values + [container["repositoryCredentials"]?["credentialsParameter"]?.stringValue].compactMap { $0 }
  }
}

/// A secret as a task definition names it (ECS API, Secret): never its value.
enum SecretReference: Hashable, Sendable {
  /// Secrets Manager's ARN, less the key, the stage and the version that may follow it.
  case secret(ResourceName)
  /// Systems Manager's parameter; region and account where an ARN says them.
  case parameter(name: String, region: String?, account: String?)

  /// Nil for an ARN of another service.
  init?(_ text: String) {
    guard text.hasPrefix("arn:") else {
      self = .parameter(name: text, region: nil, account: nil)
      return
    }
    guard var name = ResourceName(text) else { return nil }
    if name.service == "secretsmanager" {
      name.resource = name.resource.split(separator: ":", omittingEmptySubsequences: false).prefix(2)
        .joined(separator: ":")
      self = .secret(name)
    } else if name.service == "ssm", name.resource.hasPrefix("parameter/") {
      let path = name.resource.dropFirst("parameter".count)
      // A name that begins with a slash keeps it as the ARN's own; one without any has none of its own.
      let isHierarchy = path.dropFirst().contains("/")
      self = .parameter(
        name: String(isHierarchy ? path : path.dropFirst()), region: name.region, account: name.account)
    } else {
      return nil
    }
  }
}
