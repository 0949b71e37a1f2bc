public import JobModel

/// How the daemon is.
public struct StatusAnswer: Codable, Equatable, Sendable {
  public var version: String
  public var instance: InstanceID
  public var epoch: Int
  public var startedAt: Instant
  public var now: Instant
  /// The job file's path.
  public var jobFile: String
  /// When the job file that is in force was read.
  public var loadedAt: Instant
  public var jobs: Int
  public var pausedJobs: Int
  public var activeRuns: Int
  public var outbox: Outbox
  public var store: Store
  /// The other instances on the same store, by id, with their leases.
  public var otherInstances: [Instance]

  /// Notifications that nobody has taken yet.
  public struct Outbox: Codable, Equatable, Sendable {
    public var unsent: Int
    /// When the oldest of them was written.
    public var oldestAt: Instant?
    /// Why the latest sending failed.
    public var lastError: String?

    public init(unsent: Int, oldestAt: Instant? = nil, lastError: String? = nil) {
      self.unsent = unsent
      self.oldestAt = oldestAt
      self.lastError = lastError
    }
  }

  public struct Store: Codable, Equatable, Sendable {
    /// What it is and where, such as `SQLite, /var/lib/jobd/jobd.sqlite`.
    public var description: String
    /// Why it cannot be written at the moment; nil while it can.
    public var error: String?

    public init(description: String, error: String? = nil) {
      self.description = description
      self.error = error
    }
  }

  public init(
    version: String, instance: InstanceID, epoch: Int, startedAt: Instant, now: Instant, jobFile: String,
    loadedAt: Instant, jobs: Int, pausedJobs: Int = 0, activeRuns: Int, outbox: Outbox, store: Store,
    otherInstances: [Instance] = []
  ) {
    self.version = version
    self.instance = instance
    self.epoch = epoch
    self.startedAt = startedAt
    self.now = now
    self.jobFile = jobFile
    self.loadedAt = loadedAt
    self.jobs = jobs
    self.pausedJobs = pausedJobs
    self.activeRuns = activeRuns
    self.outbox = outbox
    self.store = store
    self.otherInstances = otherInstances
  }
}
