import JobModel
import StatesLanguage
import Testing

@Suite("Pictures of state machines")
struct RenderingTests {
  static let definition = #"""
    {"StartAt": "Sort", "States": {
      "Sort": {"Type": "Choice", "Choices": [
        {"Variable": "$.total", "NumericGreaterThan": 3, "Next": "Both"},
        {"Condition": "{% $states.input.kind =\n 'test' %}", "Next": "Each"}], "Default": "Stop"},
      "Both": {"Type": "Parallel", "Next": "Each", "Catch": [{"ErrorEquals": ["A", "B"], "Next": "Stop"}],
        "Branches": [
          {"StartAt": "Left", "States": {"Left": {"Type": "Task",
            "Resource": "arn:aws:states:::ecs:runTask.sync", "End": true}}},
          {"StartAt": "Right", "States": {"Right": {"Type": "Pass", "Next": "Done"}, "Done": {"Type": "Succeed"}}}]},
      "Each": {"Type": "Map", "End": true, "Iterator": {"StartAt": "One", "States": {
        "One": {"Type": "Wait", "Seconds": 1, "End": true}}}},
      "Stop": {"Type": "Fail"}}}
    """#

  static func graph(_ text: String = definition) throws -> MachineGraph { MachineGraph(try JSONValue.parse(text)) }

  @Test("A graph has the states with those inside them, and each edge with its reason")
  func graph() throws {
    let graph = try Self.graph()
    #expect(graph.startAt == "Sort")
    #expect(graph.allStates.map(\.name) == ["Sort", "Both", "Left", "Right", "Done", "Each", "One", "Stop"])
    #expect(graph.states[1].graphs.map(\.startAt) == ["Left", "Right"])
    #expect(graph.states[1].graphs[0].states[0].resource == "arn:aws:states:::ecs:runTask.sync")
    #expect(graph.allStates.filter(\.isEnd).map(\.name) == ["Left", "Done", "Each", "One"])
    #expect(
      graph.allEdges == [
        MachineGraph.Edge(from: "Sort", to: "Both", reason: .choice("$.total > 3")),
        MachineGraph.Edge(from: "Sort", to: "Each", reason: .choice("$states.input.kind = 'test'")),
        MachineGraph.Edge(from: "Sort", to: "Stop", reason: .byDefault),
        MachineGraph.Edge(from: "Both", to: "Each", reason: .next),
        MachineGraph.Edge(from: "Both", to: "Stop", reason: .caught(["A", "B"])),
        MachineGraph.Edge(from: "Right", to: "Done", reason: .next),
      ])
  }

  @Test(
    "A definition with mistakes is drawn as far as there is something to draw",
    arguments: [
      ("null", 0, 0), ("{}", 0, 0), (#"{"StartAt": 1, "States": []}"#, 0, 0),
      (#"{"StartAt": "X", "States": {"A": {"Type": "Pass", "Next": "B"}}}"#, 1, 0),
      (#"{"StartAt": "A", "States": {"A": null, "B": {"Type": "Map", "Next": "A"}}}"#, 2, 1),
    ])
  func mistakes(text: String, states: Int, edges: Int) throws {
    let graph = try Self.graph(text)
    #expect(graph.allStates.count == states && graph.allEdges.count == edges)
    #expect(MermaidRendering(graph).text.hasPrefix("flowchart TD\n"))
    #expect(DotRendering(graph).text.hasSuffix("}\n"))
  }

  @Test(
    "A rule's condition is a short text",
    arguments: [
      (#"{"Variable": "$.a", "StringEquals": "x"}"#, #"$.a = "x""#),
      (#"{"Variable": "$.a", "StringLessThanEqualsPath": "$.b"}"#, "$.a ≤ $.b"),
      (#"{"Variable": "$.a", "NumericGreaterThanEquals": 1.5}"#, "$.a ≥ 1.5"),
      (#"{"Variable": "$.a", "BooleanEquals": true}"#, "$.a = true"),
      (#"{"Variable": "$.a", "TimestampLessThan": "2026-01-01T00:00:00Z"}"#, "$.a < 2026-01-01T00:00:00Z"),
      (#"{"Variable": "$.a", "StringMatches": "x*"}"#, #"$.a matches "x*""#),
      (#"{"Variable": "$.a", "IsPresent": true}"#, "$.a is present"),
      (#"{"Variable": "$.a", "IsNumeric": false}"#, "$.a is not a number"),
      (#"{"Not": {"Variable": "$.a", "IsNull": true}}"#, "not ($.a is null)"),
      (
        #"""
        {"And": [{"Variable": "$.a", "IsString": true},
          {"Or": [{"Variable": "$.b", "NumericEquals": 1}, {"Variable": "$.c", "NumericEquals": 2}]}]}
        """#, "$.a is a string and ($.b = 1 or $.c = 2)"
      ),
      (#"{"Condition": true}"#, "true"), (#"{"Next": "B"}"#, "?"),
      (#"{"Condition": "{%%}"}"#, ""),
    ])
  func conditions(rule: String, text: String) throws {
    let machine: JSONValue = [
      "States": ["C": ["Type": "Choice", "Choices": [try rule.withNext()]], "B": ["Type": "Succeed"]]
    ]
    #expect(MachineGraph(machine).edges.first?.reason == .choice(text))
  }

  @Test("A long condition is cut, however deep it is")
  func longConditions() throws {
    var rule: JSONValue = ["Variable": "$.a", "IsNull": true]
    for _ in 0..<150 { rule = ["Not": rule] }
    let wide = JSONValue.array(Array(repeating: ["Variable": "$.abc", "NumericEquals": 1], count: 1_000))
    for condition: JSONObject in [["Not": rule, "Next": "B"], ["And": wide, "Next": "B"]] {
      let machine: JSONValue = [
        "States": ["C": ["Type": "Choice", "Choices": [.object(condition)]], "B": ["Type": "Succeed"]]
      ]
      guard case .choice(let text)? = MachineGraph(machine).edges.first?.reason else { throw NoCondition() }
      #expect(text.count <= 80 && text.contains("…"))
    }
  }

  private struct NoCondition: Error {}

  @Test("A Mermaid flowchart has frames for what is inside states, and joins it below")
  func mermaid() throws {
    #expect(
      MermaidRendering(try Self.graph()).text == """
        flowchart TD
          start(("start"))
          s0{"Sort<br/>Choice"}
          subgraph s1f["Both"]
            s1[["Both<br/>Parallel"]]
            subgraph s1b0["branch 1"]
              s2["Left<br/>Task: ecs:runTask.sync"]
            end
            subgraph s1b1["branch 2"]
              s3("Right<br/>Pass")
              s4(["Done<br/>Succeed"])
            end
            s1e((" "))
          end
          subgraph s5f["Each"]
            s5[["Each<br/>Map"]]
            subgraph s5b0["for each item"]
              s6("One<br/>Wait")
            end
            s5e((" "))
          end
          s7(["Stop<br/>Fail"])
          finish(("end"))
          start --> s0
          s0 -->|"$.total #62; 3"| s1
          s0 -->|"$states.input.kind = 'test'"| s5
          s0 -->|"otherwise"| s7
          s1 --> s2
          s2 --> s1e
          s1 --> s3
          s3 --> s4
          s4 --> s1e
          s1e --> s5
          s1 -.->|"catch A, B"| s7
          s5 --> s6
          s6 --> s5e
          s5e --> finish

