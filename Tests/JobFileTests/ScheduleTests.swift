import JobModel
import Testing

@testable import JobFile

/// A file of one job with these lines, from line 3, indented by four.
private func file(_ lines: String, top: String = "", container: String = "") -> String {
  let indented = lines.split(separator: "\n", omittingEmptySubsequences: false).map { "    " + $0 }
  return "jobs:\n  a:\n" + indented.joined(separator: "\n")
    + "\n    timeout: 1h\n    task: {taskDefinition: a\(container)}\n"
    + top
}

private func instant(_ text: String) throws -> Instant { try #require(Instant(text)) }

@Suite("When a job runs")
struct ScheduleTests {
  private func schedules(_ lines: String) throws -> [Job.Schedule] { try onlyJob(file(lines)).schedules }

  @Test("A schedule is a text, a mapping, or several of either, each with its zone")
  func forms() throws {
    let plain = Job.Schedule(expression: "cron(0 3 * * ? *)", timezone: "Asia/Tokyo")
    let zone = "timezone: Asia/Tokyo\n"
    #expect(try schedules(zone + "schedule: cron(0 3 * * ? *)") == [plain])
    #expect(try schedules(zone + "schedule: {expression: cron(0 3 * * ? *)}") == [plain])
    #expect(
      try schedules(zone + "schedules: [cron(0 3 * * ? *), {expression: '@daily', timezone: Europe/Berlin}]")
        == [plain, Job.Schedule(expression: "@daily", timezone: "Europe/Berlin")])
  }

  @Test("Bounds are read on the schedule's clocks, and a day that ends it counts whole")
  func bounds() throws {
    func bounds(_ start: String, _ end: String) throws -> [Instant?] {
      let text =
        "timezone: Asia/Tokyo\n"
        + "schedule: {expression: '@daily', timezone: Europe/Berlin, start: \(start), end: \(end)}"
      let schedule = try #require(try schedules(text).first)
      return [schedule.start, schedule.end]
    }
    #expect(
      try bounds("2026-11-21", "2026-11-22")
        == [instant("2026-11-20T23:00:00Z"), instant("2026-11-22T22:59:59.999Z")])
    #expect(
      try bounds("2026-07-01T03:00:00", "2026-07-01T04:30")
        == [instant("2026-07-01T01:00:00Z"), instant("2026-07-01T02:30:00Z")])
    #expect(
      try bounds("2026-11-21T03:00:00Z", "2026-11-21T12:00:00+09:00")
        == [instant("2026-11-21T03:00:00Z"), instant("2026-11-21T03:00:00Z")])
    // Clocks go forward at 02:00 on 2027-03-28, and back at 03:00 on 2026-10-25.
    #expect(
      try bounds("2026-10-25T02:30:00", "2027-03-28T02:30:00")
        == [instant("2026-10-25T00:30:00Z"), instant("2027-03-28T01:00:00Z")])
    #expect(try bounds("2026-10-25", "2026-10-25T02:30:00")[1] == instant("2026-10-25T01:30:00Z"))
  }

  @Test("A window and a form for the day are the job's, over the defaults")
  func windowAndDate() throws {
    let job = try onlyJob(
      file("schedule: '@daily'\nflexibleWindow: 15m\ndate: yyyyMMdd", container: ", container: app"))
    #expect(job.flexibleWindow == .seconds(900))
    #expect(job.dateFormat == "yyyyMMdd")
    let top = "defaults: {flexibleWindow: 1h, date: yyyy/MM/dd}\n"
    let inherited = try onlyJob(file("schedule: '@daily'", top: top))
    #expect(inherited.flexibleWindow == .seconds(3_600))
    #expect(inherited.dateFormat == "yyyy/MM/dd")
    #expect(try onlyJob(file("schedule: '@daily'\nflexibleWindow: none", top: top)).flexibleWindow == .zero)
  }

  @Test(
    "Mistakes are told with their place",
    arguments: [
      (
        "schedule: '@daily'\nschedules: ['@daily']",
        "4:5 `schedule` and `schedules` exclude each other; write all of "
          + "them under `schedules`"
      ),
      ("schedules: []", "3:5 `schedules` holds no schedule; without the key a job is run by hand only"),
      (
        "schedules: '@daily'",
        "3:16 `schedules` must be a list, such as `[\"cron(0 3 * * ? *)\", \"cron(0 15 * * ? *)\"]`; "
          + "found the text `@daily`"
      ),
      (
        "schedule: {timezone: UTC}",
        "3:5 `schedule` needs `expression`, such as `{expression: \"cron(0 3 * * ? *)\", "
          + "start: 2026-11-21}`"
      ),
      ("schedule: {expression: '@daily', startDate: 2026-11-21}", "3:38 unknown key `startDate`: write `start`"),
      ("start: 2026-11-21\nschedule: '@daily'", "3:5 unknown key `start`: it belongs under `schedule`"),
      (
        "schedules: [{expression: '@daly'}]",
        "3:31 `expression` cannot be read: there is no @daly: there are @yearly, "
          + "@annually, @monthly, @weekly, @daily, @midnight, @hourly"
      ),
      (
        "schedule: {expression: '@daily', start: 2026-02-30}",
        "3:45 `start` is no date such as `2026-11-21`, no local "
          + "time such as `2026-11-21T03:00:00`, and no instant such as `2026-11-21T03:00:00Z` or "
          + "`2026-11-21T03:00:00+09:00`: `2026-02-30`"
      ),
      (
        "schedule: {expression: '@daily', start: 2026-11-22, end: 2026-11-21}",
        "3:57 `end` (2026-11-21T23:59:59.999Z) is before `start` (2026-11-22T00:00:00Z)"
      ),
      ("schedule: '@daily'\nflexibleWindow: 30s", "4:21 `flexibleWindow` must be from 1m to 1d; found `30s`"),
      ("schedule: '@daily'\nflexibleWindow: 25h", "4:21 `flexibleWindow` must be from 1m to 1d; found `25h`"),
      ("flexibleWindow: 1h", "3:5 `flexibleWindow` needs a `schedule`, of whose slots it speaks"),
      ("date: yyyy-mm-dd", "3:16 `date` cannot be read: mm would be minutes, and a day has none: the month is MM"),
      (
        "date: \"yyyy-'W\"",
        "3:17 `date` cannot be read: the text that begins here has no end: write another ' after it, "
          + "and '' for a ' in it"
      ),
      ("date: yyyyMMdd", "3:5 `date` needs the task's `container`, which is told of the day as JOBD_DAY"),
    ])
  func mistake(lines: String, expected: String) {
    #expect(errors(file(lines)) == [expected])
  }

  @Test(
    "A schedule that never fires, one that is given twice and one with seconds are told, and taken",
    arguments: [
      ("schedule: cron(0 0 31 2 ? *)", "3:5", "this schedule never fires: At 00:00 on day 31 of February (UTC)"),
      ("schedules: ['@daily', '0 0 30 2 *']", "3:27", "this schedule never fires: "),
      (
        "timezone: Europe/Berlin\nschedule: at(2027-03-28T02:30:00)", "4:5", "this schedule never fires: Once, at 02:30"
      ),
      (
        "schedule: {expression: at(2026-11-21T03:00:00), end: 2026-11-20}", "3:16",
        "this schedule never fires within its"
      ),
      (
        "schedule: {expression: cron(0 0 1 1 ? 2026), start: 2026-01-02}", "3:16",
        "this schedule never fires within its"
      ),
      ("schedules: ['@daily', '@hourly', '@daily']", "3:38", "the same schedule is given before"),
      (
        "schedule: '*/10 * * * * *'", "3:5",
        "six fields: the first is taken for seconds, so this means: Every 10 seconds"
      ),
    ])
  func warning(lines: String, place: String, beginning: String) {
    let result = parse(file(lines))
    #expect(result.file != nil)
    #expect(result.warnings.map { "\($0.line):\($0.column)" } == [place], "\(result.diagnostics)")
    #expect(result.warnings.allSatisfy { $0.message.hasPrefix(beginning) }, "\(result.diagnostics)")
  }

  @Test(
    "Nothing is said of schedules that fire",
    arguments: [
      "cron(0 0 29 2 ? *)", "cron(0 0 1 1 ? 1970)", "cron(0 0 1 1 ? 2199)", "cron(59 23 31 12 ? 2199)", "rate(1 day)",
      "at(2026-11-21T03:00:00)", "'0 0 29 2 1'", "'@yearly'", "{expression: rate(1 day), end: 2026-11-21}",
      "{expression: rate(400 days), start: 2026-11-21, end: 2026-11-21}",
    ])
  func fires(schedule: String) {
    #expect(mistakes(file("schedule: \(schedule)")) == [])
  }
}

