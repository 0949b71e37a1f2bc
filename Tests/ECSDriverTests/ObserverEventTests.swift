import JobModel
import TestSupport
import Testing

@testable import ECSDriver

@Suite("What the observer makes of events")
struct ObserverEventTests {
  private var generator = RandomGenerator(SeededRandom(seed: 7))
  private var state = ObserverState()
  private let key = ObserverState.Key(cluster: "batch", arn: SampleEvent.arn(1))

  private func task(_ status: String, _ version: Int64?) -> JSONValue {
    SampleEvent.task(key.arn, status, version: version)
  }

  /// Asks for what is due and answers with these tasks.
  private mutating func poll(_ tasks: JSONValue..., at now: Duration) -> [ObserverState.Key: TaskEnd] {
    var ends: [ObserverState.Key: TaskEnd] = [:]
    for batch in state.takeBatches(at: now) {
      ends.merge(state.answered(batch, ["tasks": .array(tasks)], at: now, using: &generator)) { $1 }
    }
    return ends
  }

  private mutating func tell(
    _ status: String, _ version: Int64?, containers: JSONValue? = nil, sentAgo: Duration = .zero, at now: Duration
  ) throws -> [ObserverState.Key: TaskEnd] {
    state.told(
      try SampleEvent.change(key.arn, status, version: version, containers: containers), sentAgo: sentAgo, at: now)
  }

  @Test("A stopped task ends at once, under whatever names its cluster is watched")
  mutating func ends() throws {
    let other = ObserverState.Key(cluster: "arn:aws:ecs:eu-central-1:111111111111:cluster/batch", arn: key.arn)
    state.watch(key, age: .zero, at: .zero)
    state.watch(other, age: .zero, at: .zero)
    let end = TaskEnd.stopped(task("STOPPED", 4))
    #expect(try tell("STOPPED", 4, at: .milliseconds(10)) == [key: end, other: end])
    #expect(state.count == 0 && state.nextDueAt() == nil)
    #expect(try tell("STOPPED", 4, at: .milliseconds(20)).isEmpty, "the same event again ends nothing")
  }

  @Test("Only STOPPED ends a task", arguments: ["PENDING", "RUNNING", "DEPROVISIONING", "NEWLY_INVENTED"])
  mutating func goesOn(status: String) throws {
    state.watch(key, age: .zero, at: .zero)
    #expect(try tell(status, 2, at: .seconds(1)).isEmpty)
    #expect(state.count == 1 && state.lastSeen(key) == task(status, 2))
  }

  @Test(
    "An end is believed where its version is no lower than what was seen; else ECS is asked",
    arguments: [(4, 4, true), (4, 5, true), (nil, 5, true), (nil, nil, true), (5, 4, false), (5, nil, false)]
      as [(Int64?, Int64?, Bool)])
  mutating func versions(seen: Int64?, told: Int64?, isBelieved: Bool) throws {
    state.queueWorked(at: .zero)
    state.watch(key, age: .zero, at: .zero)
    #expect(poll(task("RUNNING", seen), at: .seconds(2)).isEmpty)
    #expect(try tell("STOPPED", told, at: .milliseconds(2_100)).isEmpty == !isBelieved)
    #expect(state.nextDueAt() == (isBelieved ? nil : .seconds(4)))
  }

  @Test("What was last seen never goes backwards, by event or by a late answer")
  mutating func order() throws {
    state.watch(key, age: .zero, at: .zero)
    #expect(try tell("RUNNING", 3, at: .seconds(1)).isEmpty)
    #expect(poll(task("PENDING", 2), at: .seconds(2)).isEmpty)
    #expect(try tell("PENDING", 2, at: .seconds(3)).isEmpty)
    #expect(try tell("PENDING", nil, at: .seconds(3)).isEmpty)
    #expect(state.lastSeen(key) == task("RUNNING", 3))
    #expect(poll(task("DEPROVISIONING", 4), at: .seconds(4)).isEmpty)
    #expect(state.lastSeen(key) == task("DEPROVISIONING", 4))
  }

  @Test("Without versions an event changes nothing that an answer has shown")
  mutating func noVersions() throws {
    state.watch(key, age: .zero, at: .zero)
    #expect(poll(task("RUNNING", nil), at: .seconds(2)).isEmpty)
    #expect(try tell("PENDING", nil, at: .seconds(3)).isEmpty)
    #expect(state.lastSeen(key) == task("RUNNING", nil))
  }

  @Test("An end without exit codes makes ECS be asked soon, and often until it says the same")
  mutating func inconclusive() throws {
    state.queueWorked(at: .zero)
    state.watch(key, age: .seconds(10_000), at: .zero)
    #expect(poll(task("RUNNING", 3), at: .seconds(2)).isEmpty)
    #expect(state.nextDueAt() == .seconds(60))
    #expect(try tell("STOPPED", 4, containers: [["name": "app"]], at: .seconds(10)).isEmpty)
    #expect(state.nextDueAt() == .seconds(12))
    #expect(poll(task("RUNNING", 3), at: .seconds(12)).isEmpty)
    #expect(state.nextDueAt() == .seconds(14), "an answer that is behind the event")
    #expect(poll(task("STOPPED", 4), at: .seconds(14)) == [key: .stopped(task("STOPPED", 4))])
  }

