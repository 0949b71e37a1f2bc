import Foundation
import GRDB
import JobModel
import Testing

@testable import Store

/// A full disk, a cut log, damaged pages and rows: an error that says where, never a crash, nothing lost.
@Suite("The SQLite store and damage", .timeLimit(.minutes(1)))
struct SQLiteDamageTests {
  @Test("A full disk is an error; nothing is lost, and it works again afterwards")
  func fullDisk() async throws {
    let folder = try TemporaryFolder()
    let store = try folder.open()
    let pages = try await store.pool.writeWithoutTransaction { database in
      let pages = try Int.fetchOne(database, sql: "PRAGMA page_count") ?? 0
      return try Int.fetchOne(database, sql: "PRAGMA max_page_count = \(pages + 30)") ?? 0
    }
    #expect(pages > 30)
    let results = await withTaskGroup(of: (Int, StoreError?).self) { group in
      for number in 0..<40 {
        group.addTask {
          let batch: [StoreWrite] = [
            .insertSlot(slot(key(number))),
            .putScope(runID(key(number)), scope: "", Array(repeating: 7, count: 20_000)),
          ]
          return (number, await storeError { () throws(StoreError) in try await store.commit(batch) })
        }
      }
      return await group.reduce(into: []) { $0.append($1) }
    }
    let refused = results.compactMap(\.1)
    #expect(!refused.isEmpty)
    #expect(refused.allSatisfy { $0.code == .full && $0.message.contains("free some space") })
    for (number, error) in results {
      #expect(try await (store.slot(key(number)) == nil) == (error != nil))
      #expect(try await store.scopes(of: runID(key(number))).isEmpty == (error != nil))
    }
    try await store.pool.writeWithoutTransaction { try $0.execute(sql: "PRAGMA max_page_count = 1000000") }
    try await write([.putScope(runID(), scope: "large", Array(repeating: 7, count: 1_000_000))], to: store)
    await store.close()
    let again = try folder.open()
    #expect(try await again.latestSlots(nightly, limit: 99).count == results.filter { $0.1 == nil }.count)
    await again.close()
  }

  /// Five checkpointed commits, fifteen in the log, and both files as a power failure would leave them.
  private static func powerFailure() async throws -> (database: Data, log: Data) {
    let folder = try TemporaryFolder()
    let store = try folder.open()
    for number in 0..<20 {
      try await write([.insertSlot(slot(key(number))), .insertRun(run(runID(key(number))))], to: store)
      if number == 4 {
        try await store.pool.writeWithoutTransaction { _ = try $0.checkpoint(.truncate) }
      }
    }
    let files = (try folder.bytes("jobd.sqlite"), try folder.bytes("jobd.sqlite-wal"))
    await store.close()
    return files
  }

  /// How many of the commits a store on these files shows; they must be the first ones, and whole.
  private static func commitsSeen(database: Data, log: Data) async throws -> Int? {
    let folder = try TemporaryFolder()
    try folder.write(database, to: "jobd.sqlite")
    try folder.write(log, to: "jobd.sqlite-wal")
    let store: SQLiteRunStore
    do throws(StoreError) {
      store = try folder.open()
    } catch {
      #expect(error.code == .corrupt)
      return nil
    }
    let slots = try await store.latestSlots(nightly, limit: 99)
    let runs = try await store.activeRuns()
    #expect(slots.reversed().map(\.key) == (0..<slots.count).map { key($0) })
    #expect(runs.map(\.id.slot) == slots.reversed().map(\.key))
    try await write([.insertSlot(slot(key(50)))], to: store)
    await store.close()
    return slots.count
  }

  @Test("A log that was cut off keeps the commits before the cut, and the store goes on")
  func cutLog() async throws {
    let (database, log) = try await Self.powerFailure()
    let lengths = Array(stride(from: 0, through: log.count, by: 3_001)) + [1, 31, 32, 33, log.count - 1, log.count]
    var last = 0
    for length in lengths.sorted() {
      let seen = try await Self.commitsSeen(database: database, log: log.prefix(length))
      #expect((seen ?? 0) >= max(5, last))
      last = seen ?? last
    }
    #expect(last == 20)
  }

  @Test("A log with a flipped bit keeps the commits before it")
  func flippedLog() async throws {
    let (database, log) = try await Self.powerFailure()
    for place in stride(from: 5, to: log.count, by: log.count / 12) {
      var flipped = log
      flipped[place] ^= 0x10
      let seen = try await Self.commitsSeen(database: database, log: flipped)
      #expect((5..<20).contains(seen ?? 0))
    }
  }

