public import JobModel
public import StatesLanguage

/// Why the engine does not do what an operator asks.
public enum EngineRefusal: Error, Equatable, Sendable {
  case unknownJob(JobName)
  case unknownRun(RunID)
  /// The job has no slot on that day, or at that instant.
  case noSlot(JobName, String)
  case isRunning(RunID)
  case hasSucceeded(SlotKey, CivilDate)
  case isOver(RunID, RunStatus)
  /// All places are taken.
  case poolIsFull(PoolPlace)
  /// A backfill of the job goes on already.
  case isBackfilled(Backfill)
  /// The run has succeeded: there is no failed state to go on at.
  case nothingFailed(RunID)
  /// A rerun cannot begin with what the run has left; says why.
  case cannotGoOn(RunID, String)
  /// What is asked for does not fit the job; says why.
  case unfit(JobName, String)
  case store(StoreError)
  /// The engine has not started, or is stopping.
  case notReady
}

/// Which slot a rerun means.
public enum RerunTarget: Equatable, Sendable {
  /// The day of the job's latest slot.
  case latest
  case day(CivilDate)
  case slot(Instant)
}

/// What operators ask for, from any task.
extension Engine {
  /// The jobs of the job file, with what is kept of them and when each is due next.
  public func jobs() -> [(job: CompiledJob, state: JobState, nextDue: DueSlot?)] {
    catalog.values.map { ($0.job, $0.state, nextRun($0)) }.sorted { $0.job.name < $1.job.name }
  }

  public func job(_ name: JobName) throws(EngineRefusal) -> (job: CompiledJob, state: JobState) {
    guard let entry = catalog[name] else { throw .unknownJob(name) }
    return (entry.job, entry.state)
  }

  public var instance: Instance? { lease?.instance }
  /// Runs that this instance has in hand.
  public var activeRunCount: Int { mailboxes.count }
  /// Why the latest write was refused; nil when it was taken.
  public var storeError: StoreError? { storeHealth.error }

  /// Atomic: the caller has read the whole file without a mistake.
  public func reload(_ jobs: [CompiledJob]) async throws(EngineRefusal) -> CatalogChange {
    do { return try await install(jobs) } catch { throw .store(error) }
  }

  /// Runs a job now, whatever its schedules say, and even while it is paused.
  public func start(_ name: JobName, _ wish: RunWish) async throws(EngineRefusal) -> RunID {
    var scheduledAt = time.now().besideSchedules
    while true {
      let entry = try await freeEntry(name)
      let key = SlotKey(job: name, scheduledAt: scheduledAt)
      let slot = Slot(
        key: key, day: entry.job.day(of: scheduledAt), trigger: .manual, state: .running, runs: 1)
      let beginning = Beginning(
        slot: slot, input: wish.input ?? entry.job.job.input, machine: try wish.overrides.machine(of: entry.job.job),
        requestedBy: wish.requestedBy, note: wish.note)
      if try await begin(entry, beginning, .insertSlot(slot)) { return RunID(slot: key, rerun: 0) }
      // Two were asked for within one millisecond, or something else was faster.
      scheduledAt = max(scheduledAt + .milliseconds(1), time.now()).besideSchedules
    }
  }

  /// Runs a slot again: with the job as it is now, unless the wish says otherwise.
  public func rerun(_ name: JobName, _ wish: RerunWish) async throws(EngineRefusal) -> RunID {
    while true {
      let job = try entry(name).job
      var slot = try await slot(wish.target, of: job, force: wish.force)
      if let latest = slot.latestRun, slot.state == .running { throw .isRunning(latest) }
      let entry = try await freeEntry(name)
      let repetition = try await repetition(of: slot, entry.job, wish)
      slot.runs += 1
      slot.state = .running
      slot.reason = nil
      slot.wait = nil
      slot.version += 1
      let beginning = Beginning(
        slot: slot, input: repetition.input, machine: repetition.machine, entry: repetition.entry,
        requestedBy: wish.requestedBy, note: wish.note)
      if try await begin(entry, beginning, .updateSlot(slot)) { return RunID(slot: slot.key, rerun: slot.runs - 1) }
    }
  }

  /// Stops a run and its tasks; the outcome is ABORTED.
  public func stop(_ id: RunID, reason: String) async throws(EngineRefusal) {
    let run: Run?
    do { run = try await store.run(id) } catch { throw .store(error) }
    guard let run else { throw .unknownRun(id) }
    if run.status != .running { throw .isOver(id, run.status) }
    // Another instance's run, or one that is just being picked up: its owner finds the wish in the store.
    // It is there for this instance's own run too: the wish outlives a crash before the run is over.
    do {
      _ = try await store.commit([.requestStop(id, reason: reason)])
      mailboxes[id]?.yield(.stop(reason: reason))
    } catch {
      throw .store(error)
    }
  }

  /// Slots that come due are recorded as SKIPPED until the job is resumed; a paused job gets the new note.
  ///
  /// - Parameter until: when it ends by itself.
  public func pause(_ name: JobName, note: String?, until: Instant? = nil) async throws(EngineRefusal) {
    let now = time.now()
    if let until, until <= now { throw .unfit(name, "the pause would be over already: \(until) is past") }
    try await change(name) { state in
      let since = state.pause.flatMap { $0.isOver(at: now) ? nil : $0.since } ?? now
      state.pause = Pause(since: since, note: note, until: until)
    }
  }

  public func resume(_ name: JobName) async throws(EngineRefusal) {
    try await change(name) { $0.pause = nil }
    submit.yield(.plan(name))
  }

