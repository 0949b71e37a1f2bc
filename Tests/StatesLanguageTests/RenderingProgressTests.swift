import JobModel
import StatesLanguage
import Testing

@Suite("What became of a run's states")
struct RenderingProgressTests {
  private static let machine = #"""
    {"StartAt": "Try", "States": {
      "Try": {"Type": "Task", "Resource": "arn:aws:lambda:eu-west-1:1:function:f", "Next": "Both",
        "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Mend"}]},
      "Both": {"Type": "Parallel", "End": true, "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Mend"}],
        "Branches": [
          {"StartAt": "Left", "States": {"Left": {"Type": "Task", "Resource": "arn:x:y:z:1:2", "End": true}}},
          {"StartAt": "Right", "States": {"Right": {"Type": "Wait", "Seconds": 9, "End": true}}}]},
      "Mend": {"Type": "Pass", "End": true}}}
    """#

  private func progress(_ rows: [(type: String, state: String?, previous: Int)]) throws -> [String] {
    let graph = try RenderingTests.graph(Self.machine)
    let progress = MachineProgress(graph, history: Events.make(rows))
    return graph.allStates.map { state in
      progress[state.name].entries > 0
        ? "\(state.name) \(progress[state.name].status.rawValue) \(progress[state.name].entries)" : "-"
    }
  }

  @Test("A task that failed and was tried again has succeeded")
  func retried() throws {
    let rows: [(type: String, state: String?, previous: Int)] = [
      ("ExecutionStarted", nil, 0), ("TaskStateEntered", "Try", 1), ("TaskScheduled", nil, 2), ("TaskFailed", nil, 3),
      ("TaskScheduled", nil, 4), ("TaskSucceeded", nil, 5), ("TaskStateExited", "Try", 6),
    ]
    #expect(try progress(rows) == ["Try succeeded 1", "-", "-", "-", "-"])
    #expect(try progress(Array(rows.prefix(4))) == ["Try running 1", "-", "-", "-", "-"])
    #expect(try progress(rows.prefix(4) + [("ExecutionFailed", nil, 4)]) == ["Try failed 1", "-", "-", "-", "-"])
    #expect(try progress(rows.prefix(3) + [("ExecutionAborted", nil, 3)]) == ["Try stopped 1", "-", "-", "-", "-"])
    #expect(try progress(rows.prefix(3) + [("ExecutionTimedOut", nil, 3)]) == ["Try failed 1", "-", "-", "-", "-"])
  }

  @Test("A state that goes on where only a Catch leads was caught, also where no event says that it failed")
  func caught() throws {
    let rows: [(type: String, state: String?, previous: Int)] = [
      ("TaskStateEntered", "Try", 0), ("TaskStateExited", "Try", 1), ("PassStateEntered", "Mend", 2),
      ("PassStateExited", "Mend", 3), ("ExecutionSucceeded", nil, 4),
    ]
    #expect(try progress(rows) == ["Try caught 1", "-", "-", "-", "Mend succeeded 1"])
  }

  private static let failing: [(type: String, state: String?, previous: Int)] = [
    ("ParallelStateEntered", "Both", 0), ("ParallelStateStarted", nil, 1), ("TaskStateEntered", "Left", 2),
    ("WaitStateEntered", "Right", 2), ("TaskScheduled", nil, 3), ("TaskFailed", nil, 5),
    ("ParallelStateFailed", nil, 6),
  ]

  @Test("Where a branch fails, its siblings were stopped")
  func branches() throws {
    #expect(
      try progress(Array(Self.failing.prefix(5))) == ["-", "Both running 1", "Left running 1", "Right running 1", "-"])
    #expect(
      try progress(Self.failing + [("ExecutionFailed", nil, 7)])
        == ["-", "Both failed 1", "Left failed 1", "Right stopped 1", "-"])
    #expect(
      try progress(Self.failing + [("ParallelStateExited", "Both", 7), ("PassStateEntered", "Mend", 8)])
        == ["-", "Both caught 1", "Left failed 1", "Right stopped 1", "Mend running 1"])
  }

  @Test("Another attempt of a Parallel runs its branches again")
  func attempts() throws {
    let again: [(type: String, state: String?, previous: Int)] = [
      ("ParallelStateStarted", nil, 7), ("TaskStateEntered", "Left", 8), ("WaitStateEntered", "Right", 8),
    ]
    #expect(try progress(Self.failing) == ["-", "Both running 1", "Left failed 1", "Right stopped 1", "-"])
    #expect(
      try progress(Self.failing + again) == ["-", "Both running 1", "Left running 2", "Right running 2", "-"])
  }

  @Test("The order of the events and the lack of the first ones do not matter")
  func partial() throws {
    let graph = try RenderingTests.graph(Self.machine)
    let events = Events.make([
      ("TaskStateEntered", "Try", 0), ("TaskScheduled", nil, 1), ("TaskSucceeded", nil, 2),
      ("TaskStateExited", "Try", 3), ("ParallelStateEntered", "Both", 4),
    ])
    #expect(MachineProgress(graph, history: events.reversed()) == MachineProgress(graph, history: events))
    let late = MachineProgress(graph, history: Array(events.dropFirst(2)))
    #expect(late["Try"].status == .notReached && late["Both"].status == .running)
  }

  @Test("A Fail state has failed, and the history of another machine is told")
  func others() throws {
    let graph = try RenderingTests.graph(#"{"StartAt": "F", "States": {"F": {"Type": "Fail"}}}"#)
    let events = Events.make([("FailStateEntered", "F", 0), ("PassStateEntered", "Elsewhere", 0)])
    let progress = MachineProgress(graph, history: events)
    #expect(progress["F"] == MachineProgress.Progress(status: .failed, entries: 1))
    #expect(progress.unknownStates(in: graph) == ["Elsewhere"])
  }

  @Test("What an execution of this interpreter records is read as it is meant")
  func execution() throws {
    var driving = try Driving(ExecutionTests.machine, input: ["day": "x"])
    let graph = MachineGraph(driving.execution.machine.definition)
    func status() -> [String] {
      let progress = MachineProgress(graph, history: driving.history)
      return graph.states.map { progress[$0.name].status.rawValue }
    }
    driving.begin()
    #expect(status() == ["succeeded", "running", "not reached", "not reached"])
    driving.fireNext()
    driving.tell(1, .failed(error: "E", aliases: [], cause: "c"))
    #expect(status() == ["succeeded", "succeeded", "running", "not reached"])
    driving.fireNext()
    driving.tell(2, .succeeded(output: [:]))
    #expect(status() == ["succeeded", "succeeded", "succeeded", "succeeded"])
  }

  @Test("A history is read in each of its forms")
  func forms() throws {
    let own =
      #"[{"id": 2, "previousID": 1, "timestamp": "2026-11-21T03:00:00Z", "type": "PassStateEntered","#
      + #""details": {"stateEnteredEventDetails": {"name": "A"}}}]"#
    let theirs =
      #"[{"id": 2, "previousEventId": 1, "timestamp": 1.5, "type": "PassStateEntered","#
      + #""stateEnteredEventDetails": {"name": "A"}}]"#
    let graph = try RenderingTests.graph(#"{"StartAt": "A", "States": {"A": {"Type": "Pass", "End": true}}}"#)
    for text in [own, theirs, "{\"history\": \(theirs)}", "{\"run\": \"x\", \"events\": \(own), \"isMore\": false}"] {
      let events = try HistoryReading.events(in: try JSONValue.parse(text))
      #expect(events.map(\.id) == [2] && events[0].previousID == 1)
      #expect(MachineProgress(graph, history: events)["A"].status == .running)
    }
  }

  @Test(
    "What is no history is refused with the place",
    arguments: [
      ("1", "", "A history is a list of events, not number"),
      ("{}", "", "A history is a list of events, not an object without history or events"),
      (#"{"events": {}}"#, "/events", "A history is a list of events, not object"),
      ("[1]", "/0", "An event is an object, not number"),
      (#"[{"type": "X"}]"#, "/0", "An event needs an id, a whole number from 1"),
      (#"{"history": [{"id": 1}]}"#, "/history/0", "An event needs a type, such as TaskStateEntered"),
      (#"[{"id": 1, "type": "X"}, {"id": 1, "type": "X"}]"#, "/1/id", "There is an event 1 already"),
    ])
  func refused(text: String, pointer: String, message: String) throws {
    let json = try JSONValue.parse(text)
    let problem = #expect(throws: HistoryReading.Problem.self) { try HistoryReading.events(in: json) }
    #expect(problem == HistoryReading.Problem(pointer: pointer, message: message))
  }
}
