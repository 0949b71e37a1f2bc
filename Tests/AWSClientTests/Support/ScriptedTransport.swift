import AWSClient
import JobModel
import Synchronization
import TestSupport

/// Answers by a function of the request, and keeps every request.
final class ScriptedTransport: HTTPTransport {
  typealias Answer = @Sendable (_ index: Int, _ request: HTTPRequest) -> Result<HTTPResponse, HTTPTransportError>

  private let answer: Answer
  private let sent = Mutex<[HTTPRequest]>([])

  init(_ answer: @escaping Answer) { self.answer = answer }

  /// The answers in order; the last is repeated.
  convenience init(_ answers: [Result<HTTPResponse, HTTPTransportError>]) {
    self.init { index, _ in answers[min(index, answers.count - 1)] }
  }

  var requests: [HTTPRequest] { sent.withLock { $0 } }

  func send(_ request: HTTPRequest) async throws(HTTPTransportError) -> HTTPResponse {
    let index = sent.withLock { sent in
      sent.append(request)
      return sent.count - 1
    }
    return try answer(index, request).get()
  }
}

extension Result where Success == HTTPResponse, Failure == HTTPTransportError {
  static func answer(_ status: Int, _ body: String, _ headers: HTTPHeaders = [:]) -> Self {
    .success(HTTPResponse(status: status, headers: headers, body: Array(body.utf8)))
  }

  static let unreachable = Self.failure(
    HTTPTransportError(code: .connectionFailed, message: "nobody there", mayHaveBeenSent: false))
  static let broken = Self.failure(
    HTTPTransportError(code: .connectionBroken, message: "it broke", mayHaveBeenSent: true))
}

/// Where tests stand: 2026-11-21T03:00:00Z.
let testNow = Instant(seconds: 1_795_230_000)

/// An environment of given variables and files, whose home is /home/u.
func testEnvironment(
  _ variables: [String: String] = [:], files: [String: String] = [:],
  process: @escaping @Sendable (String) -> Result<String, AWSEnvironmentError> = { _ in
    .failure(AWSEnvironmentError(message: "no program expected"))
  },
  transport: any HTTPTransport = ScriptedTransport([.unreachable]), time: any TimeSource = ManualTime(now: testNow)
) -> AWSEnvironment {
  AWSEnvironment(
    variables: variables, homeDirectory: "/home/u",
    readFile: { (path) throws(AWSEnvironmentError) in files[path].map { Array($0.utf8) } },
    runProcess: { (command) async throws(AWSEnvironmentError) in Array(try process(command).get().utf8) },
    transport: transport, time: time)
}

/// A wall clock and a monotonic one of which sleeping takes no time: it moves them.
final class EagerTime: TimeSource {
  private let passed = Mutex(Duration.zero)

  func now() -> Instant { testNow + passed.withLock { $0 } }
  func uptime() -> Duration { passed.withLock { $0 } }
  func sleep(for duration: Duration) async throws {
    try Task.checkCancellation()
    passed.withLock { $0 += duration }
  }
}
