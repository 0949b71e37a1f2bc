internal import JobModel

/// The parts of a point in time that pictures name, in UTC.
struct PictureTime {
  let date: CivilDate
  /// Milliseconds of the day.
  let milliseconds: Int

  /// - Parameter milliseconds: since 1970; whole, and within JavaScript's range of ±100 million days, so that
  ///   days fit.
  /// - Throws: `D1001` for a number outside.
  init(milliseconds: Double) throws(JSONataError) {
    guard milliseconds.magnitude <= PictureTime.furthest else {
      throw PictureProblem.outOfRange(milliseconds).error
    }
    self.init(Int(milliseconds))
  }

  init(_ instant: Instant) { self.init(Int(instant.milliseconds)) }

  private init(_ milliseconds: Int) {
    let day = PictureTime.millisecondsOfDay
    let rest = milliseconds % day
    self.milliseconds = rest < 0 ? rest + day : rest
    date = CivilDate(daysSince1970: (milliseconds - self.milliseconds) / day)
  }

  /// ECMA-262, Time Values and Time Range.
  static let furthest = 8.64e15
  static let millisecondsOfDay = 86_400_000

  /// Nil where it is no number.
  func value(_ component: DateTimeMarker.Component) -> Int? {
    switch component {
    case .year: date.year
    case .month: date.month
    case .day: date.day
    case .dayOfYear: date.daysSince1970 - CivilDate(year: date.year, month: 1, day: 1).daysSince1970 + 1
    case .weekday: date.weekday == 0 ? 7 : date.weekday
    case .week: Week(ofYear: date).number
    case .weekOfMonth: Week(ofMonth: date).number
    case .weekYear: Week(ofYear: date).period.year
    case .weekMonth: Week(ofMonth: date).period.month
    case .hour: milliseconds / 3_600_000
    case .halfDayHour: (milliseconds / 3_600_000 + 11) % 12 + 1
    case .halfDay: milliseconds / 3_600_000 / 12
    case .minute: milliseconds / 60_000 % 60
    case .second: milliseconds / 1_000 % 60
    case .fraction: milliseconds % 1_000
    case .zone, .zoneName, .calendar, .era: nil
    }
  }
}

/// The week of a year (ISO 8601), or of a month by the same rule: it begins on a Monday and belongs to where
/// its Thursday is.
private struct Week {
  let number: Int
  /// A day of the year or month that the week belongs to.
  let period: CivilDate

  init(ofYear date: CivilDate) {
    self.init(date) { CivilDate(year: $0.year, month: 1, day: 1) }
  }

  init(ofMonth date: CivilDate) {
    self.init(date) { CivilDate(year: $0.year, month: $0.month, day: 1) }
  }

  private init(_ date: CivilDate, startOfPeriod: (CivilDate) -> CivilDate) {
    let thursday = date.adding(days: 3 - (date.weekday + 6) % 7)
    period = thursday
    number = (thursday.daysSince1970 - startOfPeriod(thursday).daysSince1970) / 7 + 1
  }
}

enum CalendarNames {
  static let months = [
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
  ]
  /// From Monday on.
  static let days = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]

  /// - Throws: `D3133` for a component that has no names.
  static func names(_ component: DateTimeMarker.Component) throws(JSONataError) -> [String] {
    switch component {
    case .month, .weekMonth: months
    case .weekday: days
    default: throw PictureProblem.nameOfNumber(component.text).error
    }
  }
}
