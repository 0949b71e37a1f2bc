import JobModel
import StatesLanguage
import TestSupport
import Testing

@testable import Scheduler

@Suite("RunCore")
struct RunCoreTests {
  typealias Rig = RunCoreRig

  /// A moment in the life of a run of one Task with one retry.
  enum Moment: String, CaseIterable, Sendable {
    case intended, submitted, retrying, givenUpUnanswered, givenUpSubmitted, heldBack, over

    func rig() -> Rig {
      var rig = Rig(Rig.task(retries: 1))
      switch self {
      case .intended: break
      case .submitted: rig.submit(1)
      case .retrying:
        rig.submit(1)
        rig.fail(1)
      case .givenUpUnanswered: rig.fireTimer()
      case .givenUpSubmitted:
        rig.submit(1)
        rig.fireTimer()
      case .heldBack:
        rig.submit(1)
        rig.fireTimer()
        rig.fireTimer()
      case .over:
        rig.submit(1)
        rig.succeed(1)
      }
      return rig
    }
  }

  @Test(
    "A stop at any moment gives up what is open, and the run is ABORTED when that is over",
    arguments: [
      (Moment.intended, [], RunStatus.running), (.submitted, ["stop 1"], .running),
      (.retrying, ["finished"], .aborted), (.givenUpUnanswered, [], .running), (.givenUpSubmitted, [], .running),
      (.heldBack, [], .running), (.over, [], .succeeded),
    ])
  func stop(moment: Moment, effects: [String], status: RunStatus) {
    var rig = moment.rig()
    rig.tell(.stop(reason: "enough"))
    #expect(rig.effects == effects)
    #expect(rig.core.run.status == status)
    guard status == .running else { return }
    if rig.launches[1]?.taskARN == nil {
      rig.submit(1)
      #expect(rig.effects == ["follow 1", "stop 1"])
    }
    rig.succeed(1)
    #expect(rig.effects == ["finished"])
    #expect(rig.core.run.status == .aborted)
    #expect(rig.core.slot.state == .aborted)
    #expect(rig.launches.values.allSatisfy { $0.endedAt != nil })
    #expect(rig.messages.isEmpty)
  }

  @Test(
    "A new process picks a run up where it was left",
    arguments: [
      (Moment.intended, ["start 1 recovering"]), (.submitted, ["follow 1"]), (.retrying, []),
      (.givenUpUnanswered, ["stop 1"]), (.givenUpSubmitted, ["follow 1", "stop 1"]),
      (.heldBack, ["follow 1", "stop 1"]),
    ])
  func recovery(moment: Moment, effects: [String]) throws {
    var rig = try moment.rig().recovered()
    #expect(rig.effects == effects)
    #expect(rig.core.canGoOn)
    // And leads it to a success from there.
    while !rig.core.isOver {
      let open = rig.launches.values.filter { $0.endedAt == nil }.map(\.id.number).sorted()
      switch open.first {
      case nil: rig.fireTimer()
      case let first? where rig.launches[first]?.status == .stopped: rig.tell(.graceIsOver(launch: first))
      case let first?:
        rig.submit(first)
        rig.succeed(first)
      }
    }
    #expect(rig.core.run.status == .succeeded)
    #expect(rig.launches.values.filter { $0.status == .succeeded }.count == 1)
  }

  @Test("A launch that a new process has asked about again is not over when it is given up")
  func recoveredAndGivenUp() throws {
    var rig = try Moment.intended.rig().recovered()
    rig.fireTimer()
    rig.fireTimer()
    #expect(rig.launches[1]?.endedAt == nil)
    #expect(rig.effects.isEmpty)
    rig.submit(1)
    #expect(rig.effects == ["follow 1", "stop 1"])
    rig.fail(1)
    #expect(rig.effects == ["start 2"])
  }

  @Test("A cause that comes twice, too late, or for nothing changes nothing", arguments: Moment.allCases)
  func repeated(moment: Moment) {
    var rig = moment.rig()
    let version = rig.core.run.version
    rig.tell(.timer(4_711))
    #expect(rig.writes.isEmpty)
    rig.succeed(4_711)
    #expect(rig.writes.isEmpty)
    if moment != .givenUpUnanswered, moment != .intended {
      rig.submit(1)
      #expect(rig.writes.isEmpty)
    }
    if [.intended, .submitted, .retrying, .over].contains(moment) {
      rig.tell(.graceIsOver(launch: 1))
      #expect(rig.writes.isEmpty)
    }
    if [.retrying, .over].contains(moment) {
      rig.fail(1)
      #expect(rig.writes.isEmpty)
    }
    #expect(rig.core.run.version == version)
    #expect(rig.effects.isEmpty)
  }

  @Test("Every step is fenced by the next version of the run")
  func versions() {
    var rig = Rig(Rig.task(retries: 1))
    var versions: [Int] = []
    func note() {
      for write in rig.writes {
        if case .insertRun(let run) = write { versions.append(run.version) }
        if case .updateRun(let run) = write { versions.append(run.version) }
      }
    }
    note()
    rig.submit(1)
    note()
    rig.fail(1)
    note()
    rig.fireTimer()
    note()
    rig.submit(2)
    note()
    rig.succeed(2)
    note()
    #expect(versions == [1, 2, 3, 4, 5, 6])
  }

