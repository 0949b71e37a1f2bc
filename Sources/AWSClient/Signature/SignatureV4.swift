public import JobModel

/// AWS Signature Version 4 as pure functions by stages, for who signs and for who verifies.
///
/// Source: "AWS Signature Version 4 for API requests" (IAM user guide). The date is an argument: nothing
/// here asks for the time.
public enum SignatureV4 {
  static let algorithm = "AWS4-HMAC-SHA256"

  /// The second stage: what the key signs.
  public static func stringToSign(canonicalRequest: String, date: SigningDate, scope: CredentialScope) -> String {
    "\(algorithm)\n\(date)\n\(scope)\n\(SHA256.hexHash(Array(canonicalRequest.utf8)))"
  }

  /// The third stage: a key that is good for one scope. It may be kept for the day.
  public static func signingKey(secretAccessKey: String, scope: CredentialScope) -> [UInt8] {
    [scope.date, scope.region, scope.service, "aws4_request"]
      .reduce(Array("AWS4\(secretAccessKey)".utf8)) { SHA256.authenticate(Array($1.utf8), key: $0) }
  }

  /// The fourth stage: the signature in hexadecimal.
  public static func signature(of stringToSign: String, key: [UInt8]) -> String {
    hexadecimal(SHA256.authenticate(Array(stringToSign.utf8), key: key))
  }

  /// The fifth stage: the value of the `Authorization` header.
  public static func authorizationHeader(
    accessKeyID: String, scope: CredentialScope, signedHeaders: [String], signature: String
  ) -> String {
    let names = signedHeaders.map { $0.lowercased() }.sorted { isOrderedByBytes($0, $1) }.joined(separator: ";")
    return "\(algorithm) Credential=\(accessKeyID)/\(scope), SignedHeaders=\(names), Signature=\(signature)"
  }

  /// All stages at once, as a verifier needs them: the signature that the request must carry. Compare it
  /// with ``SHA256/isEqualInConstantTime(_:_:)``.
  ///
  /// For a presigned URL take `X-Amz-Signature` out of the query first (``removingSignature(fromQuery:)``).
  public static func expectedSignature(
    for request: SigningRequest, signedHeaders: [String], date: SigningDate, scope: CredentialScope,
    secretAccessKey: String, pathStyle: PathStyle = .normalized, payloadHash: String? = nil
  ) -> String {
    let canonical = canonicalRequest(
      request, signedHeaders: signedHeaders, pathStyle: pathStyle, payloadHash: payloadHash)
    let text = stringToSign(canonicalRequest: canonical, date: date, scope: scope)
    return signature(of: text, key: signingKey(secretAccessKey: secretAccessKey, scope: scope))
  }
}

/// Signing one's own requests.
extension SignatureV4 {
  /// The request with `X-Amz-Date`, `X-Amz-Security-Token` where there is one, and `Authorization`.
  ///
  /// - Parameters:
  ///   - signedHeaders: nil signs every header that is there, but for those that proxies change.
  ///   - signingSessionToken: false adds the token after signing, as a few services want it.
  public static func sign(
    _ request: SigningRequest, credentials: AWSCredentials, region: String, service: String,
    at instant: Instant, signedHeaders: [String]? = nil, signingSessionToken: Bool = true,
    pathStyle: PathStyle = .normalized
  ) -> SigningRequest {
    let date = SigningDate(instant)
    let scope = CredentialScope(date: date.day, region: region, service: service)
    var signed = request
    signed.headers["Authorization"] = nil
    signed.headers["X-Amz-Security-Token"] = signingSessionToken ? credentials.sessionToken : nil
    signed.headers["X-Amz-Date"] = date.description
    let names = signedHeaders ?? stableHeaders(of: signed)
    let signature = expectedSignature(
      for: signed, signedHeaders: names, date: date, scope: scope, secretAccessKey: credentials.secretAccessKey,
      pathStyle: pathStyle)
    if !signingSessionToken { signed.headers["X-Amz-Security-Token"] = credentials.sessionToken }
    signed.headers["Authorization"] = authorizationHeader(
      accessKeyID: credentials.accessKeyID, scope: scope, signedHeaders: names, signature: signature)
    return signed
  }

  /// The request with the signature in its query: a URL that anybody may use until it expires.
  ///
  /// - Parameter lifetime: at most seven days (SigV4, query parameters); whole seconds.
  public static func presign(
    _ request: SigningRequest, credentials: AWSCredentials, region: String, service: String,
    at instant: Instant, lifetime: Duration, signedHeaders: [String] = ["host"],
    signingSessionToken: Bool = true, pathStyle: PathStyle = .normalized
  ) -> SigningRequest {
    let date = SigningDate(instant)
    let scope = CredentialScope(date: date.day, region: region, service: service)
    let names = signedHeaders.map { $0.lowercased() }.sorted { isOrderedByBytes($0, $1) }
    let token = credentials.sessionToken.map { "X-Amz-Security-Token=\(PercentEncoding.encode($0))" }
    var parameters = request.query.isEmpty ? [] : [request.query]
    parameters += [
      "X-Amz-Algorithm=\(algorithm)",
      "X-Amz-Credential=\(PercentEncoding.encode("\(credentials.accessKeyID)/\(scope)"))",
      "X-Amz-Date=\(date)",
      "X-Amz-Expires=\(lifetime.components.seconds)",
      "X-Amz-SignedHeaders=\(PercentEncoding.encode(names.joined(separator: ";")))",
    ]
    var signed = request
    if let token, signingSessionToken { parameters.append(token) }
    signed.query = parameters.joined(separator: "&")
    let signature = expectedSignature(
      for: signed, signedHeaders: names, date: date, scope: scope, secretAccessKey: credentials.secretAccessKey,
      pathStyle: pathStyle)
    if let token, !signingSessionToken { parameters.append(token) }
    parameters.append("X-Amz-Signature=\(signature)")
    signed.query = parameters.joined(separator: "&")
    return signed
  }

  /// Headers that a proxy or the HTTP library may change or add stay unsigned.
  private static let changing: Set = ["connection", "expect", "transfer-encoding", "user-agent", "x-amzn-trace-id"]

  private static func stableHeaders(of request: SigningRequest) -> [String] {
    Set(request.headers.fields.map { $0.name.lowercased() }).subtracting(changing)
      .sorted { isOrderedByBytes($0, $1) }
  }
}
