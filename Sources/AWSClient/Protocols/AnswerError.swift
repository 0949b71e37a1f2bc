internal import JobModel

/// Reads what an answer that is not a success says, in either protocol, and judges what it means for the
/// request.
enum AnswerError {
  /// Error names with which AWS turns a request away unread, whatever the HTTP status. `LimitExceededException`
  /// is not among them: for ECS it is a definitive answer about the account.
  static let throttlingCodes: Set<String> = [
    "Throttling", "ThrottlingException", "ThrottledException", "RequestThrottled", "RequestThrottledException",
    "TooManyRequestsException", "RequestLimitExceeded", "BandwidthLimitExceeded", "PriorRequestNotComplete",
    "ProvisionedThroughputExceededException", "TransactionInProgressException", "EC2ThrottledException", "SlowDown",
  ]
  /// The server gave up waiting for the request or for its own parts: it may have been done.
  static let ambiguousCodes: Set<String> = ["RequestTimeout", "RequestTimeoutException"]
  static let skewCodes: Set<String> = ["RequestTimeTooSkewed", "RequestInTheFuture", "RequestExpired"]
  static let signatureCodes: Set<String> = ["InvalidSignatureException", "SignatureDoesNotMatch", "AuthFailure"]
  static let expiredTokenCodes: Set<String> = ["ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired"]

  /// Characters of a service's message that are kept.
  private static let messageLength = 4_096

  static func error(of response: HTTPResponse, _ wireProtocol: AWSService.WireProtocol) -> AWSError {
    let parts =
      switch wireProtocol {
      case .json, .rest: jsonParts(response)
      case .query, .ec2: xmlParts(response)
      }
    let code = parts.code ?? unnamedCode(response.status)
    let message = parts.message ?? "HTTP \(response.status) without a readable error"
    return AWSError(
      kind: kind(status: response.status, code: code), code: code, message: String(message.prefix(messageLength)),
      httpStatus: response.status, requestID: parts.requestID ?? requestID(response), details: parts.details)
  }

  /// An answer that says success and cannot be read: what it was for may have been done.
  static func malformed(_ response: HTTPResponse, _ message: String) -> AWSError {
    AWSError(
      kind: .ambiguous, code: "MalformedResponse", message: message, httpStatus: response.status,
      requestID: requestID(response))
  }

  static func kind(status: Int, code: String) -> AWSError.Kind {
    if throttlingCodes.contains(code) || status == 429 { return .throttled }
    if ambiguousCodes.contains(code) || status == 408 { return .ambiguous }
    return (400..<500).contains(status) ? .refused : .ambiguous
  }

  static func requestID(_ response: HTTPResponse) -> String? {
    response.headers["x-amzn-requestid"] ?? response.headers["x-amz-request-id"]
  }

  /// `com.amazonaws.ecs#ClusterNotFoundException:http://…` → `ClusterNotFoundException`. Nil where nothing
  /// that looks like a name is left.
  static func bareCode(_ text: String?) -> String? {
    guard let text else { return nil }
    let bare = (text.split(separator: ":").first ?? "").split(separator: "#").last.map(String.init) ?? ""
    let isName = bare.utf8.allSatisfy { PercentEncoding.isUnreserved($0) }
    return isName && (1...128).contains(bare.utf8.count) ? bare : nil
  }

  private struct Parts {
    var code: String?
    var message: String?
    var requestID: String?
    var details: JSONValue = [:]
  }

  private static func unnamedCode(_ status: Int) -> String {
    (300..<400).contains(status) ? "UnexpectedRedirect" : "HTTP\(status)"
  }

  private static func jsonParts(_ response: HTTPResponse) -> Parts {
    var parts = Parts()
    parts.code = bareCode(response.headers["x-amzn-errortype"])
    guard let body = (try? JSONValue.parse(response.body))?.objectValue else { return parts }
    parts.code = parts.code ?? bareCode(body["code"]?.stringValue) ?? bareCode(body["__type"]?.stringValue)
    let messageKeys = ["message", "Message", "errorMessage"]
    parts.message = messageKeys.lazy.compactMap { body[$0]?.stringValue }.first
    let known: Set = ["__type", "code", "message", "Message", "errorMessage"]
    parts.details = .object(JSONObject(body.filter { !known.contains($0.key) }.map { (key: $0.key, value: $0.value) }))
    return parts
  }

  /// `<ErrorResponse><Error>`, EC2's `<Response><Errors><Error>`, or `<Error>` alone.
  private static func xmlParts(_ response: HTTPResponse) -> Parts {
    var parts = Parts()
    guard let root = try? XMLReader.read(response.body) else {
      return jsonParts(response)
    }
    guard let error = root.name == "Error" ? root : root.child("Error") ?? root.child("Errors")?.child("Error")
    else { return parts }
    parts.code = bareCode(error.child("Code")?.text)
    parts.message = error.child("Message")?.text
    parts.requestID = root.child("RequestId")?.text ?? root.child("RequestID")?.text ?? error.child("RequestId")?.text
    let known: Set = ["Type", "Code", "Message", "RequestId", "Detail"]
    parts.details = .object(
      JSONObject(error.children.filter { !known.contains($0.name) }.map { (key: $0.name, value: $0.jsonValue) }))
    return parts
  }
}
