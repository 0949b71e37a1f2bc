public import AWSClient
public import JobModel
public import Logging

/// Asks a URL for as long as jobd is healthy, so that somebody else notices when that stops: a monitor that
/// expects the ping tells when it stays away, also where machine and network are gone.
public struct DeadManPing: Sendable {
  /// Of one request.
  static let timeout = Duration.seconds(10)
  /// After a failure, before the one other try.
  static let retryWait = Duration.seconds(2)
  /// Between two pings, however long the first took.
  static let shortestWait = Duration.seconds(1)
  /// Bytes of an answer, which is not looked at.
  static let maximumAnswerBytes = 1 << 20

  private let url: SecretURL
  private let interval: Duration
  private let transport: any HTTPTransport
  private let time: any TimeSource
  private let logger: Logger
  private let healthProblem: @Sendable () async -> String?

  /// - Parameters:
  ///   - url: `https`; often a secret in itself. Only scheme and host are logged.
  ///   - interval: from the beginning of one ping to the next.
  ///   - healthProblem: why jobd is not healthy, in words; nil while it is. One that never answers keeps the
  ///     ping away, as it should.
  public init(
    url: String, every interval: Duration, transport: any HTTPTransport, time: any TimeSource, logger: Logger,
    healthProblem: @escaping @Sendable () async -> String?
  ) throws(SecretURLError) {
    self.url = try SecretURL(url)
    self.interval = interval
    self.transport = transport
    self.time = time
    self.logger = logger
    self.healthProblem = healthProblem
  }

  /// What became of a ping.
  enum Outcome: Equatable, Sendable {
    case taken
    case notTaken(String)
    case withheld(reason: String)

    /// Whether both are worth one line of the log.
    func isLike(_ other: Outcome?) -> Bool {
      switch (self, other) {
      case (.taken, .taken), (.notTaken, .notTaken), (.withheld, .withheld): true
      default: false
      }
    }
  }

  /// Until the task is cancelled: at once, then every interval, one after the other.
  public func run() async {
    var latest: Outcome?
    while !Task.isCancelled {
      let start = time.uptime()
      let outcome = await ping()
      // What a cancelled request says is no news.
      if Task.isCancelled { return }
      if !outcome.isLike(latest) { log(outcome, after: latest) }
      latest = outcome
      let rest = interval - (time.uptime() - start)
      do { try await time.sleep(for: max(rest, Self.shortestWait)) } catch { return }
    }
  }

  private func ping() async -> Outcome {
    if let problem = await healthProblem() { return .withheld(reason: problem) }
    if await request() == nil { return .taken }
    guard (try? await time.sleep(for: Self.retryWait)) != nil else { return .notTaken("cancelled") }
    return await request().map { .notTaken($0) } ?? .taken
  }

  /// Why the ping was not taken; nil where it was.
  private func request() async -> String? {
    do throws(HTTPTransportError) {
      let response = try await transport.send(
        HTTPRequest(
          method: "GET", url: url.text, connectTimeout: Self.timeout, totalTimeout: Self.timeout,
          maximumResponseBytes: Self.maximumAnswerBytes, usesProxy: !url.isLoopback))
      return (200..<300).contains(response.status) ? nil : "\(url) answered \(response.status)"
    } catch { return url.removed(from: error.description) }
  }

  private func log(_ outcome: Outcome, after latest: Outcome?) {
    var metadata: Logger.Metadata = ["url": "\(url)"]
    switch outcome {
    case .taken where latest == nil: logger.info("the dead-man ping is taken", metadata: metadata)
    case .taken: logger.notice("the dead-man ping is taken again", metadata: metadata)
    case .notTaken(let error):
      metadata["error"] = "\(error)"
      logger.warning("the dead-man ping is not taken", metadata: metadata)
    case .withheld(let reason):
      metadata["reason"] = "\(reason)"
      logger.warning("the dead-man ping is withheld: jobd is not healthy", metadata: metadata)
    }
  }
}
