internal import JobModel

/// Where the slots of a schedule are moved to by a rule that moves them.
///
/// Slots are never gone through one by one. All slots of a run of bad days go to one good day, the *target*, where
/// only their times of day are left; the first of these after a given time is asked of each bad day with one
/// search of the expression. So a schedule of every minute costs no more than a daily one, and the order in
/// which the days come does not matter: with `next` Sunday's 03:00 comes before Saturday's 05:00.
struct Moves {
  /// How far, in days, a good day is looked for.
  static let reach = 366

  let schedule: DueSchedule
  let rule: CalendarRule
  let rateStart: Instant

  private var zone: TimeZoneRules { schedule.zone }

  /// What becomes of a nominal instant.
  func fate(of nominal: Instant) -> DueSlot.Fate {
    let local = LocalTime(nominal, in: zone)
    guard let calendar = rule.calendar(of: CivilDate(daysSince1970: local.day)) else { return .run }
    guard let day = targetDay(from: local.day), let target = instant(on: day, at: local.time) else {
      return .leftOut(calendar: calendar.name)
    }
    return .moved(to: target, calendar: calendar.name)
  }

  /// The first instant after `bound` that something is moved to, if it can be before `coming`.
  ///
  /// - Parameter coming: the first nominal instant after `bound`. What is moved forward from it or later comes
  ///   after it, and what was moved back from earlier is past: this leaves one day that is a target.
  func target(after bound: Instant, coming: Instant?) -> Instant? {
    let shown = LocalTime.shown(by: bound, in: zone)
    let comingDay = coming.map { LocalTime($0, in: zone).day }
    switch rule.treatment {
    case .skip: return nil
    case .next:
      if isTarget(shown.day) {
        return first(on: shown.day, after: shown.time, from: badDays(endingWith: shown.day - 1), bound)
      }
      if let comingDay, comingDay <= shown.day { return nil }
      guard let day = targetDay(from: shown.day) else { return nil }
      let days = badDays(endingWith: shown.day)
      return first(on: day, after: -1, from: max(days.lowerBound, day - Moves.reach)..<days.upperBound, bound)
    case .previous:
      guard let comingDay else { return nil }
      guard let day = isTarget(comingDay) ? comingDay : targetDay(from: comingDay), day >= shown.day else { return nil }
      let days = badDays(beginningWith: max(day + 1, comingDay), before: day + 1 + Moves.reach)
      return first(on: day, after: day == shown.day ? shown.time : -1, from: days, bound)
    }
  }

  // MARK: Days, counted from 1970-01-01

  /// Whether slots may be moved to a day: no calendar has it, and no gap ends it.
  private func isTarget(_ day: Int) -> Bool {
    let date = CivilDate(daysSince1970: day)
    guard (1...9999).contains(date.year), rule.calendar(of: date) == nil else { return false }
    if case .skipped = zone.resolve(civilSeconds: Int64(day + 1) * 86_400 - 1) { return false }
    return true
  }

  private func targetDay(from day: Int) -> Int? {
    let step = rule.treatment == .next ? 1 : -1
    for distance in 1...Moves.reach where isTarget(day + distance * step) { return day + distance * step }
    return nil
  }

  /// The days up to and with `last` that are no targets, at most as many as the reach has.
  private func badDays(endingWith last: Int) -> Range<Int> {
    var first = last + 1
    while first > last + 1 - Moves.reach, !isTarget(first - 1) { first -= 1 }
    return first..<last + 1
  }

  private func badDays(beginningWith first: Int, before limit: Int) -> Range<Int> {
    var end = first
    while end < limit, !isTarget(end) { end += 1 }
    return first..<end
  }

  // MARK: Times of day, in milliseconds

  /// When the clocks of a day show a time, as far as instants go.
  private func instant(on day: Int, at time: Int64) -> Instant? {
    let found: Instant
    switch zone.resolve(civilSeconds: Int64(day) * 86_400 + time / 1_000) {
    case .once(let seconds), .twice(let seconds, _): found = Instant(milliseconds: seconds * 1_000 + time % 1_000)
    case .skipped(let seconds): found = Instant(seconds: seconds)
    }
    return Instant.distantPast...Instant.distantFuture ~= found ? found : nil
  }

