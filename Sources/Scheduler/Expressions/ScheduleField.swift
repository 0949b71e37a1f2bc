/// A field of a cron expression: its name, its numbers and the names that stand for some.
struct ScheduleField: Sendable {
  /// One of its values, in words: "hour 24 …".
  let name: String
  let plural: String
  let low: Int
  let high: Int
  /// Where `*` and `5/2` end, which is not `high` where `high` is a second name of `low`.
  let openHigh: Int
  /// Three letters each, in capitals; the first stands for `firstName`.
  let names: [[UInt8]]
  let firstName: Int

  private init(
    _ name: String, _ range: ClosedRange<Int>, plural: String? = nil, openHigh: Int? = nil, names: String = "",
    firstName: Int = 0
  ) {
    self.name = name
    self.plural = plural ?? name + "s"
    low = range.lowerBound
    high = range.upperBound
    self.openHigh = openHigh ?? range.upperBound
    self.names = names.split(separator: " ").map { Array($0.utf8) }
    self.firstName = firstName
  }

  static let second = ScheduleField("second", 0...59)
  static let minute = ScheduleField("minute", 0...59)
  static let hour = ScheduleField("hour", 0...23)
  static let dayOfMonth = ScheduleField("day of the month", 1...31, plural: "days of the month")
  static let month = ScheduleField(
    "month", 1...12, names: "JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC", firstName: 1)
  /// crontab(5): 0 and 7 are Sunday.
  static let unixWeekday = ScheduleField(
    "day of the week", 0...7, plural: "days of the week", openHigh: 6, names: weekdayNames)
  /// EventBridge: 1 is Sunday.
  static let eventBridgeWeekday = ScheduleField(
    "day of the week", 1...7, plural: "days of the week", names: weekdayNames, firstName: 1)
  static let year = ScheduleField("year", YearSet.years)

  private static let weekdayNames = "SUN MON TUE WED THU FRI SAT"

  /// "hours are 0 to 23", "months are 1 to 12 or JAN to DEC".
  var values: String {
    let numbers = "\(plural) are \(low) to \(high)"
    guard let first = names.first, let last = names.last else { return numbers }
    return numbers + " or \(String(decoding: first, as: UTF8.self)) to \(String(decoding: last, as: UTF8.self))"
  }
}