        """)
  }

  @Test("A Graphviz picture has clusters for what is inside states, and joins it below")
  func dot() throws {
    let text = DotRendering(try Self.graph()).text
    for line in [
      "digraph machine {", "  subgraph cluster_s1 {", "    subgraph cluster_s1_1 {", "      label=\"branch 2\"",
      #"      s2 [label="Left\nTask: ecs:runTask.sync", shape=box]"#, "  start -> s0", "  s4 -> s1e", "  s1e -> s5",
      #"  s0 -> s1 [label="$.total > 3"]"#, #"  s1 -> s7 [label="catch A, B", style=dashed]"#, "  s5e -> finish", "}",
    ] {
      #expect(text.split(separator: "\n").contains { $0 == line }, "\(line)")
    }
    #expect(!text.contains("legend"))
  }

  @Test(
    "No name gets out of its label",
    arguments: [
      (#"say "hi" \n &lt;"#, #"say #34;hi#34; #92;n #38;lt#59;"#, #"say \"hi\" \\n &amp;lt;"#),
      ("<b>|[x]|{y}", "#60;b#62;#124;#91;x#93;#124;#123;y#125;", "<b>|[x]|{y}"),
      ("a\nb\u{0}\u{7F}\u{202E}", "a␊b␀␡\u{FFFD}", "a␊b␀␡\u{FFFD}"),
      ("1. first", "1#46; first", "1. first"), ("2) next", "2#41; next", "2) next"),
      ("- a `b` *c* __d__", "#45; a #96;b#96; #42;c#42; #95;#95;d#95;#95;", "- a `b` *c* __d__"),
      ("$$x$$ #35; %%{init}%%", "$#8288;$x$#8288;$ #35;35#59; #37;#37;#123;init#125;#37;#37;", "$$x$$ #35; %%{init}%%"),
      ("月末 😀 é-2_b", "月末 😀 é#45;2_b", "月末 😀 é-2_b"), ("end", "end", "end"),
    ])
  func escapes(name: String, mermaid: String, dot: String) {
    let graph = MachineGraph(["StartAt": .string(name), "States": [name: ["Type": "Succeed"]]])
    #expect(MermaidRendering(graph).text.contains("  s0([\"\(mermaid)<br/>Succeed\"])\n"))
    #expect(DotRendering(graph).text.contains("  s0 [label=\"\(dot)\\nSucceed\", shape=oval]\n"))
  }

  @Test("With a run the states have their colours, the words for them, and a legend")
  func colors() throws {
    let graph = try Self.graph()
    let events = Events.make([
      ("ChoiceStateEntered", "Sort", 0), ("ChoiceStateExited", "Sort", 1), ("MapStateEntered", "Each", 2),
      ("MapStateStarted", nil, 3), ("WaitStateEntered", "One", 4), ("WaitStateExited", "One", 5),
      ("WaitStateEntered", "One", 4),
    ])
    let progress = MachineProgress(graph, history: events)
    let mermaid = MermaidRendering(graph, progress: progress).text
    #expect(mermaid.contains(#"s6("One<br/>Wait<br/>running ×2")"#))
    #expect(mermaid.contains(#"s0{"Sort<br/>Choice<br/>succeeded"}"#) && mermaid.contains(#"s7(["Stop<br/>Fail"])"#))
    #expect(mermaid.contains("  class s5,s6,legend_running running\n"))
    #expect(mermaid.contains("  class s1,s2,s3,s4,s7,legend_notReached notReached\n"))
    let dot = DotRendering(graph, progress: progress).text
    #expect(dot.contains(##"s6 [label="One\nWait\nrunning ×2", style="filled,rounded", fillcolor="#cfe6f5""##))
    for status in MachineProgress.Status.allCases { #expect(dot.contains("[label=\"\(status.rawValue)\"")) }
  }
}

extension String {
  /// A choice rule with a target.
  fileprivate func withNext() throws -> JSONValue {
    var rule = try JSONValue.parse(self).objectValue ?? [:]
    rule["Next"] = "B"
    return .object(rule)
  }
}

/// Histories in a few words.
enum Events {
  /// - Parameter rows: type, the state's name for entries and exits, the event before; ids count from 1.
  static func make(_ rows: [(type: String, state: String?, previous: Int)]) -> [HistoryEvent] {
    rows.enumerated().map { index, row in
      let key = row.type.hasSuffix("Entered") ? "stateEnteredEventDetails" : "stateExitedEventDetails"
      let name = row.state.map { JSONValue.string($0) }
      return HistoryEvent(
        id: index + 1, previousID: row.previous, timestamp: Instant(seconds: 0), type: row.type,
        details: name.map { [key: ["name": $0]] } ?? [:])
    }
  }
}
