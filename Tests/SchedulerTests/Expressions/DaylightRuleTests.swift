import JobModel
import Testing

@testable import Scheduler

/// One row: the firings of an expression after an instant.
struct FiringCase: CustomTestStringConvertible, Sendable {
  var title: String
  var expression: String
  var zone: String
  var after: String
  var firings: [String]

  init(_ title: String, _ expression: String, _ zone: String, after: String, _ firings: [String]) {
    self.title = title
    self.expression = expression
    self.zone = zone
    self.after = after
    self.firings = firings
  }

  var testDescription: String { title }

  func check() throws {
    let after = try #require(Instant(after))
    let zone = try TimeZoneRules.named(zone)
    let answer = try ScheduleExpression(expression).upcoming(max(firings.count, 1), after: after, in: zone)
    #expect(answer.map(\.description) == firings)
  }
}

@Suite("Clock changes")
struct DaylightRuleTests {
  @Test("In spring", arguments: spring)
  func firesInSpring(row: FiringCase) throws { try row.check() }

  @Test("In autumn", arguments: autumn)
  func firesInAutumn(row: FiringCase) throws { try row.check() }

  // Berlin: on 2026-03-29 at 01:00Z clocks go from 02:00 to 03:00.
  private static let spring = [
    FiringCase(
      "EventBridge skips a time that does not exist", "cron(30 2 * * ? *)", "Europe/Berlin",
      after: "2026-03-28T00:00:00Z", ["2026-03-28T01:30:00Z", "2026-03-30T00:30:00Z"]),
    FiringCase(
      "EventBridge skips it in a schedule of wildcards too", "cron(0/30 * * * ? *)", "Europe/Berlin",
      after: "2026-03-29T00:15:00Z", ["2026-03-29T00:30:00Z", "2026-03-29T01:00:00Z", "2026-03-29T01:30:00Z"]),
    FiringCase(
      "A fixed Unix time that is skipped runs right after the change", "30 2 * * *", "Europe/Berlin",
      after: "2026-03-28T12:00:00Z", ["2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z"]),
    FiringCase(
      "Several that are skipped run once", "0,15,30,45 2 * * *", "Europe/Berlin",
      after: "2026-03-28T12:00:00Z", ["2026-03-29T01:00:00Z", "2026-03-30T00:00:00Z"]),
    FiringCase(
      "One that is skipped and one due right after the change run once", "0 2,3 * * *", "Europe/Berlin",
      after: "2026-03-28T12:00:00Z", ["2026-03-29T01:00:00Z", "2026-03-30T00:00:00Z"]),
    FiringCase(
      "A fixed hour in a gap runs after the change even if asked a second before", "30 2 * * *", "Europe/Berlin",
      after: "2026-03-29T00:59:59Z", ["2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z"]),
    FiringCase(
      "…and not again when asked at the change", "30 2 * * *", "Europe/Berlin",
      after: "2026-03-29T01:00:00Z", ["2026-03-30T00:30:00Z"]),
    FiringCase(
      "The day of a skipped time counts, not that of the change", "30 2 29 3 *", "Europe/Berlin",
      after: "2026-01-01T00:00:00Z", ["2026-03-29T01:00:00Z", "2027-03-29T00:30:00Z"]),
    FiringCase(
      "A Unix wildcard in the minutes follows the clock", "*/30 2 * * *", "Europe/Berlin",
      after: "2026-03-28T12:00:00Z", ["2026-03-30T00:00:00Z", "2026-03-30T00:30:00Z"]),
    FiringCase(
      "A Unix wildcard in the hours follows the clock", "30 * * * *", "Europe/Berlin",
      after: "2026-03-29T00:00:00Z", ["2026-03-29T00:30:00Z", "2026-03-29T01:30:00Z"]),
    FiringCase(
      "A gap of half an hour", "15 2 * * *", "Australia/Lord_Howe",
      after: "2025-10-04T12:00:00Z", ["2025-10-04T15:30:00Z", "2025-10-05T15:15:00Z"]),
    FiringCase(
      "A gap of two hours", "0 1,2 * * *", "Antarctica/Troll",
      after: "2025-03-29T12:00:00Z", ["2025-03-30T01:00:00Z", "2025-03-30T23:00:00Z"]),
    FiringCase(
      "A day that was left out", "0 12 * * *", "Pacific/Apia",
      after: "2011-12-29T12:00:00Z", ["2011-12-29T22:00:00Z", "2011-12-30T10:00:00Z", "2011-12-30T22:00:00Z"]),
    FiringCase(
      "A day that was left out, for EventBridge", "cron(0 12 * * ? *)", "Pacific/Apia",
      after: "2011-12-29T12:00:00Z", ["2011-12-29T22:00:00Z", "2011-12-30T22:00:00Z"]),
    FiringCase(
      "at(…) at a time that does not exist never fires", "at(2026-03-29T02:30:00)", "Europe/Berlin",
      after: "2026-01-01T00:00:00Z", []),
    FiringCase(
      "A Unix schedule of nothing but skipped times ends", "*/30 2 * 3 0L", "Europe/Berlin",
      after: "2026-01-01T00:00:00Z", []),
  ]

