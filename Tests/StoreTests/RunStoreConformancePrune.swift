import JobModel
import Store
import Testing

/// What a retention removes and what it leaves, for every implementation of the port.
@Suite("Every store's retention")
struct RunStoreConformancePrune {
  static let forEver = Retention(runs: nil, history: nil, logs: nil)
  static let aDay = Retention(runs: .seconds(86_400), history: nil, logs: nil)

  @Test(
    "A slot that was over before goes with all that belongs to it; the job's latest stays",
    arguments: StoreKind.allCases)
  func everything(kind: StoreKind) async throws {
    try await kind.withStore { store in
      for hours in [-60, -40, -30] {
        let child = ChildRun(slot: key(hours), name: "\(hours)", launch: LaunchID(run: runID(), number: 1))
        try await write(finished(key(hours)) + [.insertChild(child)], to: store)
      }
      #expect(try await store.prune(Self.aDay, now: noon, limit: 10) == 2)
      #expect(try await store.child(of: nightly, named: "-60") == nil)
      #expect(try await store.child(at: key(-30)) != nil)
      for hours in [-60, -40] {
        let id = runID(key(hours))
        #expect(try await store.slot(id.slot) == nil)
        #expect(try await store.runs(of: id.slot).isEmpty)
        #expect(try await store.launches(of: id).isEmpty)
        #expect(try await store.history(of: id).isEmpty)
        #expect(try await store.scopes(of: id).isEmpty)
        #expect(try await store.messages(of: id.slot).isEmpty)
      }
      let kept = runID(key(-30))
      #expect(try await store.latestSlots(nightly, limit: 9).map(\.key) == [kept.slot])
      #expect(try await store.runs(of: kept.slot).count == 1)
      #expect(try await store.launches(of: kept).count == 1)
      #expect(try await store.history(of: kept).count == 2)
      #expect(try await store.scopes(of: kept).count == 1)
      #expect(try await store.messages(of: kept.slot).count == 1)
      #expect(try await store.successfulDurations(of: nightly, limit: 9).count == 1)
      #expect(try await store.prune(Self.aDay, now: noon, limit: 10) == 0)
      try await write(finished(key(-60)), to: store)
    }
  }

  @Test("What is as old as the retention, to the millisecond, stays", arguments: StoreKind.allCases)
  func boundary(kind: StoreKind) async throws {
    try await kind.withStore { store in
      for hours in [-30, -29, -1] { try await write(finished(key(hours)), to: store) }
      let now = endOf(key(-30)) + .seconds(86_400)
      #expect(try await store.prune(Self.aDay, now: now, limit: 10) == 0)
      #expect(try await store.prune(Self.aDay, now: now + .milliseconds(1), limit: 10) == 1)
      #expect(try await store.slot(key(-30)) == nil)
      #expect(try await store.slot(key(-29)) != nil)
    }
  }

