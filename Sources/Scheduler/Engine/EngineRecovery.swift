internal import JobModel
internal import Logging
internal import StatesLanguage

/// Takes over the runs of instances that are gone.
extension Engine {
  /// Picks up every running run whose owner's lease is over, and those whose worker here has lost track of
  /// the store. Looks at the runs only when somebody came or went since they were last all in good hands.
  func adoptOrphans() async throws(StoreError) {
    guard let own = lease?.instance else { return }
    var living: Set<Ownership> = [own.ownership]
    var dead: [Instance] = []
    let now = time.now()
    let isInDoubt = leaseDoubt.look(now: now, uptime: time.uptime(), lease: configuration.lease)
    for other in try await store.instances() where other.id != own.id {
      let isLiving = try await isAlive(other, at: now, isInDoubt: isInDoubt)
      if isLiving { living.insert(other.ownership) } else { dead.append(other) }
    }
    if dead.isEmpty && dropped.isEmpty && living == settledOwners { return }
    let lost = dropped
    let answers = Dictionary(grouping: try await store.taskAnswers(), by: \.launch.run)
    let orphans = try await store.activeRuns().filter { run in
      let isLost = run.owner == own.ownership && lost.contains(run.id)
      return !living.contains(run.owner) || isLost
    }
    var isSettled = true
    for first in stride(from: 0, to: orphans.count, by: Engine.plannedTogether) {
      let group = orphans[first..<min(first + Engine.plannedTogether, orphans.count)]
      if await !adopt(group, as: own.ownership, answers) { isSettled = false }
    }
    if !isSettled { return }
    // Those of other owners are others' by now; the rest were removed as they were picked up.
    dropped.subtract(lost.subtracting(orphans.map(\.id)))
    for instance in dead { try await store.removeInstance(instance.id) }
    settledOwners = living
  }

  /// Picks runs up side by side, so that their commits share the waits for the disk.
  ///
  /// - Returns: whether every one is in good hands.
  private func adopt(
    _ runs: ArraySlice<Run>, as owner: Ownership, _ answers: [RunID: [TaskAnswer]]
  ) async -> Bool {
    await withTaskGroup(of: Bool.self) { group in
      for run in runs {
        group.addTask { await self.adopt(run, as: owner, answers: answers[run.id] ?? []) }
      }
      var areAllTaken = true
      for await isTaken in group where !isTaken { areAllTaken = false }
      return areAllTaken
    }
  }

  private func adopt(_ run: Run, as owner: Ownership, answers: [TaskAnswer]) async -> Bool {
    if let mailbox = mailboxes[run.id] {
      // A worker of an earlier lease: it ends first.
      mailbox.finish()
      return false
    }
    guard await pickUp(run, as: owner, answers: answers) else { return false }
    dropped.remove(run.id)
    return true
  }

  /// - Parameter isInDoubt: whether its lease may seem to be over only because the clock was stepped.
  private func isAlive(_ other: Instance, at now: Instant, isInDoubt: Bool) async throws(StoreError) -> Bool {
    if other.leaseUntil <= now && !isInDoubt { return false }
    guard configuration.isCertainlyDead(other.id) else { return true }
    let ended = StoreWrite.renewLease(other.id, epoch: other.epoch, until: now)
    return try await store.commit([ended]) != .committed
  }

  /// What a run was found to be.
  private enum Found {
    case sound(RunCore, [RunCore.Effect])
    case unreadable(slot: Slot?, reason: String)
  }

  /// One run; what is wrong with it stays its own trouble. Everything is read before the claim, which holds
  /// only if nothing was written since: either the run is taken over whole, or it is left for the next look.
  ///
  /// - Returns: false where the store failed or somebody was faster; this changed nothing then.
  private func pickUp(_ left: Run, as owner: Ownership, answers: [TaskAnswer]) async -> Bool {
    var run = left
    run.owner = owner
    run.version += 1
    let claim = { (run: Run, now: Instant) -> StoreWrite in
      left.owner == owner ? .updateRun(run) : .adoptRun(run, from: left.owner, now: now)
    }
    do {
      switch try await look(at: run) {
      case .sound(let core, let effects):
        guard let period = lease?.period,
          try await store.commit([claim(run, time.now())]) == .committed
        else { return false }
        logger.info("a run is taken over", metadata: ["job": "\(run.id.job)", "run": "\(run.id)"])
        // Before any timer that is overdue: who answered in time has answered in time.
        startWorker(core, effects: effects, causes: answers.map { .answer($0) }, claimedIn: period)
      case .unreadable(let slot, let reason):
        let now = time.now()
        run.abandon(because: reason, at: now)
        let writes = [claim(run, now)] + abandonment(of: run, slot: slot, at: now)
        guard try await store.commit(writes) == .committed else { return false }
        logger.error("a run cannot be gone on with", metadata: ["run": "\(run.id)", "error": "\(reason)"])
        outboxBell.ring()
      }
      return true
    } catch {
      storeHealth.failed(error)
      logger.error(
        "a run could not be taken over yet", metadata: ["run": "\(run.id)", "error": "\(error)"])
      return false
    }
  }

  private func machine(of definition: String) -> StateMachine? {
    if let known = machines[definition] { return known }
    guard let parsed = try? JSONValue.parse(definition), let machine = StateMachine.taken(parsed) else { return nil }
    machines.keep(machine, of: definition)
    return machine
  }

  private func look(at run: Run) async throws(StoreError) -> Found {
    guard let slot = try await store.slot(run.id.slot) else {
      return .unreadable(slot: nil, reason: "its slot is not in the store")
    }
    let scopes = try await store.scopes(of: run.id)
    let launches = try await storedLaunches(of: run.id)
    guard let machine = machine(of: run.definition) else {
      return .unreadable(slot: slot, reason: "its definition cannot be read")
    }
    do {
      let execution = try Execution(machine: machine, scopes: scopes)
      let (core, effects) = RunCore.recover(
        run: run, slot: slot, launches: launches, execution: execution, at: time.now(),
        surroundings: surroundings())
      if core.canGoOn { return .sound(core, effects) }
      return .unreadable(slot: slot, reason: "what it waits for is not in the store")
    } catch {
      return .unreadable(slot: slot, reason: "its snapshot cannot be read: \(error)")
    }
  }

  /// What a run keeps in mind of its launches; the open ones last, which count where one was read twice.
  private func storedLaunches(of run: RunID) async throws(StoreError) -> [Launch] {
    try await store.latestLaunches(of: run, failed: true, limit: 1)
      + store.latestLaunches(of: run, failed: false, limit: RunLaunches.toldCount)
      + store.openLaunches(of: run)
  }

  /// What is written beside a run that is ended because it cannot be gone on with.
  private func abandonment(of run: Run, slot: Slot?, at now: Instant) -> [StoreWrite] {
    var writes: [StoreWrite] = []
    if var slot {
      slot.state = run.status.slotState
      slot.version += 1
      writes.append(.updateSlot(slot))
    }
    let messages = OutboxMessage.telling(of: run, launches: [], host: configuration.host, at: now)
    return writes + messages.map { .insertMessage($0) }
  }
}

extension Run {
  /// Ends a run that cannot be gone on with: an outcome with its reason is better than none.
  fileprivate mutating func abandon(because reason: String, at now: Instant) {
    status = .failed
    error = "Jobd.Unrecoverable"
    cause = "The run cannot be gone on with: \(reason)"
    endedAt = now
  }
}
