internal import Dispatch
internal import GRDB
public import JobModel
public import Logging
internal import Synchronization

/// The store in one SQLite file: write-ahead log, `synchronous=FULL`, one writer that gathers
/// concurrent commits into one transaction, readers that never wait for it.
///
/// Several processes may have the file open: each write takes the lock first (BEGIN IMMEDIATE), and
/// waits for it up to ten seconds.
public final class SQLiteRunStore: RunStore {
  public let installationID: String
  let file: DatabaseFile
  let pool: DatabasePool
  let writer: GroupWriter
  private let logger: Logger
  private let closing = Atomic(false)

  /// Opens the file, or makes it (mode 0600), and brings it to this jobd's schema. Blocks while it does.
  ///
  /// A file of up to 64 MB is checked as a whole (`PRAGMA quick_check`); damage in a larger one is
  /// reported by the read or write that meets it.
  ///
  /// - Parameter random: where a new store's ``installationID`` comes from.
  public convenience init(path: String, random: any RandomSource, logger: Logger) throws(StoreError) {
    try self.init(path: path, random: random, logger: logger, probe: GroupWriter.Probe())
  }

  init(
    path: String, random: any RandomSource, logger: Logger, probe: GroupWriter.Probe,
    steps: [Schema.Step] = Schema.steps, configure: @Sendable (inout Configuration) -> Void = { _ in }
  ) throws(StoreError) {
    let file = try DatabaseFile(path)
    try file.prepare()
    do {
      pool = try file.open(configure: configure)
      (installationID, _) = try pool.writeWithoutTransaction { database in
        try file.check(database)
        let taken = try Schema.migrate(
          database, steps: steps, installationID: newInstallationID(random))
        if taken > 0 { logger.info("brought the database to this version's schema") }
        return (try database.meta("installation_id") as String, taken)
      }
    } catch {
      throw file.explain(error)
    }
    self.file = file
    self.logger = logger
    writer = GroupWriter(pool: pool, probe: probe) { error in
      let error = file.explain(error)
      logger.error("the database refused a write", metadata: ["error": "\(error.code.rawValue): \(error)"])
      return error
    }
  }

  /// Waits for the commits that were accepted, then closes the file; whatever is asked afterwards is
  /// an error.
  public func close() async {
    closing.store(true, ordering: .relaxed)
    guard await writer.finish() else { return }
    await withCheckedContinuation { continuation in
      DispatchQueue.global().async { [pool, logger] in
        do {
          // The last connection to close is a reader, which cannot empty the log into the database.
          try pool.writeWithoutTransaction { _ = try $0.checkpoint(.passive) }
          try pool.close()
        } catch {
          logger.warning("the database could not be closed", metadata: ["error": "\(error)"])
        }
        continuation.resume()
      }
    }
  }

  /// Gives back the memory of what was read and prepared: pages and statements. Returns at once, and keeps nobody from
  /// reading or writing: they are read and prepared again.
  public func releaseMemory() { pool.releaseMemoryEventually() }

  /// Whether somebody wants the store to be closed: what takes long gives up.
  var isClosing: Bool { closing.load(ordering: .relaxed) }

  public func commit(_ batch: [StoreWrite]) async throws(StoreError) -> CommitResult {
    if batch.isEmpty { return .committed }
    return try await writer.write { database in
      for (index, write) in batch.enumerated() {
        guard try Writes.perform(write, in: database) else { return .takeBack(.conflict(at: index)) }
      }
      return .keep(.committed)
    }
  }

  public func register(
    _ id: InstanceID, startedAt: Instant, leaseUntil: Instant
  ) async throws(StoreError) -> Instance {
    try await writer.write { database in
      let epoch = try database.meta("epoch") + 1
      try database.change("UPDATE meta SET value = ? WHERE key = 'epoch'", rowOf(epoch))
      try database.change("DELETE FROM instances WHERE id = ?", rowOf(id))
      try database.change(Instance.table.insert, rowOf(id, epoch, leaseUntil, startedAt))
      return .keep(Instance(id: id, epoch: epoch, leaseUntil: leaseUntil, startedAt: startedAt))
    }
  }

  public func removeInstance(_ id: InstanceID) async throws(StoreError) {
    try await writer.write { database in
      let isIdle = "NOT EXISTS (SELECT 1 FROM runs WHERE status = 'RUNNING' AND owner = ?)"
      try database.change("DELETE FROM instances WHERE id = ? AND \(isIdle)", rowOf(id, id))
      return .keep(())
    }
  }

  /// Reads in one snapshot of the database, on a reader's own thread.
  ///
  /// A cancelled caller still gets its answer: the port knows no other error than its own.
  func read<Value: Sendable>(
    _ body: @escaping @Sendable (Database) throws -> Value
  ) async throws(StoreError) -> Value {
    let result = await withCheckedContinuation {
      (continuation: CheckedContinuation<Result<Value, StoreError>, Never>) in
      pool.asyncRead { [file] database in
        do {
          continuation.resume(returning: .success(try body(database.get())))
        } catch {
          continuation.resume(returning: .failure(file.explain(error)))
        }
      }
    }
    return try result.get()
  }
}

extension Database {
  /// One of the store's own values.
  fileprivate func meta<Value: Storable>(_ key: String) throws -> Value {
    let statement = try cachedStatement(sql: "SELECT value FROM meta WHERE key = ?")
    let value = try DatabaseValue.fetchOne(statement, arguments: [key]) ?? .null
    guard let value = Value.read(value) else { throw UnreadableValue(table: "meta", key: key, column: "value") }
    return value
  }
}
