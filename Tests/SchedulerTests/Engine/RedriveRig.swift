import Foundation
import JobModel
import Logging
import Scheduler
import Store
import Synchronization
import TestSupport

/// The stores on which executions fail and are gone on with.
enum RedriveStore: String, CaseIterable, Sendable {
  case inMemory = "in memory"
  case sqlite = "SQLite"
}

/// An engine whose tasks end at once, as the test says for each state and its arguments; without an answer a task
/// runs until it is stopped.
final class RedriveRig: Sendable {
  typealias Answer = @Sendable (_ state: String, _ arguments: JSONValue) -> LaunchReport?

  let time = ManualTime(now: Instant(seconds: 1_795_219_230))
  let store: any RunStore
  let driver = AnsweringDriver()
  let engine: Engine
  private let folder: String?
  private let task = Mutex<Task<Void, any Error>?>(nil)

  init(_ kind: RedriveStore) throws {
    switch kind {
    case .inMemory: (store, folder) = (InMemoryRunStore(random: SeededRandom(seed: 1)), nil)
    case .sqlite:
      let folder = FileManager.default.temporaryDirectory.appendingPathComponent("jobd-redrive-\(UUID().uuidString)")
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      self.folder = folder.path
      store = try SQLiteRunStore(
        path: folder.path + "/jobd.sqlite", random: SeededRandom(seed: 1), logger: RedriveRig.quiet)
    }
    engine = Engine(
      store: store, drivers: [driver], notifier: RecordingNotifier(), time: time, random: SeededRandom(seed: 1),
      configuration: Engine.Configuration(instance: InstanceID("one"), lease: .seconds(15)), logger: RedriveRig.quiet)
  }

  private static let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

  func start(_ machine: JSONValue) async throws {
    let jobs = [try CompiledJob(RedriveRig.job(machine))]
    let ready = Gate()
    let engine = engine
    let running = Task {
      defer { ready.open() }
      try await engine.run(jobs: jobs) { ready.open() }
    }
    task.withLock { $0 = running }
    await ready.wait()
  }

  /// The job file has changed.
  func reload(_ machine: JSONValue) async throws {
    _ = try await engine.reload([try CompiledJob(RedriveRig.job(machine))])
  }

  func stop() async throws {
    let running = task.withLock { $0 }
    running?.cancel()
    _ = await running?.result
    await (store as? SQLiteRunStore)?.close()
    if let folder { try FileManager.default.removeItem(atPath: folder) }
  }

  static func job(_ machine: JSONValue) -> Job {
    Job(name: "report", schedules: [], timezone: "UTC", machine: machine)
  }

  /// Runs the job by hand to its end.
  func run(_ input: JSONValue = [:], _ answer: @escaping Answer) async throws -> Run {
    driver.begin(answer)
    return try await outcome(of: try await engine.start("report", RunWish(input: input, requestedBy: "ann")))
  }

  /// Goes on where it failed, to the end.
  func redrive(keepsDefinition: Bool = false, _ answer: @escaping Answer) async throws -> Run {
    driver.begin(answer)
    let wish = RerunWish(isFromFailed: true, keepsDefinition: keepsDefinition, requestedBy: "ann")
    return try await outcome(of: try await engine.rerun("report", wish))
  }

  func outcome(of id: RunID) async throws -> Run {
    while true {
      guard let run = try await store.run(id) else { throw RigError.noSuchRun(id) }
      if run.status != .running { return run }
      try await engine.waitForChange(of: id, after: run.version)
    }
  }

  func types(_ run: Run) async throws -> [String] { try await store.history(of: run.id).map(\.type) }
}

final class AnsweringDriver: TaskDriver {
  private struct State {
    var answer: RedriveRig.Answer = { _, _ in nil }
    var started: [String] = []
    var gates: [LaunchID: Gate] = [:]
  }

  private let state = Mutex(State())
  private let stream: AsyncStream<Void>
  private let show: AsyncStream<Void>.Continuation

  init() { (stream, show) = AsyncStream.makeStream(of: Void.self) }

  /// The launches since the last run began, as `state arguments`, in no particular order.
  var started: [String] { state.withLock { $0.started.sorted() } }

  func begin(_ answer: @escaping RedriveRig.Answer) {
    state.withLock { state in
      state.answer = answer
      state.started = []
    }
  }

  /// Returns once so many tasks run until they are stopped.
  func waitForTasks(_ count: Int) async {
    var missing = count
    for await _ in stream {
      missing -= 1
      if missing == 0 { return }
    }
  }

  func handles(_ resource: String) -> Bool { resource == "arn:aws:states:::ecs:runTask.sync" }

  func prepare(_ request: TaskRequest, installation: String, at now: Instant) throws(TaskFailure) -> Launch {
    Launch(
      id: request.launch, task: request.task, state: request.state, resource: request.resource,
      request: request.arguments, clientToken: "\(request.launch)", startedBy: "\(request.launch)", intendedAt: now)
  }

  func start(
    _ launch: Launch, recovering: Bool, permit: @escaping LaunchPermit
  ) async throws(CancellationError) -> LaunchReport {
    _ = try await permit()
    let answer = state.withLock { state in
      state.started.append("\(launch.state) \(launch.request.text)")
      state.gates[launch.id] = Gate()
      return state.answer
    }
    return answer(launch.state, launch.request) ?? .submitted(taskARN: "arn:\(launch.id)", submission: [:])
  }

  func follow(_ launch: Launch) async throws(CancellationError) -> LaunchReport {
    show.yield()
    await state.withLock { $0.gates[launch.id] }?.wait()
    return EngineTests.failure
  }

  func stop(_ launch: Launch, reason: String) async throws(CancellationError) {
    state.withLock { $0.gates[launch.id] }?.open()
  }
}
