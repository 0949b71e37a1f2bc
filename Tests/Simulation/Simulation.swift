internal import Foundation
internal import JobModel
internal import Logging
internal import Scheduler
internal import SimulatedDisk
internal import Store
internal import Synchronization

/// One simulation, from its seed to the evidence.
public struct Simulation: Sendable {
  public let scenario: Scenario
  private let tracing: Record.Tracing
  /// Where SQLite files go: a folder of this process alone.
  private let folder: String

  public init(_ scenario: Scenario, tracing: Record.Tracing = .none, folder: String) {
    self.scenario = scenario
    self.tracing = tracing
    self.folder = folder
  }

  /// Runs it to its end. Needs ``DeterministicExecutor/install()``.
  public func run() throws -> Evidence {
    let folder = "\(folder)/\(scenario.seed)"
    if scenario.store == .sqlite {
      try? FileManager.default.removeItem(atPath: folder)
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    }
    defer { if scenario.store == .sqlite { try? FileManager.default.removeItem(atPath: folder) } }
    let world = try World(scenario, tracing: tracing, folder: folder)
    let director = Director(world: world)
    let result = DeterministicExecutor.shared.run(order: scenario.seed, advance: { world.clock.advance() }) {
      await director.result()
    }
    switch result {
    case .success(let evidence):
      world.clock.close()
      DeterministicExecutor.shared.drain()
      return evidence
    // Processes may live yet, which would go round in circles beside a clock that is closed.
    case .failure(let error): return evidence(of: world, brokenOff: "breaks off: \(error)")
    case nil: return evidence(of: world, brokenOff: "stands still: nothing can happen any more, and it is not over")
    }
  }

  /// What was seen up to where it came to no end.
  private func evidence(of world: World, brokenOff: String) -> Evidence {
    var evidence = Evidence(
      scenario: scenario, observations: world.record.observations, tasks: world.cloud.tasks,
      endedAt: world.clock.uptime)
    evidence.lines = world.record.lines
    evidence.brokenOff = brokenOff
    return evidence
  }
}

/// Does to the processes what the scenario says, then lets them come to rest.
private final class Director: Sendable {
  private let world: World
  private let person: SimulatedOperator
  private let chance: Chance
  private struct State {
    var processes: [SimulatedProcess?]
    var started = 0
    var edition: Scenario.Edition
  }
  private let state: Mutex<State>

  private var scenario: Scenario { world.scenario }
  private var living: [SimulatedProcess] { state.withLock { $0.processes.compactMap { $0 } } }

  init(world: World) {
    self.world = world
    person = SimulatedOperator(world: world)
    chance = Chance(seed: world.scenario.seed, for: "director")
    state = Mutex(
      State(processes: Array(repeating: nil, count: world.scenario.processes), edition: world.scenario.edition))
  }

  func result() async -> Result<Evidence, any Error> {
    do { return .success(try await direct()) } catch { return .failure(error) }
  }

  private func direct() async throws -> Evidence {
    let steps = scenario.disturbances.filter { if case .step = $0.kind { true } else { false } }
    world.clock.willStep(at: steps.map(\.at))
    for place in 0..<scenario.processes { try begin(at: place) }
    for disturbance in scenario.disturbances {
      try await sleep(until: disturbance.at)
      await disturb(disturbance.kind)
    }
    try await sleep(until: scenario.length)
    try await calmDown()
    return try await evidence(unrest: try await comeToRest())
  }

  private func sleep(until uptime: Duration) async throws {
    if uptime > world.clock.uptime { try await world.clock.sleep(for: uptime - world.clock.uptime) }
  }

  // MARK: Processes

  private func begin(at place: Int) throws {
    let number = state.withLock { state in
      state.started += 1
      return state.started
    }
    world.record.add(.process(number: number, what: "starts"))
    let process: SimulatedProcess
    do {
      process = try SimulatedProcess(number, world: world) { [self] in
        let edition = state.withLock { $0.edition }
        world.record.add(.reloaded(process: number, edition))
        return try world.compile(edition)
      }
    } catch let error as StoreError {
      world.record.add(.process(number: number, what: "cannot start: \(error)"))
      later(.seconds(5)) { try? $0.begin(at: place) }
      return
    }
    state.withLock { $0.processes[place] = process }
  }

