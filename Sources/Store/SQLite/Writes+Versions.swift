internal import GRDB
internal import JobModel

/// The versions of a job's definition.
extension Writes {
  /// Notes that a job uses a definition: its present one from now on. There is no condition that may not hold.
  static func use(_ text: String, by job: JobName, at now: Instant, in database: Database) throws -> Bool {
    let definition = try definition(text, in: database)
    let present = try database.all(UsedVersion.self, present, rowOf(job)).first
    if let present, present.definition == definition { return true }
    // A clock that was set back does not make it older than the one that it takes the place of.
    let since = max(now, present.map { $0.since + .milliseconds(1) } ?? now)
    if try database.change(takeAgain, rowOf(since, job, definition)) == 0 {
      try database.change(takeFirst, rowOf(job, job, definition, now, since))
    }
    if let former = present?.definition { try release(former, in: database) }
    return true
  }

  /// Removes a definition that no run has begun with any more, and no job uses.
  static func release(_ definition: Int, in database: Database) throws {
    try database.change(forget, rowOf(definition, definition))
    try database.change(removeDefinition, rowOf(definition))
  }

  private static let present = "WHERE job = ? ORDER BY since DESC, version DESC LIMIT 1"
  private static let takeAgain = "UPDATE definition_versions SET since = ? WHERE job = ? AND definition = ?"
  private static let takeFirst = """
    INSERT INTO definition_versions (job, version, definition, first_used_at, since)
    VALUES (?, 1 + coalesce((SELECT max(version) FROM definition_versions WHERE job = ?), 0), ?, ?, ?)
    """
  private static let forget = """
    UPDATE definition_versions SET definition = NULL
    WHERE definition = ? AND NOT EXISTS (SELECT 1 FROM runs WHERE definition = ?) AND EXISTS (
      SELECT 1 FROM definition_versions AS later WHERE later.job = definition_versions.job
      AND (later.since, later.version) > (definition_versions.since, definition_versions.version))
    """
  private static let removeDefinition = """
    DELETE FROM definitions WHERE id = ? AND NOT EXISTS (SELECT 1 FROM runs WHERE definition = definitions.id)
    AND NOT EXISTS (SELECT 1 FROM definition_versions WHERE definition = definitions.id)
    """
}

/// What a write needs to know of the present version.
private struct UsedVersion: Stored {
  static let table = Table("definition_versions", key: ["job", "version"], values: ["definition", "since"])

  var definition: Int?
  var since: Instant

  init(_ columns: inout Columns) throws {
    _ = try columns.next() as JobName
    _ = try columns.next() as Int
    definition = try columns.next()
    since = try columns.next()
  }
}

extension DefinitionVersion: Stored {
  static let table = Table(
    "definition_versions", key: ["version"], values: ["first_used_at", "since", "definition"])

  init(_ columns: inout Columns) throws {
    self.init(number: try columns.next(), firstUsedAt: try columns.next(), since: try columns.next())
    isKept = try columns.next() as Int? != nil
  }
}

/// An event with the length of its details, by which pages are bounded.
struct MeasuredEvent: Stored {
  static let table = HistoryEvent.table
  static let select = HistoryEvent.select.replacing(" FROM", with: ", length(CAST(details AS BLOB)) FROM")

  var event: HistoryEvent
  var bytes: Int

  init(_ columns: inout Columns) throws {
    event = try HistoryEvent(&columns)
    bytes = try columns.next()
  }
}
