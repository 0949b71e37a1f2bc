public import JobModel
public import Logging
internal import Synchronization

/// What a client is made with; what is nil comes from the environment and the shared files.
public struct AWSClientConfiguration: Equatable, Sendable {
  public var region: String?
  public var profile: String?
  /// One endpoint for every service, such as a simulator's.
  public var endpointURL: String?
  public var retry: RetryPolicy
  public var connectTimeout: Duration
  /// Of one try.
  public var totalTimeout: Duration

  public init(
    region: String? = nil, profile: String? = nil, endpointURL: String? = nil, retry: RetryPolicy = RetryPolicy(),
    connectTimeout: Duration = .seconds(3), totalTimeout: Duration = .seconds(30)
  ) {
    self.region = region
    self.profile = profile
    self.endpointURL = endpointURL
    self.retry = retry
    self.connectTimeout = connectTimeout
    self.totalTimeout = totalTimeout
  }
}

/// Calls AWS: waits for the rate limit, signs, sends, reads, and tries again where that is safe.
public final class AWSClient: AWSCaller {
  public let region: String
  private let configuration: AWSClientConfiguration
  private let settings: AWSSettings
  private let source: any CredentialSource
  private let random: any RandomSource
  private let logger: Logger
  private let limiter: RateLimiter
  private let counted = Mutex(AWSClientCounters())
  private struct Place: Hashable {
    var service: AWSService
    var region: String
  }

  /// Where services are: settings do not change while a client lives.
  private let endpoints = Mutex<[Place: ServiceEndpoint]>([:])
  /// What AWS's clock is ahead of this machine's; learnt when AWS complains.
  private let clockOffset = Mutex(Duration.zero)

  private var transport: any HTTPTransport { settings.environment.transport }
  private var time: any TimeSource { settings.environment.time }

  /// - Parameters:
  ///   - region: see ``make(_:environment:random:logger:)``, which finds it.
  ///   - credentials: nil asks the default chain: environment, web identity, profile, container, metadata.
  public init(
    region: String, settings: AWSSettings, configuration: AWSClientConfiguration = AWSClientConfiguration(),
    credentials: (any CredentialSource)? = nil, random: any RandomSource, logger: Logger
  ) {
    self.region = region
    self.configuration = configuration
    self.settings = settings
    let time = settings.environment.time
    source = credentials ?? CredentialCache(settings.credentialChain(region: region), time: time)
    self.random = random
    self.logger = logger
    limiter = RateLimiter(time: time)
  }

  /// Reads the environment and the shared files, and finds the region: the given one, `AWS_REGION`,
  /// `AWS_DEFAULT_REGION`, the profile's, the instance's.
  public static func make(
    _ configuration: AWSClientConfiguration = AWSClientConfiguration(), environment: AWSEnvironment,
    credentials: (any CredentialSource)? = nil, random: any RandomSource, logger: Logger
  ) async throws(AWSConfigurationError) -> AWSClient {
    let settings: AWSSettings
    do throws(AWSEnvironmentError) {
      settings = try AWSSettings(environment: environment, profile: configuration.profile)
    } catch { throw AWSConfigurationError(message: error.message) }
    let region = try await settings.findRegion(given: configuration.region)
    // A wrong endpoint is better told now than at the first call.
    for service in [AWSService.ecs, .sns, .sts] {
      _ = try settings.endpoint(for: service, region: region, override: configuration.endpointURL)
    }
    return AWSClient(
      region: region, settings: settings, configuration: configuration, credentials: credentials, random: random,
      logger: logger)
  }

  /// Goes by other quotas than the usual ones from now on, in place of those given before.
  public func setQuotas(_ quotas: [RequestQuota: RequestRate]) { limiter.set(quotas) }

  public var counters: AWSClientCounters { counted.withLock { $0 } }

  public func call(
    _ service: AWSService, _ operation: String, _ input: JSONValue
  ) async throws(AWSError) -> JSONValue {
    try await answer(service, operation, input, options: AWSCallOptions()).output
  }

