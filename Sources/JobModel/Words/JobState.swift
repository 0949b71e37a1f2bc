/// What is kept of a job between two plannings.
public struct JobState: Hashable, Codable, Sendable {
  public var job: JobName
  /// The high-water mark: every instant up to and including it has been planned.
  public var mark: Instant
  /// When the job was first seen: where a `rate(…)` without a start begins to count.
  public var firstSeenAt: Instant
  public var pause: Pause?
  /// The schedules for which the mark counts, as text. When they change, planning begins anew at that
  /// moment: a new time earlier today is no missed one.
  public var schedules: String
  /// Counts the writes of this state; a write names the version that it replaces.
  public var version: Int

  public init(
    job: JobName, mark: Instant, firstSeenAt: Instant, pause: Pause? = nil, schedules: String = "", version: Int = 1
  ) {
    self.job = job
    self.mark = mark
    self.firstSeenAt = firstSeenAt
    self.pause = pause
    self.schedules = schedules
    self.version = version
  }
}

/// A job that an operator has paused: its slots are recorded as skipped until it is resumed.
public struct Pause: Hashable, Codable, Sendable {
  public var since: Instant
  public var note: String?
  /// When it ends by itself; nil for only when the job is resumed.
  public var until: Instant?

  public init(since: Instant, note: String? = nil, until: Instant? = nil) {
    self.since = since
    self.note = note
    self.until = until
  }

  public func isOver(at now: Instant) -> Bool { until.map { $0 <= now } ?? false }
}
