public import JobModel
public import Logging
internal import StatesLanguage

/// The one shell around the pure parts: it takes a cause, steps them, commits, and only then acts.
///
/// All its work is child tasks of one ``run(jobs:)``. Cancelling that ends jobd and nothing else: tasks go
/// on in ECS, and the next start picks them up.
public actor Engine {
  public struct Configuration: Sendable {
    /// Names this process; see ``InstanceID``.
    public var instance: InstanceID
    /// How long others leave this instance's runs alone after it was last heard of.
    public var lease: Duration
    /// The machine's name, for failure messages.
    public var host: String?
    /// Whether an instance is known to be dead before its lease is over, such as by a lock that the
    /// kernel has let go.
    public var isCertainlyDead: @Sendable (InstanceID) -> Bool

    public init(
      instance: InstanceID, lease: Duration = .seconds(15), host: String? = nil,
      isCertainlyDead: @escaping @Sendable (InstanceID) -> Bool = { _ in false }
    ) {
      self.instance = instance
      self.lease = lease
      self.host = host
      self.isCertainlyDead = isCertainlyDead
    }
  }

  /// What the engine has its child tasks do.
  enum Work: Sendable {
    case plan(JobName)
    /// Jobs whose slots have come due together.
    case planDue([JobName])
    /// Jobs whose slots come due in a few seconds.
    case prepareStarts([JobName])
    /// A place in a pool may be free.
    case fillPool(String)
    /// A backfill may go on.
    case backfill(JobName)
    case warn(Warning)
    case step(RunWorker)
  }

  struct CatalogEntry: Sendable {
    let job: CompiledJob
    var state: JobState {
      didSet { if state.schedules != oldValue.schedules { isOwn = state.schedules == job.fingerprint } }
    }
    /// Whether this instance plans the job: not one that was given other schedules earlier than another.
    private(set) var isOwn: Bool

    init(job: CompiledJob, state: JobState) {
      self.job = job
      self.state = state
      isOwn = state.schedules == job.fingerprint
    }
  }

  /// Jobs that come due together are planned in groups of so many: one commit each.
  static let plannedTogether = 100

  let store: any RunStore
  /// Those that were given; see ``allDrivers``.
  private let drivers: [any TaskDriver]
  let notifier: any Notifier
  let time: any TimeSource
  let random: any RandomSource
  let configuration: Configuration
  let logger: Logger
  let alarms: AlarmClock<Alarm>
  let outboxBell = Bell()
  let storeHealth = StoreHealth()
  let work: AsyncStream<Work>
  let submit: AsyncStream<Work>.Continuation

  var lease: LeaseKeeper?
  /// While there is a lease.
  private var workerServices: RunWorker.Services?
  var catalog: [JobName: CatalogEntry] = [:]
  /// The jobs that come after a job.
  var downstream: [JobName: [JobName]] = [:]
  /// Jobs of which slots were seen to wait, beside those whose policies say that slots may.
  var waitingJobs: Set<JobName> = []
  /// Jobs with a backfill that is going on.
  var backfilledJobs: Set<JobName> = []
  /// Slots that wait and of which it has been told that they are late.
  var toldLate: Set<SlotKey> = []
  var mailboxes: [RunID: AsyncStream<RunCore.Cause>.Continuation] = [:]
  /// The latest edition of the job file that was handed over, on its way into the catalog.
  var installation: Task<Result<CatalogChange, StoreError>, Never>?
  /// Runs whose worker has ended by a conflict, to be looked at.
  var dropped: Set<RunID> = []
  /// Who owned runs rightly when orphans were last looked for, and every orphan was taken care of.
  var settledOwners: Set<Ownership> = []
  var leaseDoubt = LeaseDoubt()
  var machines = MachineCache()
  var prepared = PreparedStarts()
  var watchers: [RunID: [Bell]] = [:]

  public init(
    store: any RunStore, drivers: [any TaskDriver], notifier: any Notifier, time: any TimeSource,
    random: any RandomSource, configuration: Configuration, logger: Logger
  ) {
    self.store = store
    self.drivers = drivers
    self.notifier = notifier
    self.time = time
    self.random = random
    self.configuration = configuration
    self.logger = logger
    alarms = AlarmClock(time: time)
    (work, submit) = AsyncStream.makeStream(of: Work.self)
  }

  /// Schedules and runs until the task is cancelled.
  ///
  /// - Parameter whenReady: called once everything that an earlier process left is picked up and every job
  ///   has its alarm.
  /// - Throws: where the store cannot be read or written at the start, since whoever starts a daemon wants to
  ///   hear of that at once; a service manager starts it again. Later failures are waited out.
  public func run(
    jobs: [CompiledJob], whenReady: @Sendable () async -> Void = {}
  ) async throws(StoreError) {
    let lease = try await LeaseKeeper(
      id: configuration.instance, store: store, time: time, duration: configuration.lease, logger: logger)
    self.lease = lease
    workerServices = services(lease)
    let outcome = await withDiscardingTaskGroup(returning: Result<Void, StoreError>.self) { group in
      // From the first moment: ten thousand new jobs may take the store longer than a lease lasts.
      group.addTask { await lease.run() }
      do throws(StoreError) {
        try await getReady(jobs)
      } catch {
        group.cancelAll()
        return .failure(error)
      }
      await whenReady()
      await perform(in: &group)
      return .success(())
    }
    // Every worker has ended: nothing of this instance is under way.
    self.lease = nil
    workerServices = nil
    await lease.release()
    try outcome.get()
    logger.info("jobd has stopped; tasks go on and are picked up by the next start")
  }

  private func getReady(_ jobs: [CompiledJob]) async throws(StoreError) {
    _ = try await install(jobs)
    try await adoptOrphans()
    try await tendWaiting()
    logger.info(
      "jobd is ready",
      metadata: [
        "jobs": "\(jobs.count)", "runs": "\(mailboxes.count)", "instance": "\(configuration.instance)",
      ])
  }

  private func perform(in group: inout DiscardingTaskGroup) async {
    let outbox = OutboxSender(
      store: store, notifier: notifier, time: time, random: random, logger: logger, bell: outboxBell,
      interval: configuration.lease)
    group.addTask { await outbox.run() }
    group.addTask { await self.tend() }
    group.addTask { await self.alarms.run { await self.deliver($0) } }
    for await item in work {
      group.addTask {
        switch item {
        case .plan(let job): await self.plan(job)
        case .planDue(let jobs): await self.planDue(jobs)
        case .prepareStarts(let jobs): await self.prepareStarts(jobs)
        case .fillPool(let pool): await self.fillPool(pool)
        case .backfill(let job): await self.backfill(job)
        case .warn(let warning): await self.warn(warning)
        case .step(let worker): await worker.run()
        }
      }
    }
  }

  private func deliver(_ alarms: [Alarm]) {
    var due: [JobName] = []
    var early: [JobName] = []
    for alarm in alarms {
      switch alarm {
      case .job(let job): if catalog[job].flatMap(dueSoon) != nil { early.append(job) } else { due.append(job) }
      case .timer(let run, let timer): mailboxes[run]?.yield(.timer(timer))
      case .warning(let warning): submit.yield(.warn(warning))
      }
    }
    // In the order in which the store keeps them: what is written together lies together.
    due.sort()
    early.sort()
    // Two shares, each a group after the other: while one waits for the store the other is planned, and what is planned
    // already is not kept from starting by all that is not.
    let share = max(Self.plannedTogether, (due.count + 1) / 2)
    for names in [due.prefix(share), due.dropFirst(share)] where !names.isEmpty { submit.yield(.planDue(Array(names))) }
    if !early.isEmpty { submit.yield(.prepareStarts(early)) }
  }

  // MARK: Workers

  /// - Parameters:
  ///   - causes: what the run is to take first.
  ///   - claimedIn: the lease's period before the run was claimed.
  func startWorker(
    _ core: RunCore, effects: [RunCore.Effect], causes: [RunCore.Cause] = [], claimedIn: LeaseKeeper.Period
  ) {
    guard let services = workerServices else { return }
    let worker = RunWorker(core, effects: effects, causes: causes, claimedIn: claimedIn, services: services)
    mailboxes[core.run.id] = worker.inbox
    // One that was prepared began, on record, when it was due: not before the end of a run that came meanwhile.
    prepared.remove(core.run.id.job)
    setWarnings(of: core.run)
    submit.yield(.step(worker))
  }

  private func services(_ lease: LeaseKeeper) -> RunWorker.Services {
    RunWorker.Services(
      store: store, drivers: allDrivers, time: time, random: random, lease: lease, alarms: alarms, logger: logger,
      storeHealth: storeHealth,
      changed: { run in await self.changed(run) },
      ended: { run, ending in await self.workerEnded(run, ending) })
  }

  private func changed(_ run: Run) {
    if run.status != .running {
      outboxBell.ring()
      goOn(after: run)
    }
    for bell in watchers[run.id] ?? [] { bell.ring() }
  }

  private func workerEnded(_ run: RunID, _ ending: RunWorker.Ending) {
    mailboxes.removeValue(forKey: run)?.finish()
    removeWarnings(of: run)
    if ending == .conflict { dropped.insert(run) }
  }

  /// The first one that handles a resource performs it. Executions are the engine's own business, also where a driver
  /// takes every SDK integration.
  private var allDrivers: [any TaskDriver] { [ChildExecutionDriver(engine: self)] + drivers }

  /// What a run needs to know of the world.
  func surroundings() -> RunCore.Surroundings {
    let drivers = allDrivers
    let installation = store.installationID
    return RunCore.Surroundings(
      installation: installation, host: configuration.host
    ) { request, now throws(TaskFailure) in
      guard let driver = drivers.first(where: { $0.handles(request.resource) }) else {
        throw .noDriver(for: request.resource)
      }
      return try driver.prepare(request, installation: installation, at: now)
    }
  }

  /// A run that is to begin: what differs from one start to the next.
  struct Beginning: Sendable {
    /// As it is written with the claim.
    var slot: Slot
    var input: JSONValue
    /// In place of the job's own definition.
    var machine: JSONValue?
    /// Where to begin in place of the machine's first state.
    var entry: ExecutionEntry?
    var requestedBy: String?
    var note: String?
    /// What the execution is called, where another run gave it a name.
    var executionName: String?

    init(
      slot: Slot, input: JSONValue, machine: JSONValue? = nil, entry: ExecutionEntry? = nil,
      requestedBy: String? = nil, note: String? = nil, executionName: String? = nil
    ) {
      self.slot = slot
      self.input = input
      self.machine = machine
      self.entry = entry
      self.requestedBy = requestedBy
      self.note = note
      self.executionName = executionName
    }
  }

  /// Begins a run: the writes for the claim's batch, and what to start once they are committed.
  func begin(
    _ beginning: Beginning, of job: CompiledJob, policy: RunPolicy, owner: Ownership, at now: Instant
  ) -> (core: RunCore, step: RunCore.Step) {
    let slot = beginning.slot
    let id = RunID(slot: slot.key, rerun: slot.runs - 1)
    // What another run hands over is data, in which no keyword is looked for.
    let input = slot.trigger == .execution ? beginning.input : RunInput.filled(beginning.input, for: id)
    let definition = beginning.machine?.text ?? job.job.definition
    let run = Run(
      id: id, day: slot.day, trigger: slot.trigger, owner: owner, definition: definition, input: input.text,
      startedAt: now, requestedBy: beginning.requestedBy, note: beginning.note, policy: policy)
    var generator = RandomGenerator(random)
    var (core, step) = RunCore.begin(
      run: run, slot: slot, machine: machine(beginning.machine, of: job, as: definition), input: input,
      context: RunInput.context(
        run, name: beginning.executionName, input: input, job: job, redrives: beginning.entry?.redriveCount ?? 0),
      entry: beginning.entry, at: now, using: &generator, surroundings: surroundings())
    // What a run by hand does otherwise is no version of the job's definition.
    if beginning.machine == nil { step.writes.append(.useDefinition(job.name, definition, at: now)) }
    return (core, step)
  }
}

extension Engine {
  /// - Parameter definition: the machine's as text.
  private func machine(_ given: JSONValue?, of job: CompiledJob, as definition: String) -> StateMachine {
    if let known = machines[definition] { return known }
    let machine = job.machine(given)
    machines.keep(machine, of: definition)
    return machine
  }
}

extension TaskFailure {
  static func noDriver(for resource: String) -> TaskFailure {
    TaskFailure(error: "States.Runtime", cause: "This jobd has no driver for the resource \(resource)")
  }
}
