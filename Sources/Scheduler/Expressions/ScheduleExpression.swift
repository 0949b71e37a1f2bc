public import JobModel

/// When a job is due: an EventBridge schedule expression or a Unix cron expression.
///
/// * `cron(minutes hours day-of-month month day-of-week [year])`, `rate(value unit)` and
///   `at(yyyy-mm-ddThh:mm:ss)` as EventBridge Scheduler reads them (EventBridge Scheduler user guide,
///   "Schedule types"). See ``EventBridgeParser`` for what the guide leaves open.
/// * Five fields as Debian's crontab(5) reads them, and `@daily` and its like. See ``UnixCronParser``.
///
/// What clock changes do to each is told at ``DaylightRule``.
///
/// A value of some hundred bytes with no reference but its text. Parsing takes a few microseconds,
/// ``next(after:in:start:)`` less than one, and the latter allocates nothing.
public struct ScheduleExpression: Sendable {
  /// The expression as it was written.
  public let text: String
  let timing: Timing

  enum Timing: Hashable, Sendable {
    case calendar(CalendarSchedule)
    case rate(Rate)
    case at(CivilTime)
  }

  /// - Throws: what is wrong, where, and what would be right, for every text that is no expression.
  public init(_ text: String) throws(ScheduleExpressionError) {
    self.text = text
    do {
      timing = try ExpressionReader(text).timing()
    } catch {
      throw ScheduleExpressionError(text: text, fault: error)
    }
  }
}

extension ScheduleExpression: Hashable, CustomStringConvertible {
  public static func == (left: ScheduleExpression, right: ScheduleExpression) -> Bool { left.text == right.text }
  public func hash(into hasher: inout Hasher) { hasher.combine(text) }
  public var description: String { text }
}

/// `rate(5 minutes)`: a fixed length, whatever clocks do. A day is 24 hours.
struct Rate: Hashable, Sendable {
  var count: Int64
  var unit: Unit

  enum Unit: String, Hashable, Sendable, CaseIterable {
    case minute, hour, day

    var seconds: Int64 {
      switch self {
      case .minute: 60
      case .hour: 3_600
      case .day: 86_400
      }
    }
  }

  var milliseconds: Int64 { count * unit.seconds * 1_000 }

  func next(after: Instant, start: Instant) -> Instant? {
    if after < start { return start }
    // Without overflow for any two instants: where the difference is not representable, nothing comes any more.
    let (elapsed, isTooLong) = after.milliseconds.subtractingReportingOverflow(start.milliseconds)
    if isTooLong { return nil }
    let (length, overflow) = (elapsed / milliseconds + 1).multipliedReportingOverflow(by: milliseconds)
    let (sum, overflowed) = start.milliseconds.addingReportingOverflow(length)
    return overflow || overflowed ? nil : Instant(milliseconds: sum)
  }
}

extension ScheduleExpression {
  /// The first firing strictly after an instant.
  ///
  /// - Parameters:
  ///   - zone: the zone whose clocks the expression speaks of. Means nothing to `rate(…)`.
  ///   - start: for `rate(…)` only: the first firing is at `start` itself, the others whole periods later.
  ///     Without one the first is a period after `after`.
  /// - Returns: nil where the expression never fires again, which is known after a search of
  ///   ``Limits/scheduleHorizonYears`` at most; `cron(…)` ends with the year 2199 as in EventBridge.
  public func next(after: Instant, in zone: TimeZoneRules, start: Instant? = nil) -> Instant? {
    let found: Instant?
    switch timing {
    case .calendar(let schedule):
      guard Instant.distantPast...Instant.distantFuture ~= after else { return nil }
      found = schedule.next(after: after.seconds, in: zone).map { Instant(seconds: $0) }
    case .rate(let rate):
      found = rate.next(after: after, start: start ?? after)
    case .at(let civil):
      // Sorted, and at most two: the first counts, and a time that clocks skip never comes.
      found = zone.resolve(civil).instants.first.flatMap { $0 > after ? $0 : nil }
    }
    return found.flatMap { $0 <= .distantFuture ? $0 : nil }
  }

  /// The coming firings, at most `count`.
  public func upcoming(_ count: Int, after: Instant, in zone: TimeZoneRules, start: Instant? = nil) -> [Instant] {
    var firings: [Instant] = []
    var last = after
    // Without a start a rate counts from the first instant asked about, not from each answer; that is the same.
    while firings.count < count, let next = next(after: last, in: zone, start: start) {
      firings.append(next)
      last = next
    }
    return firings
  }

  /// Whether the expression is `rate(…)`, which counts from a start instead of a calendar.
  public var isRate: Bool {
    if case .rate = timing { true } else { false }
  }
}
