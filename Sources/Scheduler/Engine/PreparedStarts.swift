internal import JobModel

/// Runs that begin in a few seconds. What a run begins with is worked out ahead, so that in the second in which ten
/// thousand are due they have only to be committed and sent.
///
/// Nothing of it is on record, and it is nobody's wish: the slot is planned when it is due as any other, and takes what
/// was prepared only where that is what it would begin with, but for the time, which is the one at which it was due.
struct PreparedStarts {
  struct Start {
    var job: CompiledJob
    /// Of the job's state, which each plan and whoever acts on the job changes.
    var version: Int
    var slot: Slot
    var policy: RunPolicy
    var owner: Ownership
    var dueAt: Instant
    var core: RunCore
    var step: RunCore.Step
  }

  /// A job's alarm goes so long before it is due, and once more when it is.
  static let lead = Duration.seconds(5)
  /// Whoever comes later than this begins at the time that it is.
  static let life = Duration.seconds(10)
  /// What begins takes 30 kB; the rest of a crowd is planned when it is due.
  private static let limit = 10_000

  private var starts: [JobName: Start] = [:]

  var isFull: Bool { starts.count >= Self.limit }

  mutating func keep(_ start: Start) { starts[start.job.name] = start }

  @discardableResult
  mutating func remove(_ job: JobName) -> Start? { starts.removeValue(forKey: job) }
}

extension PreparedStarts.Start {
  /// Whether it is what this slot of the job would begin with now, but for the time.
  func isFor(
    _ slot: Slot, of entry: Engine.CatalogEntry, policy: RunPolicy, owner: Ownership, at now: Instant
  ) -> Bool {
    job === entry.job && version == entry.state.version && self.slot == slot && self.policy == policy
      && self.owner == owner
      && dueAt <= now && now < dueAt + PreparedStarts.life
  }
}

/// Preparing what is due soon.
extension Engine {
  /// Works out what a job's next slot begins with, where that depends on nothing but the slot, and not on when exactly
  /// it begins. An execution that it starts would be of the very second of other slots: such runs are not prepared.
  func prepare(_ entry: CatalogEntry, as owner: Ownership) async throws(StoreError) {
    guard let due = nextDue(entry), due.dueAt <= time.now() + PreparedStarts.lead, !prepared.isFull,
      entry.job.job.tooLongAfter == nil
    else { return }
    let plan = Planner.plan(entry.job, Planner.Situation(state: entry.state, now: due.dueAt))
    guard plan.slots.count == 1, let planned = plan.slots.first, planned.decision == .start, planned.stored == nil
    else { return }
    let slot = planned.slot
    let policy = try await policies(for: [slot], of: entry.job)[slot.key] ?? RunPolicy()
    guard catalog[entry.job.name]?.job === entry.job else { return }
    let (core, step) = begin(
      Beginning(slot: slot, input: entry.job.job.input), of: entry.job, policy: policy, owner: owner, at: due.dueAt)
    let startsExecutions = step.effects.contains { effect in
      if case .start(let launch, _) = effect { ExecutionForm(launch.resource) != nil } else { false }
    }
    if startsExecutions { return }
    prepared.keep(
      PreparedStarts.Start(
        job: entry.job, version: entry.state.version, slot: slot, policy: policy, owner: owner, dueAt: due.dueAt,
        core: core, step: step))
  }
}
