public import JobModel

/// Which lines of a run's containers are wanted.
public struct LogsQuery: Equatable, Sendable {
  /// One of the run's launches; nil for the latest.
  public var launch: Int?
  /// One of the task's containers; nil for all.
  public var container: String?
  /// Where an earlier page ended; nil for the beginning.
  public var after: String?
  /// The last so many lines rather than the first.
  public var tail: Int?

  public init(launch: Int? = nil, container: String? = nil, after: String? = nil, tail: Int? = nil) {
    self.launch = launch
    self.container = container
    self.after = after
    self.tail = tail
  }
}

/// A page of what a launch's containers have written.
public struct LogsAnswer: Codable, Equatable, Sendable {
  public struct Line: Codable, Equatable, Sendable {
    public var at: Instant
    public var container: String
    public var message: String

    public init(at: Instant, container: String, message: String) {
      self.at = at
      self.container = container
      self.message = message
    }
  }

  public var run: RunID
  public var timezone: String
  /// Nil for a run that has launched nothing yet.
  public var launch: Int?
  /// The run's latest launch: a later one than `launch` has begun meanwhile.
  public var latestLaunch: Int?
  public var lines: [Line]
  /// Where the next page begins; nil where nothing was read.
  public var next: String?
  /// Whether there was nothing more to read at this moment.
  public var isAtEnd: Bool
  /// Whether the launch was over before its lines were read, so that little more may come.
  public var isOver: Bool
  /// Whether the run goes on, so that another launch may come.
  public var isRunning: Bool
  /// What there is to say of containers that are left out.
  public var notes: [String]

  public init(
    run: RunID, timezone: String, launch: Int?, latestLaunch: Int?, lines: [Line] = [], next: String? = nil,
    isAtEnd: Bool = true, isOver: Bool, isRunning: Bool, notes: [String] = []
  ) {
    self.run = run
    self.timezone = timezone
    self.launch = launch
    self.latestLaunch = latestLaunch
    self.lines = lines
    self.next = next
    self.isAtEnd = isAtEnd
    self.isOver = isOver
    self.isRunning = isRunning
    self.notes = notes
  }
}
