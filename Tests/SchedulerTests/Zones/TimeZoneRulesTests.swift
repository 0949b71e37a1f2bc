import JobModel
import Testing

@testable import Scheduler

@Suite("The rules of a time zone")
struct TimeZoneRulesTests {
  private func instant(_ text: String) throws -> Instant { try #require(Instant(text)) }

  /// `2026-03-29T02:30:00` on a zone's clocks.
  private func civil(_ text: String) throws -> CivilTime {
    CivilTime(secondsSince1970: try instant(text + "Z").seconds)
  }

  @Test(
    "The offset at an instant is that of the zone's clocks",
    arguments: [
      ("UTC", "2026-07-01T00:00:00Z", 0),
      ("Asia/Tokyo", "2026-07-01T00:00:00Z", 32_400),
      ("Asia/Kathmandu", "2026-07-01T00:00:00Z", 20_700),
      ("America/New_York", "2026-03-08T06:59:59Z", -18_000),
      ("America/New_York", "2026-03-08T07:00:00Z", -14_400),
      ("Australia/Lord_Howe", "2026-01-01T00:00:00Z", 39_600),
      ("Australia/Lord_Howe", "2026-07-01T00:00:00Z", 37_800),
      // Irish winter time is the daylight saving time of the file, an hour behind its standard.
      ("Europe/Dublin", "2026-01-01T00:00:00Z", 0),
      ("Europe/Dublin", "2026-07-01T00:00:00Z", 3_600),
      // Before the first transition: local mean time.
      ("Europe/London", "1800-01-01T00:00:00Z", -75),
      // After the last: the footer, in this cycle of the calendar and in later ones.
      ("Europe/Berlin", "2199-07-01T00:00:00Z", 7_200),
      ("Europe/Berlin", "2199-12-01T00:00:00Z", 3_600),
      ("Europe/Berlin", "9000-07-01T00:00:00Z", 7_200),
      ("Europe/Berlin", "9999-12-01T00:00:00Z", 3_600),
      ("America/Sao_Paulo", "2500-01-01T00:00:00Z", -10_800),
    ])
  func offset(zone: String, at text: String, offset: Int) throws {
    #expect(try TimeZoneRules.named(zone).offset(at: try instant(text)) == offset)
  }

  @Test(
    "A time that clocks skip never comes, whatever the width of the gap",
    arguments: [
      ("America/New_York", "2026-03-08T02:30:00", "2026-03-08T07:00:00Z"),
      ("Australia/Lord_Howe", "2025-10-05T02:15:00", "2025-10-04T15:30:00Z"),
      ("Antarctica/Troll", "2025-03-30T02:59:59", "2025-03-30T01:00:00Z"),
      ("Pacific/Apia", "2011-12-30T12:00:00", "2011-12-30T10:00:00Z"),
      ("America/Sao_Paulo", "2017-10-15T00:00:00", "2017-10-15T03:00:00Z"),
      ("Europe/Berlin", "2520-03-31T02:00:00", "2520-03-31T01:00:00Z"),
    ])
  func gap(zone: String, civil text: String, change: String) throws {
    let resolution = try TimeZoneRules.named(zone).resolve(try civil(text))
    #expect(resolution == .skipped(at: try instant(change)))
    #expect(resolution.instants.isEmpty)
  }

  @Test(
    "A time that clocks repeat comes twice",
    arguments: [
      ("America/New_York", "2026-11-01T01:00:00", "2026-11-01T05:00:00Z", "2026-11-01T06:00:00Z"),
      ("America/New_York", "2026-11-01T01:59:59", "2026-11-01T05:59:59Z", "2026-11-01T06:59:59Z"),
      ("Australia/Lord_Howe", "2025-04-06T01:45:00", "2025-04-05T14:45:00Z", "2025-04-05T15:15:00Z"),
      ("Antarctica/Troll", "2025-10-26T01:00:00", "2025-10-25T23:00:00Z", "2025-10-26T01:00:00Z"),
    ])
  func overlap(zone: String, civil text: String, first: String, second: String) throws {
    #expect(
      try TimeZoneRules.named(zone).resolve(try civil(text))
        == .twice(first: try instant(first), second: try instant(second)))
  }

  @Test(
    "The times around a change come once",
    arguments: [
      ("America/New_York", "2026-03-08T01:59:59", "2026-03-08T06:59:59Z"),
      ("America/New_York", "2026-03-08T03:00:00", "2026-03-08T07:00:00Z"),
      ("America/New_York", "2026-11-01T00:59:59", "2026-11-01T04:59:59Z"),
      ("America/New_York", "2026-11-01T02:00:00", "2026-11-01T07:00:00Z"),
      ("Pacific/Apia", "2011-12-31T00:00:00", "2011-12-30T10:00:00Z"),
      ("UTC", "2026-11-01T02:00:00", "2026-11-01T02:00:00Z"),
    ])
  func once(zone: String, civil text: String, expected: String) throws {
    let zone = try TimeZoneRules.named(zone)
    #expect(zone.resolve(try civil(text)) == .once(try instant(expected)))
    #expect(zone.civil(at: try instant(expected)) == (try civil(text)))
  }

  @Test("A zone is read once and then the same object")
  func cached() throws {
    #expect(try TimeZoneRules.named("Asia/Tokyo") === TimeZoneRules.named("Asia/Tokyo"))
    #expect(try TimeZoneRules.named("UTC", directory: "/nonexistent") === TimeZoneRules.utc)
  }

  @Test(
    "An unknown name is refused with the nearest one that is known",
    arguments: [
      ("Asia/Tokio", "did you mean Asia/Tokyo?"),
      ("asia/tokyo", "did you mean Asia/Tokyo?"),
      ("America/New York", "did you mean America/New_York?"),
      ("Berlin", "did you mean Europe/Berlin?"),
      ("Europe/Lodnon", "did you mean Europe/London?"),
      ("Middle-earth/Shire", "use an IANA name such as Europe/London or UTC"),
      ("", "use an IANA name such as Europe/London or UTC"),
      ("../../etc/passwd", "use an IANA name such as Europe/London or UTC"),
      ("/etc/passwd", "use an IANA name such as Europe/London or UTC"),
      ("America", "use an IANA name such as Europe/London or UTC"),
      ("zone.tab", "use an IANA name such as Europe/London or UTC"),
      ("tzdata.zi", "use an IANA name such as Europe/London or UTC"),
      ("right/UTC", "did you mean Etc/UTC?"),
      ("Europe//London", "did you mean Europe/London?"),
    ])
  func unknown(name: String, remedy: String) throws {
    let error = try #require(throws: TimeZoneError.self) { try TimeZoneRules.named(name) }
    #expect(error.kind == .unknownName)
    #expect(error.name == name)
    #expect(error.message.hasSuffix(remedy))
  }

  @Test("Without a database the error says how to get one")
  func noDatabase() throws {
    let error = try #require(throws: TimeZoneError.self) {
      try TimeZoneRules.named("Asia/Tokyo", directory: "/nonexistent")
    }
    #expect(error.kind == .noDatabase)
    #expect(error.message.hasSuffix("install the package tzdata"))
  }
}
