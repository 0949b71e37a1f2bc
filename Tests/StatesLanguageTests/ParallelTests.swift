import JobModel
import StatesLanguage
import Testing

@Suite("Parallel states")
struct ParallelTests {
  /// Two branches, each a task; `fields` are further fields of the Parallel.
  static func machine(_ fields: String = "") -> String {
    """
    {"StartAt": "Both", "States": {
      "Both": {"Type": "Parallel", "Next": "After", "Branches": [
        {"StartAt": "A", "States": {"A": {"Type": "Task", "Resource": "r:a", "TimeoutSeconds": 60, "End": true}}},
        {"StartAt": "B", "States": {"B": {"Type": "Task", "Resource": "r:b", "End": true}}}]\(fields)},
      \(fields.contains("Mended") ? #""Mended": {"Type": "Pass", "End": true},"# : "")
      "After": {"Type": "Pass", "End": true}}}
    """
  }

  @Test("The result is the list of the branches' outputs, in the branches' order")
  func outputs() throws {
    var driving = try Driving(Self.machine(), input: ["x": 1])
    driving.begin()
    #expect(driving.execution.openTasks.map(\.state) == ["A", "B"])
    #expect(driving.execution.openTasks.map(\.arguments) == [["x": 1], ["x": 1]])
    driving.tell(2, .succeeded(output: "b"))
    #expect(driving.execution.result == nil)
    driving.tell(1, .succeeded(output: "a"))
    #expect(driving.execution.result == .succeeded(output: ["a", "b"]))
  }

