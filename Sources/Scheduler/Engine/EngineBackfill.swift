public import JobModel
internal import Logging

/// Runs the slots of a range of days, a few at a time, as an operator asked for it; a restart goes on with it.
///
/// The job's other policies hold: with `overlap: skip`, `queue` or `cancelOther` it waits for runs that are not its
/// own, and a pool bounds it too. Slots that wait for their turn in either go first. Slots that go on or wait are
/// left alone, and so are those that have succeeded (with `oncePer: day` those of a day that has), unless it is
/// forced.
extension Engine {
  /// - Parameters:
  ///   - from: the first day, in the job's zone.
  ///   - to: the last day; slots that are not due yet are left to the schedule.
  public func startBackfill(
    _ name: JobName, from: CivilDate, to: CivilDate, maxParallel: Int, force: Bool, requestedBy: String, note: String?
  ) async throws(EngineRefusal) -> Backfill {
    let job = try entry(name).job
    let today = job.day(of: time.now())
    guard from <= today else { throw .unfit(name, "no slot of \(from) has come yet: today is \(today)") }
    guard today.daysSince1970 - from.daysSince1970 <= Limits.backfillDays else {
      throw .unfit(name, "a backfill reaches back \(Limits.backfillDays) days at most, and \(from) is longer ago")
    }
    guard from <= to else { throw .unfit(name, "the backfill's last day \(to) is before its first, \(from)") }
    guard (1...Limits.backfillParallel).contains(maxParallel) else {
      throw .unfit(name, "a backfill runs 1 to \(Limits.backfillParallel) slots at a time, not \(maxParallel)")
    }
    if job.schedules.isEmpty && !job.followsDays {
      throw .unfit(name, "the job has no schedule, and so no slots to fill")
    }
    if let other = try await backfills(of: name).first(where: { $0.state == .running }) {
      throw .isBackfilled(other)
    }
    let mark = Instant(milliseconds: job.zone.start(of: from).milliseconds - 1)
    var backfill = Backfill(
      job: name, createdAt: time.now(), from: from, to: to, maxParallel: maxParallel, force: force,
      requestedBy: requestedBy, note: note, mark: mark)
    do {
      // Its moment is its name: of two within one millisecond the second takes the next one.
      while try await store.commit([.insertBackfill(backfill)]) != .committed {
        backfill.createdAt = backfill.createdAt + .milliseconds(1)
      }
    } catch {
      throw .store(error)
    }
    backfilledJobs.insert(name)
    submit.yield(.backfill(name))
    return backfill
  }

  /// Its runs that are going on go on.
  public func cancelBackfill(_ name: JobName) async throws(EngineRefusal) -> Backfill {
    while true {
      guard var backfill = try await backfills(of: name).first(where: { $0.state == .running }) else {
        throw .unfit(name, "no backfill of the job is going on")
      }
      backfill.state = .cancelled
      backfill.version += 1
      do {
        if try await store.commit([.updateBackfill(backfill)]) == .committed { return backfill }
      } catch {
        throw .store(error)
      }
    }
  }

  /// The newest first.
  public func backfills(of name: JobName) async throws(EngineRefusal) -> [Backfill] {
    do {
      return try await store.backfills(of: name).sorted { $0.createdAt > $1.createdAt }
    } catch {
      throw .store(error)
    }
  }

  /// Goes on with a job's backfill, as far as there is room.
  func backfill(_ name: JobName) async {
    do {
      while !Task.isCancelled, try await advanceBackfill(of: name) {}
    } catch EngineRefusal.store(let error) {
      storeHealth.failed(error)
      logger.error("a backfill cannot go on yet", metadata: ["job": "\(name)", "error": "\(error)"])
    } catch {
      // A run or a full pool is in the way: the end of a run, or the next look, goes on.
    }
  }