@Suite("Calendars in a job file")
struct CalendarKeyTests {
  private static let top = """
    calendars:
      weekends: {weekdays: [SAT, SUN]}
      holidays: {dates: [2026-11-23, 2027-01-01], file: days.ics}
      mondays: {weekdays: MON}
    defaults: {catchUp: all}

    """
  private static let days =
    "BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART;VALUE=DATE:20261231\nRRULE:FREQ=YEARLY\nEND:VEVENT\nEND:VCALENDAR\n"

  private func rule(_ lines: String, top: String = Self.top) throws -> CalendarRule? {
    let text = file("schedule: '@daily'\n" + lines, top: top)
    let result = parse(text, files: ["days.ics": Self.days])
    return try #require(result.file, "\(result.diagnostics)").jobs[0].calendar
  }

  @Test("Dates, weekdays and files make a calendar together")
  func days() throws {
    let rule = try #require(try rule("calendar: [holidays, weekends]"))
    #expect(rule.treatment == .skip)
    #expect(rule.calendars.map(\.name) == ["holidays", "weekends"])
    #expect(rule.calendars[1] == DayCalendar(name: "weekends", weekdays: [0, 6]))
    #expect(rule.calendars[0].weekdays == [])
    for day in ["2026-11-23", "2027-01-01", "2026-12-31", "2100-12-31"] {
      #expect(try rule.calendars[0].contains(#require(CivilDate(day))), "\(day)")
    }
    #expect(try !rule.calendars[0].contains(#require(CivilDate("2101-12-31"))))
  }

