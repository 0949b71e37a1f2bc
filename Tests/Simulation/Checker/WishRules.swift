internal import JobModel

/// What an operator was promised.
extension Checker {
  static func wishes(_ facts: Facts) -> [Violation] {
    facts.wishes.flatMap { wish -> [Violation] in
      switch wish.wish {
      case .start, .rerun: facts.problems(ofStart: wish)
      case .stop(let run): wish.isDone ? facts.problems(ofStop: run, at: wish.answeredAt) : []
      default: []
      }
    } + facts.evidence.runs.compactMap { facts.repetition($0) }
      + facts.evidence.slots.compactMap { facts.excess(of: $0) }
  }

  static func backfills(_ facts: Facts) -> [Violation] {
    facts.evidence.backfills.flatMap { facts.problems(of: $0) }
      + facts.wishes.compactMap { wish in
        guard case .backfill(let job, _, let force) = wish.wish, wish.isDone else { return nil }
        let asked = facts.clock.range(wish.askedAt, wish.answeredAt)
        let isThere = facts.evidence.backfills.contains {
          $0.job == job && $0.force == force && $0.createdAt >= asked.lowerBound - WallClock.skew
            && $0.createdAt <= asked.upperBound + WallClock.skew
        }
        return isThere
          ? nil
          : Violation(.backfills, "the backfill of \(job) that was accepted at \(wish.answeredAt) is not on record")
      }
  }
}

extension Facts {
  fileprivate func problems(ofStart wish: AskedWish) -> [Violation] {
    if wish.isRefused {
      // Whatever else was asked for at the same time may have made a run.
      guard case .start(let job) = wish.wish, clock.isNeverSet else { return [] }
      let asked = clock.range(wish.askedAt, wish.answeredAt)
      let made = (slotsOfJob[job] ?? []).filter {
        $0.trigger == .manual && asked.contains($0.key.scheduledAt)
      }
      let others = wishes.count {
        $0.wish == wish.wish && !$0.isRefused && $0.askedAt <= wish.answeredAt && $0.answeredAt >= wish.askedAt
      }
      guard made.count > others else { return [] }
      return [
        Violation(
          .refusedStarts, slot: made[0].key,
          "the start of \(job) asked for at \(wish.askedAt) was refused, and left a slot")
      ]
    }
    guard let id = wish.run else { return [] }
    guard let run = runs[id], run.status != .running else {
      return [
        Violation(
          .acceptedStarts, run: id,
          "run \(id) was promised at \(wish.answeredAt), and \(runs[id] == nil ? "is not on record" : "has no outcome")"
        )
      ]
    }
    if case .rerun(_, force: false) = wish.wish, id.rerun > 0,
      runs[RunID(slot: id.slot, rerun: id.rerun - 1)]?.status == .succeeded
    {
      return [Violation(.reruns, run: id, "rerun \(id), which was not forced, repeats a success")]
    }
    return []
  }

  fileprivate func problems(ofStop id: RunID, at answered: Duration) -> [Violation] {
    guard let run = runs[id] else { return [] }
    var found: [Violation] = []
    // Another process finds the wish in the store, within a part of its lease.
    let late = launches(id).filter { launch in
      longestQuiet(answered, clock.span(of: launch.intendedAt).lowerBound) > .seconds(60) + evidence.scenario.lease
    }
    if let launch = late.first {
      found.append(
        Violation(
          .stops, run: id,
          "launch \(launch.id) was committed at \(launch.intendedAt), after the stop that was accepted at \(answered)"))
    }
    // What had ended by the time that anybody could stop it, had ended.
    let ends = tasks(id).map { min($0.task.stoppingAt, stopAsked[$0.arn] ?? $0.task.stoppingAt) }
    if let end = ends.max(), longestQuiet(answered, end) > .seconds(600) {
      found.append(
        Violation(
          .stops, run: id, "a task of run \(id) went on until \(end), after the stop that was accepted at \(answered)"))
    }
    if run.status != .aborted, let ended = run.endedAt,
      longestQuiet(answered, clock.span(of: ended).lowerBound) > .seconds(900)
    {
      found.append(
        Violation(
          .stops, run: id,
          "run \(id) is \(run.status.rawValue) at \(ended), after the stop that was accepted at \(answered)"))
    }
    return found
  }

