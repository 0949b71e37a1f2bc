internal import JobModel

/// The civil times that a cron expression selects, whatever the zone: a set of bits for each field.
struct CalendarFields: Hashable, Sendable {
  var seconds = SmallNumberSet(single: 0)
  var minutes = SmallNumberSet()
  var hours = SmallNumberSet()
  var days = DayRule()
  /// Bits 1 to 12.
  var months = SmallNumberSet()
  /// Nil for every year.
  var years: YearSet?

  /// The first selected civil time from `start` on.
  ///
  /// Goes field by field: months that are left out, and days within a month, cost nothing.
  ///
  /// - Parameters:
  ///   - start: seconds from 1970-01-01T00:00:00, on any clock; so is the result.
  ///   - limit: the result is before it.
  /// - Returns: nil where there is none before `limit`, nor within ``Limits/scheduleHorizonYears``.
  func first(from start: Int64, before limit: Int64 = .max) -> Int64? {
    let civil = CivilTime(secondsSince1970: start)
    var year = civil.date.year
    var month = civil.date.month
    var day = civil.date.day
    if isSelected(civil.date) {
      if let time = time(from: civil) {
        return Self.checked(CivilDate(year: year, month: month, day: day), time: time, before: limit)
      }
    }
    day += 1
    let lastYear = year + Limits.scheduleHorizonYears
    while let found = nextMonth(from: year, month), found.year <= lastYear {
      if (found.year, found.month) != (year, month) { day = 1 }
      (year, month) = found
      if let selected = days.days(of: month, in: year).next(from: day) {
        return Self.checked(CivilDate(year: year, month: month, day: selected), time: firstTime, before: limit)
      }
      if limit != .max, CivilDate(year: year, month: month, day: 1).secondsAtMidnight >= limit { return nil }
      (year, month) = month == 12 ? (year + 1, 1) : (year, month + 1)
      day = 1
    }
    return nil
  }

  private static func checked(_ date: CivilDate, time: Int64, before limit: Int64) -> Int64? {
    let seconds = date.secondsAtMidnight + time
    return seconds < limit ? seconds : nil
  }

  private func isSelected(_ date: CivilDate) -> Bool {
    months.contains(date.month) && years?.contains(date.year) ?? true
      && days.days(of: date.month, in: date.year).contains(date.day)
  }

  /// The first selected month from a month on.
  private func nextMonth(from year: Int, _ month: Int) -> (year: Int, month: Int)? {
    guard let found = years?.next(from: year) ?? (years == nil ? year : nil) else { return nil }
    if let next = months.next(from: found == year ? month : 1) { return (found, next) }
    guard let later = years?.next(from: found + 1) ?? (years == nil ? found + 1 : nil) else { return nil }
    return months.next(from: 1).map { (later, $0) }
  }

  /// Seconds after midnight of the day's first selected time.
  private var firstTime: Int64 {
    Int64(hours.bits.trailingZeroBitCount * 3_600 + minutes.bits.trailingZeroBitCount * 60)
      + Int64(seconds.bits.trailingZeroBitCount)
  }

  /// Seconds after midnight of the first selected time of the day that is not before `civil`.
  private func time(from civil: CivilTime) -> Int64? {
    guard let hour = hours.next(from: civil.hour) else { return nil }
    if hour == civil.hour {
      if let minute = minutes.next(from: civil.minute) {
        let isSameMinute = minute == civil.minute
        if let second = seconds.next(from: isSameMinute ? civil.second : 0) {
          return Int64(hour * 3_600 + minute * 60 + second)
        }
        if let later = minutes.next(from: minute + 1) {
          return Int64(hour * 3_600 + later * 60 + seconds.bits.trailingZeroBitCount)
        }
      }
      guard let later = hours.next(from: hour + 1) else { return nil }
      return Int64(later * 3_600) + firstTime % 3_600
    }
    return Int64(hour * 3_600) + firstTime % 3_600
  }
}

extension CivilDate {
  /// Seconds from 1970-01-01T00:00:00 to the day's midnight, on the same clock.
  var secondsAtMidnight: Int64 { Int64(daysSince1970) * 86_400 }
}