  @Test("A retry waits for the task that was given up, even where its report comes late")
  func heldBack() {
    var rig = Rig(Rig.task(retries: 1))
    rig.fireTimer()
    #expect(rig.effects.isEmpty)
    rig.fireTimer()
    #expect(rig.effects.isEmpty)
    #expect(rig.launches[2]?.status == .intended)
    rig.submit(1)
    #expect(rig.effects == ["follow 1", "stop 1"])
    rig.succeed(1)
    #expect(rig.effects == ["start 2"])
    #expect(rig.launches[1]?.status == .stopped)
  }

  @Test("A state that catches a timeout is launched only once the timed-out task has stopped")
  func caught() {
    var rig = Rig(Rig.task(catching: true))
    rig.submit(1)
    rig.fireTimer()
    #expect(rig.effects == ["stop 1"])
    #expect(rig.launches[2]?.state == "Clean")
    rig.fail(1)
    #expect(rig.effects == ["start 2"])
    rig.submit(2)
    rig.succeed(2)
    #expect(rig.core.run.status == .succeeded)
  }

  @Test("A task that exceeded its timeout is told of as that, not as what ECS says of a stopped task")
  func timedOut() {
    var rig = Rig(Rig.task())
    rig.submit(1)
    rig.fireTimer()
    rig.fail(1)
    #expect(rig.launches[1]?.diagnosis?.sentence == "jobd stopped the task: The task timed out")
    #expect(rig.messages.first?.body.contains("The task timed out") == true)
    #expect(rig.messages.first?.body.contains("container app ended with exit code 3") == false)
  }

  @Test("A launch that is held back while the run is stopped is never sent")
  func heldBackAndStopped() {
    var rig = Moment.heldBack.rig()
    rig.tell(.stop(reason: "enough"))
    rig.tell(.graceIsOver(launch: 1))
    #expect(rig.effects == ["finished"])
    #expect(rig.launches[2]?.status == .stopped)
    #expect(rig.launches[2]?.taskARN == nil)
  }

  @Test("A run that fails for good says so once, with the diagnosis")
  func failure() {
    var rig = Rig(Rig.task())
    rig.submit(1)
    rig.fail(1)
    rig.fail(1)
    rig.tell(.stop(reason: "too late"))
    #expect(rig.core.run.status == .failed)
    #expect(rig.messages.count == 1)
    #expect(rig.messages.allSatisfy { $0.id.hasPrefix("\(rig.core.run.id)/FAILED/") })
    #expect(rig.messages.first?.body.contains("exit code 3") == true)
  }

  @Test(
    "A machine without tasks is over in its first step",
    arguments: [("Succeed", RunStatus.succeeded, 0), ("Fail", .failed, 1)])
  func immediate(type: String, status: RunStatus, messages: Int) {
    let rig = Rig(["StartAt": "End", "States": ["End": ["Type": .string(type)]]])
    #expect(rig.core.run.status == status)
    #expect(rig.core.slot.state == status.slotState)
    #expect(rig.effects == ["finished"])
    #expect(rig.messages.count == messages)
  }

  @Test("A run whose open launch is not in the store cannot go on")
  func missingLaunch() throws {
    let rig = Rig(Rig.task())
    let machine = try #require(StateMachine.parse(Rig.task(), sourceMap: nil).machine)
    let (core, _) = RunCore.recover(
      run: rig.core.run, slot: rig.core.slot, launches: [],
      execution: try Execution(machine: machine, scopes: rig.scopes), at: Rig.start,
      surroundings: Rig.surroundings)
    #expect(!core.canGoOn)
  }

  @Test(
    "Waits for a number of seconds are lengths, which a clock set back does not stretch; a timestamp is an instant",
    arguments: [
      ("Seconds", JSONValue.integer(60), Int64(20), RunCore.Effect.countDown(timer: 1, .seconds(40))),
      ("Seconds", .integer(60), -3_600, .countDown(timer: 1, .seconds(60))),
      ("Timestamp", "2026-11-21T00:01:00Z", -3_600, .arm(timer: 1, at: Rig.start + .seconds(60))),
    ])
  func lengths(field: String, value: JSONValue, later: Int64, effect: RunCore.Effect) throws {
    let definition: JSONValue = [
      "StartAt": "Wait",
      "States": ["Wait": .object(["Type": "Wait", field: value, "Next": "End"]), "End": ["Type": "Succeed"]],
    ]
    let machine = try #require(StateMachine.parse(definition, sourceMap: nil).machine)
    let rig = Rig(definition)
    let (_, effects) = RunCore.recover(
      run: rig.core.run, slot: rig.core.slot, launches: [],
      execution: try Execution(machine: machine, scopes: rig.scopes),
      at: Rig.start + .seconds(later), surroundings: Rig.surroundings)
    #expect(effects == [effect])
  }

  @Test("A length that began after the clock was set back is not over at once")
  func lengthAfterStep() throws {
    let definition: JSONValue = [
      "StartAt": "Wait",
      "States": ["Wait": ["Type": "Wait", "Seconds": 60, "Next": "End"], "End": ["Type": "Succeed"]],
    ]
    let machine = try #require(StateMachine.parse(definition, sourceMap: nil).machine)
    let rig = Rig(definition)
    var run = rig.core.run
    run.startedAt = Rig.start + .seconds(3_600)
    let (_, effects) = RunCore.recover(
      run: run, slot: rig.core.slot, launches: [], execution: try Execution(machine: machine, scopes: rig.scopes),
      at: Rig.start + .seconds(20), surroundings: Rig.surroundings)
    #expect(effects == [.countDown(timer: 1, .seconds(40))])
  }
}
