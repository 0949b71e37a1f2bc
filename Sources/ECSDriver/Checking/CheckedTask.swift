public import JobModel

/// Which task definition a task runs.
public enum TaskDefinitionReference: Sendable {
  /// A family, `family:revision` or an ARN.
  case named(String)
  /// A RegisterTaskDefinition input that the job file itself holds, in the API's spelling.
  case given(JSONValue)

  /// `report:7` for people; of an ARN what follows its last slash.
  public var name: String {
    switch self {
    case .named(let text): String(text.split(separator: "/").last ?? "")
    case .given(let definition): definition["family"]?.stringValue ?? "without a family"
    }
  }

  /// The name without a revision.
  public var family: String { String(name.prefix { $0 != ":" }) }
}

extension TaskDefinitionReference: Hashable {
  public static func == (left: TaskDefinitionReference, right: TaskDefinitionReference) -> Bool {
    switch (left, right) {
    case (.named(let left), .named(let right)): left == right
    case (.given(let left), .given(let right)): left == right
    default: false
    }
  }

  /// By name alone: the order of an object's keys must not matter.
  public func hash(into hasher: inout Hasher) { hasher.combine(name) }
}

/// What a job's Task state will ask of ECS, as far as the job file says it.
public struct CheckedTask: Hashable, Sendable {
  public var job: JobName
  /// A name or an ARN.
  public var cluster: String
  public var taskDefinition: TaskDefinitionReference
  public var launchType: String?
  /// The names of the providers.
  public var capacityProviderStrategy: [String]
  public var platformVersion: String?
  public var subnets: [String]
  public var securityGroups: [String]
  public var assignPublicIp: Bool
  /// The containers that the overrides name.
  public var containers: [String]
  public var overrideTaskRole: String?
  public var overrideExecutionRole: String?
  /// The roles with which ECS makes volumes (`managedEBSVolume.roleArn`).
  public var infrastructureRoles: [String]
  public var enablesExecuteCommand: Bool
  /// Whether the task is tagged when it starts, which needs a permission of its own.
  public var hasTags: Bool

  public init(
    job: JobName, cluster: String, taskDefinition: TaskDefinitionReference, launchType: String? = nil,
    capacityProviderStrategy: [String] = [], platformVersion: String? = nil, subnets: [String] = [],
    securityGroups: [String] = [], assignPublicIp: Bool = false, containers: [String] = [],
    overrideTaskRole: String? = nil, overrideExecutionRole: String? = nil, infrastructureRoles: [String] = [],
    enablesExecuteCommand: Bool = false, hasTags: Bool = false
  ) {
    self.job = job
    self.cluster = cluster
    self.taskDefinition = taskDefinition
    self.launchType = launchType
    self.capacityProviderStrategy = capacityProviderStrategy
    self.platformVersion = platformVersion
    self.subnets = subnets
    self.securityGroups = securityGroups
    self.assignPublicIp = assignPublicIp
    self.containers = containers
    self.overrideTaskRole = overrideTaskRole
    self.overrideExecutionRole = overrideExecutionRole
    self.infrastructureRoles = infrastructureRoles
    self.enablesExecuteCommand = enablesExecuteCommand
    self.hasTags = hasTags
  }

  public var overrideRoles: [String] { [overrideTaskRole, overrideExecutionRole].compactMap { $0 } }

  /// Neither given: the cluster's default strategy decides, which the job file does not tell.
  var isFargate: Bool {
    launchType == "FARGATE" || capacityProviderStrategy.contains { $0.hasPrefix("FARGATE") }
  }

  /// Whether it certainly runs on instances of the user's own.
  var isOnInstances: Bool {
    launchType == "EC2" || launchType == "EXTERNAL" || (!capacityProviderStrategy.isEmpty && !isFargate)
  }

  /// `batch` of `batch` and of `arn:aws:ecs:…:cluster/batch`.
  var clusterName: String { String(cluster.split(separator: "/").last ?? "default") }
}

/// A field of a Task state that is worked out from the execution's data, so that nobody can tell it before
/// the run.
public struct UndeterminedField: Hashable, Sendable {
  public var job: JobName
  public var state: String
  /// As the states language spells it: `NetworkConfiguration.AwsvpcConfiguration.Subnets`.
  public var field: String

  public init(job: JobName, state: String, field: String) {
    self.job = job
    self.state = state
    self.field = field
  }
}

extension Sequence<CheckedTask> {
  /// Each job once, by name.
  var jobs: [JobName] { Set(map(\.job)).sorted() }
}
