internal import JobModel

/// One place that credentials may come from.
public protocol CredentialProvider: Sendable {
  /// For messages: `environment variables`, `profile "prod"`.
  var name: String { get }

  /// Asks anew, every time.
  func fetch() async -> CredentialAnswer
}

/// What a provider has to say. No text holds a secret.
public enum CredentialAnswer: Equatable, Sendable {
  case credentials(AWSCredentials)
  /// Nothing is configured here: the next provider is asked.
  case nothing(reason: String)
  /// Something is configured here and does not work: nobody else is asked, since their credentials
  /// might be somebody else's.
  case failed(reason: String)
}

/// Why there are no credentials: every provider that was asked, with its reason.
public struct CredentialError: Error, Equatable, Sendable, CustomStringConvertible {
  public struct Attempt: Equatable, Sendable {
    public var provider: String
    public var reason: String
  }

  public var attempts: [Attempt]

  public var description: String {
    "no AWS credentials: " + attempts.map { "\($0.provider): \($0.reason)" }.joined(separator: "; ")
  }
}

/// Gives credentials to whoever signs.
public protocol CredentialSource: Sendable {
  func credentials() async throws(CredentialError) -> AWSCredentials

  /// Says that AWS does not accept these any more; the next call brings others, if there are any.
  func invalidate(_ credentials: AWSCredentials) async
}

/// Asks providers in order; the first that has credentials, or fails, decides.
struct CredentialChain: CredentialProvider {
  var providers: [any CredentialProvider]

  var name: String { "default chain" }

  func fetch() async -> CredentialAnswer {
    do throws(CredentialError) { return .credentials(try await resolve()) } catch {
      return .nothing(reason: error.description)
    }
  }

  func resolve() async throws(CredentialError) -> AWSCredentials {
    var attempts: [CredentialError.Attempt] = []
    for provider in providers {
      switch await provider.fetch() {
      case .credentials(let credentials): return credentials
      case .nothing(let reason): attempts.append(CredentialError.Attempt(provider: provider.name, reason: reason))
      case .failed(let reason):
        attempts.append(CredentialError.Attempt(provider: provider.name, reason: reason))
        throw CredentialError(attempts: attempts)
      }
    }
    throw CredentialError(attempts: attempts)
  }
}

/// The same credentials for ever.
public struct StaticCredentials: CredentialSource {
  private let value: AWSCredentials

  public init(_ credentials: AWSCredentials) { value = credentials }

  public func credentials() async throws(CredentialError) -> AWSCredentials { value }
  public func invalidate(_ credentials: AWSCredentials) async {}
}

/// `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_SESSION_TOKEN`.
struct EnvironmentCredentials: CredentialProvider {
  var environment: AWSEnvironment
  var name: String { "environment variables" }

  func fetch() async -> CredentialAnswer {
    let key = environment.variable("AWS_ACCESS_KEY_ID")
    let secret = environment.variable("AWS_SECRET_ACCESS_KEY")
    switch (key, secret) {
    case (let key?, let secret?):
      return .credentials(
        AWSCredentials(
          accessKeyID: key, secretAccessKey: secret, sessionToken: environment.variable("AWS_SESSION_TOKEN")))
    case (nil, nil): return .nothing(reason: "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set")
    case (nil, _): return .failed(reason: "AWS_SECRET_ACCESS_KEY is set, AWS_ACCESS_KEY_ID is not")
    case (_, nil): return .failed(reason: "AWS_ACCESS_KEY_ID is set, AWS_SECRET_ACCESS_KEY is not")
    }
  }
}

/// Credentials in the JSON that the container endpoint, instance metadata and `credential_process` answer
/// with, which differ in the spelling of the token.
enum CredentialDocument {
  /// - Returns: the reason where the document holds none; it shows no value of the document.
  static func read(_ bytes: [UInt8], requiringVersion: Bool = false) -> Result<AWSCredentials, CredentialDocumentError>
  {
    guard let document = try? JSONValue.parse(bytes), document.objectValue != nil else {
      return .failure(CredentialDocumentError(reason: "the answer is no JSON object"))
    }
    if requiringVersion, document["Version"]?.integerValue != 1 {
      return .failure(CredentialDocumentError(reason: "the answer's Version is not 1"))
    }
    guard let key = document["AccessKeyId"]?.stringValue, !key.isEmpty,
      let secret = document["SecretAccessKey"]?.stringValue, !secret.isEmpty
    else {
      let code = AnswerError.bareCode((document["Code"] ?? document["code"])?.stringValue)
      return .failure(
        CredentialDocumentError(
          reason: "the answer has no AccessKeyId and SecretAccessKey" + (code.map { ", but code \($0)" } ?? "")))
    }
    var expiresAt: Instant?
    if let expiration = document["Expiration"]?.stringValue, !expiration.isEmpty {
      guard let instant = Instant(expiration) else {
        return .failure(CredentialDocumentError(reason: "the answer's Expiration is no RFC 3339 time"))
      }
      expiresAt = instant
    }
    let token = (document["SessionToken"] ?? document["Token"])?.stringValue
    return .success(
      AWSCredentials(accessKeyID: key, secretAccessKey: secret, sessionToken: token, expiresAt: expiresAt))
  }
}

struct CredentialDocumentError: Error, Equatable {
  var reason: String
}