  /// The first instant after `bound` to which the slots of some days are moved on a target.
  private func first(on day: Int, after time: Int64, from days: Range<Int>, _ bound: Instant) -> Instant? {
    var last = time
    while let time = firstTime(after: last, in: days) {
      guard let found = instant(on: day, at: time) else { return nil }
      if found > bound { return found }
      // Only where two changes of the clocks lie within hours of each other.
      last = time
    }
    return nil
  }

  private func firstTime(after time: Int64, in days: Range<Int>) -> Int64? {
    var first: Int64?
    var day = days.lowerBound
    while day < days.upperBound {
      // A good day that is no target because it ends in a gap keeps its slots.
      if rule.calendar(of: CivilDate(daysSince1970: day)) == nil {
        day += 1
        continue
      }
      let (found, following) = firstTime(after: time, on: day)
      if let found { first = min(first ?? found, found) }
      guard let following else { break }
      day = max(day + 1, following)
    }
    return first
  }

  /// The first time of day after another at which the schedule fires on a day, and a day before which none is left
  /// to look at; nil for the latter where the schedule has ended.
  ///
  /// Goes through the periods of one offset on the day, mostly one, since only within one of them do
  /// times of day ascend.
  private func firstTime(after time: Int64, on day: Int) -> (found: Int64?, following: Int?) {
    let midnight = Int64(day) * LocalTime.dayLength
    var found: Int64?
    var following = day + 1
    var period = zone.period(at: Int64(day) * 86_400 - LocalTime.widestOffset)
    while true {
      let offset = period.offset * 1_000
      var lower = Instant(milliseconds: midnight + time + 1 - offset)
      if period.start > lower.seconds { lower = Instant(seconds: period.start) }
      var upper = Instant(milliseconds: midnight + LocalTime.dayLength - offset)
      if period.end <= upper.seconds { upper = Instant(seconds: period.end) }
      if lower < upper {
        guard let fires = schedule.nominal(after: lower - .milliseconds(1), rateStart: rateStart) else {
          return (found, nil)
        }
        if fires < upper {
          let time = fires.milliseconds + offset - midnight
          found = min(found ?? time, time)
        } else {
          following = LocalTime(fires, in: zone).day
        }
      }
      if period.end >= Int64(day + 1) * 86_400 + LocalTime.widestOffset { return (found, following) }
      period = zone.period(at: period.end)
    }
  }
}

/// What clocks show, as the count of the day and the time of that day.
private struct LocalTime {
  static let dayLength: Int64 = 86_400_000
  /// More seconds than any offset from UTC has.
  static let widestOffset: Int64 = 26 * 3_600

  /// Days from 1970-01-01.
  var day: Int
  /// Milliseconds from midnight, on the clock.
  var time: Int64

  private init(milliseconds: Int64) {
    let days = (milliseconds >= 0 ? milliseconds : milliseconds - LocalTime.dayLength + 1) / LocalTime.dayLength
    day = Int(days)
    time = milliseconds - days * LocalTime.dayLength
  }

  init(_ instant: Instant, in zone: TimeZoneRules) {
    self.init(milliseconds: instant.milliseconds + Int64(zone.offset(at: instant)) * 1_000)
  }

  /// The latest time that clocks have shown up to an instant: while they repeat times, the one before the change.
  static func shown(by instant: Instant, in zone: TimeZoneRules) -> LocalTime {
    let period = zone.period(at: instant.seconds)
    if period.startsWithOverlap, instant.seconds + period.offset < period.startOnClocksBefore {
      return LocalTime(milliseconds: period.startOnClocksBefore * 1_000 - 1)
    }
    return LocalTime(milliseconds: instant.milliseconds + period.offset * 1_000)
  }
}
