internal import JobModel

/// Which slots are on record, and that each has one outcome.
extension Checker {
  /// Every slot that is due is there, and none that nobody meant.
  static func slots(_ facts: Facts) -> [Violation] {
    facts.evidence.scenario.edition.jobs.flatMap { facts.missing($0) + facts.excessOfStarts($0) }
      + facts.evidence.slots.compactMap { facts.unaccounted($0) }
      + facts.missingDays()
  }

  static func outcomes(_ facts: Facts) -> [Violation] {
    facts.evidence.slots.compactMap { slot in
      facts.problem(of: slot).map { Violation(.outcomes, slot: slot.key, "slot \(slot.key.text) \($0)") }
    }
      + facts.evidence.runs.compactMap { run in
        if run.status == .running {
          return Violation(.outcomes, run: run.id, "run \(run.id) is RUNNING in the end")
        }
        guard let slot = facts.slots[run.id.slot] else {
          return Violation(.outcomes, run: run.id, "run \(run.id) has no slot")
        }
        return slot.day == run.day ? nil : Violation(.outcomes, run: run.id, "run \(run.id) is of day \(run.day)")
      }
  }
}

extension SlotKey {
  var text: String { "\(job) \(scheduledAt)" }
}

extension Facts {
  /// Everything due within a while and by then was certainly planned: everybody was well for ten minutes after it.
  private func plannedUntil(from: Duration, to: Duration) -> Instant? {
    quiet.map { (max($0.settled, from), min($0.end, to)) }.filter { $1 - $0 >= .seconds(600) }
      .map { clock.time(at: $1 - .seconds(600)) }.max()
  }

  fileprivate func missing(_ job: SimulatedJob) -> [Violation] {
    (tenures[job.name] ?? []).flatMap { tenure -> [SlotKey] in
      guard let schedule = tenure.schedules, let until = plannedUntil(from: tenure.from, to: tenure.to) else {
        return []
      }
      // A schedule is known from before its first process was ready; what the clock had shown by then is no business
      // of it.
      let known = clock.range(.zero, tenure.from).upperBound
      return due(job.name, by: schedule, after: known, upTo: until).map { SlotKey(job: job.name, scheduledAt: $0) }
    }.filter { slots[$0] == nil }.map {
      Violation(.dueSlots, slot: $0, "slot \($0.text) was due, and is not on record")
    }
  }

  /// A job without a schedule has a slot for each day on which all before it have succeeded.
  fileprivate func missingDays() -> [Violation] {
    guard let plannedUntil = plannedUntil(from: .zero, to: schedulesEndAt), clock.isNeverSet else { return [] }
    return evidence.scenario.edition.jobs.filter { $0.schedule == nil && !$0.after.isEmpty }.flatMap { job in
      Set(job.after.flatMap { (slotsOfJob[$0] ?? []).map(\.day) }).compactMap { day -> Violation? in
        guard let zone = zone(job), slots[SlotKey(job: job.name, scheduledAt: zone.start(of: day))] == nil else {
          return nil
        }
        let ends = job.after.map { successEnd(of: $0, on: day) }
        guard let last = ends.compactMap(\.self).max(), ends.allSatisfy({ $0 != nil }), last <= plannedUntil,
          plannedUntil - zone.start(of: day.adding(days: 1)) < job.catchUp.within
        else { return nil }
        return Violation(
          .dueSlots, slot: SlotKey(job: job.name, scheduledAt: zone.start(of: day)),
          "the jobs before \(job.name) have succeeded for \(day), the last at \(last), and it has no slot of that day")
      }
    }
  }

  /// When a job's day came to be SUCCEEDED; nil where its fold says otherwise.
  private func successEnd(of job: JobName, on day: CivilDate) -> Instant? {
    let slots = (slotsOfJob[job] ?? []).filter { $0.day == day }
    guard let fold = DayState(slots: slots), fold.state == .succeeded else { return nil }
    return slots.compactMap { $0.latestRun.flatMap { runs[$0]?.endedAt } }.max()
  }

