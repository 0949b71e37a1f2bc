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
  /// How often the outbox is looked at when nobody rings: for messages of instances that are gone.
  let interval: Duration

  /// How long a sender has for one sending before another may try.
  static let claim = Duration.seconds(120)
  /// The longest wait between two sendings of a message.
  static let longestBackoff = Duration.seconds(300)
  /// Messages that are looked at in one go. One that is refused for ever is always behind those that came due
  /// before its next sending, so that it holds up nothing.
  static let batch = 100

  func run() async {
    await withDiscardingTaskGroup { group in
      while !Task.isCancelled {
        let (claimed, wait) = await claimDue()
        // Not waited for: a receiver that hangs holds up only its own message.
        for message in claimed { group.addTask { await send(message) } }
        if wait > .zero { await bell.wait(atMost: wait, time: time) }
      }
      group.cancelAll()
    }
  }

  /// Claims what is due; says how long until there is more.
  private func claimDue() async -> (claimed: [OutboxMessage], wait: Duration) {
    do {
      let unsent = try await store.unsentMessages(limit: Self.batch)
      let now = time.now()
      let waits = unsent.map { wait(of: $0, at: now) }
      let due = zip(unsent, waits).filter { $0.1 <= .zero }.map(\.0)
      let claimed = try await claim(due, at: now)
      if due.count == Self.batch { return (claimed, .zero) }
      return (claimed, min(waits.filter { $0 > .zero }.min() ?? interval, interval))
    } catch {
      logger.error("the outbox could not be read or written", metadata: ["error": "\(error)"])
      return ([], interval)
    }
  }

  /// How long a message is not to be tried. One that seems to wait for longer than any does is due: the
  /// clock was set back.
  private func wait(of message: OutboxMessage, at now: Instant) -> Duration {
    let wait = message.nextAttemptAt - now
    return wait > Self.longestBackoff ? .zero : wait
  }

  /// Those that no other instance has claimed meanwhile.
  private func claim(_ due: [OutboxMessage], at now: Instant) async throws(StoreError) -> [OutboxMessage] {
    var claimed: [OutboxMessage] = []
    for var message in due {
      message.attempts += 1
      message.version += 1
      message.nextAttemptAt = now + Self.claim
      do {
        if try await store.commit([.updateMessage(message)]) == .committed { claimed.append(message) }
      } catch {
        if claimed.isEmpty { throw error }
        break
      }
    }
    return claimed
  }

  private func send(_ claimed: OutboxMessage) async {
    var message = claimed
    do {
      try await notifier.send(message)
      message.sentAt = time.now()
      message.lastError = nil
      logger.info("a notification was taken", metadata: ["message": "\(message.id)"])
    } catch {
      if Task.isCancelled { return }
      message.lastError = error.message
      message.nextAttemptAt = time.now() + backoff(message.attempts)
      logger.warning(
        "a notification was not taken", metadata: ["message": "\(message.id)", "error": "\(error.message)"])
    }
    message.version += 1
    do {
      _ = try await store.commit([.updateMessage(message)])
      if message.sentAt == nil { bell.ring() }
    } catch {
      logger.error(
        "what became of a notification could not be written; it is sent again",
        metadata: ["message": "\(message.id)", "error": "\(error)"])
    }
  }

  /// Full jitter over 2 s, 4 s, … up to five minutes, and never less than a second.
  private func backoff(_ attempts: Int) -> Duration {
    var generator = RandomGenerator(random)
    let ceiling = min(Self.longestBackoff.inSeconds, Double(1 << min(attempts, 10)))
    return .seconds(max(1, Double.random(in: 0...ceiling, using: &generator)))
  }
}
