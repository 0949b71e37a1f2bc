/// The seconds, minutes and hours of an expression in words.
struct TimePhrase {
  /// `At 03:00`, `Every 15 minutes`, `At minute 30 of every hour`.
  var text: String
  /// Whether `every day` may follow: the phrase names times of a day.
  var isDaily: Bool

  init(_ fields: CalendarFields) {
    let (seconds, minutes, hours) = (fields.seconds.numbers, fields.minutes.numbers, fields.hours.numbers)
    guard seconds == [0] else {
      let parts = [
        TimePhrase.part(seconds, "second", of: 60), TimePhrase.part(minutes, "minute", of: 60),
        TimePhrase.hours(hours),
      ].compactMap { $0 }
      text = TimePhrase.capitalized(parts.joined(separator: " "))
      isDaily = false
      return
    }
    if hours.count == 24 {
      text = TimePhrase.withinHour(minutes)
      isDaily = false
    } else if let step = TimePhrase.wholeStep(hours, of: 24), hours.count > 2, minutes.count == 1 {
      text = "Every \(step) hours" + (minutes[0] == 0 ? "" : ", at minute \(minutes[0])")
      isDaily = false
    } else if minutes.count * hours.count <= 6 {
      let times = hours.flatMap { hour in minutes.map { clockTime(hour: hour, minute: $0) } }
      text = "At " + enumeration(times)
      isDaily = true
    } else {
      let within = TimePhrase.wholeStep(minutes, of: 60).map { $0 == 1 ? "Every minute" : "Every \($0) minutes" }
      text = (within ?? TimePhrase.atMinutes(minutes)) + " " + (TimePhrase.hours(hours) ?? "")
      isDaily = false
    }
  }

  /// Minutes where every hour is selected.
  private static func withinHour(_ minutes: [Int]) -> String {
    if minutes == [0] { return "Every hour" }
    if let step = wholeStep(minutes, of: 60) { return step == 1 ? "Every minute" : "Every \(step) minutes" }
    return atMinutes(minutes) + " of every hour"
  }

  private static func atMinutes(_ minutes: [Int]) -> String {
    "At minute" + (minutes.count == 1 ? "" : "s") + " " + runs(minutes) { "\($0)" }
  }

  /// `from 08:00 to 17:59`, `in the hours 1, 3 and 5`; nil for every hour.
  private static func hours(_ hours: [Int]) -> String? {
    guard let first = hours.first, let last = hours.last, hours.count < 24 else { return nil }
    if last - first + 1 == hours.count {
      return "from \(clockTime(hour: first, minute: 0)) to \(clockTime(hour: last, minute: 59))"
    }
    return "in the hours " + runs(hours) { "\($0)" }
  }

  /// A field of an expression with seconds: `every second`, `every 10 seconds`, `at second 5`; nil for every minute.
  private static func part(_ numbers: [Int], _ unit: String, of size: Int) -> String? {
    if let step = wholeStep(numbers, of: size) {
      if step == 1 { return unit == "second" ? "every second" : nil }
      return (unit == "second" ? "every" : "of every") + " \(step) \(unit)s"
    }
    let plural = numbers.count == 1 ? unit : unit + "s"
    return (unit == "second" ? "at" : "of") + " \(plural) " + runs(numbers) { "\($0)" }
  }

  /// The step of numbers that run through the whole field from 0, evenly also from its end to its beginning.
  private static func wholeStep(_ numbers: [Int], of size: Int) -> Int? {
    guard numbers.count > 1, numbers[0] == 0, size % numbers.count == 0 else { return nil }
    let step = size / numbers.count
    return numbers.enumerated().allSatisfy { $0.element == $0.offset * step } ? step : nil
  }

  private static func capitalized(_ text: String) -> String { text.prefix(1).uppercased() + text.dropFirst() }
}
