/// What a signed request says about its signature: the `Authorization` header, taken apart.
public struct SignatureV4Authorization: Equatable, Sendable {
  public var accessKeyID: String
  public var scope: CredentialScope
  /// Lower case, in the order given.
  public var signedHeaders: [String]
  /// 64 hexadecimal digits.
  public var signature: String

  public init(accessKeyID: String, scope: CredentialScope, signedHeaders: [String], signature: String) {
    self.accessKeyID = accessKeyID
    self.scope = scope
    self.signedHeaders = signedHeaders
    self.signature = signature
  }
}

/// Why an `Authorization` header is none of Signature Version 4. Holds no part of the header's values.
public struct AuthorizationParseError: Error, Equatable, Sendable, CustomStringConvertible {
  public var message: String

  public init(message: String) { self.message = message }

  public var description: String { message }
}

extension SignatureV4 {
  /// Longer headers are refused unread.
  static let authorizationLength = 8_192

  /// Takes an `Authorization` header apart. The parts may come in any order, with or without a space
  /// after the comma.
  public static func parseAuthorization(
    _ header: String
  ) throws(AuthorizationParseError) -> SignatureV4Authorization {
    guard header.utf8.count <= authorizationLength else {
      throw AuthorizationParseError(message: "Authorization is longer than \(authorizationLength) bytes")
    }
    let space = header.firstIndex(of: " ") ?? header.endIndex
    guard header[..<space] == algorithm else {
      throw AuthorizationParseError(message: "Authorization does not begin with \(algorithm)")
    }
    var parts: [String: String] = [:]
    for part in header[space...].split(separator: ",") {
      guard let sign = part.firstIndex(of: "=") else {
        throw AuthorizationParseError(message: "a part of Authorization has no '='")
      }
      let name = String(part[..<sign].filter { $0 != " " })
      let value = String(part[part.index(after: sign)...].filter { $0 != " " })
      guard parts.updateValue(value, forKey: name) == nil else {
        throw AuthorizationParseError(message: "Authorization names a part twice")
      }
    }
    return try authorization(of: parts)
  }

  /// The same of a presigned URL's query; nil where the query carries no signature.
  public static func parseAuthorization(
    query: String
  ) throws(AuthorizationParseError) -> SignatureV4Authorization? {
    let parameters = queryParameters(query)
    guard parameters["X-Amz-Signature"] != nil else { return nil }
    guard parameters["X-Amz-Algorithm"] == algorithm else {
      throw AuthorizationParseError(message: "X-Amz-Algorithm is not \(algorithm)")
    }
    let names = ["Credential", "SignedHeaders", "Signature"]
    return try authorization(
      of: Dictionary(uniqueKeysWithValues: names.map { ($0, parameters["X-Amz-\($0)"] ?? "") }))
  }

  /// The query without its `X-Amz-Signature`: what a presigned URL's signature covers.
  public static func removingSignature(fromQuery query: String) -> String {
    query.split(separator: "&").filter { !$0.hasPrefix("X-Amz-Signature=") }.joined(separator: "&")
  }

  static func queryParameters(_ query: String) -> [String: String] {
    var parameters: [String: String] = [:]
    for parameter in query.split(separator: "&") {
      let sign = parameter.firstIndex(of: "=") ?? parameter.endIndex
      parameters[PercentEncoding.decode(parameter[..<sign])] = PercentEncoding.decode(parameter[sign...].dropFirst())
    }
    return parameters
  }

  private static func authorization(
    of parts: [String: String]
  ) throws(AuthorizationParseError) -> SignatureV4Authorization {
    let names = ["Credential", "SignedHeaders", "Signature"]
    if let missing = names.first(where: { parts[$0, default: ""].isEmpty }) {
      throw AuthorizationParseError(message: "Authorization has no \(missing)")
    }
    // An access key's id may itself hold slashes in emulators; the scope is always the last four.
    let credential = parts["Credential", default: ""].split(separator: "/", omittingEmptySubsequences: false)
    guard credential.count >= 5, credential.last == "aws4_request" else {
      throw AuthorizationParseError(message: "Credential is not <access key>/<date>/<region>/<service>/aws4_request")
    }
    let scope = credential.suffix(4).map(String.init)
    let signature = parts["Signature", default: ""]
    guard signature.utf8.count == 64, signature.utf8.allSatisfy({ (48...57).contains($0) || (97...102).contains($0) })
    else { throw AuthorizationParseError(message: "Signature is not 64 lower-case hexadecimal digits") }
    return SignatureV4Authorization(
      accessKeyID: credential.dropLast(4).joined(separator: "/"),
      scope: CredentialScope(date: scope[0], region: scope[1], service: scope[2]),
      signedHeaders: parts["SignedHeaders", default: ""].split(separator: ";").map { $0.lowercased() },
      signature: signature)
  }
}
