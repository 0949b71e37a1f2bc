import JobModel
import Store
import Testing

/// Every write's condition, where it holds and where it does not, for every implementation of the port.
@Suite("Every store's conditional writes")
struct RunStoreConformanceWrites {
  @Test("A slot is claimed once", arguments: StoreKind.allCases)
  func insertSlot(kind: StoreKind) async throws {
    try await kind.withStore { store in
      try await write([.insertSlot(slot())], to: store)
      try await refused(.insertSlot(slot(version: 7, state: .skipped)), by: store)
      #expect(try await store.slot(key()) == slot())
    }
  }

  @Test("A slot is replaced only where the version before is stored", arguments: StoreKind.allCases)
  func updateSlot(kind: StoreKind) async throws {
    try await kind.withStore { store in
      try await refused(.updateSlot(slot(version: 2)), by: store)
      try await write([.insertSlot(slot())], to: store)
      for version in [0, 1, 3] { try await refused(.updateSlot(slot(version: version)), by: store) }
      var done = slot(day: today.adding(days: 1), version: 2, state: .succeeded)
      done.reason = "because"
      done.trigger = .manual
      done.runs = 4
      try await write([.updateSlot(done)], to: store)
      #expect(try await store.slot(key()) == done)
      try await refused(.updateSlot(done), by: store)
    }
  }

  @Test("A run is begun once", arguments: StoreKind.allCases)
  func insertRun(kind: StoreKind) async throws {
    try await kind.withStore { store in
      try await write([.insertRun(run())], to: store)
      try await refused(.insertRun(run(version: 2)), by: store)
      try await write([.insertRun(run(runID(rerun: 1)))], to: store)
      #expect(try await store.run(runID()) == run())
    }
  }

  @Test("A run is written only by its owner, and only over the version before", arguments: StoreKind.allCases)
  func updateRun(kind: StoreKind) async throws {
    try await kind.withStore { store in
      try await refused(.updateRun(run(version: 2)), by: store)
      try await write([.insertRun(run())], to: store)
      for version in [0, 1, 3] { try await refused(.updateRun(run(version: version)), by: store) }
      let strangers = [Ownership(instance: "host-2", epoch: 1), Ownership(instance: "host-1", epoch: 2)]
      for owner in strangers { try await refused(.updateRun(run(owner: owner, version: 2)), by: store) }
      var other = run(status: .succeeded, version: 2, definition: "another")
      other.policy.timezone = "Asia/Tokyo"
      try await write([.updateRun(other)], to: store)
      #expect(try await store.run(runID()) == run(status: .succeeded, version: 2), "what it began with stays")
    }
  }

  @Test("A run is adopted only when its owner's lease has ended", arguments: StoreKind.allCases)
  func adoptRun(kind: StoreKind) async throws {
    try await kind.withStore { store in
      let until = noon + .seconds(30)
      let former = try await store.register("host-1", startedAt: noon, leaseUntil: until).ownership
      let heir = try await store.register("host-2", startedAt: noon, leaseUntil: until).ownership
      try await write([.insertRun(run(owner: former))], to: store)
      let adopted = run(owner: heir, version: 2)
      let justBefore = until - .milliseconds(1)
      try await refused(.adoptRun(adopted, from: former, now: justBefore), by: store)
      try await refused(.adoptRun(run(owner: heir, version: 3), from: former, now: until), by: store)
      try await refused(.adoptRun(adopted, from: heir, now: until), by: store)
      let otherEpoch = Ownership(instance: former.instance, epoch: former.epoch + 7)
      try await refused(.adoptRun(adopted, from: otherEpoch, now: until), by: store)
      try await write([.adoptRun(adopted, from: former, now: until)], to: store)
      #expect(try await store.run(runID()) == adopted)
      try await refused(.adoptRun(adopted, from: former, now: until), by: store)
    }
  }

