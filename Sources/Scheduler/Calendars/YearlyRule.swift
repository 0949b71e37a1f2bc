internal import JobModel

/// `RRULE:FREQ=YEARLY` (RFC 5545, section 3.3.10) with INTERVAL, COUNT, UNTIL, BYMONTH and BYMONTHDAY.
struct YearlyRule {
  private var interval = 1
  private var count: Int?
  private var until: CivilDate?
  private var months: Set<Int> = []
  /// 1 to 31, and -1 for a month's last to -31.
  private var monthDays: Set<Int> = []
  private let line: CalendarLine

  init(_ line: CalendarLine) throws(CalendarFault) {
    self.line = line
    var parts: [String: String] = [:]
    for part in line.value.uppercased().split(separator: ";", omittingEmptySubsequences: false) {
      let words = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
      guard words.count == 2 else { throw line.fault("RRULE: \"\(printable(String(part)))\" is no NAME=value") }
      if parts.updateValue(words[1], forKey: words[0]) != nil {
        throw line.fault("RRULE has \(printable(words[0])) twice")
      }
    }
    guard let frequency = parts.removeValue(forKey: "FREQ") else { throw line.fault("RRULE has no FREQ") }
    guard frequency == "YEARLY" else { throw YearlyRule.unsupported("FREQ=" + frequency, in: line) }
    // Begins weeks, which yearly days do not look at.
    parts["WKST"] = nil
    for (name, value) in parts.sorted(by: { $0.key < $1.key }) { try take(name, value) }
    if count != nil, until != nil { throw line.fault("RRULE has COUNT or UNTIL, and not both") }
  }

  private mutating func take(_ name: String, _ value: String) throws(CalendarFault) {
    switch name {
    case "INTERVAL": interval = try number(value, name, in: 1...9_999)
    case "COUNT": count = try number(value, name, in: 1...CalendarFile.dateLimit)
    case "UNTIL": until = try CalendarMoment(value, of: line).date
    case "BYMONTH": months = try numbers(value, name, in: 1...12)
    case "BYMONTHDAY":
      monthDays = try numbers(value, name, in: -31...31)
      if monthDays.contains(0) { throw line.fault("RRULE: BYMONTHDAY is 1 to 31, or -1 to -31 from the month's end") }
    default: throw YearlyRule.unsupported(name + "=" + value, in: line)
    }
  }

  private func numbers(_ text: String, _ name: String, in range: ClosedRange<Int>) throws(CalendarFault) -> Set<Int> {
    var numbers: Set<Int> = []
    for item in text.split(separator: ",", omittingEmptySubsequences: false) {
      numbers.insert(try number(String(item), name, in: range))
    }
    return numbers
  }

  private func number(_ text: String, _ name: String, in range: ClosedRange<Int>) throws(CalendarFault) -> Int {
    guard let number = Int(text), range.contains(number) else {
      throw line.fault(
        "RRULE: \(name)=\(printable(text)) is no number from \(range.lowerBound) to \(range.upperBound)")
    }
    return number
  }

  private static func unsupported(_ part: String, in line: CalendarLine) -> CalendarFault {
    line.fault(
      "RRULE with \(printable(part)) is not read: FREQ=YEARLY is, with INTERVAL, COUNT, UNTIL, BYMONTH and BYMONTHDAY; "
        + "days of every week are the calendar's weekdays, and others can be events of their own")
  }

  /// The days on which an event begins, in order: always `start`, which is the first of COUNT, then those that
  /// the rule selects after it.
  ///
  /// - Parameter attempts: how many days may still be tried; less afterwards.
  func starts(
    from start: CivilDate, through horizon: CivilDate, attempts: inout Int
  ) throws(CalendarFault) -> [CivilDate] {
    let last = min(until ?? horizon, horizon)
    // Without BYMONTH a BYMONTHDAY means every month (the table of section 3.3.10).
    let months = !self.months.isEmpty ? self.months.sorted() : monthDays.isEmpty ? [start.month] : Array(1...12)
    let monthDays = self.monthDays.isEmpty ? [start.day] : self.monthDays
    var starts = [start]
    for year in stride(from: start.year, through: last.year, by: interval) {
      for month in months {
        attempts -= monthDays.count
        if attempts < 0 {
          throw line.fault("with this RRULE the calendar's repetitions are too many: give it an UNTIL")
        }
        let length = CivilDate.length(ofMonth: month, in: year)
        let days = Set(monthDays.map { $0 > 0 ? $0 : length + 1 + $0 }).filter { (1...length).contains($0) }
        for day in days.sorted() {
          let date = CivilDate(year: year, month: month, day: day)
          if date > last || starts.count == count { return starts }
          if date > start { starts.append(date) }
        }
      }
    }
    return starts
  }
}
