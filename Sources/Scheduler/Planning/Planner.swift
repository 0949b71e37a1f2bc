public import JobModel

/// Decides which slots a job gets, and what becomes of each: a pure function of what is known.
///
/// It looks at the range (mark, now], never at a tick: a late wake-up, a restart, a pause and a stepped
/// clock are all just a range.
public struct Planner: Sendable {
  /// What is known of a job at one moment.
  public struct Situation: Sendable {
    public var state: JobState
    public var now: Instant
    /// Runs of the job that are going on, whoever owns them.
    public var activeRuns: [RunID]
    /// Days of the range that have SUCCEEDED. Only looked at with `oncePer: day`.
    public var succeededDays: Set<CivilDate>

    public init(
      state: JobState, now: Instant, activeRuns: [RunID] = [], succeededDays: Set<CivilDate> = []
    ) {
      self.state = state
      self.now = now
      self.activeRuns = activeRuns
      self.succeededDays = succeededDays
    }
  }

  public enum Decision: Equatable, Sendable {
    case start
    case skip(SkipReason)
    case miss(MissReason)
  }

  /// Why a due slot is not run although jobd was there to run it.
  public enum SkipReason: Equatable, Sendable, CustomStringConvertible {
    case paused(Pause)
    case overlap(RunID)
    case dayHasSucceeded(CivilDate)

    public var description: String {
      switch self {
      case .paused(let pause): "the job is paused since \(pause.since)" + (pause.note.map { ": \($0)" } ?? "")
      case .overlap(let run): "run \(run) was still going on (overlap: skip)"
      case .dayHasSucceeded(let day): "\(day) has SUCCEEDED already (oncePer: day)"
      }
    }
  }

  /// Why a due slot is not run because jobd came too late.
  public enum MissReason: Equatable, Sendable, CustomStringConvertible {
    case noCatchUp
    case laterSlotRuns
    case tooOld(within: Duration)

    public var description: String {
      switch self {
      case .noCatchUp: "no jobd was there at its time (catchUp: none)"
      case .laterSlotRuns: "no jobd was there at its time, and only the latest slot is caught up (catchUp: latest)"
      case .tooOld(let within):
        "no jobd was there at its time, which is longer ago than catchUp's within (\(within.wholeMilliseconds / 1_000)s)"
      }
    }
  }

  public struct PlannedSlot: Equatable, Sendable {
    public var key: SlotKey
    public var day: CivilDate
    public var decision: Decision
  }

  public struct Plan: Equatable, Sendable {
    public var slots: [PlannedSlot]
    /// Everything up to and including this instant is planned.
    public var mark: Instant
    /// Whether `mark` has reached now; if not, the rest follows in another step.
    public var isComplete: Bool
  }

  /// A slot this late is still on time: EventBridge Scheduler promises no more than a minute either.
  public static let onTime = Duration.seconds(60)

  public static func plan(_ job: CompiledJob, _ situation: Situation) -> Plan {
    let (due, mark) = dueInstants(job, situation)
    var planner = Planner(situation)
    let isComplete = mark == max(situation.now, situation.state.mark)
    let slots = due.enumerated().map { index, instant in
      let isLatest = isComplete && index == due.count - 1
      let day = job.day(of: instant)
      let decision = planner.decide(job.job, instant, day: day, isLatest: isLatest)
      return PlannedSlot(key: SlotKey(job: job.name, scheduledAt: instant), day: day, decision: decision)
    }
    return Plan(slots: slots, mark: mark, isComplete: isComplete)
  }

  /// The due instants of the range, at most `Limits.slotsPerPlan`, and how far they reach.
  private static func dueInstants(
    _ job: CompiledJob, _ situation: Situation
  ) -> (due: [Instant], mark: Instant) {
    var due: [Instant] = []
    var last = situation.state.mark
    while let next = job.nextDue(after: last, start: situation.state.firstSeenAt), next <= situation.now {
      if due.count == Limits.slotsPerPlan { return (due, last) }
      due.append(next)
      last = next
    }
    return (due, max(situation.now, situation.state.mark))
  }

  private let situation: Situation
  /// The run that a further slot would overlap with: one that was there before, or one this plan starts.
  private var activeRun: RunID?

  private init(_ situation: Situation) {
    self.situation = situation
    activeRun = situation.activeRuns.max()
  }

  private mutating func decide(_ job: Job, _ instant: Instant, day: CivilDate, isLatest: Bool) -> Decision {
    if let pause = situation.state.pause { return .skip(.paused(pause)) }
    if let reason = Planner.missReason(job.catchUp, lateness: situation.now - instant, isLatest: isLatest) {
      return .miss(reason)
    }
    if job.oncePer == .day, situation.succeededDays.contains(day) { return .skip(.dayHasSucceeded(day)) }
    if job.overlap == .skip, let activeRun { return .skip(.overlap(activeRun)) }
    activeRun = RunID(slot: SlotKey(job: job.name, scheduledAt: instant), rerun: 0)
    return .start
  }

  private static func missReason(
    _ catchUp: Job.CatchUp, lateness: Duration, isLatest: Bool
  ) -> MissReason? {
    if lateness <= onTime { return nil }
    if lateness > catchUp.within { return .tooOld(within: catchUp.within) }
    return switch catchUp.mode {
    case .none: .noCatchUp
    case .latest: isLatest ? nil : .laterSlotRuns
    case .all: nil
    }
  }
}
