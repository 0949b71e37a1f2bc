public import JobModel

/// Which days a list is to show.
public struct ListQuery: Equatable, Sendable {
  /// The last day; nil for today, which each job counts in its own zone.
  public var date: CivilDate?
  /// How many days up to and including that one; 1 to ``ControlLimits/days``.
  public var days: Int

  public init(date: CivilDate? = nil, days: Int = 1) {
    self.date = date
    self.days = days
  }
}

public struct ListAnswer: Codable, Equatable, Sendable {
  public var now: Instant
  /// By name.
  public var jobs: [JobRow]

  public init(now: Instant, jobs: [JobRow]) {
    self.now = now
    self.jobs = jobs
  }
}

/// A job as one line of the list.
public struct JobRow: Codable, Equatable, Sendable {
  public var job: JobName
  public var description: String?
  /// As written in the job file.
  public var schedules: [String]
  /// The jobs that must have succeeded for the day.
  public var after: [JobName]
  /// The IANA zone of the job's days and times.
  public var timezone: String
  public var pause: Pause?
  /// In order, the latest last; as many as were asked for.
  public var days: [DayAnswer]
  /// The next scheduled instant; nil for never again.
  public var nextAt: Instant?
  /// Runs that are going on, of whatever day.
  public var running: [RunID]
  /// Slots that wait, of whatever day, the oldest first.
  public var waiting: [WaitingSlot]
  /// Why the last day's latest run failed, or its slot was skipped or missed, in one line.
  public var reason: String?

  public init(
    job: JobName, description: String? = nil, schedules: [String], after: [JobName] = [],
    timezone: String, pause: Pause? = nil, days: [DayAnswer], nextAt: Instant? = nil, running: [RunID] = [],
    waiting: [WaitingSlot] = [],
    reason: String? = nil
  ) {
    self.job = job
    self.description = description
    self.schedules = schedules
    self.after = after
    self.timezone = timezone
    self.pause = pause
    self.days = days
    self.nextAt = nextAt
    self.running = running
    self.waiting = waiting
    self.reason = reason
  }
}

/// A slot that is PENDING.
public struct WaitingSlot: Codable, Equatable, Sendable {
  public var scheduledAt: Instant
  /// What it waits for.
  public var wait: SlotWait?
  /// The same in words.
  public var reason: String?

  public init(_ slot: Slot) {
    scheduledAt = slot.key.scheduledAt
    wait = slot.wait
    reason = slot.reason
  }
}

/// A job on one day.
public struct DayAnswer: Codable, Equatable, Sendable {
  public var date: CivilDate
  /// Nil for a day without slots.
  public var state: SlotState?
  /// How many slots the day has, by state.
  public var counts: [SlotState: Int]
  /// Launches of the day's latest run: its attempts.
  public var launches: Int
  /// When the day's latest run started.
  public var startedAt: Instant?
  /// When the day's latest run ended; nil while it is going on.
  public var endedAt: Instant?

  public init(
    date: CivilDate, state: DayState? = nil, launches: Int = 0, startedAt: Instant? = nil, endedAt: Instant? = nil
  ) {
    self.date = date
    self.state = state?.state
    self.counts = state?.counts ?? [:]
    self.launches = launches
    self.startedAt = startedAt
    self.endedAt = endedAt
  }
}