  @Test("A name alone leaves days out; a mapping may move their slots")
  func forms() throws {
    #expect(try rule("calendar: mondays") == rule("calendar: {not: [mondays], instead: skip}"))
    #expect(try rule("calendar: {not: mondays, instead: next}")?.treatment == .next)
    #expect(try rule("calendar: {not: mondays, instead: previous}")?.treatment == .previous)
    #expect(try rule("calendar: none") == nil)
    #expect(try rule("overlap: allow") == nil)
  }

  @Test("A job is laid over the defaults, and a job without a schedule leaves them")
  func defaults() throws {
    let top = Self.top.replacing("{catchUp: all}", with: "{calendar: {not: weekends, instead: next}}")
    #expect(try rule("overlap: allow", top: top)?.calendars.map(\.name) == ["weekends"])
    #expect(try rule("calendar: mondays", top: top)?.calendars.map(\.name) == ["mondays"])
    #expect(try rule("calendar: mondays", top: top)?.treatment == .next)
    #expect(try rule("calendar: {instead: previous}", top: top)?.calendars.map(\.name) == ["weekends"])
    #expect(try rule("calendar: none", top: top) == nil)
    let byHand = parse(file("overlap: allow", top: top), files: ["days.ics": Self.days])
    #expect(byHand.errors == [])
    #expect(byHand.file?.jobs.first?.calendar == nil)
    let part = Self.top.replacing("{catchUp: all}", with: "{calendar: {instead: next}}")
    #expect(try rule("overlap: allow", top: part) == nil)
    #expect(try rule("calendar: mondays", top: part)?.treatment == .next)
  }

