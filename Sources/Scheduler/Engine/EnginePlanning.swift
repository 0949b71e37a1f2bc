internal import JobModel
internal import Logging

/// From the job file to slots: keeps the catalog, plans what is due, and claims it.
extension Engine {
  /// Takes a new set of jobs in place of the old one. Runs that are going on keep their definition.
  func install(_ jobs: [CompiledJob]) async throws(StoreError) -> CatalogChange {
    let stored = Dictionary(
      try await store.jobStates().map { ($0.job, $0) }, uniquingKeysWith: { first, _ in first })
    var entries: [JobName: CatalogEntry] = [:]
    for job in jobs {
      entries[job.name] = CatalogEntry(job: job, state: try await state(of: job, stored: stored[job.name]))
    }
    let change = CatalogChange(from: catalog.mapValues(\.job.job), to: entries.mapValues(\.job.job))
    for name in catalog.keys where entries[name] == nil { await alarms.remove(.job(name)) }
    catalog = entries
    for name in entries.keys { await setAlarm(name) }
    return change
  }

  /// The job's stored state, made where there is none, and begun anew where its schedules have changed.
  private func state(of job: CompiledJob, stored: JobState?) async throws(StoreError) -> JobState {
    var stored = stored
    while true {
      // Everything before this second is no business of a schedule that is new.
      let start = Instant(seconds: time.now().seconds)
      let mark = Instant(milliseconds: start.milliseconds - 1)
      let write: StoreWrite
      let fresh: JobState
      if var state = stored {
        if state.schedules == job.fingerprint { return state }
        state.mark = max(state.mark, mark)
        state.firstSeenAt = start
        state.schedules = job.fingerprint
        state.version += 1
        (fresh, write) = (state, .updateJobState(state))
      } else {
        let state = JobState(job: job.name, mark: mark, firstSeenAt: start, schedules: job.fingerprint)
        (fresh, write) = (state, .insertJobState(state))
      }
      if try await store.commit([write]) == .committed { return fresh }
      stored = try await store.jobState(job.name)
    }
  }

  /// When the job is due next; nil where it never is again, or has no schedule.
  func nextDue(_ entry: CatalogEntry) -> Instant? {
    entry.job.nextDue(after: entry.state.mark, start: entry.state.firstSeenAt)
  }

  func setAlarm(_ name: JobName) async {
    guard let entry = catalog[name], let due = nextDue(entry) else { return }
    await alarms.set(.job(name), at: due)
  }

  /// Plans a job up to now, and sets its next alarm.
  func plan(_ name: JobName) async {
    guard planning.insert(name).inserted else { return }
    defer { planning.remove(name) }
    do {
      try await lease?.waitUntilTrusted()
      while try await planStep(name) {}
      await setAlarm(name)
    } catch let error as StoreError {
      storeHealth.failed(error)
      logger.error("the job could not be planned", metadata: ["job": "\(name)", "error": "\(error)"])
      await alarms.set(.job(name), at: time.now() + .seconds(5))
    } catch {}
  }

  /// One look at the range (mark, now] and one claim. False when nothing more is due.
  private func planStep(_ name: JobName) async throws(StoreError) -> Bool {
    guard let entry = catalog[name], let due = nextDue(entry), due <= time.now() else { return false }
    let situation = try await situation(entry)
    let plan = Planner.plan(entry.job, situation)
    let state = try await claim(plan, of: entry)
    // A reload may have replaced the entry while the store was busy.
    if catalog[name] != nil, catalog[name]?.state.schedules == state.schedules { catalog[name]?.state = state }
    return true
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
  private func claim(_ plan: Planner.Plan, of entry: CatalogEntry) async throws(StoreError) -> JobState {
    var slots = plan.slots
    while true {
      let now = time.now()
      var state = entry.state
      state.mark = plan.mark
      state.version += 1
      var batch: [StoreWrite] = [.updateJobState(state)]
      var starts: [(RunCore, [RunCore.Effect])] = []
      var places: [Int: Int] = [:]
      for (index, planned) in slots.enumerated() {
        places[batch.count] = index
        let slot = slot(for: planned)
        batch.append(.insertSlot(slot))
        if planned.decision == .start, let owner = lease?.instance.ownership {
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
        guard let index = places[place] else {
          // Another instance has planned this range.
          return try await store.jobState(entry.job.name) ?? entry.state
        }
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
