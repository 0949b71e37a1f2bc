import JobModel
import Store
import Testing

/// Batches as a whole, instances, and concurrent callers, for every implementation of the port.
@Suite("Every store's batches")
struct RunStoreConformanceBatches {
  @Test("A batch sees its own earlier writes, and is there as a whole", arguments: StoreKind.allCases)
  func wholeBatch(kind: StoreKind) async throws {
    try await kind.withStore { store in
      let batch: [StoreWrite] = [
        .insertSlot(slot()), .insertRun(run()), .updateRun(run(version: 2)), .updateSlot(slot(version: 2)),
        .insertLaunch(launch()), .updateLaunch(launch(status: .submitted)), .appendHistory(runID(), [event(1)]),
        .putScope(runID(), scope: "", [1]), .insertMessage(message("a")),
        .insertJobState(JobState(job: nightly, mark: noon, firstSeenAt: noon)),
      ]
      #expect(try await store.commit([]) == .committed)
      try await write(batch, to: store)
      #expect(try await store.slot(key()) == slot(version: 2))
      #expect(try await store.run(runID()) == run(version: 2))
      #expect(try await store.launches(of: runID()) == [launch(status: .submitted)])
    }
  }

  @Test("A conflict at the end takes every kind of write back", arguments: StoreKind.allCases)
  func takenBack(kind: StoreKind) async throws {
    try await kind.withStore { store in
      let instance = try await store.register(first.instance, startedAt: noon, leaseUntil: noon)
      let state = JobState(job: nightly, mark: noon, firstSeenAt: noon)
      let owned = run(owner: instance.ownership)
      try await write(
        [
          .insertSlot(slot()), .insertRun(owned), .insertLaunch(launch()), .appendHistory(runID(), [event(1)]),
          .putScope(runID(), scope: "a", [1]), .insertMessage(message("a")), .insertJobState(state),
          .insertSlot(slot(key(5), state: .pending)), .advancePool("old", from: 0), .insertBackfill(backfill()),
          .requestStop(runID(), reason: "first"),
        ], to: store)
      let before = try await Picture(of: store)
      var marked = state
      marked.version = 2
      marked.mark = noon + .seconds(60)
      let other = runID(key(1))
      var sent = message("a")
      sent.sentAt = noon
      sent.version = 2
      let result = try await store.commit([
        .insertSlot(slot(key(1))), .updateSlot(slot(version: 2, state: .failed)), .insertRun(run(other)),
        .updateRun(run(status: .failed, owner: instance.ownership, version: 2)), .insertLaunch(launch(2)),
        .updateLaunch(launch(status: .failed)), .appendHistory(runID(), [event(2), event(3)]),
        .putScope(runID(), scope: "a", [2]), .putScope(runID(), scope: "b", [3]), .removeScope(runID(), scope: "a"),
        .insertMessage(message("b")), .updateMessage(sent), .updateJobState(marked),
        .insertJobState(JobState(job: hourly, mark: noon, firstSeenAt: noon)),
        .renewLease(instance.id, epoch: instance.epoch, until: noon + .seconds(99)),
        .updateSlot(slot(key(5), version: 2)), .insertSlot(slot(key(6), state: .pending)),
        .advancePool("old", from: 1), .advancePool("new", from: 0), .updateBackfill(backfill(version: 2)),
        .insertBackfill(backfill(after: 1)), .requestStop(other, reason: "second"), .insertSlot(slot()),
      ])
      #expect(result == .conflict(at: 22))
      #expect(try await Picture(of: store) == before)
    }
  }

  /// All that a store shows of the samples.
  private struct Picture: Equatable {
    var slots, runs, launches, history, scopes, messages, jobStates, instances, pending, pools, backfills, stops: String

    init(of store: any RunStore) async throws {
      slots = "\(try await store.slots(days: today...today))"
      runs = "\(try await store.activeRuns())" + "\(try await store.runs(of: key(1)))"
      launches = "\(try await store.launches(of: runID()))"
      history = "\(try await store.history(of: runID()))"
      scopes = "\(try await store.scopes(of: runID()))"
      messages = "\(try await store.unsentMessages(limit: 10))"
      jobStates = "\(try await store.jobStates())"
      instances = "\(try await store.instances())"
      pending = "\(try await store.pendingSlots())"
      pools = "\(try await store.poolVersion("old")) \(try await store.poolVersion("new"))"
      backfills = "\(try await store.activeBackfills())"
      stops = "\(try await store.stopRequests())"
    }
  }

