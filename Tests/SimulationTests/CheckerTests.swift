import JobModel
import TestSupport
import Testing

@testable import Simulation

/// The checker bites: each invariant has evidence that breaks it.
@Suite struct CheckerTests {
  @Test("Nothing is said of a clean simulation")
  func clean() {
    #expect(Checker.violations(in: FabricatedEvidence().evidence) == [])
  }

  @Test("What jobd may do is no violation", arguments: Permitted.all)
  func permitted(_ permitted: Permitted) {
    var fabricated = FabricatedEvidence()
    permitted.change(&fabricated)
    #expect(Checker.violations(in: fabricated.evidence) == [])
  }

  @Test("What breaks an invariant is named by its number", arguments: Breach.all)
  func bites(_ breach: Breach) {
    var fabricated = FabricatedEvidence()
    breach.spoil(&fabricated)
    let found = Checker.violations(in: fabricated.evidence)
    #expect(found.map(\.invariant).contains(breach.invariant), "\(found)")
  }

  @Test("Every invariant has a breach")
  func complete() {
    #expect(Set(Breach.all.map(\.invariant)) == Set(Invariant.allCases))
  }
}

/// What looks wrong, and is not.
struct Permitted: Sendable, CustomTestStringConvertible {
  var testDescription: String
  var change: @Sendable (inout FabricatedEvidence) -> Void

  private static let nightly = FabricatedEvidence.id("nightly", at: 7_200)

