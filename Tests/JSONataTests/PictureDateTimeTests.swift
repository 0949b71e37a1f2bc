import JobModel
import Testing

@testable import JSONata

@Suite("Pictures of dates and times") struct PictureDateTimeTests {
  /// 2018-03-23T10:33:36.617Z, a Friday.
  private static let friday = 1_521_801_216_617.0
  private let now = Instant(milliseconds: 1_521_801_216_617)

  @Test(
    "write every component",
    arguments: [
      ("[Y]|[Y0001]|[Y,2-2]|[Y99]|[YI]", "2018|2018|18|18|MMXVIII"),
      ("[M]|[M01]|[MNn]|[MN,3-3]|[Mn]", "3|03|March|MAR|march"),
      ("[D]|[D1o]|[Dwo]|[DW]", "23|23rd|twenty-third|TWENTY-THREE"), ("[d]|[d001]", "82|082"),
      ("[F]|[F0]|[FNn,3-3]", "friday|5|Fri"), ("[W]|[w]|[X]|[x]|[xNn]", "12|4|2018|3|March"),
      ("[H]|[h]|[m]|[s]|[f]|[f001]", "10|10|33|36|617|617"), ("[P]|[PN]|[PNn]", "am|AM|am"),
      ("[Z]|[z]|[Z0]|[Z0000]|[Z01:01t]|[z00:00t]", "+00:00|GMT+00:00|+0|+0000|Z|Z"), ("[C] [E]", "ISO ISO"),
      ("[[a]] [ Y ] [D #1 , 2]]", "[a] 2018 23]"), ("", ""), ("no marker", "no marker"),
    ]) func components(picture: String, text: String) throws
  {
    #expect(try formatDateTime(milliseconds: Self.friday, picture: picture, zone: nil) == text)
  }

  @Test(
    "write the time in a zone",
    arguments: [
      ("+0530", "[H01]:[m01] [Z]|[Z0]|[z00]|[Z0000]", "16:03 +05:30|+5:30|GMT+05:30|+0530"),
      ("-0500", "[D] [H01]:[m01][Z01:01t]", "23 05:33-05:00"), ("-0330", "[H01]:[m01][Z]|[Z0]", "07:03-03:30|-3:30"),
      ("-0030", "[H01]:[m01][Z]|[Z0]", "10:03-00:30|-0:30"), ("1400", "[D] [h] [P] [Z0]", "24 12 am +14"),
    ]) func zones(zone: String, picture: String, text: String) throws
  {
    #expect(try formatDateTime(milliseconds: Self.friday, picture: picture, zone: zone) == text)
  }

  @Test(
    "give the weeks to the year and month of their Thursday",
    arguments: [
      ("2005-01-01", "2004-W53-6", "5 of December"), ("2007-12-31", "2008-W01-1", "1 of January"),
      ("2010-01-03", "2009-W53-7", "5 of December"), ("2016-02-29", "2016-W09-1", "1 of March"),
      ("2018-07-01", "2018-W26-7", "4 of June"), ("1969-12-28", "1969-W52-7", "4 of December"),
    ]) func weeks(day: String, week: String, month: String) throws
  {
    let instant = try parseDateTime(day, picture: nil, now: now) ?? 0
    #expect(try formatDateTime(milliseconds: instant, picture: "[X0001]-W[W01]-[F1]", zone: nil) == week)
    #expect(try formatDateTime(milliseconds: instant, picture: "[w] of [xNn]", zone: nil) == month)
  }

  @Test("write ISO 8601 where there is none") func standard() throws {
    #expect(try formatDateTime(milliseconds: 0, picture: nil, zone: nil) == "1970-01-01T00:00:00.000Z")
    #expect(try formatDateTime(milliseconds: -1, picture: nil, zone: "+0100") == "1970-01-01T00:59:59.999+01:00")
    #expect(try formatDateTime(milliseconds: 8.64e15, picture: "[Y]", zone: nil) == "275760")
    #expect(try formatDateTime(milliseconds: -8.64e15, picture: "[Y]", zone: nil) == "-271821")
  }

