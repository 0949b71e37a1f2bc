internal import JobModel
internal import Scheduler

/// What `jobd next` is asked, as text, and its answer: without a clock, a terminal or a process around it.
struct NextQuery {
  var timezone = "UTC"
  /// A time; nil for now.
  var after: String?
  /// A time, for `rate(…)`; nil to count from `after`.
  var start: String?
  var count = NextQuery.defaultCount

  static let defaultCount = 5
  /// More firings than anybody reads: a bound for the memory of an answer.
  static let largestCount = 10_000

  /// Why there is no answer, ready for standard error.
  struct Failure: Error, Equatable {
    var message: String
    /// The same in one line.
    var line: String

    init(_ message: String) {
      self.message = message
      line = message
    }

    init(_ error: ScheduleExpressionError) {
      message = error.rendering
      line = error.description
    }
  }

  /// An expression with its zone and its coming firings.
  struct Answer {
    var expression: ScheduleExpression
    var zone: TimeZoneRules
    var firings: [Instant]
  }

  /// - Parameters:
  ///   - now: what `after` is where none was given.
  ///   - zones: the time zone database.
  func answer(_ text: String, now: Instant, zones: String) throws(Failure) -> Answer {
    try checkCount()
    let expression: ScheduleExpression
    do { expression = try ScheduleExpression(text) } catch { throw Failure(error) }
    let zone: TimeZoneRules
    do { zone = try TimeZoneRules.named(timezone, directory: zones) } catch { throw Failure(error.message) }
    let after = try self.after.map { text throws(Failure) in try NextQuery.time(text, in: zone) } ?? now
    let start = try self.start.map { text throws(Failure) in try NextQuery.time(text, in: zone) }
    let firings = expression.upcoming(count, after: after, in: zone, start: start)
    return Answer(expression: expression, zone: zone, firings: firings)
  }

  /// Of a job's schedules together, with all that decides about their slots. Times without an offset are on
  /// the job's clocks.
  func answer(_ job: CompiledJob, now: Instant) throws(Failure) -> JobFirings {
    try checkCount()
    let after = try self.after.map { text throws(Failure) in try NextQuery.time(text, in: job.zone) } ?? now
    let start = try self.start.map { text throws(Failure) in try NextQuery.time(text, in: job.zone) }
    return JobFirings(job, count: count, after: after, start: start)
  }

  private func checkCount() throws(Failure) {
    guard (1...NextQuery.largestCount).contains(count) else {
      throw Failure("the count is 1 to \(NextQuery.largestCount), not \(count)")
    }
  }

  /// An instant with its offset, or a date or a date and time on the zone's clocks.
  static func time(_ text: String, in zone: TimeZoneRules) throws(Failure) -> Instant {
    if let instant = Instant(text) { return instant }
    // Both are read by the reader of instants, as if on the clocks of UTC.
    let civil = [text + "Z", text + ":00Z", text + "T00:00:00Z"].lazy.compactMap { Instant($0) }.first
    guard let civil else {
      throw Failure(
        "\"\(text.prefix(80))\" is no time: write 2026-11-21T03:00:00Z, 2026-11-21T03:00:00+09:00, "
          + "or 2026-11-21T03:00 or 2026-11-21 in the time zone")
    }
    switch zone.resolve(CivilTime(secondsSince1970: civil.seconds)) {
    case .once(let instant), .twice(let instant, _), .skipped(at: let instant): return instant
    }
  }
}

extension NextQuery.Answer {
  /// The explanation, then a line for each firing: weekday, time in the zone, and how far from now.
  func text(now: Instant) -> String {
    let explanation = expression.explanation(in: zone)
    guard !firings.isEmpty else { return explanation + "\nIt never fires again." }
    let times = firings.map { $0.text(offset: zone.offset(at: $0)) }
    let width = times.map(\.utf8.count).max() ?? 0
    let lines = zip(firings, times).map { firing, time in
      let weekday = NextQuery.Answer.weekdays[zone.civil(at: firing).date.weekday]
      let padding = String(repeating: " ", count: width - time.utf8.count)
      return "\(weekday)  \(time)\(padding)  \(NextQuery.Answer.distance(of: firing, from: now))"
    }
    return ([explanation] + lines).joined(separator: "\n")
  }

  /// The firings as JSON strings, in UTC.
  static func json(_ firings: [Instant]) -> JSONValue {
    .array(firings.map { .string($0.description) })
  }

  /// `in 3 d 4 h`, `in 12 min`, `5 s ago`: the two largest units.
  static func distance(of instant: Instant, from now: Instant) -> String {
    let (seconds, overflow) = instant.seconds.subtractingReportingOverflow(now.seconds)
    if overflow { return "" }
    if seconds == 0 { return "now" }
    let length = length(seconds.magnitude)
    return seconds > 0 ? "in \(length)" : "\(length) ago"
  }

  /// `3 d 4 h`: the two largest units.
  static func length(_ seconds: UInt64) -> String {
    var rest = seconds
    var parts: [String] = []
    for (length, unit) in [(86_400 as UInt64, "d"), (3_600, "h"), (60, "min"), (1, "s")] {
      if rest >= length { parts.append("\(rest / length) \(unit)") }
      rest %= length
    }
    return parts.prefix(2).joined(separator: " ")
  }

  static let weekdays = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
}
