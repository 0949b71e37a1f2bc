/// A service's signing name, host and protocol: what differs between services in a call.
public struct AWSService: Hashable, Sendable {
  /// How a request and its answer are written.
  public enum WireProtocol: Hashable, Sendable {
    /// POST of a JSON body with the operation in `X-Amz-Target: <targetPrefix>.<Operation>`.
    case json(version: String, targetPrefix: String)
    /// POST of a form with `Action` and `Version`, answered in XML.
    case query(apiVersion: String)
    /// EC2's own form of Query: lists are `SubnetId.1`, answers have no `…Result` and lists of `item`.
    /// An input's lists go by their names on the wire (`SubnetId`, `Filter`, `Value`), and so do answers.
    case ec2(apiVersion: String)
    /// A REST protocol: there is no rule that makes the request of an operation's name, so the input is the
    /// request itself, see ``RESTRequest``. Errors are read as those of JSON.
    case rest
  }

  /// The signing name: `ecs`.
  public var name: String
  /// What the host begins with: mostly the name.
  public var hostLabel: String
  /// Whether a partition has one endpoint, signed with one region, instead of one in each region.
  public var isGlobal: Bool
  /// The one region of the standard partition that has the service (`us-east-1`), whatever the client's.
  public var homeRegion: String?
  /// Whether it is only at `….api.aws`, the domain of dual-stack endpoints.
  public var isDualStackOnly: Bool
  /// The suffix of `AWS_ENDPOINT_URL_<SERVICE>`: `ECS`.
  public var environmentSuffix: String
  public var wireProtocol: WireProtocol

  public init(
    name: String, hostLabel: String? = nil, isGlobal: Bool = false, homeRegion: String? = nil,
    isDualStackOnly: Bool = false, environmentSuffix: String, wireProtocol: WireProtocol
  ) {
    self.name = name
    self.hostLabel = hostLabel ?? name
    self.isGlobal = isGlobal
    self.homeRegion = homeRegion
    self.isDualStackOnly = isDualStackOnly
    self.environmentSuffix = environmentSuffix
    self.wireProtocol = wireProtocol
  }

  public static let ecs = AWSService(
    name: "ecs", environmentSuffix: "ECS",
    wireProtocol: .json(version: "1.1", targetPrefix: "AmazonEC2ContainerServiceV20141113"))
  public static let sns = AWSService(
    name: "sns", environmentSuffix: "SNS", wireProtocol: .query(apiVersion: "2010-03-31"))
  /// CloudWatch Logs.
  public static let logs = AWSService(
    name: "logs", environmentSuffix: "CLOUDWATCH_LOGS",
    wireProtocol: .json(version: "1.1", targetPrefix: "Logs_20140328"))
  public static let sqs = AWSService(
    name: "sqs", environmentSuffix: "SQS", wireProtocol: .json(version: "1.0", targetPrefix: "AmazonSQS"))
  public static let sts = AWSService(
    name: "sts", environmentSuffix: "STS", wireProtocol: .query(apiVersion: "2011-06-15"))
  public static let ec2 = AWSService(
    name: "ec2", environmentSuffix: "EC2", wireProtocol: .ec2(apiVersion: "2016-11-15"))
  public static let iam = AWSService(
    name: "iam", isGlobal: true, environmentSuffix: "IAM", wireProtocol: .query(apiVersion: "2010-05-08"))
  public static let ecr = AWSService(
    name: "ecr", hostLabel: "api.ecr", environmentSuffix: "ECR",
    wireProtocol: .json(version: "1.1", targetPrefix: "AmazonEC2ContainerRegistry_V20150921"))
  public static let secretsManager = AWSService(
    name: "secretsmanager", environmentSuffix: "SECRETS_MANAGER",
    wireProtocol: .json(version: "1.1", targetPrefix: "secretsmanager"))
  public static let lambda = AWSService(name: "lambda", environmentSuffix: "LAMBDA", wireProtocol: .rest)
  /// Systems Manager, of which jobd asks the parameter store.
  public static let ssm = AWSService(
    name: "ssm", environmentSuffix: "SSM", wireProtocol: .json(version: "1.1", targetPrefix: "AmazonSSM"))
}
