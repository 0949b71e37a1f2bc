internal import JobModel
internal import Logging

/// From the job file to slots: keeps the catalog, plans what is due or waits, and claims it.
extension Engine {
  /// Takes a new set of jobs in place of the old one; where the store fails, everything is as it was. Runs
  /// that are going on keep their definition.
  ///
  /// Editions are taken one after the other: what is stored of a job is then what the catalog says.
  func install(_ jobs: [CompiledJob]) async throws(StoreError) -> CatalogChange {
    let former = installation
    let task = Task { () -> Result<CatalogChange, StoreError> in
      _ = await former?.value
      do throws(StoreError) { return .success(try await take(jobs)) } catch { return .failure(error) }
    }
    installation = task
    return try await task.value.get()
  }

  private func take(_ jobs: [CompiledJob]) async throws(StoreError) -> CatalogChange {
    let states = try await states(of: jobs)
    var entries: [JobName: CatalogEntry] = [:]
    for job in jobs {
      guard var state = states[job.name] else { continue }
      // Planning, or an operator, may have gone on while the store was busy.
      if let known = catalog[job.name]?.state, known.version > state.version { state = known }
      entries[job.name] = CatalogEntry(job: job, state: state)
    }
    let change = CatalogChange(from: catalog.mapValues(\.job.job), to: entries.mapValues(\.job.job))
    let names = Set(catalog.keys).union(entries.keys)
    catalog = entries
    prepared = PreparedStarts()
    downstream = [:]
    for job in jobs { for upstream in job.job.after { downstream[upstream, default: []].append(job.name) } }
    for name in names { setAlarm(name) }
    // What waits may be free to go by the new file, and a day may have succeeded while nobody was there.
    for job in jobs where waitingJobs.contains(job.name) || job.followsDays { submit.yield(.plan(job.name)) }
    return change
  }

  /// The jobs' states as they are stored, made where there are none, and begun anew where schedules have
  /// changed: all in one transaction, so that a reload happens as a whole or not at all.
  private func states(of jobs: [CompiledJob]) async throws(StoreError) -> [JobName: JobState] {
    while true {
      var states = Dictionary(
        try await store.jobStates().map { ($0.job, $0) }, uniquingKeysWith: { first, _ in first })
      var writes: [StoreWrite] = []
      for job in jobs {
        guard let write = renewal(of: job, stored: states[job.name]) else { continue }
        writes.append(write.write)
        states[job.name] = write.state
      }
      if writes.isEmpty { return states }
      if try await store.commit(writes) == .committed { return states }
      // Another instance or a plan was faster with one of them.
    }
  }

  /// What to write for a job that is new or whose schedules have changed. Everything before this second is no
  /// business of a schedule that is new.
  private func renewal(of job: CompiledJob, stored: JobState?) -> (write: StoreWrite, state: JobState)? {
    let start = Instant(seconds: time.now().seconds)
    let mark = Instant(milliseconds: start.milliseconds - 1)
    guard var state = stored else {
      let state = JobState(job: job.name, mark: mark, firstSeenAt: start, schedules: job.fingerprint)
      return (.insertJobState(state), state)
    }
    if state.schedules == job.fingerprint { return nil }
    state.mark = max(state.mark, mark)
    state.firstSeenAt = start
    state.schedules = job.fingerprint
    state.version += 1
    return (.updateJobState(state), state)
  }

  /// Keeps what is stored of a job, unless something later is known already.
  func remember(_ state: JobState) {
    guard let known = catalog[state.job]?.state, known.version < state.version else { return }
    catalog[state.job]?.state = state
    if state.schedules != catalog[state.job]?.job.fingerprint {
      logger.error(
        "another instance plans this job by other schedules; this one leaves it alone until it is reloaded",
        metadata: ["job": "\(state.job)"])
    }
  }

  /// The slot that is due next; nil where none ever is again, the job has no schedule, or is planned by an
  /// instance that was given other schedules later than this one.
  func nextDue(_ entry: CatalogEntry) -> DueSlot? {
    guard entry.isOwn else { return nil }
    return entry.job.nextDue(after: entry.state.mark, start: entry.state.firstSeenAt)
  }

  /// The next slot that is run, for people.
  func nextRun(_ entry: CatalogEntry) -> DueSlot? {
    guard entry.isOwn else { return nil }
    return entry.job.nextRun(after: entry.state.mark, start: entry.state.firstSeenAt)
  }

  /// For when the job is due next; a little earlier first, where what begins then can be prepared.
  func setAlarm(_ name: JobName) {
    guard let entry = catalog[name], let due = nextDue(entry) else { return alarms.remove(.job(name)) }
    let early = due.dueAt - PreparedStarts.lead
    alarms.set(.job(name), at: canPrepare(due, of: entry) && early > time.now() ? early : due.dueAt)
  }

