import JobModel
import Scheduler
import StatesLanguage
import Store
import Synchronization
import TestSupport
import Testing

/// Answers for tasks that wait for their tokens: through the whole engine.
@Suite("Engine: task tokens", .timeLimit(.minutes(1)))
struct EngineAnswerTests {
  /// A job by hand whose one Task hands its token out.
  static func job(timeout: JSONValue = 3_600, retry: JSONValue = []) -> Job {
    var job = EngineTests.job(schedule: nil)
    job.machine = [
      "StartAt": "Ask",
      "States": [
        "Ask": [
          "Type": "Task", "Resource": "arn:aws:states:::ecs:runTask.waitForTaskToken", "TimeoutSeconds": timeout,
          "Retry": retry, "End": true,
        ]
      ],
    ]
    return job
  }

  static let order = [
    "ExecutionStarted", "TaskStateEntered", "TaskScheduled", "TaskStarted", "TaskSubmitted", "TaskSucceeded",
    "TaskStateExited", "ExecutionSucceeded",
  ]

  static func token(_ launch: Int = 1, of run: RunID, in store: any RunStore) async throws -> String {
    try #require(try await store.launches(of: run).first { $0.id.number == launch }?.token)
  }

  /// A run whose task is submitted and followed.
  private static func begin(_ rig: EngineRig, _ job: Job = job()) async throws -> (RunID, token: String) {
    try await rig.start([job])
    let run = try await rig.engine.start("report", input: nil, requestedBy: "ann")
    #expect(await rig.driver.nextCall() == .start(EngineTests.launch(1, run), recovering: false))
    rig.driver.submit(EngineTests.launch(1, run))
    #expect(await rig.driver.nextCall() == .follow(EngineTests.launch(1, run)))
    return (run, try await token(of: run, in: rig.store))
  }

  @Test("The answer is the task's result")
  func success() async throws {
    let rig = EngineRig()
    let (run, token) = try await Self.begin(rig)
    try await rig.engine.answer(token, .heartbeat)
    try await rig.engine.answer(token, .succeeded(output: ["rows": 12]))
    #expect(try await rig.outcome(of: run).output == #"{"rows":12}"#)
    #expect(try await rig.store.history(of: run).map(\.type) == Self.order)
    #expect(try await rig.store.taskAnswers().isEmpty)
    await rig.stop()
  }

