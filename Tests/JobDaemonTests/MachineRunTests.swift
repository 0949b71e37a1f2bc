import ArgumentParser
import Foundation
import JobModel
import StatesLanguage
import TestSupport
import Testing

@testable import JobDaemon

@Suite("Rehearsals of a machine")
struct MachineRunTests {
  private static let start = Instant(seconds: 1_700_000_000)

  /// Runs a machine whose waits are skipped; nothing in it may take real time.
  private func run(
    _ definition: String, _ states: [String: [MockFile.Entry]] = [:]
  ) async throws -> MachineRunner.Outcome {
    let machine = try #require(StateMachine.parse(definition).machine)
    let time = ManualTime(now: Self.start)
    let runner = MachineRunner(
      job: "machine", machine: machine, input: [:], context: [:], time: time, random: SeededRandom(seed: 1),
      skipsWaits: true)
    return try await MachineDrivers(
      machine: machine, mocks: MockFile(states: states), isLocal: false, time: time, random: SeededRandom(seed: 1)
    ).perform(runner)
  }

  private func entry(_ attempts: ClosedRange<Int>, _ answer: MockFile.Answer) -> MockFile.Entry {
    MockFile.Entry(attempts: attempts, answer: answer)
  }

  private func task(_ resource: String, _ more: String = "") -> String {
    #"{"StartAt": "A", "States": {"A": {"Type": "Task", "Resource": "\#(resource)", "End": true\#(more)}}}"#
  }

  private let retry = #", "Retry": [{"ErrorEquals": ["Busy"], "MaxAttempts": 5, "IntervalSeconds": 600}]"#

