import GRDB
import JobModel
import SimulatedDisk
import TestSupport
import Testing

@testable import Store

/// The store on a disk that fails in each of its operations, loses power, and outlives its process: what was
/// committed is there, no batch is there by half, and the store goes on.
@Suite("The SQLite store on a failing disk", .timeLimit(.minutes(5)))
struct SQLiteDiskTests {
  /// A disk, and what is known of the batches that were written to it.
  private final class Trial {
    private static let database = "jobd.sqlite"

    let folder: TemporaryFolder
    let disk: SimulatedDisk
    private let random: SeededRandom
    /// The batches whose commit has returned that they are committed.
    private(set) var committed: Set<Int> = []

    init(seed: Int = 0) throws {
      folder = try TemporaryFolder(isInMemory: true)
      disk = try SimulatedDisk(folder: folder.root)
      random = SeededRandom(seed: UInt64(seed))
    }

    func choose(_ bound: Int) -> Int { Int(random.next() % UInt64(bound)) }

    /// The log is emptied into the database every few pages, so that this happens within a few commits.
    func open(_ owner: SimulatedDisk.Owner) throws(StoreError) -> SQLiteRunStore {
      try SQLiteRunStore(
        path: disk.path(Self.database, of: owner), random: SeededRandom(seed: 1), logger: quietLogger,
        probe: GroupWriter.Probe()
      ) { configuration in
        configuration.prepareDatabase { try $0.execute(sql: "PRAGMA wal_autocheckpoint = 12") }
      }
    }

    /// The slot, the run and a snapshot of two pages.
    static func batch(_ number: Int) -> [StoreWrite] {
      let id = runID(key(number))
      return [
        .insertSlot(slot(key(number))), .insertRun(run(id)),
        .putScope(id, scope: "", Array(repeating: UInt8(number % 256), count: 6_000)),
      ]
    }

    /// Commits a batch; returns the error, if there was one.
    @discardableResult
    func commit(_ number: Int, to store: SQLiteRunStore) async -> StoreError? {
      do throws(StoreError) {
        #expect(try await store.commit(Self.batch(number)) == .committed)
        committed.insert(number)
        return nil
      } catch {
        return error
      }
    }

    /// Expects that a batch is there as a whole or not at all, and what was committed is; returns whether it is.
    func isThere(_ number: Int, in store: SQLiteRunStore) async throws -> Bool {
      let id = runID(key(number))
      let parts = try await [
        store.slot(key(number)) != nil, store.run(id) != nil, store.scopes(of: id)[""]?.count == 6_000,
      ]
      #expect(Set(parts).count == 1, "batch \(number) is there by half: \(parts)")
      #expect(parts[0] || !committed.contains(number), "batch \(number) was committed, and is gone")
      return parts[0]
    }

    /// One process's life on an empty or used file: opens it, commits batches, closes it.
    ///
    /// - Returns: the batches that were refused, with the error; that of opening has the number -1.
    func live(_ owner: SimulatedDisk.Owner, _ batches: Range<Int>) async -> [(number: Int, error: StoreError)] {
      let store: SQLiteRunStore
      do throws(StoreError) {
        store = try open(owner)
      } catch {
        return [(-1, error)]
      }
      var refused: [(number: Int, error: StoreError)] = []
      for number in batches {
        if let error = await commit(number, to: store) { refused.append((number, error)) }
      }
      await store.close()
      return refused
    }

    /// The life that finds the disk healed: all is well, and what is missing can be written.
    func recover(_ batches: Range<Int>) async throws {
      let store = try open(disk.makeOwner())
      for number in batches where try await !isThere(number, in: store) {
        #expect(await commit(number, to: store) == nil)
      }
      await store.close()
      let again = try open(disk.makeOwner())
      for number in batches { #expect(try await isThere(number, in: again)) }
      await again.close()
    }
  }

  /// Every seventh operation, and others where a part of a page is written.
  private static func some(of count: Int, written: Int) -> StrideTo<Int> {
    stride(from: written == 0 ? 0 : 3, to: count, by: 7)
  }

  /// Every way of failing, with nothing or a part of a page written.
  private static let failures = SimulatedDisk.Failure.allCases.flatMap { failure in
    [0, 700].map { (failure, $0) }
  }

  private static func operations(_ work: (Trial) async throws -> Void) async throws -> Int {
    let trial = try Trial()
    try await work(trial)
    return trial.disk.counts.operations
  }

  @Test("Whichever operation of opening a new file fails, it opens the next time", arguments: failures)
  func opening(failure: SimulatedDisk.Failure, written: Int) async throws {
    let count = try await Self.operations { trial in
      let refused = try await trial.live(trial.disk.makeOwner(), 0..<0)
      #expect(refused.isEmpty)
    }
    #expect(count > 20)
    for number in Self.some(of: count, written: written) {
      let trial = try Trial(seed: number)
      trial.disk.fail(.all, after: number, with: failure, writing: written)
      _ = try await trial.live(trial.disk.makeOwner(), 0..<0)
      if failure == .power { try trial.disk.cutPower(choose: trial.choose) }
      trial.disk.heal()
      try await trial.recover(0..<2)
    }
  }

