import JobModel
import Store
import TestSupport

/// Knows what ECS saw, what the store says and what was told, and nothing of how the engine comes to it.
struct SimulationJudge {
  let store: InMemoryRunStore
  let cluster: SimulatedCluster
  let notifier: SimulatedNotifier
  /// What was wrong for a moment.
  private var observed: [String] = []

  /// How many slots of a job may wait for their turn.
  private static let queues: [JobName: Int] = ["queues": 2, "pools-first": 2, "loads": 2]
  /// How many tasks of these jobs together may live at a time.
  private static let crowds: [(jobs: Set<JobName>, limit: Int)] = [
    (["skips"], 1), (["pauses"], 1), (["queues"], 1), (["cancels"], 1), (["pools-first"], 1), (["loads"], 1),
    (["publishes"], 1), (["fills"], 2), (["pools", "pools-first", "fills"], EngineSimulation.poolLimit),
  ]
  private static let days = CivilDate(daysSince1970: 20_000)...CivilDate(daysSince1970: 21_000)

  init(store: InMemoryRunStore, cluster: SimulatedCluster, notifier: SimulatedNotifier) {
    self.store = store
    self.cluster = cluster
    self.notifier = notifier
  }

  /// What only a moment shows.
  mutating func look() async throws {
    let inLine = try await store.pendingSlots().filter { $0.wait == .overlap || $0.wait == .pool }
    for (job, limit) in Self.queues {
      let count = inLine.count { $0.key.job == job }
      if count > limit { observed.append("\(count) slots of \(job) waited, not \(limit)") }
    }
  }

  /// Whether nothing can happen any more: what still waits does so for a day that has not succeeded.
  func isAtRest() async throws -> Bool {
    for slot in try await store.pendingSlots() where try await !waitsRightly(slot) { return false }
    guard try await store.activeBackfills().isEmpty, try await daysNotFollowed().isEmpty else { return false }
    guard try await store.activeRuns().isEmpty else { return false }
    return try await store.unsentMessages(limit: 1).isEmpty
  }

  private func waitsRightly(_ slot: Slot) async throws -> Bool {
    guard slot.wait == .upstream, let upstream = Self.upstream(of: slot.key.job) else { return false }
    return try await state(of: upstream, slot.day) != .succeeded
  }

  private static func upstream(of job: JobName) -> JobName? {
    job == "loads" ? "skips" : job == "publishes" ? "loads" : nil
  }

  private func state(of job: JobName, _ day: CivilDate) async throws -> SlotState? {
    DayState(slots: try await store.slots(job, days: day...day))?.state
  }

  /// Days that have succeeded and have nothing of the job that follows them.
  private func daysNotFollowed() async throws -> [CivilDate] {
    guard let since = try await store.jobState("publishes")?.firstSeenAt else { return [] }
    let slots = try await store.slots("loads", days: Self.days)
    let followed = Set(try await store.slots("publishes", days: Self.days).map(\.day))
    var days: [CivilDate] = []
    for day in Set(slots.map(\.day)).subtracting(followed).sorted() {
      let ends = try await store.runs(slots.filter { $0.day == day }.compactMap(\.latestRun)).compactMap(\.endedAt)
      if let last = ends.max(), last >= since, try await state(of: "loads", day) == .succeeded { days.append(day) }
    }
    return days
  }

  /// What there is to complain of in the end.
  ///
  /// - Parameter marks: the jobs' states when the schedules ended.
  func complaints(marks: [JobState]) async throws -> [String] {
    var complaints = observed
    let slots = try await store.slots(days: Self.days)
    let tasks = Dictionary(grouping: cluster.tasks, by: \.launch.run)
    for slot in slots {
      let runs = try await store.runs(of: slot.key)
      if !slot.state.isOutcome, try await !waitsRightly(slot) {
        complaints.append(
          "slot \(slot.key) \(slot.state) (\(slot.reason ?? "")) has no outcome; its runs: \(runs.map(\.id))")
      }
      if runs.count != slot.runs { complaints.append("slot \(slot.key) has \(runs.count) runs, not \(slot.runs)") }
      if let run = runs.last, run.status.slotState != slot.state {
        complaints.append("run \(run.id) \(run.status), slot \(slot.state)")
      }
      for run in runs { complaints += judge(run, tasks[run.id] ?? [], try await store.launches(of: run.id)) }
    }
    complaints += crowding() + precedence(slots) + missing(slots, marks)
    complaints += try await daysNotFollowed().map { "nothing was published for \($0)" }
    for backfill in try await store.backfills(of: "fills") {
      if backfill.state != .done { complaints.append("a backfill is not done") }
      let filled = slots.filter {
        $0.key.job == "fills" && $0.runs > 0 && (backfill.from...backfill.to).contains($0.day)
      }
      if filled.count != 4 { complaints.append("\(filled.count) of 4 slots were filled") }
    }
    return complaints
  }

