internal import JobModel

/// What becomes of a calendar expression when the clocks of its zone change, by any width.
///
/// How the two columns of common libraries for Unix cron compare: where they agree on such a row,
/// ``runAfterGap`` and ``followClock`` give their answer. Where they differ in an overlap, cronsim's
/// answer is the one of Debian cron (a fixed time runs once), except that it can repeat an instant
/// before the one asked about; then the next day's is right, as a scan of the civil times with
/// first folds has it. Where a day-of-month or day-of-week field begins with `*` but has a step,
/// cronsim demands both (as cron does), croniter either.
enum DaylightRule: Hashable, Sendable {
  /// EventBridge Scheduler (user guide, "Time zones and daylight saving time"): a civil time that
  /// does not exist is skipped, one that comes twice fires once, at the first. Wildcards are no exception.
  case skipGap
  /// Debian's cron(8), jobs at particular times: what falls into a gap runs once at the first instant
  /// after it; what comes twice runs once, at the first. The manual restricts this to changes under three
  /// hours, because a daemon that sees only the machine's clock takes larger ones for corrections.
  /// Here a change is known from the zone's rules, so that it holds for any width.
  case runAfterGap
  /// Debian's cron(8), jobs with `*` at the beginning of the minute or hour field: they follow the
  /// clock, and so run in a repeated hour again.
  case followClock
}

/// A calendar expression with its rule for clock changes.
struct CalendarSchedule: Hashable, Sendable {
  var fields: CalendarFields
  var daylight: DaylightRule

  /// How far a search goes, in seconds: an expression may select nothing but times that clocks skip.
  private static let horizon = Int64(Limits.scheduleHorizonYears) * 366 * 86_400

  /// The first firing strictly after an instant; both in seconds since 1970. Nil where there is none any more.
  func next(after: Int64, in zone: TimeZoneRules) -> Int64? {
    let earliest = after + 1
    let period = zone.period(at: earliest)
    var civil = earliest + period.offset
    if daylight == .followClock {
      return nextFollowingClock(from: earliest, civil: civil, in: period, zone)
    }
    if period.startsWithOverlap {
      // What clocks have shown before the change does not fire again.
      civil = max(civil, period.startOnClocksBefore)
    } else if daylight == .runAfterGap, period.start == earliest, period.startsWithGap {
      civil = period.startOnClocksBefore
    }
    let limit = civil + CalendarSchedule.horizon
    while let found = fields.first(from: civil, before: limit) {
      switch zone.resolve(civilSeconds: found) {
      case .once(let instant), .twice(let instant, _):
        // Earlier only where two changes lie within hours of each other.
        if instant >= earliest { return instant }
        civil = found + 1
      case .skipped(let change):
        if daylight == .runAfterGap { return change }
        civil = change + zone.period(at: change).offset
      }
    }
    return nil
  }

  /// Each period of one offset is gone through on its own clock, so that repeated times fire again.
  private func nextFollowingClock(
    from earliest: Int64, civil: Int64, in period: OffsetPeriod, _ zone: TimeZoneRules
  ) -> Int64? {
    var earliest = earliest
    var civil = civil
    if period.end != .max, period.offsetAfter < period.offset, civil >= period.end + period.offsetAfter {
      // The next change goes back behind the present: its times are to come once more.
      if let found = fields.first(from: civil, before: period.end + period.offset) { return found - period.offset }
      earliest = period.end
      civil = period.end + period.offsetAfter
    }
    let limit = civil + CalendarSchedule.horizon
    while let found = fields.first(from: civil, before: limit) {
      switch zone.resolve(civilSeconds: found) {
      case .once(let instant):
        if instant >= earliest { return instant }
        civil = found + 1
      case .twice(let first, let second):
        if first >= earliest { return first }
        if second >= earliest { return second }
        civil = found + 1
      case .skipped(let change):
        civil = change + zone.period(at: change).offset
      }
    }
    return nil
  }
}
