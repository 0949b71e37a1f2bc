import JobModel
import StatesLanguage
import TestSupport
import Testing

@testable import Scheduler

/// Tasks that are over when somebody brings their token back.
@Suite("RunCore: task tokens")
struct RunCoreTokenTests {
  typealias Rig = RunCoreRig

  /// One Task that hands its token out, with a timeout (timer 1) and a heartbeat (timer 2).
  static func machine(retries: Int64 = 0) -> JSONValue {
    [
      "StartAt": "Ask",
      "States": [
        "Ask": [
          "Type": "Task", "Resource": "arn:aws:states:::ecs:runTask.waitForTaskToken", "TimeoutSeconds": 3_600,
          "HeartbeatSeconds": 60, "Parameters": ["Token.$": "$$.Task.Token"], "End": true,
          "Retry": [["ErrorEquals": ["States.ALL"], "IntervalSeconds": 5, "MaxAttempts": .integer(retries)]],
        ]
      ],
    ]
  }

  /// What became of the request before the answer comes.
  enum Moment: CaseIterable, Sendable {
    /// Sent, and nothing was heard of it.
    case sent
    /// There is a task to follow and to stop.
    case hasTask
    /// The resource has answered, and there is nothing to follow.
    case hasAnswered
    /// The task has ended well, and its token is still awaited.
    case taskIsOver

    func rig(retries: Int64 = 0) -> Rig {
      var rig = Rig(machine(retries: retries))
      switch self {
      case .sent: break
      case .hasTask: rig.submit(1)
      case .hasAnswered: rig.tell(.report(launch: 1, .succeeded(output: ["MessageId": "m"], result: [:])))
      case .taskIsOver:
        rig.submit(1)
        rig.succeed(1)
      }
      return rig
    }
  }

  static let order = [
    "ExecutionStarted", "TaskStateEntered", "TaskScheduled", "TaskStarted", "TaskSubmitted",
  ]

  @Test("The token is the launch's, names its run, and stands in the arguments")
  func token() throws {
    let launch = try #require(Rig(Self.machine()).launches[1])
    let token = try #require(TaskToken(launch.token ?? ""))
    #expect(token.execution == launch.id.run.description)
    #expect(token.task == launch.task)
    #expect(launch.request == ["Token": .string(token.text)])
  }

  @Test(
    "What is submitted waits for its answer, in Step Functions' order of events", arguments: Moment.allCases.dropFirst()
  )
  func submitted(moment: Moment) throws {
    for var rig in [moment.rig(), try moment.rig().recovered()] {
      #expect(rig.events == Self.order)
      #expect(rig.core.canGoOn)
      #expect(rig.launches[1]?.status == .submitted)
      #expect(rig.launches[1]?.endedAt == nil)
      rig.answer(1, .succeeded(output: ["rows": 12]))
      #expect(rig.events == Self.order + ["TaskSucceeded", "TaskStateExited", "ExecutionSucceeded"])
      #expect(rig.core.run.output == #"{"rows":12}"#)
      #expect(rig.launches[1]?.status == .succeeded)
      #expect(rig.effects == ["finished"])
    }
  }

  @Test("A new process follows the task where there is one that may fail, and otherwise only waits")
  func recovery() throws {
    #expect(try Moment.sent.rig().recovered().effects == ["start 1 recovering"])
    #expect(Moment.hasTask.rig().effects == ["follow 1"])
    #expect(try Moment.hasTask.rig().recovered().effects == ["follow 1"])
    #expect(Moment.hasAnswered.rig().effects.isEmpty)
    #expect(try Moment.hasAnswered.rig().recovered().effects.isEmpty)
    #expect(try Moment.taskIsOver.rig().recovered().effects.isEmpty)
  }

