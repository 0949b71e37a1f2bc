public import JobModel
internal import Synchronization

/// The twin of ``SQLiteRunStore`` for simulations and tests: the same answers, nothing durable, and no
/// suspension, so that a simulation stays deterministic.
public final class InMemoryRunStore: RunStore {
  public let installationID: String
  private let tables = Mutex(InMemoryTables())

  /// - Parameter random: where ``installationID`` comes from.
  public init(random: any RandomSource) {
    installationID = newInstallationID(random)
  }

  public func commit(_ batch: [StoreWrite]) async throws(StoreError) -> CommitResult {
    tables.withLock { $0.commit(batch) }
  }

  public func register(
    _ id: InstanceID, startedAt: Instant, leaseUntil: Instant
  ) async throws(StoreError) -> Instance {
    tables.withLock { $0.register(id, startedAt: startedAt, leaseUntil: leaseUntil) }
  }

  public func removeInstance(_ id: InstanceID) async throws(StoreError) {
    tables.withLock { $0.removeInstance(id) }
  }

  public func instances() async throws(StoreError) -> [Instance] {
    tables.withLock { $0.instances.values.sorted { $0.epoch < $1.epoch } }
  }

  public func jobStates() async throws(StoreError) -> [JobState] {
    tables.withLock { $0.jobStates.values.sorted { $0.job < $1.job } }
  }

  public func jobState(_ job: JobName) async throws(StoreError) -> JobState? {
    tables.withLock { $0.jobStates[job] }
  }

  public func slot(_ key: SlotKey) async throws(StoreError) -> Slot? {
    tables.withLock { $0.slots[key.job]?[key.scheduledAt] }
  }

  public func slots(_ job: JobName, days: ClosedRange<CivilDate>) async throws(StoreError) -> [Slot] {
    tables.withLock { tables in
      (tables.slots[job] ?? [:]).values.filter { days.contains($0.day) }.sorted { $0.key < $1.key }
    }
  }

  public func slots(days: ClosedRange<CivilDate>) async throws(StoreError) -> [Slot] {
    tables.withLock { tables in
      tables.slots.values.flatMap { $0.values.filter { days.contains($0.day) } }.sorted { $0.key < $1.key }
    }
  }

  public func latestSlots(_ job: JobName, limit: Int) async throws(StoreError) -> [Slot] {
    tables.withLock { tables in
      Array((tables.slots[job] ?? [:]).values.sorted { $0.key > $1.key }.prefix(max(0, limit)))
    }
  }

  public func pendingSlots() async throws(StoreError) -> [Slot] {
    tables.withLock { tables in
      tables.pending.sorted().compactMap { tables.slots[$0.job]?[$0.scheduledAt] }
    }
  }

  public func pendingSlots(of job: JobName) async throws(StoreError) -> [Slot] {
    tables.withLock { tables in
      tables.pending.filter { $0.job == job }.sorted().compactMap { tables.slots[$0.job]?[$0.scheduledAt] }
    }
  }

  public func run(_ id: RunID) async throws(StoreError) -> Run? {
    tables.withLock { $0.runs[id] }
  }

  public func runs(of slot: SlotKey) async throws(StoreError) -> [Run] {
    tables.withLock { tables in
      (tables.runsOfSlots[slot] ?? []).sorted().compactMap { tables.runs[RunID(slot: slot, rerun: $0)] }
    }
  }

  public func runs(_ ids: [RunID]) async throws(StoreError) -> [Run] {
    tables.withLock { tables in Set(ids).compactMap { tables.runs[$0] } }
  }

  public func activeRuns() async throws(StoreError) -> [Run] {
    tables.withLock { tables in tables.active.sorted().compactMap { tables.runs[$0] } }
  }

  public func activeRuns(of job: JobName) async throws(StoreError) -> [Run] {
    tables.withLock { tables in tables.active.filter { $0.job == job }.sorted().compactMap { tables.runs[$0] } }
  }

  public func activeRunIDs(of jobs: [JobName]) async throws(StoreError) -> [RunID] {
    let wanted = Set(jobs)
    return tables.withLock { tables in tables.active.filter { wanted.contains($0.job) } }
  }

  public func child(of job: JobName, named name: String) async throws(StoreError) -> ChildRun? {
    tables.withLock { tables in tables.childNames[job]?[name].flatMap { tables.children[$0] } }
  }

  public func child(at slot: SlotKey) async throws(StoreError) -> ChildRun? {
    tables.withLock { $0.children[slot] }
  }

  public func activeRuns(inPool pool: String) async throws(StoreError) -> [Run] {
    tables.withLock { tables in
      tables.active.sorted().compactMap { tables.runs[$0] }.filter { $0.policy.pool?.name == pool }
    }
  }

  public func successfulDurations(of job: JobName, limit: Int) async throws(StoreError) -> [Duration] {
    tables.withLock { tables in
      let lengths = (tables.succeeded[job] ?? []).compactMap { id in
        tables.runs[id].flatMap { run in run.endedAt.map { ($0, run.startedAt) } }
      }
      return lengths.sorted { $0 > $1 }.prefix(max(0, limit)).map { $0 - $1 }
    }
  }

