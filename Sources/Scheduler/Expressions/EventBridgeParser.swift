internal import JobModel

/// The forms of EventBridge Scheduler (user guide, "Schedule types on EventBridge Scheduler").
///
/// Where the guide is silent:
/// * The year may be left out, as the guide allows and the API reference does not.
/// * What Quartz reads, on whose grammar this one is modelled, is read as Quartz does: `LW` (the last weekday),
///   `L-3` (three days before the last), `L` alone as day of the week (Saturday, its last day), `FRIL`,
///   and ranges that run over the end of a field (`FRI-MON`, `22-2`). Their meaning is not in doubt, and jobd
///   need not refuse what a user brings along.
/// * A day that a month does not have, `31W` in April, is no day (Quartz takes the month's last).
/// * `rate(1 minutes)` is accepted beside `rate(1 minute)`; `rate(5 minute)` is refused, as EventBridge rules do.
extension ExpressionReader {
  /// Nil where the text is a Unix expression, or none at all.
  func eventBridgeTiming() throws(ExpressionFault) -> ScheduleExpression.Timing? {
    let whole = 0..<bytes.count
    let start = whole.first { !bytes[$0].isBlank } ?? bytes.count
    let keyword = start..<(whole.dropFirst(start).first { !bytes[$0].isLetter } ?? bytes.count)
    let name = string(keyword)
    guard ["cron", "rate", "at"].contains(name.lowercased()) else {
      if keyword.upperBound < bytes.count, bytes[keyword.upperBound] == UInt8(ascii: "("), !keyword.isEmpty {
        throw fault(
          "there is no \(printable(name))(…): expressions are cron(…), rate(…), at(…) or five fields", keyword)
      }
      return nil
    }
    let body = try body(of: keyword, name: name)
    switch name {
    case "cron": return .calendar(try eventBridgeSchedule(body))
    case "rate": return .rate(try rate(body))
    default: return .at(try at(body))
    }
  }

  /// What stands in the parentheses after the keyword.
  private func body(of keyword: Range<Int>, name: String) throws(ExpressionFault) -> Range<Int> {
    if keyword.lowerBound > 0 { throw fault("\(name) must be at the very beginning", 0..<keyword.lowerBound) }
    if name != name.lowercased() { throw fault("write \(name.lowercased()) in small letters", keyword) }
    let open = keyword.upperBound
    guard open < bytes.count, bytes[open] == UInt8(ascii: "(") else {
      throw fault("( is missing: write \(name)(…)", open..<open)
    }
    guard let close = firstIndex(of: ")", in: open..<bytes.count) else {
      throw fault("the closing ) is missing", bytes.count..<bytes.count)
    }
    if close + 1 < bytes.count { throw fault("nothing may follow the closing )", close + 1..<bytes.count) }
    let body = open + 1..<close
    if let first = body.first, bytes[first].isBlank { throw fault("no blank may follow the (", first..<first + 1) }
    if let last = body.last, bytes[last].isBlank { throw fault("no blank may precede the )", last..<last + 1) }
    return body
  }

  private func eventBridgeSchedule(_ body: Range<Int>) throws(ExpressionFault) -> CalendarSchedule {
    let words = words(in: body)
    guard words.count == 5 || words.count == 6 else {
      throw fault(
        "cron(…) has six fields (minutes hours day-of-month month day-of-week year), here "
          + (words.count == 1 ? "is 1" : "are \(words.count)"),
        words.count > 6 ? words[6].lowerBound..<body.upperBound : body)
    }
    var fields = CalendarFields()
    try read(words[0], as: .minute, backward: .wraps, into: &fields.minutes)
    try read(words[1], as: .hour, backward: .wraps, into: &fields.hours)
    try checkQuestionMark(words)
    try readDayOfMonth(words[2], into: &fields.days)
    try read(words[3], as: .month, backward: .wraps, into: &fields.months)
    try readDayOfWeek(words[4], into: &fields.days)
    fields.years = words.count == 5 ? .all : try years(words[5])
    return CalendarSchedule(fields: fields, daylight: .skipGap)
  }

