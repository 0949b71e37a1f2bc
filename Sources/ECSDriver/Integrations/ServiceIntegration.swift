internal import AWSClient
internal import JobModel

/// What a resource makes of arguments and answers. Values and pure functions: ``ServiceTaskDriver`` does the calling.
protocol ServiceIntegration: Sendable {
  var service: AWSService { get }
  /// As the API spells it: `PutItem`.
  var operation: String { get }
  var naming: ServiceErrorNaming { get }
  /// Of one try; nil takes the client's.
  var timeout: Duration? { get }

  /// The input to send, in full.
  ///
  /// - Parameter token: what makes the call idempotent, where the action takes such a token and none is given.
  func input(of request: TaskRequest, token: String) throws(TaskFailure) -> JSONValue

  /// How long from its preparation the same input may be sent again without harm; nil: not at all.
  func repeatable(_ input: JSONValue) -> Duration?

  /// The region that the input names; nil: the client's own.
  func region(of input: JSONValue) -> String?

  /// What the call is about, for people: `TableName orders`.
  func subject(of input: JSONValue) -> String?

  func result(of answer: AWSAnswer) -> Result<JSONValue, TaskFailure>
}

extension ServiceIntegration {
  /// What a resource is performed by, or why it is not.
  static func make(_ resource: String) -> Result<any ServiceIntegration, TaskFailure>? {
    guard let parsed = ServiceResource(resource) else { return nil }
    switch parsed.kind {
    case .lambda: return .success(LambdaIntegration(functionARN: nil))
    case .function(let arn): return .success(LambdaIntegration(functionARN: arn))
    case .optimized(let optimized): return APIIntegration.optimized(optimized, resource)
    case .sdk(let service, let action): return APIIntegration.sdk(service, action, resource)
    }
  }
}

/// The region in an ARN; nil for other texts.
func regionOfARN(_ text: String?) -> String? {
  let parts = (text ?? "").split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false)
  return parts.count == 6 && parts[0] == "arn" && !parts[3].isEmpty ? String(parts[3]) : nil
}

/// HTTP's part of an answer, as the results of optimized integrations hold it (recorded executions).
func sdkMetadata(of answer: AWSAnswer) -> [(key: String, value: JSONValue)] {
  var all = JSONObject()
  var joined = JSONObject()
  var seen: Set<String> = []
  for field in answer.headers.fields where seen.insert(field.name.lowercased()).inserted {
    let values = answer.headers.values(of: field.name)
    all[field.name] = .array(values.map { .string($0) })
    joined[field.name] = .string(values.joined(separator: ","))
  }
  return [
    (
      "SdkHttpMetadata",
      [
        "AllHttpHeaders": .object(all), "HttpHeaders": .object(joined),
        "HttpStatusCode": .integer(Int64(answer.httpStatus)),
      ]
    ),
    ("SdkResponseMetadata", ["RequestId": answer.requestID.map { .string($0) } ?? .null]),
  ]
}
