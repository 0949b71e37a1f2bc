internal import JobModel
internal import Logging

/// What is told of and changes nothing.
enum Warning: Hashable, Sendable {
  /// A slot may not have succeeded by its time and `lateAfter`.
  case late(SlotKey)
  /// A run may have gone on for longer than `tooLongAfter`.
  case tooLong(RunID)
}

/// Slots that are late, and runs that take too long: told once, and then left alone.
extension Engine {
  /// The policies with which runs begin.
  func policies(
    for slots: [Slot], of job: CompiledJob
  ) async throws(StoreError) -> [SlotKey: RunPolicy] {
    if slots.isEmpty { return [:] }
    let (job, now) = (job.job, time.now())
    var base = RunPolicy(
      timezone: job.timezone, pool: job.pool, task: job.taskPolicy, subscriptions: job.subscriptions,
      limits: job.limits)
    let durations = try await durations(of: job)
    base.tooLongAt = job.tooLongAfter?.length(after: durations).map { now + $0 }
    if job.subscriptions.contains(where: { $0.events.contains(.recovered) }) {
      base.followsFailure = try await hasFailed(job.name, before: slots)
    }
    return Dictionary(
      slots.map { slot in
        var policy = base
        policy.lateAt = lateAt(slot, job, durations)
        return (slot.key, policy)
      }, uniquingKeysWith: { $1 })
  }

  /// A slot that was started by hand has no time to be late for.
  private func lateAt(_ slot: Slot, _ job: Job, _ durations: [Duration]) -> Instant? {
    guard slot.trigger == .schedule || slot.trigger == .upstream else { return nil }
    return job.lateAfter?.length(after: durations).map { slot.key.scheduledAt + $0 }
  }

  private func durations(of job: Job) async throws(StoreError) -> [Duration] {
    let allowances = [job.lateAfter, job.tooLongAfter].compactMap(\.self)
    guard allowances.contains(where: { if case .median = $0 { true } else { false } }) else { return [] }
    return try await store.successfulDurations(of: job.name, limit: Allowance.mostRuns)
  }

  /// Whether the slot before these, in the order of their times, has failed; of a rerun, how its slot had ended. A
  /// backfill of older days is no recovery from what fails today.
  private func hasFailed(_ job: JobName, before slots: [Slot]) async throws(StoreError) -> Bool {
    guard let first = slots.map(\.key).min() else { return false }
    let latest = try await store.latestSlots(job, limit: 20)
      .first { $0.key < first && [.succeeded, .failed, .timedOut].contains($0.state) }
    let rerun = try await rerunOutcome(of: slots)
    return [rerun ?? latest?.state].contains { $0 == .failed || $0 == .timedOut }
  }

  /// How the slot of a rerun had ended before; a run that somebody stopped says nothing.
  private func rerunOutcome(of slots: [Slot]) async throws(StoreError) -> SlotState? {
    guard let slot = slots.first, slot.runs > 1 else { return nil }
    return try await store.runs(of: slot.key).map(\.status).last { $0 != .aborted && $0 != .running }?.slotState
  }

  // MARK: Alarms

  func setWarnings(of run: Run) {
    if let at = run.policy.lateAt { alarms.set(.warning(.late(run.id.slot)), at: at) }
    if let at = run.policy.tooLongAt { alarms.set(.warning(.tooLong(run.id)), at: at) }
  }

  func removeWarnings(of run: RunID) {
    // A rerun may have begun already, for which its slot is as late.
    if mailboxes[RunID(slot: run.slot, rerun: run.rerun + 1)] == nil { alarms.remove(.warning(.late(run.slot))) }
    alarms.remove(.warning(.tooLong(run)))
  }

  func setWarning(ofWaiting slot: Slot, _ job: CompiledJob) async {
    guard job.job.lateAfter != nil, !toldLate.contains(slot.key),
      let durations = try? await durations(of: job.job), let at = lateAt(slot, job.job, durations)
    else { return }
    alarms.set(.warning(.late(slot.key)), at: at)
  }

  // MARK: Telling

  func warn(_ warning: Warning) async {
    do {
      let messages: [OutboxMessage]
      switch warning {
      case .late(let key): messages = try await lateness(of: key)
      case .tooLong(let id): messages = try await length(of: id)
      }
      if messages.isEmpty { return }
      // A message that was told by an earlier process stays as it is.
      _ = try await store.commit(messages.map { .insertMessage($0) })
      outboxBell.ring()
    } catch {
      storeHealth.failed(error)
      alarms.set(.warning(warning), after: .seconds(5))
    }
  }

  private func lateness(of key: SlotKey) async throws(StoreError) -> [OutboxMessage] {
    guard let slot = try await store.slot(key), !slot.state.isOutcome else { return [] }
    let run: Run? = if let id = slot.latestRun { try await store.run(id) } else { nil }
    let job = catalog[key.job]?.job.job
    let lateAt: Instant?
    if let run {
      lateAt = run.policy.lateAt
    } else if let job {
      // The job file may have changed since the alarm was set.
      lateAt = self.lateAt(slot, job, try await durations(of: job))
    } else {
      lateAt = nil
    }
    guard let lateAt, lateAt <= time.now() else { return [] }
    if run == nil { toldLate.insert(key) }
    logger.warning("a slot is late", metadata: ["job": "\(key.job)", "slot": "\(key.scheduledAt)"])
    return OutboxMessage.late(
      slot, run: run, subscriptions: run?.policy.subscriptions ?? job?.subscriptions ?? [],
      lateAt: lateAt, timezone: run?.policy.timezone ?? job?.timezone ?? "UTC", host: configuration.host, at: time.now()
    )
  }

  private func length(of id: RunID) async throws(StoreError) -> [OutboxMessage] {
    guard let run = try await store.run(id), run.status == .running else { return [] }
    logger.warning("a run takes too long", metadata: ["job": "\(id.job)", "run": "\(id)"])
    return OutboxMessage.tooLong(
      run, launches: try await store.latestLaunches(of: id, failed: false, limit: RunLaunches.toldCount),
      host: configuration.host, at: time.now())
  }
}
