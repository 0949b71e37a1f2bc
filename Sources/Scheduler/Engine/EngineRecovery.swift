internal import JobModel
internal import Logging
internal import StatesLanguage

/// Takes over the runs of instances that are gone.
extension Engine {
  func adoptOrphansRepeatedly() async {
    while !Task.isCancelled {
      do { try await time.sleep(for: configuration.lease / 3) } catch { return }
      do {
        try await adoptOrphans(isFirst: false)
      } catch {
        storeHealth.failed(error)
        logger.error("runs of other instances could not be looked for", metadata: ["error": "\(error)"])
      }
    }
  }

  /// Adopts every running run whose owner's lease is over.
  ///
  /// - Parameter isFirst: look at the runs even if no other instance is known, since one may have been
  ///   removed.
  func adoptOrphans(isFirst: Bool) async throws(StoreError) {
    guard let lease else { return }
    let own = lease.instance
    let others = try await store.instances().filter { $0.id != own.id }
    var living: Set<Ownership> = [own.ownership]
    var dead: [Instance] = []
    for other in others {
      if try await isAlive(other) { living.insert(other.ownership) } else { dead.append(other) }
    }
    if dead.isEmpty && !isFirst { return }
    for run in try await store.activeRuns() where !living.contains(run.owner) && mailboxes[run.id] == nil {
      await adopt(run, by: own.ownership)
    }
    for instance in dead { try await store.removeInstance(instance.id) }
  }

  private func isAlive(_ other: Instance) async throws(StoreError) -> Bool {
    let now = time.now()
    if other.leaseUntil <= now { return false }
    guard configuration.isCertainlyDead(other.id) else { return true }
    let ended = StoreWrite.renewLease(other.id, epoch: other.epoch, until: now)
    return try await store.commit([ended]) != .committed
  }

  /// One run; what is wrong with it stays its own trouble.
  private func adopt(_ orphan: Run, by owner: Ownership) async {
    var run = orphan
    run.owner = owner
    run.version += 1
    do {
      let adoption = StoreWrite.adoptRun(run, from: orphan.owner, now: time.now())
      guard try await store.commit([adoption]) == .committed else { return }
      logger.info("a run is taken over", metadata: ["job": "\(run.id.job)", "run": "\(run.id)"])
      guard let slot = try await store.slot(run.id.slot) else {
        return await abandon(run, slot: nil, because: "its slot is not in the store")
      }
      let scopes = try await store.scopes(of: run.id)
      let launches = try await store.launches(of: run.id)
      do {
        let definition = try JSONValue.parse(run.definition)
        guard let machine = StateMachine.parse(definition, sourceMap: nil).machine else {
          return await abandon(run, slot: slot, because: "its definition cannot be read")
        }
        let execution = try Execution(machine: machine, scopes: scopes)
        let (core, effects) = RunCore.recover(
          run: run, slot: slot, launches: launches, execution: execution, scopes: scopes,
          surroundings: surroundings(of: run.id.job))
        startWorker(core, effects: effects)
      } catch {
        await abandon(run, slot: slot, because: "its snapshot cannot be read: \(error)")
      }
    } catch {
      logger.error(
        "a run could not be taken over", metadata: ["run": "\(run.id)", "error": "\(error)"])
    }
  }

  /// Ends a run that cannot be gone on with: an outcome with its reason is better than none.
  private func abandon(_ run: Run, slot: Slot?, because reason: String) async {
    logger.error("a run cannot be gone on with", metadata: ["run": "\(run.id)", "error": "\(reason)"])
    let now = time.now()
    var run = run
    run.version += 1
    run.status = .failed
    run.error = "Jobd.Unrecoverable"
    run.cause = "The run cannot be gone on with: \(reason)"
    run.endedAt = now
    var batch: [StoreWrite] = [.updateRun(run)]
    if var slot {
      slot.state = .failed
      slot.version += 1
      batch.append(.updateSlot(slot))
    }
    if let topicARN = catalog[run.id.job]?.job.job.topicARN {
      let notice = FailureNotice(
        run: run, timezone: catalog[run.id.job]?.job.job.timezone ?? "UTC", launches: [], host: configuration.host)
      batch.append(
        .insertMessage(
          OutboxMessage(
            id: "\(run.id)/\(run.status.rawValue)", run: run.id, topicARN: topicARN, subject: notice.subject,
            body: notice.text, createdAt: now, nextAttemptAt: now)))
    }
    _ = try? await store.commit(batch)
  }
}
