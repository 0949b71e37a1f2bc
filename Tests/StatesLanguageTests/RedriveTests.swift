import JobModel
import StatesLanguage
import Testing

/// Going on with what an execution that failed has left.
@Suite("Going on where an execution failed")
struct RedriveTests {
  /// The execution that goes on, in a machine that may have been mended.
  private func resumed(_ failed: Driving, _ definition: String? = nil) throws -> Driving {
    let entry = try ExecutionEntry(scopes: failed.execution.rows())
    let machine = try #require(definition.map { StateMachine.parse($0).machine } ?? failed.execution.machine)
    #expect(entry.problem(in: machine) == nil)
    var driving = Driving(machine)
    driving.execution = Execution(machine: machine, input: [1, 2, 3], entry: entry)
    driving.begin()
    return driving
  }

  @Test("Branches that succeeded keep their outputs; the one that failed runs again")
  func parallel() throws {
    var failed = try Driving(ParallelTests.machine(), input: ["x": 1])
    failed.begin()
    failed.tell(1, .succeeded(output: "a"))
    failed.tell(2, MapTests.failed)
    var driving = try resumed(failed)
    #expect(driving.execution.openTasks.map(\.state) == ["B"])
    #expect(driving.execution.openTasks.map(\.arguments) == [["x": 1]])
    driving.tell(1, .succeeded(output: "b"))
    #expect(driving.execution.result == .succeeded(output: ["a", "b"]))
    #expect(driving.types.filter { $0 == "ParallelStateStarted" }.count == 1)
  }

  @Test(
    "Iterations that succeeded are kept; failed, aborted and unbegun ones run", arguments: ["INLINE", "DISTRIBUTED"])
  func map(mode: String) throws {
    var failed = try Driving(MapTests.machine(#", "MaxConcurrency": 2"#, mode: mode), input: [1, 2, 3, 4])
    failed.begin()
    failed.tell(1, .succeeded(output: 10))
    failed.tell(2, MapTests.failed)
    var driving = try resumed(failed)
    #expect(driving.execution.openTasks.map(\.arguments) == [2, 3])
    while let task = driving.execution.openTasks.first { driving.tell(task.task, .succeeded(output: task.arguments)) }
    #expect(driving.execution.result == .succeeded(output: [10, 2, 3, 4]))
  }

  @Test("After a Catch that led to a Fail, the state that was caught runs again, with its variables")
  func caught() throws {
    let definition = """
      {"StartAt": "S", "States": {
        "S": {"Type": "Pass", "Assign": {"x": 1}, "Next": "T"},
        "T": {"Type": "Task", "Resource": "r:t", "Parameters": {"x.$": "$x"}, "End": true, "Catch": [
          {"ErrorEquals": ["States.ALL"], "Assign": {"x": 2}, "Next": "Sorry"}]},
        "Sorry": {"Type": "Pass", "Next": "F"}, "F": {"Type": "Fail", "Error": "Sorry"}}}
      """
    var failed = try Driving(definition)
    failed.begin()
    failed.tell(1, MapTests.failed)
    #expect(failed.execution.result == .failed(error: "Sorry", cause: nil))
    let driving = try resumed(failed)
    #expect(driving.execution.openTasks.map(\.arguments) == [["x": 1]])
  }

  @Test("A mended definition is used; one without the state is refused with its name")
  func mended() throws {
    var failed = try Driving(ParallelTests.machine())
    failed.begin()
    failed.tell(1, .succeeded(output: "a"))
    failed.tell(2, MapTests.failed)
    let driving = try resumed(failed, ParallelTests.machine().replacing("r:b", with: "r:mended"))
    #expect(driving.execution.openTasks.map(\.resource) == ["r:mended"])

    let entry = try ExecutionEntry(scopes: failed.execution.rows())
    let renamed = ParallelTests.machine().replacing(#""B""#, with: #""C""#)
    let machine = try #require(StateMachine.parse(renamed).machine)
    #expect(entry.problem(in: machine)?.contains("'B'") == true)
  }

  @Test("An execution that was aborted goes on with everything that was open")
  func aborted() throws {
    var failed = try Driving(ParallelTests.machine())
    failed.begin()
    _ = failed.execution.abort(error: "Stopped", cause: nil, at: failed.now)
    let driving = try resumed(failed)
    #expect(driving.execution.openTasks.map(\.state) == ["A", "B"])
  }

  @Test("A nested Map goes on inside the branch that failed")
  func nested() throws {
    let definition = """
      {"StartAt": "P", "States": {"P": {"Type": "Parallel", "End": true, "Branches": [
        {"StartAt": "M", "States": {"M": {"Type": "Map", "End": true, "ItemProcessor": {
          "StartAt": "T", "States": {"T": {"Type": "Task", "Resource": "r:t", "End": true}}}}}},
        {"StartAt": "I", "States": {"I": {"Type": "Pass", "Result": "fixed", "End": true}}}]}}}
      """
    var failed = try Driving(definition, input: [1, 2, 3])
    failed.begin()
    failed.tell(1, .succeeded(output: 1))
    failed.tell(2, MapTests.failed)
    var driving = try resumed(failed)
    #expect(driving.execution.openTasks.map(\.arguments) == [2, 3])
    driving.tell(1, .succeeded(output: 2))
    driving.tell(2, .succeeded(output: 3))
    #expect(driving.execution.result == .succeeded(output: [[1, 2, 3], "fixed"]))
  }

  @Test("Rows that tell of no failure are refused")
  func nothing() throws {
    var driving = try Driving(ParallelTests.machine())
    #expect(throws: ScopeDecodingError.self) { try ExecutionEntry(scopes: driving.execution.rows()) }
    driving.begin()
    driving.tell(1, .succeeded(output: 1))
    driving.tell(2, .succeeded(output: 2))
    #expect(throws: ScopeDecodingError.self) { try ExecutionEntry(scopes: driving.execution.rows()) }
  }
}
