public import JobModel

/// A pattern by which a day is written for a task: `yyyyMMdd`, `yyyy/MM/dd`, `YYYY-'W'ww`.
///
/// The letters are those of Unicode (UTS #35, "Date Field Symbols") and of Java's DateTimeFormatter, with
/// English names and the weeks of ISO 8601 (from Monday; the first has the year's first Thursday) whatever the
/// locale:
///
/// | letters | meaning | 2027-01-03 |
/// |---|---|---|
/// | `yyyy`, `yy` | year | 2027, 27 |
/// | `MM`, `M` | month | 01, 1 |
/// | `MMMM`, `MMM` | its name | January, Jan |
/// | `dd`, `d` | day of the month | 03, 3 |
/// | `DDD`, `D` | day of the year | 003, 3 |
/// | `EEEE`, `EEE` | day of the week | Sunday, Sun |
/// | `e` | the same, from 1 for Monday to 7 | 7 |
/// | `YYYY` | year of the ISO week | 2026 |
/// | `ww`, `w` | ISO week | 53, 53 |
///
/// Text in `'…'` stands for itself, as does everything that is no ASCII letter; `''` is one quotation mark.
public struct DateFormat: Hashable, Sendable, CustomStringConvertible {
  /// The pattern as it was written.
  public let description: String
  private let parts: [Part]

  private enum Part: Hashable, Sendable {
    case literal(String)
    case field(Field)
  }

  enum Field: String, Hashable, Sendable, CaseIterable {
    case year = "yyyy"
    case shortYear = "yy"
    case monthName = "MMMM"
    case shortMonthName = "MMM"
    case paddedMonth = "MM"
    case month = "M"
    case paddedDay = "dd"
    case day = "d"
    case paddedDayOfYear = "DDD"
    case dayOfYear = "D"
    case weekdayName = "EEEE"
    case shortWeekdayName = "EEE"
    case weekday = "e"
    case weekYear = "YYYY"
    case paddedWeek = "ww"
    case week = "w"
  }

  /// - Throws: what is wrong and where, for a pattern with unknown letters or an open quotation.
  public init(_ text: String) throws(DateFormatError) {
    var reader = DateFormatReader(text)
    var parts: [Part] = []
    while let piece = try reader.next() {
      switch piece {
      case .field(let field): parts.append(.field(field))
      case .literal(let character):
        if case .literal(let before) = parts.last {
          parts[parts.count - 1] = .literal(before + String(character))
        } else {
          parts.append(.literal(String(character)))
        }
      }
    }
    try reader.checkWeekYear()
    description = text
    self.parts = parts
  }

  /// The day in this format.
  public func text(of date: CivilDate) -> String {
    parts.map { part in
      switch part {
      case .literal(let text): text
      case .field(let field): field.text(of: date)
      }
    }.joined()
  }
}

extension DateFormat.Field {
  func text(of date: CivilDate) -> String {
    switch self {
    case .year: filled(date.year, 4)
    case .shortYear: filled((date.year % 100 + 100) % 100, 2)
    case .monthName: DateFormat.months[date.month - 1]
    case .shortMonthName: String(DateFormat.months[date.month - 1].prefix(3))
    case .paddedMonth: filled(date.month, 2)
    case .month: String(date.month)
    case .paddedDay: filled(date.day, 2)
    case .day: String(date.day)
    case .paddedDayOfYear: filled(date.dayOfYear, 3)
    case .dayOfYear: String(date.dayOfYear)
    case .weekdayName: DateFormat.weekdays[date.weekday]
    case .shortWeekdayName: String(DateFormat.weekdays[date.weekday].prefix(3))
    case .weekday: String(date.isoWeekday)
    case .weekYear: filled(date.thursdayOfWeek.year, 4)
    case .paddedWeek: filled(date.isoWeek, 2)
    case .week: String(date.isoWeek)
    }
  }

  private func filled(_ number: Int, _ width: Int) -> String {
    let text = String(number.magnitude)
    return (number < 0 ? "-" : "") + String(repeating: "0", count: max(0, width - text.utf8.count)) + text
  }
}

extension DateFormat {
  fileprivate static let months = [
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
  ]
  fileprivate static let weekdays = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"]
}

extension CivilDate {
  /// From 1.
  var dayOfYear: Int { daysSince1970 - CivilDate(year: year, month: 1, day: 1).daysSince1970 + 1 }
  /// 1 is Monday, 7 is Sunday (ISO 8601).
  var isoWeekday: Int { weekday == 0 ? 7 : weekday }
  /// Decides the year of a week (ISO 8601).
  var thursdayOfWeek: CivilDate { adding(days: 4 - isoWeekday) }
  /// 1 to 53.
  var isoWeek: Int { (thursdayOfWeek.dayOfYear - 1) / 7 + 1 }
}
