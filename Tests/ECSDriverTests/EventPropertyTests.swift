import JobModel
import TestSupport
import Testing

@testable import ECSDriver

/// Lives of tasks, and what events and answers tell of them, drawn from one seed. Events are lost, doubled,
/// late and out of order, some lack what a verdict needs; answers lag behind; the queue fails and recovers.
@Suite("Ends by events and by asking")
struct EventPropertyTests {
  @Test("The end of each task comes once, is the right one, and is never long in coming", arguments: 0..<8)
  func alwaysRight(block: Int) throws {
    for seed in block * 40..<(block + 1) * 40 {
      var world = try World(seed: UInt64(seed), isPerfect: false)
      try world.run()
      for life in world.lives {
        let ends = world.ends[life.key, default: []]
        #expect(ends.map(\.end) == [.stopped(life.final)], "seed \(seed), \(life.key.arn)")
        // A slow interval, what an answer lags behind and takes, and the wait for a task that did not show.
        let latest = max(life.stopsAt, life.watchedAt) + .seconds(60 + 5 + 1 + 8)
        for end in ends { #expect(end.at >= life.stopsAt && end.at <= latest, "seed \(seed), \(life.key.arn)") }
      }
      #expect(world.wentBack.isEmpty, "seed \(seed)")
      #expect(world.state.count == 0)
    }
  }

  @Test("Where events are prompt and none is lost, no end waits for an answer", arguments: 0..<4)
  func prompt(block: Int) throws {
    for seed in block * 40..<(block + 1) * 40 {
      var world = try World(seed: UInt64(seed), isPerfect: true)
      try world.run()
      for life in world.lives {
        let ends = world.ends[life.key, default: []]
        #expect(ends.map(\.end) == [.stopped(life.final)], "seed \(seed), \(life.key.arn)")
        let told = try #require(world.toldOfEnd[life.key.arn])
        for end in ends { #expect(end.at <= max(told, life.watchedAt), "seed \(seed), \(life.key.arn)") }
      }
    }
  }
}

private struct Life {
  var key: ObserverState.Key
  var watchedAt: Duration
  var changes: [(at: Duration, task: JSONValue)]

  var stopsAt: Duration { changes.last?.at ?? .zero }
  var final: JSONValue { changes.last?.task ?? nil }

  func task(at now: Duration) -> JSONValue? { changes.last { $0.at <= now }?.task }
}

private struct World {
  enum Event {
    case watch(ObserverState.Key)
    case told(TaskStateChange, sentAt: Duration)
    case queueWorked
    case queueFailed
  }

  var state = ObserverState()
  var lives: [Life] = []
  var ends: [ObserverState.Key: [(end: TaskEnd, at: Duration)]] = [:]
  var toldOfEnd: [String: Duration] = [:]
  var wentBack: [String] = []
  private var generator: RandomGenerator
  private let isPerfect: Bool
  private var events: [(at: Duration, event: Event)] = []
  private var answers: [(at: Duration, batch: ObserverState.Batch, answer: JSONValue)] = []
  private var versions: [ObserverState.Key: Int64] = [:]

  init(seed: UInt64, isPerfect: Bool) throws {
    generator = RandomGenerator(SeededRandom(seed: seed))
    self.isPerfect = isPerfect
    for number in 0..<Int.random(in: 1...20, using: &generator) { try addLife(number) }
    var now: Duration = .zero
    let lastsUntil = lives.map(\.stopsAt).max() ?? .zero
    while now < lastsUntil + .seconds(400) {
      let works = isPerfect || Int.random(in: 0..<4, using: &generator) > 0
      events.append((now, works ? .queueWorked : .queueFailed))
      now += .milliseconds(Int.random(in: 100...20_000, using: &generator))
    }
    events.sort { $0.at > $1.at }
  }

  private mutating func draw(_ milliseconds: ClosedRange<Int>) -> Duration {
    .milliseconds(Int.random(in: milliseconds, using: &generator))
  }

  private mutating func addLife(_ number: Int) throws {
    let key = ObserverState.Key(cluster: "batch", arn: SampleEvent.arn(number))
    var at = draw(0...60_000)
    var life = Life(key: key, watchedAt: at + draw(0...10_000), changes: [])
    let exitCode = Int64.random(in: 0...3, using: &generator)
    let longest = Bool.random(using: &generator) ? 2_000 : 400_000
    for (index, status) in ["PROVISIONING", "PENDING", "RUNNING", "DEPROVISIONING", "STOPPED"].enumerated() {
      let task = SampleEvent.task(key.arn, status, version: Int64(index + 1), exitCode: exitCode)
      life.changes.append((at, task))
      try send(task, status, at: at)
      at += draw(0...longest)
    }
    lives.append(life)
    events.append((life.watchedAt, .watch(key)))
  }

  /// Puts the event of a change on its way, in some number of copies.
  private mutating func send(_ task: JSONValue, _ status: String, at: Duration) throws {
    let change = try TaskStateChange.read(SampleEvent.body(task))
    let copies = isPerfect ? 1...2 : 0...3
    for _ in 0..<Int.random(in: copies, using: &generator) {
      var copy = change
      if !isPerfect, Int.random(in: 0..<5, using: &generator) == 0 {
        var bare = task.objectValue ?? [:]
        bare.removeValue(forKey: "containers")
        copy = try TaskStateChange.read(SampleEvent.body(.object(bare)))
      }
      let isLate = !isPerfect && Int.random(in: 0..<3, using: &generator) == 0
      let arrival = at + draw(isLate ? 0...300_000 : 10...900)
      events.append((arrival, .told(copy, sentAt: at)))
      if status == "STOPPED" { toldOfEnd[change.arn] = min(toldOfEnd[change.arn] ?? arrival, arrival) }
    }
  }

  /// Lets the time pass, from what happens to what happens next.
  mutating func run() throws {
    var now: Duration = .zero
    while true {
      let next = [events.last?.at, answers.map(\.at).min(), state.nextDueAt()].compactMap { $0 }.min()
      guard let next, next < .seconds(100_000) else { return }
      now = max(now, next)
      while let (at, event) = events.last, at <= now {
        events.removeLast()
        happen(event, at: now)
      }
      for (index, answer) in answers.enumerated().reversed() where answer.at <= now {
        answers.remove(at: index)
        end(state.answered(answer.batch, answer.answer, at: now, using: &generator), at: now)
      }
      for batch in state.takeBatches(at: now) {
        let lag = isPerfect ? .zero : draw(0...5_000)
        let tasks = lives.filter { batch.arns.contains($0.key.arn) }.compactMap { $0.task(at: now - lag) }
        answers.append((now + draw(1...1_000), batch, ["tasks": .array(tasks)]))
      }
      watchOrder()
    }
  }

  private mutating func happen(_ event: Event, at now: Duration) {
    switch event {
    case .watch(let key):
      if let earlier = state.earlierEnd(of: key.arn, at: now) { return end([key: earlier], at: now) }
      state.watch(key, age: draw(0...10_000), at: now)
    case .told(let change, let sentAt): end(state.told(change, sentAgo: now - sentAt, at: now), at: now)
    case .queueWorked: state.queueWorked(at: now)
    case .queueFailed: state.queueFailed()
    }
  }

  private mutating func end(_ new: [ObserverState.Key: TaskEnd], at now: Duration) {
    for (key, end) in new { ends[key, default: []].append((end, now)) }
  }

  private mutating func watchOrder() {
    for life in lives {
      guard let task = state.lastSeen(life.key) else { continue }
      let version = task["version"]?.integerValue ?? 0
      if version < versions[life.key, default: 0] { wentBack.append(life.key.arn) }
      versions[life.key] = version
    }
  }
}
