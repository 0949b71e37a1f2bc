import JobModel
import TestSupport
import Testing

@testable import Scheduler

@Suite("A date format")
struct DateFormatTests {
  @Test(
    "Writes a day",
    arguments: [
      ("yyyyMMdd", "2026-11-21", "20261121"),
      ("yyyy-MM-dd", "2026-01-02", "2026-01-02"),
      ("yyyy/MM/dd", "2026-11-21", "2026/11/21"),
      ("d.M.yy", "2005-03-09", "9.3.05"),
      ("EEE, d MMM yyyy", "2026-11-21", "Sat, 21 Nov 2026"),
      ("EEEE d MMMM", "2026-02-01", "Sunday 1 February"),
      ("yyyyDDD", "2026-01-09", "2026009"),
      ("D", "2028-12-31", "366"),
      ("DDD", "2026-12-31", "365"),
      ("e", "2026-11-22", "7"),
      ("e", "2026-11-23", "1"),
      ("YYYY-'W'ww-e", "2026-11-21", "2026-W47-6"),
      ("YYYY'w'w", "2027-01-04", "2027w1"),
      ("yyyy", "0042-01-01", "0042"),
      ("'day' dd", "2026-11-21", "day 21"),
      ("'it''s' ''yy''", "2026-11-21", "it's '26'"),
      ("''''", "2026-11-21", "''"),
      ("dd日é🗓\"{}_0", "2026-11-21", "21日é🗓\"{}_0"),
      ("'yyyy'", "2026-11-21", "yyyy"),
    ])
  func writes(pattern: String, day: String, text: String) throws {
    #expect(try DateFormat(pattern).text(of: try #require(CivilDate(day))) == text)
    #expect(try DateFormat(pattern).description == pattern)
  }

  // ISO 8601's own examples and the years around which weeks go wrong.
  @Test(
    "Counts weeks as ISO 8601 does",
    arguments: [
      ("1977-01-01", "1976-W53-6"), ("1977-01-02", "1976-W53-7"), ("1977-12-31", "1977-W52-6"),
      ("1978-01-01", "1977-W52-7"), ("1978-01-02", "1978-W01-1"), ("1979-12-31", "1980-W01-1"),
      ("1980-12-28", "1980-W52-7"), ("1980-12-29", "1981-W01-1"), ("1981-12-31", "1981-W53-4"),
      ("2008-12-29", "2009-W01-1"), ("2010-01-03", "2009-W53-7"), ("2027-01-03", "2026-W53-7"),
    ])
  func weeks(day: String, text: String) throws {
    #expect(try DateFormat("YYYY-'W'ww-e").text(of: try #require(CivilDate(day))) == text)
  }

  @Test(
    "Names what it cannot read, and where",
    arguments: [
      ("", 0, "the format is empty"),
      ("yyyy-mm-dd", 5, "the month is MM"),
      ("yyyyMMddHH", 8, "a day has none"),
      ("yyyy-MM-DD", 8, "DD is no part of a day: D is written DDD or D"),
      ("yyy", 0, "yyy is no part of a day: y is written yyyy or yy"),
      ("é-EE", 2, "E is written EEEE or EEE"),
      ("yyyy-MM-ddT", 10, "text stands in quotation marks, as in 'T'"),
      ("ddddddddddddd", 0, "dddddddd… is no part of a day"),
      ("yyyy'W", 4, "has no end"),
      ("yyyy''''' ", 8, "has no end"),
      ("YYYY-MM-dd", 0, "the year of the day is yyyy"),
      ("MM/YYYY", 3, "the year of the day is yyyy"),
      (String(repeating: "-", count: 257), 256, "at most 256 characters"),
    ])
  func refuses(pattern: String, offset: Int, message: String) {
    let error = #expect(throws: DateFormatError.self) { _ = try DateFormat(pattern) }
    #expect(error?.text == pattern)
    #expect(error?.offset == offset)
    #expect(error?.message.contains(message) == true, "\(error?.message ?? "")")
    #expect(error?.description.hasPrefix("column \(offset + 1): ") == true)
  }

  @Test("What sorts as text sorts as days do, and is a day's own")
  func everyDay() throws {
    let plain = try DateFormat("yyyyMMdd")
    let week = try DateFormat("YYYYwwe")
    let year = try DateFormat("yyyyDDD")
    var before = ("", "", "")
    var day = CivilDate(year: 1999, month: 12, day: 1)
    for _ in 0..<15_000 {
      let texts = (plain.text(of: day), week.text(of: day), year.text(of: day))
      #expect(texts.0 > before.0 && texts.1 > before.1 && texts.2 > before.2)
      #expect(CivilDate(try DateFormat("yyyy-MM-dd").text(of: day)) == day)
      before = texts
      day = day.adding(days: 1)
    }
  }

  @Test("Whatever text is given, it is read or refused")
  func randomText() throws {
    let random = SeededRandom(seed: 11)
    let pieces = ["yyyy", "MM", "d", "E", "'", "''", "D", "é", "\r\n", "-", "YYYY", "ww", "q", "0", "\u{301}", "A"]
    let day = try #require(CivilDate("2026-11-21"))
    for _ in 0..<3_000 {
      let count = Int(random.next() % 8)
      let text = (0..<count).map { _ in pieces[Int(random.next() % UInt64(pieces.count))] }.joined()
      do {
        _ = try DateFormat(text).text(of: day)
      } catch {
        #expect((0...text.count).contains(error.offset))
      }
    }
  }
}
