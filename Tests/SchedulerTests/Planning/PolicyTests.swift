import JobModel
import Scheduler
import TestSupport
import Testing

/// Each policy of the planner, on its own and where it meets another.
@Suite("Planner: policies")
struct PolicyTests {
  static let name: JobName = "nightly"
  static let first = "2026-11-21T03:00:00Z"

  static func job(
    _ expression: String? = "0 * * * *", _ edit: (inout Job) -> Void = { _ in }
  ) throws -> CompiledJob {
    var job = Job(
      name: name, schedules: expression.map { [.init(expression: $0, timezone: "UTC")] } ?? [], timezone: "UTC",
      machine: ["StartAt": "Done", "States": ["Done": ["Type": "Succeed"]]],
      catchUp: .init(mode: .all, within: .seconds(86_400)))
    edit(&job)
    return try CompiledJob(job)
  }

  static func at(_ text: String) throws -> Instant { try #require(Instant(text)) }

  static func situation(
    mark: String = "2026-11-21T02:30:00Z", now: String = "2026-11-21T03:00:01Z",
    _ edit: (inout Planner.Situation) throws -> Void = { _ in }
  ) throws -> Planner.Situation {
    var situation = Planner.Situation(
      state: JobState(job: name, mark: try at(mark), firstSeenAt: try at("2026-01-01T00:00:00Z")), now: try at(now))
    try edit(&situation)
    return situation
  }

  static func key(_ text: String) throws -> SlotKey { SlotKey(job: name, scheduledAt: try at(text)) }
  static func run(_ text: String) throws -> RunID { RunID(slot: try key(text), rerun: 0) }

  static func waiting(_ text: String, _ wait: SlotWait, _ reason: String, trigger: Trigger = .schedule) throws -> Slot {
    let day = try #require(CivilDate(String(text.prefix(10))))
    return Slot(key: try key(text), day: day, trigger: trigger, state: .pending, reason: reason, wait: wait)
  }

  static func lines(_ plan: Planner.Plan) -> [String] {
    plan.slots.map { planned in
      let slot = planned.slot
      let time = slot.key.scheduledAt.description.dropFirst(11).prefix(5)
      return "\(time) \(slot.state.rawValue)" + (slot.wait.map { " \($0.rawValue)" } ?? "")
        + (slot.reason.map { ": \($0)" } ?? "")
    }
  }

  // MARK: Overlap

  static let overlaps: [(Job.Overlap, [String], [String])] = [
    (.allow, ["03:00 RUNNING"], []),
    (.skip, ["03:00 SKIPPED: run nightly.20261121T020000Z.0 was still going on (overlap: skip)"], []),
    (
      .queue(limit: 1),
      ["03:00 PENDING OVERLAP: it waits for run nightly.20261121T020000Z.0 to be over (overlap: queue)"], []
    ),
    (
      .cancelOther,
      ["03:00 PENDING OVERLAP: run nightly.20261121T020000Z.0 is being stopped for it (overlap: cancelOther)"],
      ["nightly.20261121T020000Z.0"]
    ),
  ]

  @Test("While a run goes on, overlap says what becomes of the next slot", arguments: overlaps)
  func overlap(overlap: Job.Overlap, expected: [String], stops: [String]) throws {
    let plan = Planner.plan(
      try Self.job { $0.overlap = overlap },
      try Self.situation { $0.activeRuns = [try Self.run("2026-11-21T02:00:00Z")] })
    #expect(Self.lines(plan) == expected)
    #expect(plan.stops.map(\.description) == stops)
  }

  @Test("The queue is bounded, and what is behind it is skipped")
  func queueBound() throws {
    let plan = Planner.plan(
      try Self.job { $0.overlap = .queue(limit: 2) },
      try Self.situation(mark: "2026-11-21T02:30:00Z", now: "2026-11-21T05:10:00Z") {
        $0.activeRuns = [try Self.run("2026-11-21T02:00:00Z")]
      })
    #expect(
      Self.lines(plan) == [
        "03:00 PENDING OVERLAP: it waits for run nightly.20261121T020000Z.0 to be over (overlap: queue)",
        "04:00 PENDING OVERLAP: it waits for run nightly.20261121T020000Z.0 to be over (overlap: queue)",
        "05:00 SKIPPED: 2 slots were waiting already (overlap: queue)",
      ])
  }

