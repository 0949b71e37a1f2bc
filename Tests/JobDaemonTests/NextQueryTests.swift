import JobModel
import Testing

@testable import JobDaemon

@Suite("jobd next")
struct NextQueryTests {
  private let zones = "/usr/share/zoneinfo"
  private let now = Instant("2026-11-21T00:00:00Z") ?? .distantPast

  @Test("Prints the explanation, then the times in the zone with weekday and distance")
  func text() throws {
    let query = NextQuery(timezone: "Asia/Tokyo", count: 2)
    let answer = try query.answer("cron(0 3 * * ? *)", now: now, zones: zones)
    #expect(
      answer.text(now: now) == """
        At 03:00 every day (Asia/Tokyo).
        Sun  2026-11-22T03:00:00+09:00  in 18 h
        Mon  2026-11-23T03:00:00+09:00  in 1 d 18 h
        """)
  }

  @Test("Says that an expression never fires again")
  func never() throws {
    let answer = try NextQuery().answer("at(2020-01-01T00:00:00)", now: now, zones: zones)
    #expect(answer.text(now: now).hasSuffix("\nIt never fires again."))
  }

  @Test(
    "Refuses a bad expression, zone, time and count with what is wrong",
    arguments: [
      ("* 24 * * *", "UTC", "2026-01-01", 1, "* 24 * * *\n  ^^\n\"24\" is no hour: hours are 0 to 23"),
      ("* * * * *", "Asia/Tokio", "2026-01-01", 1, "there is no time zone \"Asia/Tokio\": did you mean Asia/Tokyo?"),
      (
        "* * * * *", "UTC", "now", 1,
        "\"now\" is no time: write 2026-11-21T03:00:00Z, 2026-11-21T03:00:00+09:00, "
          + "or 2026-11-21T03:00 or 2026-11-21 in the time zone"
      ),
      ("* * * * *", "UTC", "2026-01-01", 0, "the count is 1 to 10000, not 0"),
    ])
  func refusal(expression: String, zone: String, after: String, count: Int, message: String) {
    let query = NextQuery(timezone: zone, after: after, count: count)
    let failure = #expect(throws: NextQuery.Failure.self) {
      try query.answer(expression, now: now, zones: zones)
    }
    #expect(failure?.message == message)
  }

  @Test(
    "Reads a time without an offset on the zone's clocks",
    arguments: ["2026-11-20T23:59:59Z", "2026-11-21T08:59:59", "2026-11-21T08:59:59+09:00"])
  func times(after: String) throws {
    let query = NextQuery(timezone: "Asia/Tokyo", after: after, count: 1)
    let answer = try query.answer("* * * * *", now: now, zones: zones)
    #expect(answer.firings.map(\.description) == ["2026-11-21T00:00:00Z"])
  }

  @Test(
    "Answers each line of a batch",
    arguments: [
      (
        #"{"expression": "0 3 * * *", "timezone": "Asia/Tokyo", "after": "2026-11-20T18:00:00Z", "count": 2}"#,
        #"{"next":["2026-11-21T18:00:00Z","2026-11-22T18:00:00Z"]}"#
      ),
      (#"{"expression": "0 3 * * *", "count": 1}"#, #"{"next":["2026-11-21T03:00:00Z"]}"#),
      (
        #"{"expression": "rate(1 hour)", "start": "2026-11-21T00:30:00Z", "count": 2}"#,
        #"{"next":["2026-11-21T00:30:00Z","2026-11-21T01:30:00Z"]}"#
      ),
      (#"{"expression": "at(2020-01-01T00:00:00)"}"#, #"{"next":[]}"#),
      (#"{"expression": "* 24 * * *"}"#, #"{"error":"column 3: \"24\" is no hour: hours are 0 to 23"}"#),
      (#"{"count": 1}"#, #"{"error":"\"expression\" is missing"}"#),
      (#"{"expression": 5}"#, #"{"error":"\"expression\" is a string, not number"}"#),
      (#"{"expression": "@daily", "count": "5"}"#, #"{"error":"\"count\" is a whole number, not string"}"#),
      ("[]", #"{"error":"a line is an object such as {\"expression\": \"0 3 * * *\"}, not array"}"#),
    ])
  func batch(line: String, answer: String) {
    #expect(NextBatch.answer(line, now: now, zones: zones) == answer)
  }

  @Test(
    "Answers garbage and overlong lines with an error",
    arguments: ["", "x", "{", String(repeating: " ", count: 70_000)])
  func garbage(line: String) throws {
    #expect(NextBatch.answer(line, now: now, zones: zones).hasPrefix(#"{"error":""#))
  }
}
