@testable import ControlAPI
import JobModel
import Testing

@Suite("Policies as text")
struct PolicyTextTests {
  private func policies(_ edit: (inout Job) -> Void) -> [String] {
    var job = Job(name: Fixtures.job, schedules: [], timezone: "UTC", machine: Fixtures.definition)
    edit(&job)
    return JobAnswer.policies(of: job).map { "\($0.key): \($0.value)" }
  }

  @Test("Defaults are not mentioned")
  func defaults() { #expect(policies { _ in }.isEmpty) }

  @Test("Every policy that was set is told by its key in the job file")
  func all() {
    let told = policies { job in
      job.overlap = .queue(limit: 3)
      job.flexibleWindow = .seconds(900)
      job.dateFormat = "yyyyMMdd"
      job.pool = PoolPlace(name: "db", limit: 2, priority: 5)
      job.after = [Fixtures.name("import"), Fixtures.name("export")]
      job.lateAfter = .fixed(seconds: 5_400)
      job.tooLongAfter = .median(times: 2.5)
      job.taskPolicy = TaskPolicy(startTimeoutSeconds: 600, successExitCodes: [75, 3], skipExitCodes: [99])
    }
    #expect(
      told == [
        "overlap: queue (limit 3)", "flexibleWindow: 15m", "date: yyyyMMdd", "pool: db (limit 2, priority 5)",
        "after: import, export", "startTimeout: 10m", "lateAfter: 1h 30m",
        "tooLongAfter: 2.5 times the median of the last successful runs", "successExitCodes: 3, 75",
        "skipExitCodes: 99",
      ])
  }

  @Test("A job's page shows each of them, and why nothing runs")
  func page() {
    var job = Job(name: Fixtures.job, schedules: [], timezone: "Asia/Tokyo", machine: Fixtures.definition)
    job.pool = PoolPlace(name: "db", limit: 2)
    let answer = JobAnswer(
      job, now: Fixtures.now,
      pause: Pause(
        since: Fixtures.at("2026-11-20T01:00:00Z"), note: "stock-taking", until: Fixtures.at("2026-11-24T00:00:00Z")),
      whyNot: ["the slot of 2026-11-21T03:00:00Z waits: it waits for a place in pool db (limit: 2)"],
      pool: PoolAnswer(
        name: "db", limit: 2, active: [Fixtures.runID, RunID(slot: Fixtures.slotKey, rerun: 1)], waiting: 1),
      backfill: Fixtures.backfill(.running),
      slots: [SlotAnswer(Slot(key: Fixtures.slotKey, day: Fixtures.day, trigger: .backfill, state: .pending))],
      messages: [MessageAnswer(Fixtures.missedMessage)])
    #expect(Rendering(style: TerminalStyle()).job(answer) == Golden.jobWithPolicies)
  }
}