  @Test("When the run is over, the oldest slot of the queue starts and the next waits for it")
  func queueGoesOn() throws {
    let plan = Planner.plan(
      try Self.job { $0.overlap = .queue(limit: 5) },
      try Self.situation(mark: "2026-11-21T04:30:00Z", now: "2026-11-21T04:40:00Z") {
        $0.pending = [
          try Self.waiting("2026-11-21T04:00:00Z", .overlap, "it waits"),
          try Self.waiting("2026-11-21T03:00:00Z", .overlap, "it waits"),
        ]
      })
    #expect(
      Self.lines(plan) == [
        "03:00 RUNNING",
        "04:00 PENDING OVERLAP: it waits for run nightly.20261121T030000Z.0 to be over (overlap: queue)",
      ])
    #expect(plan.slots.map(\.slot.version) == [2, 2])
    #expect(plan.slots.map(\.slot.runs) == [1, 0])
  }

  @Test("A slot that waits as it did is not written again")
  func unchangedWait() throws {
    let job = try Self.job { $0.overlap = .queue(limit: 5) }
    let situation = try Self.situation(mark: "2026-11-21T03:30:00Z", now: "2026-11-21T03:40:00Z") {
      $0.activeRuns = [try Self.run("2026-11-21T02:00:00Z")]
      $0.pending = [
        try Self.waiting(
          Self.first, .overlap, "it waits for run nightly.20261121T020000Z.0 to be over (overlap: queue)")
      ]
    }
    #expect(Planner.plan(job, situation).slots.isEmpty)
  }

  @Test("With cancelOther the latest slot takes the place, and the others say so")
  func cancelOther() throws {
    let plan = Planner.plan(
      try Self.job { $0.overlap = .cancelOther },
      try Self.situation(mark: "2026-11-21T03:30:00Z", now: "2026-11-21T05:10:00Z") {
        $0.activeRuns = [try Self.run("2026-11-21T02:00:00Z")]
        $0.pending = [try Self.waiting(Self.first, .overlap, "it waits")]
      })
    #expect(
      Self.lines(plan) == [
        "03:00 SKIPPED: the slot of 2026-11-21T05:00:00Z took its place (overlap: cancelOther)",
        "04:00 SKIPPED: the slot of 2026-11-21T05:00:00Z took its place (overlap: cancelOther)",
        "05:00 PENDING OVERLAP: run nightly.20261121T020000Z.0 is being stopped for it (overlap: cancelOther)",
      ])
    let again = Planner.plan(
      try Self.job { $0.overlap = .cancelOther },
      try Self.situation(mark: "2026-11-21T05:10:00Z", now: "2026-11-21T05:10:01Z") {
        $0.pending = [plan.slots[2].slot]
      })
    #expect(Self.lines(again) == ["05:00 RUNNING"], "once the run is over, its successor starts")
  }

  @Test("What is freed by the jobs before it gets in line only where the queue has room")
  func queueBoundAfterUpstream() throws {
    let plan = Planner.plan(
      try Self.job {
        $0.overlap = .queue(limit: 2)
        $0.after = ["extract"]
      },
      try Self.situation(mark: "2026-11-21T06:30:00Z", now: "2026-11-21T06:40:00Z") {
        $0.activeRuns = [try Self.run("2026-11-21T02:00:00Z")]
        $0.upstream = [try #require(Self.day): [.init(job: "extract", state: .succeeded)]]
        $0.pending = [
          try Self.waiting("2026-11-21T03:00:00Z", .upstream, "it waits"),
          try Self.waiting("2026-11-21T04:00:00Z", .upstream, "it waits"),
          try Self.waiting("2026-11-21T05:00:00Z", .overlap, "it waits"),
        ]
      })
    #expect(
      Self.lines(plan).map { $0.prefix(21) } == [
        "03:00 PENDING OVERLAP", "04:00 SKIPPED: 2 slot", "05:00 PENDING OVERLAP",
      ])
  }

  @Test("With cancelOther, a slot that was held up does not stop the run of a later one")
  func cancelOtherLate() throws {
    let job = try Self.job {
      $0.overlap = .cancelOther
      $0.after = ["extract"]
    }
    var situation = try Self.situation(mark: "2026-11-21T05:30:00Z", now: "2026-11-21T05:40:00Z") {
      $0.upstream = [try #require(Self.day): [.init(job: "extract", state: .succeeded)]]
      $0.activeRuns = [try Self.run("2026-11-21T05:00:00Z")]
      $0.plannedRuns = $0.activeRuns
      $0.pending = [try Self.waiting(Self.first, .upstream, "it waits")]
    }
    let plan = Planner.plan(job, situation)
    #expect(
      Self.lines(plan) == ["03:00 SKIPPED: the slot of 2026-11-21T05:00:00Z took its place (overlap: cancelOther)"])
    #expect(plan.stops.isEmpty)
    // One by hand is nobody's later slot.
    situation.plannedRuns = []
    #expect(Planner.plan(job, situation).stops == situation.activeRuns)
  }

  // MARK: Pools

  static func pooled(limit: Int = 2, priority: Int = 0, overlap: Job.Overlap = .allow) throws -> CompiledJob {
    try job {
      $0.pool = PoolPlace(name: "db", limit: limit, priority: priority)
      $0.overlap = overlap
    }
  }

  @Test(
    "A pool with no free place makes a slot wait",
    arguments: [(0, "03:00 RUNNING"), (1, "03:00 RUNNING"), (2, nil), (3, nil)] as [(Int, String?)])
  func poolLimit(active: Int, expected: String?) throws {
    let plan = Planner.plan(try Self.pooled(), try Self.situation { $0.pool = .init(active: active) })
    #expect(Self.lines(plan) == [expected ?? "03:00 PENDING POOL: it waits for a place in pool db (limit: 2)"])
  }

  @Test("One plan takes no more places than there are")
  func poolInOnePlan() throws {
    let plan = Planner.plan(
      try Self.pooled(), try Self.situation(now: "2026-11-21T05:10:00Z") { $0.pool = .init(active: 0) })
    #expect(plan.slots.map(\.slot.state) == [.running, .running, .pending])
  }

  @Test(
    "Of those that wait for a place, the higher priority goes first, and of equals the older",
    arguments: [
      (5, "2026-11-21T02:00:00Z", SlotState.pending), (0, "2026-11-21T02:00:00Z", .pending),
      (0, "2026-11-21T04:00:00Z", .running), (-1, "2026-11-21T02:00:00Z", .running),
    ])
  func priority(rival: Int, since: String, expected: SlotState) throws {
    let plan = Planner.plan(
      try Self.pooled(),
      try Self.situation {
        $0.pool = .init(
          active: 1, rivals: [.init(slot: SlotKey(job: "other", scheduledAt: try Self.at(since)), priority: rival)])
      })
    #expect(plan.slots.map(\.slot.state) == [expected])
  }

  @Test("With overlap: skip, one slot at most waits for a place")
  func poolAndSkip() throws {
    let plan = Planner.plan(
      try Self.pooled(overlap: .skip),
      try Self.situation(now: "2026-11-21T04:10:00Z") { $0.pool = .init(active: 2) })
    #expect(
      Self.lines(plan) == [
        "03:00 PENDING POOL: it waits for a place in pool db (limit: 2)",
        "04:00 SKIPPED: the slot of 2026-11-21T03:00:00Z was still waiting (overlap: skip)",
      ])
  }

  // MARK: Upstream

  static let day = CivilDate("2026-11-21")

  @Test("A slot waits until every job that it comes after has succeeded for its day")
  func after() throws {
    let day = try #require(Self.day)
    let job = try Self.job { $0.after = ["extract", "load"] }
    let waiting = Planner.plan(
      job,
      try Self.situation {
        $0.upstream = [day: [.init(job: "extract", state: .failed), .init(job: "load", state: nil)]]
      })
    #expect(
      Self.lines(waiting) == [
        "03:00 PENDING UPSTREAM: it waits for extract (FAILED), load (not run yet) to succeed for 2026-11-21 (after)"
      ])
    let free = Planner.plan(
      job,
      try Self.situation(mark: "2026-11-21T03:00:01Z", now: "2026-11-21T03:20:00Z") {
        $0.pending = waiting.slots.map(\.slot)
        $0.upstream = [day: [.init(job: "extract", state: .succeeded), .init(job: "load", state: .succeeded)]]
      })
    #expect(Self.lines(free) == ["03:00 RUNNING"])
  }

  @Test("Yesterday's slot that waits for yesterday's upstream holds up nothing of today")
  func olderUpstreamWait() throws {
    let (day, yesterday) = (try #require(Self.day), try #require(CivilDate("2026-11-20")))
    let plan = Planner.plan(
      try Self.job("0 3 * * *") { $0.after = ["extract"] },
      try Self.situation {
        $0.pending = [
          try Self.waiting(
            "2026-11-20T03:00:02Z", .upstream, "it waits for extract (FAILED) to succeed for 2026-11-20 (after)")
        ]
        $0.upstream = [
          yesterday: [.init(job: "extract", state: .failed)], day: [.init(job: "extract", state: .succeeded)],
        ]
      })
    #expect(Self.lines(plan) == ["03:00 RUNNING"])
  }

  @Test("A wait that is longer than catchUp's within is a miss, and says for what")
  func waitedTooLong() throws {
    let plan = Planner.plan(
      try Self.job { $0.catchUp.within = .seconds(3_600) },
      try Self.situation(mark: "2026-11-21T04:00:00Z", now: "2026-11-21T04:00:01Z") {
        $0.pending = [try Self.waiting(Self.first, .upstream, "it waits for extract (FAILED)")]
      })
    #expect(
      Self.lines(plan) == [
        "03:00 MISSED: it waited for longer than catchUp's within (3600s): it waits for extract (FAILED)"
      ])
  }

  @Test("A job without a schedule has one slot a day, at the day's beginning, once its upstream has succeeded")
  func readyDay() throws {
    let day = try #require(Self.day)
    let job = try Self.job(nil) {
      $0.after = ["extract"]
      $0.timezone = "Asia/Tokyo"
    }
    let plan = Planner.plan(job, try Self.situation { $0.readyDays = [day] })
    #expect(plan.slots.map(\.slot.key.scheduledAt.description) == ["2026-11-20T15:00:00Z"])
    #expect(plan.slots.map(\.slot.trigger) == [.upstream])
    #expect(plan.slots.map(\.slot.state) == [.running])
  }

  // MARK: Pause

  @Test("A pause with an end skips what is due before it, and is over by itself")
  func pauseUntil() throws {
    let pause = Pause(
      since: try Self.at("2026-11-21T02:40:00Z"), note: "stock-taking", until: try Self.at("2026-11-21T03:30:00Z"))
    let plan = Planner.plan(
      try Self.job(),
      try Self.situation(now: "2026-11-21T04:00:10Z") { $0.state.pause = pause })
    #expect(
      Self.lines(plan) == [
        "03:00 SKIPPED: the job is paused since 2026-11-21T02:40:00Z until 2026-11-21T03:30:00Z: stock-taking",
        "04:00 RUNNING",
      ])
    #expect(plan.endsPause)
  }

  @Test("A slot that waits does not start while its job is paused")
  func pausedWait() throws {
    let pause = Pause(since: try Self.at("2026-11-21T03:10:00Z"))
    let job = try Self.job { $0.overlap = .queue(limit: 2) }
    let situation = try Self.situation(mark: "2026-11-21T03:20:00Z", now: "2026-11-21T03:30:00Z") {
      $0.state.pause = pause
      $0.pending = [try Self.waiting(Self.first, .overlap, "it waits")]
    }
    let plan = Planner.plan(job, situation)
    #expect(Self.lines(plan) == ["03:00 PENDING PAUSE: the job is paused since 2026-11-21T03:10:00Z"])
    var resumed = situation
    resumed.state.pause = nil
    resumed.pending = plan.slots.map(\.slot)
    #expect(Self.lines(Planner.plan(job, resumed)) == ["03:00 RUNNING"])
  }

  // MARK: Calendars and windows

  @Test("A day in a calendar is skipped, and the reason names the calendar")
  func calendar() throws {
    let day = try #require(Self.day)
    let plan = Planner.plan(
      try Self.job {
        $0.calendar = CalendarRule(calendars: [DayCalendar(name: "holidays", dates: [day])])
      }, try Self.situation())
    #expect(Self.lines(plan) == ["03:00 SKIPPED: 2026-11-21 is in calendar holidays (calendar: skip)"])
  }

  @Test("With catchUp: latest, the latest slot is one that runs, not one that a calendar leaves out")
  func latestBesideCalendar() throws {
    let day = try #require(Self.day)
    let plan = Planner.plan(
      try Self.job("0 3 * * *") {
        $0.catchUp.mode = .latest
        $0.catchUp.within = .seconds(3 * 86_400)
        $0.calendar = CalendarRule(calendars: [DayCalendar(name: "holidays", dates: [day])])
      }, try Self.situation(mark: "2026-11-18T12:00:00Z", now: "2026-11-21T12:00:00Z"))
    #expect(plan.slots.map(\.slot.state) == [.missed, .running, .skipped])
  }

  @Test("A slot of a flexible window is due later, and keeps its scheduled instant")
  func window() throws {
    let job = try Self.job { $0.flexibleWindow = .seconds(900) }
    try #require(job.offset > .zero)
    let before = try Self.at(Self.first) + job.offset - .milliseconds(1)
    var situation = try Self.situation(mark: "2026-11-21T02:59:00Z")
    situation.now = before
    #expect(Planner.plan(job, situation).slots.isEmpty)
    situation.now = before + .milliseconds(1)
    #expect(Self.lines(Planner.plan(job, situation)) == ["03:00 RUNNING"])
  }
}
