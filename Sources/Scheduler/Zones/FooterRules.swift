internal import JobModel

/// The footer of a TZif file: a POSIX `TZ` string with the extensions of RFC 8536 §3.3.1, such as
/// `EST5EDT,M3.2.0,M11.1.0` or `<-03>3`. It holds for the time after the file's last transition.
struct FooterRules: Equatable {
  /// Seconds east of UTC. (The text counts westwards.)
  var standardOffset: Int32
  /// Nil where clocks never change.
  var daylight: Daylight?

  struct Daylight: Equatable {
    /// Seconds east of UTC.
    var offset: Int32
    /// When it begins, on standard time's clocks, and when it ends, on its own.
    var start: YearlyMoment
    var end: YearlyMoment
  }

  /// Nil for a text of another form, and for one without the rules of its daylight saving time.
  init?(_ text: some StringProtocol) {
    var reader = FooterReader(bytes: Array(text.utf8))
    guard reader.skipName(), let west = reader.offset(mostHours: 24) else { return nil }
    standardOffset = -west
    if reader.isAtEnd { return }
    guard reader.skipName() else { return nil }
    var daylightOffset = standardOffset + 3_600
    if !reader.isAt(",") {
      guard let west = reader.offset(mostHours: 24) else { return nil }
      daylightOffset = -west
    }
    guard reader.skip(","), let start = reader.moment(), reader.skip(","), let end = reader.moment(), reader.isAtEnd
    else { return nil }
    daylight = Daylight(offset: daylightOffset, start: start, end: end)
  }
}

/// A moment that comes every year, on the clocks of the time before it.
struct YearlyMoment: Equatable {
  enum Day: Equatable {
    /// `Mm.w.d`: the day `weekday` (0 is Sunday) of the week `week` of the month; week 5 is the last.
    case weekday(month: Int, week: Int, weekday: Int)
    /// `Jn`: 1 to 365, February 29 never counted.
    case dayWithoutLeapDay(Int)
    /// `n`: 0 to 365, February 29 counted.
    case day(Int)
  }

  var day: Day
  /// Seconds after midnight: from -167 to 167 hours.
  var time: Int64

  /// Seconds from 1970-01-01T00:00:00 to the moment in a year, both on the same clocks.
  func seconds(in year: Int) -> Int64 {
    Int64(date(in: year).daysSince1970) * 86_400 + time
  }

  private func date(in year: Int) -> CivilDate {
    switch day {
    case .weekday(let month, let week, let weekday):
      let first = CivilDate(year: year, month: month, day: 1)
      var day = 1 + (weekday - first.weekday + 7) % 7 + (week - 1) * 7
      if day > CivilDate.length(ofMonth: month, in: year) { day -= 7 }
      return CivilDate(year: year, month: month, day: day)
    case .dayWithoutLeapDay(let number):
      let isAfterLeapDay = CivilDate.isLeap(year) && number >= 60
      return CivilDate(year: year, month: 1, day: 1).adding(days: number - (isAfterLeapDay ? 0 : 1))
    case .day(let number):
      return CivilDate(year: year, month: 1, day: 1).adding(days: number)
    }
  }
}

/// Reads the parts of a footer; every method answers nil, or false, for what it cannot read.
private struct FooterReader {
  var bytes: [UInt8]
  var index = 0

  var isAtEnd: Bool { index == bytes.count }

  func isAt(_ character: Character) -> Bool { index < bytes.count && bytes[index] == character.asciiValue }

  mutating func skip(_ character: Character) -> Bool {
    guard isAt(character) else { return false }
    index += 1
    return true
  }

  /// A designation of three letters or more, or of anything in `<…>`.
  mutating func skipName() -> Bool {
    if skip("<") {
      while index < bytes.count, !isAt(">") { index += 1 }
      return skip(">")
    }
    let start = index
    while index < bytes.count, bytes[index].isLetter { index += 1 }
    return index - start >= 3
  }

  mutating func number(most: Int) -> Int? {
    let start = index
    var value = 0
    while index < bytes.count, let digit = bytes[index].digitValue, value <= most {
      value = value * 10 + digit
      index += 1
    }
    return index > start && value <= most ? value : nil
  }

  /// `[+|-]hh[:mm[:ss]]` in seconds.
  mutating func offset(mostHours: Int) -> Int32? {
    let isNegative = skip("-")
    if !isNegative { _ = skip("+") }
    guard let hours = number(most: mostHours) else { return nil }
    var seconds = hours * 3_600
    if skip(":") {
      guard let minutes = number(most: 59) else { return nil }
      seconds += minutes * 60
      if skip(":") {
        guard let rest = number(most: 59) else { return nil }
        seconds += rest
      }
    }
    return Int32(isNegative ? -seconds : seconds)
  }

  mutating func moment() -> YearlyMoment? {
    guard let day = day() else { return nil }
    guard skip("/") else { return YearlyMoment(day: day, time: 2 * 3_600) }
    guard let time = offset(mostHours: 167) else { return nil }
    return YearlyMoment(day: day, time: Int64(time))
  }

  private mutating func day() -> YearlyMoment.Day? {
    if skip("M") {
      guard let month = number(most: 12), month > 0, skip("."), let week = number(most: 5), week > 0, skip("."),
        let weekday = number(most: 6)
      else { return nil }
      return .weekday(month: month, week: week, weekday: weekday)
    }
    if skip("J") {
      guard let number = number(most: 365), number > 0 else { return nil }
      return .dayWithoutLeapDay(number)
    }
    return number(most: 365).map { .day($0) }
  }
}

extension UInt8 {
  /// Whether it is an ASCII letter.
  var isLetter: Bool { (65...90).contains(self) || (97...122).contains(self) }
  /// The value of an ASCII digit.
  var digitValue: Int? { (48...57).contains(self) ? Int(self) - 48 : nil }
}
