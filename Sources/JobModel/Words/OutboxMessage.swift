/// A notification that is owed: written in the transaction that made it due, removed from the queue
/// only when the receiver took it.
public struct OutboxMessage: Hashable, Codable, Sendable {
  /// Derived from what it tells, such as `nightly-report.20261121T030000Z.0/failed`: telling twice is one row.
  public var id: String
  public var run: RunID
  public var topicARN: String
  /// At most 100 printable ASCII characters (SNS API, Publish).
  public var subject: String
  /// JSON text.
  public var body: String
  public var createdAt: Instant
  /// Sendings that failed so far.
  public var attempts: Int
  /// Not to be tried again before this.
  public var nextAttemptAt: Instant
  public var sentAt: Instant?
  /// Why the latest sending failed.
  public var lastError: String?
  /// Counts the writes of this message; a write names the version that it replaces, so that of two
  /// instances only one sends it.
  public var version: Int

  public init(
    id: String, run: RunID, topicARN: String, subject: String, body: String, createdAt: Instant,
    attempts: Int = 0, nextAttemptAt: Instant, sentAt: Instant? = nil, lastError: String? = nil, version: Int = 1
  ) {
    self.id = id
    self.run = run
    self.topicARN = topicARN
    self.subject = subject
    self.body = body
    self.createdAt = createdAt
    self.attempts = attempts
    self.nextAttemptAt = nextAttemptAt
    self.sentAt = sentAt
    self.lastError = lastError
    self.version = version
  }
}