  private func years(_ word: Range<Int>) throws(ExpressionFault) -> YearSet {
    if isPart(word, "*") { return .all }
    var years = YearSet()
    try read(word, as: .year, backward: .refused, into: &years)
    return years
  }

  /// Exactly one of the two day fields is `?`.
  private func checkQuestionMark(_ words: [Range<Int>]) throws(ExpressionFault) {
    let (days, weekdays) = (words[2], words[4])
    switch (isPart(days, "?"), isPart(weekdays, "?")) {
    case (true, false), (false, true): return
    case (true, true):
      throw fault("only one of day-of-month and day-of-week may be ?: write * for one of them", weekdays)
    case (false, false):
      let wrong = isPart(days, "*") && !isPart(weekdays, "*") ? days : weekdays
      let name = wrong == days ? "day-of-month" : "day-of-week"
      let mended = words.map { $0 == wrong ? "?" : string($0) }.joined(separator: " ")
      throw fault("one of day-of-month and day-of-week must be ?: with \(name) as ? write cron(\(mended))", wrong)
    }
  }

  private func readDayOfMonth(_ word: Range<Int>, into rule: inout DayRule) throws(ExpressionFault) {
    if isPart(word, "?") {
      rule.days = DayRule.everyDay
      return
    }
    var items = try items(of: word)
    while let item = try items.next() {
      let first = bytes[item.lowerBound] & 0xDF
      if first == UInt8(ascii: "L") {
        try readLastDay(item, into: &rule)
      } else if bytes[item.upperBound - 1] & 0xDF == UInt8(ascii: "W") {
        let day = item.lowerBound..<item.upperBound - 1
        if day.isEmpty { throw fault("W needs the day before it: 15W is the weekday nearest the 15th", item) }
        rule.nearestWeekdays.insert(try value(day, as: .dayOfMonth))
      } else {
        try readItem(item, as: .dayOfMonth, backward: .wraps, into: &rule.days)
      }
    }
  }

  /// `L`, `LW` or `L-3`.
  private func readLastDay(_ item: Range<Int>, into rule: inout DayRule) throws(ExpressionFault) {
    if item.count == 1 {
      rule.daysBeforeLast.insert(0)
    } else if item.count == 2, bytes[item.lowerBound + 1] & 0xDF == UInt8(ascii: "W") {
      rule.hasLastWeekday = true
    } else if bytes[item.lowerBound + 1] == UInt8(ascii: "-"),
      let before = number(item.lowerBound + 2..<item.upperBound), (1...30).contains(before)
    {
      rule.daysBeforeLast.insert(before)
    } else {
      throw fault("\(shown(item)) is no day of the month: the last are written L, LW or L-1 to L-30", item)
    }
  }

  private func readDayOfWeek(_ word: Range<Int>, into rule: inout DayRule) throws(ExpressionFault) {
    if isPart(word, "?") {
      rule.weekdays = DayRule.everyWeekday
      return
    }
    if firstIndex(of: "#", in: word) != nil, let comma = firstIndex(of: ",", in: word) {
      throw fault("a day with # stands alone: there is no list of them", comma..<word.upperBound)
    }
    var items = try items(of: word)
    while let item = try items.next() {
      if item.count == 1, bytes[item.lowerBound] & 0xDF == UInt8(ascii: "L") {
        rule.insert(weekday: 6)
      } else if try !readOccurrence(item, as: .eventBridgeWeekday, into: &rule) {
        var numbers = SmallNumberSet()
        try readItem(item, as: .eventBridgeWeekday, backward: .wraps, into: &numbers)
        for number in 1...7 where numbers.contains(number) { rule.insert(weekday: number - 1) }
      }
    }
  }

