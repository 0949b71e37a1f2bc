internal import AWSClient
internal import CMemory
internal import ControlAPI
internal import ECSDriver
internal import ECSSimulator
internal import Foundation
internal import JobModel
internal import LocalDriver
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
    // First of all, since SIGHUP ends a process that does not trap it.
    let hangups = await UnixSignalsSequence(trapping: .sighup)
    jobd_keep_large_blocks_apart()
    var logger = Logger(label: "jobd") { DaemonLogHandler(label: $0) }
    logger.logLevel = logLevel
    let reading = await jobFile.read()
    guard let jobs = reading.jobs, let settings = reading.settings else {
      throw StartFailure(
        description: (["the job file has mistakes"] + reading.diagnostics).joined(separator: "\n"), exitStatus: .invalid
      )
    }
    for line in reading.diagnostics { logger.warning("the job file", metadata: ["diagnostic": "\(line)"]) }
    await jobFile.accepted(reading, at: time.now())
    try prepareStateDirectory()
    // Before the store: who comes second to the socket is not to touch anything.
    let socket = try ControlSocket(path: paths.socket)
    defer { socket.abandon() }
    // A copy that nobody fetched to its end.
    try? FileManager.default.removeItem(atPath: paths.backups)
    let unique = String(random.next() % (1 << 32), radix: 36)
    let instance = InstanceID("\(ProcessInfo.processInfo.hostName)-\(getpid())-\(unique)")
    let lock = try InstanceLock(stateDirectory: paths.stateDirectory, instance: instance)
    defer { lock.release(instance) }
    let store = try SQLiteRunStore(path: paths.database, random: random, logger: logger)
    let services = { (connection: AWSConnection) in
      try self.services(
        jobs: jobs, settings: settings, store: store, connection: connection, socket: socket, instance: instance,
        lock: lock, hangups: hangups, logger: logger)
    }
    do {
      lock.removeLeftOvers(except: Set(try await store.instances().map(\.id)), at: time.now())
      if isLocal {
        try await LocalSimulator(stateDirectory: paths.stateDirectory, time: time, random: random, logger: logger)
          .run { simulator in
            try await run(services(try await connection(region: settings.region, simulator, logger)), logger)
          }
      } else {
        try await run(services(try await connection(region: settings.region, nil, logger)), logger)
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
    jobs: [CompiledJob], settings: JobFileSource.Settings, store: SQLiteRunStore, connection: AWSConnection,
    socket: ControlSocket, instance: InstanceID, lock: InstanceLock, hangups: UnixSignalsSequence, logger: Logger
  ) throws -> [any Service] {
    let driver = ECSTaskDriver(
      caller: connection.client, time: time, random: random, logger: logger,
      appearance: isLocal ? LocalSimulator.appearance : nil,
      defaultLogGroup: isLocal ? LocalSimulator.logGroup : nil,
      events: isLocal ? nil : try settings.eventsQueueURL.map { try TaskEventQueue(url: $0) })
    let commands = LocalTaskDriver(
      permission: .init(remedy: "put `localCommands: true` at the top of the job file") { [jobFile] in
        await jobFile.settings?.localCommands ?? false
      }, time: time, logger: logger)
    // The engine itself performs states:startExecution. A driver that takes whole families comes last.
    let calls = ServiceTaskDriver(caller: connection.client, time: time, random: random, logger: logger)
    let drivers: [any TaskDriver] = [driver, commands, calls]
    let engine = Engine(
      store: store, drivers: drivers,
      notifier: Notifiers(
        topics: SNSNotifier(caller: connection.client),
        webhooks: WebhookNotifier(transport: connection.transport, time: time)),
      time: time, random: random,
      configuration: Engine.Configuration(
        instance: instance, lease: lease, host: ProcessInfo.processInfo.hostName,
        isCertainlyDead: { lock.isFree($0) }),
      logger: logger)
    let systemd = SystemdNotifier(environment: ProcessInfo.processInfo.environment)
    let readiness = Readiness(parts: 2) { [paths] in
      systemd.ready(status: "\(jobs.count) jobs")
      logger.notice("jobd answers", metadata: ["jobs": "\(jobs.count)", "socket": "\(paths.socket)"])
    }
    let health = DaemonHealth(engine: engine, store: store, time: time, readiness: readiness)
    let control = DaemonControl(
      engine: engine, store: store, time: time, jobFile: jobFile, storeDescription: "SQLite, \(paths.database)",
      logs: driver.logs, backups: BackupFolder(path: paths.backups, random: random),
      startedAt: time.now(), readiness: readiness)
    var services: [any Service] = [
      QuotaService(settings: { [jobFile] in await jobFile.changes() }, set: connection.client.setQuotas),
      DriverService(driver: driver),
      EngineService(engine: engine, jobs: jobs, systemd: systemd, readiness: readiness),
      ControlServer(service: control, socket: socket, logger: logger, time: time) { readiness.partIsReady() },
      HangupService(signals: hangups, readiness: readiness, control: control, systemd: systemd, logger: logger),
      RetentionService(
        retention: { [jobFile] in await jobFile.settings?.retention },
        prune: { retention, now, limit throws(StoreError) in
          try await store.prune(retention, now: now, limit: limit)
        },
        time: time, logger: logger),
      PingService(
        settings: { [jobFile] in await jobFile.changes() }, transport: connection.transport, time: time,
        logger: logger, healthProblem: health.problem, ready: readiness.wait),
      MemoryService(time: time, releaseStore: store.releaseMemory),
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

  private func connection(
    region: String?, _ simulator: LocalSimulator.Running?, _ logger: Logger
  ) async throws -> AWSConnection {
    try await AWSConnection.make(region: region, simulator: simulator, time: time, random: random, logger: logger)
  }
}
