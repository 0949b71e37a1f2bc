public import JobModel

/// All that is known of a simulation that is over: what was asked for, what onlookers saw, and what jobd itself has on
/// record, as an operator reads it. The checker has nothing else.
public struct Evidence: Sendable {
  public var scenario: Scenario
  /// In the order of time.
  public var observations: [Observation]
  public var slots: [Slot]
  public var runs: [Run]
  public var launches: [RunID: [Launch]]
  public var histories: [RunID: [HistoryEvent]]
  public var jobStates: [JobState]
  public var backfills: [Backfill]
  /// Messages that were not taken in the end.
  public var unsent: [OutboxMessage]
  /// Every task that ECS ever started, as it is in the end.
  public var tasks: [SimulatedTask]
  /// On the monotonic clock.
  public var endedAt: Duration
  /// What kept it from coming to rest; empty where it did.
  public var unrest: [String]
  /// Why the simulation came to no end, in which case the rest is what was known until then; nil where it did.
  public var brokenOff: String?
  /// Of the processes' logs, where they were kept.
  public var lines: [(at: Duration, line: String)] = []

  public init(
    scenario: Scenario, observations: [Observation], slots: [Slot] = [], runs: [Run] = [],
    launches: [RunID: [Launch]] = [:], histories: [RunID: [HistoryEvent]] = [:], jobStates: [JobState] = [],
    backfills: [Backfill] = [], unsent: [OutboxMessage] = [], tasks: [SimulatedTask] = [], endedAt: Duration,
    unrest: [String] = []
  ) {
    self.scenario = scenario
    self.observations = observations
    self.slots = slots
    self.runs = runs
    self.launches = launches
    self.histories = histories
    self.jobStates = jobStates
    self.backfills = backfills
    self.unsent = unsent
    self.tasks = tasks
    self.endedAt = endedAt
    self.unrest = unrest
  }
}