  @Test("What an event has shown is not unknown when ECS does not show it; a date from before the launch is wrong")
  mutating func seenByEvent() throws {
    state.watch(key, age: .zero, at: .zero)
    #expect(try tell("RUNNING", 3, sentAgo: .seconds(1_000_000), at: .seconds(1)).isEmpty)
    var now: Duration = .seconds(2)
    while now <= .seconds(3_600) {
      #expect(poll(at: now).isEmpty)
      now = try #require(state.nextDueAt())
    }
    let end = try #require(poll(at: now)[key])
    guard case .unknown(let why, task("RUNNING", 3)?) = end else { Issue.record("\(end)"); return }
    #expect(why.contains("last seen RUNNING 60 minutes ago"))
  }

  // MARK: Ends before the watch

  @Test("The end of a task that is not watched yet is there when it is")
  mutating func early() throws {
    #expect(try tell("RUNNING", 3, at: .seconds(1)).isEmpty)
    #expect(state.earlierEnd(of: key.arn, at: .seconds(1)) == nil)
    #expect(try tell("STOPPED", 5, at: .seconds(2)).isEmpty)
    #expect(try tell("STOPPED", 4, at: .seconds(3)).isEmpty)
    #expect(state.earlierEnd(of: key.arn, at: .seconds(4)) == .stopped(task("STOPPED", 5)))
    #expect(state.earlierEnd(of: key.arn, at: .seconds(5)) != nil, "several may ask")
    #expect(state.earlierEnd(of: SampleEvent.arn(2), at: .seconds(5)) == nil)
  }

  @Test("An end that needs DescribeTasks is not kept")
  mutating func earlyInconclusive() throws {
    #expect(try tell("STOPPED", 5, containers: [], at: .seconds(2)).isEmpty)
    #expect(state.earlierEnd(of: key.arn, at: .seconds(2)) == nil)
  }

  @Test("Ends are kept for ten minutes, and five hundred of them")
  func bounded() throws {
    var ended = EndedTasks()
    for number in 0..<600 {
      ended.remember(try SampleEvent.change(SampleEvent.arn(number), "STOPPED", version: 1), at: .seconds(number / 2))
    }
    #expect(ended.count == 500)
    #expect(ended.task(SampleEvent.arn(99), at: .seconds(300)) == nil)
    #expect(ended.task(SampleEvent.arn(100), at: .seconds(300)) != nil)
    #expect(ended.task(SampleEvent.arn(100), at: .seconds(651)) == nil)
    #expect(ended.task(SampleEvent.arn(599), at: .seconds(651)) != nil)
    #expect(ended.task(SampleEvent.arn(599), at: .seconds(900)) == nil && ended.count == 0)
  }

  // MARK: Asking slowly

  @Test("While the queue works, a task that is there is asked for once a minute", arguments: [0, 400, 10_000])
  mutating func slow(age: Int) throws {
    state.watch(key, age: .seconds(age), at: .zero)
    var polls: [Duration] = []
    for second in 0..<600 {
      let now = Duration.seconds(second)
      if second % 20 == 0 { state.queueWorked(at: now) }
      for batch in state.takeBatches(at: now) {
        polls.append(now)
        _ = state.answered(batch, ["tasks": [task("RUNNING", 3)]], at: now, using: &generator)
      }
    }
    #expect(polls == [.seconds(2)] + (1...9).map { .seconds($0 * 60) })
  }

  @Test("A young task that was never seen is asked for as ever")
  mutating func young() {
    var plain = ObserverState()
    plain.watch(key, age: .zero, at: .zero)
    state.watch(key, age: .zero, at: .zero)
    for second in stride(from: 0, to: 600, by: 2) {
      let now = Duration.seconds(second)
      state.queueWorked(at: now)
      let batches = state.takeBatches(at: now)
      #expect(batches == plain.takeBatches(at: now))
      for batch in batches {
        _ = state.answered(batch, ["tasks": []], at: now, using: &generator)
        _ = plain.answered(batch, ["tasks": []], at: now, using: &generator)
      }
    }
  }

  @Test("Once the queue fails, what is due by the normal schedule is due at once")
  mutating func failure() {
    state.watch(key, age: .zero, at: .zero)
    state.queueWorked(at: .zero)
    #expect(poll(task("RUNNING", 3), at: .seconds(2)).isEmpty)
    state.queueWorked(at: .seconds(20))
    #expect(state.nextDueAt() == .seconds(60))
    state.queueFailed()
    #expect(state.nextDueAt() == .seconds(4), "so at 21 s it is overdue")
    #expect(poll(task("RUNNING", 3), at: .seconds(21)).isEmpty)
    #expect(state.nextDueAt() == .seconds(22))
    state.queueWorked(at: .seconds(21))
    #expect(state.nextDueAt() == .seconds(60))
  }

