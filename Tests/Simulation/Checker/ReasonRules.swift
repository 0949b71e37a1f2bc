internal import JobModel

/// Whether what is said of slots that were not run was true.
extension Checker {
  static func reasons(_ facts: Facts) -> [Violation] {
    facts.evidence.slots.compactMap { slot in
      guard let job = facts.jobs[slot.key.job], let reason = slot.reason else { return nil }
      let problem: String?
      switch slot.state {
      case .skipped: problem = facts.untruth(ofSkipped: slot, job, reason)
      case .missed: problem = facts.untruth(ofMissed: slot, job, reason)
      default: return nil
      }
      return problem.map {
        Violation(
          slot.state == .skipped ? .skips : .misses, slot: slot.key,
          "slot \(slot.key.text) is \(slot.state.rawValue) since \"\(reason)\", and \($0)")
      }
    }
  }
}

extension Facts {
  fileprivate func untruth(ofSkipped slot: Slot, _ job: SimulatedJob, _ reason: String) -> String? {
    let words = reason.split(separator: " ").map(String.init)
    func instant(after word: String) -> Instant? {
      words.firstIndex(of: word).flatMap { $0 + 1 < words.count ? Instant(words[$0 + 1]) : nil }
    }
    if reason.hasSuffix("was still going on (overlap: skip)") {
      guard job.overlap == .skip else { return "the job's overlap is \(job.overlap)" }
      guard words.count > 1, let id = RunID(words[1]), id.job == job.name, let run = runs[id] else {
        return "there is no such run"
      }
      return slot.trigger == .schedule && wasOver(run, before: slot.key.scheduledAt)
        ? "the run had ended at \(run.endedAt?.description ?? "?")" : nil
    }
    if reason.hasSuffix("was still waiting (overlap: skip)") {
      guard job.overlap == .skip, job.pool != nil || !job.after.isEmpty else { return "no slot of the job waits" }
      return otherSlot(instant(after: "of"), of: job, isEarlier: nil, than: slot)
    }
    if reason.hasSuffix("waiting already (overlap: queue)") {
      guard case .queue(let limit) = job.overlap else { return "the job's overlap is \(job.overlap)" }
      return words[0] == "\(limit)" ? nil : "the limit is \(limit)"
    }
    if reason.hasSuffix("took its place (overlap: cancelOther)") {
      guard job.overlap == .cancelOther else { return "the job's overlap is \(job.overlap)" }
      // The slot of a day that followed other jobs has that day's first instant.
      return otherSlot(instant(after: "of"), of: job, isEarlier: job.after.isEmpty ? false : nil, than: slot)
    }
    if reason.hasPrefix("the job is paused since ") {
      guard let since = instant(after: "since") else { return "no time is said" }
      return isPaused(job.name, since: since, for: slot) ? nil : "nobody had paused it"
    }
    if reason.hasSuffix("has SUCCEEDED already (oncePer: day)") {
      guard job.isOncePerDay, words[0] == "\(slot.day)" else { return "that is not for this slot" }
      let hasSucceeded = (runsOfJob[job.name] ?? []).contains { $0.day == slot.day && $0.status == .succeeded }
      return hasSucceeded ? nil : "no run of that day has succeeded"
    }
    return "that is no reason"
  }

  /// Whether a run had certainly ended before an instant: that it had was long since on record, too.
  private func wasOver(_ run: Run, before instant: Instant) -> Bool {
    let ended = (run.endedAt ?? .distantFuture) + clock.backward + WallClock.skew
    guard ended < instant, let passed = clock.firstPassing(of: instant) else { return false }
    return longestQuiet(clock.span(of: ended).lowerBound, passed, settled: false) >= .seconds(120)
  }

  private func otherSlot(_ at: Instant?, of job: SimulatedJob, isEarlier: Bool?, than slot: Slot) -> String? {
    guard let at, slots[SlotKey(job: job.name, scheduledAt: at)] != nil else { return "there is no such slot" }
    switch isEarlier {
    case true?: return at < slot.key.scheduledAt ? nil : "that slot is later"
    case false?: return at > slot.key.scheduledAt ? nil : "that slot is not later"
    case nil: return at != slot.key.scheduledAt ? nil : "that is itself"
    }
  }

  /// Whether a slot came due in a pause that somebody had asked for at this time.
  private func isPaused(_ job: JobName, since: Instant, for slot: Slot) -> Bool {
    wishes.contains { pause in
      guard pause.wish == .pause(job), !pause.isRefused else { return false }
      let asked = clock.range(pause.askedAt, pause.answeredAt)
      guard since >= asked.lowerBound - WallClock.skew, since <= asked.upperBound + WallClock.skew else { return false }
      if slot.trigger != .schedule { return true }
      // Until it was certainly over.
      let resumed = wishes.filter { $0.wish == .resume(job) && $0.isDone && $0.askedAt >= pause.answeredAt }
      let until = resumed.map(\.answeredAt).min() ?? evidence.endedAt
      let paused = clock.range(pause.askedAt, until)
      return slot.key.scheduledAt >= paused.lowerBound - WallClock.skew
        && slot.key.scheduledAt <= paused.upperBound + WallClock.skew
    }
  }

  fileprivate func untruth(ofMissed slot: Slot, _ job: SimulatedJob, _ reason: String) -> String? {
    let within = "(\(job.catchUp.within.components.seconds)s)"
    if reason.hasPrefix("it waited for longer than catchUp's within ") {
      guard reason.contains(within) else { return "that is not what catchUp says" }
      guard job.canWait else { return "no slot of the job waits" }
      let due =
        slot.trigger == .upstream
        ? zone(job)?.start(of: slot.day.adding(days: 1)) ?? slot.key.scheduledAt : slot.key.scheduledAt
      let shown = clock.range(.zero, evidence.endedAt).upperBound
      return due + job.catchUp.within <= shown + WallClock.skew ? nil : "that time has not come"
    }
    switch job.catchUp {
    case .none where reason.hasSuffix("(catchUp: none)"): break
    case .latest where reason.hasSuffix("(catchUp: latest)"):
      let shown = clock.range(.zero, evidence.endedAt).upperBound
      if !mayBeDue(job.name, after: slot.key.scheduledAt, upTo: shown + WallClock.skew) {
        return "no later slot was due"
      }
    case _ where reason.contains("longer ago than catchUp's within") && reason.contains(within): break
    default: return "that is not what catchUp says"
    }
    guard slot.trigger == .schedule, let at = clock.firstPassing(of: slot.key.scheduledAt) else { return nil }
    // Before that the clock may have been set forward over it, and back.
    guard clock.range(.zero, at - .milliseconds(1)).upperBound < slot.key.scheduledAt else { return nil }
    let (from, to) = (at - .seconds(60), at + .seconds(60))
    // A write that is refused is tried again, and then the slot may be late.
    guard storeIsPrompt || from >= calmAt, to <= schedulesEndAt else { return nil }
    // The time may have passed before the job had the schedule that it is of, and have come again.
    guard let schedule = tenure(of: job.name, from, to)?.schedules, isDue(slot.key, by: schedule) else { return nil }
    return isQuiet(from, to) ? "jobd was there and well at its time" : nil
  }
}

extension SimulatedJob {
  /// Whether its policies make slots wait.
  var canWait: Bool {
    switch overlap {
    case .queue, .cancelOther: true
    case .skip, .allow: pool != nil || !after.isEmpty
    }
  }
}
