import Dispatch
import GRDB
import JobModel
import Testing

@testable import Store

/// How concurrent commits share transactions, and what becomes of them when one fails.
@Suite("The SQLite store's group commit", .timeLimit(.minutes(1)))
struct SQLiteGroupTests {
  /// A store whose first group is held until a number of others wait.
  private struct Held: Sendable {
    let folder: TemporaryFolder
    let store: SQLiteRunStore
    let groups = Collected<Int>()
    let transactions = Collected<String>()
    /// Opens when the first group is held.
    let isHeld = Gate()

    init(until waiting: Int, failing: Set<Int> = []) throws {
      let folder = try TemporaryFolder()
      let (groups, transactions, isHeld) = (groups, transactions, isHeld)
      let release = DispatchSemaphore(value: 0)
      let probe = GroupWriter.Probe(
        queued: { if $0 == waiting { release.signal() } },
        willBegin: { size in
          groups.append(size)
          guard groups.all.count == 1 else { return }
          isHeld.open()
          release.wait()
        },
        willCommit: { _ in
          if failing.contains(groups.all.count) { throw DatabaseError(resultCode: .SQLITE_FULL) }
        })
      self.folder = folder
      store = try folder.open(probe: probe) { configuration in
        configuration.prepareDatabase { database in
          database.trace { event in
            let text = "\(event)"
            if text.hasPrefix("BEGIN IMM") || text.hasPrefix("COMMIT") { transactions.append(text) }
          }
        }
      }
    }

    /// One batch alone, then so many at once while it is held; their results in this order.
    func run(_ batches: [[StoreWrite]]) async throws -> [Result<CommitResult, StoreError>] {
      let store = store
      return await withTaskGroup(of: (Int, Result<CommitResult, StoreError>).self) { group in
        for (number, batch) in batches.enumerated() {
          group.addTask {
            do throws(StoreError) {
              return (number, .success(try await store.commit(batch)))
            } catch {
              return (number, .failure(error))
            }
          }
          if number == 0 { await isHeld.wait() }
        }
        return await group.reduce(into: [:]) { $0[$1.0] = $1.1 }.sorted { $0.key < $1.key }.map(\.value)
      }
    }
  }

  @Test("What arrives while a transaction is written goes into the next one together")
  func gathers() async throws {
    let held = try Held(until: 63)
    let opening = held.transactions.all.count
    let results = try await held.run((0..<64).map { [.insertSlot(slot(key($0)))] })
    #expect(results == Array(repeating: .success(.committed), count: 64))
    #expect(held.groups.all == [1, 63])
    #expect(held.transactions.all.dropFirst(opening).filter { $0.hasPrefix("COMMIT") }.count == 2)
    await held.store.close()
  }

  @Test("A group is bounded; the rest waits for the next")
  func bounded() async throws {
    let count = GroupWriter.groupLimit + 10
    let held = try Held(until: count)
    _ = try await held.run((0...count).map { [.insertSlot(slot(key($0)))] })
    #expect(held.groups.all == [1, GroupWriter.groupLimit, 10])
    #expect(try await held.store.latestSlots(nightly, limit: 1_000).count == count + 1)
    await held.store.close()
  }

  @Test("A conflict takes back its own batch and no other of the group")
  func conflictAlone() async throws {
    let held = try Held(until: 30)
    let results = try await held.run(
      (0...30).map { number in
        [.insertSlot(slot(key(number))), .insertRun(run(runID(number % 3 == 0 ? key(-1) : key(number))))]
      })
    #expect(held.groups.all == [1, 30])
    for number in 0...30 {
      let isRefused = number % 3 == 0 && number > 0
      #expect(results[number] == .success(isRefused ? .conflict(at: 1) : .committed))
      #expect(try await held.store.slot(key(number)) == (isRefused ? nil : slot(key(number))))
    }
    await held.store.close()
  }