  @Test("Damaged pages are reported as such", arguments: 0..<20)
  func damagedPages(number: Int) async throws {
    let folder = try TemporaryFolder()
    let store = try folder.open()
    for number in 0..<50 {
      try await write([.insertSlot(slot(key(number))), .insertRun(run(runID(key(number))))], to: store)
    }
    await store.close()
    var bytes = try folder.bytes("jobd.sqlite")
    let pages = bytes.count / 4_096
    let page = 1 + number % (pages - 1)
    for offset in 0..<(number < pages ? 4_096 : 64) {
      bytes[page * 4_096 + offset] = UInt8(truncatingIfNeeded: (offset &+ number) &* 167)
    }
    try folder.write(bytes, to: "jobd.sqlite")
    let error = await folder.errorOfOpening()
    #expect(error?.code == .corrupt)
    #expect(error?.message.contains(".recover") == true)
  }

  @Test("Damage that comes while the store is open is an error of the call that meets it")
  func damagedWhileOpen() async throws {
    let folder = try TemporaryFolder()
    let store = try folder.open { $0.prepareDatabase { try $0.execute(sql: "PRAGMA cache_size = 0") } }
    for number in 0..<200 { try await write([.insertSlot(slot(key(number)))], to: store) }
    try await store.pool.writeWithoutTransaction { _ = try $0.checkpoint(.truncate) }
    let file = try FileHandle(forUpdating: URL(fileURLWithPath: folder.path("jobd.sqlite")))
    let length = try file.seekToEnd()
    try file.seek(toOffset: 4_096)
    try file.write(contentsOf: Data(repeating: 0xA5, count: Int(length) - 4_096))
    let errors = [
      await storeError { () throws(StoreError) in try await store.latestSlots(nightly, limit: 500) },
      await storeError { () throws(StoreError) in try await store.commit([.insertLaunch(launch())]) },
      await storeError { () throws(StoreError) in try await store.register("a", startedAt: noon, leaseUntil: noon) },
    ]
    for error in errors { #expect(error?.code == .corrupt, "\(errors)") }
    await store.close()
    withExtendedLifetime(file) {}
  }

  static let unreadable: [(sql: String, place: String)] = [
    ("UPDATE slots SET state = 'PONDERING'", "slots holds no value that this jobd understands in column state"),
    ("UPDATE slots SET trigger = ''", "in column trigger"),
    ("UPDATE slots SET day = '2026-02-30'", "in column day"),
    ("UPDATE slots SET job = 'no job name'", "the row (\"no job name\", "),
    ("UPDATE runs SET status = 'RUNNING '", "runs holds no value that this jobd understands in column status"),
    ("PRAGMA foreign_keys = OFF; DELETE FROM definitions", "in column definition"),
    ("UPDATE launches SET request = '{'", "launches holds no value that this jobd understands in column request"),
    ("UPDATE launches SET diagnosis_class = 'BAD'", "in column diagnosis_class"),
    ("UPDATE launches SET exit_codes = '{\"app\":\"x\"}'", "in column exit_codes"),
    ("UPDATE slots SET wait = 'COFFEE'", "in column wait"),
    ("UPDATE runs SET policy = '[]'", "runs holds no value that this jobd understands in column policy"),
    ("UPDATE runs SET policy = '{\"timezone\":7}'", "in column policy"),
    ("UPDATE runs SET policy = '{\"pool\":{}}'", "in column policy"),
    ("UPDATE runs SET policy = '{\"task\":{\"skipExitCodes\":[\"x\"]}}'", "in column policy"),
    ("UPDATE runs SET policy = '{\"subscriptions\":[{\"receiver\":{\"owl\":{}},\"events\":[]}]}'", "in column policy"),
    ("UPDATE launches SET policy = '1'", "launches holds no value that this jobd understands in column policy"),
    ("UPDATE history SET details = ''", "history holds no value that this jobd understands in column details"),
  ]

  @Test("A value that has no meaning is reported with table, key and column", arguments: unreadable)
  func unreadableValue(sql: String, place: String) async throws {
    let folder = try TemporaryFolder()
    let store = try folder.open()
    try await write(
      [
        .insertSlot(slot()), .insertRun(run()), .insertLaunch(launch()), .appendHistory(runID(), [event(1)]),
      ], to: store)
    try folder.withDatabase { try $0.execute(sql: sql) }
    let errors = [
      await storeError { () throws(StoreError) in try await store.slots(days: today.adding(days: -365)...today) },
      await storeError { () throws(StoreError) in try await store.runs(of: key()) },
      await storeError { () throws(StoreError) in try await store.launches(of: runID()) },
      await storeError { () throws(StoreError) in try await store.history(of: runID()) },
    ].compactMap { $0 }
    #expect(errors.count == 1)
    #expect(errors.first?.code == .corrupt)
    #expect(errors.first?.message.contains(place) == true, "\(errors)")
    #expect(try await store.jobStates().isEmpty)
    await store.close()
  }
}
