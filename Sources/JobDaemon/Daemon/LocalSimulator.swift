internal import AWSClient
internal import ECSSimulator
internal import JobModel
internal import Logging

/// The ECS and SNS endpoint of `jobd serve --local`: on loopback, with credentials drawn at random, since
/// whoever holds them starts processes as this user.
struct LocalSimulator: Sendable {
  static let region = "us-east-1"
  /// It shows a task at once, so one that it does not know ended with an earlier daemon.
  static let appearance = Duration.seconds(5)
  /// Where containers log whose task definition says nothing of logs.
  static let logGroup = "/jobd/local"

  let stateDirectory: String
  let time: any TimeSource
  let random: any RandomSource
  let logger: Logger

  /// Where a simulator listens, and for whom.
  struct Running: Sendable {
    var endpoint: String
    var credentials: any CredentialSource
  }

  /// Serves while `body` runs; the processes of its tasks end with it.
  func run(_ body: (Running) async throws -> Void) async throws {
    let secret = (0..<4).map { _ in String(random.next(), radix: 36) }.joined()
    let credentials = AWSCredentials(accessKeyID: "AKIALOCAL", secretAccessKey: secret)
    var configuration = ECSSimulatorConfiguration()
    configuration.region = Self.region
    configuration.credentials = [credentials]
    configuration.autoCreate = true
    configuration.defaultLogGroup = Self.logGroup
    configuration.stateFolder = stateDirectory + "/tasks"
    let simulator = ECSSimulator(configuration: configuration, time: time, random: random, logger: logger)
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await simulator.run() }
      let port = try await simulator.port()
      let running = Running(endpoint: "http://127.0.0.1:\(port)", credentials: StaticCredentials(credentials))
      do {
        try await body(running)
      } catch {
        group.cancelAll()
        throw error
      }
      group.cancelAll()
      while let ended = await group.nextResult() {
        if case .failure(let error) = ended, !(error is CancellationError) { throw error }
      }
    }
  }
}
