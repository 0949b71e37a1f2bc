internal import GRDB
internal import JobModel

/// What a retention removes: looked for by a reader, removed by the writer in pieces, in each of which what keeps
/// a slot is looked at again.
///
/// The pages that become free stay in the file and are used again. Giving them back would need `auto_vacuum`,
/// which an existing file gets only by a VACUUM that writes it anew while everybody waits; a file that has its
/// retention's size does not grow.
enum Pruning {
  /// Rows that one transaction removes, so that the writes behind it wait for milliseconds.
  static let rowsPerTransaction = 1_000

  // MARK: - Slots

  /// Slots that were over before an instant, the oldest first.
  static func slots(overBefore instant: Instant, limit: Int, in database: Database) throws -> [SlotKey] {
    try database.keys(
      """
      SELECT job, scheduled_at FROM slots INDEXED BY slots_over WHERE over_at < ? AND \(isRemovable)
      ORDER BY over_at, job, scheduled_at LIMIT ?
      """, rowOf(instant, limit), of: Slot.table, SlotKey.init)
  }

  /// Slots beyond the newest of their job, job by job, the oldest first.
  ///
  /// It goes from job to job by the key, where DISTINCT would look at every slot, and counts off the newest of
  /// each: the only part of a retention that costs something where nothing is to do, and nobody waits for it.
  static func slots(beyond most: Int, limit: Int, in database: Database) throws -> [SlotKey] {
    var found: [SlotKey] = []
    // The empty text comes before every name.
    var next = try job(after: "", in: database)
    while let job = next, found.count < limit {
      found += try database.keys(
        """
        SELECT job, scheduled_at FROM slots WHERE job = ? AND scheduled_at <= (
          SELECT newest.scheduled_at FROM slots AS newest WHERE newest.job = ?
          ORDER BY newest.scheduled_at DESC LIMIT 1 OFFSET ?
        ) AND \(isRemovable) ORDER BY scheduled_at LIMIT ?
        """, rowOf(job, job, max(0, most), limit - found.count), of: Slot.table, SlotKey.init)
      next = try Self.job(after: job, in: database)
    }
    return found
  }

  private static func job(after job: String, in database: Database) throws -> String? {
    let sql = "SELECT job FROM slots WHERE job > ? ORDER BY job LIMIT 1"
    return try database.keys(sql, rowOf(job), of: Slot.table) { try $0.next() as String }.first
  }

  /// Removes slots with all that belongs to them, as far as one transaction goes.
  ///
  /// - Returns: how many of them, from the first on, are dealt with.
  static func remove(_ keys: [SlotKey], in database: Database) throws -> Int {
    var room = rowsPerTransaction
    for (index, key) in keys.enumerated() {
      guard room > 0 else { return index }
      guard try isRemovable(key, in: database) else { continue }
      for statement in removeDetails {
        room -= try database.change(statement, key.stored + rowOf(room))
        guard room > 0 else { return index }
      }
      let definitions = try database.keys(definitionsOfSlot, key.stored, of: Run.table) { try $0.next() as Int }
      for statement in removeRest { room -= try database.change(statement, key.stored) }
      for definition in definitions { try Writes.release(definition, in: database) }
    }
    return keys.count
  }

  /// What is going on, waits or is owed stays, and so do a job's latest slot and its latest success, and for a while
  /// the slots of days that followed other jobs: without them the days would be run again.
  private static let isRemovable = """
    slots.over_at IS NOT NULL
    AND EXISTS (
      SELECT 1 FROM slots AS later WHERE later.job = slots.job AND later.scheduled_at > slots.scheduled_at)
    AND (slots.state <> 'SUCCEEDED' OR EXISTS (
      SELECT 1 FROM slots AS later INDEXED BY slots_succeeded
      WHERE later.state = 'SUCCEEDED' AND later.job = slots.job AND later.scheduled_at > slots.scheduled_at))
    AND (slots.trigger <> 'UPSTREAM' OR slots.scheduled_at < (
      SELECT max(newest.scheduled_at) FROM slots AS newest WHERE newest.job = slots.job)
      - \(Limits.upstreamDaysKept * 86_400_000))
    AND NOT EXISTS (
      SELECT 1 FROM runs INDEXED BY runs_running
      WHERE status = 'RUNNING' AND runs.job = slots.job AND runs.scheduled_at = slots.scheduled_at)
    AND NOT EXISTS (
      SELECT 1 FROM messages
      WHERE messages.job = slots.job AND messages.scheduled_at = slots.scheduled_at AND sent_at IS NULL)
    """

