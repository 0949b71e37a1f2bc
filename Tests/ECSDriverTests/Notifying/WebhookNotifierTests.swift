import AWSClient
import JobModel
import TestSupport
import Testing

@testable import ECSDriver

@Suite("Posting to a webhook")
struct WebhookNotifierTests {
  private static let key = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
  private static let secret = SecretSource.environment(variable: "HOOK_KEY")
  private static let url = "https://hooks.example.com/services/s3cr3tpath?token=abcdef"

  private static let secrets = SecretReader(
    readFile: { _ throws(SecretError) in throw SecretError(message: "no file expected") },
    variable: { $0 == "HOOK_KEY" ? key : nil })

  private func notifier(_ transport: any HTTPTransport) -> WebhookNotifier {
    WebhookNotifier(transport: transport, time: SteppingTime(), secrets: Self.secrets)
  }

  /// Why a message is not taken; nil where it is.
  private func problem(
    _ transport: any HTTPTransport, url: String = url, secret: SecretSource? = secret
  ) async -> String? {
    do throws(NotificationError) {
      try await notifier(transport).send(.sample(to: .webhook(Webhook(url: url, secret: secret))))
      return nil
    } catch { return error.message }
  }

  @Test("A message arrives as signed JSON, whose signature can be checked by what arrives")
  func arrives() async throws {
    let server = try LoopbackServer { _, _ in .answer(LoopbackServer.response("thanks")) }
    defer { server.stop() }
    let transport = CurlTransport(CurlConfiguration(userAgent: "jobd/1.2.3"), time: SystemTime())
    let message = OutboxMessage.sample(
      to: .webhook(Webhook(url: server.url + "/hooks/s3cr3tpath?token=abcdef", secret: Self.secret)),
      body: #"{"JOBID": "nightly-report", "cause": "größer\n"}"#)
    try await notifier(transport).send(message)
    let seen = try #require(server.seen.first)
    #expect(seen.requestLine == "POST /hooks/s3cr3tpath?token=abcdef HTTP/1.1")
    #expect(String(decoding: seen.body, as: UTF8.self) == message.body)
    func header(_ name: String) -> String? {
      seen.head.split(separator: "\r\n").first { $0.lowercased().hasPrefix(name + ": ") }
        .map { String($0.dropFirst(name.count + 2)) }
    }
    #expect(header("content-type") == "application/json" && header("user-agent") == "jobd/1.2.3")
    #expect(header("webhook-id") == "nightly-report:20261121T030000Z:0/FAILED/5c3a90e1")
    #expect(header("webhook-timestamp") == "1795230000")
    let expected = WebhookSignature.signature(
      id: header("webhook-id") ?? "", timestamp: Int64(header("webhook-timestamp") ?? "") ?? 0, body: seen.body,
      key: try WebhookKey(Self.key, from: Self.secret))
    #expect(header("webhook-signature") == expected)
  }

  @Test("Without a key a message goes unsigned, and needs none")
  func unsigned() async throws {
    let transport = ScriptedTransport([.answer(204)])
    #expect(await problem(transport, secret: nil) == nil)
    let request = try #require(transport.requests.first)
    #expect(request.headers["webhook-signature"] == nil && request.headers["webhook-id"] != nil)
    #expect(request.totalTimeout == .seconds(15) && request.usesProxy)
  }

  @Test("A message to this machine goes through no proxy")
  func loopback() async throws {
    let transport = ScriptedTransport([.answer(200)])
    #expect(await problem(transport, url: "http://localhost:9000/x") == nil)
    #expect(transport.requests.first?.usesProxy == false)
  }

  @Test(
    "Only a 2xx takes a message",
    arguments: [
      (200, nil), (202, nil), (204, nil), (301, "redirects are not followed"), (308, "redirects are not followed"),
      (400, "refused the message: it answered 400"), (401, "URL and key"), (404, "check the webhook's URL"),
      (410, "wants no more messages"), (408, "did not confirm"), (429, "did not confirm"), (500, "did not confirm"),
      (503, "did not confirm the message: it answered 503"),
    ] as [(Int, String?)])
  func statuses(status: Int, words: String?) async {
    let said = "no\u{7} such\r\nhook /services/s3cr3tpath with abcdef"
    let problem = await problem(ScriptedTransport([.answer(status, said)]))
    guard let words else {
      #expect(problem == nil)
      return
    }
    let text = problem ?? ""
    #expect(text.contains(words) && text.contains("https://hooks.example.com") && text.contains("\(status)"), "\(text)")
    #expect(!text.contains("s3cr3tpath") && !text.contains("abcdef") && !text.contains("MfKQ"), "\(text)")
    #expect(text.unicodeScalars.allSatisfy { $0.value >= 0x20 })
  }

  @Test("Of an answer the first 200 bytes are shown, as one line")
  func shown() async {
    let said = String(repeating: "é\u{1B}[31m\n", count: 10_000)
    let text = await problem(ScriptedTransport([.answer(500, said)])) ?? ""
    let prefix = "webhook https://hooks.example.com did not confirm the message: it answered 500: "
    #expect(text.hasPrefix(prefix + "é [31m é [31m"))
    #expect((197...203).contains(text.utf8.count - prefix.utf8.count))
    let secret = await problem(ScriptedTransport([.answer(500, String(repeating: "s3cr3tpath", count: 1_000))])) ?? ""
    #expect(!secret.contains("s3c"), "\(secret)")
    #expect(await problem(ScriptedTransport([.success(HTTPResponse(status: 500, body: [0xFF, 0x00, 0xFE]))])) != nil)
  }

  @Test("A redirect is not followed")
  func redirect() async throws {
    let server = try LoopbackServer { _, _ in
      .answer(LoopbackServer.response("", status: "307 Temporary Redirect", headers: "Location: /elsewhere\r\n"))
    }
    defer { server.stop() }
    let text = await problem(CurlTransport(time: SystemTime()), url: server.url + "/s3cr3tpath") ?? ""
    #expect(text.contains("307") && server.seen.count == 1)
  }

  @Test(
    "Without an answer it is not confirmed, and the next sending is the same message with a new time",
    arguments: [HTTPTransportError.Code.timeout, .connectionFailed, .connectionBroken, .responseTooLarge])
  func outage(code: HTTPTransportError.Code) async throws {
    let transport = ScriptedTransport([
      .failure(code, "https://hooks.example.com: cannot reach /services/s3cr3tpath?token=abcdef"), .answer(200),
    ])
    let time = SteppingTime()
    let notifier = WebhookNotifier(transport: transport, time: time, secrets: Self.secrets)
    let message = OutboxMessage.sample(to: .webhook(Webhook(url: Self.url, secret: Self.secret)))
    let thrown = await #expect(throws: NotificationError.self) { try await notifier.send(message) }
    let text = thrown?.message ?? ""
    #expect(text.contains("did not confirm") && text.contains(code.rawValue), "\(text)")
    #expect(!text.contains("s3cr3tpath") && !text.contains("abcdef"), "\(text)")
    time.advance(by: .seconds(60))
    try await notifier.send(message)
    let headers = transport.requests.map(\.headers)
    #expect(headers.map { $0["webhook-id"] }.allSatisfy { $0 == headers[0]["webhook-id"] })
    #expect(headers.map { $0["webhook-timestamp"] } == ["1795230000", "1795230060"])
    #expect(headers[0]["webhook-signature"] != headers[1]["webhook-signature"])
  }

  @Test("A server that is gone keeps the message, and names no path")
  func gone() async throws {
    let port = try LoopbackServer.closedPort()
    let text = await problem(CurlTransport(time: SystemTime()), url: "http://127.0.0.1:\(port)/s3cr3tpath") ?? ""
    #expect(text.contains("127.0.0.1:\(port)") && text.contains("ConnectionFailed"), "\(text)")
    #expect(!text.contains("s3cr3tpath"))
  }

  @Test(
    "A key that is not there keeps the message, and nothing is sent unsigned",
    arguments: [
      (SecretSource.environment(variable: "NOT_SET"), "NOT_SET is not set"),
      (.file(path: "/nowhere/key"), "no file expected"),
    ])
  func noKey(secret: SecretSource, words: String) async {
    let transport = ScriptedTransport([.answer(200)])
    let text = await problem(transport, secret: secret) ?? ""
    #expect(text.contains(words) && text.contains("https://hooks.example.com") && !text.contains("s3cr3tpath"))
    #expect(transport.requests.isEmpty)
  }

  @Test("A URL that would send in the clear is refused")
  func plain() async {
    let transport = ScriptedTransport([.answer(200)])
    let text = await problem(transport, url: "http://hooks.example.com/s3cr3tpath") ?? ""
    #expect(text.contains("must begin with https://") && !text.contains("s3cr3tpath"), "\(text)")
    #expect(transport.requests.isEmpty)
  }
}
