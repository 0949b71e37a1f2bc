internal import AWSClient
internal import ControlAPI
internal import ECSDriver
internal import ECSSimulator
internal import Foundation
internal import JobModel
internal import Logging
internal import Scheduler
internal import ServiceLifecycle
internal import Store
internal import UnixSignals

/// The wiring of the daemon: makes the parts, runs them together, ends them in order.
struct Daemon: Sendable {
  let jobFile: JobFileSource
  let paths: DaemonPaths
  let isLocal: Bool
  let lease: Duration
  let logLevel: Logger.Level

  private let time = SystemTime()
  private let random = SystemRandom()

  init(jobFile: JobFileSource, paths: DaemonPaths, isLocal: Bool, lease: Duration, logLevel: Logger.Level) {
    self.jobFile = jobFile
    self.paths = paths
    self.isLocal = isLocal
    self.lease = lease
    self.logLevel = logLevel
  }

  /// Why the daemon does not start.
  struct StartFailure: Error, CustomStringConvertible {
    var description: String
    var exitStatus = CommandStatus.failed
  }

  func run() async throws {
    var logger = Logger(label: "jobd") { DaemonLogHandler(label: $0) }
    logger.logLevel = logLevel
    let reading = await jobFile.read()
    guard let jobs = reading.jobs else {
      throw StartFailure(
        description: (["the job file has mistakes"] + reading.diagnostics).joined(separator: "\n"), exitStatus: .invalid
      )
    }
    for line in reading.diagnostics { logger.warning("the job file", metadata: ["diagnostic": "\(line)"]) }
    await jobFile.accepted(at: time.now())
    try prepareStateDirectory()
    let unique = String(random.next() % (1 << 32), radix: 36)
    let instance = InstanceID("\(ProcessInfo.processInfo.hostName)-\(getpid())-\(unique)")
    let lock = try InstanceLock(stateDirectory: paths.stateDirectory, instance: instance)
    defer { lock.release(instance) }
    let store = try SQLiteRunStore(path: paths.database, random: random, logger: logger)
    let services = { (client: AWSClient) in
      self.services(
        jobs: jobs, store: store, client: client, instance: instance, lock: lock, logger: logger)
    }
    do {
      if isLocal {
        try await LocalSimulator(stateDirectory: paths.stateDirectory, time: time, random: random, logger: logger)
          .run { simulator in
            try await run(services(try await client(region: reading.region, simulator, logger)), logger)
          }
      } else {
        try await run(services(try await client(region: reading.region, nil, logger)), logger)
      }
    } catch {
      await store.close()
      throw error
    }
    await store.close()
  }

  private func run(_ services: [any Service], _ logger: Logger) async throws {
    var quiet = logger
    quiet.logLevel = max(logger.logLevel, .warning)
    try await ServiceGroup(
      configuration: .init(
        services: services.map { .init(service: $0) }, gracefulShutdownSignals: [.sigterm, .sigint], logger: quiet)
    ).run()
  }

  /// What runs beside each other. It ends in the opposite order: the socket before the engine.
  private func services(
    jobs: [CompiledJob], store: SQLiteRunStore, client: AWSClient, instance: InstanceID, lock: InstanceLock,
    logger: Logger
  ) -> [any Service] {
    let driver = ECSTaskDriver(
      caller: client, time: time, random: random, logger: logger,
      appearance: isLocal ? LocalSimulator.appearance : nil,
      defaultLogGroup: isLocal ? LocalSimulator.logGroup : nil)
    let engine = Engine(
      store: store, drivers: [driver],
      notifier: SNSNotifier(caller: client), time: time, random: random,
      configuration: Engine.Configuration(
        instance: instance, lease: lease, host: ProcessInfo.processInfo.hostName,
        isCertainlyDead: { lock.isFree($0) }),
      logger: logger)
    let systemd = SystemdNotifier(environment: ProcessInfo.processInfo.environment)
    let readiness = Readiness(parts: 2) { [paths] in
      systemd.ready(status: "\(jobs.count) jobs")
      logger.notice("jobd answers", metadata: ["jobs": "\(jobs.count)", "socket": "\(paths.socket)"])
    }
    let control = DaemonControl(
      engine: engine, store: store, time: time, jobFile: jobFile, storeDescription: "SQLite, \(paths.database)",
      logs: driver.logs, backups: BackupFolder(path: "\(paths.stateDirectory)/backup", random: random),
      startedAt: time.now(), readiness: readiness)
    var services: [any Service] = [
      DriverService(driver: driver),
      EngineService(engine: engine, jobs: jobs, systemd: systemd, readiness: readiness),
      ControlServer(service: control, socketPath: paths.socket, logger: logger, time: time) {
        readiness.partIsReady()
      },
      HangupService(control: control, systemd: systemd, logger: logger),
    ]
    if let interval = systemd.watchdogInterval {
      services.append(WatchdogService(engine: engine, interval: interval, time: time, systemd: systemd))
    }
    return services
  }

  private func prepareStateDirectory() throws(StartFailure) {
    do {
      try FileManager.default.createDirectory(
        atPath: paths.stateDirectory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    } catch {
      throw StartFailure(
        description:
          "cannot make the state directory \(paths.stateDirectory): \(error.localizedDescription); choose another with --state"
      )
    }
  }

  private func client(
    region: String?, _ simulator: LocalSimulator.Running?, _ logger: Logger
  ) async throws -> AWSClient {
    try await AWSConnection.make(region: region, simulator: simulator, time: time, random: random, logger: logger)
  }
}
