internal import ControlAPI
internal import JobModel
internal import Scheduler

/// What a job's page shows beside the job.
extension DaemonControl {
  /// The job's pool with its runs, of whatever instance.
  func pool(of job: Job) async throws(ControlError) -> PoolAnswer? {
    guard let place = job.pool else { return nil }
    let active = try await reading { store throws(StoreError) in try await store.activeRuns(inPool: place.name) }
    let pending = try await reading { store throws(StoreError) in try await store.pendingSlots() }
    let members = Set(await engine.jobs().filter { $0.job.job.pool?.name == place.name }.map(\.job.name))
    return PoolAnswer(
      name: place.name, limit: place.limit, active: active.map(\.id).sorted(),
      waiting: pending.count { $0.wait == .pool && members.contains($0.key.job) })
  }

  func activeBackfill(of job: JobName) async throws(ControlError) -> BackfillAnswer? {
    let backfills = try await asking { () async throws(EngineRefusal) in try await engine.backfills(of: job) }
    guard let backfill = backfills.first(where: { $0.state == .running }) else { return nil }
    return try await answer(backfill)
  }

  func answer(_ backfill: Backfill) async throws(ControlError) -> BackfillAnswer {
    let slots = try await reading { store throws(StoreError) in
      try await store.slots(backfill.job, days: backfill.from...backfill.to)
    }
    return BackfillAnswer(backfill, timezone: await timezone(of: backfill.job), slots: slots)
  }

  /// Notifications of the slots themselves: a run's stand at the run.
  func messages(of slots: [Slot]) async throws(ControlError) -> [MessageAnswer] {
    var messages: [OutboxMessage] = []
    for slot in slots {
      messages += try await reading { store throws(StoreError) in try await store.messages(of: slot.key) }
    }
    return messages.filter { $0.run == nil }.sorted { $0.createdAt > $1.createdAt }.map(MessageAnswer.init)
  }
}
