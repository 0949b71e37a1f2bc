internal import GRDB
public import JobModel

extension SQLiteRunStore {
  public func prune(_ retention: Retention, now: Instant, limit: Int) async throws(StoreError) -> Int {
    let limit = max(0, limit)
    var dealt = 0
    if let age = retention.runs {
      dealt += try await removeSlots { try Pruning.slots(overBefore: now - age, limit: limit, in: $0) }
    }
    if let most = retention.runsPerJob, dealt < limit {
      let rest = limit - dealt
      dealt += try await removeSlots { try Pruning.slots(beyond: most, limit: rest, in: $0) }
    }
    if let age = retention.history, dealt < limit {
      let rest = limit - dealt
      dealt += try await inPieces(
        { try Pruning.runsWithHistory(endedBefore: now - age, limit: rest, in: $0) },
        { try Pruning.removeHistory(of: $0, in: $1) })
    }
    if let age = retention.logs, dealt < limit {
      let rest = limit - dealt
      dealt += try await inPieces(
        { try Pruning.runsWithLogs(endedBefore: now - age, limit: rest, in: $0) },
        { try Pruning.removeLogs(of: $0, in: $1) })
    }
    if try await read({ try Pruning.hasVainStopRequests(in: $0) }) {
      try await writer.write { .keep(try Pruning.removeVainStopRequests(in: $0)) }
    }
    return dealt
  }

  private func removeSlots(
    _ find: @escaping @Sendable (Database) throws -> [SlotKey]
  ) async throws(StoreError) -> Int {
    try await inPieces(find) { try Pruning.remove($0, in: $1) }
  }

  /// Finds keys and deals with them in as many writes as it takes, between which others are written.
  ///
  /// - Parameter work: deals with keys as far as one transaction goes; answers how many are done.
  private func inPieces<Key: Sendable>(
    _ find: @escaping @Sendable (Database) throws -> [Key],
    _ work: @escaping @Sendable ([Key], Database) throws -> Int
  ) async throws(StoreError) -> Int {
    let found = try await read(find)
    var rest = found[...]
    while !rest.isEmpty {
      let keys = Array(rest)
      rest = rest.dropFirst(try await writer.write { .keep(try work(keys, $0)) })
    }
    return found.count
  }
}
