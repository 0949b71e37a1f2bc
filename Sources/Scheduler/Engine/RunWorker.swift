internal import JobModel
internal import Logging
internal import Synchronization

/// Steps one run: takes a cause, commits what follows from it, and only then does it. One task a run, so
/// that a run's causes are taken one after the other; runs wait for each other only to take what drivers report.
///
/// What it knows is on the heap, and ``run()`` only waits: the frame of a function that waits lives as long as the
/// run, and thousands of runs wait at a time.
final class RunWorker: Sendable {
  /// Where the run's causes arrive. Whoever finishes it says that the run is no longer this worker's.
  private let mailbox: AsyncStream<RunCore.Cause>
  let inbox: AsyncStream<RunCore.Cause>.Continuation
  /// The lease's period before the run was claimed.
  private let claimedIn: LeaseKeeper.Period
  private let services: Services
  /// Only the worker's own task uses it.
  private let state: Mutex<State>

  private struct State {
    var core: RunCore
    /// What is to be done first.
    var effects: [RunCore.Effect]
    var armed: Set<Int>
    /// Timers that have fired, and that wait until it is known what became of a launch: by its number.
    var postponed: [Int: Set<Int>] = [:]
    /// What has become of the launches that a timer would give up, by their numbers, for when it fires again.
    var fates: [Int: [Int: LaunchFate]] = [:]
  }

  /// What workers need of the engine.
  final class Services: Sendable {
    let store: any RunStore
    let drivers: [any TaskDriver]
    let time: any TimeSource
    let random: any RandomSource
    let lease: LeaseKeeper
    let alarms: AlarmClock<Alarm>
    let logger: Logger
    /// Called after each commit.
    let changed: @Sendable (Run) async -> Void
    /// Called when the worker is done with the run.
    let ended: @Sendable (RunID, Ending) async -> Void
    let storeHealth: StoreHealth
    /// Who takes what drivers report: so few at a time that what is due finds room among the store's commits.
    let reports = FairLock(places: 16)

    init(
      store: any RunStore, drivers: [any TaskDriver], time: any TimeSource, random: any RandomSource,
      lease: LeaseKeeper, alarms: AlarmClock<Alarm>, logger: Logger, storeHealth: StoreHealth,
      changed: @escaping @Sendable (Run) async -> Void,
      ended: @escaping @Sendable (RunID, Ending) async -> Void
    ) {
      self.store = store
      self.drivers = drivers
      self.time = time
      self.random = random
      self.lease = lease
      self.alarms = alarms
      self.logger = logger
      self.storeHealth = storeHealth
      self.changed = changed
      self.ended = ended
    }

    func driver(for resource: String) -> (any TaskDriver)? { drivers.first { $0.handles(resource) } }
  }

  /// Why a worker is done with its run.
  enum Ending: Sendable {
    /// The run is over, or jobd stops.
    case regular
    /// The store did not take a step, since it is not as this worker knows it: another instance has taken
    /// the run over, or somebody changed its rows.
    case conflict
  }

  /// How long a task may take to stop before the run goes on without it, from when ECS was told: Fargate's
  /// longest stop timeout is two minutes.
  static let stopGrace = Duration.seconds(180)

  /// - Parameters:
  ///   - effects: what is to be done first.
  ///   - causes: what the run is to take then.
  init(
    _ core: RunCore, effects: [RunCore.Effect], causes: [RunCore.Cause], claimedIn: LeaseKeeper.Period,
    services: Services
  ) {
    (mailbox, inbox) = AsyncStream.makeStream(of: RunCore.Cause.self)
    for cause in causes { inbox.yield(cause) }
    self.claimedIn = claimedIn
    self.services = services
    state = Mutex(State(core: core, effects: effects, armed: Set(core.timers)))
  }

  /// Runs until the run is over, is another's, or the task is cancelled; a later process then picks it up.
  func run() async {
    let ending = await withDiscardingTaskGroup(returning: Ending.self) { group in
      defer { group.cancelAll() }
      if await begin(in: &group) { return .regular }
      for await cause in mailbox {
        if let ending = await take(cause, in: &group) { return ending }
      }
      return Task.isCancelled ? .regular : .conflict
    }
    let (id, armed) = state.withLock { ($0.core.run.id, $0.armed) }
    for timer in armed { services.alarms.remove(.timer(id, timer)) }
    await services.ended(id, ending)
  }

  /// - Returns: whether the run is over.
  private func begin(in group: inout DiscardingTaskGroup) async -> Bool {
    let (run, isOver, effects) = state.withLock { state in
      defer { state.effects = [] }
      return (state.core.run, state.core.isOver, state.effects)
    }
    for effect in effects { perform(effect, of: run, ownedIn: claimedIn, in: &group) }
    if isOver { await services.changed(run) }
    return isOver
  }