  /// Plans a job up to now, and sets its next alarm.
  func plan(_ name: JobName) async {
    do {
      try await lease?.waitUntilTrusted()
      try await planAll(name)
      setAlarm(name)
    } catch let error as StoreError {
      storeHealth.failed(error)
      logger.error("the job could not be planned", metadata: ["job": "\(name)", "error": "\(error)"])
      alarms.set(.job(name), after: .seconds(5))
    } catch {}
  }

  /// Plans until nothing more is due or free to go. Two plannings of one job at a time do no harm, in one process
  /// or in two: every claim is for the state that it looked at, so that one of them holds and the other looks
  /// again.
  func planAll(_ name: JobName) async throws(StoreError) {
    while !Task.isCancelled, let owner = lease?.instance.ownership, let entry = catalog[name], entry.isOwn {
      let isDue = nextDue(entry).map { $0.dueAt <= time.now() } ?? false
      if !isDue && !mayHaveWaiting(entry.job) { return }
      prepared.remove(name)
      let situation = try await situation(entry)
      let plan = Planner.plan(entry.job, situation)
      if plan.slots.isEmpty && !plan.endsPause && !isDue { return try await stop(plan.stops) }
      switch try await claim(plan, of: entry, in: situation, as: owner) {
      case .claimed(let state):
        remember(state)
        try await stop(plan.stops)
      case .poolHasChanged: continue
      case .stateHasChanged(let state):
        remember(state)
        if catalog[name]?.state == entry.state {
          throw StoreError(
            code: .other, message: "the stored state of job \(name) is older than what was written; restart jobd")
        }
      }
    }
  }

  /// Once the slot that takes their place is on record: what a plan that nobody commits wants is nobody's wish.
  private func stop(_ runs: [RunID]) async throws(StoreError) {
    for run in runs { try await askToStop(run, reason: "a later slot takes its place (overlap: cancelOther)") }
  }

  private enum Claim {
    case claimed(JobState)
    /// Another instance, or an operator, has written the job's state.
    case stateHasChanged(JobState)
    /// Somebody else has taken a place in the pool, or changed a slot that waits.
    case poolHasChanged
  }

  /// Commits a plan: slots, runs with their first events, and the new mark, in one transaction.
  private func claim(
    _ plan: Planner.Plan, of entry: CatalogEntry, in situation: Planner.Situation, as owner: Ownership
  ) async throws(StoreError) -> Claim {
    var plan = plan
    let policies = try await policies(for: plan, of: entry.job)
    while let period = lease?.period {
      let draft = draft(plan, of: entry, pool: situation.pool, policies: policies, as: owner)
      switch try await store.commit(draft.writes) {
      case .committed:
        await settle(draft, of: entry.job, claimedIn: period)
        return .claimed(draft.state)
      case .conflict(at: 0):
        return .stateHasChanged(try await store.jobState(entry.job.name) ?? entry.state)
      case .conflict(at: let place):
        guard let index = draft.places.lastIndex(where: { $0 <= place }), plan.slots[index].stored == nil else {
          return .poolHasChanged
        }
        // The slot is there already; the others go on without it.
        plan.slots.remove(at: index)
      }
    }
    return .poolHasChanged
  }

  private func policies(
    for plan: Planner.Plan, of job: CompiledJob
  ) async throws(StoreError) -> [SlotKey: RunPolicy] {
    try await policies(for: plan.slots.filter { $0.decision == .start }.map(\.slot), of: job)
  }

  /// What a plan comes to.
  private struct Draft {
    var state: JobState
    var slots: [Planner.PlannedSlot]
    var writes: [StoreWrite]
    /// Where each slot's writes begin.
    var places: [Int] = []
    var starts: [(RunCore, [RunCore.Effect])] = []
  }

  private func draft(
    _ plan: Planner.Plan, of entry: CatalogEntry, pool: Planner.Pool?, policies: [SlotKey: RunPolicy],
    as owner: Ownership, prepared: PreparedStarts.Start? = nil
  ) -> Draft {
    let now = time.now()
    var state = entry.state
    state.mark = plan.mark
    if plan.endsPause { state.pause = nil }
    state.version += 1
    var draft = Draft(state: state, slots: plan.slots, writes: [.updateJobState(state)])
    if let place = entry.job.job.pool, plan.slots.contains(where: { $0.decision == .start }) {
      draft.writes.append(.advancePool(place.name, from: pool?.version ?? 0))
    }
    for planned in plan.slots {
      draft.places.append(draft.writes.count)
      let slot = planned.slot
      draft.writes.append(planned.stored == nil ? .insertSlot(slot) : .updateSlot(slot))
      if planned.decision == .start {
        let policy = policies[slot.key] ?? RunPolicy()
        let (core, step) =
          if let prepared, prepared.fits(slot, of: entry, policy: policy, owner: owner, at: now) {
            (prepared.core, prepared.step)
          } else {
            begin(
              Beginning(slot: slot, input: entry.job.job.input), of: entry.job, policy: policy, owner: owner, at: now)
          }
        draft.writes += step.writes
        draft.starts.append((core, step.effects))
      }
    }
    let missed = plan.slots.filter(\.isMissed).map(\.slot)
    if let latest = missed.last {
      draft.writes += OutboxMessage.missed(
        latest, others: missed.count - 1, job: entry.job.job, host: configuration.host, at: now
      ).map { .insertMessage($0) }
    }
    return draft
  }