  @Test("The answers follow each other over the retries")
  func retries() async throws {
    let outcome = try await run(
      task("arn:aws:states:::dynamodb:getItem", retry),
      ["A": [entry(0...1, .thrown(error: "Busy", cause: "c")), entry(2...2, .returned(["x": 1]))]])
    #expect(outcome.result == .succeeded(output: ["x": 1]))
    #expect(
      outcome.history.map(\.type).filter { $0.hasPrefix("Task") } == [
        "TaskStateEntered", "TaskScheduled", "TaskStarted", "TaskFailed", "TaskScheduled", "TaskStarted", "TaskFailed",
        "TaskScheduled", "TaskStarted", "TaskSucceeded", "TaskStateExited",
      ])
    #expect(outcome.mockProblems.isEmpty)
  }

  @Test(
    "What is followed to its end is submitted first, as in AWS",
    arguments: [
      ("arn:aws:states:::ecs:runTask", false), ("arn:aws:states:::ecs:runTask.sync", true),
      ("arn:aws:states:::states:startExecution.sync:2", true),
      ("arn:aws:states:::sqs:sendMessage.waitForTaskToken", true),
    ])
  func submission(resource: String, isSubmitted: Bool) async throws {
    for answer in [MockFile.Answer.returned(1), .thrown(error: "E", cause: "")] {
      let outcome = try await run(task(resource), ["A": [entry(0...0, answer)]])
      #expect(outcome.history.contains { $0.type == "TaskSubmitted" } == isSubmitted)
    }
  }

  @Test("Beyond the last answer the state fails with States.Runtime, which names state and attempt")
  func beyond() async throws {
    let outcome = try await run(
      task("arn:aws:states:::ecs:runTask.sync", retry), ["A": [entry(0...1, .thrown(error: "Busy", cause: ""))]])
    let problem = "The mock of the state 'A' has no answer to attempt 2, only to 0-1"
    #expect(outcome.result == .failed(error: "States.Runtime", cause: problem))
    #expect(outcome.mockProblems == [problem])
  }

  @Test("Attempts count over the visits of a loop, for each state by itself")
  func loops() async throws {
    let machine = #"""
      {"StartAt": "Ask", "States": {
        "Ask": {"Type": "Task", "Resource": "arn:aws:states:::dynamodb:getItem", "Next": "Done?"},
        "Done?": {"Type": "Choice", "Choices": [{"Variable": "$.done", "BooleanEquals": true, "Next": "Tell"}],
          "Default": "Wait"},
        "Wait": {"Type": "Wait", "Seconds": 86400, "Next": "Ask"},
        "Tell": {"Type": "Task", "Resource": "arn:aws:states:::sns:publish", "End": true}}}
      """#
    let outcome = try await run(
      machine,
      [
        "Ask": [entry(0...4, .returned(["done": false])), entry(5...5, .returned(["done": true]))],
        "Tell": [entry(0...0, .returned("told"))],
      ])
    #expect(outcome.result == .succeeded(output: "told"))
    // The times are those of five days.
    #expect(outcome.history.last?.timestamp == Self.start + .seconds(5 * 86_400))
  }

  @Test("A Task state without a mock starts nothing, and fails by its name even where a Catch takes everything")
  func missing() async throws {
    let catching = #", "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "B"}]}, "B": {"Type": "Succeed""#
    let outcome = try await run(task("arn:aws:states:::ecs:runTask.sync", catching))
    guard case .failed("States.Runtime"?, let cause?) = outcome.result else {
      Issue.record("\(outcome.result)")
      return
    }
    #expect(cause == "The state 'A' has no mock, and nothing else here performs arn:aws:states:::ecs:runTask.sync")
    #expect(outcome.mockProblems == [cause])
  }

  @Test("What the file does not answer is performed by another driver, where one handles it")
  func others() async throws {
    let other = MockTaskDriver(MockFile(states: ["B": [entry(0...0, .returned(2))]]), others: [])
    let driver = MockTaskDriver(MockFile(states: ["A": [entry(0...0, .returned(1))]]), others: [other])
    let run = RunID(slot: SlotKey(job: "machine", scheduledAt: Self.start), rerun: 0)
    for (number, state) in [(1, "A"), (2, "B")] {
      let request = TaskRequest(
        launch: LaunchID(run: run, number: number), task: number, state: state,
        resource: "arn:aws:states:::ecs:runTask.sync", arguments: [:])
      let launch = try driver.prepare(request, installation: "i", at: Self.start)
      guard case .submitted = try await driver.start(launch, recovering: false) else {
        Issue.record("\(state) was not submitted")
        return
      }
      let output = JSONValue.integer(Int64(number))
      #expect(try await driver.follow(launch) == .succeeded(output: output, result: output))
    }
  }

  @Test("A wait that is skipped does not outlast the machine's timeout")
  func timeouts() async throws {
    let waits =
      #"{"StartAt": "A", "TimeoutSeconds": 60, "States": {"A": {"Type": "Wait", "Seconds": 61, "End": true}}}"#
    let outcome = try await run(waits)
    #expect(outcome.result == .timedOut(error: "States.Timeout", cause: nil))
    #expect(outcome.history.last?.timestamp == Self.start + .seconds(60))
    #expect(try await run(waits.replacing("61", with: "59")).result == .succeeded(output: [:]))
  }

  @Test("A task's timeout is not skipped")
  func taskTimeouts() async throws {
    let definition = task("arn:aws:states:::ecs:runTask.sync", #", "TimeoutSeconds": 60"#)
    let machine = try #require(StateMachine.parse(definition).machine)
    let time = ManualTime(now: Self.start)
    let runner = MachineRunner(
      job: "machine", machine: machine, input: [:], context: [:], time: time, random: SeededRandom(seed: 1),
      drivers: [Endless()], skipsWaits: true)
    async let outcome = runner.run()
    await time.waitForSleepers()
    #expect(time.untilNextWake() == .seconds(60))
    time.advance(by: .seconds(60))
    #expect(try await outcome.result == .failed(error: "States.Timeout", cause: nil))
  }

  /// Takes every task and never ends it.
  private struct Endless: TaskDriver {
    func handles(_ resource: String) -> Bool { true }

    func prepare(_ request: TaskRequest, installation: String, at now: Instant) throws(TaskFailure) -> Launch {
      Launch(
        id: request.launch, task: request.task, state: request.state, resource: request.resource, request: [:],
        intendedAt: now)
    }

    func start(
      _ launch: Launch, recovering: Bool, permit: @escaping LaunchPermit
    ) async throws(CancellationError) -> LaunchReport {
      _ = try await permit()
      return .submitted(taskARN: "t", submission: [:])
    }

    func follow(_ launch: Launch) async throws(CancellationError) -> LaunchReport {
      let (stream, _) = AsyncStream.makeStream(of: Never.self)
      for await _ in stream {}
      throw CancellationError()
    }

    func stop(_ launch: Launch, reason: String) async throws(CancellationError) {}
  }

  // MARK: The command line

  @Test(
    "What does not go together is refused",
    arguments: [
      (["run", "-", "--input", "@-"], "--input and the definition cannot both be standard input."),
      (["run", "m.json", "--mock", "-", "--context", "@-"], "--context and --mock cannot both be standard input."),
      (["run", "m.json", "--test-case", "A"], "--test-case and --machine choose from a mock file"),
      (["render"], "A definition's file is needed, or --run."),
      (["render", "m.json", "--run", "a.20261121T030000Z.0"], "--run brings its own definition and history"),
      (["render", "m.json", "--run", "x"], "The value 'x' is invalid for '--run <run>'"),
      (["render", "m.json", "--socket", "s"], "--socket is for --run."),
      (["render", "-", "--history", "-"], "--history and the definition cannot both be standard input."),
      (["render", "m.json", "--format", "svg"], "Please provide one of 'mermaid' and 'dot'."),
    ])
  func refused(words: [String], message: String) {
    do {
      _ = try MachineCommand.parseAsRoot(words)
      Issue.record("\(words) was taken")
    } catch {
      #expect(MachineCommand.message(for: error).contains(message))
    }
  }

  @Test("A value may stand in a file")
  func files() throws {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("jobd-\(UUID()).json").path
    try Data(#"{"b": 1}"#.utf8).write(to: URL(fileURLWithPath: path))
    defer { try? FileManager.default.removeItem(atPath: path) }
    #expect(try MachineFile.json("@" + path, option: "--input") == ["b": 1])
    #expect(try MachineFile.json("[1]", option: "--input") == [1])
    for wrong in ["{", "@", "@" + path + ".not"] {
      #expect(throws: (any Error).self) { try MachineFile.json(wrong, option: "--input") }
    }
    #expect(
      MachineFile.machineName("/a/month-end.asl.json") == "month-end" && MachineFile.machineName("-") == "machine")
  }
}
