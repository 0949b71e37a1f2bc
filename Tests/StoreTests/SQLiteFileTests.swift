import Foundation
import GRDB
import JobModel
import Testing

@testable import Store

/// Opening: what is made, what is refused, and how it is said.
@Suite("The SQLite store's file")
struct SQLiteFileTests {
  @Test("Everything is there after a new start, and epochs go on")
  func durability() async throws {
    let folder = try TemporaryFolder()
    let store = try folder.open()
    let instance = try await store.register("host-1", startedAt: noon, leaseUntil: noon)
    try await write([.insertSlot(slot()), .insertRun(run()), .appendHistory(runID(), [event(1)])], to: store)
    try await store.removeInstance("host-1")
    await store.close()
    let again = try folder.open(seed: 99)
    #expect(again.installationID == store.installationID)
    #expect(try await again.slot(key()) == slot())
    #expect(try await again.history(of: runID()) == [event(1)])
    #expect(try await again.register("host-1", startedAt: noon, leaseUntil: noon).epoch == instance.epoch + 1)
    await again.close()
  }

  @Test("What was given back of the store's memory is read and prepared again")
  func releaseMemory() async throws {
    let folder = try TemporaryFolder()
    let store = try folder.open()
    for number in 0..<3 {
      try await write([.insertSlot(slot(key(number)))], to: store)
      store.releaseMemory()
      #expect(try await store.slot(key(number)) == slot(key(number)))
    }
    await store.close()
    store.releaseMemory()
  }

  @Test("Stores that were made apart have different names")
  func installationID() async throws {
    let folders = [try TemporaryFolder(), try TemporaryFolder()]
    let stores = [try folders[0].open(seed: 1), try folders[1].open(seed: 2)]
    #expect(stores[0].installationID != stores[1].installationID)
    for store in stores {
      #expect(store.installationID.utf8.count == 16)
      await store.close()
    }
  }

  @Test("Commits reach the disk before they return: WAL, synchronous=FULL, foreign keys")
  func settings() async throws {
    let folder = try TemporaryFolder()
    let store = try folder.open()
    let settings = try await store.pool.write { database in
      try ["journal_mode", "synchronous", "foreign_keys"].map {
        try String.fetchOne(database, sql: "PRAGMA \($0)")
      }
    }
    #expect(settings == ["wal", "2", "1"])
    await store.close()
  }

  @Test("The file and its log are its owner's alone")
  func mode() async throws {
    let folder = try TemporaryFolder()
    let store = try folder.open()
    try await write([.insertSlot(slot())], to: store)
    for name in ["jobd.sqlite", "jobd.sqlite-wal", "jobd.sqlite-shm"] {
      let attributes = try FileManager.default.attributesOfItem(atPath: folder.path(name))
      #expect(attributes[.posixPermissions] as? Int == 0o600, "\(name)")
    }
    await store.close()
  }

  @Test("An empty file becomes a database")
  func emptyFile() async throws {
    let folder = try TemporaryFolder()
    try folder.write(Data(), to: TemporaryFolder.database)
    let store = try folder.open()
    try await write([.insertSlot(slot())], to: store)
    await store.close()
  }

  @Test("Two who make the same file at once get one database")
  func madeAtOnce() async throws {
    let folder = try TemporaryFolder()
    let stores = try await withThrowingTaskGroup(of: SQLiteRunStore.self) { group in
      for seed in 1...4 { group.addTask { try folder.open(seed: UInt64(seed)) } }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    #expect(Set(stores.map(\.installationID)).count == 1)
    for store in stores { await store.close() }
  }

  @Test("A missing directory is named, with the command that makes it")
  func missingDirectory() async throws {
    let folder = try TemporaryFolder()
    let error = await storeError { () throws(StoreError) in
      try SQLiteRunStore(path: folder.path("no/where/jobd.sqlite"), random: SystemRandom(), logger: quietLogger)
    }
    #expect(error?.code == .cannotOpen)
    let place = folder.path("no/where/")
    #expect(
      error?.message
        == "database \(place)jobd.sqlite: the directory \(place) does not exist; make it: mkdir -p \(place)")
  }

  @Test("What is no file and no directory is refused", arguments: ["", "a\0b", "file/jobd.sqlite", "folder"])
  func noFile(name: String) async throws {
    let folder = try TemporaryFolder()
    try folder.write(Data(), to: "file")
    try FileManager.default.createDirectory(atPath: folder.path("folder"), withIntermediateDirectories: false)
    let error = await storeError { () throws(StoreError) in
      try SQLiteRunStore(
        path: name.isEmpty ? "" : folder.path(name), random: SystemRandom(), logger: quietLogger)
    }
    #expect(error?.code == .cannotOpen)
  }