  @Test("Parameters go to every branch; ResultSelector and ResultPath shape the list")
  func shapes() throws {
    var driving = try Driving(
      Self.machine(
        #", "Parameters": {"y.$": "$.x"}, "ResultSelector": {"first.$": "$[0]"}, "ResultPath": "$.done""#),
      input: ["x": 1])
    driving.begin()
    #expect(driving.execution.openTasks.map(\.arguments) == [["y": 1], ["y": 1]])
    driving.tell(1, .succeeded(output: 10))
    driving.tell(2, .succeeded(output: 20))
    #expect(driving.execution.result == .succeeded(output: ["x": 1, "done": ["first": 10]]))
  }

  @Test("A failing branch stops its siblings: their tasks are cancelled, their timers disarmed")
  func failingBranch() throws {
    var driving = try Driving(Self.machine())
    driving.begin()
    let effects = driving.tell(2, .failed(error: "E", aliases: [], cause: "c"))
    #expect(effects.contains { if case .cancel(task: 1, _) = $0 { true } else { false } })
    #expect(effects.contains(.disarm(timer: 1)))
    #expect(driving.execution.result == .failed(error: "E", cause: "c"))
    #expect(driving.execution.openTasks.isEmpty && driving.execution.timers.isEmpty)
    #expect(driving.types.suffix(4) == ["TaskFailed", "TaskStateAborted", "ParallelStateFailed", "ExecutionFailed"])
    #expect(driving.tell(1, .succeeded(output: 1)).isEmpty)
  }

  @Test("Retry begins all branches anew; Catch leaves the state with the failing branch's error")
  func handlers() throws {
    var driving = try Driving(
      Self.machine(
        #", "Retry": [{"ErrorEquals": ["E"], "MaxAttempts": 1}], "Catch": [{"ErrorEquals": ["E"], "Next": "Mended"}]"#))
    driving.begin()
    driving.tell(1, .failed(error: "E", aliases: [], cause: "first"))
    #expect(driving.execution.openTasks.isEmpty)
    driving.fireNext()
    #expect(driving.execution.openTasks.map(\.task) == [3, 4])
    driving.tell(4, .failed(error: "E", aliases: [], cause: "second"))
    #expect(driving.execution.result == .succeeded(output: ["Error": "E", "Cause": "second"]))
    #expect(driving.types.filter { $0 == "ParallelStateStarted" }.count == 2)
    #expect(driving.types.filter { $0 == "ParallelStateFailed" }.count == 1)
  }

  @Test("Inner states see the outer variables; what they assign is gone when the state is left")
  func variables() throws {
    var driving = try Driving(
      """
      {"StartAt": "Set", "States": {
        "Set": {"Type": "Pass", "Assign": {"x": 1}, "Next": "P"},
        "P": {"Type": "Parallel", "Next": "Out", "Branches": [
          {"StartAt": "I", "States": {
            "I": {"Type": "Pass", "Assign": {"y.$": "$x"}, "Next": "J"},
            "J": {"Type": "Parallel", "End": true, "Branches": [{"StartAt": "K", "States": {
              "K": {"Type": "Pass", "Parameters": {"sum.$": "States.MathAdd($x, $y)"}, "End": true}}}]}}}]},
        "Out": {"Type": "Pass", "Parameters": {"inner.$": "$[0][0].sum", "y.$": "$y"}, "End": true}}}
      """)
    driving.runToEnd()
    guard case .failed("States.Runtime", let cause) = driving.execution.result else {
      Issue.record("\(String(describing: driving.execution.result))")
      return
    }
    #expect(cause?.contains("$y") == true)
    #expect(driving.types.filter { $0 == "ParallelStateSucceeded" }.count == 2)
  }

  @Test("What does not fit together inside a branch fails the execution, past Retry and Catch")
  func runtimeFailure() throws {
    var driving = try Driving(
      """
      {"StartAt": "P", "States": {"P": {"Type": "Parallel", "End": true, "Catch": [
        {"ErrorEquals": ["States.ALL"], "Next": "C"}], "Branches": [
        {"StartAt": "I", "States": {"I": {"Type": "Pass", "InputPath": "$.none", "End": true}}}]},
        "C": {"Type": "Pass", "End": true}}}
      """)
    driving.runToEnd()
    guard case .failed("States.Runtime", _) = driving.execution.result else {
      Issue.record("\(String(describing: driving.execution.result))")
      return
    }
  }

  @Test("Branches wait and retry side by side, and every step survives being stored")
  func storing() throws {
    let definition = """
      {"StartAt": "P", "States": {"P": {"Type": "Parallel", "End": true, "Branches": [
        {"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 30, "Next": "T"},
          "T": {"Type": "Task", "Resource": "r:a", "Retry": [{"ErrorEquals": ["States.ALL"]}], "End": true}}},
        {"StartAt": "V", "States": {"V": {"Type": "Wait", "Seconds": 10, "End": true}}}]}}}
      """
    let events: [(inout Driving) -> Void] = [
      { $0.begin() }, { $0.fireNext() }, { $0.fireNext() },
      { $0.tell(1, .failed(error: "E", aliases: [], cause: "c")) }, { $0.fireNext() },
      { $0.tell(2, .succeeded(output: "done")) },
    ]
    var kept = try Driving(definition, input: [:])
    var stored = kept
    var rows: [String: [UInt8]] = [:]
    for event in events {
      event(&kept)
      event(&stored)
      for (name, bytes) in stored.execution.changedRows() { rows[name] = bytes }
      #expect(rows == kept.execution.rows())
      stored.execution = try Execution(machine: stored.execution.machine, scopes: rows)
      #expect(stored.execution.timers == kept.execution.timers)
      #expect(stored.execution.openTasks == kept.execution.openTasks)
    }
    #expect(kept.effects == stored.effects)
    #expect(kept.execution.result == .succeeded(output: ["done", [:]]))
  }

  @Test("A Parallel inside a Parallel, many levels deep, ends from the inside out")
  func deep() throws {
    var states = #""T": {"Type": "Pass", "End": true}"#
    var start = "T"
    for level in 0..<40 {
      states =
        #""P\#(level)": {"Type": "Parallel", "End": true, "Branches": [{"StartAt": "\#(start)", "States": {\#(states)}}]}"#
      start = "P\(level)"
    }
    var driving = try Driving(#"{"StartAt": "\#(start)", "States": {\#(states)}}"#, input: 1)
    driving.runToEnd()
    var output = try #require(driving.execution.result?.output)
    for _ in 0..<40 { output = try #require(output[0]) }
    #expect(output == 1)
  }
}

extension ExecutionResult {
  var output: JSONValue? { if case .succeeded(let output) = self { output } else { nil } }
}
