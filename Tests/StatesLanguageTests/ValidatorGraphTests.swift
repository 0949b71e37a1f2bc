import JobModel
import StatesLanguage
import Testing

@Suite("Validator: graphs and the machine")
struct ValidatorGraphTests {
  private static func errors(_ text: String) -> [Diagnostic] {
    StateMachine.validate(text).filter { $0.severity == .error }
  }

  @Test(
    "A machine's own fields are checked",
    arguments: [
      Mistake("{}", "", "These fields are required: [StartAt, States]"), Mistake("[]", "", "type Object, found array"),
      Mistake(#"{"StartAt": "A", "States": {}}"#, "/States", "at least one"),
      Mistake("{", "", "INVALID_JSON_DESCRIPTION"), Mistake(" \n", "", "MISSING_DESCRIPTION"),
      Mistake(#"{"StartAt": "A", "StartAt": "A"}"#, "", "INVALID_JSON_DESCRIPTION"),
      Mistake(machine(#""Extra": 1"#), "/Extra", "Field 'Extra' is not supported"),
      Mistake(machine(#""Version": "2.0""#), "/Version", "[1.0]"),
      Mistake(machine(#""TimeoutSeconds": 0"#), "/TimeoutSeconds", "Minimum"),
      Mistake(machine(#""Comment": []"#), "/Comment", "String"),
      Mistake(machine(#""QueryLanguage": "SQL""#), "/QueryLanguage", "[JSONPath, JSONata]"),
      Mistake(#"{"StartAt": "A", "States": {"A": 1}}"#, "/States/A", "Object"),
      Mistake(
        #"{"StartAt": "\#(long)", "States": {"\#(long)": {"Type": "Succeed"}}}"#, "/States/\(long)",
        "INVALID_STATE_NAME"),
    ])
  func machines(mistake: Mistake) throws {
    let found = StateMachine.validate(mistake.part)
    #expect(found.count == 1, "\(found)")
    #expect(found.first?.pointer == mistake.pointer)
    #expect(found.first?.message.contains(mistake.words) == true, "\(found)")
  }

  private static let long = String(repeating: "ä", count: 81)

  private static func machine(_ field: String) -> String {
    #"{"StartAt": "A", "States": {"A": {"Type": "Succeed"}}, \#(field)}"#
  }

  @Test(
    "A transition leads to a state of its own graph, every state is led to, and there is an end",
    arguments: [
      Mistake(
        #""A": {"Type": "Pass", "Next": "B"}"#, "/States/A/Next", "MISSING_TRANSITION_TARGET: Missing 'Next' target: B"),
      Mistake(
        #""A": {"Type": "Choice", "Choices": [{"Variable": "$", "IsNull": true, "Next": "B"}], "Default": "C"}, "C": {"Type": "Succeed"}"#,
        "/States/A/Choices/0/Next", "Missing 'Next' target: B"),
      Mistake(
        #""A": {"Type": "Choice", "Choices": [{"Variable": "$", "IsNull": true, "Next": "C"}], "Default": "B"}, "C": {"Type": "Succeed"}"#,
        "/States/A/Default", "Missing 'Next' target: B"),
      Mistake(
        #""A": {"Type": "Task", "Resource": "a:b", "TimeoutSeconds": 1, "Catch": [{"ErrorEquals": ["X"], "Next": "Bee"}], "End": true}"#,
        "/States/A/Catch/0/Next", "Missing 'Next' target: Bee"),
      // The misspelling is the cause; that nothing else leads there is not said.
      Mistake(
        #""A": {"Type": "Pass", "Next": "Finish"}, "Finnish": {"Type": "Succeed"}"#, "/States/A/Next",
        "did you mean 'Finnish'?"),
      Mistake(
        #""A": {"Type": "Pass", "Next": "B"}, "B": {"Type": "Pass", "Next": "A"}"#, "/States",
        "MISSING_END_STATE: Workflow has no terminal state"),
      Mistake(
        #""A": {"Type": "Succeed"}, "B": {"Type": "Succeed"}"#, "/States/B",
        "MISSING_TRANSITION_TARGET: State \"B\" is not reachable."),
      // Only the first of the states that are not reachable is the cause.
      Mistake(
        #""A": {"Type": "Succeed"}, "B": {"Type": "Pass", "Next": "C"}, "C": {"Type": "Succeed"}"#, "/States/B",
        "not reachable"),
      Mistake(
        #""A": {"Type": "Parallel", "End": true, "Branches": [{"StartAt": "T", "States": {"T": {"Type": "Pass", "Next": "A"}}}]}"#,
        "/States/A/Branches/0/States/T/Next", "the state at /States/A is in another graph"),
      Mistake(
        #""A": {"Type": "Parallel", "Next": "T", "Branches": [{"StartAt": "T", "States": {"T": {"Type": "Succeed"}}}]}"#,
        "/States/A/Next", "the state at /States/A/Branches/0/States/T is in another graph"),
      Mistake(
        #""A": {"Type": "Parallel", "End": true, "Branches": [{"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}]}"#,
        "/States/A/Branches/0/States/A",
        "DUPLICATE_STATE_NAME: Duplicate State name: A; it is already used at /States/A"),
      Mistake(
        #""A": {"Type": "Map", "End": true, "ItemProcessor": {"StartAt": "T", "States": {"T": {"Type": "Pass", "Next": "T"}}}}"#,
        "/States/A/ItemProcessor/States", "no terminal state"),
    ])
  func graphs(mistake: Mistake) throws {
    let found = Self.errors(#"{"StartAt": "A", "States": {\#(mistake.part)}}"#)
    // Where a transition leads nowhere, there may be no end either: AWS says both.
    let first = try #require(found.first { !$0.message.contains("MISSING_END_STATE") } ?? found.first)
    #expect(found.count { !$0.message.contains("MISSING_END_STATE") } <= 1, "\(found)")
    #expect(first.pointer == mistake.pointer)
    #expect(first.message.contains(mistake.words), "\(first.message)")
  }

  @Test("A start that is missing is said in the words of AWS, with what was meant")
  func missingStart() {
    let found = Self.errors(#"{"StartAt": "Frist", "States": {"First": {"Type": "Succeed"}}}"#)
    #expect(found.map(\.pointer) == ["/StartAt"])
    #expect(
      found.map(\.message) == ["MISSING_TRANSITION_TARGET: Missing 'Next' target: Frist; did you mean 'First'?"])
  }

  @Test(
    "A state that cannot be read makes no further noise",
    arguments: [
      #"{"Type": "Tusk", "Next": "B"}"#, #"{"Type": "Pass", "Nxet": "B"}"#, "1", #"{"Next": "B"}"#,
      #"{"Type": "Choice", "Choices": "B"}"#,
      #"{"Type": "Choice", "Choices": [{"Next": 1, "Variable": "$", "IsNull": true}]}"#,
    ])
  func noNoise(state: String) {
    let found = StateMachine.validate(#"{"StartAt": "A", "States": {"A": \#(state), "B": {"Type": "Succeed"}}}"#)
    #expect(!found.isEmpty)
    #expect(found.allSatisfy { $0.pointer.hasPrefix("/States/A") && $0.severity == .error }, "\(found)")
    #expect(found.count == 1 || state.contains("Nxet"), "\(found)")
  }

  @Test("Every mistake is reported at once, by line and then by place")
  func all() {
    let text = """
      {
        "StartAt": "A",
        "States": {
          "A": {"Type": "Pass", "Next": "Gone", "InputPath": "x", "Comment": 1},
          "B": {
            "Type": "Wait",
            "Seconds":
              -1,
            "End": true
          }
        },
        "Version": "3"
      }
      """
    let found = Self.errors(text)
    #expect(
      found.map(\.pointer) == [
        "/States/A/Comment", "/States/A/InputPath", "/States/A/Next", "/States/B", "/States/B/Seconds", "/Version",
      ])
    #expect(found.map(\.line) == [4, 4, 4, 5, 8, 12])
  }

  @Test("What is valid but does not run here is said by parse alone")
  func unsupported() {
    let text =
      #"{"StartAt": "S", "States": {"S": {"Type": "Map", "ItemReader": {"Resource": "arn:aws:states:::s3:getObject"}, "#
      + #""End": true, "ItemProcessor": {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}, "#
      + #""StartAt": "T", "States": {"T": {"Type": "Succeed"}}}}}}"#
    #expect(StateMachine.validate(text).isEmpty)
    let (machine, diagnostics) = StateMachine.parse(text)
    #expect(machine == nil)
    #expect(diagnostics.map(\.pointer) == ["/States/S/ItemReader"])
  }

  @Test("Labels are unique")
  func labels() {
    func map(_ name: String, _ next: String) -> String {
      #""\#(name)": {"Type": "Map", "Label": "same", \#(next), "ItemProcessor": {"ProcessorConfig": {"Mode": "DISTRIBUTED", "#
        + #""ExecutionType": "STANDARD"}, "StartAt": "\#(name)1", "States": {"\#(name)1": {"Type": "Succeed"}}}}"#
    }
    let found = StateMachine.validate(
      #"{"StartAt": "A", "States": {\#(map("A", #""Next": "B""#)), \#(map("B", #""End": true"#))}}"#)
    #expect(found.map(\.pointer) == ["/States/B/Label"])
    #expect(found.first?.message.hasPrefix("DUPLICATE_LABEL_NAME") == true)
  }

  @Test("Nesting without end and large definitions are refused, not followed")
  func bounds() {
    let rules = String(repeating: #"{"Not": "#, count: 90) + "{}" + String(repeating: "}", count: 90)
    let text = #"{"StartAt": "S", "States": {"S": {"Type": "Choice", "Choices": [\#(rules)], "Default": "S"}}}"#
    #expect(Self.errors(text).contains { $0.message.contains("nested deeper") })
    #expect(!Self.errors("[" + String(repeating: " ", count: Limits.definitionBytes) + "]").isEmpty)
  }

  @Test("A megabyte of states, each with a misspelt target and a variable of its own, is answered")
  func large() {
    let states = (0..<6_000).map { number in
      #""State\#(number)": {"Type": "Pass", "Assign": {"v\#(number)": "$.x"}, "InputPath": "$w\#(number)", "#
        + #""Next": "Stat\#(number + 1)"}"#
    }
    let found = StateMachine.validate(#"{"StartAt": "State0", "States": {\#(states.joined(separator: ","))}}"#)
    #expect(found.count { $0.severity == .error } == 1_001)
  }

  @Test("Of very many mistakes the first thousand are listed, and the others counted")
  func many() {
    let rules = Array(repeating: "1", count: 1_500).joined(separator: ",")
    let found = StateMachine.validate(
      #"{"StartAt": "S", "States": {"S": {"Type": "Choice", "Choices": [\#(rules)]}}}"#)
    #expect(found.count == 1_001)
    #expect(found.first?.message == "There are 500 more errors than are listed")
  }
}
