import JobModel
import Logging
import Scheduler
import Store
import Synchronization
import TestSupport

/// An engine on a store, with clocks that stand still and a driver that does what the test says.
final class EngineRig: Sendable {
  let time: ManualTime
  let store: any RunStore
  let driver = ScriptedDriver()
  let notifier = RecordingNotifier()
  let engine: Engine
  private let task = Mutex<Task<Void, any Error>?>(nil)

  /// Sleepers of an idle engine: the lease, the search for orphans, the outbox, the alarm clock.
  static let idleSleepers = 4

  init(store: (any RunStore)? = nil, time: ManualTime? = nil, instance: String = "one", seed: UInt64 = 1) {
    let time = time ?? ManualTime(now: Instant(seconds: 1_795_219_230))  // 2026-11-21T00:00:30Z
    self.time = time
    self.store = store ?? InMemoryRunStore(random: SeededRandom(seed: seed))
    engine = Engine(
      store: self.store, drivers: [driver], notifier: notifier, time: time, random: SeededRandom(seed: seed),
      configuration: Engine.Configuration(instance: InstanceID(instance), lease: .seconds(15)),
      logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
  }

  /// Starts the engine and returns once it is ready.
  func start(_ jobs: [Job]) async throws {
    let compiled = try jobs.map { try CompiledJob($0) }
    let ready = Gate()
    let engine = self.engine
    let running = Task {
      defer { ready.open() }
      try await engine.run(jobs: compiled) { ready.open() }
    }
    task.withLock { $0 = running }
    await ready.wait()
  }

  /// Ends the engine as SIGTERM would; what it has begun goes on in ECS.
  func stop() async {
    let running = task.withLock { $0 }
    running?.cancel()
    _ = await running?.result
  }

  /// Moves the clocks once the engine has nothing left to do but wait.
  ///
  /// - Parameter others: tasks that sleep beside the idle engine's own.
  func advance(by length: Duration, others: Int = 0) async {
    await time.waitForSleepers(Self.idleSleepers + others)
    time.advance(by: length)
  }

  /// The run once it is over.
  func outcome(of id: RunID) async throws -> Run {
    while true {
      guard let run = try await store.run(id) else { throw RigError.noSuchRun(id) }
      if run.status != .running { return run }
      try await engine.waitForChange(of: id, after: run.version)
    }
  }
}

extension Engine {
  func start(_ job: JobName, input: JSONValue?, requestedBy: String) async throws(EngineRefusal) -> RunID {
    try await start(job, RunWish(input: input, requestedBy: requestedBy))
  }

  func rerun(
    _ job: JobName, _ target: RerunTarget, force: Bool, requestedBy: String
  ) async throws(EngineRefusal) -> RunID {
    try await rerun(job, RerunWish(target, force: force, requestedBy: requestedBy))
  }
}

enum RigError: Error {
  case noSuchRun(RunID)
  case noLaunch
}

/// Opens once; whoever waits is let through then and afterwards.
final class Gate: Sendable {
  private struct State {
    var isOpen = false
    var waiters: [CheckedContinuation<Void, Never>] = []
  }

  private let state = Mutex(State())

  func open() {
    let waiters = state.withLock { state in
      state.isOpen = true
      defer { state.waiters = [] }
      return state.waiters
    }
    for waiter in waiters { waiter.resume() }
  }

  func wait() async {
    await withCheckedContinuation { continuation in
      let isOpen = state.withLock { state in
        if !state.isOpen { state.waiters.append(continuation) }
        return state.isOpen
      }
      if isOpen { continuation.resume() }
    }
  }
}

/// What the engine has asked of the driver.
enum DriverCall: Equatable, Sendable {
  case start(LaunchID, recovering: Bool)
  case follow(LaunchID)
  case stop(LaunchID, reason: String)
}

/// A driver that says nothing until the test answers: it shows each call, and waits.
final class ScriptedDriver: TaskDriver {
  private struct State {
    var calls: [DriverCall] = []
    var preparationCount = 0
    var answers: [String: AsyncStream<LaunchReport>.Continuation] = [:]
    /// Nil while a look comes to no end.
    var fate: LaunchFate? = .goesOn
  }

  private let state = Mutex(State())
  private let stream: AsyncStream<DriverCall>
  private let show: AsyncStream<DriverCall>.Continuation
  private let looks: AsyncStream<LaunchID>
  private let showLook: AsyncStream<LaunchID>.Continuation
  private let preparations: AsyncStream<LaunchID>
  private let showPreparation: AsyncStream<LaunchID>.Continuation

  init() {
    (stream, show) = AsyncStream.makeStream(of: DriverCall.self)
    (looks, showLook) = AsyncStream.makeStream(of: LaunchID.self)
    (preparations, showPreparation) = AsyncStream.makeStream(of: LaunchID.self)
  }

  /// What a look finds from now on; nil for one that lasts, as while ECS is out.
  func setFate(_ fate: LaunchFate?) { state.withLock { $0.fate = fate } }

  /// The next look that the test has not seen yet.
  func nextLook() async -> LaunchID? {
    for await launch in looks { return launch }
    return nil
  }

  /// The next request that was worked out and that the test has not seen yet, whether or not it is ever sent.
  func nextPreparation() async -> LaunchID? {
    for await launch in preparations { return launch }
    return nil
  }

  /// Requests that were worked out so far.
  var preparationCount: Int { state.withLock { $0.preparationCount } }

  /// Every call so far.
  var calls: [DriverCall] { state.withLock { $0.calls } }

  /// The next call that the test has not seen yet.
  func nextCall() async -> DriverCall? {
    for await call in stream { return call }
    return nil
  }

  func handles(_ resource: String) -> Bool {
    ["ecs:runTask.sync", "ecs:runTask.waitForTaskToken"].contains { resource == "arn:aws:states:::\($0)" }
  }