  public func answer(
    _ service: AWSService, _ operation: String, _ input: JSONValue, options: AWSCallOptions
  ) async throws(AWSError) -> AWSAnswer {
    let name = "\(service.name).\(operation)"
    count(name) { $0.calls += 1 }
    do throws(AWSError) {
      return try await tryRepeatedly(service, operation, input, options)
    } catch {
      count(name) { $0.failures += 1 }
      throw error
    }
  }

  private func count(_ name: String, _ change: (inout AWSClientCounters.Operation) -> Void) {
    counted.withLock { change(&$0.operations[name, default: AWSClientCounters.Operation()]) }
  }
}

/// One call, try by try.
extension AWSClient {
  private func tryRepeatedly(
    _ service: AWSService, _ operation: String, _ input: JSONValue, _ options: AWSCallOptions
  ) async throws(AWSError) -> AWSAnswer {
    let name = "\(service.name).\(operation)"
    let isIdempotent = options.isIdempotent(service, operation, input)
    let call = try singleCall(service, operation, input, options, isIdempotent)
    let costs = RateLimits.costs(service, operation, input)
    let start = time.uptime()
    var waited = Duration.zero
    var repairs = AWSCallRepairs()
    var attempt = 1
    var mayBeDone = false
    while true {
      let wait = try await acquire(costs, call.signingRegion, name)
      waited += wait
      let credentials = await credentials()
      let now = try await timeToSign(options.permit, name)
      // All three may have taken long. What is signed in time is on its way for the total timeout at the most; where
      // the process is halted from here on, AWS does not take a signature of five minutes ago.
      if case .success = credentials, let notAfter = options.notAfter, time.uptime() > notAfter {
        let late = AWSError(
          kind: .notSent, code: "TooLate", message: "\(name): the call waited too long to be sent")
        throw mayBeDone ? AWSClient.considering(late, operation) : late
      }
      let (outcome, signature) = await attemptOnce(call, credentials, at: now)
      let error: AWSError
      switch outcome.result {
      case .success(let answer): return answer
      case .failure(let failure): error = failure
      }
      if error.kind == .throttled {
        count(name) { $0.throttles += 1 }
        limiter.throttled(costs, region: call.signingRegion)
      }
      if await repair(&repairs, error, outcome.headers, signature) {
        count(name) { $0.retries += 1 }
        continue
      }
      let delay = configuration.retry.delay(
        after: error, attempt: attempt, isIdempotent: isIdempotent,
        retryAfter: RetryPolicy.retryAfter(outcome.headers, at: serverTime()),
        elapsed: time.uptime() - start - waited, random: random.next())
      mayBeDone = mayBeDone || error.kind == .ambiguous
      guard let delay else { throw mayBeDone ? AWSClient.considering(error, operation) : error }
      logger.debug("trying an AWS call again", metadata: ["error": "\(error.code)"])
      count(name) { $0.retries += 1 }
      guard (try? await time.sleep(for: delay)) != nil else { throw AWSClient.cancelled(name, after: error) }
      attempt += 1
    }
  }

  private func singleCall(
    _ service: AWSService, _ operation: String, _ input: JSONValue, _ options: AWSCallOptions, _ isIdempotent: Bool
  ) throws(AWSError) -> SingleCall {
    let region = options.region ?? self.region
    return SingleCall(
      service: service, operation: operation, input: input, endpoint: try endpoint(of: service, region),
      signingRegion: AWSSettings.signingRegion(of: service, region: region),
      connectTimeout: configuration.connectTimeout,
      totalTimeout: options.totalTimeout ?? configuration.totalTimeout,
      mayBeRepeated: isIdempotent)
  }

  private func endpoint(of service: AWSService, _ region: String) throws(AWSError) -> ServiceEndpoint {
    let place = Place(service: service, region: region)
    if let known = endpoints.withLock({ $0[place] }) { return known }
    do throws(AWSConfigurationError) {
      let endpoint = try settings.endpoint(for: service, region: region, override: configuration.endpointURL)
      endpoints.withLock { $0[place] = endpoint }
      return endpoint
    } catch { throw AWSError(kind: .notSent, code: "InvalidEndpoint", message: error.message) }
  }