  @Test("A file that is no database is left as it is", arguments: [10, 100, 5_000, 100_000])
  func garbage(length: Int) async throws {
    let folder = try TemporaryFolder()
    let bytes = Data((0..<length).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ 7) })
    try folder.write(bytes, to: TemporaryFolder.database)
    let error = await folder.errorOfOpening()
    #expect(error?.code == .corrupt)
    #expect(error?.message.contains(folder.path(TemporaryFolder.database)) == true)
    #expect(try folder.bytes(TemporaryFolder.database) == bytes)
  }

  @Test("Another program's database is refused")
  func anotherProgram() async throws {
    let folder = try TemporaryFolder()
    try folder.withDatabase { try $0.execute(sql: "CREATE TABLE songs (title TEXT)") }
    let error = await folder.errorOfOpening()
    #expect(error?.code == .cannotOpen)
    #expect(error?.message.contains("another program's SQLite database") == true)
  }

  @Test("A newer jobd's schema is refused, with both versions")
  func newerSchema() async throws {
    let folder = try TemporaryFolder()
    try await folder.open().close()
    try folder.withDatabase { try $0.execute(sql: "INSERT INTO schema_steps VALUES (7, 'from the future')") }
    let error = await folder.errorOfOpening()
    #expect(error?.code == .newerSchema)
    #expect(error?.message.contains("version 7, this jobd knows versions up to \(Schema.steps.count)") == true)
  }

  @Test("A new step is taken once, and what was there stays")
  func migration() async throws {
    let folder = try TemporaryFolder()
    let before = try folder.open()
    try await write([.insertSlot(slot())], to: before)
    await before.close()
    let steps = Schema.steps + [Schema.Step(name: "a note", sql: "ALTER TABLE slots ADD COLUMN note TEXT")]
    for _ in 0..<2 {
      let after = try folder.open(steps: steps)
      #expect(try await after.slot(key()) == slot())
      await after.close()
    }
    #expect(await folder.errorOfOpening()?.code == .newerSchema)
  }

  @Test("A step that fails leaves the schema as it was")
  func failedMigration() async throws {
    let folder = try TemporaryFolder()
    try await folder.open().close()
    let broken = Schema.steps + [Schema.Step(name: "broken", sql: "CREATE TABLE a (b); CREATE NONSENSE")]
    #expect(throws: StoreError.self) { try folder.open(steps: broken) }
    #expect(await folder.errorOfOpening() == nil)
    #expect(try folder.withDatabase { try !$0.tableExists("a") })
  }

  @Test("A file that may not be written is refused as such")
  func readOnly() async throws {
    let folder = try TemporaryFolder()
    try await folder.open().close()
    chmod(folder.path(TemporaryFolder.database), 0o444)
    chmod(folder.root, 0o777)
    let error = try asNobody { () -> StoreError? in
      do throws(StoreError) {
        _ = try folder.open()
        return nil
      } catch {
        return error
      }
    }
    #expect(error?.code == .readOnly)
    #expect(error?.message.contains("Permission denied") == true)
  }

  @Test("A store whose file turns out to be read-only says so at each write, and still reads")
  func turnedReadOnly() async throws {
    let folder = try TemporaryFolder()
    let store = try folder.open()
    try await write([.insertSlot(slot())], to: store)
    try await store.pool.writeWithoutTransaction { try $0.execute(sql: "PRAGMA query_only = ON") }
    #expect(
      await storeError { () throws(StoreError) in try await store.commit([.insertSlot(slot(key(1)))]) }?.code
        == .readOnly)
    #expect(try await store.slot(key()) == slot())
    try await store.pool.writeWithoutTransaction { try $0.execute(sql: "PRAGMA query_only = OFF") }
    try await write([.insertSlot(slot(key(1)))], to: store)
    await store.close()
  }
}

/// Runs a test's part on this thread without root's right to read and write everything. Linux keeps a
/// file-system user for each thread (setfsuid(2)), so that other tests are not concerned.
private func asNobody<Value>(_ body: () throws -> Value) throws -> Value {
  guard geteuid() == 0 else { return try body() }
  typealias SetUser = @convention(c) (UInt32) -> Int32
  let symbol = try #require(dlsym(nil, "setfsuid"))
  let setUser = unsafeBitCast(symbol, to: SetUser.self)
  _ = setUser(65_534)
  defer { _ = setUser(0) }
  return try body()
}
