import GRDB
import SimulatedDisk
import TestSupport
import Testing

@testable import Store

/// The simulated disk itself: that it takes what was not durable and nothing else, ends what belongs to a
/// process and nothing else, and that its faults strike where they are meant to.
@Suite("The simulated disk", .timeLimit(.minutes(1)))
struct SimulatedDiskTests {
  private struct Machine {
    let folder: TemporaryFolder
    let disk: SimulatedDisk

    init() throws {
      folder = try TemporaryFolder(isInMemory: true)
      disk = try SimulatedDisk(folder: folder.root)
    }

    func open(_ owner: SimulatedDisk.Owner, synchronous: String = "FULL") throws -> DatabaseQueue {
      var configuration = Configuration()
      configuration.allowsUnsafeTransactions = true
      configuration.prepareDatabase { database in
        try database.execute(
          sql: "PRAGMA journal_mode = WAL; PRAGMA synchronous = \(synchronous); PRAGMA wal_autocheckpoint = 0")
      }
      return try DatabaseQueue(path: disk.path("a.sqlite", of: owner), configuration: configuration)
    }

    func open(synchronous: String = "FULL") throws -> DatabaseQueue {
      try open(try disk.makeOwner(), synchronous: synchronous)
    }

    /// The rows that a new process finds.
    func rows() throws -> Int? {
      let queue = try open()
      defer { try? queue.close() }
      return try queue.rows()
    }
  }

  @Test("A power failure takes what was not synced, and only that", arguments: ["FULL", "OFF"])
  func power(synchronous: String) throws {
    let machine = try Machine()
    let queue = try machine.open()
    try queue.insert()
    try queue.close()
    let other = try machine.open(synchronous: synchronous)
    try other.insert()
    try machine.disk.cutPower(.everything) { _ in 0 }
    #expect(throws: DatabaseError.self) { try other.insert() }
    #expect(throws: DatabaseError.self) { try other.rows() }
    // The dead process's connection is still open: what it knows of the log must not count.
    #expect(try machine.rows() == (synchronous == "FULL" ? 2 : 1))
    try? other.close()
    #expect(try machine.rows() == (synchronous == "FULL" ? 2 : 1))
  }

  @Test("A power failure without a sync leaves what its loss says")
  func losses() throws {
    var seen: [SimulatedDisk.Loss: Set<Int>] = [:]
    for seed in 0..<40 {
      for loss in SimulatedDisk.Loss.allCases {
        let machine = try Machine()
        let random = SeededRandom(seed: UInt64(seed))
        let queue = try machine.open()
        try queue.insert()
        let other = try machine.open(synchronous: "NORMAL")
        for _ in 0..<4 { try other.insert() }
        try machine.disk.cutPower(loss) { Int(random.next() % UInt64($0)) }
        try? queue.close()
        try? other.close()
        seen[loss, default: []].insert(try machine.rows() ?? 0)
      }
    }
    #expect(seen[.nothing] == [5])
    #expect(seen[.everything] == [1])
    #expect(seen[.latest] == [1, 2, 3, 4, 5])
    #expect(seen[.sectors]?.isSuperset(of: [1, 2]) == true)
  }

  @Test("The same calls have the same effects")
  func repeats() throws {
    func history(seed: UInt64) throws -> [Int] {
      let machine = try Machine()
      let random = SeededRandom(seed: seed)
      var history: [Int] = []
      for _ in 0..<4 {
        machine.disk.fail(.all, after: Int(random.next() % 40), with: .power, writing: Int(random.next() % 4_096))
        if let queue = try? machine.open(synchronous: "NORMAL") {
          for _ in 0..<8 { history.append((try? queue.insert()) == nil ? 0 : 1) }
          try? queue.close()
        }
        try machine.disk.cutPower { Int(random.next() % UInt64($0)) }
        machine.disk.heal()
        history.append((try? machine.rows()) ?? -1)
        history.append(machine.disk.counts.operations)
        history.append(machine.disk.counts.bytes)
      }
      return history
    }
    for seed in 0..<10 { #expect(try history(seed: UInt64(seed)) == history(seed: UInt64(seed))) }
    #expect(try history(seed: 1) != history(seed: 2))
  }

  @Test("A killed process holds no lock and changes nothing, not even when its connection is closed")
  func kill() throws {
    let machine = try Machine()
    let owner = try machine.disk.makeOwner()
    let queue = try machine.open(owner)
    try queue.insert()
    try queue.writeWithoutTransaction { database in
      try database.beginTransaction(.immediate)
      try database.execute(sql: "INSERT INTO rows VALUES (zeroblob(5000))")
    }
    let other = try machine.open()
    #expect(throws: DatabaseError.self) { try other.insert() }
    machine.disk.kill(owner)
    #expect(machine.disk.isDead(owner))
    let counts = machine.disk.counts
    try? queue.close()
    #expect(machine.disk.counts == counts)
    try other.insert()
    #expect(try other.rows() == 2)
    #expect(throws: DatabaseError.self) { try machine.open(owner) }
    try other.close()
    #expect(try machine.rows() == 2)
  }

  @Test("A fault strikes the operation and the owner that it is meant for, once")
  func aim() throws {
    let machine = try Machine()
    let owners = try [machine.disk.makeOwner(), machine.disk.makeOwner()]
    let queues = try owners.map { try machine.open($0) }
    for queue in queues { try queue.insert() }
    machine.disk.fail(.sync, after: 1, of: owners[1], with: .inputOutput)
    for _ in 0..<3 { try queues[0].insert() }
    try queues[1].insert()
    let unsynced = #expect(throws: DatabaseError.self) { try queues[1].insert() }
    #expect(unsynced?.extendedResultCode == .SQLITE_IOERR_FSYNC)
    try queues[1].insert()
    machine.disk.fail(.write, after: 0, with: .full, writing: 10)
    let refused = #expect(throws: DatabaseError.self) { try queues[0].insert() }
    #expect(refused?.resultCode == .SQLITE_FULL)
    machine.disk.fail(.write, after: 0, with: .inputOutput)
    machine.disk.heal()
    try queues[0].insert()
    #expect(try queues[1].rows() == 8)
    for queue in queues { try queue.close() }
  }

  @Test("Databases elsewhere know nothing of it")
  func elsewhere() throws {
    let machine = try Machine()
    machine.disk.state = .failing
    #expect(throws: DatabaseError.self) { try machine.open().insert() }
    let folder = try TemporaryFolder(isInMemory: true)
    let counts = machine.disk.counts
    try folder.withDatabase { try $0.execute(sql: "CREATE TABLE rows (content); INSERT INTO rows VALUES (1)") }
    #expect(machine.disk.counts == counts)
    let second = try Machine()
    try second.open().insert()
    #expect(second.disk.counts.syncs > 0)
    #expect(machine.disk.counts == counts)
  }
}

extension DatabaseQueue {
  fileprivate func insert() throws {
    try writeWithoutTransaction { database in
      try database.execute(sql: "CREATE TABLE IF NOT EXISTS rows (content)")
      try database.execute(sql: "INSERT INTO rows VALUES (zeroblob(300))")
    }
  }

  fileprivate func rows() throws -> Int? {
    try writeWithoutTransaction { try Int.fetchOne($0, sql: "SELECT count(*) FROM rows") }
  }
}
