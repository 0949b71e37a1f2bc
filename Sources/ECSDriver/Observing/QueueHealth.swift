internal import AWSClient

/// Whether the queue can be read, and what is to be said about it: a line per change. A value.
struct QueueHealth: Equatable, Sendable {
  enum State: Equatable, Sendable {
    case works
    case fails(code: String)
  }

  /// Nil until it was tried.
  private(set) var state: State?

  /// - Returns: whether that is news.
  mutating func worked() -> Bool {
    defer { state = .works }
    return state != .works
  }

  /// - Returns: whether that is news; another error is.
  mutating func failed(_ error: AWSError) -> Bool {
    let failing = State.fails(code: error.code)
    defer { state = failing }
    return state != failing
  }

  /// What went wrong, and what helps.
  static func sentence(_ error: AWSError) -> String {
    "\(error.code): \(error.message)" + (remedy(error).map { "; \($0)" } ?? "")
  }

  /// Names of SQS's JSON protocol, and of the older Query protocol, which emulators still use (SQS API,
  /// "Common errors").
  private static func remedy(_ error: AWSError) -> String? {
    switch error.code {
    case "AccessDenied", "AccessDeniedException":
      "allow sqs:ReceiveMessage and sqs:DeleteMessage on the queue"
    case "QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue", "NonExistentQueue":
      "check `events.queueUrl`, and that sqs:ReceiveMessage is allowed on the queue"
    case "InvalidAddress", "InvalidEndpoint": "check `events.queueUrl`"
    case let code where code.lowercased().hasPrefix("kms"):
      "the queue's key must allow the daemon's role to use kms:Decrypt"
    default: nil
    }
  }
}

/// Counts the messages that are no task's change; the warnings about them are few, however many they are.
struct IgnoredMessages: Equatable, Sendable {
  private(set) var count = 0
  private var untold = 0
  private var toldAt: Duration?

  /// - Returns: how many a warning is due for; nil where the last one was a moment ago.
  mutating func add(at now: Duration) -> Int? {
    count += 1
    untold += 1
    if let toldAt, now - toldAt < ECSLimits.ignoredInterval { return nil }
    toldAt = now
    defer { untold = 0 }
    return untold
  }
}
