internal import JobModel
internal import Synchronization

/// When cached credentials are renewed. Pure.
struct CredentialState: Equatable, Sendable {
  /// Renewal begins this long before the end.
  static let refreshMargin = Duration.seconds(5 * 60)
  /// Credentials that end sooner are not used any more: the request must arrive while they are good.
  static let useMargin = Duration.seconds(15)
  private static let firstBackoff = Duration.seconds(1)
  private static let longestBackoff = Duration.seconds(30)

  enum Decision: Equatable, Sendable {
    /// Good for a while.
    case use(AWSCredentials)
    /// Good now, and it is time to renew them.
    case renew(using: AWSCredentials)
    /// There is nothing good.
    case fetch
    /// The last attempt failed a moment ago.
    case fail(CredentialError)
  }

  private(set) var credentials: AWSCredentials?
  private var failure: CredentialError?
  private var failureCount = 0
  /// On the monotonic clock.
  private var nextAttemptAt = Duration.zero

  func decision(at now: Instant, uptime: Duration) -> Decision {
    let mayTry = failure == nil || uptime >= nextAttemptAt
    if let credentials {
      guard let expiresAt = credentials.expiresAt else { return .use(credentials) }
      let left = expiresAt - now
      if left > CredentialState.refreshMargin { return .use(credentials) }
      if left > CredentialState.useMargin { return mayTry ? .renew(using: credentials) : .use(credentials) }
    }
    if mayTry { return .fetch }
    return failure.map { .fail($0) } ?? .fetch
  }

  mutating func succeeded(_ credentials: AWSCredentials) {
    self.credentials = credentials
    failure = nil
    failureCount = 0
  }

  /// A failure is remembered for seconds, never for ever.
  mutating func failed(_ error: CredentialError, uptime: Duration) {
    failure = error
    let factor = 1 << min(failureCount, 5)
    nextAttemptAt = uptime + min(CredentialState.firstBackoff * factor, CredentialState.longestBackoff)
    failureCount += 1
  }

  /// Forgets credentials that AWS refuses, unless they have been renewed meanwhile.
  mutating func invalidate(_ refused: AWSCredentials) {
    if credentials == refused { credentials = nil }
  }
}

/// Keeps a provider's credentials, and renews them before they end: one caller does, the others go on with
/// the old ones or wait in line.
final class CredentialCache: CredentialSource {
  private let chain: CredentialChain
  private let time: any TimeSource
  private let state = Mutex(CredentialState())
  private let refresh = FairLock()

  init(_ chain: CredentialChain, time: any TimeSource) {
    self.chain = chain
    self.time = time
  }

  func credentials() async throws(CredentialError) -> AWSCredentials {
    switch decide() {
    case .use(let credentials): return credentials
    case .fail(let error): throw error
    case .renew(let old):
      guard refresh.tryLock() else { return old }
      defer { refresh.unlock() }
      if case .use(let renewed) = decide() { return renewed }
      return (try? await fetch()) ?? old
    case .fetch:
      guard await refresh.lock() else { throw CredentialCache.cancelled }
      defer { refresh.unlock() }
      // Whoever held the lock before may have brought them.
      switch decide() {
      case .use(let credentials), .renew(let credentials): return credentials
      case .fail(let error): throw error
      case .fetch: return try await fetch()
      }
    }
  }

  func invalidate(_ credentials: AWSCredentials) async {
    state.withLock { $0.invalidate(credentials) }
  }

  private static let cancelled = CredentialError(
    attempts: [CredentialError.Attempt(provider: "cache", reason: "cancelled while others fetched them")])

  private func decide() -> CredentialState.Decision {
    let now = time.now()
    let uptime = time.uptime()
    return state.withLock { $0.decision(at: now, uptime: uptime) }
  }

  private func fetch() async throws(CredentialError) -> AWSCredentials {
    do throws(CredentialError) {
      let credentials = try await chain.resolve()
      state.withLock { $0.succeeded(credentials) }
      return credentials
    } catch {
      // A cancelled caller's failure says nothing about the provider.
      if !Task.isCancelled {
        let uptime = time.uptime()
        state.withLock { $0.failed(error, uptime: uptime) }
      }
      throw error
    }
  }
}
