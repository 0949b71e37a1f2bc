public import JobModel
import Testing

/// Values to store, short to write.
let noon = Instant(seconds: 1_795_262_400)
let today = CivilDate(year: 2026, month: 11, day: 21)
let nightly = job("nightly-report")
let hourly = job("import-orders")
let first = Ownership(instance: "host-1", epoch: 1)

func job(_ name: String) -> JobName {
  guard let job = JobName(name) else { preconditionFailure("no job name: \(name)") }
  return job
}

extension InstanceID: ExpressibleByStringLiteral {
  public init(stringLiteral text: String) { self.init(text) }
}

/// The key of the slot so many hours after noon.
func key(_ hours: Int = 0, of job: JobName = nightly) -> SlotKey {
  SlotKey(job: job, scheduledAt: noon + .seconds(3_600 * hours))
}

func slot(_ key: SlotKey = key(), day: CivilDate = today, version: Int = 1, state: SlotState = .running) -> Slot {
  Slot(key: key, day: day, trigger: .schedule, state: state, runs: 1, version: version)
}

func runID(_ key: SlotKey = key(), rerun: Int = 0) -> RunID { RunID(slot: key, rerun: rerun) }

func run(
  _ id: RunID = runID(), status: RunStatus = .running, owner: Ownership = first, version: Int = 1,
  definition: String = #"{"StartAt":"A"}"#
) -> Run {
  Run(
    id: id, day: today, trigger: .schedule, status: status, owner: owner, version: version, definition: definition,
    input: "{}", startedAt: noon)
}

func launch(_ number: Int = 1, of run: RunID = runID(), status: LaunchState = .intended) -> Launch {
  Launch(
    id: LaunchID(run: run, number: number), task: number, state: "Report",
    resource: "arn:aws:states:::ecs:runTask.sync",
    request: ["cluster": "batch"], status: status, intendedAt: noon)
}

func event(_ id: Int, type: String = "TaskStateEntered") -> HistoryEvent {
  HistoryEvent(id: id, previousID: id - 1, timestamp: noon + .milliseconds(id), type: type)
}

func message(_ id: String, of run: RunID = runID(), dueIn seconds: Int = 0) -> OutboxMessage {
  OutboxMessage(
    id: id, event: .failed, slot: run.slot, rerun: run.rerun,
    receiver: .topic(arn: "arn:aws:sns:ap-northeast-1:123456789012:failures"), subject: "failed", body: "{}",
    createdAt: noon, nextAttemptAt: noon + .seconds(seconds))
}

func backfill(_ job: JobName = nightly, after seconds: Int = 0, version: Int = 1) -> Backfill {
  Backfill(
    job: job, createdAt: noon + .seconds(seconds), from: today, to: today.adding(days: 9), maxParallel: 2,
    requestedBy: "ops", mark: noon, version: version)
}

/// Every part of it is other than usual.
let fullPolicy = RunPolicy(
  timezone: "Asia/Tokyo", pool: PoolPlace(name: "db \"main\"", limit: 3, priority: -2),
  task: TaskPolicy(
    startTimeoutSeconds: 90, successExitCodes: [3, 1, 2], skipExitCodes: [99, -1], stoppedReasons: ["Host EC2", "é\n"]),
  subscriptions: [
    Subscription(receiver: .topic(arn: "arn:aws:sns:eu-west-1:123456789012:ops.fifo"), events: [.late, .failed]),
    Subscription(
      receiver: .webhook(Webhook(url: "https://hooks.example/x?y=1", secret: .file(path: "/run/key"))), events: []),
  ],
  lateAt: noon + .milliseconds(5), tooLongAt: .distantFuture, followsFailure: true)

// MARK: - Slots that are over

/// A minute after the slot's time.
func endOf(_ key: SlotKey) -> Instant { key.scheduledAt + .seconds(60) }

/// A run that ended a minute after a slot's time, which need not be its own.
func ended(_ id: RunID, status: RunStatus = .failed, at key: SlotKey, version: Int = 1) -> Run {
  var run = run(id, status: status, version: version)
  run.startedAt = key.scheduledAt
  run.endedAt = endOf(key)
  return run
}

/// A launch with all that is known of its task.
func told(_ id: RunID) -> Launch {
  var launch = launch(of: id, status: .succeeded)
  launch.submission = ["Tasks": []]
  launch.result = ["ExitCode": 0]
  launch.diagnosis = Diagnosis(class: .exitCode, sentence: "all is well", exitCodes: ["app": 0], log: ["one", "two"])
  return launch
}

/// A slot whose only run is over, with a row of each kind.
func finished(_ key: SlotKey, status: RunStatus = .succeeded, definition: String = "{}") -> [StoreWrite] {
  let id = runID(key)
  var run = ended(id, status: status, at: key)
  run.definition = definition
  var sent = message("\(id)", of: id)
  sent.sentAt = endOf(key)
  return [
    .insertSlot(slot(key, state: status.slotState)), .insertRun(run), .insertLaunch(told(id)),
    .appendHistory(id, [event(1), event(2)]), .putScope(id, scope: "", [1]), .insertMessage(sent),
  ]
}

/// Commits what must hold.
func write(_ batch: [StoreWrite], to store: any RunStore, _ location: SourceLocation = #_sourceLocation) async throws {
  let result = try await store.commit(batch)
  #expect(result == .committed, sourceLocation: location)
}

/// Commits what must conflict at a place, with a harmless slot before it that must not be there afterwards.
func refused(
  _ write: StoreWrite, by store: any RunStore, _ location: SourceLocation = #_sourceLocation
) async throws {
  let harmless = slot(key(999, of: job("harmless")))
  let result = try await store.commit([.insertSlot(harmless), write])
  #expect(result == .conflict(at: 1), sourceLocation: location)
  #expect(try await store.slot(harmless.key) == nil, sourceLocation: location)
}
