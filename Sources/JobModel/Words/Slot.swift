/// Names a slot: a job and the nominal instant at which it was to run.
public struct SlotKey: Hashable, Comparable, Codable, Sendable {
  public var job: JobName
  /// Nominal: what the schedule says, not when anything happened. For a run that was asked for, by hand or by another
  /// run, the instant at which it was (see ``Instant/besideSchedules``).
  public var scheduledAt: Instant

  public init(job: JobName, scheduledAt: Instant) {
    self.job = job
    self.scheduledAt = scheduledAt
  }

  public static func < (left: SlotKey, right: SlotKey) -> Bool {
    (left.job, left.scheduledAt) < (right.job, right.scheduledAt)
  }
}

extension Instant {
  /// This instant, or the one after it where schedules may give it, whose instants are whole seconds: for a slot that
  /// was asked for, so that no slot of a schedule ever finds its place taken.
  public var besideSchedules: Instant {
    milliseconds % 1_000 == 0 ? Instant(milliseconds: milliseconds + 1) : self
  }
}

/// What brought a slot into being.
public enum Trigger: String, Codable, Sendable, CaseIterable {
  case schedule = "SCHEDULE"
  case manual = "MANUAL"
  /// The jobs that it comes after have succeeded for the day.
  case upstream = "UPSTREAM"
  /// `jobd ctl backfill`.
  case backfill = "BACKFILL"
  /// A Task state of another run (`states:startExecution`).
  case execution = "EXECUTION"
}

/// What a PENDING slot waits for.
public enum SlotWait: String, Codable, Sendable, CaseIterable {
  /// For another run of the job to be over.
  case overlap = "OVERLAP"
  /// For a place in the job's pool.
  case pool = "POOL"
  /// For the jobs that it comes after.
  case upstream = "UPSTREAM"
  /// For the job to be resumed.
  case pause = "PAUSE"
}

/// What became of a slot so far. All but the first two are outcomes: every slot gets exactly one,
/// which a rerun replaces by its own.
public enum SlotState: String, Codable, Sendable, CaseIterable, CodingKeyRepresentable {
  case pending = "PENDING"
  case running = "RUNNING"
  case succeeded = "SUCCEEDED"
  case failed = "FAILED"
  case timedOut = "TIMED_OUT"
  case aborted = "ABORTED"
  /// The planner decided against a run; the reason says why.
  case skipped = "SKIPPED"
  /// Its time passed while no instance could run it; the reason says why.
  case missed = "MISSED"

  public var isOutcome: Bool { self != .pending && self != .running }
}

/// One slot, as it is stored.
public struct Slot: Hashable, Codable, Sendable {
  public var key: SlotKey
  /// The civil date of `key.scheduledAt` in the job's time zone.
  public var day: CivilDate
  public var trigger: Trigger
  public var state: SlotState
  /// Why it waits, was skipped or was missed, in words.
  public var reason: String?
  /// What it waits for, while it is PENDING.
  public var wait: SlotWait?
  /// How many runs it has had; the latest is `RunID(slot: key, rerun: runs - 1)`.
  public var runs: Int
  /// Counts the writes of this slot; a write names the version that it replaces.
  public var version: Int

  public init(
    key: SlotKey, day: CivilDate, trigger: Trigger, state: SlotState, reason: String? = nil, wait: SlotWait? = nil,
    runs: Int = 0, version: Int = 1
  ) {
    self.key = key
    self.day = day
    self.trigger = trigger
    self.state = state
    self.reason = reason
    self.wait = wait
    self.runs = runs
    self.version = version
  }

  /// The latest run; nil for a slot that was never run.
  public var latestRun: RunID? { runs == 0 ? nil : RunID(slot: key, rerun: runs - 1) }
}

/// The state of a job on a day: the fold of its slots.
public struct DayState: Hashable, Codable, Sendable {
  public var state: SlotState
  /// How many slots the day has, by state.
  public var counts: [SlotState: Int]

  /// Folds the slots of one job on one day; nil where there are none.
  ///
  /// A running slot makes the day RUNNING. Otherwise the *latest* slot that was run speaks for the
  /// day, since a later success is what an operator waits for after a failure; a day on which
  /// nothing was run is MISSED before it is SKIPPED, and PENDING only when nothing else happened.
  public init?(slots: [Slot]) {
    guard !slots.isEmpty else { return nil }
    var counts: [SlotState: Int] = [:]
    for slot in slots { counts[slot.state, default: 0] += 1 }
    self.counts = counts
    if counts[.running] != nil {
      state = .running
    } else if let latest = slots.filter({ $0.runs > 0 && $0.state.isOutcome }).max(by: { $0.key < $1.key }) {
      state = latest.state
    } else {
      state = [.missed, .skipped].first { counts[$0] != nil } ?? .pending
    }
  }
}
