import JobModel
import TestSupport
import Testing

@testable import Scheduler

/// A calendar around the lines of events, with CRLF.
private func calendar(_ lines: String...) -> String {
  (["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//test//EN"] + lines + ["END:VCALENDAR", ""]).joined(separator: "\r\n")
}

/// A calendar of one event.
private func event(_ lines: String...) -> String {
  calendar((["BEGIN:VEVENT"] + lines + ["END:VEVENT"]).joined(separator: "\r\n"))
}

private func dates(_ text: String, through horizon: String = "2030-12-31") throws -> [String] {
  try CalendarFile.dates(text, name: "holidays.ics", through: try #require(CivilDate(horizon))).sorted()
    .map(\.description)
}

@Suite("A calendar file")
struct CalendarFileTests {
  @Test(
    "Takes the days that an event touches",
    arguments: [
      (event("DTSTART;VALUE=DATE:20261225"), ["2026-12-25"]),
      (event("DTSTART:20261225"), ["2026-12-25"]),
      (event("dtstart;value=date:20261225", "summary:Christmas; with: signs"), ["2026-12-25"]),
      (event("DTSTART;VALUE=DATE:20261225", "DTEND;VALUE=DATE:20261226"), ["2026-12-25"]),
      (event("DTSTART;VALUE=DATE:20261225", "DTEND;VALUE=DATE:20261225"), ["2026-12-25"]),
      (
        event("DTSTART;VALUE=DATE:20261231", "DTEND;VALUE=DATE:20270103"), ["2026-12-31", "2027-01-01", "2027-01-02"]
      ),
      (event("DTSTART;VALUE=DATE:20261225", "DURATION:P2D"), ["2026-12-25", "2026-12-26"]),
      (event("DTSTART;VALUE=DATE:20280228", "DURATION:+P3D"), ["2028-02-28", "2028-02-29", "2028-03-01"]),
      (event("DTSTART;TZID=Europe/Berlin:20261225T083000"), ["2026-12-25"]),
      (event("DTSTART;TZID=\"x:y;z\":20261225T083000"), ["2026-12-25"]),
      (event("DTSTART:20261225T233000Z", "DTEND:20261226T000000Z"), ["2026-12-25"]),
      (event("DTSTART:20261225T233000Z", "DTEND:20261226T000001Z"), ["2026-12-25", "2026-12-26"]),
      (event("DTSTART:20261225T220000", "DURATION:PT2H"), ["2026-12-25"]),
      (event("DTSTART:20261225T220000", "DURATION:PT2H1S"), ["2026-12-25", "2026-12-26"]),
      (event("DTSTART:20261225T220000", "DURATION:P1DT2H30M"), ["2026-12-25", "2026-12-26", "2026-12-27"]),
      (event("DTSTART;VALUE=DATE:20261225", "DURATION:PT0S"), ["2026-12-25"]),
      (event("DTSTART;VALUE=DATE:20261225", "STATUS:CANCELLED"), []),
      (event("DTSTART;VALUE=DATE:20261225", "STATUS:CONFIRMED"), ["2026-12-25"]),
      (event("DTSTART;VALUE=DATE:20261225", "RRULE:FREQ=DAILY", "STATUS:CANCELLED"), []),
      (
        event("DTSTART;VALUE=DATE:20261225", "RDATE;VALUE=DATE:20270101,20270501", "EXDATE;VALUE=DATE:20261225"),
        ["2027-01-01", "2027-05-01"]
      ),
      (calendar(), []),
    ] as [(String, [String])])
  func days(text: String, expected: [String]) throws {
    #expect(try dates(text) == expected)
    #expect(try dates(text.replacingOccurrences("\r\n", by: "\n")) == expected)
  }

  @Test(
    "Repeats yearly",
    arguments: [
      ("20261225", "FREQ=YEARLY", "2026-12-25 2027-12-25 2028-12-25 2029-12-25 2030-12-25"),
      ("20261225", "freq=yearly;wkst=mo", "2026-12-25 2027-12-25 2028-12-25 2029-12-25 2030-12-25"),
      ("20261225", "FREQ=YEARLY;UNTIL=20281225", "2026-12-25 2027-12-25 2028-12-25"),
      ("20261225", "FREQ=YEARLY;UNTIL=20281224T235959Z", "2026-12-25 2027-12-25"),
      ("20261225", "FREQ=YEARLY;COUNT=2", "2026-12-25 2027-12-25"),
      ("20261225", "FREQ=YEARLY;COUNT=1", "2026-12-25"),
      ("20261225", "FREQ=YEARLY;INTERVAL=2", "2026-12-25 2028-12-25 2030-12-25"),
      ("20240229", "FREQ=YEARLY", "2024-02-29 2028-02-29"),
      ("20290101", "FREQ=YEARLY;BYMONTH=5,1", "2029-01-01 2029-05-01 2030-01-01 2030-05-01"),
      (
        "20300901", "FREQ=YEARLY;BYMONTHDAY=1,15",
        "2030-09-01 2030-09-15 2030-10-01 2030-10-15 2030-11-01 2030-11-15 "
          + "2030-12-01 2030-12-15"
      ),
      ("20270228", "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=-1", "2027-02-28 2028-02-29 2029-02-28 2030-02-28"),
      ("20291231", "FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=31,-1", "2029-12-31 2030-12-31"),
      ("20290101", "FREQ=YEARLY;BYMONTH=5;BYMONTHDAY=1;COUNT=2", "2029-01-01 2029-05-01"),
      ("20291231", "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "2029-12-31"),
      ("20350101", "FREQ=YEARLY", "2035-01-01"),
    ])
  func yearly(start: String, rule: String, expected: String) throws {
    let text = event("DTSTART;VALUE=DATE:\(start)", "RRULE:\(rule)")
    #expect(try dates(text).joined(separator: " ") == expected)
  }

  @Test("A repetition keeps its length, and EXDATE takes one out")
  func repeatedDays() throws {
    let text = event(
      "DTSTART;VALUE=DATE:20281224", "DTEND;VALUE=DATE:20281227", "RRULE:FREQ=YEARLY", "EXDATE:20291224T000000")
    #expect(
      try dates(text)
        == ["2028-12-24", "2028-12-25", "2028-12-26", "2030-12-24", "2030-12-25", "2030-12-26"])
  }

  @Test("An event of its own takes the place of the repetition that it names")
  func replacedRepetition() throws {
    let master = ["BEGIN:VEVENT", "UID:a", "DTSTART;VALUE=DATE:20280101", "RRULE:FREQ=YEARLY", "END:VEVENT"]
    let moved = [
      "BEGIN:VEVENT", "UID:a", "RECURRENCE-ID;VALUE=DATE:20290101", "DTSTART;VALUE=DATE:20290102", "END:VEVENT",
    ]
    let cancelled = [
      "BEGIN:VEVENT", "UID:a", "RECURRENCE-ID;VALUE=DATE:20300101", "DTSTART;VALUE=DATE:20300101",
      "STATUS:CANCELLED", "END:VEVENT",
    ]
    let other = ["BEGIN:VEVENT", "UID:b", "DTSTART;VALUE=DATE:20300101", "END:VEVENT"]
    func text(_ events: [[String]]) -> String {
      calendar(events.map { $0.joined(separator: "\r\n") }.joined(separator: "\r\n"))
    }
    #expect(try dates(text([moved, master, cancelled])) == ["2028-01-01", "2029-01-02"])
    #expect(try dates(text([master, cancelled, other])) == ["2028-01-01", "2029-01-01", "2030-01-01"])
  }

  @Test("Folds may come anywhere, also within a character; what is in other components is passed over")
  func wholeFile() throws {
    var bytes = Array("\u{FEFF}".utf8)
    bytes += Array(
      """
      BEGIN:VCALENDAR\r
      BEGIN:VTIMEZONE\r
      TZID:Europe/Berlin\r
      BEGIN:STANDARD\r
      DTSTART:19701025T030000\r
      RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10\r
      END:STANDARD\r
      END:VTIMEZONE\r
      BEGIN:VTODO\r
      DTSTART:nonsense\r
      END:VTODO\r
      \r
      BEGIN:VEVENT\r
      DTSTA\r
       RT;VALUE=DA\r
      \tTE:2026\r
       1225\r
      BEGIN:VALARM\r
      TRIGGER:-PT15M\r
      DURATION:PT15M\r
      DTSTART:20000101\r
      END:VALARM\r
      SUMMARY:Weihnacht bei Mu
      """.utf8)
    bytes += [0xC3, 0x0D, 0x0A, 0x20, 0xBC]
    bytes += Array("ller\r\nEND:VEVENT\r\nEND:VCALENDAR\r\nBEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20270101\n".utf8)
    bytes += Array("END:VEVENT\nEND:VCALENDAR\n\n".utf8)
    // Decoding puts replacement characters where a fold parts one: in what is passed over they do no harm.
    #expect(try dates(String(decoding: bytes, as: UTF8.self)) == ["2026-12-25", "2027-01-01"])
  }

  @Test(
    "Names the mistake and its line",
    arguments: [
      ("", nil, "the file is empty"),
      ("<html>", 1, "\"<html>\" is no line of an iCalendar file"),
      ("date,name\n2026-12-25,Christmas", 1, "is no line of an iCalendar file"),
      (" BEGIN:VCALENDAR", 1, "none is before it"),
      ("BEGIN:VEVENT\nEND:VEVENT", 1, "a calendar begins with BEGIN:VCALENDAR"),
      ("BEGIN:VCALENDAR\nEND:VCALENDAR\nX-MORE:1", 3, "X-MORE is outside of any"),
      ("BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20261225\n", 2, "VEVENT has no end"),
      (
        "BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20261225\nEND:VCALENDAR", 4,
        "END:VEVENT is due, for the BEGIN in line 2"
      ),
      (event("SUMMARY:x"), 4, "has no DTSTART"),
      (event("DTSTART;VALUE=DATE:20260229"), 5, "DTSTART \"20260229\" is no day"),
      (event("DTSTART;VALUE=DATE:2026-12-25"), 5, "write it as 20261225"),
      (event("DTSTART:20261225T0830"), 5, "is no day"),
      (event("DTSTART:20261225T250000"), 5, "is no day"),
      (event("DTSTART;VALUE=PERIOD:20261225"), 5, "VALUE=PERIOD is not read"),
      (event("DTSTART:20261225", "DTSTART:20261226"), 6, "a second DTSTART: the first is in line 5"),
      (event("DTSTART:20261225", "DTEND:20261224"), 6, "ends before it begins"),
      (event("DTSTART:20261225", "DTEND:20261226", "DURATION:P1D"), 6, "DTEND or DURATION, and not both"),
      (event("DTSTART:20261225", "DURATION:1D"), 6, "is no length"),
      (event("DTSTART:20261225", "DURATION:-P1D"), 6, "is no length"),
      (event("DTSTART:20261225", "DURATION:P1H"), 6, "is no length"),
      (event("DTSTART:20261225", "DURATION:PT1D"), 6, "is no length"),
      (event("DTSTART:20261225", "DURATION:P1DT"), 6, "is no length"),
      (event("DTSTART:20261225", "DURATION:P"), 6, "is no length"),
      (event("DTSTART:20261225", "DURATION:P9999999999D"), 6, "is no length"),
      (event("DTSTART:99991231", "DURATION:P2D"), 6, "after the year 9999"),
      (event("DTSTART:20261225", "RRULE:FREQ=WEEKLY;BYDAY=SA"), 6, "FREQ=WEEKLY is not read: FREQ=YEARLY is"),
      (event("DTSTART:20261225", "RRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=4TH"), 6, "BYDAY=4TH is not read"),
      (event("DTSTART:20261225", "RRULE:COUNT=3"), 6, "RRULE has no FREQ"),
      (event("DTSTART:20261225", "RRULE:FREQ=YEARLY;"), 6, "is no NAME=value"),
      (event("DTSTART:20261225", "RRULE:FREQ=YEARLY;COUNT=3;COUNT=3"), 6, "COUNT twice"),
      (event("DTSTART:20261225", "RRULE:FREQ=YEARLY;COUNT=3;UNTIL=20300101"), 6, "COUNT or UNTIL, and not both"),
      (event("DTSTART:20261225", "RRULE:FREQ=YEARLY;INTERVAL=0"), 6, "INTERVAL=0 is no number from 1 to 9999"),
      (event("DTSTART:20261225", "RRULE:FREQ=YEARLY;BYMONTH=13"), 6, "BYMONTH=13 is no number from 1 to 12"),
      (event("DTSTART:20261225", "RRULE:FREQ=YEARLY;BYMONTHDAY=0"), 6, "BYMONTHDAY is 1 to 31"),
      (event("DTSTART:20261225", "RRULE:FREQ=YEARLY;UNTIL=x"), 6, "is no day"),
      (event("DTSTART:20261225", "RRULE:FREQ=YEARLY", "EXRULE:FREQ=YEARLY"), 7, "EXRULE is not read"),
      (event("DTSTART:20261225", "EXDATE:20261225,"), 6, "EXDATE \"\" is no day"),
      (
        event("DTSTART:20261225", "RECURRENCE-ID;RANGE=THISANDFUTURE:20261225"), 6, "RECURRENCE-ID with RANGE"
      ),
      (event("DTSTART;TZID=\"x:20261225"), 5, "a quotation mark too few"),
      (event("DTSTART;TZID=x"), 5, "DTSTART has no value"),
      (event("DTSTART;TZID:20261225"), 5, "\"TZID\" is no parameter"),
      (event("DTSTART:20261225", "SUM", " MARY"), 6, "\"SUMMARY\" is no line"),
      (String(repeating: "BEGIN:VCALENDAR\n", count: 17), 17, "more than 16 deep"),
      (event("DTSTART:00010101", "DTEND:02760101"), 4, "more than 100000 days"),
      (String(repeating: "\n", count: CalendarFile.byteLimit + 1), nil, "at most 1048576 bytes"),
    ] as [(String, Int?, String)])
  func refuses(text: String, line: Int?, message: String) {
    let error = #expect(throws: CalendarFileError.self) { _ = try dates(text) }
    #expect(error?.line == line, "\(error?.description ?? "")")
    #expect(error?.message.contains(message) == true, "\(error?.description ?? "")")
    #expect(error?.description.hasPrefix(line.map { "holidays.ics:\($0): " } ?? "holidays.ics: ") == true)
  }

  @Test("Rules that select nothing for millennia are given up")
  func endlessRules() throws {
    let one = "BEGIN:VEVENT\nDTSTART:00010101\nRRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30\nEND:VEVENT\n"
    let text = "BEGIN:VCALENDAR\n" + String(repeating: one, count: 10_000) + "END:VCALENDAR\n"
    let error = #expect(throws: CalendarFileError.self) { _ = try dates(text, through: "9999-12-31") }
    #expect(error?.message.contains("give it an UNTIL") == true)
  }

  @Test("A file that is cut off anywhere, or altered anywhere, is read or refused")
  func damage() {
    let text = calendar(
      "BEGIN:VEVENT", "UID:1", "DTSTART;VALUE=DATE:20261224", "DURATION:P3D",
      "RRULE:FREQ=YEARLY;INTERVAL=2;BYMONTH=1,12;BYMONTHDAY=-1,24;UNTIL=20500101", "EXDATE:20281224,20301224",
      "END:VEVENT",
      "BEGIN:VEVENT", "UID:1", "RECURRENCE-ID:20261231T000000Z", "DTSTART;TZID=\"A:B\":20261230T100000",
      "DTEND;TZID=\"A:B\":20270101T100000", "BEGIN:VALARM", "TRIGGER:-PT5M", "END:VALARM", "SUMMARY:a fol", " ded one",
      "END:VEVENT")
    let bytes = Array(text.utf8)
    let lines = bytes.count { $0 == UInt8(ascii: "\n") } + 1
    func read(_ bytes: [UInt8]) {
      do throws(CalendarFileError) {
        let dates = try CalendarFile.dates(
          String(decoding: bytes, as: UTF8.self), name: "x", through: CivilDate(year: 2060, month: 1, day: 1))
        #expect(dates.allSatisfy { CivilDate($0.description) == $0 })
      } catch {
        #expect((1...lines + 8).contains(error.line ?? 1))
        #expect(!error.message.isEmpty && !error.message.contains("\n"))
      }
    }
    for length in 0..<bytes.count - "END:VCALENDAR\r\n".utf8.count {
      let cut = String(decoding: bytes.prefix(length), as: UTF8.self)
      #expect(throws: CalendarFileError.self) {
        _ = try CalendarFile.dates(cut, name: "x", through: CivilDate(year: 2060, month: 1, day: 1))
      }
    }
    var generator = RandomGenerator(SeededRandom(seed: 5))
    let alphabet = Array("\r\n :;=,-\"0129TZPDWHBENVRULE".utf8)
    for _ in 0..<4_000 {
      var altered = bytes
      for _ in 0..<Int.random(in: 1...4, using: &generator) {
        let place = Int.random(in: 0..<altered.count, using: &generator)
        let byte = alphabet.randomElement(using: &generator) ?? 0
        switch Int.random(in: 0..<4, using: &generator) {
        case 0: altered[place] = byte
        case 1: altered.insert(byte, at: place)
        case 2: altered.remove(at: place)
        default: altered[place] = UInt8.random(in: 0...255, using: &generator)
        }
      }
      read(altered)
    }
  }
}

extension String {
  fileprivate func replacingOccurrences(_ part: String, by other: String) -> String {
    var result: [UInt8] = []
    var rest = Array(utf8)[...]
    let pattern = Array(part.utf8)
    while !rest.isEmpty {
      if rest.starts(with: pattern) {
        result += Array(other.utf8)
        rest = rest.dropFirst(pattern.count)
      } else if let byte = rest.popFirst() {
        result.append(byte)
      }
    }
    return String(decoding: result, as: UTF8.self)
  }
}