  @Test("Of many who claim one slot at once, one wins", arguments: StoreKind.allCases)
  func concurrentClaims(kind: StoreKind) async throws {
    try await kind.withStore { store in
      let results = try await withThrowingTaskGroup(of: (Int, CommitResult).self) { group in
        for number in 0..<64 {
          group.addTask {
            let own = run(runID(key(number + 1)))
            return (number, try await store.commit([.insertRun(own), .insertSlot(slot(version: number))]))
          }
        }
        return try await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
      }
      let winners = results.filter { $0.value == .committed }.map(\.key)
      #expect(winners.count == 1)
      #expect(results.values.filter { $0 == .conflict(at: 1) }.count == 63)
      #expect(try await store.slot(key())?.version == winners.first)
      #expect(try await store.activeRuns().map(\.id) == winners.map { runID(key($0 + 1)) })
    }
  }

  @Test("A reader sees every batch whose commit has returned", arguments: StoreKind.allCases)
  func readYourWrites(kind: StoreKind) async throws {
    try await kind.withStore { store in
      try await withThrowingTaskGroup(of: Void.self) { group in
        for number in 0..<32 {
          group.addTask {
            try await write([.insertSlot(slot(key(number)))], to: store)
            #expect(try await store.slot(key(number)) == slot(key(number)))
          }
        }
        try await group.waitForAll()
      }
      #expect(try await store.latestSlots(nightly, limit: 100).count == 32)
    }
  }

  @Test("A caller that is cancelled still writes and still reads", arguments: StoreKind.allCases)
  func cancelled(kind: StoreKind) async throws {
    try await kind.withStore { store async throws in
      let task = Task {
        withUnsafeCurrentTask { $0?.cancel() }
        try await write([.insertSlot(slot())], to: store)
        return try await store.slot(key())
      }
      #expect(try await task.value == slot())
    }
  }

  @Test("Every instance gets a greater epoch than all before, removed ones included", arguments: StoreKind.allCases)
  func epochs(kind: StoreKind) async throws {
    try await kind.withStore { store in
      var epochs: [Int] = []
      for name in ["a", "b", "a", "c"] {
        let instance = try await store.register(InstanceID(name), startedAt: noon, leaseUntil: noon + .seconds(1))
        #expect(instance.id == InstanceID(name) && instance.startedAt == noon)
        epochs.append(instance.epoch)
        if name != "c" { try await store.removeInstance(InstanceID(name)) }
      }
      #expect(epochs == [1, 2, 3, 4])
      #expect(try await store.instances().map(\.id) == ["c"])
    }
  }

  @Test("Instances that register at once get different epochs", arguments: StoreKind.allCases)
  func concurrentRegistration(kind: StoreKind) async throws {
    try await kind.withStore { store in
      let epochs = try await withThrowingTaskGroup(of: Int.self) { group in
        for number in 0..<20 {
          group.addTask {
            try await store.register(InstanceID("host-\(number)"), startedAt: noon, leaseUntil: noon).epoch
          }
        }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      #expect(epochs.sorted() == Array(1...20))
    }
  }

  @Test("An instance with a running run is not removed", arguments: StoreKind.allCases)
  func removal(kind: StoreKind) async throws {
    try await kind.withStore { store in
      let owner = try await store.register("host-1", startedAt: noon, leaseUntil: noon).ownership
      try await write([.insertRun(run(owner: owner))], to: store)
      try await store.removeInstance("host-1")
      #expect(try await store.instances().count == 1)
      try await write([.updateRun(run(status: .succeeded, owner: owner, version: 2))], to: store)
      try await store.removeInstance("host-1")
      try await store.removeInstance("never there")
      #expect(try await store.instances().isEmpty)
    }
  }

  @Test("The installation's name is drawn from the random source", arguments: StoreKind.allCases)
  func installationID(kind: StoreKind) async throws {
    try await kind.withStore { store in
      #expect(store.installationID == "910a2dec89025cc1")
    }
  }
}
