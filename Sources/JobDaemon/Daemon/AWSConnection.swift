internal import AWSClient
internal import Foundation
internal import JobModel
internal import Logging

/// The AWS client of a command: the environment's, or a local simulator's.
enum AWSConnection {
  /// - Parameters:
  ///   - region: the job file's; the environment decides where it is nil.
  ///   - simulator: where a local command's calls go.
  static func make(
    region: String?, simulator: LocalSimulator.Running?, time: any TimeSource, random: any RandomSource,
    logger: Logger
  ) async throws -> AWSClient {
    let variables = ProcessInfo.processInfo.environment
    let userAgent = "jobd/\(Version.current)"
    if let simulator {
      let transport = CurlTransport(CurlConfiguration(userAgent: userAgent), time: time)
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
    let proxies = HTTPProxySettings(environment: variables)
    // The shared files may name a bundle of certificates: they are read before the transport is made for good.
    let plain = CurlTransport(CurlConfiguration(proxies: proxies, userAgent: userAgent), time: time)
    let settings = try AWSSettings(environment: .system(transport: plain, time: time))
    let transport = CurlTransport(
      CurlConfiguration(caBundlePath: settings.caBundlePath, proxies: proxies, userAgent: userAgent), time: time)
    return try await AWSClient.make(
      AWSClientConfiguration(region: region), environment: .system(transport: transport, time: time), random: random,
      logger: logger)
  }
}
