import JobModel
import Store
import Testing

/// What the reads find and in which order, for every implementation of the port.
@Suite("Every store's reads")
struct RunStoreConformanceReads {
  @Test("An empty store has nothing", arguments: StoreKind.allCases)
  func empty(kind: StoreKind) async throws {
    try await kind.withStore { store async throws in
      #expect(try await store.instances().isEmpty)
      #expect(try await store.jobStates().isEmpty)
      #expect(try await store.slot(key()) == nil)
      #expect(try await store.latestSlots(nightly, limit: 3).isEmpty)
      #expect(try await store.run(runID()) == nil)
      #expect(try await store.runs([runID()]).isEmpty)
      #expect(try await store.activeRuns().isEmpty)
      #expect(try await store.scopes(of: runID()).isEmpty)
      #expect(try await store.unsentMessages(limit: 5).isEmpty)
      #expect(try await store.messages(of: key()).isEmpty)
      #expect(try await store.pendingSlots().isEmpty)
      #expect(try await store.activeRuns(inPool: "db").isEmpty)
      #expect(try await store.successfulDurations(of: nightly, limit: 5).isEmpty)
      #expect(try await store.stopRequests().isEmpty)
      #expect(try await store.poolVersion("db") == 0)
      #expect(try await store.activeBackfills().isEmpty)
      #expect(try await store.backfills(of: nightly).isEmpty)
      #expect(try await store.openLaunches(of: runID()).isEmpty)
      #expect(try await store.latestLaunches(of: runID(), failed: false, limit: 5).isEmpty)
      #expect(try await store.taskAnswers().isEmpty)
      #expect(try await store.prune(Retention(), now: noon, limit: 10) == 0)
    }
  }

