internal import JobModel

/// Which days of a month an expression selects: its fields for the day of the month and of the week.
struct DayRule: Hashable, Sendable {
  /// Plain days of the month, bits 1 to 31.
  var days = SmallNumberSet()
  /// `15W`: for each bit the weekday (Monday to Friday) nearest that day, within the month. A month
  /// that does not have the day has none.
  var nearestWeekdays = SmallNumberSet()
  /// `L` (bit 0) and `L-3` (bit 3): days before the month's last.
  var daysBeforeLast = SmallNumberSet()
  /// `LW`: the last Monday to Friday of the month.
  var hasLastWeekday = false
  /// Days of the week by their occurrence in the month: bit 7·k + d is the (k+1)th weekday d, 0 being Sunday.
  var weekdays = SmallNumberSet()
  /// `6L`: the last such weekday of the month, bits 0 (Sunday) to 6.
  var lastWeekdays = SmallNumberSet()
  /// Whether one of the two fields is enough (cron, where neither begins with `*`) or both must match.
  var combination = Combination.both

  enum Combination: Hashable, Sendable {
    case both
    case either
  }

  static let everyDay = SmallNumberSet(1...31)
  static let everyWeekday = SmallNumberSet(0...34)

  /// Selects a day of the week in each week.
  mutating func insert(weekday: Int) {
    for week in 0..<5 { weekdays.insert(week * 7 + weekday) }
  }

  var selectsEveryDayOfMonth: Bool { days == DayRule.everyDay }
  var selectsEveryDayOfWeek: Bool { weekdays == DayRule.everyWeekday }

  /// The selected days of a month, bits 1 to 31.
  func days(of month: Int, in year: Int) -> SmallNumberSet {
    let length = CivilDate.length(ofMonth: month, in: year)
    // Weekdays are looked at only where a part of the rule asks for them.
    let needsCalendar = !selectsEveryDayOfWeek || !nearestWeekdays.isEmpty || hasLastWeekday
    let first = needsCalendar ? CivilDate(year: year, month: month, day: 1).weekday : 0
    let byMonth = daysByMonth(length: length, firstWeekday: first)
    let byWeek = selectsEveryDayOfWeek ? ~0 : daysByWeek(length: length, firstWeekday: first)
    var result = SmallNumberSet()
    result.bits = combination == .both ? byMonth & byWeek : byMonth | byWeek
    result.bits &= (2 << UInt64(length)) - 2
    return result
  }

  private func daysByMonth(length: Int, firstWeekday: Int) -> UInt64 {
    var result = days
    var before = daysBeforeLast.bits
    while before != 0 {
      let day = length - before.trailingZeroBitCount
      if day >= 1 { result.insert(day) }
      before &= before - 1
    }
    var nearest = nearestWeekdays.bits
    while nearest != 0 {
      let day = nearest.trailingZeroBitCount
      if day <= length { result.insert(DayRule.weekday(nearest: day, length: length, firstWeekday: firstWeekday)) }
      nearest &= nearest - 1
    }
    if hasLastWeekday {
      let weekday = (firstWeekday + length - 1) % 7
      result.insert(length - (weekday == 0 ? 2 : weekday == 6 ? 1 : 0))
    }
    return result.bits
  }

  private static func weekday(nearest day: Int, length: Int, firstWeekday: Int) -> Int {
    switch (firstWeekday + day - 1) % 7 {
    case 6: day == 1 ? 3 : day - 1
    case 0: day == length ? day - 2 : day + 1
    default: day
    }
  }

  private func daysByWeek(length: Int, firstWeekday: Int) -> UInt64 {
    var result: UInt64 = 0
    for week in 0..<5 {
      let ofWeek = weekdays.bits >> UInt64(week * 7) & 0x7F
      result |= DayRule.turned(ofWeek, by: firstWeekday) << UInt64(week * 7 + 1)
    }
    if !lastWeekdays.isEmpty {
      let weekdayOfSeventhLast = (firstWeekday + length - 7) % 7
      result |= DayRule.turned(lastWeekdays.bits, by: weekdayOfSeventhLast) << UInt64(length - 6)
    }
    return result
  }

  /// Seven bits by weekday as seven bits by day, the first of them being on `weekday`.
  private static func turned(_ bits: UInt64, by weekday: Int) -> UInt64 {
    (bits >> UInt64(weekday) | bits << UInt64(7 - weekday)) & 0x7F
  }
}
