internal import GRDB
internal import JobModel

/// The conditional writes of the port as statements that change exactly one row where the condition
/// holds and none where it does not.
enum Writes {
  /// Performs one write; answers whether its condition held. Where it did not, parts of the write may
  /// be there: the caller takes the batch back.
  static func perform(_ write: StoreWrite, in database: Database) throws -> Bool {
    switch write {
    case .insertSlot(let slot):
      try database.change(Slot.table.insert, slot.key.stored + slot.values) == 1
    case .updateSlot(let slot):
      try database.change(updateSlot, slot.values + slot.key.stored + rowOf(slot.version - 1)) == 1
    case .insertRun(let run): try insert(run, in: database)
    case .updateRun(let run): try update(run, ownedBy: run.owner, in: database)
    case .adoptRun(let run, let former, let now):
      try !hasLease(former, at: now, in: database) && update(run, ownedBy: former, in: database)
    case .insertLaunch(let launch):
      try database.change(Launch.table.insert, launch.id.run.stored + rowOf(launch.id.number) + launch.values) == 1
    case .updateLaunch(let launch):
      try database.change(Launch.table.update, launch.values + launch.id.run.stored + rowOf(launch.id.number)) == 1
    case .appendHistory(let run, let events): try append(events, to: run, in: database)
    case .putScope(let run, let scope, let snapshot):
      try database.change(putScope, run.stored + rowOf(scope, snapshot)) == 1
    case .removeScope(let run, let scope):
      try database.change(removeScope, run.stored + rowOf(scope)) <= 1
    case .insertJobState(let state):
      try database.change(JobState.table.insert, rowOf(state.job) + state.values) == 1
    case .updateJobState(let state):
      try database.change(updateJobState, state.values + rowOf(state.job, state.version - 1)) == 1
    case .insertMessage(let message):
      try database.change(OutboxMessage.table.insert, rowOf(message.id) + message.values) <= 1
    case .updateMessage(let message):
      try database.change(updateMessage, message.values + rowOf(message.id, message.version - 1)) == 1
    case .renewLease(let instance, let epoch, let until):
      try database.change(renewLease, rowOf(until, instance, epoch)) == 1
    }
  }

  private static let updateSlot = Slot.table.update + " AND version = ?"
  private static let updateRun = Run.table.update + " AND owner = ? AND epoch = ? AND version = ?"
  private static let updateMessage = OutboxMessage.table.update + " AND version = ?"
  private static let updateJobState = JobState.table.update + " AND version = ?"
  private static let putScope = StoredScope.table.insert.replacing(
    "ON CONFLICT DO NOTHING", with: "ON CONFLICT DO UPDATE SET snapshot = excluded.snapshot")
  private static let removeScope =
    "DELETE FROM scopes WHERE job = ? AND scheduled_at = ? AND rerun = ? AND scope = ?"
  private static let renewLease = "UPDATE instances SET lease_until = ? WHERE id = ? AND epoch = ?"

  private static func insert(_ run: Run, in database: Database) throws -> Bool {
    let definition = try definition(run.definition, in: database)
    return try database.change(Run.table.insert, run.id.stored + run.values(definition: definition)) == 1
  }

  private static func update(_ run: Run, ownedBy owner: Ownership, in database: Database) throws -> Bool {
    let definition = try definition(run.definition, in: database)
    let condition = rowOf(owner.instance, owner.epoch, run.version - 1)
    return try database.change(updateRun, run.values(definition: definition) + run.id.stored + condition) == 1
  }

  /// A lease belongs to an instance and its epoch: the same name under a later epoch is another process.
  private static func hasLease(_ owner: Ownership, at now: Instant, in database: Database) throws -> Bool {
    let clause = "WHERE id = ? AND epoch = ? AND lease_until > ?"
    return try !database.all(Instance.self, clause, rowOf(owner.instance, owner.epoch, now)).isEmpty
  }

  private static func append(_ events: [HistoryEvent], to run: RunID, in database: Database) throws -> Bool {
    let key = run.stored
    for event in events {
      guard try database.change(HistoryEvent.table.insert, key + rowOf(event.id) + event.values) == 1 else {
        return false
      }
    }
    return true
  }

  /// The number of the row that holds this text, which is written where there is none yet.
  private static func definition(_ text: String, in database: Database) throws -> Int {
    let fingerprint = Int(bitPattern: UInt(fingerprint(text)))
    let known = try database.cachedStatement(sql: "SELECT id FROM definitions WHERE fingerprint = ? AND text = ?")
    if let id = try Int.fetchOne(known, arguments: StatementArguments(rowOf(fingerprint, text))) {
      return id
    }
    try database.change("INSERT INTO definitions (fingerprint, text) VALUES (?, ?)", rowOf(fingerprint, text))
    return Int(database.lastInsertedRowID)
  }

  /// FNV-1a, 64 bits (Fowler, Noll and Vo): short keys for an index over long texts. Texts that share
  /// one are told apart by comparing them.
  private static func fingerprint(_ text: String) -> UInt64 {
    text.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
  }
}
