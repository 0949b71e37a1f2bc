/// Why a message was not taken.
public struct NotificationError: Error, Equatable, Sendable {
  public var message: String

  public init(message: String) { self.message = message }
}

/// Tells somebody outside.
public protocol Notifier: Sendable {
  /// Returns when the receiver has taken the message.
  func send(_ message: OutboxMessage) async throws(NotificationError)
}
