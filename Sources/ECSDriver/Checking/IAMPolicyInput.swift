internal import AWSClient
public import JobModel

/// What the least policy of a job file is made of.
public struct IAMPolicyInput: Sendable {
  public var collected: CollectedTasks
  /// Topics that jobd publishes to, by ARN.
  public var topics: [String]
  /// The queue that tells of stopped tasks.
  public var queueURL: String?
  /// Log groups that jobd reads beside those of the task definitions, by name or by ARN.
  public var logGroups: [String]
  public var region: String
  /// Nil where nobody knows it: the ARNs then hold `*` in its place.
  public var account: String?
  /// What DescribeTaskDefinition says of the definitions that are only named, by what the job file calls
  /// them. See ``asking(_:)``.
  public var definitions: [String: JSONValue]

  public init(
    collected: CollectedTasks, topics: [String] = [], queueURL: String? = nil, logGroups: [String] = [],
    region: String, account: String? = nil, definitions: [String: JSONValue] = [:]
  ) {
    self.collected = collected
    self.topics = topics
    self.queueURL = queueURL
    self.logGroups = logGroups
    self.region = region
    self.account = account
    self.definitions = definitions
  }

  public var tasks: [CheckedTask] { collected.tasks }

  var partition: String { ResourceName.partition(ofRegion: region) }

  /// An ARN of the account, in the region unless another is said.
  func arn(_ service: String, _ resource: String, region: String? = nil) -> String {
    ResourceName(
      partition: partition, service: service, region: region ?? self.region, account: account ?? "*",
      resource: resource
    ).description
  }

  func facts(of reference: TaskDefinitionReference) -> CheckedDefinition? {
    switch reference {
    case .given(let definition): CheckedDefinition(definition)
    case .named(let name): definitions[name].map(CheckedDefinition.init)
    }
  }
}
