import JobModel
import Scheduler
import TestSupport
import Testing

@Suite("Planner")
struct PlannerTests {
  static let name: JobName = "nightly"

  static func job(
    _ schedules: [String] = ["cron(0 3 * * ? *)"], timezone: String = "UTC", oncePer: Job.OncePer = .slot,
    overlap: Job.Overlap = .skip, catchUp: Job.CatchUp = .init(mode: .latest, within: .seconds(86_400))
  ) throws -> CompiledJob {
    try CompiledJob(
      Job(
        name: name, schedules: schedules.map { .init(expression: $0, timezone: timezone) }, timezone: timezone,
        machine: ["StartAt": "Done", "States": ["Done": ["Type": "Succeed"]]], oncePer: oncePer, overlap: overlap,
        catchUp: catchUp))
  }

  static func situation(
    mark: String, now: String, firstSeenAt: String = "2026-01-01T00:00:00Z", pause: Pause? = nil,
    activeRuns: [RunID] = [], succeededDays: Set<CivilDate> = []
  ) throws -> Planner.Situation {
    Planner.Situation(
      state: JobState(
        job: name, mark: try #require(Instant(mark)), firstSeenAt: try #require(Instant(firstSeenAt)), pause: pause),
      now: try #require(Instant(now)), activeRuns: activeRuns, succeededDays: succeededDays)
  }

  /// What a plan decides, as text: one line a slot.
  static func lines(_ plan: Planner.Plan) -> [String] {
    plan.slots.map { slot in
      let decision =
        switch slot.decision {
        case .start: "start"
        case .wait(let reason): "wait: \(reason)"
        case .skip(let reason): "skip: \(reason)"
        case .miss(let reason): "miss: \(reason)"
        }
      return "\(slot.key.scheduledAt) \(slot.day) \(decision)"
    }
  }

  @Test("A slot that is due starts, and the mark moves to now")
  func due() throws {
    let situation = try Self.situation(mark: "2026-11-21T02:59:59Z", now: "2026-11-21T03:00:00.250Z")
    let plan = Planner.plan(try Self.job(), situation)
    #expect(Self.lines(plan) == ["2026-11-21T03:00:00Z 2026-11-21 start"])
    #expect(plan.mark == situation.now)
    #expect(plan.isComplete)
  }

  @Test("Nothing is due before its time, and what the mark has passed never comes again")
  func notDue() throws {
    let early = try Self.situation(mark: "2026-11-20T03:00:00Z", now: "2026-11-21T02:59:59.999Z")
    #expect(Planner.plan(try Self.job(), early).slots.isEmpty)
    let planned = try Self.situation(mark: "2026-11-21T03:00:00Z", now: "2026-11-21T03:00:30Z")
    #expect(Planner.plan(try Self.job(), planned).slots.isEmpty)
  }

  @Test("A wall clock that was stepped back plans nothing and leaves the mark")
  func steppedBack() throws {
    let situation = try Self.situation(mark: "2026-11-21T03:00:10Z", now: "2026-11-21T02:00:00Z")
    let plan = Planner.plan(try Self.job(), situation)
    #expect(plan.slots.isEmpty)
    #expect(plan.mark == situation.state.mark)
  }

  @Test("A slot's day is its civil date in the job's zone")
  func day() throws {
    let situation = try Self.situation(mark: "2026-11-20T17:00:00Z", now: "2026-11-20T18:00:00Z")
    let plan = Planner.plan(try Self.job(timezone: "Asia/Tokyo"), situation)
    #expect(Self.lines(plan) == ["2026-11-20T18:00:00Z 2026-11-21 start"])
  }

  @Test("Two schedules that mean the same instant make one slot")
  func sameInstant() throws {
    let job = try Self.job(["cron(0 3 * * ? *)", "0 3 * * *"])
    let plan = Planner.plan(job, try Self.situation(mark: "2026-11-21T02:00:00Z", now: "2026-11-21T03:00:00Z"))
    #expect(plan.slots.count == 1)
  }

  @Test(
    "After two days of downtime, catch-up says what runs",
    arguments: [
      (
        Job.CatchUp.Mode.none,
        [
          "2026-11-20T03:00:00Z 2026-11-20 miss: no jobd was there at its time, which is longer ago than catchUp's within (86400s)",
          "2026-11-21T03:00:00Z 2026-11-21 miss: no jobd was there at its time (catchUp: none)",
        ]
      ),
      (
        .latest,
        [
          "2026-11-20T03:00:00Z 2026-11-20 miss: no jobd was there at its time, which is longer ago than catchUp's within (86400s)",
          "2026-11-21T03:00:00Z 2026-11-21 start",
        ]
      ),
    ])
  func catchUp(mode: Job.CatchUp.Mode, expected: [String]) throws {
    let job = try Self.job(catchUp: .init(mode: mode, within: .seconds(86_400)))
    let plan = Planner.plan(job, try Self.situation(mark: "2026-11-19T04:00:00Z", now: "2026-11-21T09:00:00Z"))
    #expect(Self.lines(plan) == expected)
  }

  @Test("With catchUp: latest, the earlier slots of the same downtime are missed, and each says so")
  func latestOfMany() throws {
    let plan = Planner.plan(
      try Self.job(["0 * * * *"]), try Self.situation(mark: "2026-11-21T00:00:00Z", now: "2026-11-21T03:30:00Z"))
    let reason = Planner.MissReason.laterSlotRuns
    #expect(plan.slots.map(\.decision) == [.miss(reason), .miss(reason), .start])
  }

  @Test("With catchUp: all and overlap: allow, every slot runs")
  func catchUpAll() throws {
    let job = try Self.job(["0 * * * *"], overlap: .allow, catchUp: .init(mode: .all, within: .seconds(86_400)))
    let plan = Planner.plan(job, try Self.situation(mark: "2026-11-21T00:00:00Z", now: "2026-11-21T03:30:00Z"))
    #expect(plan.slots.map(\.decision) == [.start, .start, .start])
  }

  @Test("A slot at most a minute late is on time, whatever catch-up says")
  func slightlyLate() throws {
    let job = try Self.job(catchUp: .init(mode: .none, within: .zero))
    let onTime = try Self.situation(mark: "2026-11-21T02:00:00Z", now: "2026-11-21T03:01:00Z")
    #expect(Planner.plan(job, onTime).slots.map(\.decision) == [.start])
    let late = try Self.situation(mark: "2026-11-21T02:00:00Z", now: "2026-11-21T03:01:00.001Z")
    #expect(Planner.plan(job, late).slots.map(\.decision) == [.miss(.tooOld(within: .zero))])
  }

  @Test("A slot is skipped while another run of the job goes on, and names it")
  func overlap() throws {
    let active = RunID(slot: SlotKey(job: Self.name, scheduledAt: Instant(seconds: 1_000)), rerun: 0)
    let situation = try Self.situation(
      mark: "2026-11-21T02:00:00Z", now: "2026-11-21T03:00:00Z", activeRuns: [active])
    #expect(Planner.plan(try Self.job(), situation).slots.map(\.decision) == [.skip(.overlap(active))])
    #expect(Planner.plan(try Self.job(overlap: .allow), situation).slots.map(\.decision) == [.start])
  }

  @Test("The second of two slots that start together overlaps with the first")
  func overlapWithinPlan() throws {
    let plan = Planner.plan(
      try Self.job(["* * * * *"]), try Self.situation(mark: "2026-11-21T03:00:00Z", now: "2026-11-21T03:02:00Z"))
    let first = RunID(slot: try #require(plan.slots.first).key, rerun: 0)
    #expect(plan.slots.map(\.decision) == [.start, .skip(.overlap(first))])
  }

  @Test("With oncePer: day, a day that has SUCCEEDED is skipped and the next is not")
  func oncePerDay() throws {
    let day = try #require(CivilDate("2026-11-21"))
    let situation = try Self.situation(
      mark: "2026-11-21T02:00:00Z", now: "2026-11-21T03:00:00Z", succeededDays: [day])
    #expect(
      Planner.plan(try Self.job(oncePer: .day), situation).slots.map(\.decision) == [.skip(.dayHasSucceeded(day))])
    #expect(Planner.plan(try Self.job(), situation).slots.map(\.decision) == [.start])
  }

  @Test("A paused job's slots are skipped, with since when and why")
  func paused() throws {
    let pause = Pause(since: Instant(seconds: 0), note: "moving the database")
    let plan = Planner.plan(
      try Self.job(), try Self.situation(mark: "2026-11-21T02:00:00Z", now: "2026-11-21T03:00:00Z", pause: pause))
    #expect(
      Self.lines(plan) == [
        "2026-11-21T03:00:00Z 2026-11-21 skip: the job is paused since 1970-01-01T00:00:00Z: moving the database"
      ])
  }

  @Test("A long downtime is planned in bounded steps, which together miss nothing")
  func bounded() throws {
    let job = try Self.job(["* * * * *"], catchUp: .init(mode: .latest, within: .seconds(86_400)))
    var situation = try Self.situation(mark: "2026-11-20T00:00:00Z", now: "2026-11-21T12:00:30Z")
    var slots: [Planner.PlannedSlot] = []
    var isComplete = false
    while !isComplete {
      let plan = Planner.plan(job, situation)
      #expect(plan.slots.count <= Limits.slotsPerPlan)
      slots += plan.slots
      situation.state.mark = plan.mark
      isComplete = plan.isComplete
    }
    #expect(slots.count == 36 * 60)
    #expect(slots.filter { $0.decision == .start }.map(\.key.scheduledAt) == [Instant("2026-11-21T12:00:00Z")])
    #expect(Set(slots.map(\.key)).count == slots.count)
  }

  @Test("A rate begins with the moment at which the job was first seen")
  func rate() throws {
    let job = try Self.job(["rate(5 minutes)"])
    let situation = try Self.situation(
      mark: "2026-11-21T02:59:59.999Z", now: "2026-11-21T03:00:00.500Z", firstSeenAt: "2026-11-21T03:00:00Z")
    #expect(Self.lines(Planner.plan(job, situation)) == ["2026-11-21T03:00:00Z 2026-11-21 start"])
  }

  @Test("A job with a part that cannot be read says which")
  func broken() throws {
    #expect(throws: CompileError.self) { try Self.job(["cron(61 * * * ? *)"]) }
    #expect(throws: CompileError.self) { try Self.job(timezone: "Mars/Olympus") }
  }
}