  @Test("A queue that nobody has read for a minute is not counted on")
  mutating func silence() {
    state.watch(key, age: .zero, at: .zero)
    state.queueWorked(at: .zero)
    #expect(poll(task("RUNNING", 3), at: .seconds(2)).isEmpty)
    #expect(state.nextDueAt() == .seconds(60), "the read was at 0 s")
    #expect(poll(task("RUNNING", 3), at: .seconds(61)).isEmpty)
    #expect(state.nextDueAt() == .seconds(64))
  }

  @Test("A hundred tasks and a minute never cost more than one call")
  mutating func rate() {
    let keys = (0..<100).map { ObserverState.Key(cluster: "batch", arn: SampleEvent.arn($0)) }
    for (index, key) in keys.enumerated() { state.watch(key, age: .zero, at: .milliseconds(index * 17)) }
    let tasks = keys.map { SampleEvent.task($0.arn, "RUNNING", version: 3) }
    var calls = 0
    for second in stride(from: 0, to: 600, by: 1) {
      if second % 20 == 0 { state.queueWorked(at: .seconds(second)) }
      for batch in state.takeBatches(at: .seconds(second)) {
        calls += 1
        _ = state.answered(batch, ["tasks": .array(tasks)], at: .seconds(second), using: &generator)
      }
    }
    #expect(calls == 10)
  }

  @Test("A queue that works and brings no ends is not counted on, until it brings one")
  mutating func inVain() throws {
    for round in 0..<3 {
      let now = Duration.seconds(100 * round)
      #expect(!state.trust.isInVain)
      state.queueWorked(at: now)
      state.watch(key, age: .zero, at: now)
      #expect(poll(task("RUNNING", 3), at: now + .seconds(2)).isEmpty)
      #expect(poll(task("STOPPED", 4), at: now + .seconds(60)).count == 1)
      // The read was a minute ago, and says nothing about this end.
      #expect(!state.trust.isInVain)
      state.queueWorked(at: now + .seconds(61))
      state.watch(key, age: .zero, at: now + .seconds(61))
      #expect(poll(task("RUNNING", 3), at: now + .seconds(62)).isEmpty)
      state.queueWorked(at: now + .seconds(80))
      #expect(poll(task("STOPPED", 4), at: now + .seconds(120)).count == 1)
    }
    #expect(state.trust.isInVain)
    state.queueWorked(at: .seconds(400))
    state.watch(key, age: .zero, at: .seconds(400))
    #expect(poll(task("RUNNING", 3), at: .seconds(402)).isEmpty)
    #expect(state.nextDueAt() == .seconds(404))
    #expect(try tell("STOPPED", 4, at: .seconds(403)).count == 1)
    #expect(!state.trust.isInVain)
  }

  // MARK: Starts

  @Test(
    "A task has started once it was seen RUNNING or later",
    arguments: [
      ("PROVISIONING", false), ("PENDING", false), ("ACTIVATING", false), ("NEWLY_INVENTED", false), ("RUNNING", true),
      ("DEACTIVATING", true), ("STOPPING", true), ("DEPROVISIONING", true),
    ])
  mutating func started(status: String, hasStarted: Bool) throws {
    state.watch(key, age: .zero, at: .zero)
    #expect(!state.hasStarted(key))
    #expect(poll(task(status, 2), at: .seconds(2)).isEmpty)
    #expect(state.hasStarted(key) == hasStarted)
    var events = ObserverState()
    events.watch(key, age: .zero, at: .zero)
    _ = events.told(try SampleEvent.change(key.arn, status, version: 2), sentAgo: .zero, at: .seconds(1))
    #expect(events.hasStarted(key) == hasStarted)
  }

  @Test("A status that is not known, with `startedAt`, has started; older news does not undo it")
  mutating func startedAt() throws {
    state.watch(key, age: .zero, at: .zero)
    var later = try #require(task("NEWLY_INVENTED", 4).objectValue)
    later["startedAt"] = 1_795_230_004.5
    #expect(poll(.object(later), at: .seconds(2)).isEmpty)
    #expect(state.hasStarted(key))
    #expect(try tell("PENDING", 2, at: .seconds(3)).isEmpty)
    #expect(state.hasStarted(key))
  }

  @Test("Whoever waits for the start has the task asked for by the normal schedule until it has started")
  mutating func awaited() {
    state.queueWorked(at: .zero)
    state.watch(key, age: .zero, at: .zero)
    #expect(poll(task("PENDING", 1), at: .seconds(2)).isEmpty)
    #expect(state.nextDueAt() == .seconds(60))
    state.awaitStart(key)
    #expect(state.nextDueAt() == .seconds(4))
    #expect(poll(task("PENDING", 1), at: .seconds(4)).isEmpty)
    #expect(state.nextDueAt() == .seconds(6))
    state.ignoreStart(key)
    #expect(poll(task("PENDING", 1), at: .seconds(6)).isEmpty)
    #expect(state.nextDueAt() == .seconds(60))
    state.awaitStart(key)
    #expect(poll(task("RUNNING", 2), at: .seconds(8)).isEmpty)
    #expect(state.hasStarted(key) && state.nextDueAt() == .seconds(60))
  }
}
