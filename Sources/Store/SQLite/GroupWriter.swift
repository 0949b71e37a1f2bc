internal import GRDB
internal import JobModel
internal import Synchronization

/// The one writer: gathers the writes that arrive while a transaction is being made durable into the
/// next transaction, so that many callers share one wait for the disk.
///
/// A write waits in a queue, in order of arrival. Whoever finds no group under way starts one on the
/// database's own thread; at a group's end the next one begins with what has come since (no timer, no
/// delay: a caller who is alone is written at once). All are answered after the one COMMIT; where that
/// fails, nothing of the group is there and every caller hears why. A caller that is cancelled still
/// gets its answer: what was asked for is written, with the others.
///
/// A write that is refused is taken back alone. Savepoints do that, at a cost for every write; so a
/// group is first written without them, and only where a write is refused after it has changed
/// something is the transaction rolled back and the group written again, each in its savepoint.
final class GroupWriter: Sendable {
  /// Writes in one transaction; more wait for the next, so that no group holds the lock for long.
  static let groupLimit = 256

  /// What a write's body decides: that it stays, or is taken back as if it had never been.
  enum Verdict<Value: Sendable>: Sendable {
    case keep(Value)
    case takeBack(Value)
  }

  /// What tests see and can disturb.
  struct Probe: Sendable {
    /// A write has joined the queue, which now has this length.
    var queued: @Sendable (Int) -> Void = { _ in }
    /// A group of this size is about to be written.
    var willBegin: @Sendable (Int) -> Void = { _ in }
    /// The transaction is about to be committed.
    var willCommit: @Sendable (Database) throws -> Void = { _ in }
  }

  private typealias Answer = @Sendable () -> Void

  private struct Entry: Sendable {
    /// Writes; says whether it stays, and how the caller is answered once the group is durable. May be
    /// called again after a rollback.
    var perform: @Sendable (Database) throws -> (stays: Bool, answer: Answer)
    var fail: @Sendable (StoreError) -> Void
  }

  private struct State {
    var queue: [Entry] = []
    var isWriting = false
    var isClosed = false
  }

  private enum Arrival {
    case starts
    case waits
    case refused
  }

  private let state = Mutex(State())
  private let pool: DatabasePool
  private let probe: Probe
  private let explain: @Sendable (any Error) -> StoreError

  /// - Parameter explain: turns what SQLite says into the store's own error.
  init(pool: DatabasePool, probe: Probe, explain: @escaping @Sendable (any Error) -> StoreError) {
    self.pool = pool
    self.probe = probe
    self.explain = explain
  }

  /// Writes with the next group; returns when that is durable.
  func write<Value: Sendable>(
    _ body: @escaping @Sendable (Database) throws -> Verdict<Value>
  ) async throws(StoreError) -> Value {
    let result = await withCheckedContinuation {
      (continuation: CheckedContinuation<Result<Value, StoreError>, Never>) in
      let entry = Entry(
        perform: { database in
          switch try body(database) {
          case .keep(let value): (true, { continuation.resume(returning: .success(value)) })
          case .takeBack(let value): (false, { continuation.resume(returning: .success(value)) })
          }
        },
        fail: { continuation.resume(returning: .failure($0)) })
      enqueue(entry)
    }
    return try result.get()
  }

  /// Refuses further writes, and returns when those that were accepted are durable.
  ///
  /// - Returns: whether this was the first such call.
  func finish() async -> Bool {
    // An entry of its own behind the others: it is answered after them.
    _ = try? await write { _ in Verdict.takeBack(()) }
    let isFirst = state.withLock { state in
      defer { state.isClosed = true }
      return !state.isClosed
    }
    // What slipped in between the two lines above is written before anything that follows on this thread.
    await withCheckedContinuation { continuation in
      pool.asyncWriteWithoutTransaction { _ in continuation.resume() }
    }
    return isFirst
  }

  private func enqueue(_ entry: Entry) {
    let (arrival, length): (Arrival, Int) = state.withLock { state in
      if state.isClosed { return (.refused, 0) }
      state.queue.append(entry)
      defer { state.isWriting = true }
      return (state.isWriting ? .waits : .starts, state.queue.count)
    }
    switch arrival {
    case .refused: entry.fail(StoreError(code: .other, message: "the store is closed"))
    case .waits: probe.queued(length)
    case .starts:
      probe.queued(length)
      pool.asyncWriteWithoutTransaction { self.writeNextGroup(in: $0) }
    }
  }

  /// Runs on the database's own thread.
  private func writeNextGroup(in database: Database) {
    let group = state.withLock { state in
      let group = Array(state.queue.prefix(Self.groupLimit))
      state.queue.removeFirst(group.count)
      return group
    }
    write(group, in: database)
    let isDone = state.withLock { state in
      if state.queue.isEmpty { state.isWriting = false }
      return state.queue.isEmpty
    }
    if !isDone { pool.asyncWriteWithoutTransaction { self.writeNextGroup(in: $0) } }
  }

  private func write(_ group: [Entry], in database: Database) {
    probe.willBegin(group.count)
    do {
      let answers: [Answer]
      do {
        answers = try transact(group, in: database) { try perform($0, in: database) }
      } catch is NeedsSavepoints {
        answers = try transact(group, in: database) { try performInSavepoint($0, in: database) }
      }
      for answer in answers { answer() }
    } catch {
      let error = explain(error)
      for entry in group { entry.fail(error) }
    }
  }

  private func transact(
    _ group: [Entry], in database: Database, perform: (Entry) throws -> Answer
  ) throws -> [Answer] {
    if database.isInsideTransaction { try database.rollback() }
    try database.beginTransaction(.immediate)
    do {
      let answers = try group.map(perform)
      try probe.willCommit(database)
      try database.commit()
      return answers
    } catch {
      if database.isInsideTransaction { try? database.rollback() }
      throw error
    }
  }

  /// A write has to be taken back after it has changed something.
  private struct NeedsSavepoints: Error {}

  /// Performs a write in the hope that it stays, or fails before it has changed anything, as a claim
  /// that comes too late does.
  private func perform(_ entry: Entry, in database: Database) throws -> Answer {
    let before = database.totalChangesCount
    let answer: Answer
    do {
      let (stays, performed) = try entry.perform(database)
      if stays { return performed }
      answer = performed
    } catch {
      guard database.isInsideTransaction else { throw error }
      let error = explain(error)
      answer = { entry.fail(error) }
    }
    guard database.totalChangesCount == before else { throw NeedsSavepoints() }
    return answer
  }

  /// - Throws: only what has ended the whole transaction (SQLite does so on a full disk, among others).
  private func performInSavepoint(_ entry: Entry, in database: Database) throws -> Answer {
    try database.change("SAVEPOINT batch")
    do {
      let (stays, answer) = try entry.perform(database)
      if !stays { try database.change("ROLLBACK TO batch") }
      try database.change("RELEASE batch")
      return answer
    } catch {
      guard database.isInsideTransaction else { throw error }
      try database.change("ROLLBACK TO batch")
      try database.change("RELEASE batch")
      let error = explain(error)
      return { entry.fail(error) }
    }
  }
}
