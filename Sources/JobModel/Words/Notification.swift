/// What somebody may want to be told.
public enum NotificationEvent: String, Codable, Sendable, CaseIterable {
  /// A run ended as FAILED or TIMED_OUT.
  case failed
  /// A run succeeded after one that had failed.
  case recovered
  /// A slot's time passed while no instance could run it, or what it waited for never came.
  case missed
  /// A slot has not succeeded by its time and `lateAfter`.
  case late
  /// A run goes on for longer than `tooLongAfter`.
  case tooLong
}

/// Who is told.
public enum Receiver: Hashable, Codable, Sendable {
  /// An SNS topic, standard or FIFO.
  case topic(arn: String)
  case webhook(Webhook)

  /// For people: never with a secret.
  public var name: String {
    switch self {
    case .topic(let arn): arn
    case .webhook(let webhook): webhook.name
    }
  }
}

/// An HTTPS URL that takes messages, signed as Standard Webhooks describes.
public struct Webhook: Hashable, Codable, Sendable {
  public var url: String
  /// Where the key is with which messages are signed; nil for unsigned ones.
  public var secret: SecretSource?

  public init(url: String, secret: SecretSource? = nil) {
    self.url = url
    self.secret = secret
  }

  /// Scheme and host alone: the path of such a URL is often a secret in itself.
  public var name: String {
    guard let separator = url.firstRange(of: "://") else { return "webhook" }
    let authority = url[separator.upperBound...].prefix { !"/?#".contains($0) }
    let host = authority.split(separator: "@").last ?? ""
    return String(url[..<separator.upperBound] + host)
  }
}

/// Where a secret is found when it is needed. The secret itself stands in no job file and no table.
public enum SecretSource: Hashable, Codable, Sendable {
  case file(path: String)
  case environment(variable: String)
}

/// A receiver, and what it wants to be told.
public struct Subscription: Hashable, Codable, Sendable {
  public var receiver: Receiver
  public var events: Set<NotificationEvent>

  public init(receiver: Receiver, events: Set<NotificationEvent> = Set(NotificationEvent.allCases)) {
    self.receiver = receiver
    self.events = events
  }
}

extension Set where Element == NotificationEvent {
  /// In a fixed order, for texts and encodings.
  public var inOrder: [NotificationEvent] { NotificationEvent.allCases.filter(contains) }
}
