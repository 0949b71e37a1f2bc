import JobModel
import StatesLanguage
import TestSupport
import Testing

@Suite("Task states")
struct TaskTests {
  static func machine(_ more: String = "", top: String = "") -> String {
    """
    {"StartAt": "Work"\(top), "States": {
      "Work": {"Type": "Task", "Resource": "arn:aws:states:::ecs:runTask.sync", "Parameters": {"Cluster": "batch"},
        "End": true\(more)},
      "Mend": {"Type": "Pass", "End": true}}}
    """.replacing(more.contains("Mend") ? "" : ",\n  \"Mend\": {\"Type\": \"Pass\", \"End\": true}", with: "")
  }

  static let failed = TaskEvent.failed(error: "States.TaskFailed", aliases: ["ECS.OutOfMemory"], cause: "{}")

  @Test("A task that is followed to its end passes through submitted and succeeded")
  func success() throws {
    var driving = try Driving(TaskTests.machine())
    let begun = driving.begin()
    let invocation = TaskInvocation(
      task: 1, state: "Work", resource: "arn:aws:states:::ecs:runTask.sync", arguments: ["Cluster": "batch"])
    #expect(begun.last == .invoke(invocation))
    #expect(driving.execution.openTasks == [invocation])
    driving.tell(1, .submitted(output: ["Failures": []]))
    #expect(driving.execution.openTasks == [invocation])
    driving.tell(1, .succeeded(output: ["ExitCode": 0]))
    #expect(driving.execution.result == .succeeded(output: ["ExitCode": 0]))
    #expect(
      driving.types == [
        "ExecutionStarted", "TaskStateEntered", "TaskScheduled", "TaskStarted", "TaskSubmitted", "TaskSucceeded",
        "TaskStateExited", "ExecutionSucceeded",
      ])
    #expect(driving.history.map(\.id) == Array(1...8))
    #expect(driving.history.map(\.previousID) == [0, 0, 2, 3, 4, 5, 6, 7])
    #expect(
      driving.history[2].details == [
        "taskScheduledEventDetails": [
          "resource": "runTask.sync", "resourceType": "ecs", "parameters": "{\"Cluster\":\"batch\"}",
        ]
      ])
  }

  @Test("Reports that come twice, late or for nothing change nothing")
  func strayReports() throws {
    var driving = try Driving(TaskTests.machine())
    driving.begin()
    let before = driving.execution
    #expect(driving.tell(7, .succeeded(output: 1)).isEmpty)
    #expect(driving.fire(9).isEmpty)
    #expect(driving.begin().isEmpty)
    #expect(driving.execution == before)
    driving.tell(1, .succeeded(output: 1))
    let after = driving.execution
    #expect(driving.tell(1, .succeeded(output: 2)).isEmpty)
    #expect(driving.execution.abort(error: nil, cause: nil, at: driving.now).isEmpty)
    #expect(driving.execution == after)
  }

  @Test("Retry waits longer each time, up to its maximum, and gives up after its attempts")
  func retry() throws {
    let rule =
      #", "Retry": [{"ErrorEquals": ["States.TaskFailed"], "IntervalSeconds": 2, "BackoffRate": 3, "#
      + #""MaxAttempts": 3, "MaxDelaySeconds": 10}]"#
    var driving = try Driving(TaskTests.machine(rule))
    driving.begin()
    var delays: [Duration] = []
    for task in 1...3 {
      driving.tell(task, TaskTests.failed)
      #expect(driving.execution.openTasks.isEmpty)
      let at = try #require(driving.execution.timers.values.first)
      delays.append(at - driving.now)
      #expect(driving.execution.isPause(try #require(driving.execution.timers.keys.first)))
      driving.fireNext()
      #expect(driving.execution.openTasks.map(\.task) == [task + 1])
    }
    #expect(delays == [.seconds(2), .seconds(6), .seconds(10)])
    driving.tell(4, TaskTests.failed)
    #expect(driving.execution.result == .failed(error: "States.TaskFailed", cause: "{}"))
    #expect(driving.types.filter { $0 == "TaskScheduled" }.count == 4)
  }

  @Test("Each retrier counts for itself, and full jitter stays below the computed delay")
  func retriers() throws {
    let rules =
      #", "Retry": [{"ErrorEquals": ["A"], "MaxAttempts": 1}, "#
      + #"{"ErrorEquals": ["States.ALL"], "MaxAttempts": 2, "IntervalSeconds": 100, "JitterStrategy": "FULL"}]"#
    var driving = try Driving(TaskTests.machine(rules))
    driving.begin()
    for (task, error) in [(1, "A"), (2, "B"), (3, "B")] {
      driving.tell(task, .failed(error: error, aliases: [], cause: ""))
      let at = try #require(driving.execution.timers.values.first)
      #expect(at - driving.now <= .seconds(error == "A" ? 1 : 200))
      driving.fireNext()
    }
    driving.tell(4, .failed(error: "A", aliases: [], cause: "again"))
    #expect(driving.execution.result == .failed(error: "A", cause: "again"))
  }

  @Test("A retrier matches by an alias, the first one decides, and each counts for itself")
  func aliasesInRetry() throws {
    let rules =
      #", "Retry": [{"ErrorEquals": ["ECS.ExitCode.75"], "MaxAttempts": 1, "IntervalSeconds": 5}, "#
      + #"{"ErrorEquals": ["ECS.OutOfMemory"], "MaxAttempts": 0}, "#
      + #"{"ErrorEquals": ["States.TaskFailed"], "MaxAttempts": 1, "IntervalSeconds": 7}]"#
    func failed(_ aliases: String...) -> TaskEvent { .failed(error: "States.TaskFailed", aliases: aliases, cause: "") }
    var driving = try Driving(TaskTests.machine(rules))
    driving.begin()
    for (task, aliases, seconds) in [(1, ["ECS.ExitCode.75"], 5), (2, ["ECS.ExitCode.1"], 7)] {
      driving.tell(task, .failed(error: "States.TaskFailed", aliases: aliases, cause: ""))
      let at = try #require(driving.execution.timers.values.first)
      #expect(at - driving.now == .seconds(seconds))
      driving.fireNext()
    }
    var exhausted = driving
    exhausted.tell(3, failed("ECS.ExitCode", "ECS.ExitCode.75"))
    #expect(exhausted.execution.result == .failed(error: "States.TaskFailed", cause: ""))
    driving.tell(3, failed("ECS.OutOfMemory", "ECS.ExitCode.137"))
    #expect(driving.execution.result == .failed(error: "States.TaskFailed", cause: ""))
  }

  @Test(
    "A rule matches the error or any of its aliases", arguments: ["ECS.OutOfMemory", "States.TaskFailed", "States.ALL"])
  func aliases(name: String) throws {
    let rule = #", "Catch": [{"ErrorEquals": ["\#(name)"], "Next": "Mend", "ResultPath": "$.error"}]"#
    var driving = try Driving(TaskTests.machine(rule), input: ["day": 1])
    driving.begin()
    driving.tell(1, TaskTests.failed)
    #expect(
      driving.execution.result
        == .succeeded(output: ["day": 1, "error": ["Error": "States.TaskFailed", "Cause": "{}"]]))
    #expect(Array(driving.types.suffix(5).prefix(2)) == ["TaskFailed", "TaskStateExited"])
  }

  @Test(
    "States.TaskFailed does not match a timeout, States.ALL neither a runtime error nor too much data",
    arguments: [
      ("States.TaskFailed", "States.Timeout", false), ("States.ALL", "States.Timeout", true),
      ("States.ALL", "States.Runtime", false), ("States.ALL", "States.DataLimitExceeded", false),
      ("States.DataLimitExceeded", "States.DataLimitExceeded", true), ("Mine", "Other", false),
    ])
  func matching(rule: String, error: String, isCaught: Bool) throws {
    let text = #", "Catch": [{"ErrorEquals": ["\#(rule)"], "Next": "Mend"}]"#
    var driving = try Driving(TaskTests.machine(text))
    driving.begin()
    driving.tell(1, .failed(error: error, aliases: [], cause: ""))
    #expect((driving.execution.result != .failed(error: error, cause: "")) == isCaught)
  }

  @Test("A task that takes too long is cancelled and fails with States.Timeout")
  func timeout() throws {
    var driving = try Driving(TaskTests.machine(#", "TimeoutSeconds": 60"#))
    driving.begin()
    #expect(driving.execution.timers == [1: Driving.start + .seconds(60)])
    #expect(!driving.execution.isPause(1))
    let effects = driving.fireNext()
    #expect(effects.first == .cancel(task: 1, reason: "The task timed out"))
    #expect(driving.types.suffix(2) == ["TaskTimedOut", "ExecutionFailed"])
    #expect(driving.execution.result == .failed(error: "States.Timeout", cause: nil))
    #expect(driving.tell(1, .succeeded(output: 1)).isEmpty)
  }

  @Test("The timeout is disarmed when the task is over, and armed anew for each attempt")
  func timeoutOfAttempts() throws {
    let rule = #", "TimeoutSeconds": 60, "Retry": [{"ErrorEquals": ["States.ALL"]}]"#
    var driving = try Driving(TaskTests.machine(rule))
    driving.begin()
    #expect(driving.tell(1, TaskTests.failed).contains(.disarm(timer: 1)))
    driving.fireNext()
    #expect(driving.execution.timers.values.first == driving.now + .seconds(60))
    driving.tell(2, .succeeded(output: 1))
    #expect(driving.execution.timers.isEmpty)
  }

  @Test("The machine's timeout cancels what is open and ends the execution as timed out")
  func machineTimeout() throws {
    var driving = try Driving(TaskTests.machine(top: #", "TimeoutSeconds": 5"#))
    driving.begin()
    let effects = driving.fireNext()
    #expect(effects.first == .cancel(task: 1, reason: "The execution timed out"))
    #expect(driving.types.last == "ExecutionTimedOut")
    #expect(effects.last == .finish(.timedOut(error: "States.Timeout", cause: nil)))
  }

  @Test("An abort cancels the open task and disarms its timers")
  func abort() throws {
    var driving = try Driving(TaskTests.machine(#", "TimeoutSeconds": 60"#))
    driving.begin()
    let effects = driving.execution.abort(error: "Stopped", cause: "by hand", at: driving.now)
    #expect(effects.prefix(2) == [.cancel(task: 1, reason: "by hand"), .disarm(timer: 1)])
    #expect(effects.last == .finish(.aborted(error: "Stopped", cause: "by hand")))
    #expect(driving.execution.openTasks.isEmpty)
  }

  @Test("What a task returns is selected and placed; the context tells how often it was retried")
  func results() throws {
    let fields =
      #", "ResultSelector": {"code.$": "$.ExitCode"}, "ResultPath": "$.work", "OutputPath": "$.work", "#
      + #""Retry": [{"ErrorEquals": ["States.ALL"]}]"#
    let definition = TaskTests.machine(fields).replacing(
      #"{"Cluster": "batch"}"#, with: #"{"retry.$": "$$.State.RetryCount"}"#)
    var driving = try Driving(definition)
    driving.begin()
    #expect(driving.execution.openTasks.first?.arguments == ["retry": 0])
    driving.tell(1, TaskTests.failed)
    driving.fireNext()
    #expect(driving.execution.openTasks.first?.arguments == ["retry": 1])
    driving.tell(2, .succeeded(output: ["ExitCode": 3]))
    #expect(driving.execution.result == .succeeded(output: ["code": 3]))
  }
}
