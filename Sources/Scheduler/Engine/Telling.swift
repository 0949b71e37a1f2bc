internal import JobModel

/// What is owed, to each receiver that wants to be told of it. Pure: the messages are written in the transaction
/// that makes them due.
///
/// A message's id derives from what is told and to whom, so that a restart, a second instance or a job file whose
/// receivers stand in another order means the same message: `nightly-report.20261121T030000Z.0/FAILED/5c3a90e1`.
extension OutboxMessage {
  /// Of a run that is over: failures and timeouts, and successes after a failure. Whoever stopped a run knows.
  static func telling(of run: Run, launches: [Launch], host: String?, at now: Instant) -> [OutboxMessage] {
    let occasion = Occasion(run: run, at: now)
    return switch run.status {
    case .failed, .timedOut:
      occasion.messages(.failed, run.status.rawValue) { Notice(failed: run, launches: launches, host: host) }
    case .succeeded where run.policy.followsFailure:
      occasion.messages(.recovered, "RECOVERED") { Notice(recovered: run, launches: launches, host: host) }
    default: []
    }
  }

  /// Of a slot that will not be run.
  ///
  /// - Parameter others: how many earlier slots were missed with it, which are told of by the same message: after a
  ///   long downtime a job that runs every minute would send thousands.
  static func missed(
    _ slot: Slot, others: Int = 0, job: Job, host: String?, at now: Instant
  ) -> [OutboxMessage] {
    Occasion(slot: slot.key, rerun: nil, subscriptions: job.subscriptions, at: now).messages(.missed, "MISSED") {
      Notice(missed: slot, others: others, timezone: job.timezone, host: host)
    }
  }

  /// Of a slot that has not succeeded by its time; nothing for one that has. Once a slot, whichever of its runs
  /// goes on.
  ///
  /// - Parameters:
  ///   - run: the slot's latest run; nil where it has had none.
  ///   - lateAt: that time; nil for the run's own, or the present.
  static func late(
    _ slot: Slot, run: Run?, subscriptions: [Subscription], lateAt: Instant? = nil, timezone: String, host: String?,
    at now: Instant
  ) -> [OutboxMessage] {
    guard slot.state != .succeeded else { return [] }
    return Occasion(slot: slot.key, rerun: run?.id.rerun, subscriptions: subscriptions, at: now)
      .messages(.late, "LATE") {
        Notice(
          late: slot, run: run, lateAt: lateAt ?? run?.policy.lateAt ?? now, timezone: timezone, host: host)
      }
  }

  /// Of a run that goes on for longer than its policy allows; nothing where the policy has no such time.
  static func tooLong(_ run: Run, launches: [Launch], host: String?, at now: Instant) -> [OutboxMessage] {
    guard let tooLongAt = run.policy.tooLongAt else { return [] }
    let limit = tooLongAt - run.startedAt
    return Occasion(run: run, at: now).messages(.tooLong, "TOO_LONG") {
      Notice(tooLong: run, limit: limit, launches: launches, host: host)
    }
  }
}

/// What a message is about, and who may want to hear of it.
private struct Occasion {
  var slot: SlotKey
  var rerun: Int?
  /// What ids begin with.
  var name: String
  var subscriptions: [Subscription]
  var now: Instant

  init(run: Run, at now: Instant) {
    self.init(slot: run.id.slot, rerun: run.id.rerun, subscriptions: run.policy.subscriptions, at: now)
    name = run.id.description
  }

  init(slot: SlotKey, rerun: Int?, subscriptions: [Subscription], at now: Instant) {
    self.slot = slot
    self.rerun = rerun
    self.subscriptions = subscriptions
    self.now = now
    name = "\(slot.job).\(slot.scheduledAt.compactText)"
  }

  /// One message for each receiver, however often it is subscribed. The notice is made only where there is one.
  func messages(_ event: NotificationEvent, _ word: String, notice: () -> Notice) -> [OutboxMessage] {
    var tags: Set<String> = []
    let receivers = subscriptions.filter { $0.events.contains(event) && tags.insert($0.receiver.tag).inserted }
    guard !receivers.isEmpty else { return [] }
    let notice = notice()
    let text = notice.text
    return receivers.map(\.receiver).map { receiver in
      OutboxMessage(
        id: "\(name)/\(word)/\(receiver.tag)", event: event, slot: slot, rerun: rerun, receiver: receiver,
        subject: notice.subject, body: text, createdAt: now, nextAttemptAt: now)
    }
  }
}

extension Receiver {
  /// Eight hexadecimal digits that tell a message's receivers apart and are the same in every process: of where
  /// it goes, not of the key, which may be renewed in between.
  fileprivate var tag: String {
    let place =
      switch self {
      case .topic(let arn): "topic \(arn)"
      case .webhook(let webhook): "webhook \(webhook.url)"
      }
    let hash = FlexibleWindow.digest(place.utf8)
    let digits = String(UInt32(truncatingIfNeeded: hash ^ (hash >> 32)), radix: 16)
    return String(repeating: "0", count: 8 - digits.utf8.count) + digits
  }
}
