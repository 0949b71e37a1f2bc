internal import AWSClient
internal import JobModel

/// Verifies a request's signature, with the errors of each protocol (AWS general reference, "Common
/// errors"; SNS API, "Common errors").
struct SignatureCheck: Sendable {
  static let allowedSkew = Duration.seconds(5 * 60)

  private let secrets: [String: AWSCredentials]

  init(credentials: [AWSCredentials]) {
    secrets = Dictionary(credentials.map { ($0.accessKeyID, $0) }, uniquingKeysWith: { $1 })
  }

  func check(_ request: WireRequest, for call: ServiceCall, at now: Instant) throws(ServiceError) {
    let isQuery = if case .query = call { true } else { false }
    let errors = SignatureErrors(isQuery: isQuery)
    guard let header = request.headers["Authorization"] else { throw errors.missing }
    let authorization: SignatureV4Authorization
    do {
      authorization = try SignatureV4.parseAuthorization(header)
    } catch {
      throw errors.incomplete(error.message)
    }
    guard let text = request.headers["X-Amz-Date"], let date = SigningDate(text), let signedAt = date.instant else {
      throw errors.incomplete("Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.")
    }
    guard let credentials = secrets[authorization.accessKeyID],
      request.headers["X-Amz-Security-Token"] == credentials.sessionToken
    else { throw errors.unknownKey }
    try checkScope(authorization, date, call, errors)
    try checkSkew(signedAt, date, now, errors)
    let expected = SignatureV4.expectedSignature(
      for: SigningRequest(
        method: request.method, path: request.path, query: request.query, headers: request.headers,
        body: request.body),
      signedHeaders: authorization.signedHeaders, date: date, scope: authorization.scope,
      secretAccessKey: credentials.secretAccessKey)
    guard SHA256.isEqualInConstantTime(expected, authorization.signature) else {
      throw errors.mismatch(
        "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access "
          + "Key and signing method. Consult the service documentation for details.")
    }
  }

  private func checkScope(
    _ authorization: SignatureV4Authorization, _ date: SigningDate, _ call: ServiceCall, _ errors: SignatureErrors
  ) throws(ServiceError) {
    let service =
      switch call {
      case .query(let service, _, _): service.name
      case .logs: "logs"
      case .ecs, .unknown: "ecs"
      }
    guard authorization.scope.service == service else {
      throw errors.mismatch("Credential should be scoped to correct service: '\(service)'.")
    }
    guard authorization.scope.date == date.day else {
      throw errors.mismatch(
        "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: "
          + "'\(authorization.scope.date.prefix(16))' != '\(date.day)', from '\(date)'.")
    }
    guard authorization.signedHeaders.contains("host") else {
      throw errors.mismatch("'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.")
    }
  }

  private func checkSkew(
    _ signedAt: Instant, _ date: SigningDate, _ now: Instant, _ errors: SignatureErrors
  ) throws(ServiceError) {
    let skew = now - signedAt
    if skew > SignatureCheck.allowedSkew {
      let earliest = SigningDate(now - SignatureCheck.allowedSkew)
      throw errors.mismatch(
        "Signature expired: \(date) is now earlier than \(earliest) (\(SigningDate(now)) - 5 min.)")
    }
    if skew < .zero - SignatureCheck.allowedSkew {
      let latest = SigningDate(now + SignatureCheck.allowedSkew)
      throw errors.mismatch(
        "Signature not yet current: \(date) is still later than \(latest) (\(SigningDate(now)) + 5 min.)")
    }
  }
}

/// The same refusals have other names and statuses in the Query protocol.
private struct SignatureErrors {
  var isQuery: Bool

  var missing: ServiceError {
    isQuery
      ? ServiceError(
        code: "MissingAuthenticationToken", message: "Request is missing Authentication Token", status: 403)
      : ServiceError(code: "MissingAuthenticationTokenException", message: "Missing Authentication Token")
  }

  var unknownKey: ServiceError {
    let message = "The security token included in the request is invalid."
    return isQuery
      ? ServiceError(code: "InvalidClientTokenId", message: message, status: 403)
      : ServiceError(code: "UnrecognizedClientException", message: message)
  }

  func incomplete(_ message: String) -> ServiceError {
    ServiceError(code: isQuery ? "IncompleteSignature" : "IncompleteSignatureException", message: message)
  }

  func mismatch(_ message: String) -> ServiceError {
    isQuery
      ? ServiceError(code: "SignatureDoesNotMatch", message: message, status: 403)
      : ServiceError(code: "InvalidSignatureException", message: message)
  }
}
