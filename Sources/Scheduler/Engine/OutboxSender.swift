internal import JobModel
internal import Logging

/// Sends what is owed: each message until its receiver took it, across restarts and outages.
///
/// A message is claimed by a conditional write before it is sent, so that of two instances one sends it; the
/// claim runs out, so that a message whose sender was killed is sent by another. At least once, then, and
/// almost always exactly once.
struct OutboxSender: Sendable {
  let store: any RunStore
  let notifier: any Notifier
  let time: any TimeSource
  let random: any RandomSource
  let logger: Logger
  let bell: Bell

  /// How long a sender has for one sending before another may try.
  static let claim = Duration.seconds(120)
  /// How often the outbox is looked at when nobody rings: for messages of instances that are gone.
  static let interval = Duration.seconds(15)
  /// Messages that are looked at in one go.
  static let batch = 100

  func run() async {
    while !Task.isCancelled {
      let wait = await sendDue()
      await bell.wait(atMost: wait, time: time)
    }
  }

  /// Sends everything that is due; returns how long until the next is.
  private func sendDue() async -> Duration {
    do {
      let unsent = try await store.unsentMessages(limit: Self.batch)
      let now = time.now()
      let due = unsent.filter { $0.nextAttemptAt <= now }
      await withDiscardingTaskGroup { group in
        for message in due { group.addTask { await send(message) } }
      }
      if due.count == Self.batch { return .zero }
      let next = unsent.filter { $0.nextAttemptAt > now }.map { $0.nextAttemptAt - now }.min()
      return min(next ?? Self.interval, Self.interval)
    } catch {
      logger.error("the outbox could not be read", metadata: ["error": "\(error)"])
      return Self.interval
    }
  }

  private func send(_ message: OutboxMessage) async {
    var message = message
    message.attempts += 1
    message.version += 1
    message.nextAttemptAt = time.now() + Self.claim
    guard (try? await store.commit([.updateMessage(message)])) == .committed else { return }
    do {
      try await notifier.send(message)
      message.sentAt = time.now()
      message.lastError = nil
      logger.info("a notification was taken", metadata: ["run": "\(message.run)"])
    } catch {
      if Task.isCancelled { return }
      message.lastError = error.message
      message.nextAttemptAt = time.now() + backoff(message.attempts)
      logger.warning(
        "a notification was not taken", metadata: ["run": "\(message.run)", "error": "\(error.message)"])
    }
    message.version += 1
    _ = try? await store.commit([.updateMessage(message)])
  }

  /// Full jitter over 2 s, 4 s, … up to five minutes, and never less than a second.
  private func backoff(_ attempts: Int) -> Duration {
    var generator = RandomGenerator(random)
    let ceiling = min(300.0, Double(1 << min(attempts, 10)))
    return .seconds(max(1, Double.random(in: 0...ceiling, using: &generator)))
  }
}
