public import JobModel

/// Calls AWS operations: signed, retried, rate-limited. The drivers see this alone, so that their tests
/// need no network.
public protocol AWSCaller: Sendable {
  /// - Parameters:
  ///   - input: the operation's input in the API model's own spelling (for ECS camelCase).
  /// - Returns: the operation's output in the API model's own spelling; XML answers by element name,
  ///   below their `…Result` element.
  func call(
    _ service: AWSService, _ operation: String, _ input: JSONValue
  ) async throws(AWSError) -> JSONValue

  /// As ``call(_:_:_:)``, for callers that know more about their call, or need more of its answer.
  ///
  /// Callers other than ``AWSClient`` may take no notice of the options, and give the output alone.
  func answer(
    _ service: AWSService, _ operation: String, _ input: JSONValue, options: AWSCallOptions
  ) async throws(AWSError) -> AWSAnswer
}

extension AWSCaller {
  public func answer(
    _ service: AWSService, _ operation: String, _ input: JSONValue, options: AWSCallOptions
  ) async throws(AWSError) -> AWSAnswer {
    AWSAnswer(output: try await call(service, operation, input))
  }

  /// A call whose caller knows more.
  public func call(
    _ service: AWSService, _ operation: String, _ input: JSONValue, options: AWSCallOptions
  ) async throws(AWSError) -> JSONValue {
    try await answer(service, operation, input, options: options).output
  }
}

/// A call's output, with what HTTP said beside it.
public struct AWSAnswer: Equatable, Sendable {
  public var output: JSONValue
  public var httpStatus: Int
  public var headers: HTTPHeaders
  public var requestID: String?

  public init(output: JSONValue, httpStatus: Int = 200, headers: HTTPHeaders = [:], requestID: String? = nil) {
    self.output = output
    self.httpStatus = httpStatus
    self.headers = headers
    self.requestID = requestID
  }
}

/// Why a call did not succeed, after the client's own retries.
public struct AWSError: Error, Equatable, Sendable {
  /// What is known about the request's effect: all that a launch protocol needs to decide.
  public enum Kind: String, Sendable, CaseIterable {
    /// A definitive answer: a 4xx other than throttling. The request had no effect.
    case refused = "REFUSED"
    /// AWS turned the request away unread; the same request may succeed later.
    case throttled = "THROTTLED"
    /// 5xx, a timeout, a broken connection, an answer that cannot be read: it may have been done.
    case ambiguous = "AMBIGUOUS"
    /// The request was never sent: no connection, no name resolution, no credentials.
    case notSent = "NOT_SENT"
    /// The caller's task was cancelled; whether the request was done is not known.
    case cancelled = "CANCELLED"
  }

  public var kind: Kind
  /// The service's error name without namespace, such as `ClusterNotFoundException`; for the client's
  /// own errors one of `ConnectionFailed`, `Timeout`, `NoCredentials`, `MalformedResponse`, ….
  public var code: String
  /// The service's message, or what went wrong and where (host, not credentials).
  public var message: String
  public var httpStatus: Int?
  public var requestID: String?
  /// The error's further members, such as `resourceIds` of a ConflictException; `{}` where there are none.
  public var details: JSONValue

  public init(
    kind: Kind, code: String, message: String, httpStatus: Int? = nil, requestID: String? = nil,
    details: JSONValue = [:]
  ) {
    self.kind = kind
    self.code = code
    self.message = message
    self.httpStatus = httpStatus
    self.requestID = requestID
    self.details = details
  }
}
