internal import GRDB
public import JobModel

/// The port's reads. Each is served by a key or an index (a test looks at SQLite's query plans), but
/// for the two that want a whole small table.
extension SQLiteRunStore {
  public func instances() async throws(StoreError) -> [Instance] {
    try await read { try $0.all(Instance.self, "ORDER BY epoch") }
  }

  public func jobStates() async throws(StoreError) -> [JobState] {
    try await read { try $0.all(JobState.self, "ORDER BY job") }
  }

  public func jobState(_ job: JobName) async throws(StoreError) -> JobState? {
    try await read { try $0.all(JobState.self, "WHERE job = ?", rowOf(job)).first }
  }

  public func slot(_ key: SlotKey) async throws(StoreError) -> Slot? {
    try await read { try $0.all(Slot.self, "WHERE job = ? AND scheduled_at = ?", key.stored).first }
  }

  public func slots(_ job: JobName, days: ClosedRange<CivilDate>) async throws(StoreError) -> [Slot] {
    try await read { database in
      try database.all(
        Slot.self, "WHERE job = ? AND day BETWEEN ? AND ? ORDER BY scheduled_at",
        rowOf(job, days.lowerBound, days.upperBound))
    }
  }

  public func slots(days: ClosedRange<CivilDate>) async throws(StoreError) -> [Slot] {
    try await read { database in
      try database.all(
        Slot.self, "INDEXED BY slots_by_day WHERE day BETWEEN ? AND ? ORDER BY job, scheduled_at",
        rowOf(days.lowerBound, days.upperBound))
    }
  }

  public func latestSlots(_ job: JobName, limit: Int) async throws(StoreError) -> [Slot] {
    try await read { database in
      try database.all(Slot.self, "WHERE job = ? ORDER BY scheduled_at DESC LIMIT ?", rowOf(job, max(0, limit)))
    }
  }

  public func pendingSlots() async throws(StoreError) -> [Slot] {
    try await read { try $0.all(Slot.self, "\(Self.isPending) ORDER BY job, scheduled_at") }
  }

  public func pendingSlots(of job: JobName) async throws(StoreError) -> [Slot] {
    try await read { try $0.all(Slot.self, "\(Self.isPending) AND job = ? ORDER BY scheduled_at", rowOf(job)) }
  }

  public func run(_ id: RunID) async throws(StoreError) -> Run? {
    try await read { try $0.all(Run.self, Self.isRun, id.stored).first }
  }

  public func runs(of slot: SlotKey) async throws(StoreError) -> [Run] {
    try await read { database in
      try database.all(Run.self, "WHERE job = ? AND scheduled_at = ? ORDER BY rerun", slot.stored)
    }
  }

  public func runs(_ ids: [RunID]) async throws(StoreError) -> [Run] {
    try await read { database in
      try Set(ids).flatMap { try database.all(Run.self, Self.isRun, $0.stored) }
    }
  }

  public func activeRuns() async throws(StoreError) -> [Run] {
    try await read { try $0.all(Run.self, "WHERE status = 'RUNNING' ORDER BY job, scheduled_at, rerun") }
  }

  public func activeRuns(of job: JobName) async throws(StoreError) -> [Run] {
    try await read { database in
      try database.all(
        Run.self, "INDEXED BY runs_running WHERE status = 'RUNNING' AND job = ? ORDER BY scheduled_at, rerun",
        rowOf(job))
    }
  }

  public func activeRunIDs(of jobs: [JobName]) async throws(StoreError) -> [RunID] {
    if jobs.isEmpty { return [] }
    return try await read { database in
      try jobs.flatMap { job in
        try database.all(ActiveRun.self, "INDEXED BY runs_running WHERE status = 'RUNNING' AND job = ?", rowOf(job))
      }.map(\.id)
    }
  }

  public func child(of job: JobName, named name: String) async throws(StoreError) -> ChildRun? {
    try await read { try $0.all(ChildRun.self, "WHERE job = ? AND name = ?", rowOf(job, name)).first }
  }

  public func child(at slot: SlotKey) async throws(StoreError) -> ChildRun? {
    try await read { try $0.all(ChildRun.self, "WHERE job = ? AND scheduled_at = ?", slot.stored).first }
  }

  public func activeRuns(inPool pool: String) async throws(StoreError) -> [Run] {
    try await read { database in
      try database.all(
        Run.self,
        "INDEXED BY runs_running_in_pool WHERE status = 'RUNNING' AND pool = ? ORDER BY job, scheduled_at, rerun",
        rowOf(pool))
    }
  }