  @Test("Slots come by day, job and instant", arguments: StoreKind.allCases)
  func slotsByDay(kind: StoreKind) async throws {
    try await kind.withStore { store in
      let days = (0..<4).map { today.adding(days: $0) }
      // Written backwards, so that no order comes from the order of writing.
      for day in days.reversed() {
        for hours in [5, 0] {
          for job in [nightly, hourly] {
            let key = key(24 * day.daysSince1970 - 24 * today.daysSince1970 + hours, of: job)
            try await write([.insertSlot(slot(key, day: day))], to: store)
          }
        }
      }
      let middle = days[1]...days[2]
      let hours = [24, 29, 48, 53]
      #expect(try await store.slots(nightly, days: middle).map(\.key) == hours.map { key($0) })
      #expect(
        try await store.slots(days: middle).map(\.key)
          == hours.map { key($0, of: hourly) } + hours.map { key($0, of: nightly) })
      #expect(try await store.slots(days: days[3].adding(days: 1)...days[3].adding(days: 9)).isEmpty)
      #expect(try await store.slots(days: today...days[3]).count == 16)
      #expect(try await store.slots(job("unknown"), days: middle).isEmpty)
    }
  }

  @Test("A job's latest slots come newest first, and no more than asked for", arguments: StoreKind.allCases)
  func latestSlots(kind: StoreKind) async throws {
    try await kind.withStore { store in
      for hours in [3, 1, -2, 2] { try await write([.insertSlot(slot(key(hours)))], to: store) }
      try await write([.insertSlot(slot(key(9, of: hourly)))], to: store)
      #expect(try await store.latestSlots(nightly, limit: 2).map(\.key) == [key(3), key(2)])
      #expect(try await store.latestSlots(nightly, limit: 100).map(\.key) == [key(3), key(2), key(1), key(-2)])
      #expect(try await store.latestSlots(nightly, limit: 0).isEmpty)
      #expect(try await store.latestSlots(nightly, limit: -1).isEmpty)
    }
  }

  @Test("Slots that wait come by job and instant, until they wait no more", arguments: StoreKind.allCases)
  func pendingSlots(kind: StoreKind) async throws {
    try await kind.withStore { store in
      for (number, state) in SlotState.allCases.enumerated() {
        try await write([.insertSlot(slot(key(number + 10), state: state))], to: store)
      }
      let waiting = [key(9, of: hourly), key(-1), key(2)].map { slot($0, state: .pending) }
      try await write(waiting.reversed().map { .insertSlot($0) }, to: store)
      let first = slot(key(10), state: .pending)
      #expect(try await store.pendingSlots() == waiting + [first])
      #expect(try await store.pendingSlots(of: nightly) == waiting.dropFirst() + [first])
      #expect(try await store.pendingSlots(of: job("unknown")).isEmpty)
      try await write([.updateSlot(slot(key(2), version: 2)), .updateSlot(slot(key(10), version: 2))], to: store)
      #expect(try await store.pendingSlots() == Array(waiting.prefix(2)))
    }
  }

  @Test("Running runs are found by their pool", arguments: StoreKind.allCases)
  func runsInPool(kind: StoreKind) async throws {
    try await kind.withStore { store in
      func pooled(_ id: RunID, _ pool: String?, _ status: RunStatus = .running, version: Int = 1) -> Run {
        var run = run(id, status: status, version: version)
        run.policy.pool = pool.map { PoolPlace(name: $0, limit: 2) }
        return run
      }
      let runs = [
        pooled(runID(key(3)), "db"), pooled(runID(key(1)), "db"), pooled(runID(key(2, of: hourly)), "db"),
        pooled(runID(key(4)), "other"), pooled(runID(key(5)), nil), pooled(runID(key(6)), "db", .succeeded),
      ]
      try await write(runs.map { .insertRun($0) }, to: store)
      #expect(try await store.activeRuns(inPool: "db") == [runs[2], runs[1], runs[0]])
      #expect(try await store.activeRuns(inPool: "other") == [runs[3]])
      #expect(try await store.activeRuns(inPool: "").isEmpty)
      let ended = pooled(runID(key(1)), "db", .failed, version: 2)
      try await write([.updateRun(ended)], to: store)
      #expect(try await store.activeRuns(inPool: "db") == [runs[2], runs[0]])
    }
  }

  @Test("Successful runs tell how long they took, the latest end first", arguments: StoreKind.allCases)
  func durations(kind: StoreKind) async throws {
    try await kind.withStore { store in
      func ended(_ hours: Int, of job: JobName = nightly, after length: Int, _ status: RunStatus = .succeeded) -> Run {
        var run = run(runID(key(hours, of: job)), status: status)
        run.startedAt = noon + .seconds(60 * hours)
        run.endedAt = run.startedAt + .milliseconds(length)
        return run
      }
      // The one that was scheduled first ends last.
      let runs = [
        ended(1, after: 900_001), ended(3, after: 20), ended(2, after: 7), ended(4, after: 8, .failed),
        ended(5, after: 9, .aborted), ended(6, of: hourly, after: 11), run(runID(key(7))),
      ]
      try await write(runs.map { .insertRun($0) }, to: store)
      let lengths = [900_001, 20, 7].map { Duration.milliseconds($0) }
      #expect(try await store.successfulDurations(of: nightly, limit: 10) == lengths)
      #expect(try await store.successfulDurations(of: nightly, limit: 2) == Array(lengths.prefix(2)))
      #expect(try await store.successfulDurations(of: hourly, limit: 1) == [.milliseconds(11)])
      #expect(try await store.successfulDurations(of: nightly, limit: 0).isEmpty)
      #expect(try await store.successfulDurations(of: nightly, limit: -3).isEmpty)
    }
  }

  @Test("A slot's messages are those of its runs and those of none", arguments: StoreKind.allCases)
  func messagesOfSlot(kind: StoreKind) async throws {
    try await kind.withStore { store in
      var missed = message("missed")
      missed.rerun = nil
      missed.event = .missed
      missed.createdAt = noon - .seconds(1)
      let messages = [message("b", of: runID(rerun: 1)), message("a"), missed, message("z", of: runID(key(1)))]
      try await write(messages.map { .insertMessage($0) }, to: store)
      #expect(try await store.messages(of: key()).map(\.id) == ["missed", "a", "b"])
      #expect(try await store.messages(of: runID()).map(\.id) == ["a"])
      #expect(try await store.messages(of: key(9)).isEmpty)
    }
  }

  @Test("Runs are found by id, by slot and while they run", arguments: StoreKind.allCases)
  func runs(kind: StoreKind) async throws {
    try await kind.withStore { store in
      let again = run(runID(rerun: 1), owner: Ownership(instance: "host-2", epoch: 2))
      let other = run(runID(key(1, of: hourly)))
      let done = run(status: .failed)
      try await write([.insertRun(other), .insertRun(again), .insertRun(done)], to: store)
      #expect(try await store.runs(of: key()) == [done, again])
      #expect(try await store.runs(of: key(7)).isEmpty)
      let found = try await store.runs([again.id, runID(key(7)), other.id, again.id])
      #expect(Set(found) == [again, other] && found.count == 2)
      #expect(try await store.activeRuns() == [other, again])
      #expect(try await store.activeRuns(of: nightly) == [again])
      #expect(try await store.activeRuns(of: job("unknown")).isEmpty)
      let ids = try await store.activeRunIDs(of: [hourly, job("unknown"), nightly])
      #expect(Set(ids) == [again.id, other.id] && ids.count == 2)
      #expect(try await store.activeRunIDs(of: [hourly]) == [other.id])
      #expect(try await store.activeRunIDs(of: []).isEmpty)
      let ended = run(runID(rerun: 1), status: .aborted, owner: again.owner, version: 2)
      try await write([.updateRun(ended)], to: store)
      #expect(try await store.activeRuns() == [other])
    }
  }

  @Test("Launches and events come in the order of their numbers", arguments: StoreKind.allCases)
  func order(kind: StoreKind) async throws {
    try await kind.withStore { store in
      let numbers = [10, 2, 1, 11, 3]
      try await write([.insertRun(run())] + numbers.map { .insertLaunch(launch($0)) }, to: store)
      try await write([.appendHistory(runID(), numbers.map { event($0) })], to: store)
      try await write([.insertLaunch(launch(4, of: runID(rerun: 1)))], to: store)
      #expect(try await store.launches(of: runID()).map(\.id.number) == [1, 2, 3, 10, 11])
      #expect(try await store.history(of: runID()).map(\.id) == [1, 2, 3, 10, 11])
    }
  }

  @Test("Unsent messages come with the earliest due first", arguments: StoreKind.allCases)
  func unsent(kind: StoreKind) async throws {
    try await kind.withStore { store in
      let other = runID(key(1))
      var sent = message("sent", dueIn: -100)
      sent.sentAt = noon
      let messages = [
        message("c", dueIn: 5), message("b", dueIn: 5), message("z", of: other, dueIn: 1), message("a", dueIn: 9), sent,
      ]
      try await write(messages.map { .insertMessage($0) }, to: store)
      #expect(try await store.unsentMessages(limit: 10).map(\.id) == ["z", "b", "c", "a"])
      #expect(try await store.unsentMessages(limit: 2).map(\.id) == ["z", "b"])
      #expect(try await store.unsentMessages(limit: -1).isEmpty)
      #expect(try await store.messages(of: other).map(\.id) == ["z"])
      var later = message("z", of: other, dueIn: 60)
      later.attempts = 1
      later.version = 2
      later.lastError = "throttled"
      try await write([.updateMessage(later)], to: store)
      #expect(try await store.unsentMessages(limit: 10).map(\.id) == ["b", "c", "a", "z"])
      #expect(try await store.messages(of: other) == [later])
    }
  }
}
