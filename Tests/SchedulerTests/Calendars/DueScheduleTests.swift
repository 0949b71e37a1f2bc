import JobModel
import TestSupport
import Testing

@testable import Scheduler

/// One row: the slots that a schedule gives after an instant, as `RUN time`, `OUT time calendar` or
/// `MOVED time to time calendar`.
struct DueCase: CustomTestStringConvertible, Sendable {
  var title: String
  var expression: String
  var zone = "UTC"
  var start: String?
  var end: String?
  var weekdays: Set<Int> = []
  var dates: [String] = []
  var treatment: CalendarRule.Treatment?
  var after: String
  var slots: [String]
  /// Whether nothing comes after `slots`.
  var isAll = false

  var testDescription: String { title }

  func check() throws {
    var schedule = DueSchedule(
      expression: try ScheduleExpression(expression), zone: try TimeZoneRules.named(zone),
      start: try start.map { try #require(Instant($0)) }, end: try end.map { try #require(Instant($0)) })
    if let treatment {
      let days = try dates.map { try #require(CivilDate($0)) }
      schedule.rule = CalendarRule(
        calendars: [
          DayCalendar(name: "weekend", weekdays: weekdays), DayCalendar(name: "holidays", dates: Set(days)),
        ], treatment: treatment)
    }
    let after = try #require(Instant(after))
    let found = schedule.upcoming(slots.count + (isAll ? 1 : 0), after: after, rateStart: after)
    #expect(found.map(\.text) == slots)
  }
}

extension DueSchedule {
  func upcoming(_ count: Int, after: Instant, rateStart: Instant) -> [DueSlot] {
    var slots: [DueSlot] = []
    var last = after
    while slots.count < count, let next = next(after: last, rateStart: rateStart) {
      slots.append(next)
      last = next.dueAt
    }
    return slots
  }
}

extension DueSlot {
  var text: String {
    switch fate {
    case .run: "RUN \(scheduledAt)"
    case .leftOut(let calendar): "OUT \(scheduledAt) \(calendar)"
    case .moved(let target, let calendar): "MOVED \(scheduledAt) to \(target) \(calendar)"
    }
  }
}

@Suite("A due schedule")
struct DueScheduleTests {
  @Test("Without calendars the expression speaks", arguments: plain)
  func withoutCalendars(row: DueCase) throws { try row.check() }

  @Test("Leaves out the slots of bad days", arguments: skipped)
  func leavesOut(row: DueCase) throws { try row.check() }

  @Test("Moves the slots of bad days forward", arguments: forward)
  func movesForward(row: DueCase) throws { try row.check() }

  @Test("Moves the slots of bad days back", arguments: back)
  func movesBack(row: DueCase) throws { try row.check() }

  @Test("Moves across clock changes", arguments: clockChanges)
  func movesAcrossClockChanges(row: DueCase) throws { try row.check() }

  // 2026-11-21 is a Saturday.
  private static let plain = [
    DueCase(
      title: "Every nominal instant runs", expression: "0 3 * * *", after: "2026-11-20T03:00:00Z",
      slots: ["RUN 2026-11-21T03:00:00Z", "RUN 2026-11-22T03:00:00Z"]),
    DueCase(
      title: "The start itself counts", expression: "0 3 * * *", start: "2026-12-01T03:00:00Z",
      after: "2026-11-20T00:00:00Z", slots: ["RUN 2026-12-01T03:00:00Z"]),
    DueCase(
      title: "…and a moment later it does not", expression: "0 3 * * *", start: "2026-12-01T03:00:00.001Z",
      after: "2026-11-20T00:00:00Z", slots: ["RUN 2026-12-02T03:00:00Z"]),
    DueCase(
      title: "A start that is past holds nothing back", expression: "0 3 * * *", start: "2020-01-01T00:00:00Z",
      after: "2026-11-20T00:00:00Z", slots: ["RUN 2026-11-20T03:00:00Z"]),
    DueCase(
      title: "The end itself counts, and nothing after it", expression: "0 3 * * *", end: "2026-11-22T03:00:00Z",
      after: "2026-11-20T12:00:00Z", slots: ["RUN 2026-11-21T03:00:00Z", "RUN 2026-11-22T03:00:00Z"], isAll: true),
    DueCase(
      title: "An end before the start leaves nothing", expression: "0 3 * * *", start: "2026-12-01T00:00:00Z",
      end: "2026-11-30T00:00:00Z", after: "2026-11-20T12:00:00Z", slots: [], isAll: true),
    DueCase(
      title: "A rate counts from its start", expression: "rate(7 hours)", start: "2026-11-19T23:30:00Z",
      after: "2026-11-20T06:30:00Z", slots: ["RUN 2026-11-20T13:30:00Z", "RUN 2026-11-20T20:30:00Z"]),
    DueCase(
      title: "A rate whose start is to come begins with it", expression: "rate(7 hours)",
      start: "2026-12-01T00:30:00Z", after: "2026-11-20T06:30:00Z",
      slots: ["RUN 2026-12-01T00:30:00Z", "RUN 2026-12-01T07:30:00Z"]),
    DueCase(
      title: "at(…) comes once", expression: "at(2026-12-01T00:30:00)", zone: "Asia/Tokyo",
      after: "2026-11-20T06:30:00Z", slots: ["RUN 2026-11-30T15:30:00Z"], isAll: true),
  ]

  private static let skipped = [
    DueCase(
      title: "Each calendar is named", expression: "0 3 * * *", weekdays: [0, 6], dates: ["2026-11-23"],
      treatment: .skip, after: "2026-11-20T00:00:00Z",
      slots: [
        "RUN 2026-11-20T03:00:00Z", "OUT 2026-11-21T03:00:00Z weekend", "OUT 2026-11-22T03:00:00Z weekend",
        "OUT 2026-11-23T03:00:00Z holidays", "RUN 2026-11-24T03:00:00Z",
      ]),
    DueCase(
      title: "Days are those of the zone", expression: "0 3 * * *", zone: "Asia/Tokyo", dates: ["2026-11-23"],
      treatment: .skip, after: "2026-11-21T12:00:00Z",
      slots: ["RUN 2026-11-21T18:00:00Z", "OUT 2026-11-22T18:00:00Z holidays", "RUN 2026-11-23T18:00:00Z"]),
    DueCase(
      title: "No calendar at all lets everything run", expression: "0 3 * * *", treatment: .skip,
      after: "2026-11-21T00:00:00Z", slots: ["RUN 2026-11-21T03:00:00Z", "RUN 2026-11-22T03:00:00Z"]),
  ]

  private static let forward = [
    DueCase(
      title: "Monday has its own slot at that time", expression: "0 3 * * *", weekdays: [0, 6], treatment: .next,
      after: "2026-11-20T12:00:00Z",
      slots: [
        "MOVED 2026-11-21T03:00:00Z to 2026-11-23T03:00:00Z weekend",
        "MOVED 2026-11-22T03:00:00Z to 2026-11-23T03:00:00Z weekend", "RUN 2026-11-23T03:00:00Z",
        "RUN 2026-11-24T03:00:00Z",
      ]),
    DueCase(
      title: "Sunday's early time comes before Saturday's late one", expression: "cron(0 5 ? * SAT *)",
      weekdays: [0, 6], treatment: .next, after: "2026-11-20T12:00:00Z",
      slots: [
        "MOVED 2026-11-21T05:00:00Z to 2026-11-23T05:00:00Z weekend", "RUN 2026-11-23T05:00:00Z",
        "MOVED 2026-11-28T05:00:00Z to 2026-11-30T05:00:00Z weekend", "RUN 2026-11-30T05:00:00Z",
      ]),
    DueCase(
      title: "Two days with times of their own", expression: "rate(22 hours)", start: "2026-11-21T05:00:00Z",
      end: "2026-11-22T03:00:00Z", weekdays: [0, 6], treatment: .next, after: "2026-11-20T00:00:00Z",
      slots: [
        "MOVED 2026-11-21T05:00:00Z to 2026-11-23T05:00:00Z weekend",
        "MOVED 2026-11-22T03:00:00Z to 2026-11-23T03:00:00Z weekend", "RUN 2026-11-23T03:00:00Z",
        "RUN 2026-11-23T05:00:00Z",
      ], isAll: true),
    DueCase(
      title: "The last slot of all is moved past the end", expression: "at(2026-11-21T05:00:00)",
      end: "2026-11-21T05:00:00Z", weekdays: [0, 6], treatment: .next, after: "2026-11-21T05:00:00Z",
      slots: ["RUN 2026-11-23T05:00:00Z"], isAll: true),
    DueCase(
      title: "What was before the start is not moved behind it", expression: "0 5 * * *",
      start: "2026-11-22T12:00:00Z", weekdays: [0, 6], treatment: .next, after: "2026-11-20T12:00:00Z",
      slots: ["RUN 2026-11-23T05:00:00Z"]),
    DueCase(
      title: "Fractions of a second are kept", expression: "rate(1 day)", start: "2026-11-21T05:00:00.250Z",
      end: "2026-11-22T00:00:00Z", weekdays: [0, 6], treatment: .next, after: "2026-11-20T12:00:00Z",
      slots: [
        "MOVED 2026-11-21T05:00:00.250Z to 2026-11-23T05:00:00.250Z weekend", "RUN 2026-11-23T05:00:00.250Z",
      ], isAll: true),
    DueCase(
      title: "Where no day is good a slot is left out", expression: "0 3 1 * *", weekdays: [0, 1, 2, 3, 4, 5, 6],
      treatment: .next, after: "2026-11-20T12:00:00Z",
      slots: ["OUT 2026-12-01T03:00:00Z weekend", "OUT 2027-01-01T03:00:00Z weekend"]),
  ]

  private static let back = [
    DueCase(
      title: "Friday has its own slot at that time", expression: "0 3 * * *", weekdays: [0, 6], treatment: .previous,
      after: "2026-11-19T12:00:00Z",
      slots: [
        "RUN 2026-11-20T03:00:00Z", "MOVED 2026-11-21T03:00:00Z to 2026-11-20T03:00:00Z weekend",
        "MOVED 2026-11-22T03:00:00Z to 2026-11-20T03:00:00Z weekend", "RUN 2026-11-23T03:00:00Z",
      ]),
    DueCase(
      title: "The first of the month on a Sunday runs on the Friday before", expression: "0 3 1 * *",
      weekdays: [0, 6], treatment: .previous, after: "2026-10-15T12:00:00Z",
      slots: [
        "RUN 2026-10-30T03:00:00Z", "MOVED 2026-11-01T03:00:00Z to 2026-10-30T03:00:00Z weekend",
        "RUN 2026-12-01T03:00:00Z", "RUN 2027-01-01T03:00:00Z",
      ]),
    DueCase(
      title: "Between the run and the slot that it is for, nothing is due twice", expression: "0 3 1 * *",
      weekdays: [0, 6], treatment: .previous, after: "2026-10-31T12:00:00Z",
      slots: ["MOVED 2026-11-01T03:00:00Z to 2026-10-30T03:00:00Z weekend", "RUN 2026-12-01T03:00:00Z"]),
    DueCase(
      title: "Sunday's early time comes before Friday's own and Saturday's late one", expression: "0 5 20,21 11 *",
      weekdays: [0, 6], treatment: .previous, after: "2026-11-19T12:00:00Z",
      slots: [
        "RUN 2026-11-20T05:00:00Z", "MOVED 2026-11-21T05:00:00Z to 2026-11-20T05:00:00Z weekend",
        "RUN 2027-11-19T05:00:00Z",
      ]),
    DueCase(
      title: "A move may lead before the start", expression: "0 5 * * *", start: "2026-11-22T00:00:00Z",
      weekdays: [0, 6], treatment: .previous, after: "2026-11-19T12:00:00Z",
      slots: [
        "RUN 2026-11-20T05:00:00Z", "MOVED 2026-11-22T05:00:00Z to 2026-11-20T05:00:00Z weekend",
        "RUN 2026-11-23T05:00:00Z",
      ]),
    DueCase(
      title: "What would be after the end is not moved before it", expression: "0 5 21 11 *",
      end: "2026-11-21T04:00:00Z", weekdays: [0, 6], treatment: .previous, after: "2026-11-19T12:00:00Z", slots: [],
      isAll: true),
    DueCase(
      title: "Where no day is good a slot is left out", expression: "0 3 1 * *", weekdays: [0, 1, 2, 3, 4, 5, 6],
      treatment: .previous, after: "2026-11-20T12:00:00Z", slots: ["OUT 2026-12-01T03:00:00Z weekend"]),
  ]

  // Berlin: on Sunday 2026-03-29 at 01:00Z from 02:00 to 03:00, on Sunday 2026-10-25 at 01:00Z from 03:00 to 02:00.
  private static let clockChanges = [
    DueCase(
      title: "A time that the good day lacks runs at the first instant after the gap",
      expression: "cron(30 2 28 3 ? 2026)", zone: "Europe/Berlin", weekdays: [6], treatment: .next,
      after: "2026-03-01T00:00:00Z",
      slots: ["MOVED 2026-03-28T01:30:00Z to 2026-03-29T01:00:00Z weekend", "RUN 2026-03-29T01:00:00Z"], isAll: true),
    DueCase(
      title: "Several that fall into the gap, and one due after it, are one slot",
      expression: "cron(0,20,40 2-3 28 3 ? 2026)", zone: "Europe/Berlin", weekdays: [6], treatment: .next,
      after: "2026-03-28T02:30:00Z",
      slots: [
        "MOVED 2026-03-28T02:40:00Z to 2026-03-29T01:40:00Z weekend", "RUN 2026-03-29T01:00:00Z",
        "RUN 2026-03-29T01:20:00Z", "RUN 2026-03-29T01:40:00Z",
      ], isAll: true),
    DueCase(
      title: "…also when moved back", expression: "cron(30 2 30 3 ? 2026)", zone: "Europe/Berlin", weekdays: [1],
      treatment: .previous, after: "2026-03-01T00:00:00Z",
      slots: ["RUN 2026-03-29T01:00:00Z", "MOVED 2026-03-30T00:30:00Z to 2026-03-29T01:00:00Z weekend"], isAll: true),
    DueCase(
      title: "A time that the good day has twice runs at the first", expression: "cron(30 2 24 10 ? 2026)",
      zone: "Europe/Berlin", weekdays: [6], treatment: .next, after: "2026-10-01T00:00:00Z",
      slots: ["MOVED 2026-10-24T00:30:00Z to 2026-10-25T00:30:00Z weekend", "RUN 2026-10-25T00:30:00Z"], isAll: true),
    DueCase(
      title: "…and is past when asked between the two", expression: "cron(30,45 2 24 10 ? 2026)",
      zone: "Europe/Berlin", weekdays: [6], treatment: .next, after: "2026-10-25T01:10:00Z", slots: [], isAll: true),
    DueCase(
      title: "The local time stays, not the distance", expression: "cron(0 12 24 10 ? 2026)", zone: "Europe/Berlin",
      weekdays: [0, 6], treatment: .next, after: "2026-10-01T00:00:00Z",
      slots: ["MOVED 2026-10-24T10:00:00Z to 2026-10-26T11:00:00Z weekend", "RUN 2026-10-26T11:00:00Z"], isAll: true),
    DueCase(
      title: "A repeated time of a bad day is moved once, and each is told", expression: "30 * 25 10 *",
      zone: "Europe/Berlin", start: "2026-10-25T00:00:00Z", end: "2026-10-25T02:00:00Z", weekdays: [0],
      treatment: .next, after: "2026-10-24T00:00:00Z",
      slots: [
        "MOVED 2026-10-25T00:30:00Z to 2026-10-26T01:30:00Z weekend",
        "MOVED 2026-10-25T01:30:00Z to 2026-10-26T01:30:00Z weekend", "RUN 2026-10-26T01:30:00Z",
      ], isAll: true),
    DueCase(
      title: "A rate whose later instant shows the earlier time", expression: "rate(50 minutes)",
      zone: "Europe/Berlin", start: "2026-10-25T00:50:00Z", end: "2026-10-25T01:40:00Z", weekdays: [0],
      treatment: .next, after: "2026-10-26T00:00:00Z",
      slots: ["RUN 2026-10-26T01:40:00Z", "RUN 2026-10-26T01:50:00Z"], isAll: true),
    DueCase(
      title: "A Unix time fired after its gap is moved as it fired", expression: "30 2 29 3 *", zone: "Europe/Berlin",
      weekdays: [0], treatment: .next, after: "2026-03-01T00:00:00Z",
      slots: ["MOVED 2026-03-29T01:00:00Z to 2026-03-30T01:00:00Z weekend", "RUN 2026-03-30T01:00:00Z"]),
    DueCase(
      title: "A day that the zone left out is no good day", expression: "cron(0 12 29 12 ? 2011)",
      zone: "Pacific/Apia", dates: ["2011-12-29"], treatment: .next, after: "2011-12-01T00:00:00Z",
      slots: ["MOVED 2011-12-29T22:00:00Z to 2011-12-30T22:00:00Z holidays", "RUN 2011-12-30T22:00:00Z"], isAll: true),
    DueCase(
      title: "…nor when moved back", expression: "cron(0 12 31 12 ? 2011)", zone: "Pacific/Apia",
      dates: ["2011-12-31"], treatment: .previous, after: "2011-12-01T00:00:00Z",
      slots: ["RUN 2011-12-29T22:00:00Z", "MOVED 2011-12-30T22:00:00Z to 2011-12-29T22:00:00Z holidays"], isAll: true),
    // At 00:01 of Sunday clocks went back to 23:01 of Saturday.
    DueCase(
      title: "While Saturday's end comes again, a slot that Sunday has had is still moved",
      expression: "20 0 0 29 10 *", zone: "America/St_Johns", dates: ["2006-10-29"], treatment: .next,
      after: "2006-10-29T02:30:00Z",
      slots: ["MOVED 2006-10-29T02:30:20Z to 2006-10-30T03:30:20Z holidays", "RUN 2006-10-30T03:30:20Z"]),
    DueCase(
      title: "…also when asked within that hour", expression: "20 0 0 29 10 *", zone: "America/St_Johns",
      dates: ["2006-10-29"], treatment: .next, after: "2006-10-29T03:00:00Z", slots: ["RUN 2006-10-30T03:30:20Z"]),
    DueCase(
      title: "A gap at midnight leads to its end", expression: "cron(15 0 3 11 ? 2018)", zone: "America/Sao_Paulo",
      dates: ["2018-11-03"], treatment: .next, after: "2018-10-01T00:00:00Z",
      slots: ["MOVED 2018-11-03T03:15:00Z to 2018-11-04T03:00:00Z holidays", "RUN 2018-11-04T03:00:00Z"], isAll: true),
  ]

  @Test("The offset moves when a slot is due, and nothing else")
  func offset() throws {
    let weekend = DayCalendar(name: "weekend", weekdays: [0, 6])
    let after = try #require(Instant("2026-11-18T03:00:00Z"))
    for treatment in CalendarRule.Treatment.allCases {
      var schedule = DueSchedule(
        expression: try ScheduleExpression("0 3,23 * * *"), zone: .utc,
        rule: CalendarRule(calendars: [weekend], treatment: treatment))
      let without = schedule.upcoming(20, after: after, rateStart: after)
      schedule.offset = .seconds(5_000)
      let with = schedule.upcoming(20, after: after + .seconds(5_000), rateStart: after)
      #expect(with.map(\.scheduledAt) == without.map(\.scheduledAt))
      #expect(with.map(\.fate) == without.map(\.fate))
      #expect(with.allSatisfy { $0.dueAt == $0.scheduledAt + .seconds(5_000) })
      #expect(schedule.next(after: with[3].dueAt - .milliseconds(1), rateStart: after) == with[3])
    }
  }

  @Test("The distance to a good day has an end", arguments: [CalendarRule.Treatment.next, .previous])
  func reach(treatment: CalendarRule.Treatment) throws {
    let slot = try #require(CivilDate("2026-06-15"))
    for (distance, isMoved) in [(366, true), (367, false)] {
      let between = (0..<distance).map { slot.adding(days: treatment == .next ? $0 : -$0) }
      let schedule = DueSchedule(
        expression: try ScheduleExpression("at(2026-06-15T12:00:00)"), zone: .utc,
        rule: CalendarRule(calendars: [DayCalendar(name: "closed", dates: Set(between))], treatment: treatment))
      let after = try #require(Instant("2020-01-01T00:00:00Z"))
      let slots = schedule.upcoming(10, after: after, rateStart: after)
      #expect(slots.count == (isMoved ? 2 : 1))
      #expect(slots.contains { $0.fate == .leftOut(calendar: "closed") } == !isMoved)
    }
  }

  @Test("What is too far from a good day is not found from there either")
  func reachFromTarget() throws {
    let slot = try #require(CivilDate("2026-06-15"))
    let asked = try #require(Instant("2026-06-25T00:00:00Z"))
    var schedule = DueSchedule(expression: try ScheduleExpression("at(2026-06-15T12:00:00)"), zone: .utc)
    for (distance, isMoved) in [(366, true), (367, false)] {
      let closed = DayCalendar(name: "closed", dates: Set((0..<distance).map { slot.adding(days: $0) }))
      schedule.rule = CalendarRule(calendars: [closed], treatment: .next)
      #expect((schedule.next(after: asked, rateStart: asked) != nil) == isMoved)
    }

    // A slot on the good day, and one an hour earlier in the day as many days after it.
    for (hours, fates) in [(366 * 24 - 1, 3), (367 * 24 - 1, 2)] {
      let first = try #require(Instant("2025-06-13T11:00:00Z"))
      let closed = DayCalendar(
        name: "closed", dates: Set((1...400).map { CivilDate(year: 2025, month: 6, day: 13).adding(days: $0) }))
      schedule = DueSchedule(
        expression: try ScheduleExpression("rate(\(hours) hours)"), zone: .utc, start: first,
        end: first + .seconds(400 * 86_400), rule: CalendarRule(calendars: [closed], treatment: .previous))
      #expect(schedule.upcoming(5, after: first - .seconds(7_200), rateStart: first).count == fates)
    }
  }

  @Test("A schedule of every minute passes ten closed days without looking at each minute anew")
  func everyMinute() throws {
    let days = (20...29).compactMap { CivilDate(validYear: 2026, month: 12, day: $0) }
    let after = try #require(Instant("2026-12-17T23:59:00Z"))
    let until = try #require(Instant("2027-01-01T00:00:00Z"))
    for treatment in [CalendarRule.Treatment.next, .previous] {
      let schedule = DueSchedule(
        expression: try ScheduleExpression("* * * * *"), zone: try TimeZoneRules.named("UTC"),
        rule: CalendarRule(calendars: [DayCalendar(name: "closed", dates: Set(days))], treatment: treatment))
      var count = 0
      var moved = 0
      var last = after
      while let slot = schedule.next(after: last, rateStart: after), slot.dueAt < until {
        #expect(slot.scheduledAt == last + .seconds(60))
        count += 1
        if case .moved = slot.fate { moved += 1 }
        last = slot.dueAt
      }
      #expect(count == 14 * 1_440)
      #expect(moved == 10 * 1_440)
    }
  }

  @Test("No instant, no bound and no offset is too far away")
  func extremes() throws {
    let edges = [Int64.min, .max, 0, Instant.distantPast.milliseconds, Instant.distantFuture.milliseconds]
      .map { Instant(milliseconds: $0) }
    let zone = try TimeZoneRules.named("Europe/Berlin")
    for text in ["* * * * *", "0 0 29 2 *", "rate(99999999 days)", "at(9999-12-31T23:59:59)", "cron(0 0 L * ? *)"] {
      for treatment in CalendarRule.Treatment.allCases {
        for weekdays: Set<Int> in [[0, 5, 6], [0, 1, 2, 3, 4, 5, 6]] {
          var schedule = DueSchedule(
            expression: try ScheduleExpression(text), zone: zone,
            rule: CalendarRule(calendars: [DayCalendar(name: "weekend", weekdays: weekdays)], treatment: treatment))
          for after in edges {
            for bound in edges {
              for offset in [Duration.zero, .seconds(86_400), .seconds(Int64.max)] {
                (schedule.start, schedule.end, schedule.offset) = (bound, nil, offset)
                if let slot = schedule.next(after: after, rateStart: bound), offset <= .seconds(86_400) {
                  #expect(slot.dueAt > after)
                }
                (schedule.start, schedule.end) = (nil, bound)
                _ = schedule.next(after: after, rateStart: bound)
              }
            }
          }
        }
      }
    }
  }
}
