internal import JobModel

/// Reads the whole file: what stands at its top, then the defaults, then every job.
struct FileReader {
  var reader: ShapeReader
  private let shapes: FileShape
  private let checks: JobFileChecks
  private let readFile: (String) throws -> String

  /// - Parameter readFile: yields the text of a file that the job file names.
  init(reader: ShapeReader, checks: JobFileChecks, readFile: @escaping (String) throws -> String) {
    self.reader = reader
    self.checks = checks
    self.readFile = readFile
    shapes = FileShape(zone: checks.zone, schedule: checks.schedule, date: checks.date)
  }

  /// Nil where there are no jobs to read.
  mutating func read(_ root: YAMLNode) -> JobFile? {
    guard let top = reader.read(root, as: .fields(shapes.file), named: "the file") else { return nil }
    let taskDefinitions = readTaskDefinitions(root, region: top["region"]?.stringValue)
    if let defaults = root["defaults"], !defaults.isNull {
      _ = reader.read(defaults, as: .fields(shapes.defaults), named: "defaults", isWhole: false)
    }
    guard let jobs = root["jobs"] else {
      let place = root.members?.first?.keyPlace ?? root.place
      reader.diagnostics.error("the file needs `jobs`, such as `\(shapes.file.example)`", at: place, path: "")
      return nil
    }
    guard let entries = jobs.members else {
      reader.diagnostics.error("`jobs` must be a mapping of names to jobs; found \(jobs.described())", at: jobs)
      return nil
    }
    if entries.isEmpty { reader.diagnostics.warning("`jobs` is empty: there is nothing to run", atKeyOf: jobs) }
    return file(top, taskDefinitions, root, entries)
  }

  private mutating func readTaskDefinitions(_ root: YAMLNode, region: String?) -> [TaskDefinition] {
    var definitions = TaskDefinitionReader(reader: reader, region: region)
    defer { reader = definitions.reader }
    return definitions.read(root["taskDefinitions"])
  }

  private mutating func file(
    _ top: JSONValue, _ taskDefinitions: [TaskDefinition], _ root: YAMLNode, _ entries: [YAMLNode.Member]
  ) -> JobFile {
    let settings = FileSettings(top: top)
    settings.check(root, &reader.diagnostics)
    if let notifications = root["notifications"] {
      var checks = NotificationReader(diagnostics: reader.diagnostics)
      checks.checkTop(notifications)
      reader.diagnostics = checks.diagnostics
    }
    let calendars = readCalendars(root["calendars"])
    var pools = PoolLimits()
    pools.read(root["pools"], &reader)
    let timezone = top["timezone"]?.stringValue ?? "UTC"
    let machines = StateMachineReader(readFile: readFile) { [checks] text in
      checks.machine(text) + (settings.localCommands ? [] : PerformedResources.refusedCommands(text))
    }
    var jobs = JobReader(
      reader: reader, shape: shapes.job, machines: machines, rules: checks.rules, defaults: root["defaults"],
      surroundings: JobReader.Surroundings(
        timezone: timezone, notifications: root["notifications"], taskDefinitions: taskDefinitions,
        calendars: calendars, pools: pools, jobs: entries.map(\.key)))
    let ownJobs = jobs.read(entries)
    let machineJobs = jobs.readStateMachines(root["stateMachines"], jobs: Set(entries.map(\.key)))
    let file = JobFile(
      region: top["region"]?.stringValue, timezone: timezone, taskDefinitions: taskDefinitions,
      jobs: ownJobs + machineJobs, machineJobs: jobs.machineJobs, localCommands: settings.localCommands,
      eventsQueueURL: settings.eventsQueueURL, deadManPing: settings.deadManPing, retention: settings.retention,
      requestQuotas: settings.requestQuotas)
    reader = jobs.reader
    // A job with a mistake may not have come as far as what it uses.
    if !reader.diagnostics.hasErrors { reportUnused(root, taskDefinitions, calendars, jobs) }
    return file
  }

  private mutating func readCalendars(_ node: YAMLNode?) -> Calendars {
    var calendars = CalendarReader(reader: reader, readFile: readFile)
    defer { reader = calendars.reader }
    return calendars.read(node)
  }

  private mutating func reportUnused(
    _ root: YAMLNode, _ taskDefinitions: [TaskDefinition], _ calendars: Calendars, _ jobs: JobReader
  ) {
    for definition in taskDefinitions where !jobs.usedFamilies.contains(definition.family) {
      guard let node = root["taskDefinitions"]?[definition.family] else { continue }
      reader.diagnostics.warning(
        "no job's `taskDefinition` names `\(definition.family)`, so it is never registered", atKeyOf: node)
    }
    for name in calendars.names where !jobs.usedCalendars.contains(name) {
      guard let node = root["calendars"]?[name] else { continue }
      reader.diagnostics.warning("no job's `calendar` names `\(name)`", atKeyOf: node)
    }
    jobs.pools.reportUnused(&reader.diagnostics)
  }
}
