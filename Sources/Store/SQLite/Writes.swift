internal import GRDB
internal import JobModel

/// The conditional writes of the port as statements that change exactly one row where the condition
/// holds and none where it does not.
enum Writes {
  /// Performs one write; answers whether its condition held. Where it did not, parts of the write may
  /// be there: the caller takes the batch back.
  static func perform(_ write: StoreWrite, in database: Database) throws -> Bool {
    switch write {
    case .insertSlot(let slot): try insert(slot, in: database)
    case .updateSlot(let slot):
      try database.change(
        updateSlot, slot.values + rowOf(slot.state.isOutcome) + slot.key.stored + rowOf(slot.version - 1)) == 1
    case .insertRun(let run): try insert(run, in: database)
    case .insertChild(let child): try database.change(ChildRun.table.insert, child.stored) == 1
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
    case .advancePool(let pool, let from): try advance(pool, from: from, in: database)
    case .insertBackfill(let backfill):
      try database.change(Backfill.table.insert, backfill.key + backfill.values) == 1
    case .updateBackfill(let backfill):
      try database.change(updateBackfill, backfill.values + backfill.key + rowOf(backfill.version - 1)) == 1
    case .requestStop(let run, let reason):
      try database.change(StopRequest.table.insert, run.stored + rowOf(reason)) <= 1
    case .useDefinition(let job, let definition, let now): try use(definition, by: job, at: now, in: database)
    case .insertAnswer, .removeAnswer, .expectOpen, .expectUnanswered:
      try TaskAnswer.perform(write, in: database)
    case .renewLease(let instance, let epoch, let until):
      try database.change(renewLease, rowOf(until, instance, epoch)) == 1
    }
  }

  /// When a slot was over is the store's own column, which follows from the slot and its runs: for the index
  /// by which what is old is found.
  private static let overAt =
    "coalesce((SELECT max(ended_at) FROM runs WHERE job = slots.job AND scheduled_at = slots.scheduled_at), "
    + "scheduled_at)"
  private static let insertSlot = Table(
    "slots", key: SlotKey.columns, values: Slot.table.values + ["over_at"]
  ).insert
  private static let updateSlot =
    Slot.table.update.replacing(" WHERE", with: ", over_at = iif(?, \(overAt), NULL) WHERE") + " AND version = ?"
  private static let updateOverAt =
    "UPDATE slots SET over_at = \(overAt) WHERE job = ? AND scheduled_at = ? AND over_at IS NOT NULL"
  private static let updateBackfill = Backfill.table.update + " AND version = ?"
  private static let removeStopRequest = "DELETE FROM stop_requests WHERE job = ? AND scheduled_at = ? AND rerun = ?"
  private static let removeAnswers = "DELETE FROM task_answers WHERE job = ? AND scheduled_at = ? AND rerun = ?"
  private static let updateRun = Run.update + " AND owner = ? AND epoch = ? AND version = ?"
  private static let updateMessage = OutboxMessage.table.update + " AND version = ?"
  private static let updateJobState = JobState.table.update + " AND version = ?"
  private static let putScope = StoredScope.table.insert.replacing(
    "ON CONFLICT DO NOTHING", with: "ON CONFLICT DO UPDATE SET snapshot = excluded.snapshot")
  private static let removeScope =
    "DELETE FROM scopes WHERE job = ? AND scheduled_at = ? AND rerun = ? AND scope = ?"
  private static let renewLease = "UPDATE instances SET lease_until = ? WHERE id = ? AND epoch = ?"

  private static func insert(_ slot: Slot, in database: Database) throws -> Bool {
    let overAt = slot.state.isOutcome ? slot.key.scheduledAt : nil
    guard try database.change(insertSlot, slot.key.stored + slot.values + rowOf(overAt)) == 1 else { return false }
    if slot.state.isOutcome, slot.runs > 0 { try database.change(updateOverAt, slot.key.stored) }
    return true
  }

  private static func insert(_ run: Run, in database: Database) throws -> Bool {
    let definition = try definition(run.definition, in: database)
    let arguments = run.id.stored + run.values(definition: definition)
    guard try database.change(Run.table.insert, arguments) == 1 else { return false }
    if run.status != .running { try database.change(updateOverAt, run.id.slot.stored) }
    return true
  }

  private static func update(_ run: Run, ownedBy owner: Ownership, in database: Database) throws -> Bool {
    let arguments = run.changing + run.id.stored + rowOf(owner.instance, owner.epoch, run.version - 1)
    guard try database.change(updateRun, arguments) == 1 else { return false }
    if run.status != .running {
      try database.change(updateOverAt, run.id.slot.stored)
      try database.change(removeStopRequest, run.id.stored)
      try database.change(removeAnswers, run.id.stored)
    }
    return true
  }

  private static func advance(_ pool: String, from: Int, in database: Database) throws -> Bool {
    if from == 0 {
      try database.change("INSERT INTO pools (name, version) VALUES (?, 1) ON CONFLICT DO NOTHING", rowOf(pool)) == 1
    } else {
      try database.change(
        "UPDATE pools SET version = version + 1 WHERE name = ? AND version = ?", rowOf(pool, from)) == 1
    }
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
  static func definition(_ text: String, in database: Database) throws -> Int {
    if let id = try known(text, in: database) { return id }
    let fingerprint = Int(bitPattern: UInt(fingerprint(text)))
    try database.change("INSERT INTO definitions (fingerprint, text) VALUES (?, ?)", rowOf(fingerprint, text))
    return Int(database.lastInsertedRowID)
  }

  static func known(_ text: String, in database: Database) throws -> Int? {
    let fingerprint = Int(bitPattern: UInt(fingerprint(text)))
    let known = "SELECT id FROM definitions WHERE fingerprint = ? AND text = ?"
    return try Int.fetchOne(database.statement(known, rowOf(fingerprint, text)))
  }

  /// FNV-1a, 64 bits (Fowler, Noll and Vo): short keys for an index over long texts. Texts that share
  /// one are told apart by comparing them.
  private static func fingerprint(_ text: String) -> UInt64 {
    var text = text
    return text.withUTF8 { bytes in bytes.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 } }
  }
}