  @Test("Whatever operation fails, what was committed is there, and no batch by half", arguments: failures)
  func working(failure: SimulatedDisk.Failure, written: Int) async throws {
    let (before, all) = (0..<2, 0..<8)
    let count = try await Self.operations { trial in
      var refused = try await trial.live(trial.disk.makeOwner(), before)
      let opened = trial.disk.counts.operations
      refused += try await trial.live(trial.disk.makeOwner(), 2..<8)
      #expect(refused.isEmpty)
      // Else the loop below would cover less than it seems to.
      #expect(trial.disk.counts.operations - opened > 30)
    }
    for number in Self.some(of: count, written: written) {
      let trial = try Trial(seed: number)
      #expect(try await trial.live(trial.disk.makeOwner(), before).isEmpty)
      let owner = try trial.disk.makeOwner()
      trial.disk.fail(.all, after: number, of: owner, with: failure, writing: written)
      let refused = await trial.live(owner, 2..<8)
      switch failure {
      case .full, .inputOutput:
        // One fault costs one commit, or the opening; none of them where a checkpoint meets it.
        #expect(refused.count <= 1, "operation \(number): \(refused)")
      case .killed: #expect(refused.isEmpty || trial.disk.isDead(owner))
      case .power: try trial.disk.cutPower(choose: trial.choose)
      }
      trial.disk.heal()
      try await trial.recover(all)
    }
  }

  @Test("A store goes on by itself when a commit has failed, and what failed is not there", arguments: [0, 700, 4_096])
  func goesOn(written: Int) async throws {
    for number in Self.some(of: 40, written: written) {
      let trial = try Trial(seed: number)
      let owner = try trial.disk.makeOwner()
      let store = try trial.open(owner)
      await trial.commit(0, to: store)
      let failure: SimulatedDisk.Failure = number % 2 == 0 ? .full : .inputOutput
      trial.disk.fail(.all, after: number / 2, of: owner, with: failure, writing: written)
      for batch in 1..<6 where await trial.commit(batch, to: store) != nil {
        #expect(try await !trial.isThere(batch, in: store))
        #expect(await trial.commit(batch, to: store) == nil)
      }
      #expect(trial.committed.count == 6)
      await store.close()
      try await trial.recover(0..<6)
    }
  }

  @Test("When a process is killed in any operation, the other one goes on at once", arguments: [0, 700])
  func neighbour(written: Int) async throws {
    var deaths = 0
    for number in Self.some(of: 60, written: written) {
      let trial = try Trial(seed: number)
      let owners = try [trial.disk.makeOwner(), trial.disk.makeOwner()]
      let stores = [try trial.open(owners[0]), try trial.open(owners[1])]
      trial.disk.fail(.all, after: number, of: owners[0], with: .killed, writing: written)
      for batch in 0..<10 {
        let wasDead = trial.disk.isDead(owners[0])
        let error = await trial.commit(batch, to: stores[batch % 2])
        if batch % 2 == 0 {
          // Who dies after the commit, while the log is emptied, has committed.
          #expect(error == nil || trial.disk.isDead(owners[0]))
          #expect(error != nil || !wasDead)
        } else {
          #expect(error == nil)
        }
        for earlier in 0...batch { _ = try await trial.isThere(earlier, in: stores[1]) }
      }
      deaths += trial.disk.isDead(owners[0]) ? 1 : 0
      for store in stores { await store.close() }
      try await trial.recover(0..<10)
    }
    #expect(deaths > 3)
  }

  @Test("A full disk refuses commits as such until it is healed; reading goes on", arguments: [false, true])
  func full(reopened: Bool) async throws {
    let trial = try Trial()
    var owner = try trial.disk.makeOwner()
    var store = try trial.open(owner)
    for number in 0..<3 { #expect(await trial.commit(number, to: store) == nil) }
    trial.disk.state = .full
    var refused = 0
    for number in 3..<20 {
      guard let error = await trial.commit(number, to: store) else { continue }
      refused += 1
      #expect(error.code == .full)
      #expect(error.message.contains("free some space"))
      for earlier in 0...number {
        #expect(try await trial.isThere(earlier, in: store) == trial.committed.contains(earlier))
      }
    }
    #expect(refused > 0)
    if reopened {
      await store.close()
      trial.disk.state = .healthy
      owner = try trial.disk.makeOwner()
      store = try trial.open(owner)
    }
    trial.disk.state = .healthy
    for number in 20..<24 { #expect(await trial.commit(number, to: store) == nil) }
    await store.close()
    try await trial.recover(0..<24)
  }

  @Test("Of many lives that end with the power, none loses what was committed", arguments: 0..<6)
  func lives(seed: Int) async throws {
    let trial = try Trial(seed: seed)
    for life in 0..<6 {
      let owners = try [trial.disk.makeOwner(), trial.disk.makeOwner()]
      trial.disk.fail(.all, after: trial.choose(120), with: .power, writing: trial.choose(5_000))
      let batches = life * 6..<life * 6 + 6
      _ = await trial.live(owners[0], batches.lowerBound..<batches.lowerBound + 3)
      _ = await trial.live(owners[1], batches.lowerBound + 3..<batches.upperBound)
      try trial.disk.cutPower(choose: trial.choose)
      trial.disk.heal()
      let store = try trial.open(trial.disk.makeOwner())
      for number in 0..<batches.upperBound { _ = try await trial.isThere(number, in: store) }
      await store.close()
    }
    try await trial.recover(0..<36)
  }
}
