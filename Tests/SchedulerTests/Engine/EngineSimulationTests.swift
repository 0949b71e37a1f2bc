import JobModel
import Scheduler
import Store
import TestSupport
import Testing

/// Minutes of two processes on one store, with everything going wrong that may, then calm; then a judge who
/// knows only what ECS saw, what the store says and what was told.
@Suite("Engine simulation", .timeLimit(.minutes(2)))
struct EngineSimulationTests {
  @Test("Whatever goes wrong, every slot gets one outcome and no run has two tasks at a time", arguments: 0..<10)
  func seeds(block: UInt64) async throws {
    var tasks = 0
    for seed in (block * 6)..<(block * 6 + 6) {
      let simulation = try EngineSimulation(seed: seed)
      let complaints = try await simulation.run()
      tasks += simulation.cluster.tasks.count
      #expect(complaints.isEmpty, "seed \(seed): \(complaints); EngineSimulation(seed: \(seed)).run() repeats it")
    }
    #expect(tasks > 20, "a simulation in which nothing is run says nothing")
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

  /// What each job is there for, its name says.
  private static func jobs(schedule: String?) throws -> [CompiledJob] {
    func job(_ name: JobName, _ overlap: Job.Overlap = .skip, _ edit: (inout Job) -> Void = { _ in }) -> Job {
      var job = EngineTests.job(name, schedule: schedule, timeout: 50, overlap: overlap)
      edit(&job)
      return job
    }
    return try [
      EngineTests.job("skips", schedule: schedule, retry: EngineTests.retryTwice, timeout: 50),
      EngineTests.job("allows", schedule: schedule, retry: EngineTests.retryTwice, timeout: 50, overlap: .allow),
      job("pauses"), job("queues", .queue(limit: 2)), job("cancels", .cancelOther),
      job("pools", .allow) { $0.pool = PoolPlace(name: "db", limit: poolLimit) },
      job("pools-first", .queue(limit: 2)) { $0.pool = PoolPlace(name: "db", limit: poolLimit, priority: 1) },
      job("loads", .queue(limit: 2)) { $0.after = ["skips"] },
      job("publishes") {
        $0.after = ["loads"]
        $0.schedules = []
      },
      job("fills") {
        $0.schedules = [.init(expression: "0 3 * * *", timezone: "UTC")]
        $0.pool = PoolPlace(name: "db", limit: poolLimit)
      },
    ].map { try CompiledJob($0) }
  }

  static let poolLimit = 2
  /// Those that run whenever a minute begins, until the end.
  static let minutely: Set<JobName> = [
    "skips", "allows", "pauses", "queues", "cancels", "pools", "pools-first", "loads",
  ]

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
    var judge = SimulationJudge(store: store, cluster: cluster, notifier: notifier)
    for _ in 0..<100 {
      await pass(.milliseconds(Int64(faults.number(in: 200...4_000))), processes.count)
      try await judge.look()
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
      case 20..<23: person.ask(.backfill(processes[1].engine))
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
    // One look may fall between an end and what follows from it.
    var quiet = 0
    for _ in 0..<5_000 where quiet < 3 {
      quiet = try await judge.isAtRest() ? quiet + 1 : 0
      await pass(.seconds(1), 1)
      try await judge.look()
    }
    await processes[0].terminate()
    return try await judge.complaints(marks: marks) + person.complaints
  }

  /// Lets the processes do what they can, then moves the clocks.
  private func pass(_ length: Duration, _ processes: Int) async {
    await time.waitForSleepers(processes)
    for _ in 0..<20 { await Task.yield() }
    time.advance(by: length)
  }
}
