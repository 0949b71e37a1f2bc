internal import JobModel

/// Finds out what the planner needs to know, and no more: most jobs need one read or two.
extension Engine {
  /// Whether slots of the job may be waiting.
  func mayHaveWaiting(_ job: CompiledJob) -> Bool { job.job.canWait || waitingJobs.contains(job.name) }

  /// Whether neither other jobs nor other slots of its own bear on what becomes of a slot, only runs that go on.
  func isPlannedAlone(_ entry: CatalogEntry) -> Bool {
    entry.job.job.oncePer == .slot && !mayHaveWaiting(entry.job)
  }

  func situation(_ entry: CatalogEntry) async throws(StoreError) -> Planner.Situation {
    let (job, now) = (entry.job, time.now())
    var situation = Planner.Situation(state: entry.state, now: now)
    if mayHaveWaiting(job) { situation.pending = try await store.pendingSlots(of: job.name) }
    if job.job.overlap != .allow {
      let active = try await store.activeRuns(of: job.name)
      situation.activeRuns = active.map(\.id)
      situation.plannedRuns = active.filter { $0.trigger == .schedule || $0.trigger == .upstream }.map(\.id)
    }
    let days = days(of: situation, job)
    if job.job.oncePer == .day {
      situation.succeededDays = Set(
        try await dayStates(of: job.name, days).filter { $0.value.state == .succeeded }.keys)
    }
    if !job.job.after.isEmpty {
      situation.upstream = try await upstream(of: job, days)
      if job.followsDays { situation.readyDays = try await readyDays(of: entry, situation.upstream, now: now) }
    }
    if let pool = job.job.pool { situation.pool = try await self.pool(pool, of: job.name) }
    return situation
  }

  /// The days that the planner may ask about.
  private func days(of situation: Planner.Situation, _ job: CompiledJob) -> ClosedRange<CivilDate> {
    var days = situation.pending.map(\.day)
    days.append(job.day(of: situation.now))
    if job.followsDays {
      // A zone further east has tomorrow already.
      days.append(job.day(of: situation.now).adding(days: 1))
      days.append(job.day(of: situation.now - job.job.catchUp.within).adding(days: -1))
    } else {
      days.append(job.day(of: situation.state.mark - job.offset))
    }
    let first = days.reduce(days[0], min)
    return first...days.reduce(first, max)
  }

  private func dayStates(
    of job: JobName, _ days: ClosedRange<CivilDate>
  ) async throws(StoreError) -> [CivilDate: DayState] {
    Dictionary(grouping: try await store.slots(job, days: days), by: \.day).compactMapValues { DayState(slots: $0) }
  }

  // MARK: The jobs that it comes after

  private func upstream(
    of job: CompiledJob, _ days: ClosedRange<CivilDate>
  ) async throws(StoreError) -> [CivilDate: [Planner.UpstreamDay]] {
    var result: [CivilDate: [Planner.UpstreamDay]] = [:]
    for name in job.job.after {
      let states = try await dayStates(of: name, days)
      for number in days.lowerBound.daysSince1970...days.upperBound.daysSince1970 {
        let day = CivilDate(daysSince1970: number)
        result[day, default: []].append(Planner.UpstreamDay(job: name, state: states[day]?.state))
      }
    }
    return result
  }

  /// The days that have succeeded upstream since the job was first seen, not too long ago, and have no slot yet.
  private func readyDays(
    of entry: CatalogEntry, _ upstream: [CivilDate: [Planner.UpstreamDay]], now: Instant
  ) async throws(StoreError) -> [CivilDate] {
    let (job, within) = (entry.job, entry.job.job.catchUp.within)
    let succeeded = upstream.filter { day, states in
      states.allSatisfy { $0.state == .succeeded } && now - job.zone.start(of: day.adding(days: 1)) <= within
    }.keys
    guard let first = succeeded.min(), let last = succeeded.max() else { return [] }
    let taken = Set(try await store.slots(job.job.name, days: first...last).map(\.key))
    var ready: [CivilDate] = []
    for day in succeeded where !taken.contains(job.slotKey(of: day)) {
      if try await latestEnd(of: job.job.after, on: day) >= entry.state.firstSeenAt { ready.append(day) }
    }
    return ready
  }

  /// When the last run of these jobs on a day ended.
  private func latestEnd(of jobs: [JobName], on day: CivilDate) async throws(StoreError) -> Instant {
    var runs: [RunID] = []
    for name in jobs { runs += try await store.slots(name, days: day...day).compactMap(\.latestRun) }
    return try await store.runs(runs).compactMap(\.endedAt).max() ?? .distantPast
  }

  // MARK: Pools

  /// - Parameter job: whose own slots are no rivals.
  func pool(_ place: PoolPlace, of job: JobName) async throws(StoreError) -> Planner.Pool {
    // The version first: whoever takes a place after this read makes the claim fail.
    let version = try await store.poolVersion(place.name)
    let active = try await store.activeRuns(inPool: place.name).count
    // While the pool is full nobody asks whose turn it is; a thousand waiting jobs would each read all thousand.
    let rivals =
      active < place.limit ? try await waitingSlots(inPool: place.name).filter { $0.slot.job != job } : []
    return Planner.Pool(active: active, rivals: rivals, version: version)
  }

  /// The slots that wait for a place in a pool, the next one first; without those that this instance does not plan,
  /// since nobody may be there who lets them go.
  func waitingSlots(inPool pool: String) async throws(StoreError) -> [Planner.Pool.Rival] {
    let slots = try await store.pendingSlots().filter { $0.wait == .pool }
    return slots.compactMap { slot in
      guard let entry = catalog[slot.key.job], entry.isOwn, let place = entry.job.job.pool, place.name == pool
      else { return nil }
      return Planner.Pool.Rival(slot: slot.key, priority: place.priority)
    }.sorted { $0.isBefore($1.slot, priority: $1.priority) }
  }
}

extension Job {
  /// Whether its policies can make a slot wait.
  var canWait: Bool {
    switch overlap {
    case .queue, .cancelOther: true
    case .skip, .allow: pool != nil || !after.isEmpty
    }
  }
}