  static let all: [Permitted] = [
    Permitted(testDescription: "a run that fails, and is told of") { $0.fail("nightly", at: 7_200) },
    Permitted(testDescription: "a task that is on its way to STOPPED for more than three minutes") { evidence in
      let id = evidence.fail("nightly", at: 7_200)
      evidence.editTask(of: id) { $0.stoppedAt = $0.stoppingAt + .seconds(3_600) }
      evidence.editTask(of: id, 2) { $0.createdAt += .seconds(180) }
      evidence.editTask(of: id, 2) { ($0.stoppingAt, $0.stoppedAt) = ($0.createdAt, $0.createdAt) }
      evidence.editTask(of: id, 3) { $0.createdAt += .seconds(180) }
      evidence.editTask(of: id, 3) { ($0.stoppingAt, $0.stoppedAt) = ($0.createdAt, $0.createdAt) }
    },
    Permitted(testDescription: "a run that is stopped") { evidence in
      let id = FabricatedEvidence.id("nightly", at: 7_200)
      evidence.put(id, .aborted, from: 7_200, to: 7_300)
      evidence.launch(id, "nightly", from: 7_200, to: 7_300, exitCode: 143, status: .stopped, stopCode: "UserInitiated")
      evidence.wish(.stop(id), at: 7_250, .done)
    },
    Permitted(testDescription: "a launch whose task ECS had forgotten, while the clock was set back") { evidence in
      let id = evidence.fail("nightly", at: 7_200)
      let first = evidence.evidence.tasks.first { $0.startedBy == FabricatedEvidence.startedBy(id) + "1" }
      guard var again = first else { return }
      let set = FabricatedEvidence.start + .seconds(5_000)
      evidence.see(.seconds(5_000), .clockStepped(from: set, to: set - .seconds(1)))
      again.arn += "-again"
      evidence.evidence.tasks.append(again)
      evidence.editTask(of: id) { $0.createdAt -= .seconds(4_000) }
      evidence.editTask(of: id) { ($0.stoppingAt, $0.stoppedAt) = ($0.createdAt, $0.createdAt) }
      evidence.editLaunch(of: id) { $0.taskARN = again.arn }
    },
    Permitted(testDescription: "a launch that ECS denied") { evidence in
      let id = evidence.fail("nightly", at: 7_200)
      evidence.undoLastTask(of: id)
      evidence.see(.seconds(7_500), .launchDenied(startedBy: FabricatedEvidence.startedBy(id) + "3"))
    },
    Permitted(testDescription: "a task that is stopped when its time is over") { evidence in
      evidence.edit("nightly") { $0.timeout = .seconds(60) }
      let id = evidence.fail("nightly", at: 7_200)
      let arn = evidence.evidence.launches[id]?.first?.taskARN ?? ""
      evidence.see(.seconds(7_260), .stopAsked(arn: arn, reason: "its time is over"))
    },
    Permitted(testDescription: "a slot in a pause") { evidence in
      evidence.wish(.pause("nightly"), at: 3_600, .done)
      evidence.wish(.resume("nightly"), at: 10_800, .done)
      evidence.leave(
        "nightly", at: 7_200, .skipped, "the job is paused since \(FabricatedEvidence.start + .seconds(3_600))")
    },
    Permitted(testDescription: "a slot that came due while nobody was there") { evidence in
      evidence.see(.seconds(7_000), .process(number: 1, what: "is killed"))
      evidence.see(.seconds(7_500), .process(number: 2, what: "starts"))
      evidence.see(.seconds(7_501), .ready(process: 2))
      evidence.leave("nightly", at: 7_200, .missed, "no jobd was there at its time (catchUp: none)")
    },
    Permitted(testDescription: "the same launch asked for by two, of whom the second was killed") { evidence in
      let startedBy = evidence.evidence.tasks.first { $0.family == "nightly" }?.startedBy ?? ""
      evidence.see(.seconds(7_199), .process(number: 1, what: "stands still"))
      evidence.see(.seconds(7_250), .launchAsked(process: 2, startedBy: startedBy))
      evidence.see(.seconds(7_260), .process(number: 2, what: "is killed"))
      evidence.see(.seconds(7_300), .process(number: 1, what: "goes on"))
      evidence.see(.seconds(7_301), .launchAsked(process: 1, startedBy: startedBy))
    },
    Permitted(testDescription: "a run whose next launch is searched for") { evidence in
      evidence.see(.seconds(7_700), .launchAsked(process: 1, startedBy: FabricatedEvidence.startedBy(nightly) + "2"))
      evidence.editRun(nightly) { $0.endedAt = FabricatedEvidence.start + .seconds(7_700 + 900 + 1_000) }
    },
    Permitted(testDescription: "a run that is over before clocks that differ can tell that it began") { evidence in
      evidence.evidence.scenario.edition.pools = ["db": 1]
      evidence.edit("nightly") { $0.pool = "db" }
      evidence.edit("flow") { $0.pool = "db" }
      let id = FabricatedEvidence.id("nightly", at: 40_001)
      evidence.put(id, .aborted, from: 40_001, to: 40_001, trigger: .manual)
      evidence.wish(.start("nightly"), at: 40_001, .run(id))
      evidence.wish(.stop(id), at: 40_001, .done)
      let other = evidence.succeed("flow", at: 40_000, trigger: .manual, ["flow-first", "flow-second"])
      evidence.wish(.start("flow"), at: 40_000, .run(other))
    },
    Permitted(testDescription: "a start and a forced rerun") { evidence in
      let id = evidence.succeed("nightly", at: 40_000, trigger: .manual, ["nightly"])
      evidence.wish(.start("nightly"), at: 40_000, .run(id))
      let again = evidence.succeed("nightly", at: 40_000, rerun: 1, from: 50_000, trigger: .manual, ["nightly"])
      evidence.wish(.rerun("nightly", force: true), at: 50_000, .run(again))
    },
    Permitted(testDescription: "slots of the schedule that the job had at the time") { evidence in
      evidence.leaveOut("nightly", at: [86_400 + 7_200, 2 * 86_400 + 7_200])
      evidence.reschedule("nightly", .daily(hour: 5, minute: 0), at: 40_000)
      evidence.succeed("nightly", at: 86_400 + 5 * 3_600, ["nightly"])
    },
    Permitted(testDescription: "a schedule of which one of two processes does not know yet") { evidence in
      evidence.see(.seconds(50), .process(number: 2, what: "starts"))
      evidence.see(.seconds(51), .ready(process: 2))
      evidence.leaveOut("nightly", at: [86_400 + 7_200, 2 * 86_400 + 7_200])
      evidence.reschedule("nightly", .hourly(minute: 30), at: 40_000)
    },
    Permitted(testDescription: "a run of the edition that was loaded before it") { evidence in
      var edition = evidence.evidence.scenario.edition
      for index in edition.jobs.indices { edition.jobs[index].edition = edition.jobs[index].name == "nightly" ? 2 : 1 }
      evidence.see(.seconds(100), .edited("nightly", edition))
      evidence.see(.seconds(100), .reloaded(process: 1, edition))
      for index in evidence.evidence.tasks.indices where evidence.evidence.tasks[index].family == "nightly" {
        evidence.evidence.tasks[index].command[1] = "2"
      }
    },
  ]
}

