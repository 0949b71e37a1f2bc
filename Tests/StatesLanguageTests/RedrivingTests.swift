import JobModel
import TestSupport
import Testing

@testable import StatesLanguage

/// Going on where an execution failed: a new execution takes what the other one has left in the store.
@Suite("Redriving")
struct RedrivingTests {
  static let task = #""Type": "Task", "Resource": "arn:aws:states:::ecs:runTask.sync""#

  static func failed(_ error: String = "E") -> TaskEvent { .failed(error: error, aliases: [], cause: "c") }

  /// What the failed execution has stored, with the definition that is in force now.
  static func redriven(_ failed: Driving, _ definition: String? = nil) throws -> Driving {
    let entry = try ExecutionEntry(scopes: failed.execution.rows())
    let machine = try definition.map { try #require(StateMachine.parse($0).machine) } ?? failed.execution.machine
    #expect(entry.problem(in: machine) == nil)
    var driving = Driving(machine)
    driving.execution = Execution(
      machine: machine, input: entry.input,
      context: ["Execution": ["Id": "again", "RedriveCount": .integer(Int64(entry.redriveCount))]], entry: entry)
    return driving
  }

  static func problem(_ failed: Driving, _ definition: String) throws -> String? {
    let machine = try #require(StateMachine.parse(definition).machine)
    return try ExecutionEntry(scopes: failed.execution.rows()).problem(in: machine)
  }

  static func states(_ driving: Driving) -> [String] {
    driving.history.compactMap { $0.details["stateEnteredEventDetails"]?["name"]?.stringValue }
  }

  // MARK: Parallel

  static func parallel(_ second: String = "B", _ more: String = "") -> String {
    """
    {"StartAt": "Both", "States": {"Both": {"Type": "Parallel", "End": true\(more), "Branches": [
      {"StartAt": "A", "States": {"A": {\(task), "End": true}}},
      {"StartAt": "\(second)", "States": {"\(second)": {\(task), "Next": "C"}, "C": {\(task), "End": true}}}]}}}
    """
  }

  /// The first branch has succeeded, the second one failed at its second state.
  static func halfParallel() throws -> Driving {
    var driving = try Driving(parallel())
    driving.begin()
    driving.tell(1, .succeeded(output: "a"))
    driving.tell(2, .succeeded(output: "b"))
    driving.tell(3, failed())
    #expect(driving.execution.result == .failed(error: "E", cause: "c"))
    return driving
  }

  @Test("A branch that has succeeded keeps its output, the other goes on at its failed state")
  func branch() throws {
    var again = try Self.redriven(try Self.halfParallel())
    again.begin()
    #expect(again.types.prefix(3) == ["ExecutionStarted", "ExecutionRedriven", "ParallelStateEntered"])
    #expect(again.history[1].details == ["executionRedrivenEventDetails": ["redriveCount": 1]])
    #expect(again.history.map(\.id) == Array(1...again.history.count))
    #expect(Self.states(again) == ["Both", "C"])
    #expect(again.execution.openTasks.map(\.arguments) == ["b"])
    again.tell(1, .succeeded(output: "c"))
    #expect(again.execution.result == .succeeded(output: ["a", "c"]))
  }

  @Test("What was gone on with fails and is gone on with again, and counts")
  func twice() throws {
    var again = try Self.redriven(try Self.halfParallel())
    again.begin()
    again.tell(1, Self.failed("Other"))
    var third = try Self.redriven(again)
    third.begin()
    #expect(third.history[1].details == ["executionRedrivenEventDetails": ["redriveCount": 2]])
    third.tell(1, .succeeded(output: "c"))
    #expect(third.execution.result == .succeeded(output: ["a", "c"]))
  }

  @Test("A redriven execution that is stored and read again at every step goes the same way")
  func storing() throws {
    var kept = try Self.redriven(try Self.halfMap(tolerated: 1))
    var stored = kept
    var rows: [String: [UInt8]] = [:]
    let events: [(inout Driving) -> Void] = [
      { $0.begin() }, { $0.tell(1, .succeeded(output: 1)) }, { $0.tell(2, Self.failed()) },
      { $0.tell(3, .succeeded(output: 3)) }, { $0.tell(4, .succeeded(output: 4)) },
    ]
    for event in events {
      event(&kept)
      event(&stored)
      for (name, bytes) in stored.execution.changedRows() { rows[name] = bytes }
      #expect(rows == kept.execution.rows())
      stored.execution = try Execution(machine: stored.execution.machine, scopes: rows)
      #expect(stored.execution.openTasks == kept.execution.openTasks)
    }
    #expect(stored.effects == kept.effects)
    #expect(stored.execution.result == kept.execution.result)
  }

  @Test("Outputs whose selector failed are not lost: only the selector runs again")
  func selector() throws {
    var driving = try Driving(Self.parallel("B", #", "ResultSelector": {"x.$": "$.nothing"}"#))
    driving.begin()
    for task in 1...3 { driving.tell(task, .succeeded(output: .integer(Int64(task)))) }
    guard case .failed = driving.execution.result else { return #expect(Bool(false)) }
    var again = try Self.redriven(driving, Self.parallel("B", #", "ResultSelector": {"x.$": "$[1]"}"#))
    again.begin()
    #expect(again.execution.result == .succeeded(output: ["x": 3]))
    #expect(Self.states(again) == ["Both"])
  }

  @Test("With branches added, the Parallel begins anew")
  func moreBranches() throws {
    let definition = """
      {"StartAt": "Both", "States": {"Both": {"Type": "Parallel", "End": true, "Branches": [
        {"StartAt": "A", "States": {"A": {\(Self.task), "End": true}}}]}}}
      """
    var again = try Self.redriven(try Self.halfParallel(), definition)
    again.begin()
    #expect(Self.states(again) == ["Both", "A"])
    again.tell(1, .succeeded(output: "new"))
    #expect(again.execution.result == .succeeded(output: ["new"]))
  }

  @Test("A state that has another name now is named, with its place")
  func renamed() throws {
    let definition = Self.parallel().replacing(#""C""#, with: #""Z""#)
    #expect(
      try Self.problem(try Self.halfParallel(), definition)
        == "the state machine has no state 'C' at /States/Both/Branches/1")
    let other = Self.parallel().replacing(#""Both""#, with: #""All""#)
    #expect(try Self.problem(try Self.halfParallel(), other) == "the state machine has no state 'Both'")
  }

  // MARK: Map

  static func map(
    tolerated: Int = 0, concurrency: Int = 2, distributed: Bool = false, processor: String = "ItemProcessor"
  )
    -> String
  {
    let mode = distributed ? #""ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}, "# : ""
    return """
      {"StartAt": "Each", "States": {"Each": {"Type": "Map", "End": true, "MaxConcurrency": \(concurrency),
        "ToleratedFailureCount": \(tolerated), "\(processor)": {\(mode)"StartAt": "Prepare", "States": {
          "Prepare": {"Type": "Pass", "Next": "Do"}, "Do": {\(task), "End": true}}}}}}
      """
  }

  /// Of five items the first has succeeded, the second failed, the third was stopped, two were never begun; with a
  /// tolerated failure the third has failed too.
  static func halfMap(tolerated: Int = 0, distributed: Bool = false) throws -> Driving {
    var driving = try Driving(map(tolerated: tolerated, distributed: distributed), input: [0, 1, 2, 3, 4])
    driving.begin()
    driving.tell(1, .succeeded(output: "done"))
    driving.tell(2, failed())
    if tolerated > 0 { driving.tell(3, failed()) }
    guard case .failed = driving.execution.result else { throw ScopeDecodingError(description: "it goes on") }
    return driving
  }

  @Test("Iterations that failed, were stopped or never begun run; the one that succeeded does not")
  func iterations() throws {
    var again = try Self.redriven(try Self.halfMap())
    again.begin()
    #expect(again.execution.openTasks.map(\.arguments) == [1, 2])
    // Those that had begun go on at their state, the others begin at the first.
    #expect(Self.states(again) == ["Each", "Do", "Do"])
    again.tell(1, .succeeded(output: "b"))
    #expect(again.execution.openTasks.map(\.arguments) == [2, 3])
    for task in 2...4 { again.tell(task, .succeeded(output: .integer(Int64(task)))) }
    #expect(again.execution.result == .succeeded(output: ["done", "b", 2, 3, 4]))
    #expect(again.types.filter { $0 == "MapIterationStarted" }.count == 4)
  }

  @Test("A mended concurrency holds from the start, also for iterations that had begun")
  func concurrency() throws {
    var again = try Self.redriven(try Self.halfMap(), Self.map(concurrency: 1))
    again.begin()
    for task in 1...4 {
      #expect(again.execution.openTasks.map(\.arguments) == [.integer(Int64(task))])
      again.execution = try Execution(machine: again.execution.machine, scopes: again.execution.rows())
      again.tell(task, .succeeded(output: .integer(Int64(task))))
    }
    #expect(again.execution.result == .succeeded(output: ["done", 1, 2, 3, 4]))
    // The third one, which waited for its turn, still went on where it was.
    #expect(Self.states(again).filter { $0 == "Prepare" }.count == 2)
  }

  @Test("Failures that were tolerated run again, and count anew", arguments: [false, true])
  func tolerated(distributed: Bool) throws {
    let failed = try Self.halfMap(tolerated: 1, distributed: distributed)
    var again = try Self.redriven(failed)
    again.begin()
    #expect(again.execution.openTasks.map(\.arguments) == [1, 2])
    again.tell(1, Self.failed())
    #expect(again.execution.result == nil)
    for task in 2...4 { again.tell(task, .succeeded(output: .integer(Int64(task)))) }
    guard case .succeeded(let output)? = again.execution.result else { return #expect(Bool(false)) }
    #expect(output.arrayValue?.count == 5)
    #expect(output.arrayValue?.first == "done")
    #expect(again.types.contains("MapRunRedriven") == distributed)
  }

  @Test("A distributed Map's child executions have no events, in a redrive too")
  func distributed() throws {
    var again = try Self.redriven(try Self.halfMap(distributed: true))
    again.begin()
    for task in 1...4 { again.tell(task, .succeeded(output: .integer(Int64(task)))) }
    #expect(again.execution.result == .succeeded(output: ["done", 1, 2, 3, 4]))
    #expect(
      again.types == [
        "ExecutionStarted", "ExecutionRedriven", "MapStateEntered", "MapStateStarted", "MapRunRedriven",
        "MapRunSucceeded", "MapStateSucceeded", "MapStateExited", "ExecutionSucceeded",
      ])
  }

  @Test("The field that holds the iterations' states may have been renamed, and their kind changed")
  func processor() throws {
    for definition in [Self.map(processor: "Iterator"), Self.map(distributed: true)] {
      var again = try Self.redriven(try Self.halfMap(), definition)
      again.begin()
      for task in 1...4 { again.tell(task, .succeeded(output: .integer(Int64(task)))) }
      #expect(again.execution.result == .succeeded(output: ["done", 1, 2, 3, 4]))
    }
  }

  @Test("A Map inside a Parallel inside a Map goes on in each of them")
  func nested() throws {
    let definition = """
      {"StartAt": "Outer", "States": {"Outer": {"Type": "Map", "End": true, "ItemProcessor": {
        "StartAt": "Both", "States": {"Both": {"Type": "Parallel", "End": true, "Branches": [
          {"StartAt": "Side", "States": {"Side": {\(Self.task), "End": true}}},
          {"StartAt": "Inner", "States": {"Inner": {"Type": "Map", "End": true, "ItemProcessor": {
            "StartAt": "Do", "States": {"Do": {\(Self.task), "End": true}}}}}}]}}}}}}
      """
    var driving = try Driving(definition, input: [["a", "b"], ["c"]])
    driving.begin()
    func number(_ state: String, _ arguments: JSONValue) -> Int {
      driving.execution.openTasks.first { $0.state == state && $0.arguments == arguments }?.task ?? 0
    }
    driving.tell(number("Side", ["c"]), .succeeded(output: "side of c"))
    driving.tell(number("Do", "c"), .succeeded(output: "C"))
    driving.tell(number("Do", "a"), .succeeded(output: "A"))
    driving.tell(number("Do", "b"), Self.failed())
    #expect(driving.execution.result == .failed(error: "E", cause: "c"))
    var again = try Self.redriven(driving)
    again.begin()
    #expect(again.execution.openTasks.map(\.state).sorted() == ["Do", "Side"])
    for task in again.execution.openTasks { again.tell(task.task, .succeeded(output: .string(task.state))) }
    #expect(again.execution.result == .succeeded(output: [["Side", ["A", "Do"]], ["side of c", ["C"]]]))
  }

  // MARK: Catch

  static let caught = """
    {"StartAt": "Load", "States": {
      "Load": {\(task), "Catch": [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.e", "Next": "Usual"}],
        "Next": "Check"},
      "Usual": {"Type": "Pass", "Next": "Check"},
      "Check": {"Type": "Choice", "Choices": [{"Variable": "$.bad", "IsPresent": true, "Next": "Give up"}],
        "Default": "Each"},
      "Each": {"Type": "Map", "ItemsPath": "$.items", "End": true, "ItemProcessor": {"StartAt": "Do", "States": {
        "Do": {\(task), "End": true}}}},
      "Give up": {"Type": "Fail"}}}
    """

  @Test("After a Catch that led to a Fail, the caught state is repeated with what it had")
  func caughtThenFail() throws {
    var driving = try Driving(Self.caught, input: ["bad": true, "items": []])
    driving.begin()
    driving.tell(1, Self.failed())
    guard case .failed = driving.execution.result else { return #expect(Bool(false)) }
    var again = try Self.redriven(driving)
    again.begin()
    #expect(Self.states(again) == ["Load"])
    #expect(again.execution.openTasks.map(\.arguments) == [["bad": true, "items": []]])
  }

  @Test("A scope that had come back from the handler goes on where it failed, and keeps what was done there")
  func caughtThenOn() throws {
    var driving = try Driving(Self.caught, input: ["items": [1, 2]])
    driving.begin()
    driving.tell(1, Self.failed())
    driving.tell(2, .succeeded(output: "one"))
    driving.tell(3, Self.failed("Late"))
    #expect(driving.execution.result == .failed(error: "Late", cause: "c"))
    var again = try Self.redriven(driving)
    again.begin()
    #expect(Self.states(again) == ["Each", "Do"])
    again.tell(1, .succeeded(output: "two"))
    #expect(again.execution.result == .succeeded(output: ["one", "two"]))
  }

  // MARK: Other ends

  @Test("One that was stopped, and one that timed out, go on with what they were at")
  func stopped() throws {
    let definition = Self.map().replacing(#""StartAt": "Each""#, with: #""TimeoutSeconds": 60, "StartAt": "Each""#)
    for stops in [true, false] {
      var driving = try Driving(definition, input: [0, 1, 2])
      driving.begin()
      driving.tell(1, .succeeded(output: "done"))
      if stops {
        let effects = driving.execution.abort(error: "Jobd.Stopped", cause: "enough", at: driving.now)
        let cancelled = effects.compactMap { if case .cancel(let task, _) = $0 { task } else { nil } }
        #expect(cancelled == [2, 3])
      } else {
        driving.fireNext()
        guard case .timedOut = driving.execution.result else { return #expect(Bool(false)) }
      }
      var again = try Self.redriven(driving)
      again.begin()
      #expect(again.execution.openTasks.map(\.arguments) == [1, 2])
      for task in 1...2 { again.tell(task, .succeeded(output: .integer(Int64(task)))) }
      #expect(again.execution.result == .succeeded(output: ["done", 1, 2]))
    }
  }

  @Test("An execution of the encoding's first version is read, and goes on")
  func firstVersion() throws {
    let definition = """
      {"StartAt": "Do", "States": {"Do": {\(Self.task), "Retry": [{"ErrorEquals": ["States.ALL"]}], "Next": "Wait"},
        "Wait": {"Type": "Wait", "Seconds": 5, "End": true}}}
      """
    let machine = try #require(StateMachine.parse(definition).machine)
    let rows = [
      "execution": """
      {"version":1,"lastEvent":7,"lastTask":2,"lastTimer":3,"machineTimer":1,
       "timers":[{"timer":1,"at":1700001000000},{"timer":3,"at":1700000060000,"scope":"root"}]}
      """,
      "context": #"{"Execution":{"Id":"x","Input":{"a":1},"RedriveCount":0},"StateMachine":{}}"#,
      "root": """
      {"state":"Do","input":{"a":1},"enteredAt":1700000000000,"enteredEvent":2,"previousEvent":7,"retries":{"0":1},
       "variables":{"v":[1]},"phase":{"is":"task","timer":3,"task":2,"resource":"arn:aws:states:::ecs:runTask.sync",
       "state":"Do","arguments":{"a":1}}}
      """,
    ].mapValues { Array($0.utf8) }
    var driving = Driving(machine)
    driving.execution = try Execution(machine: machine, scopes: rows)
    #expect(driving.execution.openTasks.map(\.task) == [2])
    driving.tell(2, .succeeded(output: "out"))
    #expect(driving.history.map(\.id) == [8, 9, 10])
    driving.fireNext()
    #expect(driving.execution.result == .succeeded(output: "out"))
    // Its timeout is told to its scope.
    driving.execution = try Execution(machine: machine, scopes: rows)
    driving.fire(3)
    #expect(driving.execution.timers.count == 2, "a retry waits beside the machine's own timeout")
  }

  @Test("An execution whose place is not stored is no entry")
  func noRows() throws {
    #expect(throws: ScopeDecodingError.self) { try ExecutionEntry(scopes: [:]) }
    var rows = try Self.halfMap().execution.rows()
    rows["root"] = nil
    #expect(throws: ScopeDecodingError.self) { try ExecutionEntry(scopes: rows) }
    rows = try Self.halfMap().execution.rows()
    rows["execution"] = Array(#"{"version": 99}"#.utf8)
    #expect(throws: ScopeDecodingError.self) { try ExecutionEntry(scopes: rows) }
  }
}
