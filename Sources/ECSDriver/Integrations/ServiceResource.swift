internal import JobModel

/// A resource that names an AWS service, taken apart.
struct ServiceResource: Equatable, Sendable {
  enum Kind: Equatable, Sendable {
    /// `arn:aws:states:::dynamodb:putItem`
    case optimized(OptimizedAction)
    /// `arn:aws:states:::lambda:invoke`
    case lambda
    /// `arn:aws:lambda:eu-west-1:123456789012:function:report`: the state's input is the payload, and what the function
    /// returns the result.
    case function(arn: String)
    /// `arn:aws:states:::aws-sdk:sqs:purgeQueue`; whether there is such a service and action is another question.
    case sdk(service: String, action: String)
  }

  var kind: Kind
  /// Whether the state goes on only when somebody sends its task token.
  var waitsForToken: Bool

  private static let tokenSuffix = ".waitForTaskToken"
  private static let partitions: Set<Substring> = ["aws", "aws-cn", "aws-us-gov"]

  /// Nil for a resource of another kind, and for a pattern that AWS does not have: `dynamodb:putItem.sync`.
  init?(_ resource: String) {
    let parts = resource.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count >= 7, parts[0] == "arn", ServiceResource.partitions.contains(parts[1]) else { return nil }
    if parts[2] == "lambda" {
      guard parts.count <= 8, parts[5] == "function", parts.dropFirst(3).allSatisfy({ !$0.isEmpty }) else { return nil }
      self.init(kind: .function(arn: resource), waitsForToken: false)
      return
    }
    guard parts[2] == "states", parts[3].isEmpty, parts[4].isEmpty else { return nil }
    var action = parts[parts.count - 1]
    let waitsForToken = action.hasSuffix(ServiceResource.tokenSuffix)
    if waitsForToken { action = action.dropLast(ServiceResource.tokenSuffix.count) }
    guard !action.isEmpty, action.allSatisfy({ $0.isLetter || $0.isNumber }) else { return nil }
    guard let kind = ServiceResource.kind(parts[5..<(parts.count - 1)], String(action), waitsForToken) else {
      return nil
    }
    self.init(kind: kind, waitsForToken: waitsForToken)
  }

  private init(kind: Kind, waitsForToken: Bool) {
    self.kind = kind
    self.waitsForToken = waitsForToken
  }

  private static func kind(_ service: ArraySlice<Substring>, _ action: String, _ waitsForToken: Bool) -> Kind? {
    if service.count == 2, service.first == "aws-sdk", let name = service.last, !name.isEmpty {
      return .sdk(service: String(name), action: action)
    }
    guard service.count == 1, let name = service.first else { return nil }
    if name == "lambda", action == "invoke" { return .lambda }
    guard let optimized = OptimizedAction.all.first(where: { $0.service == name && $0.action == action }),
      optimized.canWait || !waitsForToken
    else { return nil }
    return .optimized(optimized)
  }
}

/// One of Step Functions' optimized integrations (developer guide, "Integrating optimized services").
struct OptimizedAction: Equatable, Sendable {
  /// In the resource: `events`.
  var service: String
  /// In the resource: `putEvents`.
  var action: String
  /// In the ``ServiceTable``: `eventbridge`.
  var model: String
  /// Without these Step Functions does not begin the task.
  var required: [String]
  /// Whether there is a `.waitForTaskToken` of it.
  var canWait: Bool
  var naming: ServiceErrorNaming.Optimized

  static let all: [OptimizedAction] = [
    .init(
      service: "sns", action: "publish", model: "sns", required: [], canWait: true,
      naming: .init(prefix: "SNS", base: "AmazonSNSException", service: "AmazonSNS")),
    .init(
      service: "sqs", action: "sendMessage", model: "sqs", required: ["QueueUrl", "MessageBody"], canWait: true,
      naming: .init(prefix: "SQS", base: "AmazonSQSException", service: "AmazonSQS")),
    .init(
      service: "events", action: "putEvents", model: "eventbridge", required: ["Entries"], canWait: true,
      naming: .init(prefix: "EventBridge", base: "AmazonEventBridgeException", service: "AmazonEventBridge")),
    dynamoDB("getItem", required: ["TableName", "Key"]),
    dynamoDB("putItem", required: ["TableName", "Item"]),
    dynamoDB("updateItem", required: ["TableName", "Key"]),
    dynamoDB("deleteItem", required: ["TableName", "Key"]),
  ]

  private static func dynamoDB(_ action: String, required: [String]) -> OptimizedAction {
    OptimizedAction(
      service: "dynamodb", action: action, model: "dynamodb", required: required, canWait: false,
      naming: .init(prefix: "DynamoDB", base: "AmazonDynamoDBException", service: "AmazonDynamoDBv2"))
  }
}
