import JobModel
import Store
import Testing

/// Pools, backfills and requests to stop, for every implementation of the port.
@Suite("Every store's pools, backfills and requests to stop")
struct RunStoreConformanceOperations {
  @Test("A pool goes on from the version that somebody saw, and from no other", arguments: StoreKind.allCases)
  func pools(kind: StoreKind) async throws {
    try await kind.withStore { store in
      for version in [-1, 1, 2] { try await refused(.advancePool("db", from: version), by: store) }
      try await write([.advancePool("db", from: 0)], to: store)
      #expect(try await store.poolVersion("db") == 1)
      for version in [0, 2] { try await refused(.advancePool("db", from: version), by: store) }
      try await write([.advancePool("db", from: 1), .advancePool("db", from: 2)], to: store)
      #expect(try await store.poolVersion("db") == 3)
      #expect(try await store.poolVersion("DB") == 0)
      try await write([.advancePool("", from: 0)], to: store)
      #expect(try await store.poolVersion("") == 1)
    }
  }

  @Test("Of many who take the same place in a pool at once, one gets it", arguments: StoreKind.allCases)
  func concurrentPlaces(kind: StoreKind) async throws {
    try await kind.withStore { store in
      let results = try await withThrowingTaskGroup(of: CommitResult.self) { group in
        for number in 0..<32 {
          group.addTask {
            try await store.commit([.insertRun(run(runID(key(number)))), .advancePool("db", from: 0)])
          }
        }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      #expect(results.filter { $0 == .committed }.count == 1)
      #expect(results.filter { $0 == .conflict(at: 1) }.count == 31)
      #expect(try await store.activeRuns().count == 1)
      #expect(try await store.poolVersion("db") == 1)
    }
  }

  private func child(_ job: JobName = nightly, _ number: Int = 0, named name: String, launch: Int = 1) -> ChildRun {
    ChildRun(
      slot: SlotKey(job: job, scheduledAt: noon + .seconds(number)), name: name,
      launch: LaunchID(run: runID(), number: launch))
  }

  @Test("A child's name is given once in its job, and its slot is one child's", arguments: StoreKind.allCases)
  func children(kind: StoreKind) async throws {
    try await kind.withStore { store in
      #expect(try await store.child(of: nightly, named: "june") == nil)
      try await write([.insertChild(child(named: "june"))], to: store)
      try await refused(.insertChild(child(nightly, 1, named: "june", launch: 2)), by: store)
      try await refused(.insertChild(child(named: "july")), by: store)
      let others = [child(nightly, 1, named: "June"), child(hourly, named: "june")]
      try await write(others.map { .insertChild($0) }, to: store)
      #expect(try await store.child(of: nightly, named: "june") == child(named: "june"))
      #expect(try await store.child(of: nightly, named: "June") == others[0])
      #expect(try await store.child(at: others[1].slot) == others[1])
      #expect(try await store.child(at: SlotKey(job: hourly, scheduledAt: noon + .seconds(9))) == nil)
    }
  }

  @Test("A child whose batch is taken back was never there", arguments: StoreKind.allCases)
  func childTakenBack(kind: StoreKind) async throws {
    try await kind.withStore { store in
      let batch: [StoreWrite] = [.insertChild(child(named: "june")), .updateSlot(slot(version: 9))]
      #expect(try await store.commit(batch) == .conflict(at: 1))
      #expect(try await store.child(of: nightly, named: "june") == nil)
      #expect(try await store.child(at: child(named: "june").slot) == nil)
      try await write([.insertChild(child(nightly, 1, named: "june"))], to: store)
    }
  }

  @Test("Of many who start the same child at once, one does", arguments: StoreKind.allCases)
  func concurrentChildren(kind: StoreKind) async throws {
    try await kind.withStore { store in
      let results = try await withThrowingTaskGroup(of: CommitResult.self) { group in
        for number in 0..<32 {
          group.addTask { try await store.commit([.insertChild(child(nightly, number, named: "june"))]) }
        }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      #expect(results.filter { $0 == .committed }.count == 1)
    }
  }

  @Test("A backfill is made once, then replaced by versions", arguments: StoreKind.allCases)
  func backfills(kind: StoreKind) async throws {
    try await kind.withStore { store in
      try await refused(.updateBackfill(backfill(version: 2)), by: store)
      try await write([.insertBackfill(backfill())], to: store)
      try await refused(.insertBackfill(backfill(version: 7)), by: store)
      for version in [0, 1, 3] { try await refused(.updateBackfill(backfill(version: version)), by: store) }
      let others = [backfill(after: 60), backfill(hourly, after: 90)]
      try await write(others.reversed().map { .insertBackfill($0) }, to: store)
      #expect(try await store.activeBackfills() == [others[1], backfill(), others[0]])
      var done = backfill(version: 2)
      done.state = .done
      done.mark = noon + .seconds(5)
      done.started = 4
      try await write([.updateBackfill(done)], to: store)
      var cancelled = others[1]
      cancelled.state = .cancelled
      cancelled.version = 2
      try await write([.updateBackfill(cancelled)], to: store)
      #expect(try await store.activeBackfills() == [others[0]])
      #expect(try await store.backfills(of: nightly) == [done, others[0]])
      #expect(try await store.backfills(of: hourly) == [cancelled])
    }
  }

  /// What a store shows of its requests; tuples are no values to compare.
  private func requests(_ store: any RunStore) async throws -> [String] {
    try await store.stopRequests().map { "\($0.run): \($0.reason)" }
  }

  @Test("The first request to stop a run stays until the run is over", arguments: StoreKind.allCases)
  func stopRequests(kind: StoreKind) async throws {
    try await kind.withStore { store in
      let (one, two) = (runID(), runID(rerun: 1))
      try await write([.insertRun(run(one)), .insertRun(run(two))], to: store)
      try await write([.requestStop(two, reason: "b"), .requestStop(one, reason: "it's 'quoted'")], to: store)
      try await write([.requestStop(one, reason: "later"), .requestStop(one, reason: "later")], to: store)
      #expect(try await requests(store) == ["\(one): it's 'quoted'", "\(two): b"])
      try await write([.updateRun(run(one, version: 2))], to: store)
      #expect(try await requests(store).count == 2)
      try await refused(.updateRun(run(one, status: .aborted, version: 9)), by: store)
      #expect(try await requests(store).count == 2)
      try await write([.updateRun(run(one, status: .aborted, version: 3))], to: store)
      #expect(try await requests(store) == ["\(two): b"])
    }
  }

  @Test("A request whose run's end is taken back stays", arguments: StoreKind.allCases)
  func stopRequestTakenBack(kind: StoreKind) async throws {
    try await kind.withStore { store in
      try await write([.insertRun(run()), .requestStop(runID(), reason: "why")], to: store)
      let batch: [StoreWrite] = [.updateRun(run(status: .failed, version: 2)), .updateSlot(slot(version: 2))]
      #expect(try await store.commit(batch) == .conflict(at: 1))
      #expect(try await requests(store) == ["\(runID()): why"])
    }
  }

  @Test("A run that is adopted is still to be stopped", arguments: StoreKind.allCases)
  func stopAfterAdoption(kind: StoreKind) async throws {
    try await kind.withStore { store in
      let heir = try await store.register("host-2", startedAt: noon, leaseUntil: noon + .seconds(30)).ownership
      try await write([.insertRun(run()), .requestStop(runID(), reason: "why")], to: store)
      try await write([.adoptRun(run(owner: heir, version: 2), from: first, now: noon)], to: store)
      #expect(try await requests(store) == ["\(runID()): why"])
    }
  }
}
