import Testing

@testable import Scheduler

@Suite("The explanation of an expression")
struct ExplanationTests {
  @Test(
    "An expression is told in one sentence",
    arguments: [
      ("cron(0 3 * * ? *)", "Asia/Tokyo", "At 03:00 every day (Asia/Tokyo)."),
      ("0 3 * * *", "UTC", "At 03:00 every day (UTC)."),
      ("cron(0 18 ? * MON-FRI *)", "UTC", "At 18:00 on Monday to Friday (UTC)."),
      ("0 9,21 * * 6,7", "UTC", "At 09:00 and 21:00 on Saturday and Sunday (UTC)."),
      ("30 2,14 1,15 * *", "UTC", "At 02:30 and 14:30 on days 1 and 15 of the month (UTC)."),
      ("*/15 * * * *", "America/New_York", "Every 15 minutes (America/New_York)."),
      ("* * * * *", "UTC", "Every minute (UTC)."),
      ("@hourly", "UTC", "Every hour (UTC)."),
      ("30 * * * *", "UTC", "At minute 30 of every hour (UTC)."),
      ("cron(5/20 * * * ? *)", "UTC", "At minutes 5, 25 and 45 of every hour (UTC)."),
      ("0 */4 * * *", "UTC", "Every 4 hours (UTC)."),
      ("15 */4 * * *", "UTC", "Every 4 hours, at minute 15 (UTC)."),
      ("cron(0/5 8-17 ? * MON-FRI *)", "UTC", "Every 5 minutes from 08:00 to 17:59 on Monday to Friday (UTC)."),
      ("*/10 1,3,5 * * *", "UTC", "Every 10 minutes in the hours 1, 3 and 5 (UTC)."),
      ("cron(0 4 L * ? *)", "UTC", "At 04:00 on the last day of the month (UTC)."),
      ("cron(0 4 LW * ? *)", "UTC", "At 04:00 on the last weekday of the month (UTC)."),
      ("cron(0 4 L-3 * ? *)", "UTC", "At 04:00 on the day 3 days before the last of the month (UTC)."),
      ("cron(0 4 15W 2 ? *)", "UTC", "At 04:00 on the weekday nearest day 15 of February (UTC)."),
      ("cron(0 4 ? * 3#2 *)", "UTC", "At 04:00 on the second Tuesday of the month (UTC)."),
      ("cron(0 4 ? JAN,JUL 6L *)", "UTC", "At 04:00 on the last Friday of January and July (UTC)."),
      ("0 4 * 6-8 *", "UTC", "At 04:00 in June to August (UTC)."),
      ("0 4 13 * 5", "UTC", "At 04:00 on day 13 of the month and on Friday (UTC)."),
      ("0 4 */2 * 1", "UTC", "At 04:00 on every 2nd day from 1 to 31 of the month if that is Monday (UTC)."),
      ("cron(0 4 1 1 ? 2026-2028)", "UTC", "At 04:00 on day 1 of January in 2026 to 2028 (UTC)."),
      ("cron(0 4 1 1 ? 2024/4)", "UTC", "At 04:00 on day 1 of January in every 4 years from 2024 (UTC)."),
      ("0 0 30 2 *", "UTC", "At 00:00 on day 30 of February (UTC); no calendar has such a day, so it never fires."),
      ("*/10 * * * * *", "UTC", "Every 10 seconds (UTC)."),
      ("rate(5 minutes)", "UTC", "Every 5 minutes, counted from the start."),
      ("rate(1 day)", "UTC", "Every day, counted from the start."),
      ("at(2030-11-20T13:00:00)", "UTC", "Once, at 13:00 on 2030-11-20 (UTC)."),
      ("0 3 * * *", "Nowhere/Land", "At 03:00 every day (Nowhere/Land)."),
    ])
  func sentence(expression: String, zone: String, sentence: String) throws {
    #expect(try ScheduleExpression(expression).explanation(in: zone) == sentence)
  }

  @Test(
    "What clock changes do is said where they meet the times",
    arguments: [
      (
        "cron(30 2 * * ? *)", "America/New_York",
        "At 02:30 every day (America/New_York); a time that clocks skip does not fire."
      ),
      (
        "30 2 * * *", "America/New_York",
        "At 02:30 every day (America/New_York); a time that clocks skip fires right after the change."
      ),
      (
        "30 1 * * *", "America/New_York",
        "At 01:30 every day (America/New_York); a time that clocks repeat fires once."
      ),
      (
        "30 2 * * *", "Europe/Berlin",
        "At 02:30 every day (Europe/Berlin); a time that clocks skip fires right after the change, "
          + "one that they repeat fires once."
      ),
      (
        "cron(0/15 * * * ? *)", "Europe/Berlin",
        "Every 15 minutes (Europe/Berlin); a time that clocks skip does not fire, "
          + "one that they repeat fires once."
      ),
      ("30 2 15 * *", "Europe/Berlin", "At 02:30 on day 15 of the month (Europe/Berlin)."),
      ("30 12 * * *", "Europe/Berlin", "At 12:30 every day (Europe/Berlin)."),
      (
        "at(2025-03-09T02:30:00)", "America/New_York",
        "Once, at 02:30 on 2025-03-09 (America/New_York); clocks skip this time, so it never fires."
      ),
      (
        "at(2025-11-02T01:30:00)", "America/New_York",
        "Once, at 01:30 on 2025-11-02 (America/New_York); clocks show this time twice, and it fires at the first."
      ),
    ])
  func clockChanges(expression: String, zone: String, sentence: String) throws {
    #expect(try ScheduleExpression(expression).explanation(in: zone) == sentence)
  }
}
