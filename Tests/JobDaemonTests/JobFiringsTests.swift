import JobModel
import Scheduler
import TestSupport
import Testing

@testable import JobDaemon

@Suite("jobd next --job")
struct JobFiringsTests {
  /// A Saturday, 09:00 in Tokyo.
  private let now = Instant("2026-11-21T00:00:00Z") ?? .distantPast
  private let weekends = DayCalendar(name: "weekends", weekdays: [0, 6])

  private func job(_ schedules: [Job.Schedule], _ change: (inout Job) -> Void = { _ in }) throws -> CompiledJob {
    let machine = try JSONValue.parse(#"{"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}"#)
    var job = Job(name: "books", schedules: schedules, timezone: "Asia/Tokyo", machine: machine)
    change(&job)
    return try CompiledJob(job)
  }

  private func daily(_ expression: String = "0 3 * * *", start: Instant? = nil, end: Instant? = nil) -> Job.Schedule {
    Job.Schedule(expression: expression, timezone: "Asia/Tokyo", start: start, end: end)
  }

  @Test("All schedules are shown together, an instant that two of them mean once")
  func together() throws {
    let job = try job([daily("0 3 * * *"), daily("0 3,15 * * *")])
    let answer = try NextQuery(count: 3).answer(job, now: now)
    #expect(
      answer.text(now: now) == """
        At 03:00 every day (Asia/Tokyo).
        At 03:00 and 15:00 every day (Asia/Tokyo).
        Sat  2026-11-21T15:00:00+09:00  in 6 h
        Sun  2026-11-22T03:00:00+09:00  in 18 h
        Sun  2026-11-22T15:00:00+09:00  in 1 d 6 h
        """)
  }

  @Test("What a calendar leaves out is shown, and is not among the instants that run")
  func leftOut() throws {
    let job = try job([daily()]) { $0.calendar = CalendarRule(calendars: [self.weekends]) }
    let answer = try NextQuery(count: 1).answer(job, now: now)
    #expect(
      answer.text(now: now) == """
        At 03:00 every day (Asia/Tokyo).
        Sun  2026-11-22T03:00:00+09:00  left out by calendar weekends
        Mon  2026-11-23T03:00:00+09:00  in 1 d 18 h
        """)
    #expect(answer.running.map(\.description) == ["2026-11-22T18:00:00Z"])
  }

  @Test("Many that are left out in a row are one line")
  func row() throws {
    let job = try job([daily("0 * * * *")]) { $0.calendar = CalendarRule(calendars: [self.weekends]) }
    let lines = try NextQuery(count: 1).answer(job, now: now).text(now: now).split(separator: "\n")
    #expect(
      lines.dropFirst() == [
        "Sat  2026-11-21T10:00:00+09:00  left out by calendar weekends, and 37 more until "
          + "Sun  2026-11-22T23:00:00+09:00",
        "Mon  2026-11-23T00:00:00+09:00  in 1 d 15 h",
      ])
  }

  @Test("A moved slot says where to, and runs there")
  func moved() throws {
    let job = try job([daily("0 3 * * sun")]) {
      $0.calendar = CalendarRule(calendars: [self.weekends], treatment: .next)
    }
    let answer = try NextQuery(count: 1).answer(job, now: now)
    #expect(
      answer.text(now: now).split(separator: "\n").dropFirst() == [
        "Sun  2026-11-22T03:00:00+09:00  moved to Mon  2026-11-23T03:00:00+09:00 by calendar weekends",
        "Mon  2026-11-23T03:00:00+09:00  in 1 d 18 h",
      ])
  }

  @Test("Bounds are said and kept, and a schedule that is over fires no more")
  func bounds() throws {
    let end = try #require(Instant("2026-11-22T18:00:00Z"))
    let answer = try NextQuery(count: 5).answer(try job([daily(end: end)]), now: now)
    #expect(answer.text(now: now).contains("Not after 2026-11-23T03:00:00+09:00."))
    #expect(answer.running.count == 2)
    let over = try NextQuery(after: "2026-12-01").answer(try job([daily(end: end)]), now: now)
    #expect(over.text(now: now).hasSuffix("\nIt never fires again."))
  }

  @Test("A flexible window is told, and slots keep their nominal times")
  func window() throws {
    let job = try job([daily()]) { $0.flexibleWindow = .seconds(3_600) }
    let answer = try NextQuery(count: 1).answer(job, now: now)
    #expect(answer.text(now: now).contains("after the time shown: that is the job's place in its flexible window."))
    #expect(answer.running.map(\.description) == ["2026-11-21T18:00:00Z"])
  }

  @Test("A calendar that leaves out everything ends the search, and says so")
  func everything() throws {
    let always = DayCalendar(name: "always", weekdays: [0, 1, 2, 3, 4, 5, 6])
    let job = try job([daily("* * * * *")]) { $0.calendar = CalendarRule(calendars: [always]) }
    let answer = try NextQuery(count: 1).answer(job, now: now)
    #expect(answer.text(now: now).hasSuffix("\nNone of the next 100000 times runs."))
    #expect(answer.running.isEmpty)
  }

  @Test("--start is where a rate begins")
  func rate() throws {
    let job = try job([daily("rate(1 hour)")])
    let answer = try NextQuery(start: "2026-11-21T00:30:00Z", count: 2).answer(job, now: now)
    #expect(answer.running.map(\.description) == ["2026-11-21T00:30:00Z", "2026-11-21T01:30:00Z"])
  }
}
