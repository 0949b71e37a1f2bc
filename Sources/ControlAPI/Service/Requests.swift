public import JobModel

/// Asks for a run now.
public struct RunRequest: Codable, Equatable, Sendable {
  /// Instead of the job's own input; nil leaves that.
  public var input: JSONValue?
  /// Variables beside, or in place of, the job's; nil for none.
  public var environment: [String: String]?
  /// In place of the container's command.
  public var command: [String]?
  /// Who asks, as the client says: a note for people, never a permission.
  public var requestedBy: String
  public var note: String?

  public init(
    input: JSONValue? = nil, environment: [String: String]? = nil, command: [String]? = nil, requestedBy: String,
    note: String? = nil
  ) {
    self.input = input
    self.environment = environment
    self.command = command
    self.requestedBy = requestedBy
    self.note = note
  }
}

/// Asks for a slot to be run again: the latest of a day, or one by its instant (never both), and with
/// neither the job's latest slot.
public struct RerunRequest: Codable, Equatable, Sendable {
  /// The slot is this day's latest.
  public var date: CivilDate?
  /// The slot's scheduled instant.
  public var slot: Instant?
  /// Also when it has succeeded.
  public var force: Bool
  /// Go on at the state that failed, rather than begin anew.
  public var fromFailed: Bool
  /// With the definition with which the slot's latest run began, rather than the job's present one.
  public var sameDefinition: Bool
  public var requestedBy: String
  public var note: String?

  public init(
    date: CivilDate? = nil, slot: Instant? = nil, force: Bool = false, fromFailed: Bool = false,
    sameDefinition: Bool = false, requestedBy: String, note: String? = nil
  ) {
    self.date = date
    self.slot = slot
    self.force = force
    self.fromFailed = fromFailed
    self.sameDefinition = sameDefinition
    self.requestedBy = requestedBy
    self.note = note
  }
}

/// A run has begun: it is committed, its first task perhaps not yet sent.
public struct RunStarted: Codable, Equatable, Sendable {
  public var run: RunID
  public var day: CivilDate
  public var timezone: String

  public init(run: RunID, day: CivilDate, timezone: String) {
    self.run = run
    self.day = day
    self.timezone = timezone
  }
}

/// What a reload did.
public struct ReloadAnswer: Codable, Equatable, Sendable {
  public var jobFile: String
  /// Whether the file is in force now; false leaves everything as it was.
  public var isApplied: Bool
  public var added: [JobName]
  public var changed: [ChangedJob]
  public var removed: [JobName]
  public var unchanged: [JobName]
  /// What the job file's reader has to say, mistakes first, each with its place.
  public var diagnostics: [String]

  public init(
    jobFile: String, isApplied: Bool, added: [JobName] = [], changed: [ChangedJob] = [], removed: [JobName] = [],
    unchanged: [JobName] = [], diagnostics: [String] = []
  ) {
    self.jobFile = jobFile
    self.isApplied = isApplied
    self.added = added
    self.changed = changed
    self.removed = removed
    self.unchanged = unchanged
    self.diagnostics = diagnostics
  }
}

/// A job that a reload has changed.
public struct ChangedJob: Codable, Equatable, Sendable {
  public var job: JobName
  /// What is otherwise, in the job file's words: `schedule`, `task`.
  public var parts: [String]

  public init(job: JobName, parts: [String]) {
    self.job = job
    self.parts = parts
  }
}

/// Asks for a job's coming slots to be left out.
public struct PauseRequest: Codable, Equatable, Sendable {
  public var note: String?
  /// When the pause ends by itself; nil for only when the job is resumed.
  public var until: Instant?

  public init(note: String? = nil, until: Instant? = nil) {
    self.note = note
    self.until = until
  }
}

/// Asks for the slots of a range of days to be run.
public struct BackfillRequest: Codable, Equatable, Sendable {
  /// The first day, in the job's zone.
  public var from: CivilDate
  /// The last day.
  public var to: CivilDate
  /// Runs at a time.
  public var maxParallel: Int
  /// Also slots that have succeeded.
  public var force: Bool
  public var requestedBy: String
  public var note: String?

  public init(
    from: CivilDate, to: CivilDate, maxParallel: Int = 1, force: Bool = false, requestedBy: String, note: String? = nil
  ) {
    self.from = from
    self.to = to
    self.maxParallel = maxParallel
    self.force = force
    self.requestedBy = requestedBy
    self.note = note
  }
}
