internal import JobModel

/// How often and when a call is tried again. Pure: the drawn number is an argument.
public struct RetryPolicy: Equatable, Sendable {
  /// The first try included.
  public var maximumAttempts: Int
  /// The longest delay before the second try; doubled from try to try.
  public var baseDelay: Duration
  /// The same after throttling.
  public var throttledBaseDelay: Duration
  /// No delay is longer, `Retry-After` apart.
  public var longestDelay: Duration
  /// From the first try on, no further try begins after this.
  public var totalTime: Duration

  public init(
    maximumAttempts: Int = 4, baseDelay: Duration = .milliseconds(200),
    throttledBaseDelay: Duration = .seconds(1), longestDelay: Duration = .seconds(20),
    totalTime: Duration = .seconds(120)
  ) {
    self.maximumAttempts = maximumAttempts
    self.baseDelay = baseDelay
    self.throttledBaseDelay = throttledBaseDelay
    self.longestDelay = longestDelay
    self.totalTime = totalTime
  }

  /// The delay before the next try, or nil where there is none: full jitter, uniform between nothing and a
  /// bound that doubles.
  ///
  /// - Parameters:
  ///   - attempt: how many tries there were, from 1.
  ///   - isIdempotent: whether the call may be done twice without harm.
  ///   - retryAfter: what the server asked for; the delay is not shorter.
  ///   - elapsed: since the first try began.
  public func delay(
    after error: AWSError, attempt: Int, isIdempotent: Bool, retryAfter: Duration? = nil, elapsed: Duration,
    random: UInt64
  ) -> Duration? {
    guard attempt < maximumAttempts, isRetryable(error, isIdempotent: isIdempotent) else { return nil }
    let base = error.kind == .throttled ? throttledBaseDelay : baseDelay
    let bound = min(base * (1 << min(max(0, attempt - 1), 20)), longestDelay)
    let share = Double(random >> 11) / Double(1 << 53)
    let jittered = Duration.milliseconds(Int64(bound.inSeconds * share * 1_000))
    let delay = max(jittered, retryAfter ?? .zero)
    return elapsed + delay <= totalTime ? delay : nil
  }

  private func isRetryable(_ error: AWSError, isIdempotent: Bool) -> Bool {
    switch error.kind {
    case .throttled: true
    case .notSent:
      error.code == HTTPTransportError.Code.connectionFailed.rawValue
        || error.code == HTTPTransportError.Code.timeout.rawValue
    case .ambiguous: isIdempotent
    case .refused, .cancelled: false
    }
  }

  /// Seconds, or a date (RFC 9110 §10.2.3).
  static func retryAfter(_ headers: HTTPHeaders, at now: Instant) -> Duration? {
    guard let text = headers["retry-after"]?.trimmedLine else { return nil }
    if let seconds = Int64(text) { return seconds >= 0 ? .seconds(min(seconds, 86_400)) : nil }
    return HTTPDate.parse(text).map { max(.zero, $0 - now) }
  }
}

/// What a caller knows about its call beyond the operation's name.
public struct AWSCallOptions: Sendable {
  /// Whether the call may be done twice without harm, so that it is tried again when it is not known
  /// whether it was done. Nil: judged by operation and input.
  public var isIdempotent: Bool?
  /// Another region than the client's.
  public var region: String?

  /// On the monotonic clock: no try is sent after it, however long the call has waited for the rate limit and
  /// for credentials.
  /// It then fails as not sent, or as ambiguous where an earlier try may have been done.
  public var notAfter: Duration?

  /// Asked for each try, once it has waited for the rate limit and for credentials: says until when, on the monotonic
  /// clock, it may be signed, and is asked again where it is later than that. Where it throws, the call is cancelled.
  public var permit: Permit?

  public typealias Permit = @Sendable () async throws(CancellationError) -> Duration

  /// Of one try, instead of the client's: for operations that answer only when they are done.
  public var totalTimeout: Duration?

  public init(
    isIdempotent: Bool? = nil, region: String? = nil, notAfter: Duration? = nil, permit: Permit? = nil,
    totalTimeout: Duration? = nil
  ) {
    self.isIdempotent = isIdempotent
    self.region = region
    self.notAfter = notAfter
    self.permit = permit
    self.totalTimeout = totalTimeout
  }

  /// Reading is; stopping what is stopped is; a token makes it so. A message that is published twice is
  /// better than one that is never published (ARCHITECTURE.md: an outbox delivers at least once).
  func isIdempotent(_ service: AWSService, _ operation: String, _ input: JSONValue) -> Bool {
    if let isIdempotent { return isIdempotent }
    if AWSCallOptions.isReading(operation) { return true }
    if operation == "StopTask" || (service.name == "sns" && operation == "Publish") { return true }
    let tokens = ["clientToken", "ClientToken", "ClientRequestToken", "clientRequestToken"]
    return tokens.contains { input[$0]?.stringValue?.isEmpty == false }
  }

  static func isReading(_ operation: String) -> Bool {
    ["Describe", "List", "Get", "BatchGet", "Simulate"].contains { operation.hasPrefix($0) }
  }
}