  @Test("When the commit fails, every batch of the group hears it, nothing is there, and the next works")
  func failedCommit() async throws {
    let held = try Held(until: 20, failing: [2])
    let results = try await held.run((0...20).map { [.insertSlot(slot(key($0)))] })
    #expect(results[0] == .success(.committed))
    for result in results.dropFirst() {
      guard case .failure(let error) = result else {
        Issue.record("a batch of the failed group was answered with \(result)")
        continue
      }
      #expect(error.code == .full)
    }
    #expect(try await held.store.latestSlots(nightly, limit: 100) == [slot(key(0))])
    try await write([.insertSlot(slot(key(1)))], to: held.store)
    await held.store.close()
  }

  @Test("Batches are written in the order in which they came")
  func order() async throws {
    let folder = try TemporaryFolder()
    let store = try folder.open()
    var state = JobState(job: nightly, mark: noon, firstSeenAt: noon)
    try await write([.insertJobState(state)], to: store)
    // Each batch needs the one before; a task group's immediate children enqueue in order.
    let results = try await withThrowingTaskGroup(of: CommitResult.self) { group in
      for version in 2...50 {
        state.version = version
        group.addImmediateTask { [state] in try await store.commit([.updateJobState(state)]) }
      }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    #expect(results == Array(repeating: .committed, count: 49))
    await store.close()
  }

  @Test("A commit that waits is not lost when its caller is cancelled, and neither are the others")
  func cancelledWhileWaiting() async throws {
    let held = try Held(until: 2)
    let store = held.store
    let leader = Task { try await store.commit([.insertSlot(slot(key(0)))]) }
    let waiting = (1...2).map { number in
      Task {
        await held.isHeld.wait()
        if number == 1 { withUnsafeCurrentTask { $0?.cancel() } }
        return try await store.commit([.insertSlot(slot(key(number)))])
      }
    }
    #expect(try await leader.value == .committed)
    for task in waiting { #expect(try await task.value == .committed) }
    #expect(try await store.latestSlots(nightly, limit: 9).count == 3)
    await store.close()
  }

  @Test("Closing waits for what was accepted; afterwards everything is an error, and nothing hangs")
  func close() async throws {
    let held = try Held(until: 11)
    let store = held.store
    async let results = held.run((0..<11).map { [.insertSlot(slot(key($0)))] })
    await held.isHeld.wait()
    // The eleventh in the queue is the closing itself.
    await store.close()
    #expect(try await results.allSatisfy { $0 == .success(.committed) || (try? $0.get()) == nil })
    #expect(await storeError { () throws(StoreError) in try await store.commit([.insertSlot(slot(key(99)))]) } != nil)
    #expect(await storeError { () throws(StoreError) in try await store.slot(key()) } != nil)
    await store.close()
    let again = try held.folder.open()
    let committed = try await results.filter { $0 == .success(.committed) }.count
    #expect(try await again.latestSlots(nightly, limit: 99).count == committed)
    await again.close()
  }

  @Test("Two stores on one file share the work: each slot is claimed by one of them")
  func twoStores() async throws {
    let folder = try TemporaryFolder()
    let stores = [try folder.open(), try folder.open()]
    let claims = try await withThrowingTaskGroup(of: (slot: Int, store: Int, result: CommitResult).self) { group in
      for number in 0..<60 {
        for (index, store) in stores.enumerated() {
          group.addTask {
            let batch: [StoreWrite] = [
              .insertSlot(slot(key(number))), .insertRun(run(runID(key(number)), version: index)),
            ]
            return (number, index, try await store.commit(batch))
          }
        }
      }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    let won = claims.filter { $0.result == .committed }
    #expect(Set(won.map(\.slot)).count == 60 && won.count == 60)
    #expect(claims.filter { $0.result == .conflict(at: 0) }.count == 60)
    for claim in won {
      for store in stores { #expect(try await store.run(runID(key(claim.slot)))?.version == claim.store) }
    }
    for store in stores { await store.close() }
  }
}
