public import JobModel

/// How far a backfill is.
public struct BackfillAnswer: Codable, Equatable, Sendable {
  public var job: JobName
  public var createdAt: Instant
  public var from: CivilDate
  public var to: CivilDate
  public var maxParallel: Int
  public var force: Bool
  public var requestedBy: String
  public var note: String?
  public var state: Backfill.State
  /// The slot that was dealt with last; nil before the first.
  public var reachedAt: Instant?
  /// Slots that it has started.
  public var started: Int
  /// How many of the range's slots that a backfill has run are in which state now, a rerun's outcome included.
  public var counts: [SlotState: Int]
  public var timezone: String

  /// - Parameter slots: of its days; those that are not its own are left out here.
  public init(_ backfill: Backfill, timezone: String, slots: [Slot] = []) {
    job = backfill.job
    createdAt = backfill.createdAt
    from = backfill.from
    to = backfill.to
    maxParallel = backfill.maxParallel
    force = backfill.force
    requestedBy = backfill.requestedBy
    note = backfill.note
    state = backfill.state
    reachedAt = backfill.version == 1 ? nil : backfill.mark
    started = backfill.started
    counts = [:]
    for slot in slots where slot.trigger == .backfill && slot.key.scheduledAt <= backfill.mark {
      counts[slot.state, default: 0] += 1
    }
    self.timezone = timezone
  }

  /// Whether it is done, and every slot that it has run has succeeded, or had nothing to do.
  public var hasSucceeded: Bool {
    state == .done && counts.allSatisfy { $0.value == 0 || $0.key == .succeeded || $0.key == .skipped }
  }
}

/// The backfills of a job.
public struct BackfillsAnswer: Codable, Equatable, Sendable {
  /// The newest first.
  public var backfills: [BackfillAnswer]

  public init(backfills: [BackfillAnswer]) { self.backfills = backfills }
}