  /// What drivers report waits for its turn, so that what is due goes before what was launched.
  ///
  /// - Returns: why the worker is done; nil while the run goes on.
  private func take(_ given: RunCore.Cause, in group: inout DiscardingTaskGroup) async -> Ending? {
    var turn = Turn()
    if case .report = given { turn = Turn(of: services.reports) }
    guard await turn.begin() else { return .regular }
    defer { turn.end() }
    for cause in await causes(from: given, in: &group) {
      var generator = RandomGenerator(services.random)
      let (step, run) = state.withLock { state in
        (state.core.step(cause, at: services.time.now(), using: &generator), state.core.run)
      }
      if step.writes.isEmpty { continue }
      let period = services.lease.period
      switch await commit(step.writes, of: run.id, in: &turn) {
      case .committed: break
      case .conflict: return .conflict
      case nil: return .regular
      }
      if case .graceIsOver = cause { warn(of: step.writes) }
      await services.changed(run)
      for effect in step.effects {
        perform(effect, of: run, ownedIn: period, in: &group)
        state.withLock { RunWorker.note(effect, in: &$0.armed) }
      }
      if run.status != .running { return .regular }
    }
    if case .report(let launch, _) = given {
      for timer in state.withLock({ $0.postponed.removeValue(forKey: launch) ?? [] }).sorted() {
        inbox.yield(.timer(timer))
      }
    }
    return nil
  }

  /// A place among those who take reports; without a lock, the turn of who needs none.
  private struct Turn {
    private let lock: FairLock?
    private var isHeld = false

    init(of lock: FairLock? = nil) { self.lock = lock }

    /// - Returns: false where the task was cancelled.
    mutating func begin() async -> Bool {
      guard let lock else { return true }
      isHeld = await lock.lock()
      return isHeld
    }

    mutating func end() {
      if isHeld { lock?.unlock() }
      isHeld = false
    }
  }

  /// Commits, however long the store refuses; nil where the task is cancelled before. Others have their turn between
  /// two attempts: what the store will never take keeps nobody waiting.
  private func commit(_ writes: [StoreWrite], of run: RunID, in turn: inout Turn) async -> CommitResult? {
    var attempt = 0
    while !Task.isCancelled {
      do {
        let result = try await services.store.commit(writes)
        services.storeHealth.succeeded()
        if result != .committed { logger(run).warning("a step of the run conflicts with what is stored") }
        return result
      } catch {
        attempt += 1
        services.storeHealth.failed(error)
        logger(run).error("the store did not take a step of the run", metadata: ["error": "\(error)"])
        let delay = Duration.seconds(min(30, 1 << min(attempt - 1, 5)))
        turn.end()
        do { try await services.time.sleep(for: delay) } catch { return nil }
        guard await turn.begin() else { return nil }
      }
    }
    return nil
  }

  /// A cause, and before it what must be taken first. What may end tasks comes after the answers that somebody has
  /// brought for their tokens, perhaps through another instance; where one comes later than this look, the step's own
  /// condition finds it.
  private func causes(
    from cause: RunCore.Cause, in group: inout DiscardingTaskGroup
  ) async -> [RunCore.Cause] {
    switch cause {
    case .timer(let timer):
      guard let causes = causes(ofTimer: timer, in: &group) else { return [] }
      return await storedAnswers() + causes
    case .report(_, .failed): return await storedAnswers() + [cause]
    default: return [cause]
    }
  }

  /// A timer, after what has become of the tasks that it would give up: one that is over has ended as it did, though
  /// nobody has heard of it yet. It waits where that is open.
  ///
  /// - Returns: nil where that has to be looked at first; the timer fires again then.
  private func causes(ofTimer timer: Int, in group: inout DiscardingTaskGroup) -> [RunCore.Cause]? {
    guard let fates = state.withLock({ $0.fates.removeValue(forKey: timer) }) else {
      var generator = RandomGenerator(services.random)
      let launches = state.withLock { $0.core.givenUp(by: timer, at: services.time.now(), using: &generator) }
      if launches.isEmpty { return [.timer(timer)] }
      group.addTask { [self] in await look(at: launches, before: timer) }
      return nil
    }
    var causes: [RunCore.Cause] = []
    var isOpen = false
    for (launch, fate) in fates.sorted(by: { $0.key < $1.key }) {
      switch fate {
      case .over(let report): causes.append(.report(launch: launch, report))
      case .goesOn: break
      case .open:
        isOpen = true
        state.withLock { _ = $0.postponed[launch, default: []].insert(timer) }
      }
    }
    return isOpen ? causes : causes + [.timer(timer)]
  }

  /// At all of them at once, and beside the run: a look may take minutes, and all the time that ECS is out.
  private func look(at launches: [Launch], before timer: Int) async {
    let fates = await withTaskGroup(of: (Int, LaunchFate)?.self) { group in
      for launch in launches {
        group.addTask { [self] in
          do {
            return (launch.id.number, try await services.driver(for: launch.resource)?.look(launch) ?? .goesOn)
          } catch {
            return nil
          }
        }
      }
      return await group.reduce(into: [Int: LaunchFate]()) { fates, fate in
        if let fate { fates[fate.0] = fate.1 }
      }
    }
    if Task.isCancelled { return }
    state.withLock { $0.fates[timer] = fates }
    inbox.yield(.timer(timer))
  }

