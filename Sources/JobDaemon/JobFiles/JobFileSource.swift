internal import JobFile
internal import JobModel
internal import Scheduler

/// Reads the job file from disk and compiles it: all of it, or what is wrong with it.
actor JobFileSource {
  /// What the file says beside its jobs.
  struct Settings: Equatable, Sendable {
    var region: String?
    var eventsQueueURL: String?
    var deadManPing: JobFile.DeadManPing?
    var retention = Retention()
    var localCommands = false
    var requestQuotas: [RequestQuota: RequestRate] = [:]

    init(_ file: JobFile) {
      region = file.region
      eventsQueueURL = file.eventsQueueURL
      deadManPing = file.deadManPing
      retention = file.retention
      localCommands = file.localCommands
      requestQuotas = file.requestQuotas
    }
  }

  /// What a reading gave.
  struct Reading: Sendable {
    /// Nil where the file has a mistake.
    var jobs: [CompiledJob]?
    /// Nil where `jobs` is.
    var settings: Settings?
    /// One a line, mistakes first, each with its place.
    var diagnostics: [String]
  }

  nonisolated let path: String
  /// Whether tasks run on this machine, so that nothing is asked of AWS.
  private let isLocal: Bool
  private(set) var loadedAt: Instant?
  /// What is in force.
  private(set) var settings: Settings?
  /// What the parts were made with that live as long as the daemon.
  private var initial: Settings?
  private var observers: [AsyncStream<Settings>.Continuation] = []

  init(path: String, isLocal: Bool = false) {
    self.path = path
    self.isLocal = isLocal
  }

  /// The jobs of a reading are in force.
  func accepted(_ reading: Reading, at now: Instant) {
    loadedAt = now
    guard let accepted = reading.settings else { return }
    settings = accepted
    initial = initial ?? accepted
    for observer in observers { observer.yield(accepted) }
  }

  /// The settings in force, now and whenever they are read again. The newest alone is kept for who is slow.
  func changes() -> AsyncStream<Settings> {
    let (stream, continuation) = AsyncStream.makeStream(of: Settings.self, bufferingPolicy: .bufferingNewest(1))
    if let settings { continuation.yield(settings) }
    observers.append(continuation)
    return stream
  }

  func read() -> Reading {
    let result = JobFile.read(path: path)
    let diagnostics = (result.errors + result.warnings).map { "\($0)" }
    guard let file = result.file else { return Reading(diagnostics: diagnostics) }
    do {
      let zones = TimeZoneRules.directory()
      let jobs = try file.jobs.map { job throws(CompileError) in try CompiledJob(job, zones: zones) }
      let settings = Settings(file)
      return Reading(jobs: jobs, settings: settings, diagnostics: diagnostics + restarts(for: settings))
    } catch {
      return Reading(diagnostics: diagnostics + ["\(error)"])
    }
  }

  /// What a reload cannot change, a line each.
  private func restarts(for settings: Settings) -> [String] {
    guard let initial, !isLocal else { return [] }
    var keys: [String] = []
    if settings.region != initial.region { keys.append("region") }
    if settings.eventsQueueURL != initial.eventsQueueURL { keys.append("events.queueUrl") }
    return keys.map { "\(path): warning: `\($0)` has changed; that takes effect when jobd is restarted" }
  }
}
