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
  /// Whoever comes later than this begins at the time that it is: what was prepared begins, on record, when it was due,
  /// from where another process that takes the run over counts its time limits.
  static let life = Duration.seconds(5)

  /// What begins takes 30 kB; the rest of a crowd is planned when it is due.
  private let limit: Int
  private var starts: [JobName: Start] = [:]
  /// Jobs that are being prepared. Whatever happens to one meanwhile is the end of that.
  private var expected: Set<JobName> = []

  init(limit: Int = 10_000) { self.limit = limit }

  var isFull: Bool { starts.count >= limit }

  /// What a job begins with is being worked out, and will be kept unless the job is removed before.
  mutating func expect(_ job: JobName) { expected.insert(job) }

  mutating func keep(_ start: Start) {
    if expected.remove(start.job.name) != nil { starts[start.job.name] = start }
  }

  @discardableResult
  mutating func remove(_ job: JobName) -> Start? {
    expected.remove(job)
    return starts.removeValue(forKey: job)
  }

  /// Lets go of what nobody has taken, such as of a job that another instance plans since, and of what a clock that was
  /// set back puts off.
  mutating func removeOutdated(at now: Instant) {
    starts = starts.filter { $0.value.dueAt - Self.lead <= now && now < $0.value.dueAt + Self.life }
  }
}

extension PreparedStarts.Start {
  /// Whether it is what this slot of the job would begin with now, but for the time.
  func fits(
    _ slot: Slot, of entry: Engine.CatalogEntry, policy: RunPolicy, owner: Ownership, at now: Instant
  ) -> Bool {
    job === entry.job && version == entry.state.version && self.slot == slot && self.policy == policy
      && self.owner == owner
      && dueAt <= now && now < dueAt + PreparedStarts.life
  }
}

/// Preparing what is due soon.
extension Engine {
  /// Whether what a slot begins with depends neither on other jobs and slots nor on when exactly it begins.
  func canPrepare(_ due: DueSlot, of entry: CatalogEntry) -> Bool {
    due.fate == .run && isPlannedAlone(entry) && entry.job.job.tooLongAfter == nil
  }

  /// The slot for which a job's alarm goes early, while it is early.
  func dueSoon(_ entry: CatalogEntry) -> DueSlot? {
    guard let due = nextDue(entry), canPrepare(due, of: entry) else { return nil }
    let now = time.now()
    return due.dueAt - PreparedStarts.lead <= now && now < due.dueAt ? due : nil
  }

  /// For jobs that are due in a few seconds. What cannot be prepared is planned when it is due.
  func prepareStarts(_ names: [JobName]) async {
    // For their time first: however long the rest takes, and whatever becomes of it.
    for name in names { setAlarm(name) }
    guard let owner = lease?.instance.ownership else { return }
    prepared.removeOutdated(at: time.now())
    for first in stride(from: 0, to: names.count, by: Self.plannedTogether) where !Task.isCancelled {
      try? await prepareGroup(names[first..<min(first + Self.plannedTogether, names.count)], as: owner)
    }
  }

  private func prepareGroup(_ names: ArraySlice<JobName>, as owner: Ownership) async throws(StoreError) {
    // A crowd may take longer than there is time.
    let entries = names.compactMap { catalog[$0] }.filter { dueSoon($0) != nil }
    for entry in entries { prepared.expect(entry.job.name) }
    let busy = Set(
      try await store.activeRunIDs(of: entries.filter { $0.job.job.overlap != .allow }.map(\.job.name)).map(\.job))
    for entry in entries where !busy.contains(entry.job.name) { try await prepare(entry, as: owner) }
  }

  private func prepare(_ entry: CatalogEntry, as owner: Ownership) async throws(StoreError) {
    guard let due = dueSoon(entry), !prepared.isFull else { return }
    let plan = Planner.plan(entry.job, Planner.Situation(state: entry.state, now: due.dueAt))
    guard plan.slots.count == 1, let planned = plan.slots.first, planned.decision == .start else { return }
    let policy = try await policies(for: [planned.slot], of: entry.job)[planned.key] ?? RunPolicy()
    let (core, step) = begin(
      Beginning(slot: planned.slot, input: entry.job.job.input), of: entry.job, policy: policy, owner: owner,
      at: due.dueAt)
    prepared.keep(
      PreparedStarts.Start(
        job: entry.job, version: entry.state.version, slot: planned.slot, policy: policy, owner: owner,
        dueAt: due.dueAt, core: core, step: step))
  }
}
