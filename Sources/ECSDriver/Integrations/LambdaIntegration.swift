internal import AWSClient
internal import JobModel

/// `lambda:invoke`, and a function's own ARN as the resource (Lambda API, Invoke; Step Functions developer guide,
/// "Invoke a Lambda function"). By hand, since Lambda's protocol is REST, and errors of the function are errors of the
/// task.
struct LambdaIntegration: ServiceIntegration {
  /// Nil for `lambda:invoke`, whose arguments name the function.
  let functionARN: String?

  var service: AWSService { .lambda }
  var operation: String { "Invoke" }
  /// A function runs for up to 15 minutes (Lambda quotas), and the answer comes when it has ended.
  var timeout: Duration? { .seconds(15 * 60 + 15) }

  var naming: ServiceErrorNaming {
    .optimized(
      .init(prefix: "Lambda", base: "AWSLambdaException", service: "AWSLambda"),
      hasException: { LambdaIntegration.exceptions.contains($0) })
  }

  /// Invoke's own (Lambda API). All others, such as AccessDeniedException, are `Lambda.AWSLambdaException`.
  private static let exceptions: Set<String> = [
    "EC2AccessDeniedException", "EC2ThrottledException", "EC2UnexpectedException", "EFSIOException",
    "EFSMountConnectivityException", "EFSMountFailureException", "EFSMountTimeoutException", "ENILimitReachedException",
    "InvalidParameterValueException", "InvalidRequestContentException", "InvalidRuntimeException",
    "InvalidSecurityGroupIDException", "InvalidSubnetIDException", "InvalidZipFileException",
    "KMSAccessDeniedException",
    "KMSDisabledException", "KMSInvalidStateException", "KMSNotFoundException", "RecursiveInvocationException",
    "RequestTooLargeException", "ResourceConflictException", "ResourceNotFoundException", "ResourceNotReadyException",
    "ServiceException", "SnapStartException", "SnapStartNotReadyException", "SnapStartTimeoutException",
    "SubnetIPAddressLimitReachedException", "TooManyRequestsException", "UnsupportedMediaTypeException",
  ]
}

// MARK: - The request

extension LambdaIntegration {
  private static let headers = [
    "InvocationType": "X-Amz-Invocation-Type", "LogType": "X-Amz-Log-Type", "ClientContext": "X-Amz-Client-Context",
  ]

  func input(of request: TaskRequest, token: String) throws(TaskFailure) -> JSONValue {
    if let functionARN {
      return invocation(of: functionARN, payload: request.arguments, members: [:]).jsonValue
    }
    guard let arguments = request.arguments.objectValue else {
      throw ServiceFailures.rejected(request, ["The arguments must be a STRUCTURE, not \(request.arguments.kind)"])
    }
    var mistakes: [String] = []
    var members: [String: String] = [:]
    let known = ["FunctionName", "Qualifier"] + LambdaIntegration.headers.keys
    for (key, value) in arguments where key != "Payload" && !value.isNull {
      if !known.contains(key) {
        mistakes.append("The field \"\(key)\" is not supported by Step Functions")
      } else if let text = value.stringValue {
        if text.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F }) {
          mistakes.append("The value for the field '\(key)' has a control character")
        }
        members[key] = text
      } else {
        mistakes.append("The value for the field '\(key)' must be a STRING")
      }
    }
    if members["FunctionName"]?.isEmpty != false, mistakes.isEmpty {
      mistakes.append("The field 'FunctionName' is required but was missing")
    }
    if !mistakes.isEmpty { throw ServiceFailures.rejected(request, mistakes) }
    return invocation(of: members["FunctionName"] ?? "", payload: arguments["Payload"], members: members).jsonValue
  }

  private func invocation(of function: String, payload: JSONValue?, members: [String: String]) -> RESTRequest {
    var request = RESTRequest(
      method: "POST", path: ["2015-03-31", "functions", function, "invocations"],
      headers: ["Content-Type": "application/json"], body: payload?.text ?? "")
    if let qualifier = members["Qualifier"] { request.query["Qualifier"] = qualifier }
    for (member, header) in LambdaIntegration.headers { request.headers[header] = members[member] }
    return request
  }

  /// Invoke has no idempotency token.
  func repeatable(_ input: JSONValue) -> Duration? { nil }

  func region(of input: JSONValue) -> String? { regionOfARN(function(of: input)) }

  func subject(of input: JSONValue) -> String? { function(of: input).map { "FunctionName \($0)" } }

  private func function(of input: JSONValue) -> String? { input["path"]?[2]?.stringValue }
}

// MARK: - The answer

extension LambdaIntegration {
  func result(of answer: AWSAnswer) -> Result<JSONValue, TaskFailure> {
    if answer.headers["X-Amz-Function-Error"] != nil { return .failure(LambdaIntegration.functionError(answer.output)) }
    if functionARN != nil { return .success(answer.output) }
    var members: JSONObject = [:]
    if let version = answer.headers["X-Amz-Executed-Version"] { members["ExecutedVersion"] = .string(version) }
    if let log = answer.headers["X-Amz-Log-Result"] { members["LogResult"] = .string(log) }
    members["Payload"] = answer.output
    for (key, value) in sdkMetadata(of: answer) { members[key] = value }
    members["StatusCode"] = .integer(Int64(answer.httpStatus))
    return .success(.object(members))
  }

  /// The function's own error, by the type that it gave; one without a type is `Lambda.Unknown` (developer guide,
  /// "Handle transient Lambda service exceptions").
  private static func functionError(_ payload: JSONValue) -> TaskFailure {
    let type = payload["errorType"]?.stringValue.flatMap { $0.isEmpty ? nil : $0 }
    let message = payload["errorMessage"]?.stringValue ?? "it gave no message"
    return TaskFailure(
      error: type ?? "Lambda.Unknown",
      cause: type != nil
        ? payload.text
        : "The cause could not be determined because Lambda did not return an error type. "
          + "Returned payload: \(payload.text)",
      diagnosis: Diagnosis(
        class: .unknown,
        sentence: "the Lambda function failed\(type.map { " with \($0)" } ?? ""): \(clipped(message, to: 1_000))"))
  }
}
