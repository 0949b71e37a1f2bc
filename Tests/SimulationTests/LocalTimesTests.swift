import JobModel
import TestSupport
import Testing

@testable import Simulation

/// The checker's own calendar and clocks.
@Suite struct LocalTimesTests {
  private func due(_ schedule: SimulatedJob.Schedule, _ zone: String, _ from: String, _ to: String) throws -> [String] {
    let first = try #require(Instant(from))
    let last = try #require(Instant(to))
    let times = LocalTimes(zone: zone, (first - .seconds(3 * 86_400))...last)
    return times.dueTimes(of: schedule).filter { $0 >= first }.map(\.description)
  }

  @Test("A time that does not exist is skipped by EventBridge, and runs right after the gap by Unix")
  func gap() throws {
    let (from, to) = ("2026-03-28T12:00:00Z", "2026-03-30T12:00:00Z")
    #expect(try due(.daily(hour: 2, minute: 30), "Europe/Berlin", from, to) == ["2026-03-30T00:30:00Z"])
    #expect(
      try due(.dailyUnix(hour: 2, minute: 30), "Europe/Berlin", from, to)
        == ["2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z"])
  }

  @Test("A time that comes twice is due once, at the first")
  func overlap() throws {
    let (from, to) = ("2026-10-24T23:00:00Z", "2026-10-25T03:00:00Z")
    for schedule in [SimulatedJob.Schedule.daily(hour: 2, minute: 30), .dailyUnix(hour: 2, minute: 30)] {
      #expect(try due(schedule, "Europe/Berlin", from, to) == ["2026-10-25T00:30:00Z"])
    }
    #expect(
      try due(.hourly(minute: 15), "Europe/Berlin", from, to)
        == ["2026-10-24T23:15:00Z", "2026-10-25T00:15:00Z", "2026-10-25T02:15:00Z"])
  }

  @Test("Clocks that change by half an hour")
  func halfHour() throws {
    // 02:00 on April 5th, 2026, becomes 01:30, at 15:00 UTC of the day before.
    #expect(
      try due(.everyMinutes(15), "Australia/Lord_Howe", "2026-04-04T14:30:00Z", "2026-04-04T15:45:00Z")
        == ["2026-04-04T14:30:00Z", "2026-04-04T14:45:00Z", "2026-04-04T15:30:00Z"])
  }

  @Test("Weekdays are those of the zone")
  func weekdays() throws {
    // Monday in Tokyo is Sunday evening in UTC.
    #expect(
      try due(.weekdays(hour: 3, minute: 0), "Asia/Tokyo", "2026-11-20T12:00:00Z", "2026-11-23T00:00:00Z")
        == ["2026-11-22T18:00:00Z"])
  }

  @Test("A day begins at the zone's midnight")
  func days() throws {
    let first = try #require(Instant("2026-03-25T00:00:00Z"))
    let times = LocalTimes(zone: "Europe/Berlin", first...(first + .seconds(10 * 86_400)))
    let day = CivilDate(year: 2026, month: 3, day: 30)
    #expect(times.start(of: day).description == "2026-03-29T22:00:00Z")
    #expect(times.day(of: times.start(of: day)) == day)
    #expect(times.day(of: times.start(of: day) - .seconds(1)) == day.adding(days: -1))
  }

  @Test("A clock that is set shows instants twice, or never")
  func steps() {
    var fabricated = FabricatedEvidence()
    let start = FabricatedEvidence.start
    fabricated.see(.seconds(10_000), .clockStepped(from: start + .seconds(10_000), to: start + .seconds(6_400)))
    fabricated.see(.seconds(20_000), .clockStepped(from: start + .seconds(16_400), to: start + .seconds(20_000)))
    let clock = WallClock(fabricated.evidence)
    #expect(clock.time(at: .seconds(15_000)) == start + .seconds(11_400))
    #expect(clock.span(of: start + .seconds(8_000)) == .seconds(7_999)...(.seconds(11_601)))
    #expect(clock.firstPassing(of: start + .seconds(8_000)) == .seconds(8_000))
    #expect(clock.firstPassing(of: start + .seconds(18_000)) == nil)
    #expect(clock.range(.seconds(9_000), .seconds(11_000)) == (start + .seconds(6_400))...(start + .seconds(10_000)))
    #expect(clock.forward(.zero, .seconds(30_000)) == .seconds(3_600))
    #expect(!clock.isSurelyBefore(start + .seconds(8_000), start + .seconds(9_000)))
    #expect(clock.isSurelyBefore(start + .seconds(8_000), start + .seconds(21_000)))
  }

  @Test("A while is quiet while everybody who is there works")
  func quiet() {
    var fabricated = FabricatedEvidence()
    fabricated.see(.seconds(1_000), .process(number: 1, what: "stands still"))
    fabricated.see(.seconds(2_000), .process(number: 1, what: "goes on"))
    fabricated.see(.seconds(3_000), .outage(.ecs, begins: true))
    fabricated.see(.seconds(4_000), .outage(.ecs, begins: false))
    fabricated.see(.seconds(5_000), .process(number: 1, what: "is killed"))
    let quiet = QuietTime.all(in: fabricated.evidence)
    #expect(quiet.map(\.start) == [.seconds(1), .seconds(2_000), .seconds(4_000)])
    #expect(quiet.map(\.end) == [.seconds(1_000), .seconds(3_000), .seconds(5_000)])
    // Twice a lease, and a minute.
    #expect(quiet.map(\.settled) == [.seconds(91), .seconds(2_090), .seconds(4_090)])
  }
}
