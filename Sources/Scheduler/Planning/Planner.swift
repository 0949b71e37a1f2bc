public import JobModel

/// Decides which slots a job gets, and what becomes of each: a pure function of what is known.
///
/// It looks at the range (mark, now], never at a tick: a late wake-up, a restart, a pause and a stepped
/// clock are all just a range. Slots that wait are looked at again each time, the oldest first, before those
/// that have come due.
public struct Planner: Sendable {
  public struct PlannedSlot: Equatable, Sendable {
    public var key: SlotKey
    public var day: CivilDate
    public var decision: Decision
    public var trigger = Trigger.schedule
    /// The slot as it is stored, for one that waited; nil for a new one.
    public var stored: Slot?

    /// The slot as it is to be written.
    public var slot: Slot {
      var slot = stored ?? Slot(key: key, day: day, trigger: trigger, state: .pending, version: 0)
      slot.version += 1
      slot.reason = decision.reason
      slot.wait = nil
      switch decision {
      case .start:
        slot.state = .running
        slot.runs += 1
      case .wait(let reason): (slot.state, slot.wait) = (.pending, reason.wait)
      case .skip: slot.state = .skipped
      case .miss: slot.state = .missed
      }
      return slot
    }
  }

  public struct Plan: Equatable, Sendable {
    /// What is to be written: new slots, and those that no longer wait as they did.
    public var slots: [PlannedSlot]
    /// Runs that are to be stopped, for a slot that takes their place.
    public var stops: [RunID]
    /// Everything up to and including this instant is planned.
    public var mark: Instant
    /// Whether `mark` has reached now; if not, the rest follows in another step.
    public var isComplete: Bool
    /// The job's pause is over.
    public var endsPause: Bool
  }

  /// A slot this late is still on time: EventBridge Scheduler promises no more than a minute either.
  public static let onTime = Duration.seconds(60)

  public static func plan(_ job: CompiledJob, _ situation: Situation) -> Plan {
    let (due, mark) = dueSlots(job, situation)
    let isComplete = mark == max(situation.now, situation.state.mark)
    var planner = Planner(job, situation)
    for slot in situation.pending.sorted(by: { $0.key < $1.key }) {
      if slot.isInLine { planner.unreviewed -= 1 }
      planner.review(slot)
    }
    for day in situation.readyDays.sorted() { planner.add(readyDay: day) }
    // What a calendar leaves out takes nobody's place.
    let latest = isComplete ? due.lastIndex { $0.fate == .run } : nil
    for (index, slot) in due.enumerated() { planner.add(slot, isLatest: index == latest) }
    return Plan(
      slots: planner.slots.filter(\.isChange), stops: planner.stops.sorted(), mark: mark, isComplete: isComplete,
      endsPause: situation.state.pause?.isOver(at: situation.now) ?? false)
  }

  /// The due slots of the range, at most `Limits.slotsPerPlan`, and how far they reach.
  private static func dueSlots(_ job: CompiledJob, _ situation: Situation) -> (due: [DueSlot], mark: Instant) {
    var due: [DueSlot] = []
    var last = situation.state.mark
    while let next = job.nextDue(after: last, start: situation.state.firstSeenAt), next.dueAt <= situation.now {
      if due.count == Limits.slotsPerPlan { return (due, last) }
      due.append(next)
      last = next.dueAt
    }
    return (due, max(situation.now, situation.state.mark))
  }

  private let job: CompiledJob
  private let situation: Situation
  private var slots: [PlannedSlot] = []
  private var stops: Set<RunID> = []
  /// The run that a further slot would overlap with: one that was there before, or one this plan starts.
  private var activeRun: RunID?
  /// Where in `slots` those are that wait for their turn.
  private var waiting: [Int] = []
  /// Starts of this plan.
  private var starts = 0
  /// Slots that waited for their turn before this plan, and have not been looked at again yet.
  private var unreviewed: Int

  private init(_ job: CompiledJob, _ situation: Situation) {
    self.job = job
    self.situation = situation
    activeRun = situation.activeRuns.max()
    unreviewed = situation.pending.count(where: \.isInLine)
  }

  // MARK: The slots, in the order in which they are decided

  private mutating func review(_ slot: Slot) {
    let dueAt =
      slot.trigger == .upstream ? job.zone.start(of: slot.day.adding(days: 1)) : slot.key.scheduledAt + job.offset
    let decision: Decision =
      if let pause = situation.state.pause, !pause.isOver(at: situation.now) {
        .wait(.paused(pause))
      } else if situation.now - dueAt > job.job.catchUp.within {
        .miss(.waitedTooLong(for: slot.reason ?? "it waited", within: job.job.catchUp.within))
      } else {
        // One that waited for something else, such as the jobs before it, gets in line only now.
        decide(slot.key, day: slot.day, isNew: !slot.isInLine && slot.wait != .pause)
      }
    append(PlannedSlot(key: slot.key, day: slot.day, decision: decision, trigger: slot.trigger, stored: slot))
  }

  private mutating func add(readyDay day: CivilDate) {
    let key = job.slotKey(of: day)
    let decision: Decision =
      if let pause = situation.state.pause, !pause.isOver(at: situation.now) {
        .skip(.paused(pause))
      } else {
        decide(key, day: day, isNew: true)
      }
    append(PlannedSlot(key: key, day: day, decision: decision, trigger: .upstream))
  }

