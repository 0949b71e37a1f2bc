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
  public var timezone: String

  public init(_ backfill: Backfill, timezone: String) {
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
    self.timezone = timezone
  }
}

/// The backfills of a job.
public struct BackfillsAnswer: Codable, Equatable, Sendable {
  /// The newest first.
  public var backfills: [BackfillAnswer]

  public init(backfills: [BackfillAnswer]) { self.backfills = backfills }
}