  /// One step: starts a slot, leaves one alone, or ends the backfill. False where there is nothing to do now.
  private func advanceBackfill(of name: JobName) async throws(EngineRefusal) -> Bool {
    guard var backfill = try await backfills(of: name).last(where: { $0.state == .running }) else {
      backfilledJobs.remove(name)
      return false
    }
    guard let entry = catalog[name] else { return false }
    let active: [Run]
    do { active = try await store.activeRuns(of: name) } catch { throw .store(error) }
    let own = active.count { $0.trigger == .backfill }
    if own >= backfill.maxParallel || (entry.job.job.overlap != .allow && own < active.count) { return false }
    if try await othersGoFirst(entry.job) { return false }

    guard let key = nextSlot(of: backfill, entry) else {
      if own > 0 { return false }
      backfill.state = .done
      backfill.version += 1
      return try await write(backfill)
    }
    backfill.mark = key.scheduledAt
    backfill.version += 1
    let stored: Slot?
    do { stored = try await store.slot(key) } catch { throw .store(error) }
    var isToBeLeft = stored.map { !$0.state.isOutcome || ($0.state == .succeeded && !backfill.force) } ?? false
    if entry.job.job.oncePer == .day && !backfill.force {
      let day = entry.job.day(of: key.scheduledAt)
      let slots: [Slot]
      do { slots = try await store.slots(name, days: day...day) } catch { throw .store(error) }
      let state = DayState(slots: slots)?.state
      // Its own runs of the day may succeed yet.
      if state == .running && !isToBeLeft { return false }
      isToBeLeft = isToBeLeft || state == .succeeded
    }
    if isToBeLeft { return try await write(backfill) }

    backfill.started += 1
    var slot =
      stored ?? Slot(key: key, day: entry.job.day(of: key.scheduledAt), trigger: .backfill, state: .running, version: 0)
    slot.runs += 1
    slot.state = .running
    slot.trigger = .backfill
    (slot.reason, slot.wait) = (nil, nil)
    slot.version += 1
    let beginning = Beginning(
      slot: slot, input: entry.job.job.input, requestedBy: backfill.requestedBy, note: backfill.note)
    // Where somebody else was faster, the next step looks again.
    _ = try await begin(
      entry, beginning, stored == nil ? .insertSlot(slot) : .updateSlot(slot), others: [.updateBackfill(backfill)])
    return true
  }

  /// Whether a slot waits for the place that a slot of the backfill would take: it was there first, and with a
  /// long backfill its turn would never come.
  private func othersGoFirst(_ job: CompiledJob) async throws(EngineRefusal) -> Bool {
    do {
      if try await store.pendingSlots(of: job.name).contains(where: { $0.wait == .overlap || $0.wait == .pool }) {
        return true
      }
      guard let place = job.job.pool else { return false }
      let waiting = try await waitingSlots(inPool: place.name).count
      if waiting == 0 { return false }
      return place.limit - (try await store.activeRuns(inPool: place.name).count) <= waiting
    } catch {
      throw .store(error)
    }
  }

  private func write(_ backfill: Backfill) async throws(EngineRefusal) -> Bool {
    do { _ = try await store.commit([.updateBackfill(backfill)]) } catch { throw .store(error) }
    return true
  }

  /// The first slot after the backfill's mark that is due and within its days.
  private func nextSlot(of backfill: Backfill, _ entry: CatalogEntry) -> SlotKey? {
    let job = entry.job
    if job.followsDays {
      let marked = job.day(of: backfill.mark)
      let key = job.slotKey(of: job.slotKey(of: marked).scheduledAt > backfill.mark ? marked : marked.adding(days: 1))
      let day = job.day(of: key.scheduledAt)
      return day <= backfill.to && day <= job.day(of: time.now()) ? key : nil
    }
    var mark = backfill.mark + job.offset
    while let due = job.nextDue(after: mark, start: entry.state.firstSeenAt), due.dueAt <= time.now(),
      job.day(of: due.scheduledAt) <= backfill.to
    {
      if due.fate == .run { return SlotKey(job: job.name, scheduledAt: due.scheduledAt) }
      mark = due.dueAt
    }
    return nil
  }
}