  /// `3#2` (the second such weekday of the month) or `6L` (the last); false for anything else.
  func readOccurrence(
    _ item: Range<Int>, as field: ScheduleField, into rule: inout DayRule
  ) throws(ExpressionFault) -> Bool {
    func weekday(_ range: Range<Int>) throws(ExpressionFault) -> Int {
      (try value(range, as: field) - field.firstName) % 7
    }
    if let hash = firstIndex(of: "#", in: item) {
      let day = item.lowerBound..<hash
      if day.isEmpty { throw fault("# needs the day before it: \(field.firstName + 2)#2 is the second Tuesday", item) }
      let place = hash + 1..<item.upperBound
      guard let occurrence = number(place), (1...5).contains(occurrence) else {
        throw fault("\(shown(place)) is no occurrence in a month: after # stands 1 to 5", place)
      }
      rule.weekdays.insert((occurrence - 1) * 7 + (try weekday(day)))
      return true
    }
    guard item.count > 1, bytes[item.upperBound - 1] & 0xDF == UInt8(ascii: "L") else { return false }
    rule.lastWeekdays.insert(try weekday(item.lowerBound..<item.upperBound - 1))
    return true
  }
}

/// `rate(…)` and `at(…)`.
extension ExpressionReader {
  private func rate(_ body: Range<Int>) throws(ExpressionFault) -> Rate {
    let words = words(in: body)
    guard words.count == 2, words[0].upperBound + 1 == words[1].lowerBound else {
      throw fault("rate(…) takes a number, one blank and a unit, as in rate(5 minutes)", body)
    }
    guard let count = number(words[0]), (1...99_999_999).contains(count) else {
      throw fault("\(shown(words[0])) is no rate: write a whole number from 1 to 99999999", words[0])
    }
    let unit = string(words[1])
    guard let known = Rate.Unit.allCases.first(where: { unit == $0.rawValue || unit == $0.rawValue + "s" }) else {
      throw fault("\(shown(words[1])) is no unit: units are minutes, hours and days", words[1])
    }
    if count > 1, unit == known.rawValue {
      throw fault("write the unit in the plural: rate(\(count) \(unit)s)", words[1])
    }
    return Rate(count: Int64(count), unit: known)
  }

  private func at(_ body: Range<Int>) throws(ExpressionFault) -> CivilTime {
    let form = "at(…) takes yyyy-mm-ddThh:mm:ss, as in at(2030-11-20T13:00:00)"
    let bytes = bytes[body]
    let pattern = Array("0000-00-00T00:00:00".utf8)
    let isOfForm = zip(bytes, pattern).allSatisfy { $1 == 48 ? $0.digitValue != nil : $0 == $1 }
    guard isOfForm, bytes.count >= pattern.count else { throw fault(form, body) }
    if bytes.count > pattern.count {
      throw fault(
        "nothing may follow the seconds: no fraction, and the time zone is a setting of its own",
        body.lowerBound + pattern.count..<body.upperBound)
    }
    func part(_ from: Int, _ length: Int) -> (value: Int, place: Range<Int>) {
      let place = body.lowerBound + from..<body.lowerBound + from + length
      return (number(place) ?? 0, place)
    }
    guard let date = CivilDate(string(body.lowerBound..<body.lowerBound + 10)) else {
      let place = body.lowerBound..<body.lowerBound + 10
      throw fault("\(shown(place)) is no day of the calendar", place)
    }
    let (hour, minute, second) = (part(11, 2), part(14, 2), part(17, 2))
    if hour.value > 23 { throw fault("\(shown(hour.place)) is no hour: hours are 0 to 23", hour.place) }
    if minute.value > 59 { throw fault("\(shown(minute.place)) is no minute: minutes are 0 to 59", minute.place) }
    if second.value > 59 { throw fault("\(shown(second.place)) is no second: seconds are 0 to 59", second.place) }
    return CivilTime(date: date, hour: hour.value, minute: minute.value, second: second.value)
  }
}
