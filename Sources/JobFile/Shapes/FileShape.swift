/// The keys of the file, of `defaults` and of a job.
struct FileShape: Sendable {
  var file: Fields
  var defaults: Fields
  var job: Fields

  /// - Parameters:
  ///   - zone: looks a time zone's name up.
  ///   - schedule: reads a schedule expression.
  init(zone: TextCheck, schedule: TextCheck) {
    let timezone = Fields.Field.text("timezone", "Asia/Tokyo", zone)
    let topic = Fields(
      [Fields.Field.text("topicArn", FileShape.topicExample, JobFileForm.topicARN).required],
      example: "{topicArn: \(FileShape.topicExample)}")
    let policies = FileShape.policies + [timezone]
    let taskHints = Dictionary(
      TaskShape.task.fields.map { ($0.name, "it belongs under `task` (or under `defaults`)") }, uniquingKeysWith: { $1 }
    )

    defaults = Fields(
      TaskShape.defaults + policies, example: "{cluster: batch, timeout: 1h}",
      hints: TaskShape.task.hints.merging([
        "schedule": "a schedule belongs to a job", "task": "write the task's keys right under `defaults`",
        "stateMachine": "a state machine belongs to a job", "notifications": "it belongs at the top of the file",
        "input": "an input belongs to a job", "type": "a type belongs to a job",
        "taskDefinitions": "they belong at the top of the file",
      ]) { $1 })
    job = Fields(
      [
        .text("description", "The nightly report"),
        .text("type", "batch", JobFileForm.notEmpty),
        .text("schedule", "cron(0 3 * * ? *)", schedule),
        Fields.Field(name: "task", shape: .fields(TaskShape.task)),
        Fields.Field(name: "stateMachine", shape: .skipped),
        Fields.Field(name: "input", shape: .object(example: "{currency: JPY}")),
        Fields.Field(name: "notifications", shape: .wordOr(["none"], .fields(topic))),
      ] + policies, example: "{schedule: \"cron(0 3 * * ? *)\", task: {taskDefinition: nightly-report}}",
      hints: taskHints.merging([
        "schedules": "a job has one `schedule`", "cron": "write `schedule: cron(…)`",
        "rate": "write `schedule: rate(…)`",
        "topicArn": "it belongs under `notifications`", "maxAttempts": "it belongs under `retry`",
        "exitCodes": "it belongs under `retry`; or write `successExitCodes` or `skipExitCodes`",
        "taskDefinitions": "they belong at the top of the file",
      ]) { $1 })
    file = Fields(
      [
        .text("region", "ap-northeast-1", JobFileForm.region), timezone, .fields("notifications", topic),
        Fields.Field(name: "taskDefinitions", shape: .skipped), Fields.Field(name: "defaults", shape: .skipped),
        Fields.Field(name: "jobs", shape: .skipped),
      ], example: "{jobs: {nightly-report: {…}}}",
      hints: Dictionary(
        defaults.fields.map { ($0.name, "it belongs under `defaults`") }, uniquingKeysWith: { $1 }
      ).merging([
        "schedule": "it belongs to a job, under `jobs`", "task": "it belongs to a job, under `jobs`",
        "stateMachine": "it belongs to a job, under `jobs`", "topicArn": "it belongs under `notifications`",
      ]) { $1 })
  }

  private static let topicExample = "arn:aws:sns:ap-northeast-1:123456789012:job-failures"

  /// The longest TimeoutSeconds, IntervalSeconds and attempts of the states language as AWS runs it.
  static let longestSeconds: Int64 = 99_999_999
  /// The longest MaxDelaySeconds lies below 366 days (Step Functions guide, "Retrier fields").
  static let longestDelaySeconds: Int64 = 31_622_399

  private static func exitCodes(example: String) -> Shape {
    .list(of: .text(example: "75", check: JobFileForm.exitCodes), atMost: 256, example: example)
  }

  private static let retryRule = Fields(
    [
      .whole("maxAttempts", 1...1_000, "3"),
      Fields.Field(name: "interval", shape: .duration(1...longestSeconds)),
      Fields.Field(name: "backoffRate", shape: .number(1...1_000, example: "2")),
      Fields.Field(name: "maxDelay", shape: .duration(1...longestDelaySeconds)),
      .word("jitter", ["none", "full"]),
      Fields.Field(
        name: "on",
        shape: .oneOrMore(.text(example: "States.Timeout", check: JobFileForm.retriedError), atMost: 50)),
      Fields.Field(name: "exitCodes", shape: exitCodes(example: "[75, 100-110]")),
      .text("stoppedReason", "Timeout waiting for network interface", JobFileForm.notEmpty),
    ], example: "{maxAttempts: 3, interval: 30s}")

  private static let policies: [Fields.Field] = [
    Fields.Field(name: "timeout", shape: .wordOr(["none"], .duration(1...longestSeconds))),
    Fields.Field(name: "runTimeout", shape: .wordOr(["none"], .duration(1...longestSeconds))),
    Fields.Field(name: "startTimeout", shape: .wordOr(["none"], .duration(1...longestSeconds))),
    Fields.Field(name: "successExitCodes", shape: exitCodes(example: "[3]")),
    Fields.Field(name: "skipExitCodes", shape: exitCodes(example: "[99]")),
    Fields.Field(name: "retry", shape: .wordOr(["none"], .oneOrMore(.fields(retryRule), atMost: 50))),
    .word("overlap", ["skip", "allow"]),
    Fields.Field(
      name: "catchUp",
      shape: .wordOr(
        ["none", "latest", "all"],
        .fields(
          Fields(
            [
              .word("mode", ["none", "latest", "all"]),
              Fields.Field(name: "within", shape: .duration(1...longestSeconds)),
            ], example: "{mode: latest, within: 1d}")))),
    .word("oncePer", ["slot", "day"]),
  ]

  /// Keys of `defaults` that are not the task's.
  static let policyKeys = Set(policies.map(\.name) + ["timezone"])
}
