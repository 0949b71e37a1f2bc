internal import JobModel

/// Reads the whole file: what stands at its top, then the defaults, then every job.
struct FileReader {
  var reader: ShapeReader
  private let shapes: FileShape
  private let machines: StateMachineReader

  init(reader: ShapeReader, checks: JobFileChecks, machines: StateMachineReader) {
    self.reader = reader
    self.machines = machines
    shapes = FileShape(zone: checks.zone, schedule: checks.schedule)
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
    var file = JobFile(
      region: top["region"]?.stringValue, timezone: top["timezone"]?.stringValue ?? "UTC",
      topicARN: top["notifications"]?["topicArn"]?.stringValue, taskDefinitions: taskDefinitions, jobs: [])
    var jobReader = JobReader(
      reader: reader, shape: shapes.job, machines: machines, defaults: root["defaults"], timezone: file.timezone,
      topicARN: file.topicARN, taskDefinitions: taskDefinitions)
    file.jobs = entries.compactMap { jobReader.read($0) }
    reader = jobReader.reader
    // A job with a mistake may not have come as far as its task definition.
    let unused =
      reader.diagnostics.hasErrors ? [] : taskDefinitions.filter { !jobReader.usedFamilies.contains($0.family) }
    for definition in unused {
      guard let node = root["taskDefinitions"]?[definition.family] else { continue }
      reader.diagnostics.warning(
        "no job's `taskDefinition` names `\(definition.family)`, so it is never registered", atKeyOf: node)
    }
    return file
  }
}
