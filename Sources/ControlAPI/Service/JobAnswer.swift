public import JobModel

/// All that there is to say about a job.
public struct JobAnswer: Codable, Equatable, Sendable {
  public var now: Instant
  public var job: JobName
  public var description: String?
  public var timezone: String
  public var schedules: [Schedule]
  /// `slot` or `day`, as the job file spells it.
  public var oncePer: String
  /// `skip`, `queue`, `cancelOther` or `allow`.
  public var overlap: String
  /// The further policies by their keys in the job file, as text: `pool: db (limit 2, priority 0)`.
  public var policies: [Policy]
  /// Why nothing of it runs at the moment, or what it waits for, in sentences.
  public var whyNot: [String]
  /// Who is in its pool; nil for a job without one.
  public var pool: PoolAnswer?
  /// Its backfill that is going on.
  public var backfill: BackfillAnswer?
  public var catchUp: CatchUp
  /// Who hears of what.
  public var notifications: [NotificationAnswer]
  public var pause: Pause?
  public var input: JSONValue
  /// The version of the definition, and since when runs begin with it; nil where none has begun with it yet.
  public var definitionVersion: Int?
  public var definitionSince: Instant?
  /// The ASL definition, without the values of environments.
  public var machine: JSONValue
  /// The latest slots, the newest first.
  public var slots: [SlotAnswer]
  /// Runs that are going on.
  public var running: [RunID]
  /// Notifications of the latest slots that are of no run: missed, or late before they were run.
  public var messages: [MessageAnswer]

  public struct Schedule: Codable, Equatable, Sendable {
    public var expression: String
    /// The zone in which the expression is read.
    public var timezone: String
    /// The expression in words, where there are some.
    public var explanation: String?
    /// No slot before.
    public var start: Instant?
    /// No slot after.
    public var end: Instant?
    /// The next times, the soonest first; empty for never again.
    public var nextAt: [Instant]

    public init(
      expression: String, timezone: String, start: Instant? = nil, end: Instant? = nil, explanation: String? = nil,
      nextAt: [Instant] = []
    ) {
      self.expression = expression
      self.timezone = timezone
      self.start = start
      self.end = end
      self.explanation = explanation
      self.nextAt = nextAt
    }
  }

  /// A policy of the job that is not the default.
  public struct Policy: Codable, Equatable, Sendable {
    /// Its key in the job file.
    public var key: String
    public var value: String

    public init(key: String, value: String) {
      self.key = key
      self.value = value
    }
  }

  public struct CatchUp: Codable, Equatable, Sendable {
    /// `none`, `latest` or `all`.
    public var mode: String
    public var withinSeconds: Int64

    public init(mode: String, withinSeconds: Int64) {
      self.mode = mode
      self.withinSeconds = withinSeconds
    }
  }

  /// - Parameter nextAt: the next times of each of the job's schedules, in their order.
  public init(
    _ job: Job, now: Instant, nextAt: [[Instant]] = [], explanations: [String?] = [], pause: Pause? = nil,
    whyNot: [String] = [], pool: PoolAnswer? = nil, backfill: BackfillAnswer? = nil, slots: [SlotAnswer] = [],
    running: [RunID] = [], messages: [MessageAnswer] = [], version: DefinitionVersion? = nil
  ) {
    self.now = now
    self.whyNot = whyNot
    self.pool = pool
    self.backfill = backfill
    policies = JobAnswer.policies(of: job)
    self.job = job.name
    description = job.description
    timezone = job.timezone
    schedules = job.schedules.enumerated().map { index, schedule in
      Schedule(
        expression: schedule.expression, timezone: schedule.timezone, start: schedule.start, end: schedule.end,
        explanation: explanations.indices.contains(index) ? explanations[index] : nil,
        nextAt: nextAt.indices.contains(index) ? nextAt[index] : [])
    }
    oncePer = job.oncePer.rawValue
    overlap = job.overlap.word
    catchUp = CatchUp(mode: job.catchUp.mode.rawValue, withinSeconds: job.catchUp.within.components.seconds)
    notifications = job.subscriptions.map(NotificationAnswer.init)
    self.pause = pause
    input = job.input
    definitionVersion = version?.number
    definitionSince = version?.since
    machine = job.machine.withoutSecretValues
    self.slots = slots
    self.running = running
    self.messages = messages
  }
}

/// A job's pool at the moment.
public struct PoolAnswer: Codable, Equatable, Sendable {
  public var name: String
  /// Runs at a time, of all its jobs together.
  public var limit: Int
  /// The runs that have its places, of whatever job.
  public var active: [RunID]
  /// How many slots wait for a place.
  public var waiting: Int

  public init(name: String, limit: Int, active: [RunID], waiting: Int) {
    self.name = name
    self.limit = limit
    self.active = active
    self.waiting = waiting
  }
}

/// A job's past.
public struct JobHistoryAnswer: Codable, Equatable, Sendable {
  public var now: Instant
  public var job: JobName
  public var timezone: String
  /// The newest first.
  public var slots: [SlotAnswer]

  public init(now: Instant, job: JobName, timezone: String, slots: [SlotAnswer]) {
    self.now = now
    self.job = job
    self.timezone = timezone
    self.slots = slots
  }
}

/// A slot with its runs.
public struct SlotAnswer: Codable, Equatable, Sendable {
  public var job: JobName
  public var scheduledAt: Instant
  public var day: CivilDate
  public var trigger: Trigger
  public var state: SlotState
  /// What it waits for, while it is PENDING.
  public var wait: SlotWait?
  /// Why it waits, was skipped or was missed.
  public var reason: String?
  /// In order of rerun.
  public var runs: [RunSummary]

  public init(_ slot: Slot, runs: [RunSummary] = []) {
    job = slot.key.job
    scheduledAt = slot.key.scheduledAt
    day = slot.day
    trigger = slot.trigger
    state = slot.state
    wait = slot.wait
    reason = slot.reason
    self.runs = runs
  }
}

/// A run in a list of runs.
public struct RunSummary: Codable, Equatable, Sendable {
  public var id: RunID
  public var status: RunStatus
  public var startedAt: Instant
  public var endedAt: Instant?
  public var launches: Int
  public var error: String?
  /// Why it failed, in one line: the last launch's diagnosis, or what the run's cause says.
  public var reason: String?
  public var requestedBy: String?
  public var note: String?

  public init(_ run: Run, reason: String? = nil) {
    id = run.id
    status = run.status
    startedAt = run.startedAt
    endedAt = run.endedAt
    launches = run.launches
    error = run.error
    self.reason = reason
    requestedBy = run.requestedBy
    note = run.note
  }
}

/// A receiver, and what it is told.
public struct NotificationAnswer: Codable, Equatable, Sendable {
  /// A topic's ARN, or a webhook's host.
  public var receiver: String
  public var events: [NotificationEvent]

  public init(_ subscription: Subscription) {
    receiver = subscription.receiver.name
    events = subscription.events.inOrder
  }
}
