/// Unix cron as Debian's crontab(5) describes it: `minute hour day-of-month month day-of-week`.
///
/// Numbers, `*`, ranges, steps and lists in every field; names for months and days of the week, also in ranges and
/// lists; 0 and 7 are Sunday. Where neither day field begins with `*` one of them is enough, otherwise
/// both must match, so `0 0 */2 * 1` runs on Mondays that fall on odd days.
///
/// More than Debian's cron, for expressions that come from other crons and mean the same in all of them:
/// * `5/15` is 5 to the end of the field in steps of 15;
/// * `L` in the day of the month is its last day; `5#3` and `5L` are the third and the last Friday;
/// * six fields: seconds come first.
extension ExpressionReader {
  func unixSchedule() throws(ExpressionFault) -> CalendarSchedule {
    var words = words(in: 0..<bytes.count)
    guard let first = words.first else {
      throw fault("the expression is empty: write five fields, as in 0 3 * * *, or cron(…)", 0..<bytes.count)
    }
    if bytes[first.lowerBound] == UInt8(ascii: "@") { return try nickname(words) }
    try checkCount(words)
    var fields = CalendarFields()
    if words.count == 6 {
      fields.seconds = SmallNumberSet()
      try read(words.removeFirst(), as: .second, backward: .refused, into: &fields.seconds)
    }
    try read(words[0], as: .minute, backward: .refused, into: &fields.minutes)
    try read(words[1], as: .hour, backward: .refused, into: &fields.hours)
    try readUnixDayOfMonth(words[2], into: &fields.days)
    try read(words[3], as: .month, backward: .refused, into: &fields.months)
    try readUnixDayOfWeek(words[4], into: &fields.days)
    fields.days.combination = beginsWithStar(words[2]) || beginsWithStar(words[4]) ? .both : .either
    let isWildcard = beginsWithStar(words[0]) || beginsWithStar(words[1])
    return CalendarSchedule(fields: fields, daylight: isWildcard ? .followClock : .runAfterGap)
  }

  private func beginsWithStar(_ word: Range<Int>) -> Bool { bytes[word.lowerBound] == UInt8(ascii: "*") }

  private func checkCount(_ words: [Range<Int>]) throws(ExpressionFault) {
    let whole = words[0].lowerBound..<words[words.count - 1].upperBound
    if firstIndex(of: "=", in: words[0]) != nil {
      throw fault("no setting belongs into an expression: the time zone is one of its own", words[0])
    }
    if let question = words.first(where: { isPart($0, "?") }) {
      let isEventBridge = words.count == 6 && (question == words[2] || question == words[4])
      throw fault(
        isEventBridge
          ? "this is EventBridge's form: write cron(\(string(whole)))"
          : "? is not known to Unix cron: write *, or use EventBridge's form cron(…)", question)
    }
    if words.count < 5 {
      throw fault(
        "a Unix expression has five fields (minute hour day-of-month month day-of-week), here "
          + (words.count == 1 ? "is 1" : "are \(words.count)"), whole)
    }
    if words.count > 6 {
      throw fault(
        "a Unix expression has five fields, or six with seconds first: here are \(words.count)",
        words[5].lowerBound..<whole.upperBound)
    }
  }

  private func readUnixDayOfMonth(_ word: Range<Int>, into rule: inout DayRule) throws(ExpressionFault) {
    var items = try items(of: word)
    while let item = try items.next() {
      if item.count == 1, bytes[item.lowerBound] & 0xDF == UInt8(ascii: "L") {
        rule.daysBeforeLast.insert(0)
      } else if bytes[item.upperBound - 1] & 0xDF == UInt8(ascii: "W") {
        throw fault("W is not known to Unix cron: use EventBridge's form, as in cron(0 9 15W * ? *)", item)
      } else {
        try readItem(item, as: .dayOfMonth, backward: .refused, into: &rule.days)
      }
    }
  }

  private func readUnixDayOfWeek(_ word: Range<Int>, into rule: inout DayRule) throws(ExpressionFault) {
    var items = try items(of: word)
    while let item = try items.next() {
      if try readOccurrence(item, as: .unixWeekday, into: &rule) { continue }
      var numbers = SmallNumberSet()
      try readItem(item, as: .unixWeekday, backward: .refused, into: &numbers)
      for number in 0...7 where numbers.contains(number) { rule.insert(weekday: number % 7) }
    }
  }
}

/// `@daily` and its like (crontab(5), "EXTENSIONS").
extension ExpressionReader {
  private static let nicknames: [(name: String, meaning: String)] = [
    ("@yearly", "0 0 1 1 *"), ("@annually", "0 0 1 1 *"), ("@monthly", "0 0 1 * *"), ("@weekly", "0 0 * * 0"),
    ("@daily", "0 0 * * *"), ("@midnight", "0 0 * * *"), ("@hourly", "0 * * * *"),
  ]

  private func nickname(_ words: [Range<Int>]) throws(ExpressionFault) -> CalendarSchedule {
    let name = string(words[0])
    let known = ExpressionReader.nicknames.first { $0.name == name }
    if let known, words.count == 1 { return try ExpressionReader(known.meaning).unixSchedule() }
    if known != nil {
      throw fault("nothing may follow \(name)", words[1].lowerBound..<words[words.count - 1].upperBound)
    }
    switch name.lowercased() {
    case "@reboot":
      throw fault(
        "@reboot names no time: a schedule fires at times, and jobd's own start is none", words[0])
    case "@every":
      throw fault("@every is not known to Unix cron: write rate(5 minutes)", words[0])
    default:
      let names = ExpressionReader.nicknames.map(\.name).joined(separator: ", ")
      throw fault("there is no \(printable(name)): there are \(names)", words[0])
    }
  }
}
