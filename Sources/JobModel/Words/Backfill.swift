/// An operator's wish to run the slots of a range of days, kept until all of them are done: a restart goes on
/// with it.
public struct Backfill: Hashable, Codable, Sendable {
  public enum State: String, Codable, Sendable, CaseIterable {
    case running = "RUNNING"
    case done = "DONE"
    case cancelled = "CANCELLED"
  }

  public var job: JobName
  /// When it was asked for; with the job its name.
  public var createdAt: Instant
  public var from: CivilDate
  public var to: CivilDate
  /// Runs at a time.
  public var maxParallel: Int
  /// Also slots that have succeeded.
  public var force: Bool
  public var requestedBy: String
  public var note: String?
  public var state: State
  /// Every slot of the range up to and including this instant has been started or left alone.
  public var mark: Instant
  /// Slots that it has started.
  public var started: Int
  /// Counts the writes of this record; a write names the version that it replaces.
  public var version: Int

  public init(
    job: JobName, createdAt: Instant, from: CivilDate, to: CivilDate, maxParallel: Int, force: Bool = false,
    requestedBy: String, note: String? = nil, state: State = .running, mark: Instant, started: Int = 0,
    version: Int = 1
  ) {
    self.job = job
    self.createdAt = createdAt
    self.from = from
    self.to = to
    self.maxParallel = maxParallel
    self.force = force
    self.requestedBy = requestedBy
    self.note = note
    self.state = state
    self.mark = mark
    self.started = started
    self.version = version
  }
}