  // MARK: What ECS saw

  private func crowding() -> [String] {
    var complaints: [String] = []
    for crowd in Self.crowds {
      let tasks = cluster.tasks.filter { crowd.jobs.contains($0.launch.run.job) }
      for task in tasks {
        let others = tasks.count { $0.startedAt <= task.startedAt && task.startedAt < $0.endsAt }
        if others > crowd.limit {
          complaints.append("\(others) tasks of \(crowd.jobs) lived when \(task.launch) began")
        }
      }
    }
    return complaints
  }

  /// Nothing begins before what it comes after has succeeded for the day.
  private func precedence(_ slots: [Slot]) -> [String] {
    let days = Dictionary(uniqueKeysWithValues: slots.map { ($0.key, $0.day) })
    return cluster.tasks.compactMap { task in
      guard let upstream = Self.upstream(of: task.launch.run.job) else { return nil }
      let day = days[task.launch.run.slot]
      let isReady = cluster.tasks.contains {
        $0.launch.run.job == upstream && days[$0.launch.run.slot] == day && $0.succeeds && $0.endsAt <= task.startedAt
      }
      return isReady ? nil : "\(task.launch) began before \(upstream) had succeeded"
    }
  }

  private func missing(_ slots: [Slot], _ marks: [JobState]) -> [String] {
    let due = Dictionary(grouping: slots.filter { $0.trigger == .schedule }, by: \.key.job)
    return marks.filter { EngineSimulation.minutely.contains($0.job) }.compactMap { state in
      let first = EngineSimulation.start.milliseconds / 60_000 + 1
      let last = state.mark.milliseconds / 60_000
      let there = Set((due[state.job] ?? []).map { $0.key.scheduledAt.milliseconds / 60_000 })
      let missing = (first...max(first, last)).filter { $0 * 60_000 <= state.mark.milliseconds && !there.contains($0) }
      return missing.isEmpty ? nil : "\(state.job): \(missing.count) due slots are not recorded"
    }
  }

  private func judge(_ run: Run, _ tasks: [SimulatedCluster.SimulatedTask], _ launches: [Launch]) -> [String] {
    var complaints: [String] = []
    let ordered = tasks.sorted { $0.startedAt < $1.startedAt }
    for (earlier, later) in zip(ordered, ordered.dropFirst()) {
      if later.startedAt < earlier.endsAt {
        complaints.append("\(later.launch) began at \(later.startedAt) while \(earlier.launch) lived")
      }
    }
    let successes = tasks.filter { $0.succeeds && !$0.isStopped }
    if run.status == .succeeded, successes.isEmpty { complaints.append("\(run.id) succeeded without a task that did") }
    let permitted = run.id.job == "skips" || run.id.job == "allows" ? 3 : 1
    if run.launches > permitted { complaints.append("\(run.id) was launched \(run.launches) times") }
    // One that was given up may still succeed before it hears of that.
    let givenUp = Set(launches.filter { $0.status == .stopped }.map(\.id))
    if ordered.dropLast().contains(where: { $0.succeeds && !$0.isStopped && !givenUp.contains($0.launch) }) {
      complaints.append("\(run.id) was launched again after a success")
    }
    if run.status == .failed || run.status == .timedOut, !notifier.runs.contains(run.id) {
      complaints.append("nobody was told of \(run.id)")
    }
    return complaints
  }
}
