import JobModel

/// A store that hands everything on; what a test wants otherwise it overrides.
class ForwardingStore: RunStore, @unchecked Sendable {
  let base: any RunStore

  init(_ base: any RunStore) { self.base = base }

  var installationID: String { base.installationID }

  func commit(_ batch: [StoreWrite]) async throws(StoreError) -> CommitResult { try await base.commit(batch) }
  func register(_ id: InstanceID, startedAt: Instant, leaseUntil: Instant) async throws(StoreError) -> Instance {
    try await base.register(id, startedAt: startedAt, leaseUntil: leaseUntil)
  }
  func instances() async throws(StoreError) -> [Instance] { try await base.instances() }
  func removeInstance(_ id: InstanceID) async throws(StoreError) { try await base.removeInstance(id) }
  func jobStates() async throws(StoreError) -> [JobState] { try await base.jobStates() }
  func jobState(_ job: JobName) async throws(StoreError) -> JobState? { try await base.jobState(job) }
  func slot(_ key: SlotKey) async throws(StoreError) -> Slot? { try await base.slot(key) }
  func slots(_ job: JobName, days: ClosedRange<CivilDate>) async throws(StoreError) -> [Slot] {
    try await base.slots(job, days: days)
  }
  func slots(days: ClosedRange<CivilDate>) async throws(StoreError) -> [Slot] { try await base.slots(days: days) }
  func latestSlots(_ job: JobName, limit: Int) async throws(StoreError) -> [Slot] {
    try await base.latestSlots(job, limit: limit)
  }
  func run(_ id: RunID) async throws(StoreError) -> Run? { try await base.run(id) }
  func runs(of slot: SlotKey) async throws(StoreError) -> [Run] { try await base.runs(of: slot) }
  func runs(_ ids: [RunID]) async throws(StoreError) -> [Run] { try await base.runs(ids) }
  func activeRuns() async throws(StoreError) -> [Run] { try await base.activeRuns() }
  func activeRuns(of job: JobName) async throws(StoreError) -> [Run] { try await base.activeRuns(of: job) }
  func child(of job: JobName, named name: String) async throws(StoreError) -> ChildRun? {
    try await base.child(of: job, named: name)
  }
  func child(at slot: SlotKey) async throws(StoreError) -> ChildRun? { try await base.child(at: slot) }
  func launches(of run: RunID) async throws(StoreError) -> [Launch] { try await base.launches(of: run) }
  func openLaunches(of run: RunID) async throws(StoreError) -> [Launch] { try await base.openLaunches(of: run) }
  func openLaunch(of run: RunID, task: Int) async throws(StoreError) -> Launch? {
    try await base.openLaunch(of: run, task: task)
  }
  func latestLaunches(of run: RunID, failed: Bool, limit: Int) async throws(StoreError) -> [Launch] {
    try await base.latestLaunches(of: run, failed: failed, limit: limit)
  }
  func taskAnswers() async throws(StoreError) -> [TaskAnswer] { try await base.taskAnswers() }
  func history(of run: RunID) async throws(StoreError) -> [HistoryEvent] { try await base.history(of: run) }
  func history(of run: RunID, _ range: HistoryRange) async throws(StoreError) -> HistoryPage {
    try await base.history(of: run, range)
  }
  func definitionVersions(of job: JobName) async throws(StoreError) -> [DefinitionVersion] {
    try await base.definitionVersions(of: job)
  }
  func definitionVersion(of job: JobName, _ definition: String) async throws(StoreError) -> DefinitionVersion? {
    try await base.definitionVersion(of: job, definition)
  }
  func definition(of job: JobName, version: Int) async throws(StoreError) -> String? {
    try await base.definition(of: job, version: version)
  }
  func scopes(of run: RunID) async throws(StoreError) -> [String: [UInt8]] { try await base.scopes(of: run) }
  func unsentMessages(limit: Int) async throws(StoreError) -> [OutboxMessage] {
    try await base.unsentMessages(limit: limit)
  }
  func messages(of run: RunID) async throws(StoreError) -> [OutboxMessage] { try await base.messages(of: run) }
  func pendingSlots() async throws(StoreError) -> [Slot] { try await base.pendingSlots() }
  func pendingSlots(of job: JobName) async throws(StoreError) -> [Slot] { try await base.pendingSlots(of: job) }
  func activeRuns(inPool pool: String) async throws(StoreError) -> [Run] { try await base.activeRuns(inPool: pool) }
  func successfulDurations(of job: JobName, limit: Int) async throws(StoreError) -> [Duration] {
    try await base.successfulDurations(of: job, limit: limit)
  }
  func stopRequests() async throws(StoreError) -> [(run: RunID, reason: String)] { try await base.stopRequests() }
  func poolVersion(_ pool: String) async throws(StoreError) -> Int { try await base.poolVersion(pool) }
  func activeBackfills() async throws(StoreError) -> [Backfill] { try await base.activeBackfills() }
  func backfills(of job: JobName) async throws(StoreError) -> [Backfill] { try await base.backfills(of: job) }
  func messages(of slot: SlotKey) async throws(StoreError) -> [OutboxMessage] { try await base.messages(of: slot) }
  func prune(_ retention: Retention, now: Instant, limit: Int) async throws(StoreError) -> Int {
    try await base.prune(retention, now: now, limit: limit)
  }
  func backup(to path: String) async throws(StoreError) { try await base.backup(to: path) }
}