  func prepare(_ request: TaskRequest, installation: String, at now: Instant) throws(TaskFailure) -> Launch {
    if request.arguments["Refuse"] != nil {
      throw TaskFailure(error: "ECS.InvalidParameterException", cause: "refused")
    }
    state.withLock { $0.preparationCount += 1 }
    showPreparation.yield(request.launch)
    return Launch(
      id: request.launch, task: request.task, state: request.state, resource: request.resource,
      request: request.arguments, clientToken: "\(request.launch)", startedBy: "\(request.launch)", intendedAt: now)
  }

  func start(
    _ launch: Launch, recovering: Bool, permit: @escaping LaunchPermit
  ) async throws(CancellationError) -> LaunchReport {
    _ = try await permit()
    return try await report("start \(launch.id)", .start(launch.id, recovering: recovering))
  }

  func follow(_ launch: Launch) async throws(CancellationError) -> LaunchReport {
    try await report("follow \(launch.id)", .follow(launch.id))
  }

  func look(_ launch: Launch) async throws(CancellationError) -> LaunchFate {
    let fate = state.withLock { $0.fate }
    showLook.yield(launch.id)
    guard let fate else {
      for await _ in AsyncStream<Never>.makeStream().stream {}
      throw CancellationError()
    }
    return fate
  }

  func stop(_ launch: Launch, reason: String) async throws(CancellationError) {
    note(.stop(launch.id, reason: reason))
  }

  /// Lets the call return.
  func answerStart(_ launch: LaunchID, _ report: LaunchReport) { answer("start \(launch)", report) }
  func answerFollow(_ launch: LaunchID, _ report: LaunchReport) { answer("follow \(launch)", report) }

  func submit(_ launch: LaunchID) {
    answerStart(launch, .submitted(taskARN: "arn:\(launch)", submission: ["Tasks": []]))
  }

  private func answer(_ key: String, _ report: LaunchReport) {
    let continuation = state.withLock { $0.answers[key] }
    continuation?.yield(report)
  }

  private func note(_ call: DriverCall) {
    state.withLock { $0.calls.append(call) }
    show.yield(call)
  }

  private func report(_ key: String, _ call: DriverCall) async throws(CancellationError) -> LaunchReport {
    let (answers, continuation) = AsyncStream.makeStream(of: LaunchReport.self)
    state.withLock { $0.answers[key] = continuation }
    note(call)
    for await report in answers { return report }
    throw CancellationError()
  }
}

/// Keeps what it was told; refuses as often as the test wants.
final class RecordingNotifier: Notifier {
  private let state = Mutex<(refusals: Int, sent: [OutboxMessage])>((0, []))
  private let stream: AsyncStream<OutboxMessage>
  private let show: AsyncStream<OutboxMessage>.Continuation

  init() { (stream, show) = AsyncStream.makeStream(of: OutboxMessage.self) }

  var sent: [OutboxMessage] { state.withLock { $0.sent } }

  func refuse(times: Int) { state.withLock { $0.refusals = times } }

  /// The next message that somebody tried to send, taken or not.
  func nextSending() async -> OutboxMessage? {
    for await message in stream { return message }
    return nil
  }

  func send(_ message: OutboxMessage) async throws(NotificationError) {
    let isRefused = state.withLock { state in
      if state.refusals > 0 {
        state.refusals -= 1
        return true
      }
      state.sent.append(message)
      return false
    }
    show.yield(message)
    if isRefused { throw NotificationError(message: "not now") }
  }
}

/// A store that refuses writes while the test wants it to, as a full disk does.
final class RefusingStore: ForwardingStore, @unchecked Sendable {
  private let isFull = Mutex(false)
  private let refused = Mutex<@Sendable (RunID) -> Bool>({ _ in false })
  /// Rings at every refusal.
  let refusals: AsyncStream<Void>
  private let refuse: AsyncStream<Void>.Continuation

  override init(_ base: any RunStore) {
    (refusals, refuse) = AsyncStream.makeStream(of: Void.self)
    super.init(base)
  }

  func fill(_ full: Bool) { isFull.withLock { $0 = full } }
  /// Of runs alone, so that a run's worker gets nowhere.
  func refuseRuns(_ refuses: Bool) { refuseRuns { _ in refuses } }
  func refuseRuns(where isRefused: @escaping @Sendable (RunID) -> Bool) { refused.withLock { $0 = isRefused } }

  override func commit(_ batch: [StoreWrite]) async throws(StoreError) -> CommitResult {
    let run = if case .updateRun(let run)? = batch.first { run.id } else { nil as RunID? }
    if isFull.withLock({ $0 }) || run.map({ id in refused.withLock { $0(id) } }) ?? false {
      refuse.yield()
      throw StoreError(code: .full, message: "the disk is full")
    }
    return try await base.commit(batch)
  }
}

/// Answers how long a job's runs took only when the test wants it to, once.
final class HeldReads: ForwardingStore, @unchecked Sendable {
  let held: AsyncStream<Void>
  private let hold: AsyncStream<Void>.Continuation
  private let isHolding = Mutex(false)
  private let gate = Gate()

  override init(_ base: any RunStore) {
    (held, hold) = AsyncStream.makeStream(of: Void.self)
    super.init(base)
  }

  func holdOnce() { isHolding.withLock { $0 = true } }
  func letGo() { gate.open() }

  override func successfulDurations(of job: JobName, limit: Int) async throws(StoreError) -> [Duration] {
    if isHolding.withLock({ isHolding in
      defer { isHolding = false }
      return isHolding
    }) {
      hold.yield()
      await gate.wait()
    }
    return try await super.successfulDurations(of: job, limit: limit)
  }
}
