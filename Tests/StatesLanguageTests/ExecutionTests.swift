import JobModel
import StatesLanguage
import TestSupport
import Testing

@Suite("Execution")
struct ExecutionTests {
  static let machine = """
    {"StartAt": "First", "TimeoutSeconds": 1000, "States": {
      "First": {"Type": "Pass", "Assign": {"day.$": "$.day"}, "Next": "Pause"},
      "Pause": {"Type": "Wait", "Seconds": 30, "Next": "Work"},
      "Work": {"Type": "Task", "Resource": "arn:aws:states:::ecs:runTask.sync", "TimeoutSeconds": 60,
        "Parameters": {"day.$": "$day"}, "Retry": [{"ErrorEquals": ["States.ALL"]}], "Next": "Last"},
      "Last": {"Type": "Succeed"}}}
    """

  @Test("An execution that is stored and read again at every step goes the same way")
  func storing() throws {
    let events: [(inout Driving) -> Void] = [
      { $0.begin() }, { $0.fireNext() }, { $0.tell(1, .failed(error: "E", aliases: [], cause: "c")) },
      { $0.fireNext() }, { $0.tell(2, .submitted(output: [:])) }, { $0.tell(2, .succeeded(output: 1.5)) },
    ]
    var kept = try Driving(ExecutionTests.machine, input: ["day": "2026-11-21"])
    var stored = kept
    for event in events {
      event(&kept)
      event(&stored)
      stored.execution = try Execution(machine: stored.execution.machine, scopes: stored.execution.rows())
      #expect(stored.execution.timers == kept.execution.timers)
      #expect(stored.execution.openTasks == kept.execution.openTasks)
      #expect(stored.execution.rows() == kept.execution.rows())
    }
    #expect(kept.effects == stored.effects)
    #expect(stored.execution.result == .succeeded(output: 1.5))
  }

  @Test("The row of the context never changes after the start")
  func rows() throws {
    var driving = try Driving(ExecutionTests.machine, input: ["day": "x"])
    driving.begin()
    let before = driving.execution.rows()
    driving.fireNext()
    let after = driving.execution.rows()
    #expect(Set(after.keys) == ["execution", "context", "root"])
    #expect(before["context"] == after["context"])
    #expect(before["root"] != after["root"])
  }

  @Test(
    "Rows that are no execution are refused with what is wrong",
    arguments: [
      [:], ["execution": "{}"], ["execution": #"{"version": 99}"#], ["execution": "nonsense"],
      ["execution": #"{"version": 1, "lastEvent": 1, "lastTask": 0, "lastTimer": 0}"#],
      ["execution": #"{"version": 1, "lastEvent": -1, "lastTask": 0, "lastTimer": 0}"#, "context": "{}"],
      ["execution": #"{"version": 1, "lastEvent": 1, "lastTask": 0, "lastTimer": 0}"#, "context": "{}", "root": "{}"],
    ])
  func brokenRows(rows: [String: String]) throws {
    let machine = try #require(StateMachine.parse(ExecutionTests.machine).machine)
    #expect(throws: ScopeDecodingError.self) {
      try Execution(machine: machine, scopes: rows.mapValues { Array($0.utf8) })
    }
  }

  @Test("Very many states in one step pause on a timer that is due at once")
  func breather() throws {
    let loop = """
      {"StartAt": "A", "States": {
        "A": {"Type": "Pass", "Parameters": {"n.$": "States.MathAdd($.n, 1)"}, "Next": "B"},
        "B": {"Type": "Choice", "Choices": [{"Variable": "$.n", "NumericEquals": 2500, "Next": "C"}], "Default": "A"},
        "C": {"Type": "Succeed"}}}
      """
    var driving = try Driving(loop, input: ["n": 0])
    let first = driving.begin()
    #expect(driving.execution.result == nil)
    #expect(first.last == .arm(timer: 1, at: driving.now))
    driving.execution = try Execution(machine: driving.execution.machine, scopes: driving.execution.rows())
    while driving.execution.result == nil { driving.fireNext() }
    #expect(driving.execution.result == .succeeded(output: ["n": 2500]))
    #expect(driving.history.map(\.id) == Array(1...driving.history.count))
    #expect(driving.now == Driving.start)
  }

  @Test("A machine that never ends fails when its history is full")
  func endlessLoop() throws {
    var driving = try Driving(
      #"{"StartAt": "A", "States": {"A": {"Type": "Choice", "Choices": ["#
        + #"{"Variable": "$.x", "IsPresent": true, "Next": "B"}], "Default": "A"}, "B": {"Type": "Succeed"}}}"#)
    driving.execution.limits.events = 100
    driving.runToEnd()
    #expect(driving.history.count <= 100)
    #expect(
      driving.execution.result
        == .failed(error: "States.Runtime", cause: "The execution reached the maximum number of history events (100)."))
  }

  @Test("All of a state's expressions see the variables as they were at its entry")
  func variables() throws {
    var driving = try Driving(
      """
      {"StartAt": "A", "States": {
        "A": {"Type": "Pass", "Assign": {"x": 1, "y": 10}, "Next": "B"},
        "B": {"Type": "Pass", "Parameters": {"x.$": "$x"}, "Assign": {"x.$": "$y", "y.$": "$x"}, "Next": "C"},
        "C": {"Type": "Pass", "Parameters": {"x.$": "$x", "y.$": "$y"}, "End": true}}}
      """)
    driving.runToEnd()
    #expect(driving.execution.result == .succeeded(output: ["x": 10, "y": 1]))
  }

  @Test("Fail takes its error and cause from paths and functions")
  func failPaths() throws {
    var driving = try Driving(
      """
      {"StartAt": "F", "States": {"F": {"Type": "Fail", "ErrorPath": "$.error",
        "CausePath": "States.Format('{} failed', $.job)"}}}
      """, input: ["error": "Mine", "job": "nightly"])
    driving.runToEnd()
    #expect(driving.execution.result == .failed(error: "Mine", cause: "nightly failed"))
    #expect(driving.types == ["ExecutionStarted", "FailStateEntered", "ExecutionFailed"])
  }

  @Test("A Choice without a match and without a default fails")
  func noChoice() throws {
    var driving = try Driving(
      """
      {"StartAt": "C", "States": {"C": {"Type": "Choice", "Choices": [
        {"Variable": "$.x", "NumericEquals": 1, "Next": "S"}]}, "S": {"Type": "Succeed"}}}
      """, input: ["x": 2])
    driving.runToEnd()
    guard case .failed(let error, _) = driving.execution.result else { return #expect(Bool(false)) }
    #expect(error == "States.NoChoiceMatched")
  }
}