  @Test(
    "are refused for what is wrong with them",
    arguments: [
      ("[M", "D3135"), ("[q]", "D3132"), ("[]", "D3132"), ("[YN]", "D3133"), ("[fn]", "D3133"), ("[Y#]", "D3130"),
      ("[Do]", "D3130"), ("[Y0٠]", "D3131"), ("[Z010101]", "D3134"), ("[ZN]", "D3134"),
    ]) func mistakes(picture: String, expected: String)
  {
    #expect(
      pictureErrorCode { () throws(JSONataError) in try formatDateTime(milliseconds: 0, picture: picture, zone: nil) }
        == expected)
  }

  @Test("are refused for times and zones that there are not") func outside() {
    func error(_ milliseconds: Double, _ zone: String?) -> String? {
      pictureErrorCode { () throws(JSONataError) in
        try formatDateTime(milliseconds: milliseconds, picture: nil, zone: zone)
      }
    }
    #expect(error(8.64e15 + 1, nil) == "D1001")
    #expect(error(.nan, nil) == "D1001")
    for zone in ["", "EST", "+01:00", "+01000", "--100", "+"] { #expect(error(0, zone) == "T0410") }
  }

  @Test(
    "read what they write",
    arguments: [
      "[Y0001]-[M01]-[D01]T[H01]:[m01]:[s01].[f001][Z01:01]", "[D1o] [MNn] [Y] [h]:[m]:[s].[f] [P]",
      "[Y0001][M01][D01][H01][m01][s01].[f001]", "[FNn], [Dwo] [MNn,3-3] [Yw], [H]h[m]m[s]s[f]ms [z]",
      "[Y]-[d001] [H]:[m]:[s].[f001]", "[YI] [MA] [Da] [Hw]/[mw]/[sw]/[fw]",
    ]) func readBack(picture: String) throws
  {
    let text = try formatDateTime(milliseconds: Self.friday, picture: picture, zone: nil)
    #expect(try parseDateTime(text, picture: picture, now: Instant(seconds: 0)) == Self.friday, "\(text)")
  }

  @Test(
    "take what they leave out from now or from the beginning",
    arguments: [
      ("13:45", "[H]:[m]", "2018-03-23T13:45:00.000Z"), ("7", "[M]", "2018-07-01T00:00:00.000Z"),
      ("30", "[m]", "2018-03-23T10:30:00.000Z"), ("2020", "[Y]", "2020-01-01T00:00:00.000Z"),
      ("12 am", "[h] [P]", "2018-03-23T00:00:00.000Z"), ("12 PM", "[h] [P]", "2018-03-23T12:00:00.000Z"),
      ("100", "[d]", "2018-04-10T00:00:00.000Z"), ("Monday", "[FNn]", "2018-03-23T10:33:36.617Z"),
      ("2018-02-31", "[Y]-[M]-[D]", "2018-03-03T00:00:00.000Z"), ("2018-14", "[Y]-[M]", "2019-02-01T00:00:00.000Z"),
      ("70", "[Y]", "1970-01-01T00:00:00.000Z"), ("12:00:00.5", "[H]:[m]:[s].[f]", "2018-03-23T12:00:00.500Z"),
      ("2018 -0330", "[Y] [Z0000]", "2018-01-01T03:30:00.000Z"),
      ("2018 GMT-3:30", "[Y] [z]", "2018-01-01T03:30:00.000Z"),
      ("2018 +05", "[Y] [Z00]", "2017-12-31T19:00:00.000Z"), ("APRIL 2018", "[MNn] [Y]", "2018-04-01T00:00:00.000Z"),
      ("٢٠١٨", "[Y٠]", "2018-01-01T00:00:00.000Z"), ("a.c (2018)", "a.c ([Y])", "2018-01-01T00:00:00.000Z"),
    ]) func defaults(text: String, picture: String, expected: String) throws
  {
    let read = try #require(try parseDateTime(text, picture: picture, now: now))
    #expect(try formatDateTime(milliseconds: read, picture: nil, zone: nil) == expected)
  }

  @Test(
    "give nothing for a text that does not fit",
    arguments: [
      ("x", "[Y]"), ("2018-", "[Y]"), ("axc", "a.c"), ("abc", "abc"), ("and", "[Yw]"), ("999999999", "[Y]"),
      ("999999999999999999999999", "[M]"),
    ]) func misfits(text: String, picture: String) throws
  {
    #expect(try parseDateTime(text, picture: picture, now: now) == nil)
  }

  @Test(
    "are refused where they leave out something between",
    arguments: [
      ("2018-22", "[Y]-[D]", "D3136"), ("2018 99999999999999999999", "[Y] [D]", "D3136"), ("5 7", "[M] [H]", "D3136"),
      ("4/4/2018 11:30", "[D]/[M]/[Y] [h]:[m]", "D3136"),
      ("2018-W12", "[X]-W[W]", "D3136"), ("2018 3 2 1", "[X] [x] [w] [F1]", "D3136"), ("1", "[Y#]", "D3130"),
      ("x", "[CN]", "D3133"), ("x", "[Yn]", "D3133"), ("1", "[q]", "D3132"), ("1", "[Y", "D3135"),
    ]) func gaps(text: String, picture: String, expected: String)
  {
    #expect(
      pictureErrorCode { () throws(JSONataError) in try parseDateTime(text, picture: picture, now: now) } == expected)
  }

  @Test("are paid for when a text is read") func payment() throws {
    var limits = JSONataLimits()
    limits.steps = 100
    var budget = EvaluationBudget(limits)
    #expect(try parseDateTime("2018", picture: "[Y]", now: now, budget: &budget) == 1_514_764_800_000)
    #expect(throws: JSONataError.self) {
      for _ in 0..<20 { _ = try parseDateTime("2018", picture: "[Y]", now: now, budget: &budget) }
    }
  }

  @Test("end with an error where words can be split in too many ways") func hostileWords() {
    let text = String(repeating: "seventeen ", count: 2_000) + "!"
    #expect(
      pictureErrorCode { () throws(JSONataError) in try parseDateTime(text, picture: "[Yw][Mw][Dw]x", now: now) }
        == "U1001")
    let long = String(repeating: "[Y]", count: 400)
    #expect(pictureErrorCode { () throws(JSONataError) in try parseDateTime("1", picture: long, now: now) } == "U1001")
  }
}

