import ControlAPI
import JobModel
import Scheduler
import StatesLanguage
import TestSupport
import Testing

@testable import JobDaemon

@Suite("Answers for tasks")
struct TaskAnswerTests {
  private static let run = RunID(
    slot: SlotKey(job: "report", scheduledAt: Instant(seconds: 1_795_219_200)), rerun: 0)

  @Test(
    "A refusal has Step Functions' name, and the exit status of a wrong call or of a task that is over",
    arguments: [
      (TaskAnswerRefusal.invalidToken, CommandStatus.invalid, "(InvalidToken)"),
      (.taskDoesNotExist(run), .invalid, "(TaskDoesNotExist)"), (.taskTimedOut(run), .refused, "(TaskTimedOut)"),
      (.tooLong("output", 300_000, limit: 262_144), .invalid, "the output is 300000 bytes long"),
      (.tooLong("cause", 33_000, limit: 32_768), .invalid, "the cause is 33000 characters long"),
      (.store(StoreError(code: .full, message: "the disk is full")), .failed, "the disk is full"),
    ])
  func refusals(refusal: TaskAnswerRefusal, status: CommandStatus, text: String) {
    let error = ControlError(refusal)
    #expect(error.code.exitStatus == status)
    #expect(error.message.contains(text), "\(error.message)")
  }

  /// Performs everything at once, and remembers what it was asked.
  private struct Mock: TaskDriver {
    var answersForTokens: Bool

    func handles(_ resource: String) -> Bool { true }

    func prepare(_ request: TaskRequest, installation: String, at now: Instant) throws(TaskFailure) -> Launch {
      Launch(
        id: request.launch, task: request.task, state: request.state, resource: request.resource,
        request: request.arguments, intendedAt: now)
    }

    func start(
      _ launch: Launch, recovering: Bool, permit: @escaping LaunchPermit
    ) async throws(CancellationError) -> LaunchReport {
      _ = try await permit()
      return .succeeded(output: ["mocked": true], result: [:])
    }

    func follow(_ launch: Launch) async throws(CancellationError) -> LaunchReport { .succeeded(output: 1, result: 1) }
    func stop(_ launch: Launch, reason: String) async throws(CancellationError) {}
  }

  private static func outcome(_ driver: any TaskDriver) async throws -> MachineRunner.Outcome {
    let definition: JSONValue = [
      "StartAt": "Ask",
      "States": [
        "Ask": [
          "Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken", "End": true,
          "Catch": [["ErrorEquals": ["States.ALL"], "Next": "Caught"]],
        ], "Caught": ["Type": "Pass", "End": true],
      ],
    ]
    let machine = try #require(StateMachine.parse(definition, sourceMap: nil).machine)
    return try await MachineRunner(
      job: "machine", machine: machine, input: [:], context: [:], time: ManualTime(now: Instant(seconds: 0)),
      random: SeededRandom(seed: 1), drivers: [driver]
    ).run()
  }

  @Test("Without a daemon a state that waits for its token fails before anything is launched")
  func withoutDaemon() async throws {
    let outcome = try await Self.outcome(Mock(answersForTokens: false))
    guard case .failed("States.Runtime", let cause?) = outcome.result else {
      Issue.record("\(outcome.result)")
      return
    }
    #expect(cause.contains("there is nobody to bring it to"))
    #expect(!outcome.history.map(\.type).contains("TaskSubmitted"))
  }

  @Test("A mock answers for it")
  func mocked() async throws {
    #expect(try await Self.outcome(Mock(answersForTokens: true)).result == .succeeded(output: ["mocked": true]))
  }
}
