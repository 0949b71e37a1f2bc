/// Names a run: derived from its slot and the number of the rerun, never random, so that two
/// instances that plan the same slot mean the same run.
public struct RunID: Hashable, Comparable, Sendable {
  public var slot: SlotKey
  /// 0 for the slot's first run.
  public var rerun: Int

  public init(slot: SlotKey, rerun: Int) {
    self.slot = slot
    self.rerun = rerun
  }

  public var job: JobName { slot.job }

  public static func < (left: RunID, right: RunID) -> Bool {
    (left.slot, left.rerun) < (right.slot, right.rerun)
  }
}

extension RunID: CustomStringConvertible {
  /// `nightly-report.20261121T030000Z.0`: no character that a shell or a URL would want quoted.
  public var description: String { "\(slot.job).\(slot.scheduledAt.compactText).\(rerun)" }

  /// Reads what ``description`` writes; nil for anything else.
  public init?(_ text: String) {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 3, let job = JobName(String(parts[0])), let at = Instant(compact: String(parts[1])),
      let rerun = digits(parts[2]), String(rerun) == parts[2]
    else { return nil }
    self.init(slot: SlotKey(job: job, scheduledAt: at), rerun: rerun)
  }
}

/// Step Functions' own execution states.
public enum RunStatus: String, Codable, Sendable, CaseIterable {
  case running = "RUNNING"
  case succeeded = "SUCCEEDED"
  case failed = "FAILED"
  case timedOut = "TIMED_OUT"
  case aborted = "ABORTED"

  /// The slot's state while, or after, its latest run has this status.
  public var slotState: SlotState {
    switch self {
    case .running: .running
    case .succeeded: .succeeded
    case .failed: .failed
    case .timedOut: .timedOut
    case .aborted: .aborted
    }
  }
}

/// Who may write a run: the instance, and its fencing number when it took the run.
public struct Ownership: Hashable, Codable, Sendable {
  public var instance: InstanceID
  public var epoch: Int

  public init(instance: InstanceID, epoch: Int) {
    self.instance = instance
    self.epoch = epoch
  }
}

/// One execution of a job's state machine, as it is stored. Its scopes (the interpreter's snapshot) and
/// its history stand beside it.
public struct Run: Hashable, Codable, Sendable {
  public var id: RunID
  public var day: CivilDate
  public var trigger: Trigger
  public var status: RunStatus
  public var owner: Ownership
  /// Counts the writes of this run; with `owner` the condition of the next one.
  public var version: Int
  /// The ASL definition with which it began, as JSON text: a reload changes nothing for a running run.
  public var definition: String
  /// JSON text.
  public var input: String
  public var startedAt: Instant
  public var endedAt: Instant?
  /// Launches so far.
  public var launches: Int
  /// JSON text, once it has succeeded.
  public var output: String?
  public var error: String?
  public var cause: String?
  /// Who asked for it, for a run that was started by hand.
  public var requestedBy: String?
  /// Why they asked.
  public var note: String?
  public var policy: RunPolicy

  public init(
    id: RunID, day: CivilDate, trigger: Trigger, status: RunStatus = .running, owner: Ownership,
    version: Int = 1, definition: String, input: String, startedAt: Instant, endedAt: Instant? = nil,
    launches: Int = 0, output: String? = nil, error: String? = nil, cause: String? = nil,
    requestedBy: String? = nil, note: String? = nil, policy: RunPolicy = RunPolicy()
  ) {
    self.id = id
    self.day = day
    self.trigger = trigger
    self.status = status
    self.owner = owner
    self.version = version
    self.definition = definition
    self.input = input
    self.startedAt = startedAt
    self.endedAt = endedAt
    self.launches = launches
    self.output = output
    self.error = error
    self.cause = cause
    self.requestedBy = requestedBy
    self.note = note
    self.policy = policy
  }
}
