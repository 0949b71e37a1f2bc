internal import Foundation
internal import JobFile
internal import JobModel
internal import Logging
internal import Scheduler
internal import SimulatedDisk
internal import Store
internal import Synchronization

/// What the processes of a simulation share.
final class World: Sendable {
  let scenario: Scenario
  let clock: WorldClock
  let faults: Faults
  let record: Record
  let cloud: SimulatedCloud
  private let memory: InMemoryRunStore?
  /// Of the SQLite file; nil where the store is in memory.
  let disk: SimulatedDisk?
  private let dead = Mutex<Set<InstanceID>>([])
  private let isOver = Mutex(false)
  /// What was read already: each start of a process reads its job file.
  private let compiled = Mutex<[String: [CompiledJob]]>([:])

  init(_ scenario: Scenario, tracing: Record.Tracing, folder: String) throws {
    self.scenario = scenario
    disk = scenario.store == .sqlite ? try SimulatedDisk(folder: folder) : nil
    clock = WorldClock(start: scenario.start)
    faults = Faults(seed: scenario.seed)
    record = Record(clock: clock, tracing: tracing)
    cloud = SimulatedCloud(
      clock: clock, faults: faults, seed: scenario.seed, lengths: scenario.taskLengths, record: record)
    memory = scenario.store == .memory ? InMemoryRunStore(random: Chance(seed: scenario.seed, for: "store")) : nil
  }

  /// The store as a process that starts opens it.
  func openStore(_ logger: Logger) throws -> (store: any RunStore, owner: SimulatedDisk.Owner?) {
    if let memory { return (memory, nil) }
    guard let disk else { throw SimulationError(description: "there is neither a memory nor a disk") }
    let owner = try disk.makeOwner()
    let store = try SQLiteRunStore(
      path: disk.path("jobd.sqlite", of: owner), random: Chance(seed: scenario.seed, for: "store"), logger: logger)
    return (store, owner)
  }

  // MARK: What is out for a while

  func begin(_ outage: Faults.Outage) {
    faults.begin(outage)
    fillDisk()
    record.add(.outage(outage, begins: true))
  }

  func end(_ outage: Faults.Outage) {
    faults.end(outage)
    fillDisk()
    record.add(.outage(outage, begins: false))
  }

  /// From now on nothing goes wrong by itself.
  func calm() {
    faults.calm()
    fillDisk()
    record.add(.calm)
  }

  /// SQLite is to meet the full disk itself. One in memory is said to be full, by ``MortalStore``.
  private func fillDisk() { disk?.state = faults.isOut(.store) ? .full : .healthy }

  // MARK: The dead

  func bury(_ id: InstanceID) { dead.withLock { _ = $0.insert(id) } }

  /// By its lock, where the processes are on one host; and in the end, when a lease that a stepped clock has made
  /// long must not be waited for.
  func isCertainlyDead(_ id: InstanceID) -> Bool {
    (scenario.sharesHost || isOver.withLock { $0 }) && dead.withLock { $0.contains(id) }
  }

  func end() { isOver.withLock { $0 = true } }

  /// Reads a job file as the daemon does.
  func compile(_ edition: Scenario.Edition) throws -> [CompiledJob] {
    let text = edition.text
    if let jobs = compiled.withLock({ $0[text] }) { return jobs }
    let result = JobFile.parse(text, name: "jobs.yaml") { name in
      throw SimulationError(description: "the job file names a file: \(name)")
    }
    guard let file = result.file else {
      throw SimulationError(
        description: "the job file has mistakes:\n"
          + result.diagnostics.map(\.description).joined(separator: "\n") + "\n" + text)
    }
    let jobs = try file.jobs.map { try CompiledJob($0) }
    compiled.withLock { $0[text] = jobs }
    return jobs
  }
}

struct SimulationError: Error, CustomStringConvertible {
  var description: String
}