@Suite("Times of ISO 8601 without a picture") struct PictureISO8601Tests {
  @Test(
    "are read to the millisecond, in UTC where they name no zone",
    arguments: [
      ("2018", 1_514_764_800_000.0), ("2018-02", 1_517_443_200_000), ("2018-02-01", 1_517_443_200_000),
      ("2018-02-31", 1_520_035_200_000), ("2018-02-01Z", 1_517_443_200_000), ("2018T10:00:00", 1_514_800_800_000),
      ("2018-02-01T24:00:00Z", 1_517_529_600_000), ("2018-02-01T10:00:00.5Z", 1_517_479_200_500),
      ("2018-02-01T10:00:00.1239999", 1_517_479_200_123), ("2018-02-01T10:00:00+05:30", 1_517_459_400_000),
      ("2018-02-01T10:00:00-0530", 1_517_499_000_000), ("0099-01-01", -59_042_995_200_000),
    ]) func readings(text: String, milliseconds: Double) throws
  {
    #expect(try parseDateTime(text, picture: nil, now: Instant(seconds: 0)) == milliseconds)
  }

  @Test(
    "are refused otherwise",
    arguments: [
      "", "18", "20180", "2018-1", "2018-13", "2018-00", "2018-01-00", "2018-01-32", "2018-01-01T10:00",
      "2018-01-01T25:00:00", "2018-01-01T24:00:01", "2018-01-01T10:60:00", "2018-01-01T10:00:00.", "2018-01-01+0100",
      "2018-01-01T10:00:00+2400", "2018-01-01T10:00:00+01", "2018-01-01 10:00:00", "2018-01-01T10:00:00Zx", "-2018",
    ]) func mistakes(text: String)
  {
    let error = #expect(throws: JSONataError.self) {
      try parseDateTime(text, picture: nil, now: Instant(seconds: 0))
    }
    #expect(error?.code == "D3110")
    #expect(
      error?.message
        == "The argument of the toMillis function must be an ISO 8601 formatted timestamp. Given \"\(text)\"")
  }
}
