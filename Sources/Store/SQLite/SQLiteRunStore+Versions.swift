internal import GRDB
public import JobModel

/// Reads of histories page by page, and of the versions of definitions.
extension SQLiteRunStore {
  public func history(of run: RunID, _ range: HistoryRange) async throws(StoreError) -> HistoryPage {
    let isRun = "WHERE job = ? AND scheduled_at = ? AND rerun = ?"
    let (clause, bound) =
      switch range {
      case .after(let id, _): ("\(isRun) AND id > ? ORDER BY id LIMIT ?", id)
      case .last(let id, _): ("\(isRun) AND id < ? ORDER BY id DESC LIMIT ?", id ?? Int.max)
      }
    let limit = max(0, min(range.limit, Int.max - 1)) + 1
    return try await read { database in
      var reader = HistoryPage.Reader(range)
      try database.each(MeasuredEvent.self, clause, run.stored + rowOf(bound, limit)) {
        reader.take($0.event, bytes: $0.bytes)
      }
      return reader.result
    }
  }

  public func definitionVersions(of job: JobName) async throws(StoreError) -> [DefinitionVersion] {
    try await read { try $0.all(DefinitionVersion.self, "WHERE job = ? ORDER BY version DESC", rowOf(job)) }
  }

  public func definitionVersion(
    of job: JobName, _ definition: String
  ) async throws(StoreError) -> DefinitionVersion? {
    try await read { database in
      guard let id = try Writes.known(definition, in: database) else { return nil }
      return try database.all(DefinitionVersion.self, "WHERE job = ? AND definition = ?", rowOf(job, id)).first
    }
  }

  public func definition(of job: JobName, version: Int) async throws(StoreError) -> String? {
    try await read { database in
      let statement = try database.cachedStatement(
        sql: """
          SELECT text FROM definitions
          WHERE id = (SELECT definition FROM definition_versions WHERE job = ? AND version = ?)
          """)
      return try String.fetchOne(statement, arguments: StatementArguments(rowOf(job, version)))
    }
  }
}
