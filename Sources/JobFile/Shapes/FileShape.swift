internal import JobModel

/// The keys of the file, of `defaults` and of a job.
struct FileShape: Sendable {
  var file: Fields
  var defaults: Fields
  var job: Fields

  /// - Parameters:
  ///   - zone: looks a time zone's name up.
  ///   - schedule: reads a schedule expression.
  ///   - date: reads a pattern for days.
  init(zone: TextCheck, schedule: TextCheck, date: TextCheck) {
    let timezone = Fields.Field.text("timezone", "Asia/Tokyo", zone)
    let schedule = ScheduleShape.schedule(expression: schedule, timezone: timezone)
    let policies = PolicyShape.policies + [.text("date", "yyyyMMdd", date), timezone]
    let taskHints = Dictionary(
      TaskShape.task.fields.map { ($0.name, "it belongs under `task` (or under `defaults`)") }, uniquingKeysWith: { $1 }
    )
    let topHints = Dictionary(
      FileShape.topKeys.map { ($0, "it belongs at the top of the file") }, uniquingKeysWith: { $1 })

    defaults = Fields(
      TaskShape.defaults + policies, example: "{cluster: batch, timeout: 1h}",
      hints: TaskShape.task.hints.merging(topHints) { $1 }.merging([
        "schedule": "a schedule belongs to a job", "schedules": "schedules belong to a job",
        "task": "write the task's keys right under `defaults`",
        "stateMachine": "a state machine belongs to a job", "notifications": "it belongs at the top of the file",
        "input": "an input belongs to a job", "type": "a type belongs to a job", "after": "it belongs to a job",
      ]) { $1 })
    job = Fields(
      [
        .text("description", "The nightly report"),
        .text("type", "batch", JobFileForm.notEmpty),
        Fields.Field(name: "schedule", shape: schedule),
        Fields.Field(
          name: "schedules",
          shape: .list(of: schedule, atMost: 100, example: "[\"cron(0 3 * * ? *)\", \"cron(0 15 * * ? *)\"]")),
        Fields.Field(
          name: "after", shape: .oneOrMore(.text(example: "import-orders", check: JobFileForm.notEmpty), atMost: 100)),
        Fields.Field(name: "task", shape: .fields(TaskShape.task)),
        Fields.Field(name: "stateMachine", shape: .skipped),
        Fields.Field(name: "input", shape: .object(example: "{currency: JPY}")),
        .fields("notifications", NotificationShape.notifications).orWord("none"),
      ] + policies, example: "{schedule: \"cron(0 3 * * ? *)\", task: {taskDefinition: nightly-report}}",
      hints: taskHints.merging(topHints) { $1 }.merging(PolicyShape.hints) { $1 }.merging([
        "cron": "write `schedule: cron(…)`", "rate": "write `schedule: rate(…)`",
        "expression": "it belongs under `schedule`", "start": "it belongs under `schedule`",
        "end": "it belongs under `schedule`", "startDate": "write `schedule: {expression: …, start: …}`",
        "endDate": "write `schedule: {expression: …, end: …}`", "dependsOn": "write `after`",
        "topicArn": "it belongs under `notifications`", "webhook": "it belongs under `notifications`",
        "on": "it belongs under `notifications` or `retry`", "maxAttempts": "it belongs under `retry`",
        "exitCodes": "it belongs under `retry`; or write `successExitCodes` or `skipExitCodes`",
        "enabled": "a job is paused with `jobd ctl pause`", "paused": "a job is paused with `jobd ctl pause`",
      ]) { $1 })
    file = Fields(
      [
        .text("region", "ap-northeast-1", JobFileForm.region), timezone,
        .fields("notifications", NotificationShape.notifications),
        .fields("deadManPing", NotificationShape.deadManPing), .fields("events", NotificationShape.events),
        .fields("retention", FileShape.retention), .fields("requestQuotas", FileShape.requestQuotas),
        Fields.Field(name: "calendars", shape: .skipped),
        Fields.Field(name: "pools", shape: .skipped), Fields.Field(name: "taskDefinitions", shape: .skipped),
        Fields.Field(name: "stateMachines", shape: .skipped), .boolean("localCommands"),
        Fields.Field(name: "defaults", shape: .skipped), Fields.Field(name: "jobs", shape: .skipped),
      ], example: "{jobs: {nightly-report: {…}}}",
      hints: Dictionary(
        defaults.fields.map { ($0.name, "it belongs under `defaults`") }, uniquingKeysWith: { $1 }
      ).merging([
        "schedule": "it belongs to a job, under `jobs`", "schedules": "it belongs to a job, under `jobs`",
        "after": "it belongs to a job, under `jobs`", "task": "it belongs to a job, under `jobs`",
        "stateMachine": "it belongs to a job, under `jobs`", "topicArn": "it belongs under `notifications`",
        "webhook": "it belongs under `notifications`", "queueUrl": "it belongs under `events`",
        "calendar": "days are named under `calendars`, and a job (or `defaults`) takes them with `calendar`",
        "pool": "limits are set under `pools`, and a job (or `defaults`) takes one with `pool`",
      ]) { $1 })
  }

