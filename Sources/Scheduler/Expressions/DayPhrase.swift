internal import JobModel

/// The days, months and years of an expression in words.
struct DayPhrase {
  /// `on Monday to Friday`, `on the last day of the month`, `in June to August`; empty for every day.
  var text: String

  init(_ fields: CalendarFields) {
    let rule = fields.days
    let months = fields.months.count == 12 ? nil : runs(fields.months.numbers) { DayPhrase.months[$0 - 1] }
    let monthName = months ?? "the month"
    let ofMonth = rule.selectsEveryDayOfMonth ? nil : DayPhrase.daysOfMonth(rule, monthName)
    let ofWeek = rule.selectsEveryDayOfWeek ? nil : DayPhrase.daysOfWeek(rule, monthName)

    var parts: [String] = []
    let isEveryDay = rule.combination == .either && (ofMonth == nil || ofWeek == nil)
    var namesMonth = false
    if !isEveryDay, let ofMonth {
      let word = rule.combination == .both ? "if that is" : "and on"
      parts.append("on \(ofMonth)" + (ofWeek.map { " \(word) \($0.text)" } ?? ""))
      namesMonth = true
    } else if !isEveryDay, let ofWeek {
      parts.append("on \(ofWeek.text)")
      namesMonth = ofWeek.namesMonth
    }
    if let months, !namesMonth { parts.append("in \(months)") }
    if let years = fields.years?.numbers, years.count < YearSet.years.count {
      parts.append("in " + DayPhrase.years(years))
    }
    text = parts.joined(separator: " ")
  }

  private static func daysOfMonth(_ rule: DayRule, _ month: String) -> String {
    var parts: [String] = []
    let days = rule.days.numbers
    if !days.isEmpty { parts.append(plainDays(days)) }
    for day in rule.nearestWeekdays.numbers { parts.append("the weekday nearest day \(day)") }
    for before in rule.daysBeforeLast.numbers.reversed() {
      switch before {
      case 0: parts.append("the last day")
      case 1: parts.append("the day before the last")
      default: parts.append("the day \(before) days before the last")
      }
    }
    if rule.hasLastWeekday { parts.append("the last weekday") }
    return enumeration(parts) + " of \(month)"
  }

  private static func plainDays(_ days: [Int]) -> String {
    let step = days.count > 4 ? days[1] - days[0] : 1
    if step > 1, zip(days, days.dropFirst()).allSatisfy({ $1 - $0 == step }) {
      let ordinal = "\(step)" + (step == 2 ? "nd" : step == 3 ? "rd" : "th")
      return "every \(ordinal) day from \(days[0]) to \(days[days.count - 1])"
    }
    return (days.count == 1 ? "day " : "days ") + runs(days) { "\($0)" }
  }

  private static func daysOfWeek(_ rule: DayRule, _ month: String) -> (text: String, namesMonth: Bool) {
    var parts: [String] = []
    let everyWeek = (0..<7).filter { day in (0..<5).allSatisfy { rule.weekdays.contains($0 * 7 + day) } }
    // A week is told from Monday, so that a weekend is one run.
    let fromMonday = everyWeek.map { $0 == 0 ? 7 : $0 }.sorted()
    if !fromMonday.isEmpty { parts.append(runs(fromMonday) { weekdays[$0 % 7] }) }
    let ofPlace = (0..<35).filter { rule.weekdays.contains($0) && !everyWeek.contains($0 % 7) }
    for bit in ofPlace { parts.append("the \(places[bit / 7]) \(weekdays[bit % 7])") }
    for day in rule.lastWeekdays.numbers { parts.append("the last \(weekdays[day])") }
    let namesMonth = !ofPlace.isEmpty || !rule.lastWeekdays.isEmpty
    return (enumeration(parts) + (namesMonth ? " of \(month)" : ""), namesMonth)
  }

  private static func years(_ years: [Int]) -> String {
    guard let first = years.first, let last = years.last, years.count > 3 else { return runs(years) { "\($0)" } }
    let step = years[1] - years[0]
    let isEven = zip(years, years.dropFirst()).allSatisfy { $1 - $0 == step }
    if isEven, step > 1 {
      let isOpen = last + step > YearSet.years.upperBound
      return "every \(step) years from \(first)" + (isOpen ? "" : " to \(last)")
    }
    return runs(years) { "\($0)" }
  }

  private static let places = ["first", "second", "third", "fourth", "fifth"]
  private static let weekdays = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"]
  private static let months = [
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
  ]
}
