/// A schedule: an expression, or a mapping of it with its zone and its bounds.
enum ScheduleShape {
  static func schedule(expression: TextCheck, timezone: Fields.Field) -> Shape {
    let example = "cron(0 3 * * ? *)"
    return .short(
      .text(example: example, check: expression),
      Fields(
        [
          Fields.Field.text("expression", example, expression).required, timezone,
          .text("start", "2026-11-21", JobFileForm.moment), .text("end", "2027-03-31T23:00:00", JobFileForm.moment),
        ], example: "{expression: \"\(example)\", start: 2026-11-21}",
        hints: [
          "cron": "write `expression: cron(…)`", "rate": "write `expression: rate(…)`",
          "at": "write `expression: at(…)`", "startDate": "write `start`", "endDate": "write `end`",
        ]))
  }
}
