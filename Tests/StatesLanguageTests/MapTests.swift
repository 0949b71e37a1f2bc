import JobModel
import StatesLanguage
import Testing

@Suite("Map states")
struct MapTests {
  /// A task for every item; `fields` are further fields of the Map.
  static func machine(_ fields: String = "", mode: String = "INLINE") -> String {
    """
    {"StartAt": "Each", "States": {
      "Each": {"Type": "Map", "Next": "After", "ItemProcessor": {
        "ProcessorConfig": {"Mode": "\(mode)"\(mode == "INLINE" ? "" : #", "ExecutionType": "STANDARD""#)},
        "StartAt": "T", "States": {"T": {"Type": "Task", "Resource": "r:t", "End": true}}}\(fields)},
      \(fields.contains("Mended") ? #""Mended": {"Type": "Pass", "End": true},"# : "")
      "After": {"Type": "Pass", "End": true}}}
    """
  }

  static let failed = TaskEvent.failed(error: "E", aliases: [], cause: "c")

  @Test("The result is the list of the iterations' outputs in the items' order, whichever ends first")
  func order() throws {
    var driving = try Driving(Self.machine(), input: ["a", "b", "c"])
    driving.begin()
    #expect(driving.execution.openTasks.map(\.arguments) == ["a", "b", "c"])
    for (task, output) in [(2, "B"), (3, "C"), (1, "A")] { driving.tell(task, .succeeded(output: .string(output))) }
    #expect(driving.execution.result == .succeeded(output: ["A", "B", "C"]))
  }

