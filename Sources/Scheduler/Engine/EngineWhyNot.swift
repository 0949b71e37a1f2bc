public import JobModel

/// Answers "why does it not run?" for the present moment; of the past the slots' reasons tell.
extension Engine {
  public func whyNot(_ job: CompiledJob, _ state: JobState) async throws(StoreError) -> [String] {
    let now = time.now()
    var reasons: [String] = []
    if let pause = state.pause, !pause.isOver(at: now) { reasons.append(pause.sentence) }
    for slot in try await store.pendingSlots(of: job.name) {
      reasons.append("the slot of \(slot.key.scheduledAt) waits: \(slot.reason ?? "")")
    }
    if job.followsDays { reasons += try await missingUpstream(of: job, now: now) }
    if let entry = catalog[job.name], !entry.isOwn {
      reasons.append("another instance plans it by other schedules: reload this one or that one")
    }
    guard !job.schedules.isEmpty else {
      if job.job.after.isEmpty { reasons.append("it has no schedule: it runs by hand (jobd ctl run \(job.name))") }
      return reasons
    }
    guard let next = job.nextDue(after: max(now, state.mark), start: state.firstSeenAt) else {
      return reasons + ["no schedule of it ever fires again"]
    }
    switch next.fate {
    case .run: break
    case .leftOut(let calendar):
      reasons.append("its next slot, \(next.scheduledAt), is left out by calendar \(calendar)")
    case .moved(let instant, let calendar):
      reasons.append("its next slot, \(next.scheduledAt), is moved to \(instant) by calendar \(calendar)")
    }
    return reasons
  }

  private func missingUpstream(of job: CompiledJob, now: Instant) async throws(StoreError) -> [String] {
    let day = job.day(of: now)
    var missing: [Planner.UpstreamDay] = []
    for name in job.job.after {
      let state = DayState(slots: try await store.slots(name, days: day...day))?.state
      if state != .succeeded { missing.append(Planner.UpstreamDay(job: name, state: state)) }
    }
    return missing.isEmpty ? [] : ["\(Planner.WaitReason.upstream(missing, day))"]
  }
}