  fileprivate func unaccounted(_ slot: Slot) -> Violation? {
    guard let job = jobs[slot.key.job], let zone = zone(job) else {
      return Violation(.slotsAreAccountedFor, slot: slot.key, "slot \(slot.key.text) is of no job of the job file")
    }
    guard slot.day == zone.day(of: slot.key.scheduledAt) else {
      return Violation(.slotsAreAccountedFor, slot: slot.key, "slot \(slot.key.text) is on record for \(slot.day)")
    }
    let isDayStart = !job.after.isEmpty && slot.key.scheduledAt == zone.start(of: slot.day)
    let isMeant =
      switch slot.trigger {
      case .schedule: isOfSchedule(slot.key)
      case .manual: isAskedFor(slot.key)
      // A job whose schedule is taken out of the job file follows the days of those before it.
      case .upstream: isDayStart && job.after.allSatisfy { hasSucceeded($0, slot.day) }
      case .backfill:
        (isDue(slot.key) || isDayStart)
          && evidence.backfills.contains { $0.job == job.name && ($0.from...$0.to).contains(slot.day) }
      case .execution: false
      }
    return isMeant
      ? nil
      : Violation(
        .slotsAreAccountedFor, slot: slot.key,
        "slot \(slot.key.text) (\(slot.trigger.rawValue)) is on record, and nothing brought it about")
  }

  /// Whether a slot is due by a schedule while somebody had it, as a wall clock showed it, or was set over it.
  private func isOfSchedule(_ slot: SlotKey) -> Bool {
    (held[slot.job] ?? [:]).contains { schedule, span in
      let shown = clock.range(span.lowerBound, span.upperBound)
      return slot.scheduledAt >= shown.lowerBound - .seconds(2) && slot.scheduledAt <= shown.upperBound + .seconds(2)
        && !due(slot.job, by: schedule, after: slot.scheduledAt - .milliseconds(1), upTo: slot.scheduledAt).isEmpty
    }
  }

  private func isAskedFor(_ slot: SlotKey) -> Bool {
    wishes.contains { wish in
      guard wish.wish == .start(slot.job), !wish.isRefused else { return false }
      let range = clock.range(wish.askedAt, wish.answeredAt)
      return slot.scheduledAt >= range.lowerBound - WallClock.skew
        && slot.scheduledAt <= range.upperBound + WallClock.skew
    }
  }

  fileprivate func excessOfStarts(_ job: SimulatedJob) -> [Violation] {
    let starts = (slotsOfJob[job.name] ?? []).filter { $0.trigger == .manual }
    let wished = wishes.count { $0.wish == .start(job.name) && !$0.isRefused }
    if starts.count <= wished { return [] }
    return [
      Violation(
        .slotsAreAccountedFor, slot: starts[0].key,
        "\(job.name) was started \(starts.count) times by hand, and asked for \(wished) times")
    ]
  }

  func hasSucceeded(_ job: JobName, _ day: CivilDate) -> Bool {
    (runsOfJob[job] ?? []).contains { $0.day == day && $0.status == .succeeded }
  }

  fileprivate func problem(of slot: Slot) -> String? {
    let runs = (runsOfJob[slot.key.job] ?? []).filter { $0.id.slot == slot.key }
    if Set(runs.map(\.id.rerun)) != Set(0..<slot.runs) || runs.count != slot.runs {
      return "has had \(slot.runs) runs, and \(runs.count) are on record"
    }
    switch slot.state {
    case .running: return "is RUNNING in the end"
    case .pending:
      return slot.wait == .upstream || slot.wait == .pause ? nil : "waits in the end: \(slot.reason ?? "")"
    case .skipped, .missed:
      if slot.runs > 0 { return "is \(slot.state.rawValue), and was run" }
      return slot.reason == nil ? "is \(slot.state.rawValue) without a reason" : nil
    case .succeeded, .failed, .timedOut, .aborted:
      let status = runs.max { $0.id < $1.id }?.status
      return status?.slotState == slot.state
        ? nil : "is \(slot.state.rawValue), and its latest run \(status?.rawValue ?? "none")"
    }
  }
}

extension SimulatedJob.CatchUp {
  /// As the job file counts it where nothing is said: a day.
  var within: Duration {
    switch self {
    case .none: .seconds(86_400)
    case .latest(let within), .all(let within): within
    }
  }
}
