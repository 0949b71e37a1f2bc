import JobModel
import Store
import Testing

/// Launches that are not over, and answers for tasks that wait for their tokens, for every implementation of the port.
@Suite("Every store's open launches and answers")
struct RunStoreConformanceAnswers {
  private func answer(_ number: Int, _ content: TaskAnswer.Content, after seconds: Int = 0) -> TaskAnswer {
    TaskAnswer(
      launch: LaunchID(run: runID(), number: number), content: content, answeredAt: noon + .seconds(seconds))
  }

  private func ended(_ number: Int, _ status: LaunchState, of run: RunID = runID()) -> Launch {
    var launch = launch(number, of: run, status: status)
    launch.endedAt = noon
    return launch
  }

  @Test("Open launches are those without an end; the latest come first", arguments: StoreKind.allCases)
  func launches(kind: StoreKind) async throws {
    try await kind.withStore { store in
      let other = runID(rerun: 1)
      try await write(
        [
          .insertLaunch(launch(12)), .insertLaunch(ended(11, .succeeded)), .insertLaunch(launch(10, status: .stopped)),
          .insertLaunch(ended(9, .failed)), .insertLaunch(ended(2, .stopped)), .insertLaunch(launch(1)),
          .insertLaunch(launch(13, of: other)), .insertLaunch(ended(14, .failed, of: other)),
        ], to: store)
      #expect(try await store.openLaunches(of: runID()).map(\.id.number) == [1, 10, 12])
      #expect(
        try await store.latestLaunches(of: runID(), failed: false, limit: 4).map(\.id.number) == [12, 11, 10, 9])
      #expect(try await store.latestLaunches(of: runID(), failed: true, limit: 9).map(\.id.number) == [10, 9, 2])
      #expect(try await store.latestLaunches(of: runID(), failed: true, limit: 0).isEmpty)
      try await write([.updateLaunch(ended(10, .stopped)), .updateLaunch(ended(1, .succeeded))], to: store)
      #expect(try await store.openLaunches(of: runID()).map(\.id.number) == [12])
      #expect(try await store.openLaunches(of: runID(key(5))).isEmpty)
      #expect(try await store.openLaunch(of: runID(), task: 12) == launch(12))
      for task in [1, 10, 11, 13] { #expect(try await store.openLaunch(of: runID(), task: task) == nil) }
    }
  }

  @Test("A launch keeps its scope and its token", arguments: StoreKind.allCases)
  func scopes(kind: StoreKind) async throws {
    try await kind.withStore { store in
      for (number, text) in RunStoreConformanceRoundTrip.awkward.enumerated() {
        var launch = launch(number)
        launch.scope = text
        launch.token = number % 2 == 0 ? nil : text
        try await write([.insertLaunch(launch)], to: store)
        #expect(try await store.openLaunches(of: runID()).last == launch)
        launch.scope += "/1"
        launch.token = text
        try await write([.updateLaunch(launch)], to: store)
        #expect(try await store.launches(of: runID()).last == launch)
      }
    }
  }

  @Test("Answers come back whole, in the order in which they came", arguments: StoreKind.allCases)
  func values(kind: StoreKind) async throws {
    try await kind.withStore { store in
      let answers = [
        answer(7, .succeeded(output: ["a": [nil, 1.5, "é\n"]])), answer(3, .succeeded(output: nil), after: 1),
        answer(9, .failed(error: "It's \"that\"", cause: "日本語"), after: 2),
        answer(1, .failed(error: nil, cause: nil), after: 3), answer(2, .heartbeat, after: 4),
      ]
      try await write(answers.reversed().map { .insertAnswer($0) }, to: store)
      #expect(try await store.taskAnswers() == answers)
    }
  }

  @Test("One answer counts; a heartbeat makes room for whatever comes", arguments: StoreKind.allCases)
  func once(kind: StoreKind) async throws {
    try await kind.withStore { store in
      try await write([.insertAnswer(answer(1, .heartbeat))], to: store)
      try await write([.insertAnswer(answer(1, .heartbeat, after: 1))], to: store)
      #expect(try await store.taskAnswers() == [answer(1, .heartbeat, after: 1)])
      let final = answer(1, .failed(error: "A", cause: nil), after: 2)
      try await write([.insertAnswer(final)], to: store)
      try await refused(.insertAnswer(answer(1, .succeeded(output: 1), after: 3)), by: store)
      try await refused(.insertAnswer(answer(1, .failed(error: "B", cause: nil), after: 3)), by: store)
      try await refused(.insertAnswer(answer(1, .heartbeat, after: 3)), by: store)
      #expect(try await store.taskAnswers() == [final])
      // Whoever takes the heartbeat does not take away what came after it.
      try await write([.removeAnswer(answer(1, .heartbeat, after: 1))], to: store)
      #expect(try await store.taskAnswers() == [final])
      try await write([.removeAnswer(final), .removeAnswer(final)], to: store)
      #expect(try await store.taskAnswers().isEmpty)
    }
  }

