import JobModel
import Scheduler
import Store
import TestSupport
import Testing

/// Minutes of two processes on one store, with everything going wrong that may, then calm; then a judge who
/// knows only what ECS saw, what the store says and what was told.
@Suite("Engine simulation", .timeLimit(.minutes(2)))
struct EngineSimulationTests {
  @Test("Whatever goes wrong, every slot gets one outcome and no run has two tasks at a time", arguments: 0..<4)
  func seeds(block: UInt64) async throws {
    for seed in (block * 10)..<(block * 10 + 10) {
      let simulation = try EngineSimulation(seed: seed)
      let complaints = try await simulation.run()
      #expect(complaints.isEmpty, "seed \(seed): EngineSimulation(seed: \(seed)).run() repeats it")
    }
  }
}

struct EngineSimulation {
  static let start = Instant(seconds: 1_795_219_230)

  let time = ManualTime(now: EngineSimulation.start)
  let store: InMemoryRunStore
  let faults: Faults
  let cluster: SimulatedCluster
  let notifier: SimulatedNotifier
  let jobs: [CompiledJob]

  init(seed: UInt64) throws {
    store = InMemoryRunStore(random: SeededRandom(seed: seed))
    faults = Faults(seed: seed)
    cluster = SimulatedCluster(time: time, faults: faults)
    notifier = SimulatedNotifier(faults: faults)
    jobs = try Self.jobs(schedule: "* * * * *")
  }

  private static func jobs(schedule: String?) throws -> [CompiledJob] {
    try [
      EngineTests.job("skips", schedule: schedule, retry: EngineTests.retryTwice, timeout: 50),
      EngineTests.job("allows", schedule: schedule, retry: EngineTests.retryTwice, timeout: 50, overlap: .allow),
      EngineTests.job("pauses", schedule: schedule, timeout: 50),
    ].map { try CompiledJob($0) }
  }

  /// - Returns: what the judge has to complain of.
  func run() async throws -> [String] {
    var number = 0
    func begin(_ jobs: [CompiledJob]) -> SimulatedProcess {
      number += 1
      return SimulatedProcess(
        number, jobs: jobs, store: store, cluster: cluster, notifier: notifier, time: time, faults: faults)
    }
    var processes = [begin(jobs), begin(jobs)]
    let person = SimulatedOperator(store: store)
    for _ in 0..<100 {
      await pass(.milliseconds(Int64(faults.number(in: 200...4_000))), processes.count)
      switch faults.number(in: 0...99) {
      case 0..<3:
        await processes.removeFirst().kill()
        processes.append(begin(jobs))
      case 3..<5:
        await processes.removeFirst().terminate()
        processes.append(begin(jobs))
      case 5: time.step(to: time.now() + .seconds(3_600))
      case 6: time.step(to: time.now() - .seconds(3_600))
      case 7..<14: person.ask(.pauseOrResume(processes[0].engine))
      case 14..<18: person.ask(.start(processes[1].engine))
      case 18..<20: person.ask(.stop(processes[0].engine))
      default: break
      }
    }
    faults.end()
    person.finish()
    for _ in 0..<5_000 where !person.isDone { await pass(.seconds(1), 2) }
    // Nothing new becomes due, and what goes on comes to its end.
    for process in processes { await process.terminate() }
    let marks = try await store.jobStates()
    processes = [begin(try Self.jobs(schedule: nil))]
    for _ in 0..<5_000 {
      if try await store.activeRuns().isEmpty, try await store.unsentMessages(limit: 1).isEmpty { break }
      await pass(.seconds(1), 1)
    }
    await processes[0].terminate()
    return try await complaints(marks: marks) + person.complaints
  }

  /// Lets the processes do what they can, then moves the clocks.
  private func pass(_ length: Duration, _ processes: Int) async {
    await time.waitForSleepers(processes)
    for _ in 0..<20 { await Task.yield() }
    time.advance(by: length)
  }
}

// MARK: - The judge

extension EngineSimulation {
  private func complaints(marks: [JobState]) async throws -> [String] {
    var complaints: [String] = []
    let days = CivilDate(daysSince1970: 20_000)...CivilDate(daysSince1970: 21_000)
    let slots = try await store.slots(days: days)
    let tasks = Dictionary(grouping: cluster.tasks, by: \.launch.run)
    for slot in slots {
      let runs = try await store.runs(of: slot.key)
      if !slot.state.isOutcome { complaints.append("slot \(slot.key) has no outcome; its runs: \(runs.map(\.id))") }
      if runs.count != slot.runs { complaints.append("slot \(slot.key) has \(runs.count) runs, not \(slot.runs)") }
      for run in runs {
        if run.status.slotState != slot.state { complaints.append("run \(run.id) \(run.status), slot \(slot.state)") }
        complaints += judge(run, tasks[run.id] ?? [], try await store.launches(of: run.id))
      }
    }
    let due = Dictionary(grouping: slots.filter { $0.trigger == .schedule }, by: \.key.job)
    for state in marks {
      let first = Self.start.milliseconds / 60_000 + 1
      let last = state.mark.milliseconds / 60_000
      let there = Set((due[state.job] ?? []).map { $0.key.scheduledAt.milliseconds / 60_000 })
      let missing = (first...max(first, last)).filter { $0 * 60_000 <= state.mark.milliseconds && !there.contains($0) }
      if !missing.isEmpty { complaints.append("\(state.job): \(missing.count) due slots are not recorded") }
    }
    if slots.allSatisfy({ $0.runs == 0 }) { complaints.append("nothing was run at all") }
    return complaints
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
    let permitted = run.id.job == "pauses" ? 1 : 3
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
