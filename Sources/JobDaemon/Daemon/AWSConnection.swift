internal import AWSClient
internal import Foundation
internal import JobModel
internal import Logging

/// The AWS client of a command: the environment's, or a local simulator's.
struct AWSConnection: Sendable {
  let client: AWSClient
  /// For what is asked elsewhere: webhooks, pings, where ECR keeps images. Knows proxies and certificates.
  let transport: CurlTransport

  /// - Parameters:
  ///   - region: the job file's; the environment decides where it is nil.
  ///   - simulator: where a local command's calls go.
  static func make(
    region: String?, simulator: LocalSimulator.Running? = nil, time: any TimeSource, random: any RandomSource,
    logger: Logger
  ) async throws -> AWSConnection {
    let userAgent = "jobd/\(Version.current)"
    let proxies = HTTPProxySettings(environment: ProcessInfo.processInfo.environment)
    let plain = CurlTransport(CurlConfiguration(proxies: proxies, userAgent: userAgent), time: time)
    if let simulator {
      let client = try await local(
        simulator, CurlTransport(CurlConfiguration(userAgent: userAgent), time: time), time, random, logger)
      return AWSConnection(client: client, transport: plain)
    }
    // The shared files may name a bundle of certificates: they are read before the transport is made for good.
    let settings = try AWSSettings(environment: .system(transport: plain, time: time))
    let transport = CurlTransport(
      CurlConfiguration(caBundlePath: settings.caBundlePath, proxies: proxies, userAgent: userAgent), time: time)
    let client = try await AWSClient.make(
      AWSClientConfiguration(region: region), environment: .system(transport: transport, time: time), random: random,
      logger: logger)
    return AWSConnection(client: client, transport: transport)
  }

  /// For a command that asks and ends: only what keeps it from an answer is logged.
  static func forCommand(region: String?) async throws -> AWSConnection {
    var logger = Logger(label: "jobd") { DaemonLogHandler(label: $0) }
    logger.logLevel = .error
    return try await make(region: region, time: SystemTime(), random: SystemRandom(), logger: logger)
  }

  private static func local(
    _ simulator: LocalSimulator.Running, _ transport: CurlTransport, _ time: any TimeSource,
    _ random: any RandomSource, _ logger: Logger
  ) async throws -> AWSClient {
    // Nothing of the user's AWS set-up matters here.
    let environment = AWSEnvironment(
      variables: [:], homeDirectory: nil, readFile: { _ throws(AWSEnvironmentError) in nil },
      runProcess: { _ throws(AWSEnvironmentError) in throw AWSEnvironmentError(message: "a local run asks no program")
      },
      transport: transport, time: time)
    return try await AWSClient.make(
      AWSClientConfiguration(region: LocalSimulator.region, endpointURL: simulator.endpoint),
      environment: environment,
      credentials: simulator.credentials, random: random, logger: logger)
  }
}