  private func later(_ length: Duration, _ action: @escaping @Sendable (Director) async -> Void) {
    Task { [self] in
      do { try await world.clock.sleep(for: length) } catch { return }
      await action(self)
    }
  }

  /// Takes a process out of its place, so that it is ended once.
  private func take(_ process: SimulatedProcess) -> Int? {
    state.withLock { state in
      guard let place = state.processes.firstIndex(where: { $0 === process }) else { return nil }
      state.processes[place] = nil
      return place
    }
  }

  /// - Parameter down: until it is there again; nil for one that never is.
  private func kill(_ process: SimulatedProcess, down: Duration?) async {
    guard let place = take(process) else { return }
    world.record.add(.process(number: process.number, what: "is killed"))
    await process.kill()
    world.bury(process.id)
    if let down { later(down) { $0.restart(place) } }
  }

  private func terminate(_ process: SimulatedProcess, down: Duration) async {
    guard let place = take(process) else { return }
    world.record.add(.process(number: process.number, what: "is told to end"))
    await process.terminate()
    world.bury(process.id)
    later(down) { $0.restart(place) }
  }

  private func stands(still process: SimulatedProcess, for length: Duration) {
    world.record.add(.process(number: process.number, what: "stands still"))
    later(length) { director in
      process.life.wake()
      director.world.record.add(.process(number: process.number, what: "goes on"))
    }
  }

  /// All processes of the host go at once, and with them what no sync has made durable.
  private func cutPower(_ living: [SimulatedProcess], down: Duration) async {
    let places = living.compactMap { process in take(process).map { (process, $0) } }
    for (process, _) in places {
      world.record.add(.process(number: process.number, what: "loses its power"))
      await process.halt()
    }
    try? world.disk?.cutPower { chance.number(0...max(0, $0 - 1)) }
    for (process, place) in places {
      await process.close()
      world.bury(process.id)
      later(down) { $0.restart(place) }
    }
  }

  private func restart(_ place: Int) {
    if state.withLock({ $0.processes[place] == nil }) { try? begin(at: place) }
  }

  private func disturb(_ kind: Scenario.Disturbance.Kind) async {
    let living = living
    switch kind {
    case .step(let length):
      let before = world.clock.wallClock
      world.clock.step(by: length)
      world.record.add(.clockStepped(from: before, to: world.clock.wallClock))
      return
    case .outage(let outage, let length):
      world.begin(outage)
      return later(length) { $0.world.end(outage) }
    default: break
    }
    guard !living.isEmpty else { return }
    let process = chance.pick(living)
    switch kind {
    case .kill(let down): await kill(process, down: down)
    case .killAtEffect(let effects, let before, let down):
      process.life.kill(after: effects, before ? .before : .after) { [self] in
        Task { await kill(process, down: down) }
      }
    case .terminate(let down): await terminate(process, down: down)
    case .vanish:
      // Somebody has to be there in the end.
      guard living.count > 1 else { return await kill(process, down: scenario.longestDown) }
      await kill(process, down: nil)
    case .deploy(let down):
      editJobFile()
      await terminate(process, down: down)
    case .pause(let length):
      process.life.pause()
      stands(still: process, for: length)
    case .pauseAt(let place, let times, let length):
      process.life.pause(at: place, times: times) { [self] in stands(still: process, for: length) }
    case .powerCut(let down): await cutPower(living, down: down)
    case .tornWrite(let count, let written, let down):
      process.tearWrite(after: count, written: written) { [self] in
        Task { await kill(process, down: down) }
      }
    case .reload: reload(living, editJobFile())
    case .wish(let kind): await person.ask(kind, process, jobs: state.withLock { $0.edition.jobs })
    case .wishAndKill(let kind, let down):
      await person.ask(kind, process, jobs: state.withLock { $0.edition.jobs }) { [self] in
        await kill(process, down: down)
      }
    case .step, .outage: break
    }
  }

