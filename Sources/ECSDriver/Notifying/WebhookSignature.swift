internal import AWSClient
internal import Foundation
internal import JobModel

/// The key that a webhook's receiver shares with jobd (Standard Webhooks 1.0.0, "Signature scheme").
struct WebhookKey: Sendable {
  /// What the specification asks for.
  static let fewestBytes = 24
  private static let prefix = "whsec_"

  let bytes: [UInt8]

  /// - Parameters:
  ///   - text: `whsec_` and Base64, or any text of which the bytes are the key.
  ///   - source: where it was found, for errors.
  init(_ text: String, from source: SecretSource) throws(SecretError) {
    if text.hasPrefix(WebhookKey.prefix) {
      guard let data = Data(base64Encoded: String(text.dropFirst(WebhookKey.prefix.count))) else {
        throw SecretError(message: "\(source.place) begins with whsec_, but what follows is no Base64")
      }
      bytes = Array(data)
    } else {
      guard !text.hasPrefix("whsk_"), !text.hasPrefix("whpk_") else {
        throw SecretError(
          message: "\(source.place) holds a key of an asymmetric pair; jobd signs with a shared key (whsec_…)")
      }
      bytes = Array(text.utf8)
    }
    guard bytes.count >= WebhookKey.fewestBytes else {
      throw SecretError(
        message: "\(source.place) is too short: a key has at least \(WebhookKey.fewestBytes) bytes, this one"
          + " \(bytes.count); make one with: echo \"whsec_$(openssl rand -base64 32)\"")
    }
  }
}

extension WebhookKey: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  var description: String { "a key of \(bytes.count) bytes" }
  var debugDescription: String { description }
  var customMirror: Mirror { Mirror(self, children: [:]) }
}

/// The headers of Standard Webhooks 1.0.0 (https://www.standardwebhooks.com, "Webhook headers"). Pure.
enum WebhookSignature {
  /// - Parameter key: nil for a message that is not signed.
  static func headers(messageID: String, body: [UInt8], at now: Instant, key: WebhookKey?) -> HTTPHeaders {
    let id = identifier(messageID)
    var headers: HTTPHeaders = ["webhook-id": id, "webhook-timestamp": String(now.seconds)]
    if let key { headers["webhook-signature"] = signature(id: id, timestamp: now.seconds, body: body, key: key) }
    return headers
  }

  /// `v1,` and the Base64 of HMAC-SHA-256 over `<id>.<timestamp>.<body>`.
  static func signature(id: String, timestamp: Int64, body: [UInt8], key: WebhookKey) -> String {
    let signed = Array("\(id).\(timestamp).".utf8) + body
    return "v1," + Data(SHA256.authenticate(signed, key: key.bytes)).base64EncodedString()
  }

  /// A message's id with `:` for `.`, which parts the signed text and may not stand in an id; no id holds a `:`.
  static func identifier(_ messageID: String) -> String { messageID.replacing(".", with: ":") }
}