  @Test("What waits, runs or is owed stays, and so does the latest success", arguments: StoreKind.allCases)
  func kept(kind: StoreKind) async throws {
    try await kind.withStore { store in
      try await write(finished(key(-90), status: .succeeded), to: store)
      try await write(finished(key(-80), status: .succeeded), to: store)
      try await write([.insertSlot(slot(key(-70), state: .pending))], to: store)
      try await write([.insertSlot(slot(key(-69), state: .running)), .insertRun(run(runID(key(-69))))], to: store)
      // A rerun of a slot that says FAILED still.
      try await write(finished(key(-68), status: .failed), to: store)
      try await write([.insertRun(run(runID(key(-68), rerun: 1)))], to: store)
      try await write(finished(key(-67), status: .failed), to: store)
      try await write([.insertMessage(message("owed", of: runID(key(-67))))], to: store)
      try await write(finished(key(-66), status: .timedOut), to: store)
      try await write(finished(key(-65), status: .failed), to: store)
      #expect(try await store.prune(Self.aDay, now: noon, limit: 10) == 2)
      let kept = try await store.latestSlots(nightly, limit: 10).map(\.key)
      #expect(kept == [-65, -67, -68, -69, -70, -80].map { key($0) })
      var sent = message("owed", of: runID(key(-67)))
      sent.sentAt = noon
      sent.version = 2
      try await write([.updateMessage(sent)], to: store)
      try await write([.updateRun(ended(runID(key(-68), rerun: 1), at: key(-68), version: 2))], to: store)
      try await write([.updateSlot(slot(key(-70), version: 2, state: .skipped))], to: store)
      #expect(try await store.prune(Self.aDay, now: noon, limit: 10) == 3)
      #expect(try await store.latestSlots(nightly, limit: 10).map(\.key) == [-65, -69, -80].map { key($0) })
      // By number the same stay.
      #expect(
        try await store.prune(Retention(runs: nil, runsPerJob: 0, history: nil, logs: nil), now: noon, limit: 9) == 0)
    }
  }

  @Test(
    "A slot is as old as its latest run's end, in whatever order slot and run were written",
    arguments: StoreKind.allCases)
  func rerun(kind: StoreKind) async throws {
    try await kind.withStore { store in
      let old = key(-90)
      try await write(finished(old, status: .failed), to: store)
      try await write(finished(key(-1)), to: store)
      let again = runID(old, rerun: 1)
      try await write([.insertRun(run(again)), .updateSlot(slot(old, version: 2))], to: store)
      #expect(try await store.prune(Self.aDay, now: noon, limit: 10) == 0)
      let end: [StoreWrite] = [
        .updateRun(ended(again, at: key(-2), version: 2)), .updateSlot(slot(old, version: 3, state: .failed)),
      ]
      try await write(end, to: store)
      #expect(try await store.prune(Self.aDay, now: noon, limit: 10) == 0)
      let third = runID(old, rerun: 2)
      try await write([.insertRun(run(third)), .updateSlot(slot(old, version: 4))], to: store)
      try await write(
        [.updateSlot(slot(old, version: 5, state: .failed)), .updateRun(ended(third, at: key(-1), version: 2))],
        to: store)
      let later = endOf(key(-1)) + .seconds(86_400)
      #expect(try await store.prune(Self.aDay, now: later, limit: 10) == 0)
      #expect(try await store.prune(Self.aDay, now: later + .milliseconds(1), limit: 10) == 1)
      #expect(try await store.runs(of: old).isEmpty)
    }
  }

  @Test("A slot that was never run is as old as its scheduled instant", arguments: StoreKind.allCases)
  func neverRun(kind: StoreKind) async throws {
    try await kind.withStore { store in
      for (hours, state) in [(-26, SlotState.skipped), (-25, .missed), (-24, .skipped), (-1, .missed)] {
        let slot = Slot(key: key(hours), day: today, trigger: .schedule, state: state)
        try await write([.insertSlot(slot)], to: store)
      }
      #expect(try await store.prune(Self.aDay, now: noon, limit: 10) == 2)
      #expect(try await store.latestSlots(nightly, limit: 10).map(\.key) == [key(-1), key(-24)])
    }
  }

  @Test("Of each job so many slots stay, the newest", arguments: StoreKind.allCases)
  func perJob(kind: StoreKind) async throws {
    try await kind.withStore { store in
      for hours in 1...6 { try await write(finished(key(hours)), to: store) }
      for hours in 1...2 { try await write(finished(key(hours, of: hourly)), to: store) }
      for hours in 1...4 { try await write(finished(key(hours, of: job("other")), status: .failed), to: store) }
      let three = Retention(runs: nil, runsPerJob: 3, history: nil, logs: nil)
      #expect(try await store.prune(three, now: noon, limit: 2) == 2)
      #expect(try await store.latestSlots(nightly, limit: 9).map(\.key) == [6, 5, 4, 3].map { key($0) })
      #expect(try await store.prune(three, now: noon, limit: 3) == 2)
      #expect(try await store.latestSlots(nightly, limit: 9).map(\.key) == [6, 5, 4].map { key($0) })
      #expect(try await store.latestSlots(job("other"), limit: 9).count == 3)
      #expect(try await store.latestSlots(hourly, limit: 9).count == 2)
      // Also of none to keep the latest stays.
      for most in [0, -1] {
        _ = try await store.prune(Retention(runs: nil, runsPerJob: most, history: nil, logs: nil), now: noon, limit: 99)
        for name in [nightly, hourly, job("other")] {
          #expect(try await store.latestSlots(name, limit: 9).count == 1)
        }
      }
    }
  }

  @Test("The oldest go first, and a full count says that there may be more", arguments: StoreKind.allCases)
  func limit(kind: StoreKind) async throws {
    try await kind.withStore { store in
      for hours in [-50, -70, -60, -1] {
        for name in [nightly, hourly] { try await write(finished(key(hours, of: name)), to: store) }
      }
      #expect(try await store.prune(Self.aDay, now: noon, limit: 0) == 0)
      #expect(try await store.prune(Self.aDay, now: noon, limit: -1) == 0)
      #expect(try await store.prune(Self.aDay, now: noon, limit: 3) == 3)
      #expect(
        try await store.latestSlots(hourly, limit: 9).map(\.key.scheduledAt) == [-1, -50].map { key($0).scheduledAt })
      #expect(try await store.latestSlots(nightly, limit: 9).map(\.key) == [-1, -50, -60].map { key($0) })
      #expect(try await store.prune(Self.aDay, now: noon, limit: 3) == 3)
      #expect(try await store.prune(Self.aDay, now: noon, limit: 3) == 0)
    }
  }

  @Test("History and logs of runs that are over go earlier than the runs", arguments: StoreKind.allCases)
  func parts(kind: StoreKind) async throws {
    try await kind.withStore { store in
      let (old, new) = (runID(key(-50)), runID(key(-1)))
      try await write(finished(old.slot) + finished(new.slot), to: store)
      var going = run(runID(key(-60)))
      going.startedAt = noon - .seconds(90 * 86_400)
      try await write(
        [.insertRun(going), .insertLaunch(told(going.id)), .appendHistory(going.id, [event(1)])], to: store)
      let history = Retention(runs: nil, history: .seconds(86_400), logs: nil)
      #expect(try await store.prune(history, now: noon, limit: 10) == 1)
      #expect(try await store.history(of: old).isEmpty)
      #expect(try await store.history(of: new).count == 2)
      #expect(try await store.history(of: going.id).count == 1)
      #expect(try await store.launches(of: old) == [told(old)])
      #expect(try await store.prune(history, now: noon, limit: 10) == 0)
      let logs = Retention(runs: nil, history: .seconds(86_400), logs: .seconds(86_400))
      #expect(try await store.prune(logs, now: noon, limit: 10) == 1)
      var bare = told(old)
      bare.result = nil
      bare.submission = nil
      bare.diagnosis?.log = []
      #expect(try await store.launches(of: old) == [bare])
      #expect(try await store.launches(of: new) == [told(new)])
      #expect(try await store.launches(of: going.id) == [told(going.id)])
      #expect(try await store.prune(logs, now: noon, limit: 10) == 0)
      #expect(try await store.run(old)?.status == .succeeded)
      #expect(try await store.latestSlots(nightly, limit: 9).count == 2)
    }
  }

  @Test("Slots, history and logs share the limit", arguments: StoreKind.allCases)
  func sharedLimit(kind: StoreKind) async throws {
    try await kind.withStore { store in
      for hours in [-50, -40, -3, -2, -1] { try await write(finished(key(hours)), to: store) }
      let all = Retention(runs: .seconds(86_400), runsPerJob: 2, history: .zero, logs: .zero)
      var counts: [Int] = []
      repeat { counts.append(try await store.prune(all, now: noon, limit: 2)) } while counts.last == 2
      // Two by age, one by number, two histories, two logs.
      #expect(counts == [2, 2, 2, 1])
      #expect(try await store.latestSlots(nightly, limit: 9).map(\.key) == [key(-1), key(-2)])
      #expect(try await store.history(of: runID(key(-1))).isEmpty)
      #expect(try await store.launches(of: runID(key(-1))).first?.result == nil)
    }
  }

  @Test("A request to stop a run that is over is forgotten, one that counts is not", arguments: StoreKind.allCases)
  func stopRequests(kind: StoreKind) async throws {
    try await kind.withStore { store in
      try await write(finished(key(-1)) + [.insertRun(run())], to: store)
      let asked = [runID(key(-1)), runID(), runID(key(7))]
      try await write(asked.map { .requestStop($0, reason: "late") }, to: store)
      #expect(try await store.prune(Self.forEver, now: noon, limit: 10) == 0)
      #expect(try await store.stopRequests().map(\.run) == [runID()])
    }
  }

  @Test("Without a bound everything is kept", arguments: StoreKind.allCases)
  func forEver(kind: StoreKind) async throws {
    try await kind.withStore { store in
      for hours in [-1_000_000, -2] { try await write(finished(key(hours)), to: store) }
      #expect(try await store.prune(Self.forEver, now: .distantFuture, limit: 10) == 0)
      #expect(try await store.latestSlots(nightly, limit: 9).count == 2)
      #expect(try await store.history(of: runID(key(-2))).count == 2)
    }
  }
}
