internal import JobModel

extension StandardFunctions {
  static let dates: [NativeFunction] = [
    NativeFunction("now", "<s?s?:s>", 2, now),
    NativeFunction("millis", "<:n>", 0) { (call) throws(JSONataError) in
      .number(Double(call.run.startedAt.milliseconds))
    },
    NativeFunction("toMillis", "<s-s?:n>", 2, toMillis),
    NativeFunction("fromMillis", "<n-s?s?:s>", 3, fromMillis),
  ]

  private static func now(_ call: Call) throws(JSONataError) -> Value? {
    let now = Double(call.run.startedAt.milliseconds)
    return .string(try formatDateTime(milliseconds: now, picture: call.text(0), zone: call.text(1)))
  }

  private static func toMillis(_ call: Call) throws(JSONataError) -> Value? {
    guard let text = call.text(0) else { return nil }
    return try parseDateTime(text, picture: call.text(1), now: call.run.startedAt, budget: &call.run.budget)
      .map { .number($0) }
  }

  private static func fromMillis(_ call: Call) throws(JSONataError) -> Value? {
    guard let milliseconds = call.number(0) else { return nil }
    try call.run.budget.spend(call.text(1)?.utf8.count ?? 0)
    return try call.made(
      formatDateTime(milliseconds: milliseconds, picture: call.text(1), zone: call.text(2)))
  }
}
