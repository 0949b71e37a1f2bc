internal import JobModel

/// What was read of a date and time, and how the rest is found.
///
/// A date is one of year, month and day, or of year and day of the year; a time is one of 24 or of twice 12
/// hours. From the first component that was read on, none may be missing between two that were read (`D3136`).
/// What is missing before the first one is taken from now, and after the last one from the period's beginning.
/// Dates by weeks are refused (`D3136`), as the reference implementation refuses them.
struct DateTimeComponents {
  typealias Component = DateTimeMarker.Component

  private var values: [Component: Double] = [:]

  subscript(_ component: Component) -> Double? {
    get { values[component] }
    set { values[component] = newValue }
  }

  /// Milliseconds since 1970; nil where they are outside of the calendar.
  func milliseconds(now: PictureTime) throws(JSONataError) -> Double? {
    let isWeekDate =
      fits(all: .weekYear, .weekMonth, .weekOfMonth, among: Self.dateParts)
      || fits(all: .weekYear, .week, among: Self.dateParts)
    if isWeekDate { throw PictureProblem.missingComponents.error }
    let isDayOfYear =
      !fits(all: .year, .month, .day, among: Self.dateParts) && fits(all: .year, .dayOfYear, among: Self.dateParts)
    let isHalfDay =
      !fits(all: .hour, .minute, .second, .fraction, among: Self.timeParts)
      && fits(all: .halfDay, .halfDayHour, .minute, .second, .fraction, among: Self.timeParts)
    let date: [Component] = isDayOfYear ? [.year, .dayOfYear] : [.year, .month, .day]
    let time: [Component] = (isHalfDay ? [.halfDay, .halfDayHour] : [.hour]) + [.minute, .second, .fraction]
    let all = try completed(date + time, now)

    let days = all.days(isDayOfYear: isDayOfYear)
    let result = days * Double(PictureTime.millisecondsOfDay) + all.timeOfDay(isHalfDay: isHalfDay) - offset
    return result.magnitude <= PictureTime.furthest ? result : nil
  }

  private static let dateParts: [Component] = [
    .year, .weekYear, .month, .weekMonth, .week, .weekOfMonth, .dayOfYear, .day,
  ]
  private static let timeParts: [Component] = [.halfDay, .halfDayHour, .hour, .minute, .second, .fraction]

  /// Whether at least one of these was read, and none of the others. Zero counts as not read, as it does in
  /// the reference implementation.
  private func fits(all wanted: Component..., among parts: [Component]) -> Bool {
    let read = parts.filter { values[$0] ?? 0 != 0 }
    return !read.isEmpty && read.allSatisfy(wanted.contains)
  }

  private func completed(_ components: [Component], _ now: PictureTime) throws(JSONataError) -> DateTimeComponents {
    var completed = self
    var hasStarted = false
    var hasEnded = false
    for component in components {
      if values[component] != nil {
        hasStarted = true
        if hasEnded { throw PictureProblem.missingComponents.error }
      } else if hasStarted {
        let first = component == .month || component == .day || component == .dayOfYear
        completed[component] = first ? 1 : 0
        hasEnded = true
      } else {
        completed[component] = now.value(component).map(Double.init)
      }
    }
    return completed
  }

  /// Days since 1970. Months and days beyond the calendar's go on into the next; years of two digits are of
  /// the twentieth century (ECMA-262, Date.UTC).
  private func days(isDayOfYear: Bool) -> Double {
    var year = values[.year] ?? 1970
    if (0...99).contains(year) { year += 1900 }
    let month = isDayOfYear ? 0 : max((values[.month] ?? 1) - 1, 0)
    let day = (isDayOfYear ? values[.dayOfYear] : values[.day]) ?? 1
    // Beyond a million years there are no milliseconds, and less fits every step.
    guard year.magnitude < 1e6, month < 1e6 else { return .infinity }
    let first = CivilDate(year: Int(year) + Int(month) / 12, month: Int(month) % 12 + 1, day: 1)
    return Double(first.daysSince1970) + day - 1
  }

  private func timeOfDay(isHalfDay: Bool) -> Double {
    var hour = values[.hour] ?? 0
    if isHalfDay {
      let read = values[.halfDayHour] ?? 0
      hour = (read == 12 ? 0 : read) + (values[.halfDay] == 1 ? 12 : 0)
    }
    let seconds = hour * 3_600 + (values[.minute] ?? 0) * 60 + (values[.second] ?? 0)
    return seconds * 1_000 + (values[.fraction] ?? 0)
  }

  private var offset: Double {
    let zone = values[.zone] ?? 0
    return (zone != 0 ? zone : values[.zoneName] ?? 0) * 60_000
  }
}