  private func acquire(_ costs: [RateLimits.Cost], _ region: String, _ name: String) async throws(AWSError) -> Duration
  {
    do throws(CancellationError) {
      let wait = try await limiter.acquire(costs, region: region)
      if wait > .zero { count(name) { $0.waited += wait } }
      return wait
    } catch { throw AWSError(kind: .cancelled, code: "Cancelled", message: "\(name): cancelled") }
  }

  /// The time that a signature is to bear. It was read before the permit was seen to hold: however long the process is
  /// halted after that, AWS takes the signature for as old as it is.
  private func timeToSign(_ permit: AWSCallOptions.Permit?, _ name: String) async throws(AWSError) -> Instant {
    guard let permit else { return serverTime() }
    while true {
      let limit: Duration
      do throws(CancellationError) { limit = try await permit() } catch {
        throw AWSError(kind: .cancelled, code: "Cancelled", message: "\(name): cancelled, its permit is gone")
      }
      let now = serverTime()
      if time.uptime() <= limit { return now }
    }
  }

  /// Whose signature a try bore, and of what time; nil where there were no credentials.
  private typealias Signature = (credentials: AWSCredentials, at: Instant)

  private func credentials() async -> Result<AWSCredentials, AWSError> {
    do throws(CredentialError) { return .success(try await source.credentials()) } catch {
      let kind: AWSError.Kind = Task.isCancelled ? .cancelled : .notSent
      return .failure(AWSError(kind: kind, code: "NoCredentials", message: error.description))
    }
  }

  private func attemptOnce(
    _ call: SingleCall, _ credentials: Result<AWSCredentials, AWSError>, at now: Instant
  ) async -> (SingleCall.Outcome, Signature?) {
    switch credentials {
    case .failure(let failure): return (SingleCall.Outcome(result: .failure(failure)), nil)
    case .success(let credentials):
      return (await call.perform(transport, credentials: credentials, at: now), (credentials, now))
    }
  }

  /// AWS's idea of the time.
  private func serverTime() -> Instant { time.now() + clockOffset.withLock { $0 } }

  /// Mends what a refusal complains about, each thing a few times a call at the most.
  ///
  /// - Returns: whether the call is worth another try at once.
  private func repair(
    _ repairs: inout AWSCallRepairs, _ error: AWSError, _ headers: HTTPHeaders, _ signature: Signature?
  ) async -> Bool {
    guard let signature else { return false }
    let serverDate = headers["date"].flatMap(HTTPDate.parse)
    switch repairs.next(for: error, serverDate: serverDate, signedAt: signature.at, now: time.now()) {
    case .setOffset(let offset):
      clockOffset.withLock { $0 = offset }
      logger.warning("the clock differs from AWS's; signing with AWS's time", metadata: ["error": "\(error.code)"])
      return true
    case .renewCredentials:
      await source.invalidate(signature.credentials)
      return true
    case nil: return false
    }
  }

  /// What the last try's error means after an earlier one that may have been done: that one's effect is
  /// not undone by AWS turning the repetition away.
  ///
  /// A ConflictException stays what it is: it names what the earlier try did. Reading has no effect.
  private static func considering(_ error: AWSError, _ operation: String) -> AWSError {
    guard [.refused, .throttled, .notSent].contains(error.kind), error.code != "ConflictException",
      !AWSCallOptions.isReading(operation)
    else { return error }
    var error = error
    error.kind = .ambiguous
    error.message += " (an earlier try of this call may have been done)"
    return error
  }

  private static func cancelled(_ name: String, after error: AWSError) -> AWSError {
    AWSError(
      kind: .cancelled, code: "Cancelled", message: "\(name): cancelled before another try after \(error.code)",
      httpStatus: error.httpStatus, requestID: error.requestID)
  }
}
