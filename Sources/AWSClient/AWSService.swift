/// A service's signing name, host and protocol: what differs between services in a call.
public struct AWSService: Hashable, Sendable {
  /// How a request and its answer are written.
  public enum WireProtocol: Hashable, Sendable {
    /// POST of a JSON body with the operation in `X-Amz-Target: <targetPrefix>.<Operation>`.
    case json(version: String, targetPrefix: String)
    /// POST of a form with `Action` and `Version`, answered in XML.
    case query(apiVersion: String)
  }

  /// The signing name and the host's first label: `ecs`.
  public var name: String
  /// The suffix of `AWS_ENDPOINT_URL_<SERVICE>`: `ECS`.
  public var environmentSuffix: String
  public var wireProtocol: WireProtocol

  public init(name: String, environmentSuffix: String, wireProtocol: WireProtocol) {
    self.name = name
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
}