  /// A run that repeats another one needs somebody who asked for it, and by force after a success.
  fileprivate func repetition(_ run: Run) -> Violation? {
    // Also a slot that was never run may be run again, as the operator says it.
    guard run.id.rerun > 0 || (!run.isPlanned && run.trigger != .manual) else { return nil }
    let former = runs[RunID(slot: run.id.slot, rerun: run.id.rerun - 1)]
    let isForced = former?.status == .succeeded
    let isAsked = wishes.contains { wish in
      guard !wish.isRefused else { return false }
      switch wish.wish {
      case .rerun(let job, let force):
        return job == run.id.job && (force || !isForced) && (wish.run ?? run.id) == run.id
      default: return false
      }
    }
    let isFilled = evidence.backfills.contains {
      $0.job == run.id.job && ($0.from...$0.to).contains(run.day) && ($0.force || !isForced)
    }
    if run.trigger == .backfill ? isFilled : isAsked { return nil }
    // The slot keeps the trigger of a backfill, and so does a rerun of it.
    if isAsked { return nil }
    return Violation(
      .reruns, run: run.id,
      "run \(run.id) repeats one that is \(former?.status.rawValue ?? "not there"), and nobody asked for it\(isForced ? " by force" : "")"
    )
  }

  /// Who asks for a run gets one, and no more.
  fileprivate func excess(of slot: Slot) -> Violation? {
    let asked = wishes.count { wish in
      guard case .rerun(slot.key.job, _) = wish.wish, !wish.isRefused else { return false }
      return wish.run.map { $0.slot == slot.key } ?? true
    }
    let filled = evidence.backfills.count { $0.job == slot.key.job && ($0.from...$0.to).contains(slot.day) }
    guard slot.runs > 1 + asked + filled else { return nil }
    return Violation(
      .reruns, slot: slot.key,
      "slot \(slot.key.text) has had \(slot.runs) runs, by \(asked) reruns and \(filled) backfills that were asked for")
  }

  fileprivate func problems(of backfill: Backfill) -> [Violation] {
    if backfill.state == .running {
      return [Violation(.backfills, "the backfill of \(backfill.job) from \(backfill.createdAt) goes on in the end")]
    }
    guard backfill.state == .done, let job = jobs[backfill.job], let zone = zone(job), clock.isNeverSet else {
      return []
    }
    // One that is under way when the schedules end ends with them.
    let until = min(backfill.mark, backfill.createdAt)
    let end = min(zone.start(of: backfill.to.adding(days: 1)) - .milliseconds(1), until)
    let start = zone.start(of: backfill.from) - .milliseconds(1)
    return certainlyDue(job.name, after: start, upTo: end).compactMap { at -> Violation? in
      let key = SlotKey(job: job.name, scheduledAt: at)
      guard let slot = slots[key] else {
        // With `oncePer: day` the other slots of a day that has succeeded are left alone.
        if job.isOncePerDay, hasSucceeded(job.name, zone.day(of: at)) { return nil }
        return Violation(.backfills, slot: key, "slot \(key.text) is of a backfill that is done, and is not on record")
      }
      // One that waited was left alone, and a day that has succeeded is done.
      guard slot.runs == 0, slot.state.isOutcome, !job.canWait, !job.isOncePerDay else { return nil }
      return Violation(
        .backfills, slot: key,
        "slot \(key.text) is \(slot.state.rawValue), and a backfill of its day that was asked for at \(backfill.createdAt) is done"
      )
    }
  }
}