  @Test("A failed answer fails the attempt with its error and cause, and Retry may take it")
  func failed() {
    var rig = Moment.hasAnswered.rig(retries: 1)
    rig.answer(1, .failed(error: "Shop.Closed", cause: "no \(rig.launches[1]?.token ?? "") today"))
    #expect(rig.launches[1]?.status == .failed)
    #expect(
      rig.launches[1]?.diagnosis?.sentence == "the task was answered as failed: Shop.Closed: no jobd-task-… today")
    rig.tell(.timer(3))
    #expect(rig.effects == ["start 2"])
    #expect(rig.launches[2]?.token != rig.launches[1]?.token)
    rig.submit(2)
    rig.answer(2, .failed(error: nil, cause: nil))
    #expect(rig.core.run.status == .failed)
    #expect(rig.core.run.error == "States.TaskFailed")
  }

  @Test("An answer that is faster than the reply to the request counts, after what became of the request")
  func early() {
    var rig = Moment.sent.rig()
    rig.answer(1, .succeeded(output: 1))
    #expect(rig.writes.isEmpty)
    rig.submit(1)
    #expect(rig.events == Self.order + ["TaskSucceeded", "TaskStateExited", "ExecutionSucceeded"])
    #expect(rig.effects == ["finished"])
    var other = Moment.sent.rig()
    other.answer(1, .succeeded(output: 1))
    other.tell(.report(launch: 1, .succeeded(output: [:], result: [:])))
    #expect(other.events == rig.events)
  }

  @Test("An early answer counts where the reply is lost or a timer fires", arguments: [true, false])
  func earlyAndLost(isTimer: Bool) {
    var rig = Moment.sent.rig()
    rig.answer(1, .succeeded(output: 1))
    if isTimer { rig.tell(.timer(1)) } else { rig.fail(1) }
    #expect(rig.core.run.status == .succeeded)
    #expect(rig.core.run.output == "1")
  }

  @Test("What times out makes sure that nobody has answered, and stops the task where there is one", arguments: [1, 2])
  func timeout(timer: Int) {
    var rig = Moment.hasTask.rig()
    rig.tell(.timer(timer))
    #expect(rig.effects == ["stop 1"])
    #expect(rig.expectsNoAnswer)
    rig.answer(1, .succeeded(output: 1))
    #expect(rig.core.run.status == .running)
    rig.succeed(1)
    #expect(rig.core.run.error == "States.Timeout")
    for moment in [Moment.hasAnswered, .taskIsOver] {
      var rig = moment.rig()
      rig.tell(.timer(timer))
      #expect(rig.expectsNoAnswer)
      #expect(rig.effects == ["finished"])
      #expect(rig.launches[1]?.status == .stopped)
    }
  }

  @Test("A heartbeat counts at every moment, and moves the heartbeat's timer alone", arguments: Moment.allCases)
  func heartbeat(moment: Moment) throws {
    var rig = moment.rig()
    rig.tell(.timer(4_711), after: .seconds(50))
    rig.answer(1, .heartbeat)
    #expect(rig.core.execution.timers == [1: Rig.start + .seconds(3_600), 2: Rig.start + .seconds(110)])
    #expect(rig.writes.contains { if case .removeAnswer = $0 { true } else { false } })
    #expect(try rig.recovered().core.execution.timers == rig.core.execution.timers)
  }

  @Test("A task that fails without having answered fails the attempt, unless somebody has answered")
  func taskFailed() {
    var rig = Moment.hasTask.rig()
    rig.fail(1)
    #expect(rig.expectsNoAnswer)
    #expect(rig.core.run.status == .failed)
    #expect(rig.launches[1]?.diagnosis?.sentence == "container app ended with exit code 3")
  }

  @Test(
    "After the answer nothing else of the task is looked at, and a second answer is cleared away",
    arguments: Moment.allCases)
  func late(moment: Moment) {
    var rig = moment.rig(retries: 1)
    rig.submit(1)
    rig.answer(1, .failed(error: "A", cause: nil))
    let version = rig.core.run.version
    rig.submit(1)
    rig.succeed(1)
    rig.fail(1)
    #expect(rig.core.run.version == version)
    rig.answer(1, .succeeded(output: 1))
    #expect(rig.writes.count == 2)
    #expect(rig.launches[1]?.status == .failed)
  }

  @Test("A stop ends the run whatever is awaited, and needs no look for answers", arguments: Moment.allCases)
  func stop(moment: Moment) {
    var rig = moment.rig()
    rig.tell(.stop(reason: "enough"))
    #expect(!rig.expectsNoAnswer)
    if moment == .sent || moment == .hasTask {
      #expect(rig.core.run.status == .running)
      rig.submit(1)
      rig.succeed(1)
    }
    #expect(rig.core.run.status == .aborted)
  }

  @Test("An answer in one branch that ends the others does not wait for their answers")
  func branches() {
    let branch: (String) -> JSONValue = { name in
      ["StartAt": .string(name), "States": .object([name: Self.machine()["States"]?["Ask"] ?? [:]])]
    }
    var rig = Rig([
      "StartAt": "Both",
      "States": ["Both": ["Type": "Parallel", "Branches": [branch("A"), branch("B")], "End": true]],
    ])
    rig.answer(2, .succeeded(output: 1))
    rig.submit(1)
    rig.answer(1, .failed(error: "A", cause: nil))
    #expect(!rig.expectsNoAnswer)
    #expect(rig.launches[2]?.status == .stopped)
    rig.fail(2)
    #expect(rig.core.run.error == "A")
  }
}

extension RunCoreRig {
  /// Whether the latest step is only taken where nobody has answered.
  fileprivate var expectsNoAnswer: Bool {
    writes.contains { if case .expectUnanswered = $0 { true } else { false } }
  }
}