  @Test("An owner that wakes up after an adoption can write nothing", arguments: StoreKind.allCases)
  func fencing(kind: StoreKind) async throws {
    try await kind.withStore { store in
      let former = try await store.register("host-1", startedAt: noon, leaseUntil: noon).ownership
      let heir = try await store.register("host-2", startedAt: noon, leaseUntil: noon + .seconds(30)).ownership
      try await write([.insertRun(run(owner: former))], to: store)
      try await write([.adoptRun(run(owner: heir, version: 2), from: former, now: noon)], to: store)
      for version in 1...4 { try await refused(.updateRun(run(owner: former, version: version)), by: store) }
      let late = run(status: .succeeded, owner: former, version: 2)
      let result = try await store.commit([.appendHistory(runID(), [event(1)]), .updateRun(late)])
      #expect(result == .conflict(at: 1))
      #expect(try await store.history(of: runID()).isEmpty)
      try await write([.updateRun(run(owner: heir, version: 3))], to: store)
    }
  }

  @Test("An owner that is not stored has no lease", arguments: StoreKind.allCases)
  func adoptFromUnknown(kind: StoreKind) async throws {
    try await kind.withStore { store in
      let heir = try await store.register("host-2", startedAt: noon, leaseUntil: noon + .seconds(30)).ownership
      let unknown = Ownership(instance: "gone", epoch: 77)
      try await write([.insertRun(run(owner: unknown))], to: store)
      try await write([.adoptRun(run(owner: heir, version: 2), from: unknown, now: noon)], to: store)
    }
  }

  @Test(
    "A lease belongs to an epoch: the same name registered again may adopt its own runs", arguments: StoreKind.allCases)
  func adoptFromEarlierSelf(kind: StoreKind) async throws {
    try await kind.withStore { store in
      let until = noon + .seconds(30)
      let before = try await store.register("host-1", startedAt: noon, leaseUntil: until).ownership
      try await write([.insertRun(run(owner: before))], to: store)
      let after = try await store.register("host-1", startedAt: noon, leaseUntil: until).ownership
      #expect(after.epoch > before.epoch)
      #expect(try await store.instances().map(\.ownership) == [after])
      try await write([.adoptRun(run(owner: after, version: 2), from: before, now: noon)], to: store)
    }
  }

  @Test("A launch is inserted once, and updated only where it is there", arguments: StoreKind.allCases)
  func launches(kind: StoreKind) async throws {
    try await kind.withStore { store in
      try await refused(.updateLaunch(launch()), by: store)
      try await write([.insertRun(run()), .insertLaunch(launch()), .insertLaunch(launch(2))], to: store)
      try await refused(.insertLaunch(launch(status: .failed)), by: store)
      try await refused(.updateLaunch(launch(3)), by: store)
      try await write([.updateLaunch(launch(status: .submitted))], to: store)
      #expect(try await store.launches(of: runID()) == [launch(status: .submitted), launch(2)])
    }
  }

  @Test("A history takes each id once", arguments: StoreKind.allCases)
  func history(kind: StoreKind) async throws {
    try await kind.withStore { store in
      try await write([.insertRun(run()), .appendHistory(runID(), [event(1), event(2)])], to: store)
      try await refused(.appendHistory(runID(), [event(3), event(2, type: "other")]), by: store)
      try await refused(.appendHistory(runID(), [event(4), event(4)]), by: store)
      try await write([.appendHistory(runID(), []), .appendHistory(runID(), [event(3)])], to: store)
      try await write([.appendHistory(runID(rerun: 1), [event(1)])], to: store)
      #expect(try await store.history(of: runID()) == [event(1), event(2), event(3)])
      #expect(try await store.history(of: runID(rerun: 1)) == [event(1)])
    }
  }

