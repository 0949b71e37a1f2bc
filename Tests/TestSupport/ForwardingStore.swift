public import JobModel

/// A store that hands everything on; what a test wants otherwise it overrides.
open class ForwardingStore: RunStore, @unchecked Sendable {
  public let base: any RunStore

  public init(_ base: any RunStore) { self.base = base }

  /// Every read goes through here.
  open func read<Value: Sendable>(
    _ body: @escaping @Sendable (any RunStore) async throws(StoreError) -> Value
  ) async throws(StoreError) -> Value {
    try await body(base)
  }

  /// Every write goes through here.
  open func write<Value: Sendable>(
    _ body: @escaping @Sendable (any RunStore) async throws(StoreError) -> Value
  ) async throws(StoreError) -> Value {
    try await body(base)
  }

  open var installationID: String { base.installationID }

  open func commit(_ batch: [StoreWrite]) async throws(StoreError) -> CommitResult {
    try await write { store throws(StoreError) in try await store.commit(batch) }
  }
  open func register(_ id: InstanceID, startedAt: Instant, leaseUntil: Instant) async throws(StoreError) -> Instance {
    try await write { store throws(StoreError) in
      try await store.register(id, startedAt: startedAt, leaseUntil: leaseUntil)
    }
  }
  open func instances() async throws(StoreError) -> [Instance] {
    try await read { store throws(StoreError) in try await store.instances() }
  }
  open func removeInstance(_ id: InstanceID) async throws(StoreError) {
    try await write { store throws(StoreError) in try await store.removeInstance(id) }
  }
  open func jobStates() async throws(StoreError) -> [JobState] {
    try await read { store throws(StoreError) in try await store.jobStates() }
  }
  open func jobState(_ job: JobName) async throws(StoreError) -> JobState? {
    try await read { store throws(StoreError) in try await store.jobState(job) }
  }
  open func slot(_ key: SlotKey) async throws(StoreError) -> Slot? {
    try await read { store throws(StoreError) in try await store.slot(key) }
  }
  open func slots(_ job: JobName, days: ClosedRange<CivilDate>) async throws(StoreError) -> [Slot] {
    try await read { store throws(StoreError) in try await store.slots(job, days: days) }
  }
  open func slots(days: ClosedRange<CivilDate>) async throws(StoreError) -> [Slot] {
    try await read { store throws(StoreError) in try await store.slots(days: days) }
  }
  open func latestSlots(_ job: JobName, limit: Int) async throws(StoreError) -> [Slot] {
    try await read { store throws(StoreError) in try await store.latestSlots(job, limit: limit) }
  }
  open func run(_ id: RunID) async throws(StoreError) -> Run? {
    try await read { store throws(StoreError) in try await store.run(id) }
  }
  open func runs(of slot: SlotKey) async throws(StoreError) -> [Run] {
    try await read { store throws(StoreError) in try await store.runs(of: slot) }
  }
  open func runs(_ ids: [RunID]) async throws(StoreError) -> [Run] {
    try await read { store throws(StoreError) in try await store.runs(ids) }
  }
  open func activeRuns() async throws(StoreError) -> [Run] {
    try await read { store throws(StoreError) in try await store.activeRuns() }
  }
  open func activeRuns(of job: JobName) async throws(StoreError) -> [Run] {
    try await read { store throws(StoreError) in try await store.activeRuns(of: job) }
  }
  open func child(of job: JobName, named name: String) async throws(StoreError) -> ChildRun? {
    try await read { store throws(StoreError) in try await store.child(of: job, named: name) }
  }
  open func child(at slot: SlotKey) async throws(StoreError) -> ChildRun? {
    try await read { store throws(StoreError) in try await store.child(at: slot) }
  }
  open func launches(of run: RunID) async throws(StoreError) -> [Launch] {
    try await read { store throws(StoreError) in try await store.launches(of: run) }
  }
  open func openLaunches(of run: RunID) async throws(StoreError) -> [Launch] {
    try await read { store throws(StoreError) in try await store.openLaunches(of: run) }
  }
  open func openLaunch(of run: RunID, task: Int) async throws(StoreError) -> Launch? {
    try await read { store throws(StoreError) in try await store.openLaunch(of: run, task: task) }
  }
  open func latestLaunches(of run: RunID, failed: Bool, limit: Int) async throws(StoreError) -> [Launch] {
    try await read { store throws(StoreError) in try await store.latestLaunches(of: run, failed: failed, limit: limit) }
  }
  open func taskAnswers() async throws(StoreError) -> [TaskAnswer] {
    try await read { store throws(StoreError) in try await store.taskAnswers() }
  }
  open func history(of run: RunID) async throws(StoreError) -> [HistoryEvent] {
    try await read { store throws(StoreError) in try await store.history(of: run) }
  }
  open func history(of run: RunID, _ range: HistoryRange) async throws(StoreError) -> HistoryPage {
    try await read { store throws(StoreError) in try await store.history(of: run, range) }
  }
  open func definitionVersions(of job: JobName) async throws(StoreError) -> [DefinitionVersion] {
    try await read { store throws(StoreError) in try await store.definitionVersions(of: job) }
  }
  open func definitionVersion(of job: JobName, _ definition: String) async throws(StoreError) -> DefinitionVersion? {
    try await read { store throws(StoreError) in try await store.definitionVersion(of: job, definition) }
  }
  open func definition(of job: JobName, version: Int) async throws(StoreError) -> String? {
    try await read { store throws(StoreError) in try await store.definition(of: job, version: version) }
  }
  open func scopes(of run: RunID) async throws(StoreError) -> [String: [UInt8]] {
    try await read { store throws(StoreError) in try await store.scopes(of: run) }
  }
  open func unsentMessages(limit: Int) async throws(StoreError) -> [OutboxMessage] {
    try await read { store throws(StoreError) in try await store.unsentMessages(limit: limit) }
  }
  open func messages(of run: RunID) async throws(StoreError) -> [OutboxMessage] {
    try await read { store throws(StoreError) in try await store.messages(of: run) }
  }
  open func pendingSlots() async throws(StoreError) -> [Slot] {
    try await read { store throws(StoreError) in try await store.pendingSlots() }
  }
  open func pendingSlots(of job: JobName) async throws(StoreError) -> [Slot] {
    try await read { store throws(StoreError) in try await store.pendingSlots(of: job) }
  }
  open func activeRuns(inPool pool: String) async throws(StoreError) -> [Run] {
    try await read { store throws(StoreError) in try await store.activeRuns(inPool: pool) }
  }
  open func successfulDurations(of job: JobName, limit: Int) async throws(StoreError) -> [Duration] {
    try await read { store throws(StoreError) in try await store.successfulDurations(of: job, limit: limit) }
  }
  open func stopRequests() async throws(StoreError) -> [(run: RunID, reason: String)] {
    try await read { store throws(StoreError) in try await store.stopRequests() }
  }
  open func poolVersion(_ pool: String) async throws(StoreError) -> Int {
    try await read { store throws(StoreError) in try await store.poolVersion(pool) }
  }
  open func activeBackfills() async throws(StoreError) -> [Backfill] {
    try await read { store throws(StoreError) in try await store.activeBackfills() }
  }
  open func backfills(of job: JobName) async throws(StoreError) -> [Backfill] {
    try await read { store throws(StoreError) in try await store.backfills(of: job) }
  }
  open func messages(of slot: SlotKey) async throws(StoreError) -> [OutboxMessage] {
    try await read { store throws(StoreError) in try await store.messages(of: slot) }
  }
  open func prune(_ retention: Retention, now: Instant, limit: Int) async throws(StoreError) -> Int {
    try await write { store throws(StoreError) in try await store.prune(retention, now: now, limit: limit) }
  }
  open func backup(to path: String) async throws(StoreError) {
    try await read { store throws(StoreError) in try await store.backup(to: path) }
  }
}
