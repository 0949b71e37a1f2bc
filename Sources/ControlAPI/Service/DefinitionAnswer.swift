public import JobModel

/// A job's definition, or the one with which a run began.
public struct DefinitionAnswer: Codable, Equatable, Sendable {
  public var job: JobName
  public var timezone: String
  /// The run that began with it, where a run was asked for.
  public var run: RunID?
  /// Its number; nil for one with which no run of the job has begun yet, and for what a run by hand did otherwise.
  public var version: Int?
  /// The number of the job's present definition; nil where no run has begun with it, or the job is gone.
  public var presentVersion: Int?
  /// Whether it is the job's present one; nil for a job that is no longer in the job file.
  public var isPresent: Bool?
  /// The ASL definition, without the values of environments.
  public var definition: JSONValue
  /// Every version of the job's definition, the newest number first.
  public var versions: [DefinitionVersion]

  public init(
    job: JobName, timezone: String, run: RunID? = nil, version: Int?, presentVersion: Int?, isPresent: Bool?,
    definition: JSONValue, versions: [DefinitionVersion]
  ) {
    self.job = job
    self.timezone = timezone
    self.run = run
    self.version = version
    self.presentVersion = presentVersion
    self.isPresent = isPresent
    self.definition = definition.withoutSecretValues
    self.versions = versions
  }
}
