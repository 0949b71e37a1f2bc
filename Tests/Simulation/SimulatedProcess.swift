internal import ECSDriver
internal import JobModel
internal import Logging
internal import Scheduler
internal import SimulatedDisk
internal import Store
internal import Synchronization
internal import TestSupport

/// One jobd process: the real engine and the real ECS driver, between a mortal store and a faulty way to AWS.
final class SimulatedProcess: Sendable {
  let number: Int
  let life = Life()
  let engine: Engine
  let id: InstanceID
  private let base: any RunStore
  private let disk: SimulatedDisk?
  private let owner: SimulatedDisk.Owner?
  private let store: MortalStore
  private let task: Task<Void, Never>

  init(_ number: Int, world: World, jobs: @escaping @Sendable () throws -> [CompiledJob]) throws {
    self.number = number
    let id = InstanceID("process-\(number)")
    self.id = id
    let seed = world.scenario.seed
    let chance = Chance(seed: seed, for: "process \(number)")
    let time = ProcessTime(
      clock: world.clock, life: life,
      skew: world.scenario.sharesHost ? .zero : .milliseconds(chance.number(-400...400)))
    let logger = Logger(label: "process-\(number)") { _ in
      TraceLogHandler(record: world.record, process: number)
    }
    let (base, owner) = try world.openStore(logger)
    self.base = base
    self.owner = owner
    disk = world.disk
    let store = MortalStore(base, life: life, clock: world.clock, faults: world.faults, disk: world.disk, owner: owner)
    self.store = store
    let caller = SimulatedCaller(
      cloud: world.cloud, clock: world.clock, life: life, faults: world.faults,
      chance: Chance(seed: seed, for: "way of \(number)"), record: world.record, process: number)
    let driver = ECSTaskDriver(caller: caller, time: time, random: chance, logger: logger)
    let engine = Engine(
      store: store, drivers: [driver], notifier: SNSNotifier(caller: caller), time: time, random: chance,
      configuration: Engine.Configuration(
        instance: id, lease: world.scenario.lease, host: "host",
        isCertainlyDead: { world.isCertainlyDead($0) }),
      logger: logger)
    self.engine = engine
    let life = self.life
    task = Task {
      await withDiscardingTaskGroup { group in
        group.addTask { await driver.run() }
        // A start that the store refuses is tried again, as a service manager would.
        while !Task.isCancelled, !life.isDead {
          do {
            try await engine.run(jobs: try jobs()) { world.record.add(.ready(process: number)) }
          } catch {
            try? await time.sleep(for: .seconds(1))
          }
        }
        group.cancelAll()
      }
    }
  }

  /// The store without the process's troubles, for onlookers.
  var reader: any RunStore {
    base is SQLiteRunStore ? QuietStore(base) : base
  }

  func runningRuns() async -> [RunID] {
    ((try? await reader.activeRuns()) ?? []).map(\.id).sorted()
  }

  /// As by `kill -9`: nothing is written or sent any more, not even that the lease is over.
  func kill() async {
    await halt()
    if let disk, let owner { disk.kill(owner) }
    await close()
  }

  /// It does nothing any more; its files are open still.
  func halt() async {
    life.die()
    life.calm()
    task.cancel()
    await task.value
  }

  /// Kills it in the middle of a write to its disk, of which a part gets there.
  func tearWrite(after count: Int, written: Int, whenKilled: @escaping @Sendable () -> Void) {
    guard let disk, let owner else { return }
    store.whenTorn(whenKilled)
    disk.fail(.all, after: count, of: owner, with: .killed, writing: written)
  }

  /// As by SIGTERM.
  func terminate() async {
    life.calm()
    task.cancel()
    await task.value
    life.die()
    await close()
  }

  func close() async {
    store.whenTorn(nil)
    guard let store = base as? SQLiteRunStore else { return }
    DeterministicExecutor.shared.alone { await store.close() }
  }
}

/// Reads of SQLite as single steps.
private final class QuietStore: ForwardingStore, @unchecked Sendable {
  override func read<Value: Sendable>(
    _ body: @escaping @Sendable (any RunStore) async throws(StoreError) -> Value
  ) async throws(StoreError) -> Value {
    let result: Result<Value, StoreError> = DeterministicExecutor.shared.alone { [base] in
      do throws(StoreError) { return .success(try await body(base)) } catch { return .failure(error) }
    }
    return try result.get()
  }
}

/// The lines of a process's log, in the trace.
struct TraceLogHandler: LogHandler {
  let record: Record
  let process: Int
  var metadata: Logger.Metadata = [:]
  var logLevel: Logger.Level {
    get { record.isTracing ? .info : .critical }
    set {}
  }

  init(record: Record, process: Int) {
    self.record = record
    self.process = process
  }

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) {
    let (level, message) = (event.level, event.message)
    let facts = (event.metadata ?? [:]).sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(
      separator: " ")
    record.add(line: "[\(process)] \(level) \(message) \(facts)")
  }
}