  /// Of the file alone.
  private static let topKeys = [
    "region", "deadManPing", "events", "retention", "requestQuotas", "calendars", "pools", "taskDefinitions",
    "stateMachines", "localCommands", "defaults", "jobs",
  ]

  /// Keys of `defaults` that are not the task's.
  static let policyKeys = Set(PolicyShape.policies.map(\.name) + ["date", "timezone"])

  // MARK: What stands at the top

  static let retention = Fields(
    [
      Fields.Field.duration("runs", aDay...aCentury).orWord("forever"), .whole("runsPerJob", 1...1_000_000, "1000"),
      Fields.Field.duration("history", aDay...aCentury).orWord("forever"),
      Fields.Field.duration("logs", aDay...aCentury).orWord("forever"),
    ], example: "{runs: 400d, history: 90d}")

  static let requestQuotas = Fields(
    RequestQuota.allCases.map { .fields($0.rawValue, requestRate) },
    example: "{clusterResourceModify: {burst: 500, perSecond: 200}}",
    hints: [
      "runTask": "write `clusterResourceModify`, as AWS calls the quota of RunTask and StopTask",
      "describeTasks": "write `clusterResourceRead`, as AWS calls the quota of DescribeTasks and ListTasks",
    ])

  private static let requestRate = Fields(
    [
      Fields.Field.whole("burst", 1...100_000, "500").required,
      Fields.Field.whole("perSecond", 1...100_000, "200").required,
    ], example: "{burst: 500, perSecond: 200}", hints: ["rate": "write `perSecond`"])

  private static let aDay: Int64 = 86_400
  private static let aCentury: Int64 = 36_525 * 86_400

  /// One calendar of `calendars`.
  static let calendar = Fields(
    [
      Fields.Field(
        name: "dates",
        shape: .list(
          of: .text(example: "2026-01-01", check: JobFileForm.date), atMost: 10_000, example: "[2026-01-01, 2026-12-31]"
        )),
      Fields.Field(name: "weekdays", shape: .oneOrMore(.word(weekdays), atMost: 7)),
      .text("file", "holidays.ics", JobFileForm.calendarFile),
    ], example: "{dates: [2026-01-01], weekdays: [SAT, SUN]}",
    hints: [
      "days": "write `dates`, or `weekdays`", "date": "write `dates: [2026-01-01]`",
      "ics": "write `file: holidays.ics`",
    ])

  /// In the order of ``CivilDate/weekday``, spelled as in `cron(…)`.
  static let weekdays = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"]

  /// One pool of `pools`.
  static let pool = Fields([Fields.Field.whole("limit", PolicyShape.poolLimit, "2").required], example: "{limit: 2}")
}