/// Something that breaks an invariant.
struct Breach: Sendable, CustomTestStringConvertible {
  var invariant: Invariant
  var what: String
  var spoil: @Sendable (inout FabricatedEvidence) -> Void

  var testDescription: String { "S\(invariant.rawValue): \(what)" }

  init(_ invariant: Invariant, _ what: String, _ spoil: @escaping @Sendable (inout FabricatedEvidence) -> Void) {
    (self.invariant, self.what, self.spoil) = (invariant, what, spoil)
  }

  private static let nightly = FabricatedEvidence.id("nightly", at: 7_200)
  private static let flow = FabricatedEvidence.id("flow", at: 10_800)
  private static let start = FabricatedEvidence.start

  static let all = tasks + runs + slots + policies + operators + messages

  private static let tasks = [
    Breach(.oneTaskALaunch, "two tasks of one launch") { evidence in
      guard var task = evidence.evidence.tasks.first else { return }
      task.arn += "x"
      evidence.evidence.tasks.append(task)
    },
    Breach(.tasksAreOnRecord, "a task without a launch") { evidence in
      evidence.editTask(of: nightly) { $0.startedBy += "7" }
    },
    Breach(.tasksAreOnRecord, "a launch with another task") { evidence in
      evidence.editLaunch(of: nightly) { $0.taskARN = "arn" }
    },
    Breach(.tasksAreOnRecord, "a launch that failed for certain, and has a task") { evidence in
      let id = evidence.fail("nightly", at: 7_200)
      evidence.editLaunch(of: id) { $0.taskARN = nil }
    },
    Breach(.neverTwoLive, "a retry while the first attempt runs") { evidence in
      let id = evidence.fail("nightly", at: 7_200)
      evidence.editTask(of: id) { ($0.stoppingAt, $0.stoppedAt) = (.seconds(7_310), .seconds(7_310)) }
    },
    Breach(.neverTwoLive, "a retry before a task on its way to STOPPED has had its three minutes") { evidence in
      let id = evidence.fail("nightly", at: 7_200)
      evidence.editTask(of: id) { $0.stoppedAt = $0.stoppingAt + .seconds(3_600) }
    },
    Breach(.nothingAfterSuccess, "another attempt after a success") { evidence in
      evidence.launch(nightly, "nightly", from: 7_400, to: 7_460)
    },
    Breach(.nothingAfterSuccess, "an attempt that was given up after it had succeeded in time") { evidence in
      evidence.editLaunch(of: nightly) { $0.status = .stopped }
      evidence.launch(nightly, "nightly", from: 9_000, to: 9_060)
    },
    Breach(.attempts, "a fourth attempt of three") { evidence in
      let id = evidence.fail("nightly", at: 7_200)
      evidence.launch(id, "nightly", from: 7_800, to: 7_860, exitCode: 1)
    },
    Breach(.retryInterval, "a second retry after the first one's interval") { evidence in
      let id = evidence.fail("nightly", at: 7_200)
      evidence.editTask(of: id, 3) { $0.createdAt = .seconds(7_200 + 160 + 58) }
    },
    Breach(.timeouts, "a task that nobody stops") { evidence in
      evidence.editTask(of: nightly) { ($0.stoppingAt, $0.stoppedAt) = (.seconds(11_500), .seconds(11_500)) }
    },
    Breach(.timeouts, "a task that does not come to run, and is left alone") { evidence in
      evidence.edit("nightly") { ($0.startTimeout, $0.timeout) = (.seconds(300), .seconds(3_600)) }
      evidence.editTask(of: nightly) { $0.runningAt = SimulatedTask.never }
      evidence.editTask(of: nightly) { ($0.stoppingAt, $0.stoppedAt) = (.seconds(8_200), .seconds(8_200)) }
    },
    Breach(.nothingLivesOn, "a task that runs in the end") { evidence in
      evidence.editTask(of: nightly) { ($0.stoppingAt, $0.stoppedAt) = (SimulatedTask.never, SimulatedTask.never) }
    },
    Breach(.requests, "another cluster") { evidence in evidence.editTask(of: nightly) { $0.cluster = "other" } },
    Breach(.requests, "another job's task definition") { evidence in
      evidence.editTask(of: nightly) { $0.family = "flow-first" }
    },
    Breach(.requests, "an edition that nobody had loaded") { evidence in
      evidence.editTask(of: nightly) { $0.command[1] = "2" }
    },
    Breach(.requests, "an edition that nobody had any more") { evidence in
      var edition = evidence.evidence.scenario.edition
      edition.jobs[0].edition = 2
      evidence.see(.seconds(100), .edited("nightly", edition))
      evidence.see(.seconds(100), .reloaded(process: 1, edition))
    },
  ]

