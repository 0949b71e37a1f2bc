import JobModel
import Store
import Testing

/// Every field of every value comes back as it was written, for every implementation of the port.
@Suite("Every store's values")
struct RunStoreConformanceRoundTrip {
  static let awkward = [
    "", "plain", "'; DROP TABLE runs; --", "\"quoted\" \\ \n\t\r", "日本語 👩‍👩‍👧 e\u{301} \u{FEFF}", "\u{1}\u{7F}\u{FFFD}",
    "1", "NULL", "x'00'", " spaced ",
  ]
  static let megabyte = JSONValue.object(["k\"": .string(String(repeating: "x\"\\é", count: 220_000))])

  @Test("Slots", arguments: StoreKind.allCases)
  func slots(kind: StoreKind) async throws {
    try await kind.withStore { store in
      var hour = 0
      for state in SlotState.allCases {
        for reason in [nil] + Self.awkward.map(Optional.some) {
          hour += 1
          let slot = Slot(
            key: key(hour), day: CivilDate(year: 1, month: 2, day: 3),
            trigger: Trigger.allCases[hour % Trigger.allCases.count],
            state: state, reason: reason, wait: ([nil] + SlotWait.allCases.map(Optional.some))[hour % 5], runs: hour,
            version: Int.max - hour)
          try await write([.insertSlot(slot)], to: store)
          #expect(try await store.slot(slot.key) == slot)
        }
      }
    }
  }

  @Test("Runs", arguments: StoreKind.allCases)
  func runs(kind: StoreKind) async throws {
    try await kind.withStore { store in
      let edges = [Instant.distantPast, Instant.distantFuture, Instant(milliseconds: -1), noon + .milliseconds(7)]
      for (number, text) in (Self.awkward + [Self.megabyte.text]).enumerated() {
        for optional in [nil, text] {
          let at = edges[number % edges.count]
          let id = runID(SlotKey(job: nightly, scheduledAt: at), rerun: 2 * number + (optional == nil ? 0 : 1))
          let run = Run(
            id: id, day: CivilDate(year: 9999, month: 12, day: 31), trigger: .manual,
            status: RunStatus.allCases[number % RunStatus.allCases.count],
            owner: Ownership(instance: InstanceID(text), epoch: number), version: 3, definition: text, input: text,
            startedAt: at, endedAt: optional.map { _ in at }, launches: number, output: optional, error: optional,
            cause: optional, requestedBy: optional, note: optional,
            policy: optional == nil ? RunPolicy() : RunPolicy(timezone: text, pool: PoolPlace(name: text, limit: 1)))
          try await write([.insertRun(run)], to: store)
          #expect(try await store.run(id) == run)
        }
      }
    }
  }

  @Test("Launches", arguments: StoreKind.allCases)
  func launches(kind: StoreKind) async throws {
    try await kind.withStore { store in
      let values: [JSONValue] = [
        [:], nil, true, 1, 1.5, .integer(.max), .integer(.min), .double(1e300), .double(-0.1), [], [nil, ["a": nil]],
        ["b": 1, "a": [1.0, "\u{0}"]], Self.megabyte,
      ]
      for (number, text) in Self.awkward.enumerated() {
        let json = values[number % values.count]
        var launch = Launch(
          id: LaunchID(run: runID(), number: 2 * number), task: number, state: text, resource: text, request: json,
          intendedAt: noon)
        try await write([.insertLaunch(launch)], to: store)
        #expect(try await store.launches(of: runID()).last == launch)
        launch.id.number += 1
        launch.clientToken = text
        launch.startedBy = text
        launch.cluster = text
        launch.status = LaunchState.allCases[number % LaunchState.allCases.count]
        launch.endedAt = noon
        launch.taskARN = text
        launch.submission = json
        launch.result = values[values.count - 1 - number]
        launch.diagnosis = Diagnosis(
          class: Diagnosis.Class.allCases[number % Diagnosis.Class.allCases.count], sentence: text,
          exitCodes: number % 2 == 0 ? [:] : ["app": 137, text: -number])
        try await write([.insertLaunch(launch)], to: store)
        #expect(try await store.launches(of: runID()).last == launch)
      }
    }
  }

  static let policies: [RunPolicy] = [
    RunPolicy(), fullPolicy, RunPolicy(pool: PoolPlace(name: "p", limit: 1)),
    RunPolicy(task: TaskPolicy(skipExitCodes: [0])), RunPolicy(lateAt: .distantPast),
    RunPolicy(
      subscriptions: [
        Subscription(receiver: .webhook(Webhook(url: "https://a.example"))),
        Subscription(
          receiver: .webhook(Webhook(url: "https://a.example", secret: .environment(variable: "KEY"))),
          events: [.recovered]),
      ]),
  ]

