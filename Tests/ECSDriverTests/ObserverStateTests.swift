import AWSClient
import JobModel
import TestSupport
import Testing

@testable import ECSDriver

@Suite("What the observer asks, and what it makes of the answers")
struct ObserverStateTests {
  private var generator = RandomGenerator(SeededRandom(seed: 7))
  private var state = ObserverState()

  private func key(_ number: Int, _ cluster: String = "batch") -> ObserverState.Key {
    ObserverState.Key(cluster: cluster, arn: "arn:aws:ecs:r:1:task/\(cluster)/t\(number)")
  }

  private func task(_ number: Int, _ status: String) -> JSONValue {
    ["taskArn": .string(key(number).arn), "lastStatus": .string(status)]
  }

  private func answer(_ tasks: JSONValue...) -> JSONValue { ["tasks": .array(tasks), "failures": []] }

  @Test("Tasks of a cluster share calls of a hundred; clusters do not")
  mutating func batches() {
    for number in 0..<250 { state.watch(key(number), age: .zero, at: .milliseconds(number)) }
    state.watch(key(1, "other"), age: .zero, at: .zero)
    #expect(state.takeBatches(at: .seconds(1)).isEmpty)
    #expect(state.nextDueAt() == .seconds(2))
    let batches = state.takeBatches(at: .seconds(2))
    #expect(batches.map(\.arns.count).sorted() == [1, 50, 100, 100])
    #expect(batches.map(\.cluster).sorted() == ["batch", "batch", "batch", "other"])
    #expect(state.takeBatches(at: .seconds(2)).isEmpty, "what is asked is not asked twice")
    #expect(state.nextDueAt() == nil)
  }

  @Test("A call that has room takes along what is due next")
  mutating func filling() {
    state.watch(key(1), age: .seconds(10_000), at: .zero)
    for batch in state.takeBatches(at: .seconds(2)) {
      _ = state.answered(batch, answer(task(1, "RUNNING")), at: .seconds(2), using: &generator)
    }
    #expect(state.nextDueAt() == .seconds(30))
    state.watch(key(2), age: .zero, at: .seconds(3))
    #expect(state.takeBatches(at: .seconds(4)).first?.arns.sorted() == [key(1).arn, key(2).arn])
  }

  @Test("A hundred tasks and an interval never cost more than one call, however their launches spread")
  mutating func rate() {
    for number in 0..<100 { state.watch(key(number), age: .zero, at: .milliseconds(number * 37)) }
    var calls = 0
    var now: Duration = .seconds(4)
    while now < .seconds(60) {
      for batch in state.takeBatches(at: now) {
        calls += 1
        let tasks = (0..<100).map { task($0, "RUNNING") }
        _ = state.answered(batch, ["tasks": .array(tasks)], at: now, using: &generator)
      }
      now = state.nextDueAt() ?? .seconds(60)
    }
    #expect(calls == 28)
  }

  @Test(
    "The interval grows with age",
    arguments: [(0, 2), (59, 2), (60, 4), (299, 4), (300, 10), (1_800, 20), (7_200, 30), (1_000_000, 30)])
  func intervals(age: Int, interval: Int) {
    #expect(ObserverSchedule.interval(age: .seconds(age), status: "RUNNING") == .seconds(interval))
    #expect(ObserverSchedule.interval(age: .seconds(age), status: "DEPROVISIONING") == .seconds(2))
  }

  @Test(
    "Only STOPPED is the end",
    arguments: [
      "PROVISIONING", "PENDING", "ACTIVATING", "RUNNING", "DEACTIVATING", "STOPPING", "DEPROVISIONING",
      "NEWLY_INVENTED",
    ])
  mutating func notTheEnd(status: String) throws {
    state.watch(key(1), age: .zero, at: .zero)
    let batch = try #require(state.takeBatches(at: .seconds(2)).first)
    #expect(state.answered(batch, answer(task(1, status)), at: .seconds(2), using: &generator).isEmpty)
    let next = try #require(state.takeBatches(at: .seconds(10)).first)
    let ends = state.answered(next, answer(task(1, "STOPPED")), at: .seconds(10), using: &generator)
    #expect(ends == [key(1): .stopped(task(1, "STOPPED"))])
    #expect(state.count == 0)
  }

  @Test("One malformed task does no harm to the others")
  mutating func malformed() throws {
    for number in 0..<3 { state.watch(key(number), age: .zero, at: .zero) }
    let batch = try #require(state.takeBatches(at: .seconds(2)).first)
    let garbage: JSONValue = ["taskArn": .string(key(1).arn), "lastStatus": 17, "containers": "?"]
    let ends = state.answered(
      batch, answer(3, garbage, task(0, "STOPPED"), [:], task(2, "STOPPED")), at: .seconds(2), using: &generator)
    #expect(Set(ends.keys) == [key(0), key(2)])
    #expect(state.count == 1)
  }

  /// Answers every question from `from` to `until` with nothing; returns the end, if it came to one.
  private mutating func starve(from: Duration, until: Duration) -> (TaskEnd, Duration)? {
    var now = from
    while now < until {
      for batch in state.takeBatches(at: now) {
        let ends = state.answered(
          batch, ["tasks": [], "failures": [["arn": .string(batch.arns[0]), "reason": "MISSING"]]], at: now,
          using: &generator)
        if let end = ends.values.first { return (end, now) }
      }
      guard let next = state.nextDueAt() else { return nil }
      now = max(next, now)
    }
    return nil
  }

