internal import AWSClient
internal import JobModel

/// What Step Functions calls an error of a service, and how it words the cause. Its optimized integrations and those of
/// the AWS SDK stand on two generations of the SDK for Java, whose words differ (recorded executions).
enum ServiceErrorNaming: Sendable {
  /// `DynamoDB.ConditionalCheckFailedException`, `… (Service: AmazonDynamoDBv2; Status Code: 400; Error Code: …)`.
  struct Optimized: Equatable, Sendable {
    var prefix: String
    /// The exception of an error that has none of its own.
    var base: String
    /// In the cause.
    var service: String
  }

  /// - Parameter hasException: whether an error code has an exception of its own.
  case optimized(Optimized, hasException: @Sendable (String) -> Bool)
  /// `DynamoDb.DynamoDbException`, `… (Service: DynamoDb, Status Code: 400, Request ID: …)`.
  case sdk(ServiceModel)

  var prefix: String {
    switch self {
    case .optimized(let names, _): names.prefix
    case .sdk(let model): model.clientName
    }
  }

  /// An error without an answer is the SDK's own.
  func name(of error: AWSError) -> String {
    guard error.httpStatus != nil else { return "\(prefix).SdkClientException" }
    switch self {
    case .optimized(let names, let hasException):
      guard hasException(error.code) else { return "\(prefix).\(names.base)" }
      return "\(prefix).\(error.code)" + (error.code.hasSuffix("Exception") ? "" : "Exception")
    case .sdk(let model):
      return "\(prefix).\(model.exception(error.code) ?? "\(model.clientName)Exception")"
    }
  }

  func cause(of error: AWSError) -> String {
    guard let status = error.httpStatus else { return error.message }
    let request = error.requestID ?? "null"
    return switch self {
    case .optimized(let names, _):
      "\(error.message) (Service: \(names.service); Status Code: \(status); Error Code: \(error.code); "
        + "Request ID: \(request); Proxy: null)"
    case .sdk(let model):
      "\(error.message) (Service: \(model.clientName), Status Code: \(status), Request ID: \(request))"
    }
  }
}
