import JobModel
import Scheduler
import TestSupport
import Testing

@Suite("Arguments of StartExecution")
struct ExecutionRequestTests {
  static let arn = "arn:aws:states:us-east-1:123456789012:stateMachine:close"

  private func request(_ arguments: JSONValue, _ form: ExecutionForm = .sync) throws(TaskFailure) -> ExecutionRequest {
    try ExecutionRequest(form: form, arguments: arguments, state: "Start")
  }

  @Test(
    "Every form of the resource is known, in every partition, and no other",
    arguments: [
      ("arn:aws:states:::states:startExecution", ExecutionForm.start),
      ("arn:aws-cn:states:::states:startExecution.sync", .sync),
      ("arn:aws:states:::states:startExecution.sync:2", .syncParsed),
      ("arn:aws:states:::states:startExecution.waitForTaskToken", .callback),
      ("arn:aws:states:::aws-sdk:sfn:startExecution", .sdk), ("arn:aws:states:::aws-sdk:sfn:startSyncExecution", nil),
      ("arn:aws:states:::ecs:runTask.sync", nil), ("states:startExecution", nil), ("", nil),
    ])
  func forms(resource: String, form: ExecutionForm?) { #expect(ExecutionForm(resource) == form) }

  @Test("A machine is named by its ARN or by its name alone")
  func machine() throws {
    let byARN = try request(["StateMachineArn": .string(Self.arn)])
    #expect(byARN.machine == "close")
    #expect(byARN.machineARN == Self.arn)
    #expect(byARN.input == [:])
    let byName = try request(["StateMachineArn": "close"])
    #expect(byName.machine == "close")
    #expect(byName.machineARN == "arn:aws:states:::stateMachine:close")
  }

  @Test("An input is taken as it is, a text for JSON that is written already, and none at all for {}")
  func input() throws {
    #expect(try request(["StateMachineArn": "a", "Input": ["x": 1]]).input == ["x": 1])
    #expect(try request(["StateMachineArn": "a", "Input": "{\"x\": 1}"]).input == ["x": 1])
    #expect(try request(["StateMachineArn": "a", "Input": .null]).input == [:])
  }

  @Test("What is kept with the launch is read to the same request")
  func roundTrip() throws {
    for input: JSONValue in ["\"text\"", ["a": ["b"]], .null, 3] {
      let request = try request(["StateMachineArn": .string(Self.arn), "Name": "june", "Input": input])
      #expect(try self.request(request.json) == request)
    }
  }

  @Test(
    "What the API would refuse has the API's name",
    arguments: [
      (["StateMachineArn": "no such name"], "StepFunctions.StateMachineDoesNotExistException"),
      (
        ["StateMachineArn": "arn:aws:states:us-east-1:1:stateMachine:a:7"],
        "StepFunctions.StateMachineDoesNotExistException"
      ),
      (["StateMachineArn": "arn:aws:sns:us-east-1:1:topic"], "StepFunctions.InvalidArnException"),
      (["StateMachineArn": "a", "Name": "a/b"], "StepFunctions.InvalidNameException"),
      (["StateMachineArn": "a", "Name": ""], "StepFunctions.InvalidNameException"),
      (["StateMachineArn": "a", "Input": "{"], "StepFunctions.InvalidExecutionInputException"),
      (["StateMachineArn": "a", "Inputs": [:]], "States.Runtime"), (["StateMachineArn": 7], "States.Runtime"),
      ([:], "States.Runtime"), (["a"], "States.Runtime"),
    ] as [(JSONValue, String)])
  func refused(arguments: JSONValue, error: String) throws {
    let failure = #expect(throws: TaskFailure.self) { try request(arguments) }
    #expect(failure?.error == error)
  }

  @Test("A name and an input are bounded")
  func bounds() {
    let name = String(repeating: "n", count: Limits.executionNameLength)
    #expect(throws: Never.self) { try request(["StateMachineArn": "a", "Name": .string(name)]) }
    #expect(throws: TaskFailure.self) { try request(["StateMachineArn": "a", "Name": .string(name + "n")]) }
    let long = String(repeating: "i", count: Limits.executionInputBytes)
    #expect(throws: TaskFailure.self) { try request(["StateMachineArn": "a", "Input": ["x": .string(long)]]) }
  }
}

@Suite("Answers about executions")
struct ExecutionAnswerTests {
  private let at = Instant(milliseconds: 1_795_219_230_500)
  private let run = RunID(slot: SlotKey(job: "close", scheduledAt: Instant(seconds: 1_795_219_230)), rerun: 0)

