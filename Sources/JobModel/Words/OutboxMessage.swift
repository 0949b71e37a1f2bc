/// A notification that is owed: written in the transaction that made it due, removed from the queue
/// only when the receiver took it.
public struct OutboxMessage: Hashable, Codable, Sendable {
  /// Derived from what it tells, such as `nightly-report.20261121T030000Z.0/failed`: telling twice is one row.
  public var id: String
  public var event: NotificationEvent
  public var slot: SlotKey
  /// Which of the slot's runs; nil where it was never run.
  public var rerun: Int?
  public var receiver: Receiver
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
    id: String, event: NotificationEvent, slot: SlotKey, rerun: Int? = nil, receiver: Receiver, subject: String,
    body: String, createdAt: Instant,
    attempts: Int = 0, nextAttemptAt: Instant, sentAt: Instant? = nil, lastError: String? = nil, version: Int = 1
  ) {
    self.id = id
    self.event = event
    self.slot = slot
    self.rerun = rerun
    self.receiver = receiver
    self.subject = subject
    self.body = body
    self.createdAt = createdAt
    self.attempts = attempts
    self.nextAttemptAt = nextAttemptAt
    self.sentAt = sentAt
    self.lastError = lastError
    self.version = version
  }

  public var run: RunID? { rerun.map { RunID(slot: slot, rerun: $0) } }
}
