internal import JobModel
internal import Logging

/// What goes on because something else has ended, here or on another instance.
extension Engine {
  /// What the end of a run of this instance sets free.
  func goOn(after run: Run) {
    let name = run.id.job
    if let entry = catalog[name], mayHaveWaiting(entry.job) { submit.yield(.plan(name)) }
    if run.status == .succeeded { for job in downstream[name] ?? [] { submit.yield(.plan(job)) } }
    if let pool = run.policy.pool { submit.yield(.fillPool(pool.name)) }
    if backfilledJobs.contains(name) { submit.yield(.backfill(name)) }
  }

  /// Looks, a few times in a lease, for what no end of a run here tells of: runs whose instance is gone, ends and
  /// wishes of other instances, waits that have become too long.
  func tend() async {
    while !Task.isCancelled {
      do { try await time.sleep(for: configuration.lease / 3) } catch { return }
      do {
        // One that has just gone may have ended a run without going on with what comes after it.
        let hadOthers = settledOwners.count > 1
        try await adoptOrphans()
        try await tendWaiting(afterOthers: hadOthers || settledOwners.count > 1)
      } catch {
        storeHealth.failed(error)
        logger.error("what waits could not be looked at", metadata: ["error": "\(error)"])
      }
    }
  }

  /// Also called once at the start, for what an earlier process left waiting.
  ///
  /// - Parameter afterOthers: whether other instances may have ended runs since the last look.
  func tendWaiting(afterOthers: Bool = false) async throws(StoreError) {
    for request in try await store.stopRequests() {
      mailboxes[request.run]?.yield(.stop(reason: request.reason))
    }
    try await deliverAnswers()
    let pending = try await store.pendingSlots()
    waitingJobs = Set(pending.map(\.key.job))
    toldLate.formIntersection(pending.map(\.key))
    try await giveUpRemoved(pending)
    for slot in pending {
      if let entry = catalog[slot.key.job] { await setWarning(ofWaiting: slot, entry.job) }
    }
    for name in waitingJobs { submit.yield(.plan(name)) }
    if afterOthers {
      for entry in catalog.values where entry.job.followsDays { submit.yield(.plan(entry.job.name)) }
    }
    backfilledJobs = Set(try await store.activeBackfills().map(\.job))
    for name in backfilledJobs { submit.yield(.backfill(name)) }
  }

  /// Slots whose job is no longer in the job file are kept for a day, since the job may come back, or another
  /// instance may have read another file; then they have an outcome like all others.
  private func giveUpRemoved(_ pending: [Slot]) async throws(StoreError) {
    let now = time.now()
    for var slot in pending where catalog[slot.key.job] == nil && now - slot.key.scheduledAt > Limits.removedJobSlots {
      slot.state = .missed
      slot.reason = "the job is no longer in the job file (\(slot.reason ?? "it waited"))"
      slot.wait = nil
      slot.version += 1
      guard try await store.commit([.updateSlot(slot)]) == .committed else { continue }
      logger.warning(
        "a slot was missed",
        metadata: [
          "job": "\(slot.key.job)", "slot": "\(slot.key.scheduledAt)", "reason": "\(slot.reason ?? "")",
        ])
    }
  }

  /// Starts those that wait for a place in a pool, as many as there are places.
  func fillPool(_ pool: String) async {
    do {
      var planned: Set<JobName> = []
      for rival in try await waitingSlots(inPool: pool) {
        guard let place = catalog[rival.slot.job]?.job.job.pool, planned.count < place.limit else { return }
        if planned.insert(rival.slot.job).inserted { await plan(rival.slot.job) }
      }
    } catch {
      storeHealth.failed(error)
      logger.error("a pool could not be looked at", metadata: ["pool": "\(pool)", "error": "\(error)"])
    }
  }

  /// Stops a run, or has its owner do so.
  func askToStop(_ run: RunID, reason: String) async throws(StoreError) {
    if let mailbox = mailboxes[run] {
      mailbox.yield(.stop(reason: reason))
    } else {
      _ = try await store.commit([.requestStop(run, reason: reason)])
    }
  }
}