  private mutating func add(_ due: DueSlot, isLatest: Bool) {
    let key = SlotKey(job: job.name, scheduledAt: due.scheduledAt)
    let day = job.day(of: due.scheduledAt)
    append(PlannedSlot(key: key, day: day, decision: decide(due, key, day: day, isLatest: isLatest)))
  }

  private mutating func append(_ slot: PlannedSlot) {
    switch slot.decision {
    case .start:
      starts += 1
      activeRun = RunID(slot: slot.key, rerun: slot.slot.runs - 1)
    case .wait(let reason) where reason.wait == .overlap || reason.wait == .pool: waiting.append(slots.count)
    default: break
    }
    slots.append(slot)
  }

  // MARK: The policies, in the order in which they speak

  private mutating func decide(_ due: DueSlot, _ key: SlotKey, day: CivilDate, isLatest: Bool) -> Decision {
    switch due.fate {
    case .leftOut(let calendar): return .skip(.leftOut(day, calendar: calendar))
    case .moved(let instant, let calendar): return .skip(.moved(to: instant, calendar: calendar))
    case .run: break
    }
    if let pause = situation.state.pause, !pause.isOver(at: due.dueAt) { return .skip(.paused(pause)) }
    let lateness = situation.now - due.dueAt
    if let reason = Planner.missReason(job.job.catchUp, lateness: lateness, isLatest: isLatest) {
      return .miss(reason)
    }
    return decide(key, day: day, isNew: true)
  }

  private mutating func decide(_ key: SlotKey, day: CivilDate, isNew: Bool) -> Decision {
    if job.job.oncePer == .day, situation.succeededDays.contains(day) { return .skip(.dayHasSucceeded(day)) }
    let missing = (situation.upstream[day] ?? []).filter { $0.state != .succeeded }
    if !missing.isEmpty { return .wait(.upstream(missing, day)) }
    return decideOverlap(key, isNew: isNew) ?? decidePool(key) ?? .start
  }

  private mutating func decideOverlap(_ key: SlotKey, isNew: Bool) -> Decision? {
    let ahead = waiting.first.map { slots[$0].key }
    switch job.job.overlap {
    case .allow:
      return isNew && waiting.count + unreviewed >= Limits.waitingSlots
        ? .skip(.queueIsFull(limit: Limits.waitingSlots)) : nil
    case .skip:
      if let activeRun { return .skip(.overlap(activeRun)) }
      return ahead.map { .skip(.behind($0)) }
    case .queue(let limit):
      if activeRun == nil && ahead == nil { return nil }
      if isNew && waiting.count + unreviewed >= limit { return .skip(.queueIsFull(limit: limit)) }
      return .wait(activeRun.map { .overlap($0) } ?? .behind(ahead ?? key))
    case .cancelOther:
      // One that was held up, as by the jobs before it, does not stop what has begun for a later slot.
      if let later = situation.plannedRuns.map(\.slot).max(), later > key { return .skip(.superseded(by: later)) }
      supersede(by: key)
      // Its own run is there where another instance was faster: the claim will tell.
      let others = situation.activeRuns.filter { $0.slot != key }
      guard let run = others.max() else { return nil }
      stops.formUnion(others)
      return .wait(.stopping(run))
    }
  }

  /// Of slots that want to take one run's place, the latest does.
  private mutating func supersede(by key: SlotKey) {
    for index in slots.indices {
      switch slots[index].decision {
      case .start:
        starts -= 1
        slots[index].decision = .skip(.superseded(by: key))
      case .wait(let reason) where reason.wait == .overlap || reason.wait == .pool:
        slots[index].decision = .skip(.superseded(by: key))
      case .skip(.superseded): slots[index].decision = .skip(.superseded(by: key))
      default: break
      }
    }
    waiting = []
  }

  private func decidePool(_ key: SlotKey) -> Decision? {
    guard let place = job.job.pool, let pool = situation.pool else { return nil }
    let ahead = pool.rivals.count { $0.isBefore(key, priority: place.priority) } + waiting.count
    return pool.active + starts + ahead < place.limit ? nil : .wait(.pool(place))
  }

  private static func missReason(
    _ catchUp: Job.CatchUp, lateness: Duration, isLatest: Bool
  ) -> MissReason? {
    if lateness <= onTime { return nil }
    if lateness > catchUp.within { return .tooOld(within: catchUp.within) }
    return switch catchUp.mode {
    case .none: .noCatchUp
    case .latest: isLatest ? nil : .laterSlotRuns
    case .all: nil
    }
  }
}

extension Slot {
  /// Whether it waits for its turn, behind a run or others that wait.
  fileprivate var isInLine: Bool { wait == .overlap || wait == .pool }
}

extension Planner.PlannedSlot {
  /// Whether there is something to write: not for a slot that waits as it did.
  fileprivate var isChange: Bool {
    guard let stored else { return true }
    let slot = slot
    return (slot.state, slot.wait, slot.reason) != (stored.state, stored.wait, stored.reason)
  }
}
