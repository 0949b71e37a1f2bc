public import AWSClient
public import JobModel

/// Posts a message's JSON to a webhook, signed as Standard Webhooks describes. The outbox repeats what was not
/// taken, with the same `webhook-id`.
///
/// The URL's path, the key and the signature are secrets: errors name scheme and host alone.
public struct WebhookNotifier: Notifier {
  /// For name resolution, connection and TLS together.
  static let connectTimeout = Duration.seconds(5)
  /// A receiver that takes longer should answer first and work later.
  static let timeout = Duration.seconds(15)
  /// Bytes of an answer; only the first few are ever shown.
  static let maximumAnswerBytes = 1 << 20
  /// Bytes of an answer's text that an error shows.
  static let shownBytes = 200

  private let transport: any HTTPTransport
  private let time: any TimeSource
  private let secrets: SecretReader

  /// - Parameter transport: knows proxies, certificates and what jobd calls itself.
  public init(transport: any HTTPTransport, time: any TimeSource, secrets: SecretReader = .system) {
    self.transport = transport
    self.time = time
    self.secrets = secrets
  }

  public func send(_ message: OutboxMessage) async throws(NotificationError) {
    guard case .webhook(let webhook) = message.receiver else {
      throw NotificationError(message: "\(message.receiver.name) is no webhook")
    }
    let url: SecretURL
    do throws(SecretURLError) { url = try SecretURL(webhook.url) } catch {
      throw NotificationError(message: "the URL of webhook \(webhook.name) \(error.message)")
    }
    let request = try request(message, webhook, url)
    let response: HTTPResponse
    do throws(HTTPTransportError) { response = try await transport.send(request) } catch {
      throw NotificationError(
        message: "webhook \(url) did not confirm the message: \(url.removed(from: error.description))")
    }
    if let problem = WebhookNotifier.problem(with: response, from: url) { throw NotificationError(message: problem) }
  }

  private func request(
    _ message: OutboxMessage, _ webhook: Webhook, _ url: SecretURL
  ) throws(NotificationError) -> HTTPRequest {
    let body = Array(message.body.utf8)
    let key: WebhookKey?
    do throws(SecretError) { key = try webhook.secret.map { source throws(SecretError) in try self.key(source) } } catch
    {
      throw NotificationError(message: "the message for webhook \(url) cannot be signed: \(error.message)")
    }
    var headers = WebhookSignature.headers(messageID: message.id, body: body, at: time.now(), key: key)
    headers["Content-Type"] = "application/json"
    return HTTPRequest(
      method: "POST", url: url.text, headers: headers, body: body, connectTimeout: Self.connectTimeout,
      totalTimeout: Self.timeout, maximumResponseBytes: Self.maximumAnswerBytes, usesProxy: !url.isLoopback)
  }

  private func key(_ source: SecretSource) throws(SecretError) -> WebhookKey {
    try WebhookKey(try secrets.text(of: source), from: source)
  }

  /// Nil where the message was taken.
  private static func problem(with response: HTTPResponse, from url: SecretURL) -> String? {
    let status = response.status
    let said = shown(response.body, from: url)
    let quoted = said.isEmpty ? "" : ": \(said)"
    switch status {
    case 200..<300: return nil
    case 300..<400:
      return "webhook \(url) refused the message: it answered \(status), and redirects are not followed; give the URL"
        + " that it leads to"
    case 408, 425, 429: break
    case 400..<500: return "webhook \(url) refused the message: it answered \(status)\(remedy(status))\(quoted)"
    default: break
    }
    return "webhook \(url) did not confirm the message: it answered \(status)\(quoted)"
  }

  private static func remedy(_ status: Int) -> String {
    switch status {
    case 401, 403: " (check the webhook's URL and key)"
    case 404: " (check the webhook's URL)"
    case 410: " (gone: it wants no more messages; take it out of the job file)"
    default: ""
    }
  }

  /// The beginning of an answer as one line of plain text, without what it repeats of the URL.
  private static func shown(_ body: [UInt8], from url: SecretURL) -> String {
    let plain = String(decoding: body, as: UTF8.self).unicodeScalars.map { scalar -> Character in
      switch scalar.properties.generalCategory {
      case .control, .format, .lineSeparator, .paragraphSeparator: " "
      default: Character(scalar)
      }
    }
    let line = String(plain).split(separator: " ").joined(separator: " ")
    let clean = url.removed(from: line)
    guard clean.utf8.count > shownBytes else { return clean }
    var end = clean.utf8.index(clean.startIndex, offsetBy: shownBytes)
    while end.samePosition(in: clean.unicodeScalars) == nil { end = clean.utf8.index(before: end) }
    return String(clean[..<end]) + "…"
  }
}
