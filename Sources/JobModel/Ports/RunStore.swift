/// One conditional write. A batch of them is one transaction; a condition that does not hold takes the
/// whole batch back.
///
/// Conditions are on single keys, so that DynamoDB's TransactWriteItems can stand behind the port.
///
/// Indirect, since batches are gathered and passed on: a copy of one is then not a copy of every launch in it.
public indirect enum StoreWrite: Equatable, Sendable {
  /// Condition: no slot with this key exists. This is the claim.
  case insertSlot(Slot)
  /// Condition: the stored version is `slot.version - 1`.
  case updateSlot(Slot)
  /// Condition: no run with this id exists.
  case insertRun(Run)
  /// Condition: no child of the same job has this name, and the slot is no child yet. It goes with its slot.
  case insertChild(ChildRun)
  /// Condition: the stored owner and epoch are the run's own, and the stored version is `run.version - 1`.
  /// What a run began with (its definition, input, policy, trigger, who asked) stays as it was inserted.
  /// Every batch that writes anything of a run holds this for that run (or ``insertRun(_:)``).
  case updateRun(Run)
  /// Takes a run over: owner and epoch become `run.owner`. Condition: the stored owner and epoch are
  /// `from`, the stored version is `run.version - 1`, and `from`'s lease ended at or before `now`
  /// (an instance that is not stored has no lease).
  case adoptRun(Run, from: Ownership, now: Instant)
  /// Condition: no launch with this id exists.
  case insertLaunch(Launch)
  /// Condition: a launch with this id exists.
  case updateLaunch(Launch)
  /// Condition: none of these ids is taken in this run's history.
  case appendHistory(RunID, [HistoryEvent])
  /// The interpreter's snapshot of one scope, replacing what was there.
  case putScope(RunID, scope: String, [UInt8])
  case removeScope(RunID, scope: String)
  /// Condition: the job has no state yet.
  case insertJobState(JobState)
  /// Condition: the stored version is `state.version - 1`.
  case updateJobState(JobState)
  /// A message with this id that exists already stays as it is: telling twice is one row.
  case insertMessage(OutboxMessage)
  /// Condition: the stored version is `message.version - 1`.
  case updateMessage(OutboxMessage)
  /// Condition: the pool's version is `from` (0 for one that has never been written); it becomes the next one.
  /// Every start of a run in a pool is in a batch with this, so that two never take the same place.
  case advancePool(String, from: Int)
  /// Condition: no backfill of this job and moment exists.
  case insertBackfill(Backfill)
  /// Condition: the stored version is `backfill.version - 1`.
  case updateBackfill(Backfill)
  /// Asks the run's owner to stop it, whichever instance that is. An earlier request stays as it is; the end of
  /// the run (``updateRun(_:)`` with another status than RUNNING) removes it.
  case requestStop(RunID, reason: String)
  /// Notes that a run of a job begins with the job's own definition. One that is new gets the job's next version
  /// number; one that comes back becomes the present version again.
  case useDefinition(JobName, String, at: Instant)
  /// Brings an answer for a task that waits for its token. Condition: the launch has none yet, or only a heartbeat,
  /// which it replaces. Whoever brings one has ``expectOpen(_:)`` for the launch in the same batch. The end of the
  /// run removes all of its answers.
  case insertAnswer(TaskAnswer)
  /// The answer was taken. One that came in the place of a heartbeat stays; so does what is not there.
  case removeAnswer(TaskAnswer)
  /// Writes nothing. Condition: the launch exists, is not over, and was not given up.
  case expectOpen(LaunchID)
  /// Writes nothing. Condition: there is no answer for the launch, not even a heartbeat.
  case expectUnanswered(LaunchID)
  /// Condition: the instance exists with this epoch.
  case renewLease(InstanceID, epoch: Int, until: Instant)
}

/// What became of a batch.
public enum CommitResult: Equatable, Sendable {
  /// Everything is durable.
  case committed
  /// The condition of the write at this place in the batch did not hold; nothing was written.
  case conflict(at: Int)
}

/// Why the store could not do what was asked: the disk, the file, the server. Nothing of it is seen
/// afterwards, except where the disk failed to make a commit durable: a process that comes later may find that it was.
public struct StoreError: Error, Equatable, Sendable, CustomStringConvertible {
  public enum Code: String, Sendable, CaseIterable {
    case full = "FULL"
    case readOnly = "READ_ONLY"
    case corrupt = "CORRUPT"
    case busy = "BUSY"
    case newerSchema = "NEWER_SCHEMA"
    case cannotOpen = "CANNOT_OPEN"
    case other = "OTHER"
  }

  public var code: Code
  /// What failed, where, and what helps.
  public var message: String

  public init(code: Code, message: String) {
    self.code = code
    self.message = message
  }

  public var description: String { message }
}

/// Where everything that jobd knows is kept. Implementations pass one conformance suite.
///
/// Reads see every batch whose commit has returned.
public protocol RunStore: Sendable {
  /// A random text, made with the store: two installations never derive the same client token.
  var installationID: String { get }

  /// Writes a batch in one transaction, durable when this returns.
  func commit(_ batch: [StoreWrite]) async throws(StoreError) -> CommitResult

  /// Enters a new instance with an epoch greater than every earlier one.
  func register(_ id: InstanceID, startedAt: Instant, leaseUntil: Instant) async throws(StoreError) -> Instance
  func instances() async throws(StoreError) -> [Instance]
  /// Removes an instance that owns no running run.
  func removeInstance(_ id: InstanceID) async throws(StoreError)