  private static func isRemovable(_ key: SlotKey, in database: Database) throws -> Bool {
    let sql = "SELECT job, scheduled_at FROM slots WHERE job = ? AND scheduled_at = ? AND \(isRemovable)"
    return try !database.keys(sql, key.stored, of: Slot.table, SlotKey.init).isEmpty
  }

  /// Of these a slot may have more than one transaction is to remove; the runs go when they are gone.
  private static let removeDetails = ["history", "launches", "scopes"].map { table in
    "DELETE FROM \(table) WHERE rowid IN (SELECT rowid FROM \(table) WHERE job = ? AND scheduled_at = ? LIMIT ?)"
  }
  private static let removeRest = ["messages", "stop_requests", "task_answers", "children", "runs", "slots"].map {
    table in
    "DELETE FROM \(table) WHERE job = ? AND scheduled_at = ?"
  }
  private static let definitionsOfSlot = "SELECT DISTINCT definition FROM runs WHERE job = ? AND scheduled_at = ?"

  // MARK: - History and logs

  /// Runs that ended before an instant and still have their history, the oldest first.
  static func runsWithHistory(endedBefore instant: Instant, limit: Int, in database: Database) throws -> [RunID] {
    try database.keys(runs(with: "history"), rowOf(instant, limit), of: Run.table, RunID.init)
  }

  /// Runs that ended before an instant and still have their tasks' JSON and last lines, the oldest first.
  static func runsWithLogs(endedBefore instant: Instant, limit: Int, in database: Database) throws -> [RunID] {
    try database.keys(runs(with: "logs"), rowOf(instant, limit), of: Run.table, RunID.init)
  }

  /// Removes runs' history as far as one transaction goes; answers for how many of them, from the first on.
  static func removeHistory(of runs: [RunID], in database: Database) throws -> Int {
    try trim(
      runs, in: database, part: "history",
      """
      DELETE FROM history WHERE rowid IN (
        SELECT rowid FROM history WHERE job = ? AND scheduled_at = ? AND rerun = ? LIMIT ?)
      """)
  }

  /// The same with what is known of runs' tasks beyond their diagnosis.
  static func removeLogs(of runs: [RunID], in database: Database) throws -> Int {
    try trim(
      runs, in: database, part: "logs",
      """
      UPDATE launches SET submission = NULL, result = NULL, log_tail = NULL WHERE rowid IN (
        SELECT rowid FROM launches WHERE job = ? AND scheduled_at = ? AND rerun = ?
        AND (submission IS NOT NULL OR result IS NOT NULL OR log_tail IS NOT NULL) LIMIT ?)
      """)
  }

  private static func runs(with part: String) -> String {
    """
    SELECT job, scheduled_at, rerun FROM runs INDEXED BY runs_with_\(part)
    WHERE ended_at IS NOT NULL AND keeps_\(part) = 1 AND ended_at < ? AND status <> 'RUNNING'
    ORDER BY ended_at, job, scheduled_at, rerun LIMIT ?
    """
  }

  private static func trim(
    _ runs: [RunID], in database: Database, part: String, _ statement: String
  ) throws -> Int {
    var room = rowsPerTransaction
    for (index, run) in runs.enumerated() {
      guard room > 0 else { return index }
      room -= try database.change(statement, run.stored + rowOf(room))
      guard room > 0 else { return index }
      room -= try database.change(
        "UPDATE runs SET keeps_\(part) = 0 WHERE job = ? AND scheduled_at = ? AND rerun = ?", run.stored)
    }
    return runs.count
  }

  // MARK: - Requests to stop

  /// A request that came when its run was over already has nobody who would take it away.
  static func hasVainStopRequests(in database: Database) throws -> Bool {
    try !database.keys(
      "SELECT job, scheduled_at, rerun FROM stop_requests WHERE \(isVain) LIMIT 1", of: StopRequest.table, RunID.init
    ).isEmpty
  }

  static func removeVainStopRequests(in database: Database) throws {
    try database.change("DELETE FROM stop_requests WHERE \(isVain)")
  }

  private static let isVain = """
    NOT EXISTS (
      SELECT 1 FROM runs INDEXED BY runs_running WHERE status = 'RUNNING' AND runs.job = stop_requests.job
      AND runs.scheduled_at = stop_requests.scheduled_at AND runs.rerun = stop_requests.rerun)
    """
}

extension Database {
  fileprivate func keys<Key>(
    _ sql: String, _ arguments: [DatabaseValue] = [], of table: Table, _ read: (inout Columns) throws -> Key
  ) throws -> [Key] {
    let rows = try Row.fetchCursor(cachedStatement(sql: sql), arguments: StatementArguments(arguments))
    var keys: [Key] = []
    while let row = try rows.next() {
      var columns = Columns(row, of: table)
      keys.append(try read(&columns))
    }
    return keys
  }
}