  @Test("A young task that ECS does not show is too new")
  mutating func tooNew() throws {
    state.watch(key(1), age: .zero, at: .zero)
    #expect(starve(from: .seconds(2), until: .seconds(890)) == nil)
    let due = try #require(state.nextDueAt())
    let batch = try #require(state.takeBatches(at: due).first)
    #expect(state.answered(batch, answer(task(1, "RUNNING")), at: due, using: &generator).isEmpty)
  }

  @Test("A task that was never shown is elsewhere")
  mutating func elsewhere() throws {
    state.watch(key(1), age: .zero, at: .zero)
    let (end, at) = try #require(starve(from: .seconds(2), until: .seconds(3_600)))
    guard case .unknown(let why, nil) = end else { Issue.record("\(end)"); return }
    #expect(why.contains("never shown it in cluster batch") && at > .seconds(900))
  }

  @Test("A task whose request had to wait for long is too new all the same")
  mutating func waited() throws {
    state.watch(key(1), age: .seconds(3_000), at: .zero)
    #expect(starve(from: .seconds(2), until: .seconds(60)) == nil)
  }

  @Test("A task that is first looked for hours later has expired, after a few looks")
  mutating func expired() throws {
    state.watch(key(1), age: .seconds(10_000), at: .zero)
    let (end, at) = try #require(starve(from: .seconds(2), until: .seconds(3_600)))
    guard case .unknown(let why, nil) = end else { Issue.record("\(end)"); return }
    #expect(why.contains("probably stopped") && at > .seconds(10) && at < .seconds(120))
  }

  @Test("A task that was seen is believed to be there until ECS would have forgotten it")
  mutating func seenBefore() throws {
    state.watch(key(1), age: .zero, at: .zero)
    let batch = try #require(state.takeBatches(at: .seconds(2)).first)
    _ = state.answered(batch, answer(task(1, "RUNNING")), at: .seconds(2), using: &generator)
    #expect(starve(from: .seconds(4), until: .seconds(3_602)) == nil)
    let (end, _) = try #require(starve(from: .seconds(3_603), until: .seconds(3_800)))
    guard case .unknown(let why, task(1, "RUNNING")?) = end else { Issue.record("\(end)"); return }
    #expect(why.contains("last seen RUNNING 60 minutes ago"))
  }

  @Test("Errors delay a cluster's tasks and never end them", arguments: [AWSError.ambiguous, .throttled, .notSent])
  mutating func errors(error: AWSError) throws {
    state.watch(key(1), age: .zero, at: .zero)
    state.watch(key(1, "other"), age: .zero, at: .zero)
    var now: Duration = .seconds(2)
    for _ in 0..<500 {
      for batch in state.takeBatches(at: now) {
        #expect(state.failed(batch, error, at: now, using: &generator).isEmpty)
      }
      let next = try #require(state.nextDueAt())
      #expect(next > now && next <= now + .seconds(60))
      now = next
    }
    #expect(state.count == 2)
  }

  @Test("An answer that is no answer is an error", arguments: ["garbage", [:], ["tasks": "none"], nil] as [JSONValue])
  mutating func noAnswer(body: JSONValue) throws {
    state.watch(key(1), age: .seconds(100_000), at: .zero)
    for round in 1...20 {
      let now = Duration.seconds(round * 100)
      let batch = try #require(state.takeBatches(at: now).first)
      #expect(state.answered(batch, body, at: now, using: &generator).isEmpty)
    }
  }

  @Test("One identifier that ECS refuses is singled out; the other 99 are answered")
  mutating func poisoned() throws {
    for number in 0..<100 { state.watch(key(number), age: .zero, at: .zero) }
    var ended = 0
    var calls = 0
    var now: Duration = .seconds(2)
    while ended < 99, calls < 100 {
      for batch in state.takeBatches(at: now) {
        calls += 1
        if batch.arns.contains(key(42).arn) {
          let error = AWSError.refused("InvalidParameterException", "Invalid identifier")
          #expect(state.failed(batch, error, at: now, using: &generator).isEmpty)
        } else {
          let tasks = (0..<100).map { task($0, "STOPPED") }
          ended += state.answered(batch, ["tasks": .array(tasks)], at: now, using: &generator).count
        }
      }
      now += .seconds(2)
    }
    #expect(ended == 99 && calls < 20)
    #expect(state.count == 1)
  }

  @Test("Older ARNs without the cluster's name are the same task")
  mutating func shortARN() throws {
    state.watch(key(1), age: .zero, at: .zero)
    let batch = try #require(state.takeBatches(at: .seconds(2)).first)
    let short: JSONValue = ["taskArn": "arn:aws:ecs:r:1:task/t1", "lastStatus": "STOPPED"]
    #expect(state.answered(batch, answer(short), at: .seconds(2), using: &generator) == [key(1): .stopped(short)])
  }

  @Test("What is no longer watched is not asked for, and its late answer is nobody's")
  mutating func unwatched() throws {
    state.watch(key(1), age: .zero, at: .zero)
    let batch = try #require(state.takeBatches(at: .seconds(2)).first)
    state.unwatch(key(1))
    #expect(state.nextDueAt() == nil)
    #expect(state.answered(batch, answer(task(1, "STOPPED")), at: .seconds(3), using: &generator).isEmpty)
  }
}
