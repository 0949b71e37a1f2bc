import AWSClient
import JobModel
import TestSupport
import Testing

/// One row of AWS's published vectors.
struct SigningVector: CustomTestStringConvertible {
  var row: JSONValue

  init(_ row: JSONValue) { self.row = row }

  func text(_ key: String) -> String { row[key]?.stringValue ?? "" }
  var testDescription: String { text("id") }
  var isQuery: Bool { text("form") == "query" }
  var date: SigningDate { SigningDate(text("amz_date")) ?? SigningDate(Instant(seconds: 0)) }
  var scope: CredentialScope {
    CredentialScope(date: date.day, region: text("region"), service: text("service"))
  }
  var pathStyle: PathStyle { row["normalize_path"]?.boolValue == false ? .verbatim : .normalized }
  var signsToken: Bool { row["omit_session_token"]?.boolValue != true }
  var credentials: AWSCredentials {
    AWSCredentials(
      accessKeyID: text("access_key"), secretAccessKey: text("secret"), sessionToken: row["token"]?.stringValue)
  }
  /// The canonical request's last line but one, which is what `signed_headers` holds where a row has it.
  var signedHeaders: [String] {
    let lines = text("canonical_request").split(separator: "\n", omittingEmptySubsequences: false)
    return lines[lines.count - 2].split(separator: ";").map(String.init)
  }
  var request: SigningRequest {
    var headers = HTTPHeaders()
    for header in row["headers"]?.arrayValue ?? [] {
      headers.append(header[0]?.stringValue ?? "", header[1]?.stringValue ?? "")
    }
    let body = Array(text("body").utf8)
    if row["sign_body"]?.boolValue == true, !isQuery { headers["X-Amz-Content-SHA256"] = SHA256.hexHash(body) }
    return SigningRequest(method: text("method"), target: text("target"), headers: headers, body: body)
  }

  /// The request as it is signed, before the signature is added.
  var signed: SigningRequest {
    let at = date.instant ?? Instant(seconds: 0)
    if isQuery {
      return SignatureV4.presign(
        request, credentials: credentials, region: text("region"), service: text("service"), at: at,
        lifetime: .seconds(row["expires"]?.integerValue ?? 0), signedHeaders: signedHeaders,
        signingSessionToken: signsToken, pathStyle: pathStyle)
    }
    return SignatureV4.sign(
      request, credentials: credentials, region: text("region"), service: text("service"), at: at,
      signedHeaders: signedHeaders, signingSessionToken: signsToken, pathStyle: pathStyle)
  }

  static func rows(_ file: String) -> [SigningVector] {
    guard Corpora.isThere else { return [] }
    return ((try? Corpora.lines("sigv4/\(file).jsonl")) ?? []).map(SigningVector.init)
  }
  static let all = rows("suite-aws-c-auth") + rows("suite-botocore")
}