  // Berlin: on 2026-10-25 at 01:00Z clocks go from 03:00 to 02:00.
  private static let autumn = [
    FiringCase(
      "EventBridge fires once, at the first", "cron(30 2 * * ? *)", "Europe/Berlin",
      after: "2026-10-24T12:00:00Z", ["2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"]),
    FiringCase(
      "…also in a schedule of wildcards", "cron(0/30 * * * ? *)", "Europe/Berlin",
      after: "2026-10-25T00:15:00Z", ["2026-10-25T00:30:00Z", "2026-10-25T02:00:00Z"]),
    FiringCase(
      "…also when asked between the two", "cron(30 2 * * ? *)", "Europe/Berlin",
      after: "2026-10-25T01:10:00Z", ["2026-10-26T01:30:00Z"]),
    FiringCase(
      "A fixed Unix time runs once, at the first", "30 2 * * *", "Europe/Berlin",
      after: "2026-10-24T12:00:00Z", ["2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"]),
    FiringCase(
      "A Unix wildcard follows the clock and runs twice", "*/30 2 * * *", "Europe/Berlin",
      after: "2026-10-24T12:00:00Z",
      [
        "2026-10-25T00:00:00Z", "2026-10-25T00:30:00Z", "2026-10-25T01:00:00Z", "2026-10-25T01:30:00Z",
        "2026-10-26T01:00:00Z",
      ]),
    FiringCase(
      "…and so does @hourly", "@hourly", "Europe/Berlin",
      after: "2026-10-24T23:30:00Z", ["2026-10-25T00:00:00Z", "2026-10-25T01:00:00Z", "2026-10-25T02:00:00Z"]),
    FiringCase(
      "…also as the last thing it does", "*/30 2 25 10 *", "Europe/Berlin",
      after: "2026-10-25T00:45:00Z", ["2026-10-25T01:00:00Z", "2026-10-25T01:30:00Z", "2027-10-25T00:00:00Z"]),
    FiringCase(
      "An overlap of half an hour", "45 1 * * *", "Australia/Lord_Howe",
      after: "2025-04-05T12:00:00Z", ["2025-04-05T14:45:00Z", "2025-04-06T15:15:00Z"]),
    FiringCase(
      "An overlap of two hours", "0 * * * *", "Antarctica/Troll",
      after: "2025-10-25T23:30:00Z", ["2025-10-26T00:00:00Z", "2025-10-26T01:00:00Z", "2025-10-26T02:00:00Z"]),
    FiringCase(
      "at(…) at a time that comes twice fires at the first", "at(2026-10-25T02:30:00)", "Europe/Berlin",
      after: "2026-01-01T00:00:00Z", ["2026-10-25T00:30:00Z"]),
    FiringCase(
      "…and not at the second", "at(2026-10-25T02:30:00)", "Europe/Berlin", after: "2026-10-25T00:30:00Z", []),
  ]
}
