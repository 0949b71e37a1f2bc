internal import Foundation
public import JobModel
public import Logging
internal import Synchronization

/// An ECS endpoint on this machine: HTTP on loopback with AWS's own wire protocol, tasks whose containers
/// are local processes, and faults on request. Beside ECS it answers SNS (Publish, CreateTopic,
/// ListTopics), CloudWatch Logs (GetLogEvents and what finds groups and streams) and STS (GetCallerIdentity).
///
/// ``run()`` serves until its task is cancelled; then every process that it started is killed.
public final class ECSSimulator: Sendable {
  private enum Event: Sendable {
    case start(ContainerLaunch)
    case forget(task: String)
    case wake(at: Instant)
  }

  private struct State {
    var core: SimulatorCore
    var generator: RandomGenerator
    /// For when a wake-up is on its way.
    var armedAt: Instant?
    var logFile: TaskLogFile?
    var folders: TaskFolders?
    var watchers: [Int: AsyncStream<JSONValue>.Continuation] = [:]
    var nextWatcher = 0
  }

  public let configuration: ECSSimulatorConfiguration
  private let time: any TimeSource
  private let logger: Logger
  private let startedAt: Instant
  private let startedUptime: Duration
  private let state: Mutex<State>
  private let signatures: SignatureCheck?
  private let table = ProcessTable()
  private let listening = Listening()
  private let events: AsyncStream<Event>
  private let continuation: AsyncStream<Event>.Continuation

  public init(
    configuration: ECSSimulatorConfiguration, time: any TimeSource, random: any RandomSource, logger: Logger
  ) {
    self.configuration = configuration
    self.time = time
    self.logger = logger
    startedAt = time.now()
    startedUptime = time.uptime()
    signatures = configuration.checksSignatures ? SignatureCheck(credentials: configuration.credentials) : nil
    state = Mutex(State(core: SimulatorCore(configuration), generator: RandomGenerator(random)))
    (events, continuation) = AsyncStream.makeStream()
  }

  /// The port, as soon as the simulator listens.
  ///
  /// - Throws: `SimulatorError` where it ended without ever listening.
  public func port() async throws -> Int { try await listening.port() }

  /// Serves until the task is cancelled. Call it once.
  ///
  /// - Throws: `SimulatorError`: the port is taken, or a folder or file cannot be made.
  public func run() async throws {
    defer { listening.settle(.failure(SimulatorError("the simulator has ended"))) }
    let folders = try TaskFolders(path: configuration.stateFolder)
    defer { folders.removeAll() }
    let logFile = try configuration.taskLogFile.map { path throws(SimulatorError) in try TaskLogFile(path: path) }
    defer { logFile?.close() }
    state.withLock { state in
      state.folders = folders
      state.logFile = logFile
    }
    defer { state.withLock { $0.logFile = nil } }
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await self.serve() }
      group.addTask { await self.performEvents(folders) }
      defer { group.cancelAll() }
      try await group.next()
    }
  }

  private func serve() async throws {
    // The server calls its own cancellation an error; what matters is thrown.
    var serverLogger = logger
    serverLogger.logLevel = .critical
    let server = SimulatorServer(port: configuration.port, time: time, logger: serverLogger) { request, wasPostponed in
      self.handle(request, wasPostponed: wasPostponed)
    }
    do {
      try await server.run { port in self.listening.settle(.success(port)) }
    } catch {
      if Task.isCancelled { return }
      let problem = SimulatorError(SimulatorServer.sentence(for: error, port: configuration.port))
      // Whoever waits for the port is told why there is none.
      listening.settle(.failure(problem))
      throw problem
    }
  }

  private func performEvents(_ folders: TaskFolders) async {
    let runner = ContainerRunner(folders: folders, table: table, logBytes: configuration.logBytes)
    await withDiscardingTaskGroup { group in
      for await event in events {
        switch event {
        case .start(let launch):
          group.addTask {
            await runner.run(launch) { report in
              self.step { core, now, _ in core.report(launch.key, report, at: now) }
            } output: { bytes in
              self.step { core, now, _ in core.logs.append(bytes, from: launch.key, at: now) }
            }
          }
        case .forget(let task): folders.remove(task: task)
        case .wake(let at):
          group.addTask {
            do { try await self.time.sleep(for: at - self.now()) } catch { return }
            self.state.withLock { if $0.armedAt == at { $0.armedAt = nil } }
            self.step { _, _, _ in }
          }
        }
      }
      group.cancelAll()
    }
  }

  /// The simulator's time line: the wall clock at its start and the monotonic clock from there.
  private func now() -> Instant { startedAt + (time.uptime() - startedUptime) }

  /// One step of the core, and what follows from it.
  private func step<Result>(_ body: (inout SimulatorCore, Instant, inout RandomGenerator) -> Result) -> Result {
    let now = now()
    return state.withLock { state in
      state.core.ecs.advance(to: now)
      let result = body(&state.core, now, &state.generator)
      perform(state.core.settle(at: now), &state)
      if let next = state.core.ecs.nextAt, state.armedAt.map({ next < $0 }) ?? true {
        state.armedAt = next
        continuation.yield(.wake(at: next))
      }
      return result
    }
  }

  private func perform(_ effects: [SimulatorEffect], _ state: inout State) {
    for effect in effects {
      switch effect {
      case .start(let launch):
        table.willStart(launch.key)
        continuation.yield(.start(launch))
      case .terminate(let key): table.send(SIGTERM, to: key)
      case .kill(let key): table.send(SIGKILL, to: key)
      case .nameLogGroup, .openLog: break
      case .forget(let task): continuation.yield(.forget(task: task))
      case .record(let line):
        state.logFile?.append(line)
        for watcher in state.watchers.values { watcher.yield(line) }
      }
    }
  }

  private func handle(_ request: WireRequest, wasPostponed: Bool) -> WireAnswer {
    if request.path.hasPrefix(ECSSimulator.controlPrefix) { return control(request) }
    let call = ServiceCall(request)
    let refusal = refusal(of: request, call)
    return step { core, now, generator in
      core.answer(request, call, refusal: refusal, wasPostponed: wasPostponed, at: now, random: &generator)
    }
  }

  /// Hashing takes most of a request's time, so it is done outside the lock.
  private func refusal(of request: WireRequest, _ call: ServiceCall) -> ServiceError? {
    guard let signatures else { return nil }
    do throws(ServiceError) {
      try signatures.check(request, for: call, at: time.now())
      return nil
    } catch {
      return error
    }
  }
}