  @Test("One that no job names is a warning")
  func unused() {
    let text = file("schedule: '@daily'\ncalendar: mondays", top: Self.top)
    let result = parse(text, files: ["days.ics": Self.days])
    #expect(
      result.diagnostics.map { "\($0.line) \($0.severity.rawValue) \($0.message)" } == [
        "8 warning no job's `calendar` names `weekends`", "9 warning no job's `calendar` names `holidays`",
      ])
  }

  @Test("A file's mistake stands on its own line, in that file")
  func brokenFile() {
    let text = file("schedule: '@daily'\ncalendar: holidays", top: "calendars: {holidays: {file: days.ics}}\n")
    let broken = parse(
      text, files: ["days.ics": Self.days.replacing("FREQ=YEARLY", with: "FREQ=WEEKLY")])
    #expect(broken.errors.map { "\($0.file):\($0.line):\($0.column)" } == ["days.ics:4:1"], "\(broken.diagnostics)")
    #expect(broken.errors.first?.sourceLine == "RRULE:FREQ=WEEKLY")
    #expect(errors(text) == ["7:30 the calendar `days.ics` cannot be read: no such file"])
  }

  @Test(
    "Mistakes are told with their place",
    arguments: [
      ("calendar: mondys", top, "4:15 there is no calendar `mondys`; did you mean `mondays`?"),
      ("calendar: {not: [mondays, x]}", top, "4:31 there is no calendar `x`; there are weekends, holidays, mondays"),
      (
        "calendar: holidays", "",
        "4:15 there is no calendar `holidays`; calendars are described under `calendars` at the "
          + "top of the file"
      ),
      ("calendar: [mondays, mondays]", top, "4:25 the calendar `mondays` is named twice"),
      ("calendar: []", top, "4:5 `calendar` names no calendar"),
      ("calendar: {instead: next}", top, "4:5 `calendar` needs `not`, such as `{not: holidays, instead: next}`"),
      (
        "calendar: {not: mondays, instead: nxt}", top,
        "4:39 `instead` must be `skip`, `next`, `previous`; found the text "
          + "`nxt`; did you mean `next`?"
      ),
      ("calendar: {not: mondays, move: next}", top, "4:30 unknown key `move`: write `instead`"),
      (
        "calendar: [mondays, rest]",
        "calendars: {mondays: {weekdays: MON}, rest: {weekdays: [TUE, WED, THU, FRI, SAT, SUN]}}\n",
        "4:5 no day is left: every day of the week is in `mondays`, `rest`"
      ),
      ("calendars: [mondays]", top, "4:5 unknown key `calendars`: it belongs at the top of the file"),
      (
        "calendar: a", "calendars: {a: {}}\n",
        "7:13 the calendar names no days: it needs `dates`, `weekdays` or `file`, "
          + "such as `{dates: [2026-01-01], weekdays: [SAT, SUN]}`"
      ),
      (
        "calendar: a", "calendars: {a: {weekdays: [sat]}}\n",
        "7:28 `weekdays[0]` must be `SUN`, `MON`, `TUE`, `WED`, `THU`, "
          + "`FRI`, `SAT`; found the text `sat`; did you mean `SAT`?"
      ),
      (
        "calendar: a", "calendars: {a: {dates: [2026-13-01]}}\n",
        "7:25 `dates[0]` is no date such as `2026-11-21`: `2026-13-01`"
      ),
      (
        "calendar: a", "calendars: {a: {file: days.csv}}\n",
        "7:23 `file` is no path of an iCalendar file, such as `holidays.ics`: `days.csv`"
      ),
      (
        "calendar: a", "calendars: [a]\n",
        "4:15 there is no calendar `a`; calendars are described under `calendars` at "
          + "the top of the file"
      ),
      (
        "catchUp: all", "calendars: {none: {weekdays: MON}}\n",
        "7:13 the calendar's name is `none`, which means no such thing; choose another name"
      ),
      (
        "catchUp: all", "calendar: {weekdays: MON}\n",
        "7:1 unknown key `calendar`: days are named under `calendars`, and a "
          + "job (or `defaults`) takes them with `calendar`"
      ),
    ])
  func mistake(lines: String, top: String, expected: String) {
    let told = errors(file("schedule: '@daily'\n" + lines, top: top), files: ["days.ics": Self.days])
    #expect(told.contains(expected), "\(told)")
    #expect(told.count == (top == "calendars: [a]\n" ? 2 : 1), "\(told)")
  }

  @Test("A calendar needs a schedule, of whose slots it speaks")
  func withoutSchedule() {
    let text = file("calendar: mondays", top: Self.top)
    #expect(
      errors(text, files: ["days.ics": Self.days]) == ["3:5 `calendar` needs a `schedule`, of whose slots it speaks"])
  }
}