  private func storedAnswers() async -> [RunCore.Cause] {
    let (run, awaitsAnswers) = state.withLock { ($0.core.run.id, !$0.core.launches.awaited.isEmpty) }
    guard awaitsAnswers else { return [] }
    do {
      return try await services.store.taskAnswers().filter { $0.launch.run == run }.map { .answer($0) }
    } catch {
      services.storeHealth.failed(error)
      return []
    }
  }

  /// Keeps in mind which timers are armed: those of the steps that were committed.
  private static func note(_ effect: RunCore.Effect, in armed: inout Set<Int>) {
    switch effect {
    case .countDown(let timer, _), .arm(let timer, _): armed.insert(timer)
    case .disarm(let timer): armed.remove(timer)
    default: break
    }
  }

  /// - Parameter ownedIn: the lease's period before the effect was committed.
  private func perform(
    _ effect: RunCore.Effect, of run: Run, ownedIn period: LeaseKeeper.Period, in group: inout DiscardingTaskGroup
  ) {
    switch effect {
    case .countDown(let timer, let length): services.alarms.set(.timer(run.id, timer), after: length)
    case .arm(let timer, let at): services.alarms.set(.timer(run.id, timer), at: at)
    case .disarm(let timer): services.alarms.remove(.timer(run.id, timer))
    case .finished: logger(run.id).info("the run is over", metadata: ["status": "\(run.status.rawValue)"])
    case .start(let launch, let recovering):
      let owner = run.owner
      group.addTask { [self] in
        await report(launch) { driver throws(CancellationError) in
          try await driver.start(launch, recovering: recovering) { [self] () async throws(CancellationError) in
            if let end = try await ownedUntil(launch.id.run, by: owner, since: period) { return end }
            inbox.finish()
            throw CancellationError()
          }
        }
      }
    case .follow(let launch):
      group.addTask { [self] in
        await report(launch) { driver throws(CancellationError) in try await driver.follow(launch) }
      }
    case .stop(let launch, let reason):
      group.addTask { [self] in await stop(launch, reason: reason) }
    }
  }

  /// Lets a driver act and posts what it says. A cancelled driver says nothing.
  private func report(
    _ launch: Launch,
    _ act: (any TaskDriver) async throws(CancellationError) -> LaunchReport
  ) async {
    let number = launch.id.number
    guard let driver = services.driver(for: launch.resource) else {
      inbox.yield(.report(launch: number, .failed(.noDriver(for: launch.resource))))
      return
    }
    do { inbox.yield(.report(launch: number, try await act(driver))) } catch {}
  }

  /// Waits for a trusted lease, and looks whether the run is still this worker's where the lease was out since its
  /// commit, as when the process was paused: another instance may have taken it over, ended it, and even run it again.
  ///
  /// - Returns: until when, on the monotonic clock, nobody else takes it over; nil where somebody has.
  private func ownedUntil(
    _ run: RunID, by owner: Ownership, since period: LeaseKeeper.Period
  ) async throws(CancellationError) -> Duration? {
    while true {
      do {
        let trust = try await services.lease.waitUntilTrusted()
        if trust.period == period { return trust.until }
        return try await services.store.run(run)?.owner == owner ? trust.until : nil
      } catch let error as StoreError {
        services.storeHealth.failed(error)
        do { try await services.time.sleep(for: .seconds(1)) } catch { throw CancellationError() }
      } catch {
        throw CancellationError()
      }
    }
  }

  /// Stops a task; its end is reported by whoever follows it. One without an ARN cannot be followed, and
  /// is given the grace as well.
  private func stop(_ launch: Launch, reason: String) async {
    do {
      try await services.driver(for: launch.resource)?.stop(launch, reason: reason)
      try await services.time.sleep(for: Self.stopGrace)
      inbox.yield(.graceIsOver(launch: launch.id.number))
    } catch {}
  }

  /// Of the task that was not waited for any longer.
  private func warn(of writes: [StoreWrite]) {
    for case .updateLaunch(let launch) in writes {
      logger(launch.id.run).warning(
        "a stopped task is not known to be over; the run goes on without it",
        metadata: ["task-arn": "\(launch.taskARN ?? "")", "launch": "\(launch.id)"])
    }
  }

  private func logger(_ run: RunID) -> Logger {
    var logger = services.logger
    logger[metadataKey: "job"] = "\(run.job)"
    logger[metadataKey: "run"] = "\(run)"
    return logger
  }
}

/// What the one alarm clock wakes for.
enum Alarm: Hashable, Sendable {
  /// A job may have a slot due.
  case job(JobName)
  case timer(RunID, Int)
  case warning(Warning)
}
