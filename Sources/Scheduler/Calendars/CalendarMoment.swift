internal import JobModel

/// A date, or a date and time, of an iCalendar file (RFC 5545, sections 3.3.4 and 3.3.5), as it is written: without
/// regard to its zone.
struct CalendarMoment {
  let date: CivilDate
  /// From 1970-01-01T00:00:00, on the clock that it speaks of.
  let seconds: Int64

  /// Reads `20261225`, `20261225T083000` and `20261225T083000Z`, whatever VALUE says of the two.
  init(_ text: String, of line: CalendarLine) throws(CalendarFault) {
    if let kind = line.parameters["VALUE"], !["DATE", "DATE-TIME"].contains(kind.uppercased()) {
      throw line.fault("\(line.name) with VALUE=\(printable(kind)) is not read: VALUE=DATE and VALUE=DATE-TIME are")
    }
    guard let (date, seconds) = CalendarMoment.read(Array(text.utf8)) else {
      throw line.fault(
        "\(line.name) \"\(printable(text))\" is no day: write it as 20261225, or with a time as 20261225T083000")
    }
    self.date = date
    self.seconds = date.secondsAtMidnight + seconds
  }

  private static func read(_ bytes: [UInt8]) -> (CivilDate, Int64)? {
    func number(_ range: Range<Int>) -> Int? {
      var number = 0
      for index in range {
        guard let digit = bytes[index].digitValue else { return nil }
        number = number * 10 + digit
      }
      return number
    }
    guard bytes.count >= 8, let year = number(0..<4), let month = number(4..<6), let day = number(6..<8),
      let date = CivilDate(validYear: year, month: month, day: day)
    else { return nil }
    if bytes.count == 8 { return (date, 0) }
    guard bytes.count == 15 || bytes.count == 16 && bytes[15] == UInt8(ascii: "Z"), bytes[8] == UInt8(ascii: "T"),
      let hour = number(9..<11), let minute = number(11..<13), let second = number(13..<15), hour < 24, minute < 60,
      // A leap second is written as 60.
      second <= 60
    else { return nil }
    return (date, Int64(hour * 3_600 + minute * 60 + min(second, 59)))
  }
}

/// The length of an event (RFC 5545, section 3.3.6): `P1D`, `P2W`, `PT8H30M`.
enum CalendarDuration {
  static func seconds(_ line: CalendarLine) throws(CalendarFault) -> Int64 {
    guard let seconds = read(line.value.uppercased()) else {
      throw line.fault(
        "DURATION \"\(printable(line.value))\" is no length: write days as P1D, weeks as P2W, hours as PT8H30M")
    }
    return seconds
  }

  /// Nil for a text that is none, and for a length beyond any calendar.
  private static func read(_ text: String) -> Int64? {
    var bytes = Array(text.utf8)[...]
    if bytes.first == UInt8(ascii: "+") { bytes = bytes.dropFirst() }
    guard bytes.popFirst() == UInt8(ascii: "P") else { return nil }
    // The units that may still come, largest first.
    var units: [(letter: UInt8, seconds: Int64)] = [
      (UInt8(ascii: "W"), 604_800), (UInt8(ascii: "D"), 86_400), (UInt8(ascii: "T"), 0), (UInt8(ascii: "H"), 3_600),
      (UInt8(ascii: "M"), 60), (UInt8(ascii: "S"), 1),
    ]
    var sum: Int64 = 0
    var isTime = false
    var lastWasNumber = false
    while let byte = bytes.first {
      let figures = bytes.prefix { $0.digitValue != nil }
      bytes = bytes.dropFirst(figures.count)
      guard figures.count <= 9, let letter = figures.isEmpty ? byte : bytes.first,
        let index = units.firstIndex(where: { $0.letter == letter })
      else { return nil }
      let isMark = letter == UInt8(ascii: "T")
      // Only the T, after which times begin, has no number.
      guard figures.isEmpty == isMark, isMark || isTime == (units[index].seconds < 86_400) else { return nil }
      sum += figures.reduce(0) { $0 * 10 + Int64($1.digitValue ?? 0) } * units[index].seconds
      isTime = isTime || isMark
      lastWasNumber = !isMark
      units.removeSubrange(...index)
      bytes = bytes.dropFirst()
    }
    return lastWasNumber ? sum : nil
  }
}