  public func stopRequests() async throws(StoreError) -> [(run: RunID, reason: String)] {
    tables.withLock { $0.stopRequests.sorted { $0.key < $1.key }.map { ($0.key, $0.value) } }
  }

  public func poolVersion(_ pool: String) async throws(StoreError) -> Int {
    tables.withLock { $0.pools[pool] ?? 0 }
  }

  public func activeBackfills() async throws(StoreError) -> [Backfill] {
    tables.withLock { tables in
      tables.backfills.values.flatMap { $0.values.filter { $0.state == .running } }
        .sorted { ($0.job, $0.createdAt) < ($1.job, $1.createdAt) }
    }
  }

  public func backfills(of job: JobName) async throws(StoreError) -> [Backfill] {
    tables.withLock { ($0.backfills[job] ?? [:]).values.sorted { $0.createdAt < $1.createdAt } }
  }

  public func launches(of run: RunID) async throws(StoreError) -> [Launch] {
    tables.withLock { ($0.launches[run] ?? [:]).values.sorted { $0.id.number < $1.id.number } }
  }

  public func openLaunches(of run: RunID) async throws(StoreError) -> [Launch] {
    tables.withLock {
      ($0.launches[run] ?? [:]).values.filter { $0.endedAt == nil }.sorted { $0.id.number < $1.id.number }
    }
  }

  public func openLaunch(of run: RunID, task: Int) async throws(StoreError) -> Launch? {
    tables.withLock { ($0.launches[run] ?? [:]).values.first { $0.task == task && $0.endedAt == nil } }
  }

  public func latestLaunches(of run: RunID, failed: Bool, limit: Int) async throws(StoreError) -> [Launch] {
    tables.withLock { tables in
      let wanted = (tables.launches[run] ?? [:]).values.filter {
        !failed || $0.status == .failed || $0.status == .stopped
      }
      return Array(wanted.sorted { $0.id.number > $1.id.number }.prefix(max(0, limit)))
    }
  }

  public func taskAnswers() async throws(StoreError) -> [TaskAnswer] {
    tables.withLock { tables in
      tables.answers.values.flatMap(\.values).sorted {
        ($0.answeredAt, $0.launch.run, $0.launch.number) < ($1.answeredAt, $1.launch.run, $1.launch.number)
      }
    }
  }

  public func history(of run: RunID) async throws(StoreError) -> [HistoryEvent] {
    tables.withLock { ($0.history[run] ?? [:]).values.sorted { $0.id < $1.id } }
  }

  public func history(of run: RunID, _ range: HistoryRange) async throws(StoreError) -> HistoryPage {
    tables.withLock { tables in
      let events = tables.history[run] ?? [:]
      let ids =
        switch range {
        case .after(let id, _): events.keys.filter { $0 > id }.sorted()
        case .last(let id, _): events.keys.filter { $0 < id ?? .max }.sorted(by: >)
        }
      var reader = HistoryPage.Reader(range)
      for id in ids {
        guard let event = events[id], reader.take(event, bytes: event.details.text.utf8.count) else { break }
      }
      return reader.result
    }
  }

  public func definitionVersions(of job: JobName) async throws(StoreError) -> [DefinitionVersion] {
    tables.withLock { ($0.versions[job] ?? []).map(\.version).reversed() }
  }

  public func definitionVersion(
    of job: JobName, _ definition: String
  ) async throws(StoreError) -> DefinitionVersion? {
    tables.withLock { $0.versions[job]?.first { $0.definition == definition }?.version }
  }

  public func definition(of job: JobName, version: Int) async throws(StoreError) -> String? {
    tables.withLock { $0.versions[job]?.first { $0.version.number == version }?.definition }
  }

  public func scopes(of run: RunID) async throws(StoreError) -> [String: [UInt8]] {
    tables.withLock { $0.scopes[run] ?? [:] }
  }

  public func unsentMessages(limit: Int) async throws(StoreError) -> [OutboxMessage] {
    tables.withLock { tables in
      let unsent = tables.messages.values.filter { $0.sentAt == nil }
      return Array(unsent.sorted { ($0.nextAttemptAt, $0.id) < ($1.nextAttemptAt, $1.id) }.prefix(max(0, limit)))
    }
  }

  public func messages(of run: RunID) async throws(StoreError) -> [OutboxMessage] {
    tables.withLock { tables in
      tables.messages.values.filter { $0.run == run }.sorted { ($0.createdAt, $0.id) < ($1.createdAt, $1.id) }
    }
  }

  public func messages(of slot: SlotKey) async throws(StoreError) -> [OutboxMessage] {
    tables.withLock { tables in
      tables.messages.values.filter { $0.slot == slot }.sorted { ($0.createdAt, $0.id) < ($1.createdAt, $1.id) }
    }
  }

  public func prune(_ retention: Retention, now: Instant, limit: Int) async throws(StoreError) -> Int {
    tables.withLock { $0.prune(retention, now: now, limit: max(0, limit)) }
  }

  /// There is no file to copy.
  public func backup(to path: String) async throws(StoreError) {
    throw StoreError(
      code: .other,
      message: "backup to \(path): this store is in memory alone and has no file; back up a store that has one")
  }
}
