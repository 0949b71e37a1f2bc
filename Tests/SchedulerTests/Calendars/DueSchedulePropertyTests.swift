import JobModel
import TestSupport
import Testing

@testable import Scheduler

/// What a due schedule must give, by going through every slot of a stretch of time.
private struct Oracle {
  var slots: [DueSlot]

  init(_ schedule: DueSchedule, from: Instant, to: Instant, rateStart: Instant) {
    var fates: [Instant: DueSlot.Fate] = [:]
    var last = from
    while let nominal = schedule.expression.next(after: last, in: schedule.zone, start: schedule.start ?? rateStart),
      nominal <= to
    {
      last = nominal
      if let start = schedule.start, nominal < start { continue }
      if let end = schedule.end, nominal > end { break }
      let civil = schedule.zone.civil(at: nominal)
      guard let rule = schedule.rule, let calendar = rule.calendar(of: civil.date) else {
        fates[nominal] = .run
        continue
      }
      if let target = Oracle.target(of: nominal, rule, schedule.zone) {
        fates[nominal] = .moved(to: target, calendar: calendar.name)
        fates[target] = .run
      } else {
        fates[nominal] = .leftOut(calendar: calendar.name)
      }
    }
    slots = fates.map { DueSlot(scheduledAt: $0, dueAt: $0 + schedule.offset, fate: $1) }
      .sorted { $0.dueAt < $1.dueAt }
  }

  private static func target(of nominal: Instant, _ rule: CalendarRule, _ zone: TimeZoneRules) -> Instant? {
    if rule.treatment == .skip { return nil }
    var time = zone.civil(at: nominal)
    let fraction = nominal - Instant(seconds: nominal.seconds)
    for _ in 0..<366 {
      time.date = time.date.adding(days: rule.treatment == .next ? 1 : -1)
      let lastSecond = CivilTime(date: time.date, hour: 23, minute: 59, second: 59)
      if rule.calendar(of: time.date) != nil || zone.resolve(lastSecond).instants.isEmpty { continue }
      switch zone.resolve(time) {
      case .once(let instant), .twice(let instant, _): return instant + fraction
      case .skipped(let instant): return instant
      }
    }
    return nil
  }
}

@Suite("A due schedule, by chance")
struct DueSchedulePropertyTests {
  private static let expressions = [
    "0 3 * * *", "30 2 * * *", "*/30 * * * *", "15 1-3 * * *", "0 5 * * 6", "cron(0/20 0-4 * * ? *)",
    "cron(30 2 ? * SAT-MON *)", "cron(0 22 L * ? *)", "rate(50 minutes)", "rate(7 hours)", "rate(3 days)",
    "0 0 1,15 * *", "59 23 * * *", "0 0 * * *",
  ]
  /// Zones with a moment near which their clocks change: by one hour, by half of one, by two, at midnight, from
  /// before midnight, by a day, and over midnight.
  private static let zones = [
    ("Europe/Berlin", "2026-03-29"), ("Europe/Berlin", "2026-10-25"), ("America/New_York", "2026-11-01"),
    ("Australia/Lord_Howe", "2026-10-04"), ("Australia/Lord_Howe", "2026-04-05"), ("Antarctica/Troll", "2026-03-29"),
    ("Antarctica/Troll", "2026-10-25"), ("America/Sao_Paulo", "2018-11-04"), ("America/Sao_Paulo", "2018-02-18"),
    ("America/Scoresbysund", "2026-03-29"), ("America/Scoresbysund", "2026-10-25"), ("Pacific/Apia", "2011-12-30"),
    ("UTC", "2026-11-21"), ("America/St_Johns", "2006-10-29"), ("America/St_Johns", "2006-04-02"),
  ]

  @Test("Gives what going through every slot gives", arguments: 0..<24)
  func againstOracle(seed: Int) throws {
    var generator = RandomGenerator(SeededRandom(seed: UInt64(seed)))
    for _ in 0..<25 {
      let (zoneName, change) = try #require(Self.zones.randomElement(using: &generator))
      let expression = try #require(Self.expressions.randomElement(using: &generator))
      let day = try #require(CivilDate(change))
      let noon = Instant(seconds: CivilTime(date: day, hour: 12, minute: 0).secondsSince1970)
      func near(_ days: Int64) -> Instant {
        noon + .milliseconds(Int64.random(in: (-days * 86_400_000)...(days * 86_400_000), using: &generator))
      }
      var schedule = DueSchedule(
        expression: try ScheduleExpression(expression), zone: try TimeZoneRules.named(zoneName),
        rule: randomRule(near: day, &generator))
      if Bool.random(using: &generator) { schedule.offset = .seconds(Int64.random(in: 0..<86_400, using: &generator)) }
      if Int.random(in: 0..<4, using: &generator) == 0 { schedule.start = near(8) }
      if Int.random(in: 0..<4, using: &generator) == 0 { schedule.end = near(8) }
      let rateStart = near(100)

      // No rule of these moves farther than forty days.
      let oracle = Oracle(
        schedule, from: noon - .seconds(86_400 * 60), to: noon + .seconds(86_400 * 60), rateStart: rateStart)
      var asked = [noon - .seconds(86_400 * 15)] + (0..<40).map { _ in near(15) }
      // The moments that matter most: at a slot, and just before it.
      for slot in oracle.slots.shuffled(using: &generator).prefix(20) where abs((slot.dueAt - noon).inSeconds) < 1.3e6 {
        asked += [slot.dueAt, slot.dueAt - .milliseconds(1)]
      }
      for after in asked {
        let expected = oracle.slots.first { $0.dueAt > after }
        let found = schedule.next(after: after, rateStart: rateStart)
        // Beyond its stretch of time the oracle knows nothing.
        let isKnown = expected.map { ($0.dueAt - noon).inSeconds < 86_400 * 20 } ?? false
        let isRight = isKnown ? found == expected : found.map { ($0.dueAt - noon).inSeconds >= 86_400 * 20 } ?? true
        try #require(isRight, "\(schedule) after \(after): \(String(describing: found?.text))")
      }
    }
  }

  private func randomRule(near day: CivilDate, _ generator: inout RandomGenerator) -> CalendarRule? {
    if Int.random(in: 0..<10, using: &generator) == 0 { return nil }
    let weekdays: Set<Int> = [[], [0, 6], [0], [5, 6], [1, 3, 5]].randomElement(using: &generator) ?? []
    var dates: Set<CivilDate> = []
    for _ in 0..<Int.random(in: 0...6, using: &generator) {
      let first = Int.random(in: -15...15, using: &generator)
      for next in 0..<Int.random(in: 1...4, using: &generator) { dates.insert(day.adding(days: first + next)) }
    }
    let treatment = CalendarRule.Treatment.allCases.randomElement(using: &generator) ?? .next
    return CalendarRule(
      calendars: [DayCalendar(name: "weekend", weekdays: weekdays), DayCalendar(name: "holidays", dates: dates)],
      treatment: treatment)
  }
}