  /// Somebody edits the job file.
  @discardableResult
  private func editJobFile() -> Scenario.Edition {
    let (job, edition) = scenario.edited(state.withLock { $0.edition }, chance)
    state.withLock { $0.edition = edition }
    world.record.add(.edited(job, edition))
    return edition
  }

  private func reload(_ living: [SimulatedProcess], _ edition: Scenario.Edition) {
    guard let jobs = try? world.compile(edition) else { return }
    for process in living {
      world.record.add(.reloading(process: process.number, edition))
      Task { [self] in
        if (try? await process.engine.reload(jobs)) != nil {
          world.record.add(.reloaded(process: process.number, edition))
        }
      }
    }
  }

  // MARK: The end

  /// Everybody is there and nothing goes wrong, for long enough that what is due is planned.
  private func calmDown() async throws {
    world.calm()
    for process in living { process.life.calm() }
    // One that could not do so before reads the job file now.
    reload(living, state.withLock { $0.edition })
    try await world.clock.sleep(for: scenario.longestDown + .seconds(60) + scenario.lease * 2)
  }

  /// Nothing becomes due any more; what goes on comes to its end.
  private func comeToRest() async throws -> [String] {
    // One that outlives its job's schedules would have nothing left to fill.
    if let process = living.first {
      for backfill in try await process.reader.activeBackfills() {
        _ = try await process.engine.cancelBackfill(backfill.job)
      }
    }
    for process in living {
      guard take(process) != nil else { continue }
      await process.terminate()
      world.bury(process.id)
    }
    world.end()
    state.withLock { $0.edition = $0.edition.withoutSchedules }
    world.record.add(.schedulesEnd)
    try begin(at: 0)
    var unrest: [String] = []
    // Twice, since a look may fall between an end and what follows from it.
    var quiet = 0
    let look = max(.seconds(15), scenario.longestDown / 48)
    for _ in 0..<(16 * 24 * 12) {
      try await world.clock.sleep(for: look)
      unrest = try await whatGoesOn()
      quiet = unrest.isEmpty ? quiet + 1 : 0
      if quiet == 2 { break }
    }
    return unrest
  }

  private func whatGoesOn() async throws -> [String] {
    guard let store = living.first?.reader else { return ["no process is there"] }
    var unrest = try await store.activeRuns().map { "run \($0.id) goes on" }
    unrest += try await store.unsentMessages(limit: 10).map { "message \($0.id) is not taken: \($0.lastError ?? "")" }
    unrest += try await store.activeBackfills().map { "a backfill of \($0.job) goes on" }
    unrest += try await store.pendingSlots().filter { $0.wait != .upstream && $0.wait != .pause }.map {
      "slot \($0.key) waits: \($0.reason ?? "")"
    }
    if person.isWaiting { unrest.append("an operator waits for an answer") }
    return unrest
  }

  private func evidence(unrest: [String]) async throws -> Evidence {
    guard let process = living.first else { throw SimulationError(description: "no process is there") }
    let store = process.reader
    let days = CivilDate(daysSince1970: 0)...CivilDate(daysSince1970: 40_000)
    var evidence = Evidence(scenario: scenario, observations: [], endedAt: world.clock.uptime, unrest: unrest)
    evidence.slots = try await store.slots(days: days)
    for slot in evidence.slots { evidence.runs += try await store.runs(of: slot.key) }
    for run in evidence.runs {
      evidence.launches[run.id] = try await store.launches(of: run.id)
      evidence.histories[run.id] = try await store.history(of: run.id)
    }
    evidence.jobStates = try await store.jobStates()
    for job in scenario.edition.jobs { evidence.backfills += try await store.backfills(of: job.name) }
    evidence.unsent = try await store.unsentMessages(limit: 1_000)
    evidence.tasks = world.cloud.tasks.sorted { ($0.createdAt, $0.arn) < ($1.createdAt, $1.arn) }
    // One that was killed in the last minutes has come back beside the first.
    for process in living where take(process) != nil { await process.terminate() }
    evidence.observations = world.record.observations
    evidence.lines = world.record.lines
    return evidence
  }
}