  /// Returns once the run's version is above `version` or the run is over, and when the task is cancelled.
  public func waitForChange(of id: RunID, after version: Int) async throws(StoreError) {
    let bell = Bell()
    watchers[id, default: []].append(bell)
    defer {
      watchers[id]?.removeAll { $0 === bell }
      if watchers[id]?.isEmpty == true { watchers[id] = nil }
    }
    while !Task.isCancelled, let run = try await store.run(id), run.version <= version, run.status == .running {
      // Another instance's run rings no bell here.
      await bell.wait(atMost: .seconds(1), time: time)
    }
  }

  /// What a run that is going on will do by itself, and when; whoever owns it.
  public func waits(of run: Run) async throws(StoreError) -> [ExecutionWait] {
    guard run.status == .running, let definition = try? JSONValue.parse(run.definition),
      let machine = StateMachine.parse(definition, sourceMap: nil).machine
    else { return [] }
    let scopes = try await store.scopes(of: run.id)
    return (try? Execution(machine: machine, scopes: scopes))?.waits ?? []
  }

  // MARK: Parts

  func entry(_ name: JobName) throws(EngineRefusal) -> CatalogEntry {
    guard let entry = catalog[name] else { throw .unknownJob(name) }
    return entry
  }

  /// A job's entry, once it is known that another run of the job may begin. That holds for as long as nobody writes
  /// the job's state, or takes a place in its pool.
  func freeEntry(_ name: JobName) async throws(EngineRefusal) -> CatalogEntry {
    let entry = try entry(name)
    if entry.job.job.overlap == .allow { return entry }
    do {
      if let run = try await store.activeRuns(of: name).first { throw EngineRefusal.isRunning(run.id) }
    } catch let error as StoreError {
      throw .store(error)
    } catch let error as EngineRefusal {
      throw error
    } catch {
      throw .notReady
    }
    return entry
  }

  /// The slot that a rerun means: of a day, the latest that has not succeeded, or the latest of all.
  private func slot(
    _ target: RerunTarget, of job: CompiledJob, force: Bool
  ) async throws(EngineRefusal) -> Slot {
    do {
      if case .slot(let instant) = target {
        let key = SlotKey(job: job.name, scheduledAt: instant)
        guard let slot = try await store.slot(key) else { throw EngineRefusal.noSlot(job.name, "\(instant)") }
        if slot.state == .succeeded && !force { throw EngineRefusal.hasSucceeded(key, slot.day) }
        return slot
      }
      let latest = try await store.latestSlots(job.name, limit: 1).first
      let day = if case .day(let day) = target { day } else { latest?.day ?? job.day(of: time.now()) }
      let slots = try await store.slots(job.name, days: day...day)
      guard let dayState = DayState(slots: slots), let last = slots.last else {
        throw EngineRefusal.noSlot(job.name, "\(day)")
      }
      if let running = slots.first(where: { $0.state == .running }) { return running }
      if dayState.state == .succeeded && !force { throw EngineRefusal.hasSucceeded(last.key, day) }
      return slots.last { $0.state != .succeeded && $0.state != .skipped } ?? last
    } catch let error as EngineRefusal {
      throw error
    } catch let error as StoreError {
      throw .store(error)
    } catch {
      throw .notReady
    }
  }

  /// Claims and starts; false where somebody else has written the slot or the job's state, or has taken the place
  /// in the pool meanwhile.
  ///
  /// - Parameter others: further writes of the same transaction.
  func begin(
    _ entry: CatalogEntry, _ beginning: Beginning, _ claim: StoreWrite, others: [StoreWrite] = []
  ) async throws(EngineRefusal) -> Bool {
    guard let lease else { throw .notReady }
    let (owner, period) = (lease.instance.ownership, lease.period)
    let job = entry.job
    do {
      var batch = others + [claim]
      if let place = job.job.pool {
        let pool = try await pool(place, of: job.name)
        if pool.active >= place.limit { throw EngineRefusal.poolIsFull(place) }
        batch.append(.advancePool(place.name, from: pool.version))
      }
      let policy = try await policies(for: [beginning.slot], of: job)[beginning.slot.key] ?? RunPolicy()
      let (core, step) = begin(beginning, of: job, policy: policy, owner: owner, at: time.now())
      batch += step.writes
      var state = entry.state
      if job.job.overlap != .allow {
        // Of two that found no run going on, such as this and a plan, one is too late.
        state.version += 1
        batch.append(.updateJobState(state))
      }
      guard try await store.commit(batch) == .committed else {
        try await refresh(state.job)
        return false
      }
      remember(state)
      startWorker(core, effects: step.effects, claimedIn: period)
      return true
    } catch let error as StoreError {
      throw .store(error)
    } catch let error as EngineRefusal {
      throw error
    } catch {
      throw .notReady
    }
  }

  /// Changes what is kept of a job. What came due before the change is planned before it, so that slots of
  /// a pause are recorded as skipped.
  private func change(
    _ name: JobName, _ edit: (inout JobState) -> Void
  ) async throws(EngineRefusal) {
    do {
      // Another instance may have changed it, and what it says is not known here before the next plan.
      try await refresh(name)
      while true {
        try await planAll(name)
        let entry = try entry(name)
        var state = entry.state
        edit(&state)
        if state == entry.state { return }
        state.version += 1
        if try await store.commit([.updateJobState(state)]) == .committed { return remember(state) }
        try await refresh(name)
      }
    } catch let error as StoreError {
      throw .store(error)
    } catch let error as EngineRefusal {
      throw error
    } catch {
      throw .notReady
    }
  }

  private func refresh(_ name: JobName) async throws(StoreError) {
    if let stored = try await store.jobState(name) { remember(stored) }
  }
}
