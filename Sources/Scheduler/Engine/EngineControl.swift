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
  case belongsToAnother(RunID, InstanceID)
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
  public func jobs() -> [(job: CompiledJob, state: JobState, nextDue: Instant?)] {
    catalog.values.map { ($0.job, $0.state, nextDue($0)) }.sorted { $0.job.name < $1.job.name }
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

  /// Runs a job now, whatever its schedules say.
  ///
  /// - Parameter input: in place of the job's own.
  public func start(
    _ name: JobName, input: JSONValue?, requestedBy: String
  ) async throws(EngineRefusal) -> RunID {
    let entry = try entry(name)
    guard let owner = lease?.instance.ownership else { throw .notReady }
    if entry.job.job.overlap == .skip { try await refuseIfRunning(name) }
    var scheduledAt = time.now()
    while true {
      let key = SlotKey(job: name, scheduledAt: scheduledAt)
      let slot = Slot(
        key: key, day: entry.job.day(of: scheduledAt), trigger: .manual, state: .running, runs: 1)
      let id = RunID(slot: key, rerun: 0)
      let input = input ?? entry.job.job.input
      if try await begin(entry.job, slot, .insertSlot(slot), input, requestedBy, owner) { return id }
      // Two were asked for within one millisecond.
      scheduledAt = scheduledAt + .milliseconds(1)
    }
  }

  /// Runs a slot again, with the job as it is now.
  public func rerun(
    _ name: JobName, _ target: RerunTarget, force: Bool, requestedBy: String
  ) async throws(EngineRefusal) -> RunID {
    let entry = try entry(name)
    guard let owner = lease?.instance.ownership else { throw .notReady }
    while true {
      var slot = try await slot(target, of: entry.job, force: force)
      if let latest = slot.latestRun, slot.state == .running { throw .isRunning(latest) }
      if entry.job.job.overlap == .skip { try await refuseIfRunning(name) }
      slot.runs += 1
      slot.state = .running
      slot.reason = nil
      slot.version += 1
      let id = RunID(slot: slot.key, rerun: slot.runs - 1)
      if try await begin(entry.job, slot, .updateSlot(slot), entry.job.job.input, requestedBy, owner) { return id }
    }
  }

  /// Stops a run and its tasks; the outcome is ABORTED.
  public func stop(_ id: RunID, reason: String) async throws(EngineRefusal) {
    let run: Run?
    do { run = try await store.run(id) } catch { throw .store(error) }
    guard let run else { throw .unknownRun(id) }
    if run.status != .running { throw .isOver(id, run.status) }
    guard let mailbox = mailboxes[id] else { throw .belongsToAnother(id, run.owner.instance) }
    mailbox.yield(.stop(reason: reason))
  }

  /// Slots that come due are recorded as SKIPPED until the job is resumed; a paused job gets the new note.
  public func pause(_ name: JobName, note: String?) async throws(EngineRefusal) {
    let now = time.now()
    try await change(name) { $0.pause = Pause(since: $0.pause?.since ?? now, note: note) }
  }

  public func resume(_ name: JobName) async throws(EngineRefusal) {
    // What came due while the job was paused is recorded as skipped before the pause is lifted.
    await plan(name)
    try await change(name) { $0.pause = nil }
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

  private func entry(_ name: JobName) throws(EngineRefusal) -> CatalogEntry {
    guard let entry = catalog[name] else { throw .unknownJob(name) }
    return entry
  }

  private func refuseIfRunning(_ name: JobName) async throws(EngineRefusal) {
    do {
      if let active = try await store.activeRuns(of: name).first { throw EngineRefusal.isRunning(active.id) }
    } catch let error as EngineRefusal {
      throw error
    } catch let error as StoreError {
      throw .store(error)
    } catch {
      throw .notReady
    }
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

  /// Claims and starts; false where the slot was changed meanwhile.
  private func begin(
    _ job: CompiledJob, _ slot: Slot, _ claim: StoreWrite, _ input: JSONValue, _ requestedBy: String,
    _ owner: Ownership
  ) async throws(EngineRefusal) -> Bool {
    let (core, step) = begin(
      job, slot: slot, input: input, requestedBy: requestedBy, owner: owner, at: time.now())
    do {
      guard try await store.commit([claim] + step.writes) == .committed else { return false }
    } catch {
      throw .store(error)
    }
    startWorker(core, effects: step.effects)
    return true
  }

  private func change(
    _ name: JobName, _ edit: (inout JobState) -> Void
  ) async throws(EngineRefusal) {
    while true {
      let entry = try entry(name)
      var state = entry.state
      edit(&state)
      if state == entry.state { return }
      state.version += 1
      do {
        if try await store.commit([.updateJobState(state)]) == .committed {
          catalog[name]?.state = state
          return
        }
        if let stored = try await store.jobState(name) { catalog[name]?.state = stored }
      } catch {
        throw .store(error)
      }
    }
  }
}