  private static let runs = [
    Breach(.successHasItsTasks, "a success without a task") { evidence in
      evidence.editTask(of: nightly) { $0.exitCode = 1 }
    },
    Breach(.successHasItsTasks, "an exit code that is absent") { evidence in
      evidence.editTask(of: nightly) { $0.exitCode = nil }
    },
    Breach(.successHasItsTasks, "a branch that was not taken") { evidence in
      evidence.put(flow, .succeeded, from: 10_800, to: 10_900)
      evidence.launch(flow, "flow-first", from: 10_800, to: 10_860)
    },
    Breach(.outputs, "the output of another task") { evidence in
      evidence.editOutput(of: flow) { $0 = ["TaskArn": "arn"] }
    },
    Breach(.outputs, "the output of the first step") { evidence in
      let first = evidence.evidence.tasks.first { $0.family == "flow-first" }?.arn
      evidence.editOutput(of: flow) { $0 = ["TaskArn": .string(first ?? "")] }
    },
    Breach(.outputs, "a Map that forgets an item") { evidence in
      evidence.editOutput(of: FabricatedEvidence.id("batch", at: 14_400)) { output in
        output = .array([.null] + (output.arrayValue ?? []).dropFirst())
      }
    },
    Breach(.ownership, "a launch that another one had taken over") { evidence in
      evidence.see(.zero, .process(number: 2, what: "starts"))
      evidence.see(.seconds(1), .ready(process: 2))
      let startedBy = evidence.evidence.tasks.first { $0.family == "nightly" }?.startedBy ?? ""
      evidence.see(.seconds(7_199), .process(number: 1, what: "stands still"))
      evidence.see(.seconds(7_250), .launchAsked(process: 2, startedBy: startedBy))
      evidence.see(.seconds(7_300), .process(number: 1, what: "goes on"))
      evidence.see(.seconds(7_301), .launchAsked(process: 1, startedBy: startedBy))
    },
    Breach(.successHasItsTasks, "a failure whose task did its work") { evidence in
      evidence.put(nightly, .failed, from: 7_200, to: 7_300)
      evidence.launch(nightly, "nightly", from: 7_200, to: 7_260, status: .failed)
    },
    Breach(.stopsHaveTheirCause, "a task that is stopped before its time") { evidence in
      let id = evidence.fail("nightly", at: 7_200)
      let arn = evidence.evidence.launches[id]?.first?.taskARN ?? ""
      evidence.see(.seconds(7_230), .stopAsked(arn: arn, reason: "its time is over"))
    },
    Breach(.denialsAreECSs, "a launch that started nothing, as nobody has said") { evidence in
      let id = evidence.fail("nightly", at: 7_200)
      evidence.undoLastTask(of: id)
    },
    Breach(.doubtsAreLookedInto, "a launch of which nobody can tell at once") { evidence in
      let id = evidence.fail("nightly", at: 7_200)
      evidence.evidence.tasks.removeLast()
      evidence.editLaunch(of: id, 3) { launch in
        launch.taskARN = nil
        launch.endedAt = FabricatedEvidence.start + .seconds(7_505)
        launch.diagnosis = Diagnosis(class: .unknown, sentence: "its answer was lost")
      }
    },
    Breach(.progress, "a run whose task has ended long ago") { evidence in
      evidence.editRun(nightly) { $0.endedAt = FabricatedEvidence.start + .seconds(7_200 + 60 + 5_000) }
    },
    Breach(.progress, "a run whose next launch was searched for long ago") { evidence in
      evidence.see(.seconds(7_700), .launchAsked(process: 1, startedBy: FabricatedEvidence.startedBy(nightly) + "2"))
      evidence.editRun(nightly) { $0.endedAt = FabricatedEvidence.start + .seconds(7_700 + 900 + 1_300) }
    },
    Breach(.progress, "a retry that comes hours late") { evidence in
      let id = evidence.fail("nightly", at: 7_200)
      evidence.editTask(of: id, 3) { $0.createdAt += .seconds(5_000) }
      evidence.editLaunch(of: id, 3) { $0.intendedAt = $0.intendedAt + .seconds(5_000) }
      evidence.editRun(id) { $0.endedAt = FabricatedEvidence.start + .seconds(7_200 + 5_600) }
    },
    Breach(.orderOfStates, "second before first") { evidence in
      evidence.editTask(of: flow, 2) { $0.createdAt = .seconds(10_810) }
    },
    Breach(.orderOfStates, "repair before the attempts are used up") { evidence in
      evidence.put(flow, .succeeded, from: 10_800, to: 11_000)
      evidence.launch(flow, "flow-first", from: 10_800, to: 10_860, exitCode: 1)
      evidence.launch(flow, "flow-repair", from: 10_900, to: 10_960)
    },
    Breach(.failureHasItsCause, "a failure before the attempts are used up") { evidence in
      evidence.put(nightly, .failed, from: 7_200, to: 7_300)
      evidence.launch(nightly, "nightly", from: 7_200, to: 7_260, exitCode: 1)
    },
    Breach(.failureHasItsCause, "a stop that nobody asked for") { evidence in
      evidence.put(nightly, .aborted, from: 7_200, to: 7_300)
    },
    Breach(.failureHasItsCause, "a timeout of a run that has none") { evidence in
      evidence.put(nightly, .timedOut, from: 7_200, to: 7_900)
    },
    Breach(.failureHasItsCause, "a timeout before its time") { evidence in
      evidence.edit("nightly") { $0.runTimeout = .seconds(900) }
      evidence.put(nightly, .timedOut, from: 7_200, to: 7_900)
    },
    Breach(.histories, "a gap") { evidence in evidence.evidence.histories[nightly]?.remove(at: 1) },
    Breach(.histories, "no end") { evidence in evidence.evidence.histories[nightly]?.removeLast() },
    Breach(.histories, "another end than the run's") { evidence in
      let last = evidence.evidence.histories[nightly].map { $0.count - 1 } ?? 0
      evidence.evidence.histories[nightly]?[last].type = "ExecutionFailed"
    },
    Breach(.histories, "a launch that it does not tell of") { evidence in
      evidence.evidence.histories[nightly]?.removeAll { $0.type == "TaskSubmitted" }
      let count = evidence.evidence.histories[nightly]?.count ?? 0
      for index in 0..<count {
        evidence.evidence.histories[nightly]?[index].id = index + 1
        evidence.evidence.histories[nightly]?[index].previousID = index
      }
    },
  ]