  func jobStates() async throws(StoreError) -> [JobState]
  func jobState(_ job: JobName) async throws(StoreError) -> JobState?

  func slot(_ key: SlotKey) async throws(StoreError) -> Slot?
  /// A job's slots of the days in the range, by scheduled instant.
  func slots(_ job: JobName, days: ClosedRange<CivilDate>) async throws(StoreError) -> [Slot]
  /// Every job's slots of the days in the range, by job and scheduled instant.
  func slots(days: ClosedRange<CivilDate>) async throws(StoreError) -> [Slot]
  /// A job's latest slots, the newest first.
  func latestSlots(_ job: JobName, limit: Int) async throws(StoreError) -> [Slot]

  /// Every slot whose state is PENDING, by job and scheduled instant.
  func pendingSlots() async throws(StoreError) -> [Slot]
  func pendingSlots(of job: JobName) async throws(StoreError) -> [Slot]

  func run(_ id: RunID) async throws(StoreError) -> Run?
  func runs(of slot: SlotKey) async throws(StoreError) -> [Run]
  /// The runs with these ids, in no particular order; ids that do not exist are left out.
  func runs(_ ids: [RunID]) async throws(StoreError) -> [Run]
  /// Every run whose status is RUNNING, whoever owns it.
  func activeRuns() async throws(StoreError) -> [Run]
  func activeRuns(of job: JobName) async throws(StoreError) -> [Run]
  /// The ids of the running runs of several jobs, in no particular order: in one look, where the store has one.
  func activeRunIDs(of jobs: [JobName]) async throws(StoreError) -> [RunID]
  /// The child of a job that has this name, whether it runs or is over.
  func child(of job: JobName, named name: String) async throws(StoreError) -> ChildRun?
  /// What started the slot's first run; nil for a slot that no other run has started.
  func child(at slot: SlotKey) async throws(StoreError) -> ChildRun?

  /// Running runs whose policy names this pool.
  func activeRuns(inPool pool: String) async throws(StoreError) -> [Run]
  /// How long the job's latest successful runs took, the newest first.
  func successfulDurations(of job: JobName, limit: Int) async throws(StoreError) -> [Duration]
  /// What owners were asked to stop and have not stopped yet.
  func stopRequests() async throws(StoreError) -> [(run: RunID, reason: String)]
  /// How often starts in this pool were written; 0 for never.
  func poolVersion(_ pool: String) async throws(StoreError) -> Int
  /// Every backfill that is RUNNING, or every one of a job.
  func activeBackfills() async throws(StoreError) -> [Backfill]
  func backfills(of job: JobName) async throws(StoreError) -> [Backfill]

  /// By number.
  func launches(of run: RunID) async throws(StoreError) -> [Launch]
  /// Those that are not over, by number.
  func openLaunches(of run: RunID) async throws(StoreError) -> [Launch]
  /// The one that performs this attempt of the interpreter's, unless it is over.
  func openLaunch(of run: RunID, task: Int) async throws(StoreError) -> Launch?
  /// The run's latest launches, the newest first.
  ///
  /// - Parameter failed: only those that failed or were stopped.
  func latestLaunches(of run: RunID, failed: Bool, limit: Int) async throws(StoreError) -> [Launch]
  /// Answers that no run has taken yet, in the order in which they came.
  func taskAnswers() async throws(StoreError) -> [TaskAnswer]
  func history(of run: RunID) async throws(StoreError) -> [HistoryEvent]
  /// A page of a run's events: at most as many as the range says, and ``Limits/historyPageBytes``.
  func history(of run: RunID, _ range: HistoryRange) async throws(StoreError) -> HistoryPage
  /// The versions of a job's definition, the newest number first.
  func definitionVersions(of job: JobName) async throws(StoreError) -> [DefinitionVersion]
  /// The version of a job's definition that has this text; nil for one with which no run of the job has begun.
  func definitionVersion(of job: JobName, _ definition: String) async throws(StoreError) -> DefinitionVersion?
  /// A version's text; nil for a version that there never was, and for one that a retention has removed.
  func definition(of job: JobName, version: Int) async throws(StoreError) -> String?
  /// The interpreter's snapshot by scope.
  func scopes(of run: RunID) async throws(StoreError) -> [String: [UInt8]]

  /// Messages that are not sent yet, the earliest due first, due or not.
  func unsentMessages(limit: Int) async throws(StoreError) -> [OutboxMessage]
  func messages(of run: RunID) async throws(StoreError) -> [OutboxMessage]
  func messages(of slot: SlotKey) async throws(StoreError) -> [OutboxMessage]

  /// Removes what is older than a retention says, the oldest first: at most `limit` slots with all their runs,
  /// so that a writer never waits for long. What is going on, waits, or is owed stays, and so does each job's
  /// latest slot.
  ///
  /// - Returns: how many slots (or, of history and logs alone, runs) were dealt with; less than `limit` means
  ///   that nothing more is left to do.
  func prune(_ retention: Retention, now: Instant, limit: Int) async throws(StoreError) -> Int
  /// Writes a copy of the whole store as it is at one moment, while it is in use.
  ///
  /// - Parameter path: a file that does not exist yet.
  func backup(to path: String) async throws(StoreError)
}

extension RunStore {
  public func activeRunIDs(of jobs: [JobName]) async throws(StoreError) -> [RunID] {
    var runs: [RunID] = []
    for job in jobs { runs += try await activeRuns(of: job).map(\.id) }
    return runs
  }
}