  @Test("A scope is replaced and removed, whatever was there", arguments: StoreKind.allCases)
  func scopes(kind: StoreKind) async throws {
    try await kind.withStore { store in
      let other = runID(rerun: 1)
      try await write(
        [
          .putScope(runID(), scope: "", [1]), .putScope(runID(), scope: "map/3", []),
          .putScope(other, scope: "", [9]),
        ], to: store)
      #expect(try await store.scopes(of: runID()) == ["": [1], "map/3": []])
      try await write(
        [
          .putScope(runID(), scope: "", [2, 0, 255]), .removeScope(runID(), scope: "map/3"),
          .removeScope(runID(), scope: "never"),
        ], to: store)
      #expect(try await store.scopes(of: runID()) == ["": [2, 0, 255]])
      #expect(try await store.scopes(of: other) == ["": [9]])
      try await refused(.insertMessageThatConflicts, by: store)
      let result = try await store.commit([
        .putScope(runID(), scope: "", [3]), .removeScope(other, scope: ""), .updateSlot(slot(version: 2)),
      ])
      #expect(result == .conflict(at: 2))
      #expect(try await store.scopes(of: runID()) == ["": [2, 0, 255]])
      #expect(try await store.scopes(of: other) == ["": [9]])
    }
  }

  @Test("A job's state is made once, then replaced by versions", arguments: StoreKind.allCases)
  func jobStates(kind: StoreKind) async throws {
    try await kind.withStore { store in
      var state = JobState(job: nightly, mark: noon, firstSeenAt: noon)
      state.version = 2
      try await refused(.updateJobState(state), by: store)
      state.version = 1
      try await write([.insertJobState(state)], to: store)
      try await refused(.insertJobState(state), by: store)
      for version in [0, 1, 3] {
        state.version = version
        try await refused(.updateJobState(state), by: store)
      }
      state = JobState(
        job: nightly, mark: noon + .seconds(1), firstSeenAt: noon, pause: Pause(since: noon, note: "why"), version: 2)
      try await write([.updateJobState(state)], to: store)
      #expect(try await store.jobState(nightly) == state)
      #expect(try await store.jobState(hourly) == nil)
      let other = JobState(job: hourly, mark: noon, firstSeenAt: noon, pause: Pause(since: noon))
      try await write([.insertJobState(other)], to: store)
      #expect(try await store.jobStates() == [other, state])
    }
  }

  @Test("Telling twice is one message, and the first stays", arguments: StoreKind.allCases)
  func messages(kind: StoreKind) async throws {
    try await kind.withStore { store in
      try await refused(.insertMessageThatConflicts, by: store)
      var changed = message("a")
      changed.subject = "another"
      try await write([.insertMessage(message("a")), .insertMessage(changed)], to: store)
      try await write([.insertMessage(changed)], to: store)
      #expect(try await store.messages(of: runID()) == [message("a")])
      changed.sentAt = noon
      try await refused(.updateMessage(changed), by: store)
      changed.version = 2
      try await write([.updateMessage(changed)], to: store)
      #expect(try await store.messages(of: runID()) == [changed])
      try await write([.insertMessage(message("a"))], to: store)
      #expect(try await store.unsentMessages(limit: 10).isEmpty)
    }
  }

  @Test("A lease is renewed only by the instance that holds it", arguments: StoreKind.allCases)
  func renewLease(kind: StoreKind) async throws {
    try await kind.withStore { store in
      try await refused(.renewLease("host-1", epoch: 1, until: noon), by: store)
      let instance = try await store.register("host-1", startedAt: noon, leaseUntil: noon)
      let later = noon + .seconds(30)
      try await refused(.renewLease("host-1", epoch: instance.epoch + 1, until: later), by: store)
      #expect(try await store.instances() == [instance])
      try await write([.renewLease("host-1", epoch: instance.epoch, until: later)], to: store)
      #expect(try await store.instances().map(\.leaseUntil) == [later])
    }
  }
}

extension StoreWrite {
  static let insertMessageThatConflicts = StoreWrite.updateMessage(message("not there"))
}
