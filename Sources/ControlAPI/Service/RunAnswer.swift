public import JobModel

/// All that there is to say about a run.
public struct RunAnswer: Codable, Equatable, Sendable {
  public var now: Instant
  public var id: RunID
  public var job: JobName
  public var timezone: String
  public var scheduledAt: Instant
  public var day: CivilDate
  public var trigger: Trigger
  public var status: RunStatus
  /// Counts the changes of this run: what a wait for the next change names.
  public var version: Int
  public var owner: Ownership
  public var requestedBy: String?
  public var note: String?
  /// The pool in which it has a place.
  public var pool: String?
  /// The version of the job's definition with which it began; nil for one that is none of the job's own.
  public var definitionVersion: Int?
  /// The version of the job's present definition; nil where no run has begun with it yet.
  public var presentVersion: Int?
  /// Whether it began with the job's present definition; nil for a job that is no longer in the job file.
  public var isPresentDefinition: Bool?
  /// After this it counts as late, unless it has succeeded.
  public var lateAt: Instant?
  /// After this it counts as taking too long.
  public var tooLongAt: Instant?
  public var startedAt: Instant
  public var endedAt: Instant?
  public var input: JSONValue
  /// Without the values of environments, as the cause.
  public var output: JSONValue?
  public var error: String?
  public var cause: String?
  /// Why it failed, in one line.
  public var reason: String?
  /// What a run that is going on is waiting for.
  public var waits: [Wait]
  /// By number.
  public var launches: [LaunchAnswer]
  public var messages: [MessageAnswer]
  /// The slot, as it is now: a later rerun may have changed it.
  public var slot: SlotAnswer?

  /// Something that goes on by itself at a time.
  public struct Wait: Codable, Equatable, Sendable {
    public enum Kind: String, Codable, Sendable, CaseIterable {
      case retry = "RETRY"
      case wait = "WAIT"
    }

    public var kind: Kind
    /// The state's name.
    public var state: String
    public var until: Instant

    public init(kind: Kind, state: String, until: Instant) {
      self.kind = kind
      self.state = state
      self.until = until
    }
  }

  /// - Parameters:
  ///   - timezone: the job's zone; UTC for a job that is no longer in the job file.
  ///   - reason: why it failed; nil takes the last launch's diagnosis, or the run's error and cause.
  public init(
    _ run: Run, timezone: String, now: Instant, reason: String? = nil, waits: [Wait] = [],
    launches: [LaunchAnswer] = [], messages: [MessageAnswer] = [], slot: SlotAnswer? = nil
  ) {
    self.now = now
    id = run.id
    job = run.id.job
    self.timezone = timezone
    scheduledAt = run.id.slot.scheduledAt
    day = run.day
    trigger = run.trigger
    status = run.status
    version = run.version
    owner = run.owner
    requestedBy = run.requestedBy
    note = run.note
    pool = run.policy.pool?.name
    lateAt = run.policy.lateAt
    tooLongAt = run.policy.tooLongAt
    startedAt = run.startedAt
    endedAt = run.endedAt
    input = (try? JSONValue.parse(run.input.withoutTaskTokens)) ?? .string(run.input.withoutTaskTokens)
    output = run.output.map { text in ((try? JSONValue.parse(text)) ?? .string(text)).withoutSecretValues }
    error = run.error?.withoutTaskTokens
    cause = run.cause?.withoutSecretValues
    self.reason = (reason ?? RunAnswer.reason(run, launches))?.withoutTaskTokens
    self.waits = waits
    self.launches = launches
    self.messages = messages
    self.slot = slot
  }

  /// Why a run failed, in one line; nil for one that did not.
  public static func reason(_ run: Run, _ launches: [LaunchAnswer]) -> String? {
    guard run.status != .running, run.status != .succeeded else { return nil }
    if let diagnosis = launches.last?.diagnosis { return diagnosis.sentence }
    // The cause of a task that ran is a JSON document: nothing to read in one line.
    let cause = run.cause.flatMap {
      $0.first == "{" ? nil : causeWithoutPayload($0).split(whereSeparator: \.isNewline).first.map(String.init)
    }
    let parts = [run.error, cause].compactMap { $0 }
    return parts.isEmpty ? nil : parts.joined(separator: ": ")
  }
}

/// One attempt to perform one Task state.
public struct LaunchAnswer: Codable, Equatable, Sendable {
  public var number: Int
  public var state: String
  public var resource: String
  public var cluster: String?
  public var status: LaunchState
  public var intendedAt: Instant
  public var endedAt: Instant?
  public var taskARN: String?
  /// The ARN of the task definition's revision that ran; nil until AWS has said it.
  public var taskDefinition: String?
  public var diagnosis: Diagnosis?

  public init(_ launch: Launch) {
    number = launch.id.number
    state = launch.state
    resource = launch.resource
    cluster = launch.cluster
    status = launch.status
    intendedAt = launch.intendedAt
    endedAt = launch.endedAt
    taskARN = launch.taskARN
    taskDefinition = launch.taskDefinitionRevision
    diagnosis = launch.diagnosis?.withoutTaskTokens
  }
}

/// A notification about a run, without its text.
public struct MessageAnswer: Codable, Equatable, Sendable {
  public var id: String
  public var event: NotificationEvent
  /// Who is told: a topic's ARN, or a webhook's host.
  public var receiver: String
  public var subject: String
  public var createdAt: Instant
  public var sentAt: Instant?
  public var attempts: Int
  public var lastError: String?

  public init(_ message: OutboxMessage) {
    id = message.id
    event = message.event
    receiver = message.receiver.name
    subject = message.subject.withoutTaskTokens
    createdAt = message.createdAt
    sentAt = message.sentAt
    attempts = message.attempts
    lastError = message.lastError
  }
}

/// A page of a run's events.
public struct RunHistoryAnswer: Codable, Equatable, Sendable {
  public var run: RunID
  /// Without the values of environments.
  public var events: [HistoryEvent]
  /// Whether there are later events than these.
  public var isMore: Bool

  public init(run: RunID, events: [HistoryEvent], isMore: Bool) {
    self.run = run
    self.events = events.map(\.withoutSecretValues)
    self.isMore = isMore
  }
}

extension Diagnosis {
  fileprivate var withoutTaskTokens: Diagnosis {
    var diagnosis = self
    diagnosis.sentence = sentence.withoutTaskTokens
    diagnosis.log = log.map(\.withoutTaskTokens)
    return diagnosis
  }
}

/// The machine that a run executes, which a later job file does not change.
public struct RunMachineAnswer: Codable, Equatable, Sendable {
  public var run: RunID
  public var status: RunStatus
  /// The definition as ASL, without the values of environments; a text that is no JSON as it is.
  public var machine: JSONValue

  public init(_ run: Run) {
    self.run = run.id
    status = run.status
    machine = ((try? JSONValue.parse(run.definition)) ?? .string(run.definition)).withoutSecretValues
  }
}
