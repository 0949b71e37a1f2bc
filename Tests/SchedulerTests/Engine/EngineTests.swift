import JobModel
import Scheduler
import Store
import TestSupport
import Testing

@Suite("Engine", .timeLimit(.minutes(1)))
struct EngineTests {
  /// A job of one Task state, due every hour.
  static func job(
    _ name: JobName = "report", schedule: String? = "0 * * * *", retry: JSONValue = [], timeout: JSONValue = 3_600,
    overlap: Job.Overlap = .skip, oncePer: Job.OncePer = .slot, parameters: JSONValue = [:]
  ) -> Job {
    Job(
      name: name, schedules: schedule.map { [.init(expression: $0, timezone: "UTC")] } ?? [], timezone: "UTC",
      machine: [
        "StartAt": "Run",
        "States": [
          "Run": [
            "Type": "Task", "Resource": "arn:aws:states:::ecs:runTask.sync", "Parameters": parameters,
            "TimeoutSeconds": timeout, "Retry": retry, "End": true,
          ]
        ],
      ],
      oncePer: oncePer, overlap: overlap,
      subscriptions: [Subscription(receiver: .topic(arn: "arn:aws:sns:us-east-1:123456789012:failures"))])
  }

  static let retryTwice: JSONValue = [["ErrorEquals": ["States.ALL"], "IntervalSeconds": 5, "MaxAttempts": 2]]
  static let failure = LaunchReport.failed(
    TaskFailure(
      error: "States.TaskFailed", cause: #"{"StoppedReason":"x"}"#,
      diagnosis: Diagnosis(class: .exitCode, sentence: "container app ended with exit code 3", exitCodes: ["app": 3])))
  static let success = LaunchReport.succeeded(output: ["LastStatus": "STOPPED"], result: ["lastStatus": "STOPPED"])

  static func launch(_ number: Int, _ run: RunID) -> LaunchID { LaunchID(run: run, number: number) }

  static func scheduled(_ job: JobName = "report", hour: Int = 1, rerun: Int = 0) -> RunID {
    let at = Instant(seconds: 1_795_219_200 + Int64(hour) * 3_600)
    return RunID(slot: SlotKey(job: job, scheduledAt: at), rerun: rerun)
  }

  @Test("Runs that the store refuses again and again keep no other from hearing of its task")
  func refusedReports() async throws {
    let store = RefusingStore(InMemoryRunStore(random: SeededRandom(seed: 1)))
    store.refuseRuns { $0.job != "good" }
    let rig = EngineRig(store: store)
    // More than take reports at a time.
    let bad = (0..<20).map { JobName("bad-\($0)") ?? "bad" }
    try await rig.start((bad + ["good"]).map { Self.job($0, schedule: nil) })
    for name in bad {
      let run = try await rig.engine.start(name, RunWish(requestedBy: "test"))
      #expect(await rig.driver.nextCall() == .start(Self.launch(1, run), recovering: false))
      rig.driver.submit(Self.launch(1, run))
      for await _ in store.refusals { break }
    }
    let run = try await rig.engine.start("good", RunWish(requestedBy: "test"))
    #expect(await rig.driver.nextCall() == .start(Self.launch(1, run), recovering: false))
    rig.driver.answerStart(Self.launch(1, run), Self.success)
    #expect(try await rig.outcome(of: run).status == .succeeded)
    await rig.stop()
  }

