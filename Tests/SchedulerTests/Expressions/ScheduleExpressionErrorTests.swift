import Testing

@testable import Scheduler

@Suite("The refusal of an expression")
struct ScheduleExpressionErrorTests {
  @Test(
    "Names what is wrong, where, and what would be right",
    arguments: [
      ("", 1, 0, "the expression is empty: write five fields, as in 0 3 * * *, or cron(…)"),
      ("* * * *", 1, 7, "a Unix expression has five fields (minute hour day-of-month month day-of-week), here are 4"),
      ("* * * * * * *", 11, 3, "a Unix expression has five fields, or six with seconds first: here are 7"),
      ("60 * * * *", 1, 2, "\"60\" is no minute: minutes are 0 to 59"),
      ("* 24 * * *", 3, 2, "\"24\" is no hour: hours are 0 to 23"),
      ("* * 0 * *", 5, 1, "\"0\" is no day of the month: days of the month are 1 to 31"),
      ("* * * FOO *", 7, 3, "\"FOO\" is no month: months are 1 to 12 or JAN to DEC"),
      ("* * * JANUARY *", 7, 7, "JANUARY is written JAN"),
      ("* * * * 8", 9, 1, "\"8\" is no day of the week: days of the week are 0 to 7 or SUN to SAT"),
      ("1,,2 * * * *", 3, 0, "the list has an empty item: write a value, or leave out the comma"),
      ("1, * * * *", 3, 0, "the list has an empty item: write a value, or leave out the comma"),
      ("-1 * * * *", 1, 2, "\"-1\" is no minute: minutes are 0 to 59"),
      ("1- * * * *", 3, 0, "the range \"1-\" has no end: minutes are 0 to 59"),
      ("1-2-3 * * * *", 4, 2, "a range has two ends, as in 1-5: here is a third"),
      ("5-1 * * * *", 1, 3, "the range \"5-1\" runs backwards: write 5-59,0-1"),
      ("0 9 * * FRI-SUN", 9, 7, "the range \"FRI-SUN\" runs backwards: write 5-7"),
      ("*/0 * * * *", 3, 1, "a step of 0 never moves on: the smallest is 1"),
      ("*/ * * * *", 3, 0, "the step is missing: write a number after /"),
      ("*/-5 * * * *", 3, 2, "\"-5\" is no step: a step is a whole number"),
      ("/5 * * * *", 1, 0, "nothing is no minute: minutes are 0 to 59"),
      ("99999999999999999999 * * * *", 1, 20, "\"99999999999999999999\" is no minute: minutes are 0 to 59"),
      ("? * * * *", 1, 1, "? is not known to Unix cron: write *, or use EventBridge's form cron(…)"),
      ("0 10 * * ? *", 10, 1, "this is EventBridge's form: write cron(0 10 * * ? *)"),
      ("0 9 15W * *", 5, 3, "W is not known to Unix cron: use EventBridge's form, as in cron(0 9 15W * ? *)"),
      ("TZ=UTC 0 9 * * *", 1, 6, "no setting belongs into an expression: the time zone is one of its own"),
      ("日本 * * * *", 1, 2, "\"日本\" is no minute: minutes are 0 to 59"),
      ("@reboot", 1, 7, "@reboot names no time: a schedule fires at times, and jobd's own start is none"),
      ("@every 5m", 1, 6, "@every is not known to Unix cron: write rate(5 minutes)"),
      ("@daily 5", 8, 1, "nothing may follow @daily"),
      (
        "@sometimes", 1, 10,
        "there is no @sometimes: there are @yearly, @annually, @monthly, @weekly, @daily, @midnight, @hourly"
      ),
    ])
  func unix(text: String, column: Int, length: Int, message: String) throws {
    try check(text, column, length, message)
  }