  private func answer(_ form: ExecutionForm, name: String? = nil) throws -> ExecutionAnswer {
    var arguments: JSONObject = ["StateMachineArn": .string(ExecutionRequestTests.arn)]
    if let name { arguments["Name"] = .string(name) }
    let request = try ExecutionRequest(form: form, arguments: .object(arguments), state: "Start")
    return ExecutionAnswer(
      request, run, status: .succeeded, input: #"{"a":1}"#, output: "[2]", startedAt: at, endedAt: at + .seconds(1))
  }

  @Test("An execution without a name is named as its run, by which it can be found")
  func names() throws {
    #expect(try answer(.start).arn == "arn:aws:states:us-east-1:123456789012:execution:close:\(run)")
    #expect(try answer(.start, name: "june").arn == "arn:aws:states:us-east-1:123456789012:execution:close:june")
  }

  @Test("Times are milliseconds, and text for an SDK integration")
  func times() throws {
    let arn = JSONValue.string(try answer(.start).arn)
    #expect(try answer(.start).envelope == ["ExecutionArn": arn, "StartDate": 1_795_219_230_500])
    #expect(try answer(.sdk).envelope == ["ExecutionArn": arn, "StartDate": "2026-11-21T00:00:30.500Z"])
  }

  @Test(".sync has input and output as texts, .sync:2 as JSON")
  func ends() throws {
    func output(_ form: ExecutionForm) throws -> JSONValue? {
      if case .succeeded(let output, _, _) = try answer(form, name: "june").ended { output } else { nil }
    }
    func expected(_ input: JSONValue, _ output: JSONValue) -> JSONValue {
      [
        "ExecutionArn": "arn:aws:states:us-east-1:123456789012:execution:close:june", "Input": input,
        "InputDetails": ["Included": true], "Name": "june", "Output": output, "OutputDetails": ["Included": true],
        "StartDate": 1_795_219_230_500, "StateMachineArn": .string(ExecutionRequestTests.arn), "Status": "SUCCEEDED",
        "StopDate": 1_795_219_231_500,
      ]
    }
    #expect(try output(.sync) == expected(#"{"a":1}"#, "[2]"))
    #expect(try output(.syncParsed) == expected(["a": 1], [2]))
  }

  @Test("A long cause is cut, so that executions inside each other do not double it each time")
  func longCause() throws {
    var failed = try answer(.sync)
    (failed.status, failed.output) = (.failed, nil)
    failed.cause = String(repeating: "\\", count: 3 * Limits.executionCauseBytes)
    guard case .failed(let failure) = failed.ended else {
      Issue.record("it did not fail")
      return
    }
    #expect(failure.cause.utf8.count < 3 * Limits.executionCauseBytes)
    #expect(try JSONValue.parse(failure.cause)["Cause"]?.stringValue?.hasSuffix("\\…") == true)
  }

  @Test("A failed execution fails the task, with all that is known of it as the cause")
  func failure() throws {
    var failed = try answer(.syncParsed, name: "june")
    (failed.status, failed.output, failed.error, failed.cause) = (.failed, nil, "Broken", "it broke")
    guard case .failed(let failure) = failed.ended else {
      Issue.record("it did not fail")
      return
    }
    #expect(failure.error == "States.TaskFailed")
    let cause = try JSONValue.parse(failure.cause)
    #expect(cause["Error"] == "Broken")
    #expect(cause["Cause"] == "it broke")
    #expect(cause["Status"] == "FAILED")
    #expect(cause["Input"] == #"{"a":1}"#)
    #expect(cause["Output"] == nil)
    #expect(cause["OutputDetails"] == nil)
  }
}
