import JobModel
import StatesLanguage
import Testing

@Suite("Validator")
struct ValidatorTests {
  private static func errors(_ text: String) -> [Diagnostic] {
    StateMachine.validate(text).filter { $0.severity == .error }
  }

  @Test(
    "A mistake in a state is reported at its place",
    arguments: [
      (#""Type": "Pass", "Next": "Nowhere""#, "/States/S/Next", "Missing 'Next' target"),
      (#""Type": "Pass""#, "/States/S", "[Next, End]"), (#""Type": "Wait", "End": true"#, "/States/S", "Seconds"),
      (#""Type": "Wait", "Seconds": 1, "SecondsPath": "$.x", "End": true"#, "/States/S", "Only one"),
      (#""Type": "Wait", "Seconds": -1, "End": true"#, "/States/S/Seconds", "integer"),
      (#""Type": "Wait", "Timestamp": "tomorrow", "End": true"#, "/States/S/Timestamp", "RFC3339"),
      (#""Type": "Task", "End": true"#, "/States/S", "[Resource]"),
      (
        #""Type": "Task", "Resource": "a:b", "TimeoutSeconds": 5, "HeartbeatSeconds": 5, "End": true"#,
        "/States/S/HeartbeatSeconds", "less than TimeoutSeconds"
      ),
      (
        #""Type": "Task", "Resource": "arn:aws:states:::sqs:nope", "End": true"#, "/States/S/Resource", "not recognized"
      ),
      (#""Type": "Pass", "InputPath": "x", "End": true"#, "/States/S/InputPath", "JSONPath"),
      (#""Type": "Pass", "ResultPath": "$.a[*]", "End": true"#, "/States/S/ResultPath", "Reference Path"),
      (#""Type": "Pass", "ResultPath": "$$.a", "End": true"#, "/States/S/ResultPath", "Reference Path"),
      (#""Type": "Pass", "Parameters": {"a.$": "b"}, "End": true"#, "/States/S/Parameters/a.$", "intrinsic"),
      (#""Type": "Pass", "Parameters": {"a.$": 1}, "End": true"#, "/States/S/Parameters/a.$", "intrinsic"),
      (#""Type": "Pass", "Resultt": 1, "End": true"#, "/States/S/Resultt", "not supported"),
      (#""Type": "Pass", "Output": 1, "End": true"#, "/States/S/Output", "JSONata"),
      (
        #""Type": "Pass", "QueryLanguage": "JSONata", "Parameters": 1, "End": true"#, "/States/S/Parameters", "JSONPath"
      ),
      (
        #""Type": "Pass", "QueryLanguage": "JSONata", "Output": "{% (1 %}", "End": true"#, "/States/S/Output", "Expected"
      ),
      (#""Type": "Nap", "End": true"#, "/States/S/Type", "allowed values"), (#""End": true"#, "/States/S", "[Type]"),
      (#""Type": "Choice", "Choices": []"#, "/States/S/Choices", "non-empty"),
      (#""Type": "Choice", "Choices": [{"Variable": "$.a", "Next": "S"}]"#, "/States/S/Choices/0", "operator"),
      (
        #""Type": "Choice", "Choices": [{"Variable": "$.a", "NumericEquals": "1", "Next": "S"}]"#,
        "/States/S/Choices/0/NumericEquals", "Number"
      ),
      (
        #""Type": "Choice", "Choices": [{"Not": {"Variable": "$.a", "IsNull": true, "Next": "S"}, "Next": "S"}]"#,
        "/States/S/Choices/0/Not/Next", "not supported"
      ),
      (
        #""Type": "Task", "Resource": "a:b", "End": true, "Retry": [{"ErrorEquals": ["States.ALL", "X"]}]"#,
        "/States/S/Retry/0/ErrorEquals", "alone"
      ),
      (
        #""Type": "Task", "Resource": "a:b", "End": true, "Retry": [{"ErrorEquals": ["States.ALL"]}, {"ErrorEquals": ["X"]}]"#,
        "/States/S/Retry/0/ErrorEquals", "last"
      ),
      (
        #""Type": "Task", "Resource": "a:b", "End": true, "Retry": [{"ErrorEquals": ["X"], "BackoffRate": 0.5}]"#,
        "/States/S/Retry/0/BackoffRate", "minimum"
      ),
      (
        #""Type": "Task", "Resource": "a:b", "End": true, "Catch": [{"ErrorEquals": ["X"]}]"#, "/States/S/Catch/0",
        "[Next]"
      ),
      (#""Type": "Map", "End": true"#, "/States/S", "ItemProcessor"),
      (
        #""Type": "Parallel", "End": true, "Branches": [{"StartAt": "T", "States": {"T": {"Type": "Pass", "Next": "S"}}}]"#,
        "/States/S/Branches/0/States/T/Next", "Missing"
      ),
    ])
  func mistakes(fields: String, pointer: String, words: String) throws {
    let found = ValidatorTests.errors(#"{"StartAt": "S", "States": {"S": {\#(fields)}}}"#)
    let first = try #require(found.first { $0.pointer == pointer }, "\(found)")
    #expect(first.message.contains(words))
  }

  @Test("Every mistake is reported at once, each with its line")
  func all() {
    let text = """
      {
        "StartAt": "A",
        "States": {
          "A": {"Type": "Pass", "Next": "Gone"},
          "B": {
            "Type": "Wait",
            "End": true
          }
        }
      }
      """
    let found = ValidatorTests.errors(text)
    #expect(found.map(\.pointer) == ["/States/B", "/States/A/Next", "/States/B"])
    #expect(found.map(\.line) == [5, 4, 5])
  }

  @Test(
    "A machine needs a start, states and an end",
    arguments: [
      ("{}", "[StartAt, States]"), (#"{"StartAt": "A", "States": {}}"#, "at least one"), ("[]", "Object"),
      ("{", "JSON"),
      (#"{"StartAt": "A", "States": {"A": {"Type": "Pass", "Next": "A"}}}"#, "no terminal state"),
      (#"{"StartAt": "B", "States": {"A": {"Type": "Succeed"}}}"#, "Missing 'StartAt' target"),
      (#"{"StartAt": "A", "States": {"A": {"Type": "Succeed"}}, "Extra": 1}"#, "not supported"),
      (#"{"StartAt": "A", "States": {"A": {"Type": "Succeed"}, "B": {"Type": "Succeed"}}}"#, "not reachable"),
    ])
  func machines(text: String, words: String) {
    #expect(ValidatorTests.errors(text).contains { $0.message.contains(words) })
  }

  @Test("A Task without a timeout, a rule that cannot match and an unknown States. error are warnings")
  func warnings() {
    let found = StateMachine.validate(
      #"{"StartAt": "S", "States": {"S": {"Type": "Task", "Resource": "a:b", "End": true, "#
        + #""Retry": [{"ErrorEquals": ["X"]}, {"ErrorEquals": ["X", "States.Nonsense"]}]}}}"#)
    #expect(found.count == 3)
    #expect(found.allSatisfy { $0.severity == .warning })
  }

  @Test("A misspelt error of ECS is a warning in Retry and in Catch, with what was meant")
  func errorNames() {
    let found = StateMachine.validate(
      #"{"StartAt": "S", "States": {"S": {"Type": "Task", "Resource": "a:b", "TimeoutSeconds": 1, "End": true, "#
        + #""Retry": [{"ErrorEquals": ["ECS.ExitCode.75", "ECS.OutOfMemroy"]}], "#
        + #""Catch": [{"ErrorEquals": ["ECS.Spot", "MyError"], "Next": "E"}]}, "E": {"Type": "Succeed"}}}"#)
    #expect(found.map(\.pointer) == ["/States/S/Retry/0/ErrorEquals", "/States/S/Catch/0/ErrorEquals"])
    #expect(found.allSatisfy { $0.severity == .warning })
    #expect(found.first?.message.hasSuffix("did you mean ECS.OutOfMemory?") == true)
  }

  @Test("What is valid but does not run here is said by parse alone")
  func unsupported() {
    let text =
      #"{"StartAt": "S", "States": {"S": {"Type": "Map", "ItemReader": {}, "End": true, "ItemProcessor": "#
      + #"{"StartAt": "T", "States": {"T": {"Type": "Succeed"}}}}}}"#
    #expect(StateMachine.validate(text).isEmpty)
    let (machine, diagnostics) = StateMachine.parse(text)
    #expect(machine == nil)
    #expect(diagnostics.map(\.pointer) == ["/States/S/ItemReader"])
  }

  @Test("Nesting without end and large definitions are refused, not followed")
  func bounds() {
    let rules = String(repeating: #"{"Not": "#, count: 90) + "{}" + String(repeating: "}", count: 90)
    let text = #"{"StartAt": "S", "States": {"S": {"Type": "Choice", "Choices": [\#(rules)], "Default": "S"}}}"#
    #expect(ValidatorTests.errors(text).contains { $0.message.contains("nested deeper") })
    #expect(!ValidatorTests.errors("[" + String(repeating: " ", count: Limits.definitionBytes) + "]").isEmpty)
  }
}