  @Test("A failed answer is the task's failure, which Retry may take")
  func failure() async throws {
    let rig = EngineRig()
    let (run, token) = try await Self.begin(rig, Self.job(retry: EngineTests.retryTwice))
    try await rig.engine.answer(token, .failed(error: "Shop.Closed", cause: "today"))
    while try await rig.store.openLaunches(of: run).count > 0 { await Task.yield() }
    await rig.advance(by: .seconds(5))
    #expect(await rig.driver.nextCall() == .start(EngineTests.launch(2, run), recovering: false))
    // The token of the attempt before is no longer worth anything.
    await #expect(throws: TaskAnswerRefusal.taskTimedOut(run)) {
      try await rig.engine.answer(token, .succeeded(output: 1))
    }
    try await rig.engine.answer(
      Self.token(2, of: run, in: rig.store), .failed(error: "Shop.Burnt", cause: nil))
    rig.driver.submit(EngineTests.launch(2, run))
    while try await rig.store.openLaunches(of: run).count > 0 { await Task.yield() }
    #expect(try await rig.store.launches(of: run).map(\.diagnosis?.class) == [.unknown, .unknown])
    await rig.stop()
  }

  @Test("What is no token, or is too late, or too long, is refused and changes nothing")
  func refused() async throws {
    let rig = EngineRig()
    let (run, token) = try await Self.begin(rig)
    func refusal(_ token: String, _ content: TaskAnswer.Content = .succeeded(output: 1)) async -> TaskAnswerRefusal? {
      do throws(TaskAnswerRefusal) {
        try await rig.engine.answer(token, content)
        return nil
      } catch {
        return error
      }
    }
    for text in ["", "x", "jobd-task-", "jobd-task-AAAA", String(token.dropLast(8)), token + "="] {
      #expect(await refusal(text) == .invalidToken, "\(text)")
    }
    // The right run and attempt, and another secret; the right one with a last letter that says the same.
    var generator: any RandomNumberGenerator = RandomGenerator(SeededRandom(seed: 99))
    let forged = TaskToken.forged(run.description, task: 1, using: &generator)
    #expect(await refusal(forged) == .invalidToken)
    let gone = RunID(slot: run.slot, rerun: 9)
    #expect(
      await refusal(TaskToken.forged(gone.description, task: 1, using: &generator)) == .taskDoesNotExist(gone))
    #expect(
      await refusal(TaskToken.forged(run.description, task: 2, using: &generator)) == .taskTimedOut(run))
    #expect(await refusal(TaskToken.forged("no run", task: 1, using: &generator)) == .invalidToken)
    let long = String(repeating: "x", count: TaskAnswerLimits.outputBytes - 1)
    let bytes = TaskAnswerLimits.outputBytes + 1
    #expect(
      await refusal(token, .succeeded(output: .string(long)))
        == .tooLong("output", bytes, limit: TaskAnswerLimits.outputBytes))
    #expect(
      await refusal(token, .failed(error: String(repeating: "e", count: 257), cause: nil))
        == .tooLong("error", 257, limit: 256))
    #expect(
      await refusal(token, .failed(error: nil, cause: String(repeating: "c", count: 32_769)))
        == .tooLong("cause", 32_769, limit: 32_768))
    #expect(try await rig.store.taskAnswers().isEmpty)
    #expect(try await rig.store.run(run)?.status == .running)

    #expect(await refusal(token, .succeeded(output: .string(String(long.dropLast())))) == nil)
    _ = try await rig.outcome(of: run)
    #expect(await refusal(token) == .taskTimedOut(run))
    #expect(await refusal(token, .heartbeat) == .taskTimedOut(run))
    await rig.stop()
  }

  @Test("Another instance takes the answer, and the run's owner finds it")
  func otherInstance() async throws {
    let owner = EngineRig()
    let (run, token) = try await Self.begin(owner)
    let other = EngineRig(store: owner.store, time: owner.time, instance: "two")
    try await other.start([Self.job()])
    try await other.engine.answer(token, .succeeded(output: "far"))
    await #expect(throws: TaskAnswerRefusal.taskTimedOut(run)) {
      try await owner.engine.answer(token, .succeeded(output: "near"))
    }
    await owner.time.waitForSleepers(2 * EngineRig.idleSleepers)
    owner.time.advance(by: .seconds(5))
    #expect(try await owner.outcome(of: run).output == #""far""#)
    await owner.stop()
    await other.stop()
  }

  @Test("An answer that another instance has taken beats a timeout that comes before its owner looks")
  func beatsTimeout() async throws {
    let store = RefusingStore(InMemoryRunStore(random: SeededRandom(seed: 1)))
    let rig = EngineRig(store: store)
    let (run, token) = try await Self.begin(rig, Self.job(timeout: 2))
    // As another instance would, without this one hearing of it.
    let launch = EngineTests.launch(1, run)
    let answer = TaskAnswer(launch: launch, content: .succeeded(output: "in time"), answeredAt: rig.time.now())
    #expect(token.hasPrefix(TaskTokenForm.prefix))
    #expect(try await store.commit([.expectOpen(launch), .insertAnswer(answer)]) == .committed)
    await rig.advance(by: .seconds(2))
    #expect(try await rig.outcome(of: run).output == #""in time""#)
    await rig.stop()
  }

  @Test("An answer that comes between a timeout's look and its commit takes the timeout back")
  func beatsCommit() async throws {
    let store = LateAnswer(InMemoryRunStore(random: SeededRandom(seed: 1)))
    let rig = EngineRig(store: store)
    let (run, _) = try await Self.begin(rig, Self.job(timeout: 2))
    store.arm(
      TaskAnswer(
        launch: EngineTests.launch(1, run), content: .succeeded(output: "just"), answeredAt: rig.time.now()))
    await rig.advance(by: .seconds(2))
    while await rig.engine.activeRunCount > 0 { await Task.yield() }
    // The run is looked at again with the next look for orphans, and its task followed once more.
    await rig.advance(by: .seconds(5))
    #expect(try await rig.outcome(of: run).output == #""just""#)
    #expect(try await rig.store.launches(of: run).map(\.status) == [.succeeded])
    await rig.stop()
  }

  @Test("An answer that was acknowledged counts after a crash before the run has heard of it")
  func crashAfterAnswer() async throws {
    let store = RefusingStore(InMemoryRunStore(random: SeededRandom(seed: 1)))
    let old = EngineRig(store: store)
    let (run, token) = try await Self.begin(old)
    store.refuseRuns(true)
    try await old.engine.answer(token, .succeeded(output: "kept"))
    for await _ in store.refusals { break }
    await old.stop()
    store.refuseRuns(false)
    // Far beyond the timeout: who answered in time has answered in time.
    old.time.advance(by: .seconds(7_200))
    let new = EngineRig(store: store, time: old.time, instance: "two")
    try await new.start([Self.job()])
    #expect(try await new.outcome(of: run).output == #""kept""#)
    #expect(try await store.taskAnswers().isEmpty)
    await new.stop()
  }

  @Test("Timeouts survive a restart")
  func timeoutOverRestart() async throws {
    let old = EngineRig()
    let (run, token) = try await Self.begin(old)
    await old.stop()
    old.time.advance(by: .seconds(3_601))
    let new = EngineRig(store: old.store, time: old.time, instance: "two")
    try await new.start([Self.job()])
    while let call = await new.driver.nextCall() {
      if case .stop = call { break }
    }
    await #expect(throws: TaskAnswerRefusal.taskTimedOut(run)) {
      try await new.engine.answer(token, .succeeded(output: 1))
    }
    new.driver.answerFollow(EngineTests.launch(1, run), EngineTests.success)
    #expect(try await new.outcome(of: run).error == "States.Timeout")
    await new.stop()
  }

  /// A process runs the job, its task is submitted, and its worker answers, again and again until it is told that the
  /// answer was taken. At one of its commits the process is killed, and another one goes on.
  @Test(
    "Wherever a process is killed, one answer counts, one task was launched, and the history is whole",
    arguments: 0..<5, [true, false])
  func kills(commit: Int, isDone: Bool) async throws {
    let base = InMemoryRunStore(random: SeededRandom(seed: 1))
    let time = ManualTime(now: Instant(seconds: 1_795_219_230))
    let dying = DyingStore(base)
    let old = EngineRig(store: dying, time: time)
    try await old.start([Self.job()])
    let run = try await old.engine.start("report", input: nil, requestedBy: "ann")
    let launch = EngineTests.launch(1, run)
    _ = await old.driver.nextCall()
    dying.die(atCommit: commit, isDone: isDone)
    let text = try await Self.token(of: run, in: base)
    let isEarly = commit % 2 == 0
    if !isEarly { old.driver.submit(launch) }
    let isTaken = (try? await old.engine.answer(text, .succeeded(output: "once"))) != nil
    if isEarly { old.driver.submit(launch) }
    var current = old
    if try await Self.isOver(run, in: base, unless: { dying.isDead }) == false {
      await old.stop()
      time.advance(by: .seconds(60))
      let new = EngineRig(store: base, time: time, instance: "two")
      try await new.start([Self.job()])
      new.answersEverything(as: launch)
      current = new
      if !isTaken {
        // Refused where the answer was taken, and its acknowledgement was what got lost.
        let again = (try? await new.engine.answer(text, .succeeded(output: "once"))) != nil
        #expect(again || isDone)
      }
    }
    let over = try await current.outcome(of: run)
    #expect(over.status == .succeeded)
    #expect(over.output == #""once""#)
    #expect(try await base.launches(of: run).map(\.status) == [.succeeded])
    #expect(try await base.history(of: run).map(\.type) == Self.order)
    #expect(try await base.taskAnswers().isEmpty)
    await current.stop()
    await old.stop()
  }

  /// Waits until the run is over, or something else is.
  private static func isOver(
    _ run: RunID, in store: any RunStore, unless isGone: () -> Bool
  ) async throws -> Bool {
    while true {
      if try await store.run(run)?.status != .running { return true }
      if isGone() { return false }
      try Task.checkCancellation()
      await Task.yield()
    }
  }
}

