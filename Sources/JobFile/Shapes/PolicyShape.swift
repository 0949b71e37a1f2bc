internal import JobModel

/// The keys that say how a job is run; `defaults` takes them too.
enum PolicyShape {
  /// The longest TimeoutSeconds, IntervalSeconds and attempts of the states language as AWS runs it.
  static let longestSeconds: Int64 = 99_999_999
  /// The longest MaxDelaySeconds lies below 366 days (Step Functions guide, "Retrier fields").
  private static let longestDelaySeconds: Int64 = 31_622_399
  /// EventBridge Scheduler's windows are 1 minute to 24 hours (EventBridge Scheduler API, FlexibleTimeWindow).
  private static let windowSeconds: ClosedRange<Int64> = 60...86_400
  static let poolLimit: ClosedRange<Int64> = 1...10_000
  private static let queueLimit: ClosedRange<Int64> = 1...1_000
  private static let priority: ClosedRange<Int64> = -1_000...1_000

  static let policies: [Fields.Field] = when + whether + again

  /// Keys of these policies' mappings, where they stand beside them.
  static let hints = [
    "within": "it belongs under `catchUp`", "priority": "it belongs under `pool`",
    "limit": "it belongs under `pool` or `overlap`", "mode": "it belongs under `catchUp` or `overlap`",
    "not": "it belongs under `calendar`", "instead": "it belongs under `calendar`",
    "flexibleTimeWindow": "write `flexibleWindow: 15m`", "dateFormat": "write `date`",
  ]

  private static let when: [Fields.Field] = [
    Fields.Field(
      name: "calendar",
      shape: .short(
        calendarNames,
        Fields(
          [Fields.Field(name: "not", shape: calendarNames), .word("instead", ["skip", "next", "previous"])],
          example: "{not: holidays, instead: next}",
          hints: [
            "move": "write `instead`", "days": "write `not`", "dates": "dates belong to `calendars`",
            "weekdays": "weekdays belong to `calendars`", "file": "a file belongs to `calendars`",
          ]))
    ).orWord("none"),
    Fields.Field.duration("flexibleWindow", windowSeconds).orWord("none"),
  ]

  private static let calendarNames = Shape.oneOrMore(
    .text(example: "holidays", check: JobFileForm.notEmpty), atMost: 100)

  private static let whether: [Fields.Field] = [
    Fields.Field(
      name: "overlap",
      shape: .wordOr(
        overlaps,
        .fields(
          Fields([.word("mode", overlaps), .whole("limit", queueLimit, "10")], example: "{mode: queue, limit: 10}")))),
    Fields.Field(
      name: "pool",
      shape: .short(
        .text(example: "database", check: JobFileForm.plainName),
        Fields(
          [
            .text("name", "database", JobFileForm.plainName), .whole("limit", poolLimit, "2"),
            .whole("priority", priority, "10"),
          ], example: "{name: database, priority: 10}"))
    ).orWord("none"),
    Fields.Field(
      name: "catchUp",
      shape: .wordOr(
        catchUps,
        .fields(
          Fields(
            [.word("mode", catchUps), .duration("within", 1...longestSeconds)], example: "{mode: latest, within: 1d}")))
    ),
    .word("oncePer", ["slot", "day"]),
    Fields.Field.text("lateAfter", "2h", JobFileForm.allowance).orWord("none"),
    Fields.Field.text("tooLongAfter", "3x", JobFileForm.allowance).orWord("none"),
    .word("limits", MachineLimits.allCases.map(\.rawValue)),
  ]

  private static let overlaps = ["skip", "queue", "cancelOther", "allow"]
  private static let catchUps = ["none", "latest", "all"]

  private static let again: [Fields.Field] = [
    Fields.Field.duration("timeout", 1...longestSeconds).orWord("none"),
    Fields.Field.duration("runTimeout", 1...longestSeconds).orWord("none"),
    Fields.Field.duration("startTimeout", 1...longestSeconds).orWord("none"),
    Fields.Field(name: "successExitCodes", shape: exitCodes(example: "[3]")),
    Fields.Field(name: "skipExitCodes", shape: exitCodes(example: "[99]")),
    Fields.Field(name: "retry", shape: .wordOr(["none"], .oneOrMore(.fields(retryRule), atMost: 50))),
  ]

  private static func exitCodes(example: String) -> Shape {
    .list(of: .text(example: "75", check: JobFileForm.exitCodes), atMost: 256, example: example)
  }

  private static let retryRule = Fields(
    [
      .whole("maxAttempts", 1...1_000, "3"),
      .duration("interval", 1...longestSeconds),
      Fields.Field(name: "backoffRate", shape: .number(1...1_000, example: "2")),
      .duration("maxDelay", 1...longestDelaySeconds),
      .word("jitter", ["none", "full"]),
      Fields.Field(
        name: "on",
        shape: .oneOrMore(.text(example: "States.Timeout", check: JobFileForm.retriedError), atMost: 50)),
      Fields.Field(name: "exitCodes", shape: exitCodes(example: "[75, 100-110]")),
      .text("stoppedReason", "Timeout waiting for network interface", JobFileForm.notEmpty),
    ], example: "{maxAttempts: 3, interval: 30s}")
}
