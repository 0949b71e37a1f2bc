public import JobModel

/// A job file that has been read: every default filled in, every short form lowered, nothing left to check.
public struct JobFile: Equatable, Sendable {
  /// The AWS Region; nil where the environment decides.
  public var region: String?
  /// The zone of jobs that name none.
  public var timezone: String
  /// What jobs' tasks run, in the order of the file. The machine of a job holds its own copy.
  public var taskDefinitions: [TaskDefinition]
  /// In the order of the file; after them the entries of `stateMachines`, as jobs that others start.
  public var jobs: [Job]
  /// The jobs that say what their states are. Those of the others come of `task`, and run one ECS task.
  public var machineJobs: Set<JobName>
  /// Whether Task states may run commands on this host (`local:run`).
  public var localCommands: Bool
  /// The SQS queue that ECS's events come through; nil for none.
  public var eventsQueueURL: String?
  /// Who is to notice when jobd is no more; nil for nobody.
  public var deadManPing: DeadManPing?
  /// How long what is over is kept.
  public var retention: Retention
  /// The account's quotas of requests, where they are not the standard ones.
  public var requestQuotas: [RequestQuota: RequestRate]

  /// A URL that is asked for again and again while jobd is well.
  public struct DeadManPing: Hashable, Sendable {
    public var url: String
    public var every: Duration

    public init(url: String, every: Duration) {
      self.url = url
      self.every = every
    }
  }

  public init(
    region: String? = nil, timezone: String = "UTC", taskDefinitions: [TaskDefinition] = [], jobs: [Job],
    machineJobs: Set<JobName> = [], localCommands: Bool = false, eventsQueueURL: String? = nil,
    deadManPing: DeadManPing? = nil, retention: Retention = Retention(),
    requestQuotas: [RequestQuota: RequestRate] = [:]
  ) {
    self.region = region
    self.timezone = timezone
    self.taskDefinitions = taskDefinitions
    self.jobs = jobs
    self.machineJobs = machineJobs
    self.localCommands = localCommands
    self.eventsQueueURL = eventsQueueURL
    self.deadManPing = deadManPing
    self.retention = retention
    self.requestQuotas = requestQuotas
  }
}

/// What came of reading a job file.
public struct JobFileResult: Equatable, Sendable {
  /// Nil where there is an error among the diagnostics: a file is taken as a whole or not at all.
  public var file: JobFile?
  /// All of them, in the order of the file.
  public var diagnostics: [JobFileDiagnostic]

  public init(file: JobFile?, diagnostics: [JobFileDiagnostic]) {
    self.file = file
    self.diagnostics = diagnostics
  }

  public var errors: [JobFileDiagnostic] { diagnostics.filter { $0.severity == .error } }
  public var warnings: [JobFileDiagnostic] { diagnostics.filter { $0.severity == .warning } }
}

extension JobFile {
  /// Reads the text of a job file. Pure but for `readFile`.
  ///
  /// - Parameters:
  ///   - name: how diagnostics name the file.
  ///   - readFile: yields the text of a state machine's or a calendar's file, named as in the job file: a path
  ///     relative to the job file's folder, or an absolute one. A calendar's is decoded with repairs.
  ///   - zones: the folder of the time zone database. A program that respects `TZDIR` passes it here.
  public static func parse(
    _ text: String, name: String, zones: String = "/usr/share/zoneinfo",
    readFile: @escaping (String) throws -> String
  ) -> JobFileResult {
    parse(text, name: name, checks: .standard(zones: zones), readFile: readFile)
  }

  static func parse(
    _ text: String, name: String, checks: JobFileChecks, readFile: @escaping (String) throws -> String
  ) -> JobFileResult {
    guard text.utf8.count <= Limits.jobFileBytes else {
      let message = "the file is longer than \(Limits.jobFileBytes) bytes"
      return JobFileResult(
        file: nil,
        diagnostics: [
          JobFileDiagnostic(severity: .error, file: name, line: 1, column: 1, path: "", message: message)
        ])
    }
    let source = SourceText(name: name, text: text)
    var diagnostics = DiagnosticCollector(source: source)
    let root = YAMLComposer.compose(source, &diagnostics)
    var reader = FileReader(
      reader: ShapeReader(diagnostics: diagnostics), checks: checks, readFile: readFile)
    let file = root.flatMap { $0.isNull ? nil : reader.read($0) }
    if root?.isNull ?? !reader.reader.diagnostics.hasErrors {
      reader.reader.diagnostics.error("the file is empty; it needs at least `jobs`", at: .start, path: "")
    }
    diagnostics = reader.reader.diagnostics
    return JobFileResult(file: diagnostics.hasErrors ? nil : file, diagnostics: diagnostics.sorted)
  }
}
