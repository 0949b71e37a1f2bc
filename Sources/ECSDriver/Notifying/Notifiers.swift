public import JobModel

/// Hands each message to whoever can reach its receiver.
public struct Notifiers: Notifier {
  private let topics: any Notifier
  private let webhooks: any Notifier

  public init(topics: any Notifier, webhooks: any Notifier) {
    self.topics = topics
    self.webhooks = webhooks
  }

  public func send(_ message: OutboxMessage) async throws(NotificationError) {
    switch message.receiver {
    case .topic: try await topics.send(message)
    case .webhook: try await webhooks.send(message)
    }
  }
}
