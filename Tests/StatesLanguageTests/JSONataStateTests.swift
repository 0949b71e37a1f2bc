import JobModel
import StatesLanguage
import Testing

@Suite("JSONata states")
struct JSONataStateTests {
  private func run(_ states: String, input: JSONValue = [:]) throws -> Driving {
    var driving = try Driving(#"{"QueryLanguage": "JSONata", "StartAt": "S", "States": {\#(states)}}"#, input: input)
    driving.runToEnd()
    return driving
  }

  @Test(
    "Output is made of literals and expressions, which see input, context and variables",
    arguments: [
      (#""{% $states.input.a + 1 %}""#, "2"),
      (#"{"x": "{% $states.input.b %}", "y": ["{% 1 %}", "text"]}"#, #"{"x": [1, 2], "y": [1, "text"]}"#),
      (#""{% $states.context.State.Name %}""#, #""S""#), ("42", "42"),
      (#""{% $count($partition($states.input.b, 1)) %}""#, "2"),
      (#""{% $hash('a', 'MD5') %}""#, #""0cc175b9c0f1b6a831c399e269772661""#),
      (#""{% $parse('{\"k\": [true]}').k %}""#, "[true]"), (#""{% $range(0, 4, 2) %}""#, "[0, 2, 4]"),
      (#""{% $range(1, 9, 9) %}""#, "1"), (#""{% $length($uuid()) %}""#, "36"),
      (#""{% $random(7) = $random(7) %}""#, "true"),
    ])
  func output(template: String, expected: String) throws {
    let driving = try run(
      #""S": {"Type": "Pass", "Output": \#(template), "End": true}"#, input: ["a": 1, "b": [1, 2]])
    #expect(driving.execution.result == .succeeded(output: try JSONValue.parse(expected)))
  }

  @Test("$eval is no function, as in Step Functions")
  func eval() throws {
    let driving = try run(#""S": {"Type": "Pass", "Output": {"x": "{% $eval('1') %}"}, "End": true}"#)
    #expect(
      driving.execution.result
        == .failed(
          error: "States.QueryEvaluationError",
          cause: "An error occurred while executing the state 'S' (entered at the event id #2). The JSONata "
            + "expression '$eval('1')' specified for the field 'Output/x' threw an error during evaluation. "
            + "T1006: Attempted to invoke a non-function"))
    #expect(driving.types == ["ExecutionStarted", "PassStateEntered", "EvaluationFailed", "ExecutionFailed"])
  }

  @Test("Assign sees the variables as they were, and the result")
  func assign() throws {
    var driving = try Driving(
      """
      {"QueryLanguage": "JSONata", "StartAt": "A", "States": {
        "A": {"Type": "Pass", "Assign": {"x": 1, "y": 10}, "Next": "T"},
        "T": {"Type": "Task", "Resource": "r:t", "Arguments": {"sum": "{% $x + $y %}"},
          "Assign": {"x": "{% $y %}", "y": "{% $states.result.n %}"}, "Output": "{% $states.result.n * 2 %}", "Next": "C"},
        "C": {"Type": "Pass", "Output": {"x": "{% $x %}", "y": "{% $y %}", "in": "{% $states.input %}"}, "End": true}}}
      """)
    driving.begin()
    #expect(driving.execution.openTasks.first?.arguments == ["sum": 11])
    driving.tell(1, .succeeded(output: ["n": 5]))
    #expect(driving.execution.result == .succeeded(output: ["x": 10, "y": 5, "in": 10]))
  }

  @Test("A Condition must be a Boolean; a rule has its own Output and Assign")
  func choice() throws {
    let rules = #"""
      "S": {"Type": "Choice", "Choices": [
        {"Condition": "{% $states.input.n > 1 %}", "Next": "E", "Output": {"big": true}, "Assign": {"v": 1}},
        {"Condition": "{% $states.input.s %}", "Next": "E"}], "Default": "E", "Output": "small"},
      "E": {"Type": "Succeed"}
      """#
    #expect(try run(rules, input: ["n": 2]).execution.result == .succeeded(output: ["big": true]))
    #expect(try run(rules, input: ["n": 1, "s": false]).execution.result == .succeeded(output: "small"))
    guard
      case .failed("States.QueryEvaluationError", let cause) = try run(rules, input: ["n": 1, "s": 5]).execution.result
    else {
      Issue.record("the rule held")
      return
    }
    #expect(cause?.contains("Expected 'boolean', but was 'number' for value: 5") == true)
  }

  @Test("A Catch has Output and Assign, which see errorOutput")
  func handlers() throws {
    var driving = try Driving(
      """
      {"QueryLanguage": "JSONata", "StartAt": "T", "States": {
        "T": {"Type": "Task", "Resource": "r:t", "End": true, "Catch": [{"ErrorEquals": ["E"], "Next": "C",
          "Output": {"why": "{% $states.errorOutput.Cause %}", "in": "{% $states.input.a %}"},
          "Assign": {"error": "{% $states.errorOutput.Error %}"}}]},
        "C": {"Type": "Pass", "Output": ["{% $error %}", "{% $states.input %}"], "End": true}}}
      """, input: ["a": 1])
    driving.begin()
    driving.tell(1, .failed(error: "E", aliases: [], cause: "c"))
    #expect(driving.execution.result == .succeeded(output: ["E", ["why": "c", "in": 1]]))
  }

  @Test("An expression that fails is caught by its name where the state has a Catch")
  func caught() throws {
    let driving = try run(
      #"""
      "S": {"Type": "Task", "Resource": "r:t", "Arguments": "{% $nothing.here %}", "End": true, "Catch": [
        {"ErrorEquals": ["States.QueryEvaluationError"], "Next": "C", "Output": "{% $states.errorOutput.Error %}"}]},
      "C": {"Type": "Succeed"}
      """#)
    #expect(driving.execution.result == .succeeded(output: "States.QueryEvaluationError"))
  }

  @Test(
    "Numbers and times of Wait, Task and Map may be expressions",
    arguments: [
      (#""Seconds": "{% $states.input.n %}""#, Int64(5)),
      (#""Timestamp": "{% $fromMillis(1700000007000) %}""#, 7),
    ])
  func wait(field: String, seconds: Int64) throws {
    let driving = try run(#""S": {"Type": "Wait", \#(field), "End": true}"#, input: ["n": 5])
    #expect(driving.now == Driving.start + .seconds(seconds))
  }

  @Test("Map takes Items, ItemSelector and MaxConcurrency as expressions, Fail its Error and Cause")
  func map() throws {
    let driving = try run(
      #"""
      "S": {"Type": "Map", "Items": "{% $states.input.list %}", "MaxConcurrency": "{% 1 + 1 %}",
        "ItemSelector": {"v": "{% $states.context.Map.Item.Value %}", "k": "{% $states.input.k %}"},
        "ItemProcessor": {"StartAt": "I", "States": {"I": {"Type": "Pass", "End": true}}},
        "Output": "{% $sum($states.result.v) %}", "Next": "F"},
      "F": {"Type": "Fail", "Error": "{% 'E' & $states.input %}", "Cause": "{% $states.context.State.Name %}"}
      """#, input: ["list": [1, 2, 3], "k": "k"])
    #expect(driving.execution.result == .failed(error: "E6", cause: "F"))
  }

  @Test("A JSONata state in a JSONPath machine gets what the state before it gives")
  func mixed() throws {
    var driving = try Driving(
      """
      {"StartAt": "A", "States": {
        "A": {"Type": "Pass", "Parameters": {"n.$": "$.n"}, "Next": "B"},
        "B": {"Type": "Pass", "QueryLanguage": "JSONata", "Output": "{% $states.input.n * 2 %}", "End": true}}}
      """, input: ["n": 21])
    driving.runToEnd()
    #expect(driving.execution.result == .succeeded(output: 42))
  }
}