  @Test(
    "Names EventBridge's rules",
    arguments: [
      (
        "cron()", 6, 0,
        "cron(…) has six fields (minutes hours day-of-month month day-of-week year), here are 0"
      ),
      ("cron(0 10 * * ? *", 18, 0, "the closing ) is missing"),
      ("cron(0 10 * * ? *) ", 19, 1, "nothing may follow the closing )"),
      (" cron(0 10 * * ? *)", 1, 1, "cron must be at the very beginning"),
      ("CRON(0 10 * * ? *)", 1, 4, "write cron in small letters"),
      ("cron 0 10 * * ? *", 5, 0, "( is missing: write cron(…)"),
      ("cron( 0 10 * * ? *)", 6, 1, "no blank may follow the ("),
      ("every(5 minutes)", 1, 5, "there is no every(…): expressions are cron(…), rate(…), at(…) or five fields"),
      (
        "cron(0 10 * * MON *)", 11, 1,
        "one of day-of-month and day-of-week must be ?: with day-of-month as ? write cron(0 10 ? * MON *)"
      ),
      (
        "cron(0 10 1 * * *)", 15, 1,
        "one of day-of-month and day-of-week must be ?: with day-of-week as ? write cron(0 10 1 * ? *)"
      ),
      ("cron(0 10 ? * ? *)", 15, 1, "only one of day-of-month and day-of-week may be ?: write * for one of them"),
      ("cron(? 10 * * ? *)", 6, 1, "? stands only for the day of the month or of the week: write * for every minute"),
      ("cron(0 10 ? * 0 *)", 15, 1, "\"0\" is no day of the week: days of the week are 1 to 7 or SUN to SAT"),
      ("cron(0 10 ? * 3#6 *)", 17, 1, "\"6\" is no occurrence in a month: after # stands 1 to 5"),
      ("cron(0 10 ? * #3 *)", 15, 2, "# needs the day before it: 3#2 is the second Tuesday"),
      ("cron(0 10 ? * 3#1,6#3 *)", 18, 4, "a day with # stands alone: there is no list of them"),
      ("cron(0 10 32W * ? *)", 11, 2, "\"32\" is no day of the month: days of the month are 1 to 31"),
      ("cron(0 10 W * ? *)", 11, 1, "W needs the day before it: 15W is the weekday nearest the 15th"),
      ("cron(0 10 LX * ? *)", 11, 2, "\"LX\" is no day of the month: the last are written L, LW or L-1 to L-30"),
      ("cron(0 10 * * ? 2200)", 17, 4, "\"2200\" is no year: years are 1970 to 2199"),
      ("rate(10)", 6, 2, "rate(…) takes a number, one blank and a unit, as in rate(5 minutes)"),
      ("rate(10 minute)", 9, 6, "write the unit in the plural: rate(10 minutes)"),
      ("rate(10 years)", 9, 5, "\"years\" is no unit: units are minutes, hours and days"),
      ("rate(0 hours)", 6, 1, "\"0\" is no rate: write a whole number from 1 to 99999999"),
      ("rate(1.5 hours)", 6, 3, "\"1.5\" is no rate: write a whole number from 1 to 99999999"),
      ("at(2025-02-30T00:00:00)", 4, 10, "\"2025-02-30\" is no day of the calendar"),
      ("at(2025-01-01T24:00:00)", 15, 2, "\"24\" is no hour: hours are 0 to 23"),
      (
        "at(2025-01-01T12:00:00Z)", 23, 1,
        "nothing may follow the seconds: no fraction, and the time zone is a setting of its own"
      ),
      ("at(now)", 4, 3, "at(…) takes yyyy-mm-ddThh:mm:ss, as in at(2030-11-20T13:00:00)"),
    ])
  func eventBridge(text: String, column: Int, length: Int, message: String) throws {
    try check(text, column, length, message)
  }

  private func check(_ text: String, _ column: Int, _ length: Int, _ message: String) throws {
    let error = try #require(throws: ScheduleExpressionError.self) { try ScheduleExpression(text) }
    #expect(error.message == message)
    #expect(error.column == column)
    #expect(error.range.count == length)
  }

  @Test("Is shown with carets under the offending part")
  func rendering() throws {
    let error = try #require(throws: ScheduleExpressionError.self) { try ScheduleExpression("0\t9 * JANUARY *") }
    #expect(error.rendering == "0 9 * JANUARY *\n      ^^^^^^^\nJANUARY is written JAN")
    #expect(error.description == "column 7: JANUARY is written JAN")
  }

  @Test("Shows of a long text the part around the place")
  func longText() throws {
    let text = String(repeating: "1,", count: 120) + "x * * * *"
    let error = try #require(throws: ScheduleExpressionError.self) { try ScheduleExpression(text) }
    let lines = error.rendering.split(separator: "\n")
    #expect(lines[0].count <= 100)
    #expect(lines[0].dropFirst(lines[1].count - 1).first == "x")
  }

  @Test("Is told of an expression over 256 characters")
  func tooLong() throws {
    let text = String(repeating: " ", count: 300)
    let error = try #require(throws: ScheduleExpressionError.self) { try ScheduleExpression(text) }
    #expect(error.message == "an expression has at most 256 characters, this one 300")
    #expect(error.column == 257)
  }
}