@Suite("Signature Version 4, by stages")
struct SignatureV4Tests {
  @Test("Every published vector is there", .enabled(if: Corpora.isThere))
  func vectors() { #expect(SigningVector.all.count == 110) }

  @Test("The canonical request is AWS's", .enabled(if: Corpora.isThere), arguments: SigningVector.all)
  func canonicalRequest(_ vector: SigningVector) {
    var request = vector.signed
    request.query = SignatureV4.removingSignature(fromQuery: request.query)
    if vector.isQuery, !vector.signsToken {
      request.query = request.query.split(separator: "&").filter { !$0.hasPrefix("X-Amz-Security-Token=") }
        .joined(separator: "&")
    }
    let canonical = SignatureV4.canonicalRequest(
      request, signedHeaders: vector.signedHeaders, pathStyle: vector.pathStyle)
    #expect(canonical == vector.text("canonical_request"))
  }

  @Test("The string to sign is AWS's", .enabled(if: Corpora.isThere), arguments: SigningVector.all)
  func stringToSign(_ vector: SigningVector) {
    let text = SignatureV4.stringToSign(
      canonicalRequest: vector.text("canonical_request"), date: vector.date, scope: vector.scope)
    #expect(text == vector.text("string_to_sign"))
  }

  @Test("The signature is AWS's", .enabled(if: Corpora.isThere), arguments: SigningVector.all)
  func signature(_ vector: SigningVector) {
    let key = SignatureV4.signingKey(secretAccessKey: vector.text("secret"), scope: vector.scope)
    #expect(SignatureV4.signature(of: vector.text("string_to_sign"), key: key) == vector.text("signature"))
  }

  @Test("A signed request carries AWS's own authorization", .enabled(if: Corpora.isThere), arguments: SigningVector.all)
  func whole(_ vector: SigningVector) throws {
    let signed = vector.signed
    if vector.isQuery {
      #expect(signed.query.hasSuffix("&X-Amz-Signature=\(vector.text("signature"))"))
      let authorization = try SignatureV4.parseAuthorization(query: signed.query)
      #expect(authorization?.signedHeaders == vector.signedHeaders)
    } else {
      let header = try #require(signed.headers["authorization"])
      #expect(header == vector.text("authorization"))
      let authorization = try SignatureV4.parseAuthorization(header)
      #expect(authorization.signature == vector.text("signature"))
      #expect(authorization.scope == vector.scope)
      #expect(signed.headers["X-Amz-Security-Token"] == vector.credentials.sessionToken)
    }
  }

  @Test("A verifier finds the signature of what was signed, and another one when anything changes")
  func verifier() throws {
    let credentials = AWSCredentials(accessKeyID: "AKIDEXAMPLE", secretAccessKey: "secret", sessionToken: "token")
    let request = SigningRequest(
      method: "POST", path: "/",
      headers: ["Host": "127.0.0.1:8080", "Content-Type": "application/x-amz-json-1.1", "User-Agent": "jobd"],
      body: Array("{}".utf8))
    let signed = SignatureV4.sign(
      request, credentials: credentials, region: "eu-west-1", service: "ecs", at: Instant(seconds: 1_700_000_000))
    let authorization = try SignatureV4.parseAuthorization(try #require(signed.headers["Authorization"]))
    #expect(authorization.signedHeaders == ["content-type", "host", "x-amz-date", "x-amz-security-token"])
    func expected(_ request: SigningRequest) throws -> String {
      SignatureV4.expectedSignature(
        for: request, signedHeaders: authorization.signedHeaders,
        date: try #require(SigningDate(request.headers["x-amz-date"] ?? "")), scope: authorization.scope,
        secretAccessKey: "secret")
    }
    #expect(SHA256.isEqualInConstantTime(try expected(signed), authorization.signature))
    var changed = signed
    changed.body = Array("{ }".utf8)
    #expect(try expected(changed) != authorization.signature)
    changed = signed
    changed.headers["Host"] = "127.0.0.1:8081"
    #expect(try expected(changed) != authorization.signature)
  }

  @Test(
    "A broken Authorization header is refused",
    arguments: [
      "", "Basic dXNlcg==", "AWS4-HMAC-SHA256", "AWS4-HMAC-SHA256 ", "AWS4-HMAC-SHA256 Credential",
      "AWS4-HMAC-SHA256 Credential=a/b/c/d/aws4_request",
      "AWS4-HMAC-SHA256 Credential=a/aws4_request, SignedHeaders=host, Signature=\(String(repeating: "a", count: 64))",
      "AWS4-HMAC-SHA256 Credential=a/b/c/d/aws5_request, SignedHeaders=h, Signature=\(String(repeating: "a", count: 64))",
      "AWS4-HMAC-SHA256 Credential=a/b/c/d/aws4_request, SignedHeaders=host, Signature=abc",
      "AWS4-HMAC-SHA256 Credential=a, Credential=b, SignedHeaders=host, Signature=abc",
    ])
  func brokenAuthorization(_ header: String) {
    #expect(throws: AuthorizationParseError.self) { try SignatureV4.parseAuthorization(header) }
  }

  @Test("An Authorization header beyond the limit is refused unread")
  func longAuthorization() {
    #expect(throws: AuthorizationParseError(message: "Authorization is longer than 8192 bytes")) {
      try SignatureV4.parseAuthorization("AWS4-HMAC-SHA256 " + String(repeating: "x=1,", count: 5_000))
    }
  }

  @Test("Credentials never show their secrets")
  func description() {
    let credentials = AWSCredentials(accessKeyID: "AKID", secretAccessKey: "hush", sessionToken: "quiet")
    var dumped = ""
    dump(credentials, to: &dumped)
    for text in ["\(credentials)", String(reflecting: credentials), dumped, "\([credentials])"] {
      #expect(!text.contains("hush") && !text.contains("quiet"))
    }
  }
}
