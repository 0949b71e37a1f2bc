public import JobModel

/// Asks for a run now.
public struct RunRequest: Codable, Equatable, Sendable {
  /// Instead of the job's own input; nil leaves that.
  public var input: JSONValue?
  /// Who asks, as the client says: a note for people, never a permission.
  public var requestedBy: String
  public var note: String?

  public init(input: JSONValue? = nil, requestedBy: String, note: String? = nil) {
    self.input = input
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
  public var requestedBy: String

  public init(date: CivilDate? = nil, slot: Instant? = nil, force: Bool = false, requestedBy: String) {
    self.date = date
    self.slot = slot
    self.force = force
    self.requestedBy = requestedBy
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
  public var changed: [JobName]
  public var removed: [JobName]
  public var unchanged: [JobName]
  /// What the job file's reader has to say, mistakes first, each with its place.
  public var diagnostics: [String]

  public init(
    jobFile: String, isApplied: Bool, added: [JobName] = [], changed: [JobName] = [], removed: [JobName] = [],
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