  private static let slots = [
    Breach(.dueSlots, "a slot that is not there") { evidence in
      evidence.leaveOut("nightly", at: [7_200])
    },
    Breach(.dueSlots, "a slot of a schedule that was changed since, and of the one that followed it") { evidence in
      evidence.leaveOut("nightly", at: [7_200, 2 * 86_400 + 7_200])
      evidence.reschedule("nightly", .daily(hour: 5, minute: 0), at: 7_200 + 3_600)
    },
    Breach(.dueSlots, "a day of a job after another one") { evidence in
      var job = FabricatedEvidence.job("report", nil)
      job.after = ["nightly"]
      job.catchUp = .all(within: .seconds(86_400))
      evidence.evidence.scenario.edition.jobs.append(job)
    },
    Breach(.slotsAreAccountedFor, "a slot at no time of the schedule") { evidence in
      evidence.succeed("nightly", at: 7_260, ["nightly"])
    },
    Breach(.slotsAreAccountedFor, "a slot of a schedule before it was there") { evidence in
      evidence.reschedule("nightly", .daily(hour: 5, minute: 0), at: 40_000)
      evidence.succeed("nightly", at: 5 * 3_600, ["nightly"])
    },
    Breach(.slotsAreAccountedFor, "a slot of a schedule that nobody has any more") { evidence in
      evidence.reschedule("nightly", .daily(hour: 5, minute: 0), at: 40_000)
    },
    Breach(.slotsAreAccountedFor, "a start that nobody asked for") { evidence in
      evidence.succeed("nightly", at: 40_000, trigger: .manual, ["nightly"])
    },
    Breach(.outcomes, "a slot that waits for its turn") { evidence in
      evidence.leave("nightly", at: 7_200, .pending, "it waits", wait: .pool)
    },
    Breach(.outcomes, "another outcome than the run's") { evidence in
      guard let index = evidence.evidence.slots.firstIndex(where: { $0.key == nightly.slot }) else { return }
      evidence.evidence.slots[index].state = .failed
    },
    Breach(.skips, "a run that had ended long before") { evidence in
      let former = FabricatedEvidence.id("nightly", at: 7_200)
      evidence.leave("nightly", at: 93_600, .skipped, "run \(former) was still going on (overlap: skip)")
    },
    Breach(.skips, "a pause that nobody asked for") { evidence in
      evidence.leave("nightly", at: 7_200, .skipped, "the job is paused since \(start)")
    },
    Breach(.skips, "a slot after the pause") { evidence in
      evidence.wish(.pause("nightly"), at: 3_600, .done)
      evidence.wish(.resume("nightly"), at: 3_700, .done)
      evidence.leave("nightly", at: 7_200, .skipped, "the job is paused since \(start + .seconds(3_600))")
    },
    Breach(.skips, "a day that has not succeeded") { evidence in
      evidence.edit("nightly") { $0.isOncePerDay = true }
      evidence.leave("nightly", at: 7_200, .skipped, "2026-11-21 has SUCCEEDED already (oncePer: day)")
    },
    Breach(.misses, "jobd was there") { evidence in
      evidence.leave("nightly", at: 2 * 86_400 + 7_200, .missed, "no jobd was there at its time (catchUp: none)")
    },
    Breach(.misses, "not what catchUp says") { evidence in
      evidence.leave(
        "nightly", at: 7_200, .missed,
        "no jobd was there at its time, and only the latest slot is caught up (catchUp: latest)")
    },
    Breach(.catchUp, "a late run with catchUp none") { evidence in
      evidence.succeed("nightly", at: 7_200, from: 9_000, ["nightly"])
    },
  ]

