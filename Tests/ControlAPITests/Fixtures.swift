import ControlAPI
import JobModel

/// Values that the tests of both ends share.
enum Fixtures {
  static let now = at("2026-11-21T04:00:00Z")
  static let day = CivilDate(year: 2026, month: 11, day: 21)
  static let job = name("nightly-report")
  static let slotKey = SlotKey(job: job, scheduledAt: at("2026-11-21T03:00:00Z"))
  static let runID = RunID(slot: slotKey, rerun: 0)
  static let owner = Ownership(instance: InstanceID("host-a.41.5f"), epoch: 7)
  static let taskARN = "arn:aws:ecs:ap-northeast-1:123456789012:task/batch/0f3a"

  static func at(_ text: String) -> Instant {
    guard let instant = Instant(text) else { preconditionFailure("not a time: \(text)") }
    return instant
  }

  static func name(_ text: String) -> JobName {
    guard let name = JobName(text) else { preconditionFailure("not a name: \(text)") }
    return name
  }

  static func run(_ status: RunStatus, version: Int = 3, ended: String? = nil, error: String? = nil) -> Run {
    Run(
      id: runID, day: day, trigger: .schedule, status: status, owner: owner, version: version, definition: "{}",
      input: #"{"z":1,"a":2}"#, startedAt: at("2026-11-21T03:00:01.250Z"), endedAt: ended.map(at), launches: 2,
      output: status == .succeeded ? #"{"rows":12}"# : nil, error: error,
      cause: error.map { _ in #"{"StoppedReason":"Essential container in task exited"}"# })
  }

  static let diagnosis = Diagnosis(
    class: .exitCode, sentence: "the essential container app exited with 1", exitCodes: ["app": 1, "log": 0])

  /// A submission as RunTask answers, with an environment whose value nobody is to see.
  static let submission: JSONValue = [
    "Tasks": [
      [
        "TaskArn": "arn:aws:ecs:ap-northeast-1:123456789012:task/batch/0f3a",
        "TaskDefinitionArn": "arn:aws:ecs:ap-northeast-1:123456789012:task-definition/report:12",
        "Overrides": ["ContainerOverrides": [["Environment": [["Name": "TOKEN", "Value": "hunter2"]]]]],
      ]
    ]
  ]

  static func launch(_ number: Int, _ status: LaunchState, diagnosis: Diagnosis? = nil) -> Launch {
    let isOver = status != .intended && status != .submitted
    return Launch(
      id: LaunchID(run: runID, number: number), task: number, state: "Run",
      resource: "arn:aws:states:::ecs:runTask.sync", request: [:], cluster: "batch", status: status,
      intendedAt: at("2026-11-21T03:00:02Z") + .seconds(60 * (number - 1)),
      endedAt: isOver ? at("2026-11-21T03:00:32Z") + .seconds(60 * (number - 1)) : nil,
      taskARN: status == .intended ? nil : taskARN + String(number),
      submission: status == .intended ? nil : submission, diagnosis: diagnosis)
  }

  static let topic = Receiver.topic(arn: "arn:aws:sns:ap-northeast-1:123456789012:job-failures")

  static let message = OutboxMessage(
    id: "\(runID)/failed", event: .failed, slot: slotKey, rerun: 0, receiver: topic,
    subject: "FAILED nightly-report 2026-11-21", body: "{}", createdAt: at("2026-11-21T03:02:00Z"), attempts: 2,
    nextAttemptAt: at("2026-11-21T03:05:00Z"), lastError: "Timeout: no answer in 30 s")

  /// Of a slot that was never run.
  static let missedMessage = OutboxMessage(
    id: "\(job).20261120T030000Z/missed", event: .missed,
    slot: SlotKey(job: job, scheduledAt: at("2026-11-20T03:00:00Z")),
    receiver: .webhook(Webhook(url: "https://hooks.example.com/services/T0/hunter2")),
    subject: "nightly-report missed on 2026-11-20", body: "{}", createdAt: at("2026-11-20T05:00:00Z"),
    nextAttemptAt: at("2026-11-20T05:00:00Z"), sentAt: at("2026-11-20T05:00:01Z"))

  /// Of November 1 to 20: four slots are run, one of them is going on where the backfill is.
  static func backfill(_ state: Backfill.State, _ states: [SlotState] = [.succeeded, .failed, .running])
    -> BackfillAnswer
  {
    let slots = states.enumerated().map { index, state in
      Slot(
        key: SlotKey(job: job, scheduledAt: at("2026-11-01T03:00:00Z") + .seconds(86_400 * index)),
        day: CivilDate(year: 2026, month: 11, day: 1 + index), trigger: .backfill, state: state, runs: 1)
    }
    return BackfillAnswer(
      Backfill(
        job: job, createdAt: now, from: CivilDate(year: 2026, month: 11, day: 1),
        to: CivilDate(year: 2026, month: 11, day: 20), maxParallel: 2, requestedBy: "ann@host-a", note: "late files",
        state: state, mark: slots.last?.key.scheduledAt ?? at("2026-10-31T14:59:59.999Z"), started: states.count,
        version: 1 + states.count),
      timezone: "Asia/Tokyo", slots: slots)
  }

  static let logs = LogsAnswer(
    run: runID, timezone: "Asia/Tokyo", launch: 2, latestLaunch: 2,
    lines: [
      .init(at: at("2026-11-21T03:00:05Z"), container: "app", message: "3 shops"),
      .init(at: at("2026-11-21T03:00:06.250Z"), container: "log", message: "\u{1B}[31mflushed"),
    ], next: #"{"0f3a/app":["f/1",0]}"#, isAtEnd: true, isOver: true, isRunning: false,
    notes: ["container web logs with splunk, which jobd cannot read"])

  static func slot(_ state: SlotState, runs: Int = 1, reason: String? = nil) -> Slot {
    Slot(key: slotKey, day: day, trigger: .schedule, state: state, reason: reason, runs: runs)
  }

  static func runAnswer(_ status: RunStatus = .running, version: Int = 3) -> RunAnswer {
    RunAnswer(run(status, version: version), timezone: "Asia/Tokyo", now: now)
  }

  static let failedRun = RunAnswer(
    run(.failed, ended: "2026-11-21T03:02:00Z", error: "States.TaskFailed"), timezone: "Asia/Tokyo", now: now,
    launches: [1, 2].map { LaunchAnswer(launch($0, .failed, diagnosis: diagnosis)) },
    messages: [MessageAnswer(message)],
    slot: SlotAnswer(slot(.failed), runs: [RunSummary(run(.failed, ended: "2026-11-21T03:02:00Z"))]))

  static let status = StatusAnswer(
    version: "0.1.0", instance: owner.instance, epoch: 7, startedAt: at("2026-11-20T01:30:00Z"), now: now,
    jobFile: "/etc/jobd/jobs.yaml", loadedAt: at("2026-11-20T01:30:00Z"), jobs: 3, pausedJobs: 1, activeRuns: 1,
    outbox: .init(unsent: 2, oldestAt: at("2026-11-21T03:02:00Z"), lastError: "Timeout: no answer in 30 s"),
    store: .init(description: "SQLite, /var/lib/jobd/jobd.sqlite"),
    otherInstances: [
      Instance(
        id: InstanceID("host-b.9.aa"), epoch: 8, leaseUntil: at("2026-11-21T04:00:12Z"),
        startedAt: at("2026-11-20T09:00:00Z"))
    ])

  static let definition: JSONValue = [
    "StartAt": "Run",
    "States": [
      "Run": [
        "Type": "Task", "Resource": "arn:aws:states:::ecs:runTask.sync", "TimeoutSeconds": 3600,
        "Retry": [
          [
            "ErrorEquals": ["States.TaskFailed"], "IntervalSeconds": 30, "MaxAttempts": 2, "BackoffRate": 2,
            "MaxDelaySeconds": 600,
          ]
        ], "End": true,
      ]
    ],
  ]

  static let jobAnswer = JobAnswer(
    Job(
      name: job, description: "The report that the shops open with",
      schedules: [.init(expression: "cron(0 12 * * ? *)", timezone: "Asia/Tokyo")], timezone: "Asia/Tokyo",
      machine: definition, input: ["currency": "JPY", "amount": 3], oncePer: .day,
      subscriptions: [Subscription(receiver: topic, events: [.failed, .missed])]),
    now: now,
    nextAt: [[at("2026-11-22T03:00:00Z"), at("2026-11-23T03:00:00Z"), at("2026-11-24T03:00:00Z")]],
    explanations: ["at 12:00 every day"],
    slots: [
      SlotAnswer(
        slot(.failed),
        runs: [
          RunSummary(
            run(.failed, ended: "2026-11-21T03:02:00Z", error: "States.TaskFailed"), reason: diagnosis.sentence)
        ]),
      SlotAnswer(
        Slot(
          key: SlotKey(job: job, scheduledAt: at("2026-11-20T03:00:00Z")), day: day.adding(days: -1),
          trigger: .schedule, state: .missed, reason: "no instance was running")),
    ])

  static let jobHistory = JobHistoryAnswer(now: now, job: job, timezone: "Asia/Tokyo", slots: jobAnswer.slots)

  static let reload = ReloadAnswer(
    jobFile: "/etc/jobd/jobs.yaml", isApplied: true, added: [name("b")],
    changed: [ChangedJob(job: name("a"), parts: ["schedule", "task"])], removed: [],
    unchanged: [job])

  static let list = ListAnswer(now: now, jobs: [row("nightly-report", .succeeded)])

  /// A job at noon in Tokyo, with one day.
  static func row(
    _ job: String, _ state: SlotState?, timezone: String = "Asia/Tokyo", schedule: String = "cron(0 12 * * ? *)",
    launches: Int = 1, pause: Pause? = nil, waiting: [WaitingSlot] = [], reason: String? = nil,
    next: String? = "2026-11-22T03:00:00Z"
  ) -> JobRow {
    let key = SlotKey(job: name(job), scheduledAt: slotKey.scheduledAt)
    let wasRun = state.map { [.running, .succeeded, .failed, .timedOut, .aborted].contains($0) } ?? false
    let slots = state.map { [Slot(key: key, day: day, trigger: .schedule, state: $0, runs: wasRun ? 1 : 0)] } ?? []
    return JobRow(
      job: key.job, schedules: [schedule], timezone: timezone, pause: pause,
      days: [
        DayAnswer(
          date: day, state: DayState(slots: slots), launches: wasRun ? launches : 0,
          startedAt: wasRun ? at("2026-11-21T03:00:01.250Z") : nil,
          endedAt: wasRun && state != .running ? at("2026-11-21T03:12:31Z") : nil)
      ],
      nextAt: next.map(at), waiting: waiting, reason: reason)
  }

  static let definitionAnswer = DefinitionAnswer(
    job: job, timezone: "Asia/Tokyo", run: runID, version: 1, presentVersion: 2, isPresent: false,
    definition: definition,
    versions: [
      DefinitionVersion(number: 2, firstUsedAt: at("2026-11-20T03:00:00Z"), since: at("2026-11-20T03:00:00Z")),
      DefinitionVersion(
        number: 1, firstUsedAt: at("2026-11-01T03:00:00Z"), since: at("2026-11-01T03:00:00Z"), isKept: false),
    ])

  static func event(_ id: Int, _ type: String, _ seconds: Int, details: JSONValue = [:]) -> HistoryEvent {
    HistoryEvent(
      id: id, previousID: id - 1, timestamp: at("2026-11-21T03:00:01Z") + .seconds(seconds), type: type,
      details: details)
  }
}
