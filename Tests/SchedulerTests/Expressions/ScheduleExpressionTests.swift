import JobModel
import Testing
import TestSupport

@testable import Scheduler

@Suite("A schedule expression")
struct ScheduleExpressionTests {
  @Test("Fires at the days that its fields select", arguments: days)
  func firesOnDays(row: FiringCase) throws { try row.check() }

  private static let days = [
    FiringCase(
      "February 29 comes in leap years, and not in 2100", "0 12 29 2 *", "UTC",
      after: "2093-01-01T00:00:00Z", ["2096-02-29T12:00:00Z", "2104-02-29T12:00:00Z"]),
    FiringCase(
      "The fifth Thursday, where there is one", "cron(0 0 ? * 5#5 *)", "UTC",
      after: "2026-01-01T00:00:00Z", ["2026-01-29T00:00:00Z", "2026-04-30T00:00:00Z", "2026-07-30T00:00:00Z"]),
    FiringCase(
      "The weekday nearest the 31st, in months that have one", "cron(0 0 31W * ? *)", "UTC",
      after: "2026-01-01T00:00:00Z", ["2026-01-30T00:00:00Z", "2026-03-31T00:00:00Z", "2026-05-29T00:00:00Z"]),
    FiringCase(
      "The weekday nearest the 1st stays within the month", "cron(0 0 1W * ? *)", "UTC",
      after: "2026-07-15T00:00:00Z", ["2026-08-03T00:00:00Z", "2026-09-01T00:00:00Z"]),
    FiringCase(
      "The last day of the month", "cron(0 4 L * ? *)", "UTC",
      after: "2028-01-31T04:00:00Z", ["2028-02-29T04:00:00Z", "2028-03-31T04:00:00Z"]),
    FiringCase(
      "The last weekday of the month", "cron(0 4 LW * ? *)", "UTC",
      after: "2026-01-01T00:00:00Z", ["2026-01-30T04:00:00Z", "2026-02-27T04:00:00Z"]),
    FiringCase(
      "Three days before the last", "cron(0 4 L-3 * ? *)", "UTC",
      after: "2026-01-01T00:00:00Z", ["2026-01-28T04:00:00Z", "2026-02-25T04:00:00Z"]),
    FiringCase(
      "The last Friday of the month", "cron(0 4 ? * FRIL *)", "UTC",
      after: "2026-01-01T00:00:00Z", ["2026-01-30T04:00:00Z", "2026-02-27T04:00:00Z"]),
    FiringCase(
      "A list of years, then never again", "cron(0 0 1 1 ? 2026,2028)", "UTC",
      after: "2025-06-01T00:00:00Z", ["2026-01-01T00:00:00Z", "2028-01-01T00:00:00Z"]),
    FiringCase(
      "EventBridge's calendar ends with 2199", "cron(0 0 1 1 ? *)", "UTC", after: "2199-01-01T00:00:00Z", []),
    FiringCase(
      "A range over the end of the week", "cron(0 9 ? * FRI-MON *)", "UTC",
      after: "2026-11-19T00:00:00Z",
      [
        "2026-11-20T09:00:00Z", "2026-11-21T09:00:00Z", "2026-11-22T09:00:00Z", "2026-11-23T09:00:00Z",
        "2026-11-27T09:00:00Z",
      ]),
    FiringCase(
      "A range over midnight with a step", "cron(0 22-3/2 * * ? *)", "UTC",
      after: "2026-11-19T12:00:00Z", ["2026-11-19T22:00:00Z", "2026-11-20T00:00:00Z", "2026-11-20T02:00:00Z"]),
    FiringCase(
      "EventBridge counts days of the week from Sunday as 1", "cron(0 9 ? * 1 *)", "UTC",
      after: "2026-11-19T00:00:00Z", ["2026-11-22T09:00:00Z"]),
    FiringCase(
      "Unix counts them from Sunday as 0", "0 9 * * 1", "UTC",
      after: "2026-11-19T00:00:00Z", ["2026-11-23T09:00:00Z"]),
    FiringCase("7 is Sunday too", "0 9 * * 7", "UTC", after: "2026-11-19T00:00:00Z", ["2026-11-22T09:00:00Z"]),
    FiringCase(
      "Both day fields given: one is enough", "0 0 13 * FRI", "UTC",
      after: "2026-11-10T00:00:00Z", ["2026-11-13T00:00:00Z", "2026-11-20T00:00:00Z"]),
    FiringCase(
      "One of them begins with a star: both must match", "0 0 */10 * FRI", "UTC",
      after: "2026-11-10T00:00:00Z", ["2026-12-11T00:00:00Z", "2027-01-01T00:00:00Z"]),
    FiringCase(
      "February 30 never comes", "0 0 30 2 *", "UTC", after: "2026-11-10T00:00:00Z", []),
    FiringCase(
      "Six Unix fields begin with seconds", "*/20 30 2 * * *", "UTC",
      after: "2026-11-10T02:30:00Z", ["2026-11-10T02:30:20Z", "2026-11-10T02:30:40Z", "2026-11-11T02:30:00Z"]),
    FiringCase(
      "A fraction of a second after a firing is after it", "* * * * *", "UTC",
      after: "2026-11-10T02:30:00.001Z", ["2026-11-10T02:31:00Z"]),
    FiringCase(
      "A fraction before a firing is before it", "* * * * *", "UTC",
      after: "2026-11-10T02:29:59.999Z", ["2026-11-10T02:30:00Z"]),
  ]