  private static let policies = [
    Breach(.pauses, "a run in a pause") { evidence in
      evidence.wish(.pause("nightly"), at: 3_600, .done)
      evidence.wish(.resume("nightly"), at: 10_800, .done)
    },
    Breach(.overlap, "two runs at a time") { evidence in
      let id = evidence.succeed("nightly", at: 7_230, trigger: .manual, ["nightly"])
      evidence.wish(.start("nightly"), at: 7_230, .run(id))
    },
    Breach(.pools, "two runs in a pool for one") { evidence in
      evidence.evidence.scenario.edition.pools = ["db": 1]
      evidence.edit("nightly") { $0.pool = "db" }
      evidence.edit("flow") { $0.pool = "db" }
      let id = evidence.succeed("flow", at: 7_230, trigger: .manual, ["flow-first", "flow-second"])
      evidence.wish(.start("flow"), at: 7_230, .run(id))
    },
    Breach(.turns, "a place in a pool that a higher priority waits for") { evidence in
      evidence.evidence.scenario.edition.pools = ["db": 1]
      evidence.edit("nightly") { ($0.pool, $0.priority) = ("db", 1) }
      evidence.edit("flow") { $0.pool = "db" }
      evidence.succeed("nightly", at: 2 * 86_400 + 7_200, from: 2 * 86_400 + 11_100, ["nightly"])
    },
    Breach(.upstream, "a run before the one that it comes after") { evidence in
      evidence.edit("nightly") { $0.after = ["flow"] }
    },
    Breach(.oncePerDay, "a second run of a day") { evidence in
      evidence.edit("nightly") { ($0.isOncePerDay, $0.schedule) = (true, .hourly(minute: 0)) }
      for hour in 3...4 { evidence.succeed("nightly", at: hour * 3_600, ["nightly"]) }
    },
    Breach(.queues, "two that wait in a queue of one") { evidence in
      evidence.edit("nightly") { ($0.overlap, $0.schedule) = (.queue(1), .everyMinutes(15)) }
      evidence.succeed("nightly", at: 8_100, from: 11_000, ["nightly"])
      evidence.succeed("nightly", at: 9_000, from: 12_000, ["nightly"])
      evidence.succeed("nightly", at: 9_900, from: 13_000, ["nightly"])
    },
  ]