  @Test("Policies of runs and launches", arguments: StoreKind.allCases)
  func policies(kind: StoreKind) async throws {
    try await kind.withStore { store in
      for (number, policy) in Self.policies.enumerated() {
        var run = run(runID(rerun: number))
        run.policy = policy
        var launch = launch(of: run.id)
        launch.policy = policy.task
        try await write([.insertRun(run), .insertLaunch(launch)], to: store)
        #expect(try await store.run(run.id) == run)
        #expect(try await store.launches(of: run.id) == [launch])
        run.version = 2
        try await write([.updateRun(run)], to: store)
        #expect(try await store.run(run.id) == run)
      }
    }
  }

  @Test("Backfills", arguments: StoreKind.allCases)
  func backfills(kind: StoreKind) async throws {
    try await kind.withStore { store in
      for (number, text) in Self.awkward.enumerated() {
        let backfill = Backfill(
          job: nightly, createdAt: noon + .milliseconds(number), from: CivilDate(year: 1, month: 1, day: 1),
          to: CivilDate(year: 9999, month: 12, day: 31), maxParallel: number, force: number % 2 == 0,
          requestedBy: text, note: number % 3 == 0 ? nil : text,
          state: Backfill.State.allCases[number % Backfill.State.allCases.count], mark: .distantPast,
          started: number * 7, version: 3)
        try await write([.insertBackfill(backfill)], to: store)
        #expect(try await store.backfills(of: nightly).last == backfill)
      }
    }
  }

  @Test("An object keeps the order of its keys", arguments: StoreKind.allCases)
  func keyOrder(kind: StoreKind) async throws {
    try await kind.withStore { store in
      var ordered = launch()
      ordered.request = ["z": 1, "a": 2, "m": ["y": 1.0, "b": 2]]
      try await write([.insertLaunch(ordered)], to: store)
      let read = try await store.launches(of: runID()).first?.request.text
      #expect(read == #"{"z":1,"a":2,"m":{"y":1.0,"b":2}}"#)
    }
  }

  @Test("History, scopes, messages", arguments: StoreKind.allCases)
  func rest(kind: StoreKind) async throws {
    try await kind.withStore { store in
      for (number, text) in Self.awkward.enumerated() {
        let event = HistoryEvent(
          id: number, previousID: -number, timestamp: .distantPast, type: text, details: ["k": .string(text)])
        let snapshot = Array(text.utf8) + [0, 255, 0]
        let message = OutboxMessage(
          id: text, event: NotificationEvent.allCases[number % NotificationEvent.allCases.count], slot: key(),
          rerun: number % 3 == 0 ? nil : 0,
          receiver: number % 2 == 0 ? .topic(arn: text) : .webhook(Webhook(url: text, secret: .file(path: text))),
          subject: text, body: text,
          createdAt: noon + .milliseconds(number), attempts: number,
          nextAttemptAt: .distantFuture, sentAt: number % 2 == 0 ? nil : .distantPast,
          lastError: number % 2 == 0 ? nil : text)
        try await write(
          [.appendHistory(runID(), [event]), .putScope(runID(), scope: text, snapshot), .insertMessage(message)],
          to: store)
        #expect(try await store.history(of: runID()).last == event)
        #expect(try await store.scopes(of: runID())[text] == snapshot)
        #expect(try await store.messages(of: key()).last == message)
      }
      let large = Array(Self.megabyte.text.utf8)
      try await write(
        [
          .putScope(runID(), scope: "large", large),
          .appendHistory(
            runID(), [HistoryEvent(id: 99, previousID: 0, timestamp: noon, type: "", details: Self.megabyte)]),
        ], to: store)
      #expect(try await store.scopes(of: runID())["large"] == large)
      #expect(try await store.history(of: runID()).last?.details == Self.megabyte)
    }
  }

  @Test("Job states and instances", arguments: StoreKind.allCases)
  func jobStates(kind: StoreKind) async throws {
    try await kind.withStore { store in
      let notes = [nil] + Self.awkward.map(Optional.some)
      for (number, note) in notes.enumerated() {
        let state = JobState(
          job: job("job-\(number)"), mark: noon, firstSeenAt: .distantPast,
          pause: Pause(since: .distantFuture, note: note, until: number % 2 == 0 ? nil : .distantPast),
          version: number)
        try await write([.insertJobState(state)], to: store)
        #expect(try await store.jobState(state.job) == state)
      }
      for text in Self.awkward {
        let instance = try await store.register(
          InstanceID(text), startedAt: .distantPast, leaseUntil: .distantFuture)
        #expect(try await store.instances().last == instance)
      }
    }
  }
}
