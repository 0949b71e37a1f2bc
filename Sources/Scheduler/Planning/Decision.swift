public import JobModel

extension Planner {
  /// What becomes of a slot.
  public enum Decision: Equatable, Sendable {
    case start
    case wait(WaitReason)
    case skip(SkipReason)
    case miss(MissReason)

    /// In words; nil for a slot that starts.
    public var reason: String? {
      switch self {
      case .start: nil
      case .wait(let reason): "\(reason)"
      case .skip(let reason): "\(reason)"
      case .miss(let reason): "\(reason)"
      }
    }
  }

  /// A job that a slot comes after, and how its day is.
  public struct UpstreamDay: Equatable, Sendable, CustomStringConvertible {
    public var job: JobName
    /// Nil where the day has no slot yet.
    public var state: SlotState?

    public init(job: JobName, state: SlotState?) {
      self.job = job
      self.state = state
    }

    public var description: String { "\(job) (\(state?.rawValue ?? "not run yet"))" }
  }

  /// What a slot waits for.
  public enum WaitReason: Equatable, Sendable, CustomStringConvertible {
    case overlap(RunID)
    /// The run was asked to stop.
    case stopping(RunID)
    case behind(SlotKey)
    case pool(PoolPlace)
    case upstream([UpstreamDay], CivilDate)
    case paused(Pause)

    public var description: String {
      switch self {
      case .overlap(let run): "it waits for run \(run) to be over (overlap: queue)"
      case .stopping(let run): "run \(run) is being stopped for it (overlap: cancelOther)"
      case .behind(let slot): "it waits behind the slot of \(slot.scheduledAt) (overlap: queue)"
      case .pool(let place): "it waits for a place in pool \(place.name) (limit: \(place.limit))"
      case .upstream(let jobs, let day):
        "it waits for \(jobs.map(\.description).joined(separator: ", ")) to succeed for \(day) (after)"
      case .paused(let pause): pause.sentence
      }
    }

    public var wait: SlotWait {
      switch self {
      case .overlap, .stopping, .behind: .overlap
      case .pool: .pool
      case .upstream: .upstream
      case .paused: .pause
      }
    }
  }

  /// Why a due slot is not run although jobd was there to run it.
  public enum SkipReason: Equatable, Sendable, CustomStringConvertible {
    case leftOut(CivilDate, calendar: String)
    case moved(to: Instant, calendar: String)
    case paused(Pause)
    case overlap(RunID)
    case behind(SlotKey)
    case queueIsFull(limit: Int)
    case superseded(by: SlotKey)
    case dayHasSucceeded(CivilDate)

    public var description: String {
      switch self {
      case .leftOut(let day, let calendar): "\(day) is in calendar \(calendar) (calendar: skip)"
      case .moved(let instant, let calendar): "moved to \(instant) by calendar \(calendar)"
      case .paused(let pause): pause.sentence
      case .overlap(let run): "run \(run) was still going on (overlap: skip)"
      case .behind(let slot): "the slot of \(slot.scheduledAt) was still waiting (overlap: skip)"
      case .queueIsFull(let limit):
        "\(limit) \(limit == 1 ? "slot was" : "slots were") waiting already (overlap: queue)"
      case .superseded(let slot): "the slot of \(slot.scheduledAt) took its place (overlap: cancelOther)"
      case .dayHasSucceeded(let day): "\(day) has SUCCEEDED already (oncePer: day)"
      }
    }
  }

  /// Why a due slot is not run because it, or what it waited for, came too late.
  public enum MissReason: Equatable, Sendable, CustomStringConvertible {
    case noCatchUp
    case laterSlotRuns
    case tooOld(within: Duration)
    case waitedTooLong(for: String, within: Duration)

    public var description: String {
      switch self {
      case .noCatchUp: "no jobd was there at its time (catchUp: none)"
      case .laterSlotRuns: "no jobd was there at its time, and only the latest slot is caught up (catchUp: latest)"
      case .tooOld(let within):
        "no jobd was there at its time, which is longer ago than catchUp's within (\(within.wholeMilliseconds / 1_000)s)"
      case .waitedTooLong(let wait, let within):
        "it waited for longer than catchUp's within (\(within.wholeMilliseconds / 1_000)s): \(wait)"
      }
    }
  }
}

extension Pause {
  /// For a reason: since when, until when, and why.
  var sentence: String {
    "the job is paused since \(since)" + (until.map { " until \($0)" } ?? "") + (note.map { ": \($0)" } ?? "")
  }
}