  @Test("A due slot is claimed, launched, followed and recorded")
  func success() async throws {
    let rig = EngineRig()
    try await rig.start([Self.job()])
    await rig.advance(by: .seconds(3_600))
    let run = Self.scheduled()
    let launch = Self.launch(1, run)
    #expect(await rig.driver.nextCall() == .start(launch, recovering: false))
    #expect(try await rig.store.launches(of: run).map(\.status) == [.intended])
    rig.driver.submit(launch)
    #expect(await rig.driver.nextCall() == .follow(launch))
    #expect(try await rig.store.launches(of: run).map(\.taskARN) == ["arn:\(launch)"])
    rig.driver.answerFollow(launch, Self.success)
    let over = try await rig.outcome(of: run)
    #expect(over.status == .succeeded)
    #expect(over.output == #"{"LastStatus":"STOPPED"}"#)
    let slot = try #require(try await rig.store.slot(run.slot))
    #expect(slot.state == .succeeded)
    #expect(slot.runs == 1)
    #expect(
      try await rig.store.history(of: run).map(\.type) == [
        "ExecutionStarted", "TaskStateEntered", "TaskScheduled", "TaskStarted", "TaskSubmitted", "TaskSucceeded",
        "TaskStateExited", "ExecutionSucceeded",
      ])
    #expect(rig.notifier.sent.isEmpty)
    await rig.stop()
  }

  @Test("Jobs that come due together start once each, beside one whose slot is there already and one that overlaps")
  func together() async throws {
    let rig = EngineRig()
    let names = try (0..<250).map { try #require(JobName("job-\($0)")) }
    let (claimed, busy) = (names[7], names[120])
    try await rig.start(names.map { Self.job($0) })
    let key = Self.scheduled(claimed).slot
    let slot = Slot(key: key, day: CivilDate(daysSince1970: 20_778), trigger: .schedule, state: .missed)
    #expect(try await rig.store.commit([.insertSlot(slot)]) == .committed)
    let byHand = try await rig.engine.start(busy, input: nil, requestedBy: "test")
    #expect(await rig.driver.nextCall() == .start(Self.launch(1, byHand), recovering: false))
    await rig.advance(by: .seconds(3_600))
    var started: [DriverCall] = []
    while started.count < 248, let call = await rig.driver.nextCall() { started.append(call) }
    let wanted = names.filter { $0 != claimed && $0 != busy }.map { Self.launch(1, Self.scheduled($0)) }
    #expect(Set(started.map { "\($0)" }) == Set(wanted.map { "\(DriverCall.start($0, recovering: false))" }))
    await rig.time.waitForSleepers(EngineRig.idleSleepers)
    #expect(rig.driver.calls.count == 249)
    #expect(try await rig.store.slot(key)?.state == .missed)
    #expect(try await rig.store.slot(Self.scheduled(busy).slot)?.state == .skipped)
    await rig.stop()
  }

  @Test("A failed launch is retried as a new launch after its interval, and a success then counts")
  func retry() async throws {
    let rig = EngineRig()
    try await rig.start([Self.job(retry: Self.retryTwice)])
    await rig.advance(by: .seconds(3_600))
    let run = Self.scheduled()
    _ = await rig.driver.nextCall()
    rig.driver.answerStart(Self.launch(1, run), Self.failure)
    try await rig.engine.waitForChange(of: run, after: 1)
    await rig.advance(by: .milliseconds(4_999))
    #expect(rig.driver.calls.count == 1)
    await rig.advance(by: .milliseconds(1))
    #expect(await rig.driver.nextCall() == .start(Self.launch(2, run), recovering: false))
    rig.driver.submit(Self.launch(2, run))
    _ = await rig.driver.nextCall()
    rig.driver.answerFollow(Self.launch(2, run), Self.success)
    #expect(try await rig.outcome(of: run).status == .succeeded)
    #expect(try await rig.store.launches(of: run).map(\.status) == [.failed, .succeeded])
    await rig.stop()
  }

  @Test("A run that fails for good tells once, with the diagnosis, even when the receiver refuses at first")
  func failure() async throws {
    let rig = EngineRig()
    rig.notifier.refuse(times: 1)
    try await rig.start([Self.job()])
    await rig.advance(by: .seconds(3_600))
    let run = Self.scheduled()
    _ = await rig.driver.nextCall()
    rig.driver.answerStart(Self.launch(1, run), Self.failure)
    let over = try await rig.outcome(of: run)
    #expect(over.status == .failed)
    #expect(over.error == "States.TaskFailed")
    #expect(await rig.notifier.nextSending()?.attempts == 1)
    #expect(rig.notifier.sent.isEmpty)
    await rig.advance(by: .seconds(300))
    let message = try #require(await rig.notifier.nextSending())
    #expect(message.attempts == 2)
    let body = try JSONValue.parse(message.body)
    #expect(body["JOBID"] == "report")
    #expect(body["MESSAGE"] == "FAILED")
    #expect(message.body.contains("container app ended with exit code 3"))
    #expect(rig.notifier.sent.count == 1)
    await rig.stop()
  }

  @Test("Arguments that no request can be made of fail the run without a call")
  func unpreparable() async throws {
    let rig = EngineRig()
    try await rig.start([Self.job(parameters: ["Refuse": true])])
    await rig.advance(by: .seconds(3_600))
    _ = await rig.notifier.nextSending()
    #expect(try await rig.outcome(of: Self.scheduled()).error == "ECS.InvalidParameterException")
    #expect(rig.driver.calls.isEmpty)
    await rig.stop()
  }

  /// A job's run, come due, whose task is there and is followed.
  private func following(_ job: Job) async throws -> (rig: EngineRig, run: RunID) {
    let rig = EngineRig()
    try await rig.start([job])
    await rig.advance(by: .seconds(3_600))
    let run = Self.scheduled()
    #expect(await rig.driver.nextCall() == .start(Self.launch(1, run), recovering: false))
    rig.driver.submit(Self.launch(1, run))
    #expect(await rig.driver.nextCall() == .follow(Self.launch(1, run)))
    return (rig, run)
  }

  @Test("A task that exceeds its timeout is stopped, and launched anew only once it has stopped")
  func timeout() async throws {
    let (rig, run) = try await following(Self.job(retry: Self.retryTwice, timeout: 60))
    let submitted = try #require(try await rig.store.run(run)).version
    await rig.advance(by: .seconds(60))
    guard case .stop(Self.launch(1, run), _) = await rig.driver.nextCall() else {
      Issue.record("the task is not stopped")
      return
    }
    // The retry comes due, but the first task still lives. The stop's grace sleeps beside the engine.
    try await rig.engine.waitForChange(of: run, after: submitted)
    await rig.advance(by: .seconds(5), others: 1)
    try await rig.engine.waitForChange(of: run, after: submitted + 1)
    #expect(!rig.driver.calls.contains(.start(Self.launch(2, run), recovering: false)))
    #expect(try await rig.store.launches(of: run).map(\.status) == [.stopped, .intended])
    rig.driver.answerFollow(Self.launch(1, run), Self.success)
    #expect(await rig.driver.nextCall() == .start(Self.launch(2, run), recovering: false))
    await rig.stop()
  }

  @Test(
    "While it is open whether a task was started its timeout waits, and an end in time counts",
    arguments: [true, false])
  func openTimeout(endsInTime: Bool) async throws {
    let rig = EngineRig()
    try await rig.start([Self.job(retry: Self.retryTwice, timeout: 60)])
    await rig.advance(by: .seconds(3_600))
    let run = Self.scheduled()
    #expect(await rig.driver.nextCall() == .start(Self.launch(1, run), recovering: false))
    rig.driver.setFate(.open)
    await rig.advance(by: .seconds(60))
    #expect(await rig.driver.nextLook() == Self.launch(1, run))
    #expect(try await rig.store.launches(of: run).map(\.status) == [.intended])
    rig.driver.setFate(endsInTime ? .over(Self.success) : .goesOn)
    rig.driver.submit(Self.launch(1, run))
    #expect(await rig.driver.nextLook() == Self.launch(1, run))
    if endsInTime {
      #expect(try await rig.outcome(of: run).status == .succeeded)
      #expect(try await rig.store.launches(of: run).map(\.status) == [.succeeded])
    } else {
      #expect(await rig.driver.nextCall() == .follow(Self.launch(1, run)))
      guard case .stop(Self.launch(1, run), _) = await rig.driver.nextCall() else {
        Issue.record("the task is not stopped")
        return
      }
    }
    await rig.stop()
  }

  @Test("While a task is looked at whose time is over, its run can be stopped")
  func stopDuringLook() async throws {
    let (rig, run) = try await following(Self.job(retry: Self.retryTwice, timeout: 60))
    rig.driver.setFate(nil)
    await rig.advance(by: .seconds(60))
    #expect(await rig.driver.nextLook() == Self.launch(1, run))
    try await rig.engine.stop(run, reason: "wrong data")
    guard case .stop(Self.launch(1, run), _) = await rig.driver.nextCall() else {
      Issue.record("the task is not stopped")
      return
    }
    await rig.stop()
  }

  @Test("Where the run is over without it, nobody waits to know whether a task was started")
  func openRunTimeout() async throws {
    let rig = EngineRig()
    try await rig.start([Self.job(timeout: 60)])
    await rig.advance(by: .seconds(3_600))
    let run = Self.scheduled()
    _ = await rig.driver.nextCall()
    rig.driver.setFate(.open)
    let version = try #require(try await rig.store.run(run)).version
    await rig.advance(by: .seconds(60))
    try await rig.engine.waitForChange(of: run, after: version)
    #expect(try await rig.store.launches(of: run).map(\.status) == [.stopped])
    await rig.stop()
  }

  @Test("A run that is stopped stops its task first and is ABORTED then, without a notification")
  func stopped() async throws {
    let (rig, run) = try await following(Self.job())
    try await rig.engine.stop(run, reason: "wrong data")
    guard case .stop(_, let reason) = await rig.driver.nextCall() else {
      Issue.record("the task is not stopped")
      return
    }
    #expect(reason.contains("wrong data"))
    #expect(try await rig.store.run(run)?.status == .running)
    rig.driver.answerFollow(Self.launch(1, run), Self.success)
    #expect(try await rig.outcome(of: run).status == .aborted)
    #expect(try await rig.store.unsentMessages(limit: 10).isEmpty)
    await #expect(throws: EngineRefusal.isOver(run, .aborted)) { try await rig.engine.stop(run, reason: "again") }
    await rig.stop()
  }

  @Test("While the store refuses, nothing is done; when it takes writes again, everything is")
  func fullDisk() async throws {
    let store = RefusingStore(InMemoryRunStore(random: SeededRandom(seed: 1)))
    let rig = EngineRig(store: store)
    try await rig.start([Self.job()])
    store.fill(true)
    await rig.advance(by: .seconds(3_600))
    for await _ in store.refusals { break }
    #expect(rig.driver.calls.isEmpty)
    store.fill(false)
    await rig.advance(by: .seconds(5))
    let launch = Self.launch(1, Self.scheduled())
    #expect(await rig.driver.nextCall() == .start(launch, recovering: false))
    // The next step meets a full disk too.
    store.fill(true)
    rig.driver.submit(launch)
    for await _ in store.refusals { break }
    #expect(rig.driver.calls.count == 1)
    #expect(await rig.engine.storeError?.code == .full)
    store.fill(false)
    await rig.advance(by: .seconds(1), others: 1)
    #expect(await rig.driver.nextCall() == .follow(launch))
    await rig.stop()
  }
}