  /// What follows once a draft is committed.
  private func settle(_ draft: Draft, of job: CompiledJob, claimedIn period: LeaseKeeper.Period) async {
    storeHealth.succeeded()
    if draft.slots.contains(where: \.isMissed) { outboxBell.ring() }
    for planned in draft.slots { await note(planned, of: job) }
    for (core, effects) in draft.starts { startWorker(core, effects: effects, claimedIn: period) }
  }

  // MARK: Many jobs at once

  /// Plans jobs whose slots have come due together, in groups.
  func planDue(_ names: [JobName]) async {
    for first in stride(from: 0, to: names.count, by: Self.plannedTogether) where !Task.isCancelled {
      await planGroup(Array(names[first..<min(first + Self.plannedTogether, names.count)]))
    }
  }

  private func planGroup(_ names: [JobName]) async {
    var left = names
    do {
      try await lease?.waitUntilTrusted()
      left = try await planTogether(names)
    } catch is CancellationError {
      return
    } catch {
      // Each tries by itself, and says what is wrong.
    }
    for name in left { submit.yield(.plan(name)) }
  }

  /// Plans those of the jobs of which it only matters whether a run goes on, with one look at the store and one
  /// commit. As with one job the claims are for the states that were looked at; where one of them does not hold,
  /// nothing is written.
  ///
  /// - Returns: those that are still to be planned, one by one.
  private func planTogether(_ names: [JobName]) async throws(StoreError) -> [JobName] {
    guard let lease else { return [] }
    let (owner, period) = (lease.instance.ownership, lease.period)
    let known = names.compactMap { catalog[$0] }.filter(\.isOwn)
    let entries = known.filter(isPlannedAlone)
    if entries.isEmpty { return known.map(\.job.name) }
    let active = Dictionary(
      grouping: try await store.activeRunIDs(of: entries.filter { $0.job.job.overlap != .allow }.map(\.job.name)),
      by: \.job)
    let now = time.now()
    var drafts: [(job: CompiledJob, draft: Draft)] = []
    for entry in entries {
      let start = prepared.remove(entry.job.name)
      let situation = Planner.Situation(state: entry.state, now: now, activeRuns: active[entry.job.name] ?? [])
      let plan = Planner.plan(entry.job, situation)
      if plan.slots.isEmpty && !plan.endsPause { continue }
      let policies = try await policies(for: plan, of: entry.job)
      drafts.append((entry.job, draft(plan, of: entry, pool: nil, policies: policies, as: owner, prepared: start)))
    }
    let writes = drafts.flatMap(\.draft.writes)
    if !writes.isEmpty, try await store.commit(writes) != .committed { return known.map(\.job.name) }
    for (job, draft) in drafts {
      remember(draft.state)
      await settle(draft, of: job, claimedIn: period)
    }
    let planned = Set(entries.map(\.job.name))
    for name in planned { setAlarm(name) }
    return known.map(\.job.name).filter { !planned.contains($0) }
  }

  /// What follows from a decision once it is committed.
  private func note(_ planned: Planner.PlannedSlot, of job: CompiledJob) async {
    let reason: Logger.Metadata = [
      "job": "\(planned.key.job)", "slot": "\(planned.key.scheduledAt)", "reason": "\(planned.decision.reason ?? "")",
    ]
    switch planned.decision {
    case .start:
      logger.info("a slot is due and starts", metadata: reason.filter { $0.key != "reason" })
    case .wait:
      waitingJobs.insert(planned.key.job)
      await setWarning(ofWaiting: planned.slot, job)
      logger.info("a slot waits", metadata: reason)
    case .skip: logger.notice("a slot is skipped", metadata: reason)
    case .miss: logger.warning("a slot was missed", metadata: reason)
    }
  }
}

extension Planner.PlannedSlot {
  fileprivate var isMissed: Bool { if case .miss = decision { true } else { false } }
}