extension TaskToken {
  /// A token as somebody would make it who knows the form and not the secret.
  static func forged(_ execution: String, task: Int, using generator: inout any RandomNumberGenerator) -> String {
    let plain = Array("\(execution)\n\(task)\n\(String(generator.next(), radix: 36))".utf8)
    let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
    var text = TaskTokenForm.prefix
    var bits = 0
    var group = 0
    for byte in plain {
      (group, bits) = (group << 8 | Int(byte), bits + 8)
      while bits >= 6 {
        bits -= 6
        text.append(alphabet[group >> bits & 63])
      }
      group &= 63
    }
    if bits > 0 { text.append(alphabet[group << (6 - bits) & 63]) }
    return text
  }
}

extension EngineRig {
  /// Lets the driver report a launch as submitted whenever it is asked.
  fileprivate func answersEverything(as launch: LaunchID) {
    let driver = driver
    Task {
      while let call = await driver.nextCall() {
        if case .start = call { driver.submit(launch) }
      }
    }
  }
}

/// A store into which an answer comes right before the run's next step is committed.
private final class LateAnswer: ForwardingStore, @unchecked Sendable {
  private let answer = Mutex<TaskAnswer?>(nil)

  func arm(_ late: TaskAnswer) { answer.withLock { $0 = late } }

  override func commit(_ batch: [StoreWrite]) async throws(StoreError) -> CommitResult {
    if case .updateRun? = batch.first {
      let late = answer.withLock { answer in
        defer { answer = nil }
        return answer
      }
      if let late { _ = try await base.commit([.expectOpen(late.launch), .insertAnswer(late)]) }
    }
    return try await base.commit(batch)
  }
}

/// A store whose process is killed at one of its commits, before or after it is done.
private final class DyingStore: ForwardingStore, @unchecked Sendable {
  private struct State {
    var commitsLeft = Int.max
    var isDone = false
    var isDead = false
  }

  private let state = Mutex(State())

  var isDead: Bool { state.withLock { $0.isDead } }

  func die(atCommit commit: Int, isDone: Bool) {
    state.withLock { ($0.commitsLeft, $0.isDone) = (commit, isDone) }
  }

  override func commit(_ batch: [StoreWrite]) async throws(StoreError) -> CommitResult {
    let (isDying, isDone, wasDead) = state.withLock { state in
      let wasDead = state.isDead
      if state.commitsLeft <= 0 { state.isDead = true }
      if state.commitsLeft < Int.max { state.commitsLeft -= 1 }
      return (state.isDead && !wasDead, state.isDone, wasDead)
    }
    if wasDead { throw StoreError(code: .other, message: "dead") }
    let result: CommitResult? = isDying && !isDone ? nil : try await base.commit(batch)
    guard let result, !isDying else { throw StoreError(code: .other, message: "dead") }
    return result
  }
}