  @Test("Of many answers that come at once, one counts", arguments: StoreKind.allCases)
  func concurrent(kind: StoreKind) async throws {
    try await kind.withStore { store in
      try await write([.insertLaunch(launch())], to: store)
      let results = try await withThrowingTaskGroup(of: CommitResult.self) { group in
        for number in 0..<32 {
          let one = answer(1, .succeeded(output: .integer(Int64(number))))
          group.addTask { try await store.commit([.expectOpen(one.launch), .insertAnswer(one)]) }
        }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      #expect(results.filter { $0 == .committed }.count == 1)
      #expect(results.filter { $0 == .conflict(at: 1) }.count == 31)
    }
  }

  @Test(
    "A batch that expects an open launch is refused when it is over, given up or not there",
    arguments: StoreKind.allCases)
  func open(kind: StoreKind) async throws {
    try await kind.withStore { store in
      let id = launch().id
      try await refused(.expectOpen(id), by: store)
      for (isOpen, launch) in [
        (true, launch()), (true, launch(status: .submitted)), (false, launch(status: .stopped)),
        (false, ended(1, .succeeded)), (false, ended(1, .stopped)),
      ] {
        let isThere = try await !store.launches(of: runID()).isEmpty
        try await write([isThere ? .updateLaunch(launch) : .insertLaunch(launch)], to: store)
        if isOpen {
          try await write([.expectOpen(id)], to: store)
        } else {
          try await refused(.expectOpen(id), by: store)
        }
      }
    }
  }

  @Test(
    "A batch that expects no answer is refused once there is one, heartbeats included", arguments: StoreKind.allCases)
  func unanswered(kind: StoreKind) async throws {
    try await kind.withStore { store in
      let id = launch().id
      try await write([.expectUnanswered(id)], to: store)
      for content in [TaskAnswer.Content.heartbeat, .succeeded(output: [:])] {
        try await write([.insertAnswer(answer(1, content)), .insertAnswer(answer(2, .heartbeat))], to: store)
        try await refused(.expectUnanswered(id), by: store)
        try await write([.removeAnswer(answer(1, content)), .expectUnanswered(id)], to: store)
      }
    }
  }

  @Test("The end of a run takes its answers away, unless it is taken back", arguments: StoreKind.allCases)
  func endOfRun(kind: StoreKind) async throws {
    try await kind.withStore { store in
      let other = TaskAnswer(
        launch: LaunchID(run: runID(rerun: 1), number: 1), content: .heartbeat, answeredAt: noon)
      let mine = [answer(1, .heartbeat), answer(2, .succeeded(output: 1))]
      try await write([.insertRun(run())] + (mine + [other]).map { .insertAnswer($0) }, to: store)
      try await write([.updateRun(run(version: 2))], to: store)
      let failed: [StoreWrite] = [.updateRun(run(status: .failed, version: 3)), .updateSlot(slot(version: 9))]
      #expect(try await store.commit(failed) == .conflict(at: 1))
      #expect(try await store.taskAnswers().count == 3)
      try await write([.updateRun(run(status: .succeeded, version: 3))], to: store)
      #expect(try await store.taskAnswers() == [other])
    }
  }

  @Test("A slot that the retention removes takes its answers with it", arguments: StoreKind.allCases)
  func pruned(kind: StoreKind) async throws {
    try await kind.withStore { store in
      try await write(finished(key()) + finished(key(1)) + finished(key(2)), to: store)
      try await write([.insertAnswer(answer(1, .heartbeat))], to: store)
      let retention = Retention(runs: .seconds(60), history: nil, logs: nil)
      #expect(try await store.prune(retention, now: noon + .seconds(86_400), limit: 1) == 1)
      #expect(try await store.slot(key()) == nil)
      #expect(try await store.taskAnswers().isEmpty)
    }
  }
}
