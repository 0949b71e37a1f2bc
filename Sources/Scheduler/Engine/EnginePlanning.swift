internal import JobModel
internal import Logging

/// From the job file to slots: keeps the catalog, plans what is due, and claims it.
extension Engine {
  /// Takes a new set of jobs in place of the old one; where the store fails, everything is as it was. Runs
  /// that are going on keep their definition.
  func install(_ jobs: [CompiledJob]) async throws(StoreError) -> CatalogChange {
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
    for name in names { setAlarm(name) }
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

  /// When the job is due next; nil where it never is again, has no schedule, or is planned by an instance
  /// that was given other schedules later than this one.
  func nextDue(_ entry: CatalogEntry) -> Instant? {
    guard entry.state.schedules == entry.job.fingerprint else { return nil }
    return entry.job.nextDue(after: entry.state.mark, start: entry.state.firstSeenAt)
  }

  func setAlarm(_ name: JobName) {
    if let entry = catalog[name], let due = nextDue(entry) {
      alarms.set(.job(name), at: due)
    } else {
      alarms.remove(.job(name))
    }
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

  /// Plans until nothing more is due. Two plannings of one job at a time do no harm, in one process or in two:
  /// every claim is for the state that it looked at, so that one of them holds and the other looks again.
  func planAll(_ name: JobName) async throws(StoreError) {
    while !Task.isCancelled, let owner = lease?.instance.ownership, let entry = catalog[name],
      let due = nextDue(entry), due <= time.now()
    {
      let plan = Planner.plan(entry.job, try await situation(entry))
      remember(try await claim(plan, of: entry, as: owner))
      if catalog[name]?.state == entry.state {
        throw StoreError(
          code: .other, message: "the stored state of job \(name) is older than what was written; restart jobd")
      }
    }
  }

  private func situation(_ entry: CatalogEntry) async throws(StoreError) -> Planner.Situation {
    let now = time.now()
    let (job, state) = (entry.job, entry.state)
    var situation = Planner.Situation(state: state, now: now)
    if job.job.overlap == .skip {
      situation.activeRuns = try await store.activeRuns(of: job.name).map(\.id)
    }
    if job.job.oncePer == .day {
      let days = min(job.day(of: state.mark), job.day(of: now))...job.day(of: now)
      let byDay = Dictionary(grouping: try await store.slots(job.name, days: days), by: \.day)
      situation.succeededDays = Set(byDay.filter { DayState(slots: $0.value)?.state == .succeeded }.keys)
    }
    return situation
  }

  /// Commits a plan: slots, runs with their first events, and the new mark, in one transaction. Returns the
  /// job's state as it is stored afterwards, by whomever.
  private func claim(
    _ plan: Planner.Plan, of entry: CatalogEntry, as owner: Ownership
  ) async throws(StoreError) -> JobState {
    var slots = plan.slots
    while true {
      let now = time.now()
      var state = entry.state
      state.mark = plan.mark
      state.version += 1
      var batch: [StoreWrite] = [.updateJobState(state)]
      var starts: [(RunCore, [RunCore.Effect])] = []
      /// Where each slot's writes begin.
      var places: [Int] = []
      for planned in slots {
        places.append(batch.count)
        let slot = slot(for: planned)
        batch.append(.insertSlot(slot))
        if planned.decision == .start {
          let (core, step) = begin(entry.job, slot: slot, input: entry.job.job.input, owner: owner, at: now)
          batch += step.writes
          starts.append((core, step.effects))
        }
      }
      switch try await store.commit(batch) {
      case .committed:
        storeHealth.succeeded()
        for planned in slots { log(planned) }
        for (core, effects) in starts { startWorker(core, effects: effects) }
        return state
      case .conflict(at: let place):
        guard let index = places.lastIndex(where: { $0 <= place }) else {
          // Another instance has planned this range.
          return try await store.jobState(entry.job.name) ?? entry.state
        }
        // The slot is there already; the others go on without it.
        slots.remove(at: index)
      }
    }
  }

  private func slot(for planned: Planner.PlannedSlot) -> Slot {
    var slot = Slot(key: planned.key, day: planned.day, trigger: .schedule, state: .running, runs: 1)
    switch planned.decision {
    case .start: break
    case .skip(let reason): (slot.state, slot.reason, slot.runs) = (.skipped, "\(reason)", 0)
    case .miss(let reason): (slot.state, slot.reason, slot.runs) = (.missed, "\(reason)", 0)
    }
    return slot
  }

  private func log(_ planned: Planner.PlannedSlot) {
    let metadata: Logger.Metadata = ["job": "\(planned.key.job)", "slot": "\(planned.key.scheduledAt)"]
    switch planned.decision {
    case .start: logger.info("a slot is due and starts", metadata: metadata)
    case .skip(let reason):
      logger.notice("a slot is skipped", metadata: metadata.merging(["reason": "\(reason)"]) { $1 })
    case .miss(let reason):
      logger.warning("a slot was missed", metadata: metadata.merging(["reason": "\(reason)"]) { $1 })
    }
  }
}