/// What tests ask of the simulator, without HTTP.
extension ECSSimulator {
  /// An ECS operation as if a request had come in, without signature and faults.
  ///
  /// - Throws: `SimulatorError` with the service's error name and message.
  public func call(_ operation: String, _ input: JSONObject) throws -> JSONValue {
    let result: Result<JSONValue, ServiceError> = step { core, now, generator in
      do throws(ServiceError) {
        return .success(try core.ecs.perform(operation, input, at: now, random: &generator))
      } catch {
        return .failure(error)
      }
    }
    return try result.mapError { SimulatorError("\($0.code): \($0.message ?? "")") }.get()
  }

  /// Adds rules to those in force.
  ///
  /// - Returns: their ids; nil where there would be more than 1,000 rules.
  @discardableResult
  public func inject(_ rules: [FaultRule]) -> [Int]? { step { core, _, _ in core.faults.add(rules) } }

  public func clearFaults() { step { core, _, _ in core.faults.removeAll() } }

  /// The rules in force, with how often each has matched and struck.
  public func faultRules() -> JSONValue {
    let entries = step { core, _, _ in core.faults.entries }
    let rules = entries.map { entry -> JSONValue in
      [
        "id": .integer(Int64(entry.id)), "operation": .string(entry.rule.operation),
        "effect": .string("\(entry.rule.effect)"), "matched": .integer(Int64(entry.matched)),
        "struck": .integer(Int64(entry.struck)),
      ]
    }
    return ["rules": .array(rules)]
  }

  /// Every task that was ever started, a JSON object an event (`accepted`, `started`, `stopped`), in their
  /// order: the judge of tests that count launches.
  public func taskEvents() -> [JSONValue] { step { core, _, _ in core.taskEvents } }

  /// The same events, those that are past and those that come, until the reader stops.
  public func watchTaskEvents() -> AsyncStream<JSONValue> {
    let (stream, continuation) = AsyncStream<JSONValue>.makeStream()
    let id = state.withLock { state in
      for event in state.core.taskEvents { continuation.yield(event) }
      state.nextWatcher += 1
      state.watchers[state.nextWatcher] = continuation
      return state.nextWatcher
    }
    continuation.onTermination = { [weak self] _ in
      _ = self?.state.withLock { $0.watchers.removeValue(forKey: id) }
    }
    return stream
  }

  /// What was published to SNS.
  public func messages() -> [JSONValue] { step { core, _, _ in core.sns.messages.map(\.json) } }

  /// `{"RunTask": {"requests": 3, "errors": 1, "faults": 1}, …}`.
  public func requestCounts() -> JSONValue {
    let counts = step { core, _, _ in core.counts }
    let members = counts.sorted { $0.key < $1.key }.map { entry in
      (
        key: entry.key,
        value: [
          "requests": .integer(Int64(entry.value.requests)), "errors": .integer(Int64(entry.value.errors)),
          "faults": .integer(Int64(entry.value.faults)),
        ] as JSONValue
      )
    }
    return .object(JSONObject(members))
  }

  /// Forgets tasks, definitions, messages, rules and counts, and kills what runs.
  public func reset() {
    state.withLock { state in
      let effects = state.core.reset()
      perform(effects, &state)
    }
  }

  /// A task's output by container.
  ///
  /// - Parameter task: its ARN or id.
  public func logs(task: String) -> [String: String] {
    let id = task.split(separator: "/").last.map(String.init) ?? ""
    guard !id.isEmpty, id.utf8.allSatisfy({ (48...57).contains($0) || (97...102).contains($0) }) else { return [:] }
    return state.withLock { $0.folders }?.logs(task: id) ?? [:]
  }
}