  public func successfulDurations(of job: JobName, limit: Int) async throws(StoreError) -> [Duration] {
    try await read { database in
      try database.all(
        RunLength.self,
        """
        INDEXED BY runs_succeeded WHERE status = 'SUCCEEDED' AND ended_at IS NOT NULL AND job = ?
        ORDER BY ended_at DESC, started_at DESC LIMIT ?
        """, rowOf(job, max(0, limit))
      ).map(\.length)
    }
  }

  public func stopRequests() async throws(StoreError) -> [(run: RunID, reason: String)] {
    try await read { database in
      try database.all(StopRequest.self, "ORDER BY job, scheduled_at, rerun").map { ($0.run, $0.reason) }
    }
  }

  public func poolVersion(_ pool: String) async throws(StoreError) -> Int {
    try await read { database in
      let statement = try database.cachedStatement(sql: "SELECT version FROM pools WHERE name = ?")
      return try Int.fetchOne(statement, arguments: StatementArguments(rowOf(pool))) ?? 0
    }
  }

  public func activeBackfills() async throws(StoreError) -> [Backfill] {
    try await read { database in
      try database.all(
        Backfill.self, "INDEXED BY backfills_running WHERE state = 'RUNNING' ORDER BY job, created_at")
    }
  }

  public func backfills(of job: JobName) async throws(StoreError) -> [Backfill] {
    try await read { try $0.all(Backfill.self, "WHERE job = ? ORDER BY created_at", rowOf(job)) }
  }

  public func launches(of run: RunID) async throws(StoreError) -> [Launch] {
    try await read { try $0.all(Launch.self, "\(Self.isRun) ORDER BY number", run.stored) }
  }

  public func openLaunches(of run: RunID) async throws(StoreError) -> [Launch] {
    try await read { database in
      try database.all(
        Launch.self, "INDEXED BY launches_open \(Self.isRun) AND ended_at IS NULL ORDER BY number", run.stored)
    }
  }

  public func openLaunch(of run: RunID, task: Int) async throws(StoreError) -> Launch? {
    try await read { database in
      try database.all(
        Launch.self, "INDEXED BY launches_open \(Self.isRun) AND task = ? AND ended_at IS NULL",
        run.stored + rowOf(task)
      ).first
    }
  }

  public func latestLaunches(of run: RunID, failed: Bool, limit: Int) async throws(StoreError) -> [Launch] {
    let clause =
      failed
      ? "INDEXED BY launches_failed \(Self.isRun) AND status IN ('FAILED', 'STOPPED')" : Self.isRun
    return try await read { database in
      try database.all(Launch.self, "\(clause) ORDER BY number DESC LIMIT ?", run.stored + rowOf(max(0, limit)))
    }
  }

  public func taskAnswers() async throws(StoreError) -> [TaskAnswer] {
    try await read { try $0.all(TaskAnswer.self, "ORDER BY answered_at, job, scheduled_at, rerun, number") }
  }

  public func history(of run: RunID) async throws(StoreError) -> [HistoryEvent] {
    try await read { try $0.all(HistoryEvent.self, "\(Self.isRun) ORDER BY id", run.stored) }
  }

  public func scopes(of run: RunID) async throws(StoreError) -> [String: [UInt8]] {
    try await read { database in
      let scopes = try database.all(StoredScope.self, Self.isRun, run.stored)
      return Dictionary(scopes.map { ($0.scope, $0.snapshot) }, uniquingKeysWith: { $1 })
    }
  }

  public func unsentMessages(limit: Int) async throws(StoreError) -> [OutboxMessage] {
    try await read { database in
      try database.all(
        OutboxMessage.self, "WHERE sent_at IS NULL ORDER BY next_attempt_at, id LIMIT ?", rowOf(max(0, limit)))
    }
  }

  public func messages(of run: RunID) async throws(StoreError) -> [OutboxMessage] {
    try await read { try $0.all(OutboxMessage.self, "\(Self.isRun) ORDER BY created_at, id", run.stored) }
  }

  public func messages(of slot: SlotKey) async throws(StoreError) -> [OutboxMessage] {
    try await read { database in
      try database.all(
        OutboxMessage.self, "WHERE job = ? AND scheduled_at = ? ORDER BY created_at, id", slot.stored)
    }
  }

  private static let isPending = "INDEXED BY slots_pending WHERE state = 'PENDING'"
  private static let isRun = "WHERE job = ? AND scheduled_at = ? AND rerun = ?"
}
