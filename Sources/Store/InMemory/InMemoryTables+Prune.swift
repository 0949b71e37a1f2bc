internal import JobModel

/// What a retention removes, as ``Pruning`` does it in SQLite: in the same order, with the same count.
extension InMemoryTables {
  mutating func prune(_ retention: Retention, now: Instant, limit: Int) -> Int {
    var dealt = 0
    if let age = retention.runs {
      let old = removable { $0.overAt < now - age }.sorted { ($0.overAt, $0.key) < ($1.overAt, $1.key) }
      dealt += remove(old.map(\.key), limit: limit)
    }
    if let most = retention.runsPerJob {
      let newest = slots.mapValues { Set($0.keys.sorted(by: >).prefix(max(0, most))) }
      let surplus = removable { newest[$0.key.job]?.contains($0.key.scheduledAt) != true }
      dealt += remove(surplus.map(\.key).sorted(), limit: limit - dealt)
    }
    if let age = retention.history {
      for run in over(before: now - age, except: withoutHistory).prefix(limit - dealt) {
        history[run] = nil
        withoutHistory.insert(run)
        dealt += 1
      }
    }
    if let age = retention.logs {
      for run in over(before: now - age, except: withoutLogs).prefix(limit - dealt) {
        launches[run] = launches[run]?.mapValues { $0.withoutLogs }
        withoutLogs.insert(run)
        dealt += 1
      }
    }
    stopRequests = stopRequests.filter { active.contains($0.key) }
    return dealt
  }

  private func removable(_ isOld: ((key: SlotKey, overAt: Instant)) -> Bool) -> [(key: SlotKey, overAt: Instant)] {
    let running = Set(active.map(\.slot))
    let owed = Set(messages.values.filter { $0.sentAt == nil }.map(\.slot))
    return slots.values.flatMap { slots in
      let latest = slots.keys.max()
      let latestSuccess = slots.values.filter { $0.state == .succeeded }.map(\.key.scheduledAt).max()
      return slots.values.filter { slot in
        slot.state.isOutcome && slot.key.scheduledAt != latest && slot.key.scheduledAt != latestSuccess
          && !running.contains(slot.key) && !owed.contains(slot.key)
          && !(slot.trigger == .upstream
            && slot.key.scheduledAt >= (latest ?? .distantPast) - .seconds(Limits.upstreamDaysKept * 86_400))
      }
    }.map { ($0.key, overAt($0.key)) }.filter(isOld)
  }

  /// When the latest run of the slot ended; of a slot that was never run its scheduled instant.
  private func overAt(_ key: SlotKey) -> Instant {
    runIDs(of: key).compactMap { runs[$0]?.endedAt }.max() ?? key.scheduledAt
  }

  private func runIDs(of key: SlotKey) -> [RunID] {
    (runsOfSlots[key] ?? []).map { RunID(slot: key, rerun: $0) }
  }

  private func over(before instant: Instant, except done: Set<RunID>) -> [RunID] {
    let over = runs.values.compactMap { run in
      run.status == .running || done.contains(run.id) ? nil : run.endedAt.map { (endedAt: $0, id: run.id) }
    }
    return over.filter { $0.endedAt < instant }.sorted { ($0.endedAt, $0.id) < ($1.endedAt, $1.id) }.map(\.id)
  }

  private mutating func remove(_ keys: [SlotKey], limit: Int) -> Int {
    let removed = Set(keys.prefix(limit))
    let ids = removed.flatMap { runIDs(of: $0) }
    let definitions = Set(ids.compactMap { runs[$0]?.definition })
    for id in ids {
      set(id, nil)
      withoutHistory.remove(id)
      withoutLogs.remove(id)
    }
    launches = launches.filter { !removed.contains($0.key.slot) }
    history = history.filter { !removed.contains($0.key.slot) }
    scopes = scopes.filter { !removed.contains($0.key.slot) }
    messages = messages.filter { !removed.contains($0.value.slot) }
    answers = answers.filter { !removed.contains($0.key.slot) }
    stopRequests = stopRequests.filter { !removed.contains($0.key.slot) }
    for key in removed {
      removeChild(key)
      set(key, nil)
      runsOfSlots[key] = nil
    }
    for definition in definitions { release(definition) }
    return removed.count
  }
}

extension Launch {
  fileprivate var withoutLogs: Launch {
    var launch = self
    launch.submission = nil
    launch.result = nil
    launch.diagnosis?.log = []
    return launch
  }
}
