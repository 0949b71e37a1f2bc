import AWSClient
import JobModel
import Logging
import Synchronization
import TestSupport
import Testing

@testable import ECSDriver

/// A caller whose answers are written down beforehand; it keeps what it was asked.
final class ScriptedServices: AWSCaller {
  struct Call: Sendable {
    var service: AWSService
    var operation: String
    var input: JSONValue
    var options: AWSCallOptions
  }

  private struct State {
    var answers: [Result<AWSAnswer, AWSError>]
    var calls: [Call] = []
  }

  private let state: Mutex<State>

  init(_ answers: [Result<AWSAnswer, AWSError>]) { state = Mutex(State(answers: answers)) }

  var calls: [Call] { state.withLock { $0.calls } }

  func call(_ service: AWSService, _ operation: String, _ input: JSONValue) async throws(AWSError) -> JSONValue {
    try await answer(service, operation, input, options: AWSCallOptions()).output
  }

  func answer(
    _ service: AWSService, _ operation: String, _ input: JSONValue, options: AWSCallOptions
  ) async throws(AWSError) -> AWSAnswer {
    let answer: Result<AWSAnswer, AWSError> = state.withLock { state in
      state.calls.append(Call(service: service, operation: operation, input: input, options: options))
      return state.answers.isEmpty ? .failure(.cancelled) : state.answers.removeFirst()
    }
    return try answer.get()
  }
}

/// A driver with a caller whose answers are known.
struct ServiceFixture {
  let time = SteppingTime()
  let services: ScriptedServices
  let driver: ServiceTaskDriver

  init(_ answers: Result<AWSAnswer, AWSError>...) {
    services = ScriptedServices(answers)
    driver = ServiceFixture.driver(services, time)
  }

  static func driver(_ caller: any AWSCaller, _ time: any TimeSource) -> ServiceTaskDriver {
    ServiceTaskDriver(
      caller: caller, time: time, random: SeededRandom(seed: 1),
      logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
  }

  func launch(_ resource: String, _ arguments: JSONValue, number: Int = 1) throws -> Launch {
    try driver.prepare(
      TaskRequest(
        launch: LaunchID(run: .sample, number: number), task: 1, state: "Call",
        resource: resource.hasPrefix("arn:") ? resource : "arn:aws:states:::\(resource)", arguments: arguments),
      installation: "0123456789abcdef", at: time.now())
  }

  /// Prepares and starts.
  func run(_ resource: String, _ arguments: JSONValue, recovering: Bool = false) async throws -> LaunchReport {
    try await driver.start(try launch(resource, arguments), recovering: recovering)
  }

  /// Why arguments are not taken.
  func rejection(_ resource: String, _ arguments: JSONValue) -> TaskFailure? {
    do {
      _ = try launch(resource, arguments)
      return nil
    } catch { return error as? TaskFailure }
  }
}

/// A driver on the real client, whose transport is scripted: what goes over the wire, and what comes of an answer.
struct WireFixture {
  let transport: ScriptedTransport
  let driver: ServiceTaskDriver
  let time = SteppingTime()

  init(_ answers: Result<HTTPResponse, HTTPTransportError>...) throws {
    let transport = ScriptedTransport(answers)
    self.transport = transport
    let environment = AWSEnvironment(
      variables: [:], homeDirectory: nil, readFile: { _ throws(AWSEnvironmentError) in nil },
      runProcess: { _ async throws(AWSEnvironmentError) in throw AWSEnvironmentError(message: "no program") },
      transport: transport, time: time)
    let client = AWSClient(
      region: "eu-west-1", settings: try AWSSettings(environment: environment),
      credentials: StaticCredentials(AWSCredentials(accessKeyID: "AKEXAMPLE", secretAccessKey: "hunter2-secret")),
      random: SeededRandom(seed: 1), logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    driver = ServiceFixture.driver(client, time)
  }

  func run(_ resource: String, _ arguments: JSONValue) async throws -> LaunchReport {
    let request = TaskRequest(
      launch: LaunchID(run: .sample, number: 1), task: 1, state: "Call",
      resource: resource.hasPrefix("arn:") ? resource : "arn:aws:states:::\(resource)", arguments: arguments)
    let launch = try driver.prepare(request, installation: "0123456789abcdef", at: time.now())
    return try await driver.start(launch, recovering: false)
  }

  /// The one request's body, or its form with a pair a line.
  func body() throws -> String {
    try #require(transport.requests.count == 1)
    return String(decoding: transport.requests[0].body, as: UTF8.self)
  }

  func form() throws -> [String] { try body().split(separator: "&").map(String.init) }
}

extension LaunchReport {
  var output: JSONValue? { if case .succeeded(let output, _, _) = self { output } else { nil } }
}

extension Result where Success == HTTPResponse, Failure == HTTPTransportError {
  static func answer(_ status: Int, _ body: String, headers: HTTPHeaders) -> Self {
    .success(HTTPResponse(status: status, headers: headers, body: Array(body.utf8)))
  }
}

extension Result where Success == AWSAnswer, Failure == AWSError {
  static func output(_ output: JSONValue) -> Self { .success(AWSAnswer(output: output)) }
}