  @Test(
    "A nickname is its five fields",
    arguments: [
      ("@yearly", "0 0 1 1 *"), ("@annually", "0 0 1 1 *"), ("@monthly", "0 0 1 * *"), ("@weekly", "0 0 * * 0"),
      ("@daily", "0 0 * * *"), ("@midnight", "0 0 * * *"), ("@hourly", "0 * * * *"),
    ])
  func nickname(name: String, fields: String) throws {
    #expect(try ScheduleExpression(name).timing == ScheduleExpression(fields).timing)
  }

  @Test("A rate fires at its start and then every period, whatever the clocks do")
  func rate() throws {
    let start = try #require(Instant("2026-03-28T12:00:00.250Z"))
    let zone = try TimeZoneRules.named("Europe/Berlin")
    let expression = try ScheduleExpression("rate(1 day)")
    let before = start - .seconds(3)
    #expect(
      expression.upcoming(3, after: before, in: zone, start: start).map(\.description)
        == ["2026-03-28T12:00:00.250Z", "2026-03-29T12:00:00.250Z", "2026-03-30T12:00:00.250Z"])
    #expect(expression.next(after: start, in: zone, start: start) == start + .seconds(86_400))
    #expect(expression.next(after: start, in: zone) == start + .seconds(86_400))
  }

  @Test("No instant is too far away to be asked about")
  func extremes() throws {
    let zone = try TimeZoneRules.named("Europe/Berlin")
    let edges = [Int64.min, .max, 0, Instant.distantPast.milliseconds, Instant.distantFuture.milliseconds]
    for text in ["* * * * *", "0 0 29 2 *", "cron(0 0 L * ? *)", "rate(99999999 days)", "at(9999-12-31T23:59:59)"] {
      let expression = try ScheduleExpression(text)
      for milliseconds in edges {
        let after = Instant(milliseconds: milliseconds)
        for start in edges {
          if let next = expression.next(after: after, in: zone, start: Instant(milliseconds: start)) {
            #expect(next > after)
          }
        }
      }
    }
  }

  @Test("Every firing is after the one before, and on a selected time")
  func ascending() throws {
    for zoneName in ["America/New_York", "Australia/Lord_Howe", "Africa/Casablanca", "Pacific/Apia"] {
      let zone = try TimeZoneRules.named(zoneName)
      for text in ["*/7 * * * *", "30 1-3 * * *", "cron(0/20 * * * ? *)"] {
        let expression = try ScheduleExpression(text)
        var last = try #require(Instant("2011-12-01T00:00:00Z"))
        for _ in 0..<400 {
          let next = try #require(expression.next(after: last, in: zone))
          #expect(next > last)
          last = next
        }
      }
    }
  }

  @Test("Whatever text is given, it is read or refused")
  func randomText() throws {
    let random = SeededRandom(seed: 7)
    let pieces = [
      "*", "/", "-", ",", "?", "L", "W", "#", " ", "0", "5", "31", "99999999999999999999", "MON", "jan", "cron(",
      "rate(", "at(", ")", "@", "\t", "é", "\u{1F1E9}\u{1F1EA}", "\r\n", "2026-01-01T00:00:00", "minutes",
      "0 0 1 1 ? *",
    ]
    let zone = try TimeZoneRules.named("Europe/Berlin")
    for _ in 0..<3_000 {
      let count = Int(random.next() % 12)
      let text = (0..<count).map { _ in pieces[Int(random.next() % UInt64(pieces.count))] }.joined()
      do {
        _ = try ScheduleExpression(text).next(after: Instant(seconds: 0), in: zone)
      } catch {
        #expect(error.range.upperBound <= text.count)
        #expect(error.rendering.split(separator: "\n", omittingEmptySubsequences: false).count == 3)
      }
    }
  }
}
