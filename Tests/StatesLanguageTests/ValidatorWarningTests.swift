import JobModel
import StatesLanguage
import Testing

@Suite("Validator: warnings")
struct ValidatorWarningTests {
  private static func expect(_ mistake: Mistake, _ language: String = "JSONPath") throws {
    let found = mistake.found(language)
    let first = try #require(found.first, "nothing was found")
    #expect(found.count == 1, "\(found)")
    #expect(first.severity == .warning)
    #expect(first.pointer == "/States/S" + mistake.pointer)
    #expect(first.message.contains(mistake.words), "\(first.message)")
  }

  @Test(
    "A text that looks like a path where it is taken as it is deserves a second look",
    arguments: [
      Mistake(#""Type": "Pass", "Parameters": {"a": "$.b"}, "End": true"#, "/Parameters/a", "NO_DOLLAR"),
      Mistake(#""Type": "Pass", "Parameters": {"a": "States.UUID()"}, "End": true"#, "/Parameters/a", "NO_DOLLAR"),
      Mistake(#""Type": "Pass", "Parameters": {"a": ["$.b"]}, "End": true"#, "/Parameters/a/0", "States.Array"),
      Mistake(#""Type": "Pass", "Parameters": "$.b", "End": true"#, "/Parameters", "NO_DOLLAR"),
      Mistake(
        #""Type": "Pass", "Parameters": {"a": "{% 1 %}"}, "End": true"#, "/Parameters/a", "JSONata QueryLanguage"),
      Mistake(#""Type": "Pass", "Result": {"a": ["$.b"]}, "End": true"#, "/Result/a/0", "PASS_RESULT_IS_STATIC"),
      Mistake(#""Type": "Fail", "Error": "$.error""#, "/Error", "NO_PATH"),
      Mistake(
        #""Type": "Choice", "Choices": [{"Variable": "$.a", "StringEquals": "$.b", "Next": "Z"}], "Default": "Z""#,
        "/Choices/0/StringEquals", "NO_PATH"),
    ])
  func hints(mistake: Mistake) throws { try Self.expect(mistake) }

  @Test("A price, a regular expression and a path behind '.$' are no hints")
  func noHints() {
    let mistake = Mistake(
      #""Type": "Pass", "Parameters": {"a": "$5", "b": "$name", "c": "^x$", "d.$": "$.d", "e": "States"}, "End": true"#,
      "", "")
    #expect(mistake.found().isEmpty)
  }

  @Test(
    "A member that the context object does not have is said, with the one that was meant",
    arguments: [
      Mistake(#""Type": "Pass", "InputPath": "$$.Exection.Id", "End": true"#, "/InputPath", "did you mean 'Execution'"),
      Mistake(
        #""Type": "Pass", "Parameters": {"a.$": "States.Format('{}', $$.Execution.name)"}, "End": true"#,
        "/Parameters/a.$", "did you mean 'Name'"),
      Mistake(#""Type": "Pass", "InputPath": "$$.Task.Token", "End": true"#, "/InputPath", "no task token here"),
      Mistake(
        #""Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken", "TimeoutSeconds": 9, "Parameters": {"MessageBody": "x"}, "End": true"#,
        "", "$$.Task.Token is not in its arguments"),
    ])
  func context(mistake: Mistake) throws { try Self.expect(mistake) }

  @Test(
    "A variable that has no value in a state is said",
    arguments: [
      Mistake(
        #""Type": "Pass", "InputPath": "$nothing.a", "End": true"#, "/States/S/InputPath", "$nothing is never assigned"),
      Mistake(
        #""Type": "Pass", "Assign": {"a": 1}, "Parameters": {"b.$": "$a"}, "End": true"#, "/States/S/Parameters/b.$",
        "by this state only"),
      Mistake(
        #""Type": "Pass", "InputPath": "$late", "Next": "T"}, "T": {"Type": "Pass", "Assign": {"late": 1}, "Next": "Z""#,
        "/States/S/InputPath", "on no way to this state"),
      Mistake(
        #""Type": "Parallel", "Next": "T", "Branches": [{"StartAt": "U", "States": {"U": {"Type": "Pass", "Assign": {"in": 1}, "End": true}}}]}, "T": {"Type": "Succeed", "InputPath": "$in""#,
        "/States/T/InputPath", "in another scope, /States/S/Branches/0"),
      Mistake(#""Type": "Pass", "Assign": {"a-b": 1}, "End": true"#, "/States/S/Assign/a-b", "is not valid"),
    ])
  func variables(mistake: Mistake) throws {
    let found = mistake.found()
    #expect(found.count == 1, "\(found)")
    let first = try #require(found.first)
    #expect(first.severity == .warning)
    #expect(first.pointer == mistake.pointer)
    #expect(first.message.contains(mistake.words), "\(first.message)")
  }

  @Test("A variable that some way assigns, or a scope around, is fine")
  func assignedVariables() {
    let loop = Mistake(
      #""Type": "Pass", "Assign": {"n.$": "$.n"}, "Next": "T"}, "T": {"Type": "Map", "Assign": {"m": 1}, "#
        + #""ItemSelector": {"a.$": "$n"}, "ItemProcessor": {"StartAt": "U", "States": {"U": {"Type": "Pass", "#
        + #""Parameters": {"b.$": "$n"}, "End": true}}}, "Catch": [{"ErrorEquals": ["X"], "Assign": {"e": 1}, "Next": "V"}], "#
        + #""Next": "V"}, "V": {"Type": "Pass", "Parameters": {"a.$": "States.Array($m, $e, $n)"}, "Next": "Z""#,
      "", "")
    #expect(loop.found().isEmpty, "\(loop.found())")
    // In a distributed Map the same variable is not to be seen.
    let text = loop.part.replacing(
      #""ItemProcessor": {"#,
      with: #""ItemProcessor": {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}, "#)
    let found = Mistake(text, "", "").found()
    #expect(found.map(\.pointer) == ["/States/T/ItemProcessor/States/U/Parameters/b.$"])
  }

  @Test(
    "What a JSONata expression cannot find is said",
    arguments: [
      Mistake(#""Type": "Pass", "Output": "{% $nothing + 1 %}", "End": true"#, "/Output", "$nothing is never assigned"),
      Mistake(#""Type": "Pass", "Output": "{% $upppercase('a') %}", "End": true"#, "/Output", "'uppercase'"),
      Mistake(
        #""Type": "Pass", "Output": "{% $eval('1') %}", "End": true"#, "/Output", "not available in Step Functions"),
      Mistake(#""Type": "Pass", "Output": "{% $states.inptu %}", "End": true"#, "/Output", "did you mean 'input'"),
      Mistake(#""Type": "Pass", "Output": "{% $states.result %}", "End": true"#, "/Output", "no $states.result here"),
      Mistake(
        #""Type": "Pass", "Output": "{% $states.context.Execution.id %}", "End": true"#, "/Output",
        "$states.context.Execution.id; did you mean 'Id'"),
      Mistake(#""Type": "Pass", "Output": {"a": "$states.input"}, "End": true"#, "/Output/a", "stands between '{%'"),
      Mistake(#""Type": "Pass", "Output": "is {% 1 %}", "End": true"#, "/Output", "taken as it is"),
      Mistake(
        #""Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken", "TimeoutSeconds": 9, "Arguments": {"MessageBody": "x"}, "End": true"#,
        "", "$states.context.Task.Token"),
    ])
  func jsonata(mistake: Mistake) throws { try Self.expect(mistake, "JSONata") }

  @Test("What a JSONata expression binds itself, and what a Catch and a task have, is found")
  func boundNames() {
    let mistake = Mistake(
      #""Type": "Task", "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken", "TimeoutSeconds": "{% 9 %}", "#
        + #""Arguments": {"T": "{% $states.context.Task.Token %}"}, "Output": "{% ($a := $states.result; $map($a, function($v) { $v })) %}", "#
        + #""Catch": [{"ErrorEquals": ["X"], "Output": "{% $states.errorOutput.Cause & $uuid() %}", "Next": "Z"}], "End": true"#,
      "", "")
    #expect(mistake.found("JSONata").isEmpty, "\(mistake.found("JSONata"))")
  }

  @Test(
    "A task that may wait for ever, a rule that matches nothing and fields without effect are said",
    arguments: [
      Mistake(
        #""Type": "Task", "Resource": "arn:aws:states:::ecs:runTask.sync", "End": true"#, "", "no TimeoutSeconds"),
      Mistake(
        #""Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage", "HeartbeatSeconds": 1, "End": true"#,
        "/HeartbeatSeconds", "heartbeats"),
      Mistake(
        #""Type": "Task", "Resource": "arn:aws:states:::sqss:x", "End": true"#, "/Resource", "did you mean 'sqs'"),
      Mistake(
        #""Type": "Task", "Resource": "arn:aws:states:::aws-sdk:s3:GetObject", "End": true"#, "/Resource", "'getObject'"
      ),
      Mistake(
        retry(#"{"ErrorEquals": ["X"]}, {"ErrorEquals": ["X", "Y"]}"#), "/Retry/1/ErrorEquals", "already matched"),
      Mistake(
        retry(#"{"ErrorEquals": ["States.TaskFailed"]}, {"ErrorEquals": ["Y", "States.Timeout"]}"#),
        "/Retry/1/ErrorEquals", "Y is already matched by an earlier rule of Retry, States.TaskFailed"),
      Mistake(retry(#"{"ErrorEquals": ["State.ALL"]}"#), "/Retry/0/ErrorEquals", "did you mean 'States.ALL'"),
      Mistake(retry(#"{"ErrorEquals": ["States.Tiemout"]}"#), "/Retry/0/ErrorEquals", "did you mean 'States.Timeout'"),
      Mistake(retry(#"{"ErrorEquals": ["States.Runtime"]}"#), "/Retry/0/ErrorEquals", "no Retry and no Catch"),
      Mistake(retry(#"{"ErrorEquals": ["ECS.OutOfMemroy"]}"#), "/Retry/0/ErrorEquals", "did you mean ECS.OutOfMemory?"),
      Mistake(
        retry(#"{"ErrorEquals": ["X"], "IntervalSeconds": 9, "MaxDelaySeconds": 3}"#), "/Retry/0/MaxDelaySeconds",
        "less than IntervalSeconds"),
      Mistake(map(#""Label": "a""#), "/Label", "DISTRIBUTED"),
      Mistake(map(#""ItemBatcher": {"MaxItemsPerBatch": 2}"#), "/ItemBatcher", "DISTRIBUTED"),
    ])
  func withoutEffect(mistake: Mistake) throws { try Self.expect(mistake) }

  private static func retry(_ rules: String) -> String {
    #""Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage", "End": true, "Retry": [\#(rules)]"#
  }

  private static func map(_ field: String) -> String {
    #""Type": "Map", "End": true, "ItemProcessor": {"StartAt": "T", "States": {"T": {"Type": "Succeed"}}}, "# + field
  }

  @Test("New fields of ItemReader and ResultWriter are no mistakes, and unknown delimiters neither")
  func newFields() {
    let mistake = Mistake(
      #""Type": "Map", "End": true, "ItemProcessor": {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS"}, "#
        + #""StartAt": "T", "States": {"T": {"Type": "Succeed"}}}, "ItemReader": {"Resource": "arn:aws:states:::s3:getObject", "#
        + #""Parametres": {}, "ReaderConfig": {"CSVDelimiter": ","}}"#,
      "", "")
    let found = mistake.found()
    #expect(found.map(\.severity) == [.warning, .warning])
    #expect(
      found.map(\.pointer) == ["/States/S/ItemReader/Parametres", "/States/S/ItemReader/ReaderConfig/CSVDelimiter"])
    #expect(found.first?.message.contains("did you mean 'Parameters'") == true)
  }

  @Test("States that only lead to each other are a warning, once")
  func island() {
    let found = StateMachine.validate(
      #"{"StartAt": "A", "States": {"A": {"Type": "Succeed"}, "B": {"Type": "Pass", "Next": "C"}, "#
        + #""C": {"Type": "Pass", "Next": "B"}}}"#)
    #expect(found.map(\.pointer) == ["/States/B"])
    #expect(found.map(\.severity) == [.warning])
  }
}
