import AWSClient
import JobModel
import Synchronization

/// Answers by a function of the request, and keeps every request.
final class ScriptedTransport: HTTPTransport {
  typealias Answer = @Sendable (_ index: Int) async -> Result<HTTPResponse, HTTPTransportError>

  private let answer: Answer
  private let sent = Mutex<[HTTPRequest]>([])

  init(_ answer: @escaping Answer) { self.answer = answer }

  /// The answers in order; the last is repeated.
  convenience init(_ answers: [Result<HTTPResponse, HTTPTransportError>]) {
    self.init { answers[min($0, answers.count - 1)] }
  }

  var requests: [HTTPRequest] { sent.withLock { $0 } }

  func send(_ request: HTTPRequest) async throws(HTTPTransportError) -> HTTPResponse {
    let index = sent.withLock { sent in
      sent.append(request)
      return sent.count - 1
    }
    return try await answer(index).get()
  }
}

extension Result where Success == HTTPResponse, Failure == HTTPTransportError {
  static func answer(_ status: Int, _ body: String = "") -> Self {
    .success(HTTPResponse(status: status, body: Array(body.utf8)))
  }

  static func failure(_ code: HTTPTransportError.Code, _ message: String = "it broke") -> Self {
    .failure(HTTPTransportError(code: code, message: message, mayHaveBeenSent: true))
  }
}

extension OutboxMessage {
  static func sample(
    to receiver: Receiver, event: NotificationEvent = .failed,
    body: String = #"{"JOBID": "nightly-report", "MESSAGE": "FAILED", "day": "2026-11-21"}"#
  ) -> OutboxMessage {
    OutboxMessage(
      id: "nightly-report.20261121T030000Z.0/FAILED/5c3a90e1", event: event, slot: RunID.sample.slot, rerun: 0,
      receiver: receiver, subject: "nightly-report FAILED", body: body, createdAt: .reference,
      nextAttemptAt: .reference)
  }
}
