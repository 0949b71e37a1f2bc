import JobModel
import Testing

@Suite("Instants and civil dates")
struct TimeTests {
  @Test(
    "An instant is written and read as RFC 3339",
    arguments: [
      ("1970-01-01T00:00:00Z", 0), ("2026-11-21T03:00:00Z", 1_795_230_000_000), ("1969-12-31T23:59:59.999Z", -1),
      ("2000-02-29T12:34:56.789Z", 951_827_696_789), ("9999-12-31T23:59:59.999Z", 253_402_300_799_999),
    ] as [(String, Int64)])
  func text(text: String, milliseconds: Int64) {
    #expect(Instant(text)?.milliseconds == milliseconds)
    #expect(Instant(milliseconds: milliseconds).description == text)
  }

  @Test(
    "Offsets, fractions and lower case are read",
    arguments: [
      ("2026-11-21T12:00:00+09:00", "2026-11-21T03:00:00Z"),
      ("2026-11-20T22:30:00.5-04:30", "2026-11-21T03:00:00.500Z"),
      ("2026-11-21t03:00:00.123456789z", "2026-11-21T03:00:00.123Z"),
    ])
  func reading(text: String, expected: String) {
    #expect(Instant(text)?.description == expected)
  }

  @Test(
    "What is no RFC 3339 time is refused",
    arguments: [
      "", "2026-11-21", "2026-11-21T03:00:00", "2026-11-21 03:00:00Z", "2026-13-01T00:00:00Z", "2026-02-29T00:00:00Z",
      "2026-11-21T24:00:00Z", "2026-11-21T03:00:00.Z", "2026-11-21T03:00:00+9:00", "2026-11-21T03:00:00Zx",
      "+026-11-21T03:00:00Z", "9999-12-31T23:59:60Z", "9999-12-31T23:00:00-01:30", "0001-01-01T00:00:00+00:01",
      "2026-11-21T03:00:00.1234567890Z",
    ])
  func refused(text: String) {
    #expect(Instant(text) == nil)
  }

  @Test("No instant beside schedules is a whole second", arguments: [(0, 1), (1, 1), (999, 999), (-1_000, -999)])
  func besideSchedules(milliseconds: Int64, expected: Int64) {
    #expect(Instant(milliseconds: milliseconds).besideSchedules.milliseconds == expected)
  }

  @Test("An offset is written as asked; milliseconds always where Step Functions writes them")
  func otherTexts() throws {
    let instant = try #require(Instant("2026-11-21T03:00:00Z"))
    #expect(instant.text(offset: 32_400) == "2026-11-21T12:00:00+09:00")
    #expect(instant.text(offset: -16_200) == "2026-11-20T22:30:00-04:30")
    #expect(instant.millisecondText == "2026-11-21T03:00:00.000Z")
  }

  @Test(
    "Years of other than four digits, which no text brings, are told apart",
    arguments: [
      (-62_135_596_800, "0001-01-01T00:00:00Z"), (-62_135_596_801, "0000-12-31T23:59:59Z"),
      (-62_198_755_200, "-0001-01-01T00:00:00Z"), (253_402_300_800, "10000-01-01T00:00:00Z"),
    ] as [(Int64, String)])
  func otherYears(seconds: Int64, text: String) {
    let instant = Instant(seconds: seconds)
    #expect(instant.description == text)
    #expect(instant.compactText == String(text.enumerated().filter { $0 == 0 || !"-:".contains($1) }.map(\.element)))
  }

  @Test("Compact text is read back", arguments: [0, 1_795_230_000_000, 1_795_230_000_123, 951_827_696_789] as [Int64])
  func compact(milliseconds: Int64) {
    let instant = Instant(milliseconds: milliseconds)
    #expect(Instant(compact: instant.compactText) == instant)
    #expect(Instant(compact: "2026-11-21T03:00Z") == nil)
  }

  @Test("Adding a length saturates instead of overflowing")
  func saturation() {
    #expect(Instant(milliseconds: .max) + .seconds(1) == .distantFuture)
    #expect(Instant(milliseconds: .min) - .seconds(1) == .distantPast)
    #expect(Instant(seconds: 10) - Instant(seconds: 4) == .seconds(6))
    #expect(Instant(milliseconds: -1).seconds == -1)
  }

  @Test("Days and civil dates turn into each other over four centuries")
  func days() {
    for days in stride(from: -146_097, through: 146_097, by: 13) {
      #expect(CivilDate(daysSince1970: days).daysSince1970 == days)
    }
    #expect(CivilDate(daysSince1970: 0).weekday == 4)
    #expect(CivilDate(year: 2026, month: 11, day: 21).weekday == 6)
    #expect(CivilDate(year: 2024, month: 2, day: 28).adding(days: 2) == CivilDate(year: 2024, month: 3, day: 1))
  }

  @Test(
    "A day that does not exist is refused",
    arguments: ["2026-02-29", "2100-02-29", "2026-11-31", "2026-00-01", "26-1-1", "2026-11-2x"])
  func noSuchDay(text: String) {
    #expect(CivilDate(text) == nil)
    #expect(CivilDate("2024-02-29")?.description == "2024-02-29")
  }

  @Test("Civil times before 1970 round down to the second")
  func civilTime() {
    let time = CivilTime(secondsSince1970: -1)
    #expect(time.description == "1969-12-31T23:59:59")
    #expect(time.secondsSince1970 == -1)
  }
}

@Suite("Ids")
struct IdentityTests {
  @Test("A run's id is made of the job, the instant and the rerun, and read back")
  func runID() throws {
    let job = try #require(JobName("nightly-report"))
    let at = try #require(Instant("2026-11-21T03:00:00Z"))
    let id = RunID(slot: SlotKey(job: job, scheduledAt: at), rerun: 2)
    #expect(id.description == "nightly-report.20261121T030000Z.2")
    #expect(RunID(id.description) == id)
    #expect(LaunchID(run: id, number: 3).description == "nightly-report.20261121T030000Z.2/3")
  }

  @Test(
    "What is no run id is refused",
    arguments: [
      "", "a", "a.20261121T030000Z", "a.20261121T030000Z.01", "a.20261121T030000Z.-1", "a b.20261121T030000Z.0",
      "a.b.c.d", "a.x.0",
    ])
  func noRunID(text: String) {
    #expect(RunID(text) == nil)
  }

  @Test(
    "A job's name has letters, digits, hyphens and underscores",
    arguments: [
      ("a", true), ("A-1_b", true), ("", false), ("-a", false), ("a.b", false), ("é", false),
      (String(repeating: "a", count: 64), true), (String(repeating: "a", count: 65), false),
    ])
  func jobName(text: String, isName: Bool) {
    #expect((JobName(text) != nil) == isName)
  }

  @Test("A run's status gives its slot's state", arguments: RunStatus.allCases)
  func states(status: RunStatus) {
    #expect(status.slotState.rawValue == status.rawValue)
  }
}