  @Test("No more iterations run at a time than MaxConcurrency, or its path, says", arguments: ["number", "path"])
  func concurrency(kind: String) throws {
    let field = kind == "number" ? #", "MaxConcurrency": 2"# : #", "MaxConcurrencyPath": "$.most""#
    var driving = try Driving(
      Self.machine(field + #", "ItemsPath": "$.items""#), input: ["items": [1, 2, 3, 4, 5], "most": 2])
    driving.begin()
    var most = 0
    while let task = driving.execution.openTasks.first {
      most = max(most, driving.execution.openTasks.count)
      driving.tell(task.task, .succeeded(output: task.arguments))
    }
    #expect(most == 2)
    #expect(driving.execution.result == .succeeded(output: [1, 2, 3, 4, 5]))
  }

  @Test("Without MaxConcurrency forty iterations run at a time")
  func defaultConcurrency() throws {
    var driving = try Driving(Self.machine(), input: .array((0..<100).map { .integer($0) }))
    driving.begin()
    #expect(driving.execution.openTasks.count == 40)
  }

  @Test("ItemSelector sees the state's input, the item and its index")
  func itemSelector() throws {
    var driving = try Driving(
      Self.machine(
        #", "ItemsPath": "$.items", "ItemSelector": {"i.$": "$$.Map.Item.Index", "v.$": "$$.Map.Item.Value", "#
          + #""all.$": "$.shared"}"#), input: ["items": ["x", "y"], "shared": true])
    driving.begin()
    #expect(
      driving.execution.openTasks.map(\.arguments) == [
        ["i": 0, "v": "x", "all": true], ["i": 1, "v": "y", "all": true],
      ])
  }

  @Test("Map.Item is there in every state of an iteration, also in a Parallel inside it")
  func mapItem() throws {
    var driving = try Driving(
      """
      {"StartAt": "M", "States": {"M": {"Type": "Map", "End": true, "Iterator": {"StartAt": "P", "States": {
        "P": {"Type": "Parallel", "End": true, "Branches": [{"StartAt": "I", "States": {
          "I": {"Type": "Pass", "Parameters": {"i.$": "$$.Map.Item.Index"}, "End": true}}}]}}}}}}
      """, input: ["a", "b"])
    driving.runToEnd()
    #expect(driving.execution.result == .succeeded(output: [[["i": 0]], [["i": 1]]]))
  }

  @Test("No items, no iterations: the result is an empty list")
  func empty() throws {
    var driving = try Driving(Self.machine(), input: [])
    driving.begin()
    #expect(driving.execution.result == .succeeded(output: []))
    #expect(
      driving.types == [
        "ExecutionStarted", "MapStateEntered", "MapStateStarted", "MapStateSucceeded", "MapStateExited",
        "PassStateEntered", "PassStateExited", "ExecutionSucceeded",
      ])
  }

  @Test("Items that are no list fail the execution with AWS's words")
  func noList() throws {
    var driving = try Driving(Self.machine(#", "ItemsPath": "$.items""#), input: ["items": 5])
    driving.begin()
    #expect(
      driving.execution.result
        == .failed(
          error: "States.Runtime",
          cause: "An error occurred while executing the state 'Each' (entered at the event id #2). "
            + "Reference path \"$.items\" must point to array."))
  }

  @Test("A failing iteration aborts the others and fails the state")
  func failure() throws {
    var driving = try Driving(Self.machine(), input: [1, 2, 3])
    driving.begin()
    driving.tell(1, .succeeded(output: 1))
    let effects = driving.tell(2, Self.failed)
    #expect(effects.contains { if case .cancel(task: 3, _) = $0 { true } else { false } })
    #expect(driving.execution.result == .failed(error: "E", cause: "c"))
    #expect(
      driving.types.suffix(6) == [
        "TaskFailed", "MapIterationFailed", "TaskStateAborted", "MapIterationAborted", "MapStateFailed",
        "ExecutionFailed",
      ])
  }

  @Test(
    "As many iterations may fail as are tolerated; their outputs tell why",
    arguments: [
      (#""ToleratedFailureCount": 1"#, 1, true), (#""ToleratedFailureCount": 1"#, 2, false),
      (#""ToleratedFailurePercentage": 50"#, 2, true), (#""ToleratedFailurePercentage": 50"#, 3, false),
      (#""ToleratedFailureCountPath": "$[0]""#, 1, true),
    ])
  func tolerated(field: String, failures: Int, succeeds: Bool) throws {
    var driving = try Driving(Self.machine(", " + field), input: [1, 2, 3, 4])
    driving.begin()
    for task in 1...4 {
      driving.tell(task, task <= failures ? Self.failed : .succeeded(output: .integer(Int64(task))))
    }
    let error: JSONValue = ["Error": "E", "Cause": "c"]
    if succeeds {
      let outputs = (1...4).map { $0 <= failures ? error : JSONValue.integer(Int64($0)) }
      #expect(driving.execution.result == .succeeded(output: .array(outputs)))
    } else {
      #expect(driving.execution.result == .failed(error: "E", cause: "c"))
    }
  }

  @Test("Where both tolerances are given, it is too many as soon as one of them is exceeded")
  func bothTolerances() throws {
    var driving = try Driving(
      Self.machine(#", "ToleratedFailureCount": 1, "ToleratedFailurePercentage": 90"#), input: [1, 2, 3, 4])
    driving.begin()
    driving.tell(1, Self.failed)
    #expect(driving.execution.result == nil)
    driving.tell(2, Self.failed)
    #expect(driving.execution.result == .failed(error: "E", cause: "c"))
  }

  @Test("29 % of a hundred items are 29 of them")
  func percentage() throws {
    var driving = try Driving(
      Self.machine(#", "ToleratedFailurePercentage": 29, "MaxConcurrency": 100"#),
      input: .array((0..<100).map { .integer($0) }))
    driving.begin()
    for task in 1...29 { driving.tell(task, Self.failed) }
    #expect(driving.execution.result == nil)
    driving.tell(30, Self.failed)
    #expect(driving.execution.result == .failed(error: "E", cause: "c"))
  }

  @Test("A batch that fails counts for all its items")
  func batchTolerance() throws {
    var driving = try Driving(
      Self.machine(
        #", "ToleratedFailureCount": 3, "ItemBatcher": {"MaxItemsPerBatch": 2}"#, mode: "DISTRIBUTED"),
      input: .array((0..<8).map { .integer($0) }))
    driving.begin()
    driving.tell(1, Self.failed)
    #expect(driving.execution.result == nil)
    driving.tell(2, Self.failed)
    #expect(driving.execution.result != nil)
  }

  @Test(
    "What is given up inside an iteration is cancelled with it",
    arguments: ["\"ToleratedFailureCount\": 1", "\"Retry\": [{\"ErrorEquals\": [\"States.ALL\"]}]"])
  func nothingLeftBehind(field: String) throws {
    var driving = try Driving(
      """
      {"StartAt": "M", "States": {"M": {"Type": "Map", \(field), "Next": "W", "ItemProcessor": {
        "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}, "StartAt": "P", "States": {
        "P": {"Type": "Parallel", "End": true, "Branches": [
          {"StartAt": "T", "States": {"T": {"Type": "Task", "Resource": "r:t", "TimeoutSeconds": 900, "End": true}}},
          {"StartAt": "V", "States": {"V": {"Type": "Wait", "Seconds": 1, "Next": "B"},
            "B": {"Type": "Pass", "InputPath": "$.none", "End": true}}}]}}}},
        "W": {"Type": "Wait", "Seconds": 60, "End": true}}}
      """, input: [1])
    driving.begin()
    let effects = driving.fireNext()
    #expect(effects.contains { if case .cancel(task: 1, _) = $0 { true } else { false } })
    #expect(driving.execution.openTasks.isEmpty && driving.execution.timers.count == 1)
  }

  @Test("Retries fill the history too, and a child execution has a history of its own")
  func eventLimit() throws {
    var driving = try Driving(
      Self.machine(#", "Retry": [{"ErrorEquals": ["E"], "MaxAttempts": 1000}]"#), input: [1])
    driving.execution.limits.events = 100
    driving.begin()
    while let task = driving.execution.openTasks.first {
      driving.tell(task.task, Self.failed)
      if driving.execution.result == nil { driving.fireNext() }
    }
    // What is on its way when there is no more room is still told.
    #expect(driving.history.count < 110)
    guard case .failed("States.Runtime", _) = driving.execution.result else {
      Issue.record("\(String(describing: driving.execution.result))")
      return
    }
    var child = try Driving(
      """
      {"StartAt": "M", "States": {"M": {"Type": "Map", "End": true, "ItemProcessor": {
        "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}, "StartAt": "A", "States": {
        "A": {"Type": "Choice", "Choices": [{"Variable": "$.x", "IsPresent": true, "Next": "B"}], "Default": "A"},
        "B": {"Type": "Succeed"}}}}}}
      """, input: [1])
    child.execution.limits.events = 100
    child.runToEnd()
    guard case .failed("States.ExceedToleratedFailureThreshold", _) = child.execution.result else {
      Issue.record("\(String(describing: child.execution.result))")
      return
    }
  }

  @Test("Of two Maps one after the other each stores its own items")
  func twoMaps() throws {
    let map = { (next: String) in
      #""Type": "Map", "ItemsPath": "$.\#(next)", "ResultPath": null, "ItemProcessor": {"StartAt": "T\#(next)", "States": "#
        + #"{"T\#(next)": {"Type": "Task", "Resource": "r:t", "End": true}}}"#
    }
    var driving = try Driving(
      #"{"StartAt": "A", "States": {"A": {\#(map("a")), "Next": "B"}, "B": {\#(map("b")), "End": true}}}"#,
      input: ["a": [1], "b": ["x", "y"]])
    var rows: [String: [UInt8]] = [:]
    driving.begin()
    for (name, bytes) in driving.execution.changedRows() { rows[name] = bytes }
    driving.tell(1, .succeeded(output: 1))
    for (name, bytes) in driving.execution.changedRows() { rows[name] = bytes }
    driving.execution = try Execution(machine: driving.execution.machine, scopes: rows)
    #expect(driving.execution.openTasks.map(\.arguments) == ["x", "y"])
    #expect(rows == driving.execution.rows())
    driving.tell(2, .succeeded(output: 2))
    driving.tell(3, .succeeded(output: 3))
    #expect(driving.execution.result?.output == ["a": [1], "b": ["x", "y"]])
  }

  @Test("Retry begins the Map anew, Catch leaves it")
  func handlers() throws {
    var driving = try Driving(
      Self.machine(
        #", "Retry": [{"ErrorEquals": ["E"], "MaxAttempts": 1}], "Catch": [{"ErrorEquals": ["E"], "Next": "Mended"}]"#),
      input: [1, 2])
    driving.begin()
    driving.tell(1, Self.failed)
    driving.fireNext()
    #expect(driving.execution.openTasks.map(\.arguments) == [1, 2])
    driving.tell(3, Self.failed)
    #expect(driving.execution.result == .succeeded(output: ["Error": "E", "Cause": "c"]))
  }

  @Test("A distributed Map's iterations see no outer variables and leave no events; too many failures have a name")
  func distributed() throws {
    var driving = try Driving(
      Self.machine(#", "MaxConcurrency": 2, "ToleratedFailureCount": 1"#, mode: "DISTRIBUTED"), input: [1, 2, 3])
    driving.begin()
    #expect(driving.execution.openTasks.count == 2)
    driving.tell(1, Self.failed)
    driving.tell(2, .succeeded(output: 2))
    driving.tell(3, Self.failed)
    guard case .failed(let error, _) = driving.execution.result else {
      Issue.record("\(String(describing: driving.execution.result))")
      return
    }
    #expect(error == "States.ExceedToleratedFailureThreshold")
    #expect(
      driving.types == [
        "ExecutionStarted", "MapStateEntered", "MapStateStarted", "MapRunStarted", "MapRunFailed", "MapStateFailed",
        "ExecutionFailed",
      ])
  }

  @Test("ItemBatcher hands several items to an iteration, by number or by size")
  func batches() throws {
    var driving = try Driving(
      Self.machine(
        #", "ItemSelector": {"n.$": "$$.Map.Item.Value"}, "ItemBatcher": {"MaxItemsPerBatch": 2, "#
          + #""BatchInput": {"shared": 1}}"#, mode: "DISTRIBUTED"), input: [1, 2, 3])
    driving.begin()
    #expect(
      driving.execution.openTasks.map(\.arguments) == [
        ["BatchInput": ["shared": 1], "Items": [["n": 1], ["n": 2]]],
        ["BatchInput": ["shared": 1], "Items": [["n": 3]]],
      ])
  }

  @Test("One step of a large Map rewrites few rows, and an execution read from them goes on the same way")
  func rows() throws {
    var kept = try Driving(Self.machine(#", "MaxConcurrency": 3"#), input: .array((0..<200).map { .integer($0) }))
    var stored = kept
    kept.begin()
    stored.begin()
    var rows: [String: [UInt8]] = [:]
    for (name, bytes) in stored.execution.changedRows() { rows[name] = bytes }
    while let task = kept.execution.openTasks.last {
      kept.tell(task.task, .succeeded(output: task.arguments))
      stored.tell(task.task, .succeeded(output: task.arguments))
      let changes = stored.execution.changedRows()
      if kept.execution.result == nil {
        #expect(changes.count <= 5 && changes["root"] == nil, "\(changes.keys.sorted())")
      }
      for (name, bytes) in changes { rows[name] = bytes }
      stored.execution = try Execution(machine: stored.execution.machine, scopes: rows)
    }
    #expect(stored.effects == kept.effects)
    #expect(kept.execution.result?.output?.arrayValue?.count == 200)
    #expect(Set(rows.keys) == ["execution", "context"])
  }

  @Test("A Map of very many iterations breathes between them, and needs no deep stack")
  func many() throws {
    let machine = """
      {"StartAt": "M", "States": {"M": {"Type": "Map", "ResultPath": null, "End": true, "ItemProcessor": {
        "StartAt": "I", "States": {"I": {"Type": "Pass", "End": true}}}}}}
      """
    var driving = try Driving(machine, input: .array((0..<20_000).map { .integer($0) }))
    driving.execution.limits = ExecutionLimits(.large)
    driving.runToEnd()
    #expect(driving.execution.result?.output?.arrayValue?.count == 20_000)
  }
}