  private static let operators = [
    Breach(.acceptedStarts, "a start that was promised") { evidence in
      evidence.wish(.start("nightly"), at: 40_000, .run(FabricatedEvidence.id("nightly", at: 40_000)))
    },
    Breach(.refusedStarts, "a start that was refused, and left a slot") { evidence in
      evidence.succeed("nightly", at: 40_000, trigger: .manual, ["nightly"])
      evidence.wish(.start("nightly"), at: 40_000, .refused("poolIsFull"))
    },
    Breach(.stops, "a launch after a stop") { evidence in
      let id = evidence.fail("nightly", at: 7_200)
      evidence.wish(.stop(id), at: 7_280, .done)
    },
    Breach(.stops, "a task that goes on after a stop") { evidence in
      evidence.editTask(of: nightly) { ($0.stoppingAt, $0.stoppedAt) = (.seconds(7_790), .seconds(7_790)) }
      evidence.editTask(of: nightly) { $0.createdAt = .seconds(7_000) }
      evidence.wish(.stop(nightly), at: 7_010, .done)
    },
    Breach(.reruns, "a success that is repeated without force") { evidence in
      let id = evidence.succeed("nightly", at: 7_200, rerun: 1, from: 40_000, ["nightly"])
      evidence.wish(.rerun("nightly", force: false), at: 40_000, .run(id))
    },
    Breach(.reruns, "a rerun that nobody asked for") { evidence in
      evidence.succeed("nightly", at: 7_200, rerun: 1, from: 40_000, ["nightly"])
    },
    Breach(.backfills, "a backfill that left a slot out") { evidence in
      let day = CivilTime(secondsSince1970: start.seconds).date
      evidence.evidence.backfills.append(
        Backfill(
          job: "nightly", createdAt: start + .seconds(40_000), from: day.adding(days: -1), to: day, maxParallel: 2,
          requestedBy: "operator", state: .done, mark: start))
    },
    Breach(.backfills, "a backfill that was accepted, and is not there") { evidence in
      evidence.wish(.backfill("nightly", days: 1, force: false), at: 40_000, .done)
    },
  ]

  private static let messages = [
    Breach(.messages, "a failure that nobody was told of") { evidence in
      evidence.fail("nightly", at: 7_200, isTold: false)
    },
    Breach(.messages, "a failure that was told twice, by two ids") { evidence in
      let id = evidence.fail("nightly", at: 7_200)
      evidence.tell(id, id: "\(id)/FAILED/87654321")
    },
    Breach(.needlessMessages, "a success that was told as a failure") { evidence in evidence.tell(nightly) },
    Breach(.rest, "a run that goes on") { evidence in evidence.evidence.unrest = ["run goes on"] },
  ]
}
