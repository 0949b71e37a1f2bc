import JobModel
import StatesLanguage
import Testing

/// A part of a definition with a mistake, where it is reported, and words of the message.
struct Mistake: Sendable, CustomTestStringConvertible {
  var part: String
  var pointer: String
  var words: String

  init(_ part: String, _ pointer: String, _ words: String) {
    (self.part, self.pointer, self.words) = (part, pointer, words)
  }

  var testDescription: String { part }

  /// The diagnostics of the machine around the state, which starts by going either to S or to its end.
  func found(_ language: String = "JSONPath") -> [Diagnostic] {
    let way =
      language == "JSONata"
      ? #"{"Condition": true, "Next": "S"}"# : #"{"Variable": "$", "IsNull": true, "Next": "S"}"#
    return StateMachine.validate(
      #"{"QueryLanguage": "\#(language)", "StartAt": "Y", "States": {"S": {\#(part)}, "Z": {"Type": "Succeed"}, "#
        + #""Y": {"Type": "Choice", "Choices": [\#(way)], "Default": "Z"}}}"#)
  }
}

@Suite("Validator")
struct ValidatorTests {
  /// One cause has one diagnostic, an error at its place.
  private static func expect(_ mistake: Mistake, _ language: String = "JSONPath") throws {
    let found = mistake.found(language)
    let first = try #require(found.first, "nothing was found")
    #expect(found.count == 1, "\(found)")
    #expect(first.severity == .error)
    #expect(first.pointer == "/States/S" + mistake.pointer)
    #expect(first.message.contains(mistake.words), "\(first.message)")
  }

  @Test(
    "A mistake in a state's fields is reported at its place",
    arguments: [
      Mistake(#""Type": "Pass""#, "", "[Next, End]"),
      Mistake(#""Type": "Pass", "Next": "Z", "End": true"#, "", "only be one of the following fields: [Next, End]"),
      Mistake(#""Type": "Pass", "End": 1"#, "/End", "Boolean"),
      Mistake(#""Type": "Pass", "End": false"#, "/End", "\"End\": true"),
      Mistake(#""Type": "Pass", "Next": 1"#, "/Next", "String"),
      Mistake(#""Type": "Nap", "End": true"#, "/Type", "did you mean 'Map'"),
      Mistake(#""Type": 1, "End": true"#, "/Type", "String"), Mistake(#""End": true"#, "", "[Type]"),
      Mistake(#""Type": "Pass", "Comment": 1, "End": true"#, "/Comment", "String"),
      Mistake(
        #""Type": "Pass", "Resultt": 1, "End": true"#, "/Resultt",
        "Field 'Resultt' is not supported in a Pass state; did you mean 'Result'?"),
      Mistake(#""Type": "Pass", "Nxt": "Z", "End": true"#, "/Nxt", "did you mean 'Next'"),
      Mistake(#""Type": "Succeed", "Next": "Z""#, "/Next", "Field 'Next' is not supported in a Succeed state"),
      Mistake(#""Type": "Fail", "End": true"#, "/End", "not supported"),
      Mistake(#""Type": "Wait", "Seconds": 1, "Catch": [], "End": true"#, "/Catch", "Field 'Catch' is not supported"),
      Mistake(
        #""Type": "Pass", "Output": 1, "End": true"#, "/Output",
        "The QueryLanguage is set to 'JSONPath', but field 'Output' is only supported for the 'JSONata' QueryLanguage"),
      Mistake(
        #""Type": "Pass", "QueryLanguage": "JSONata", "Parameters": 1, "End": true"#, "/Parameters",
        "only supported for the 'JSONPath' QueryLanguage"),
      Mistake(#""Type": "Pass", "QueryLanguage": "jsonata", "Output": 1, "End": true"#, "/QueryLanguage", "'JSONata'?"),
      Mistake(#""Type": "Fail", "Error": "A", "ErrorPath": "$.a""#, "", "[Error, ErrorPath]"),
      Mistake(#""Type": "Fail", "Error": 1"#, "/Error", "String"),
      Mistake(#""Type": "Fail", "CausePath": "States.MathAdd(1, 2)""#, "/CausePath", "does not return a string"),
      Mistake(#""Type": "Fail", "CausePath": "cause""#, "/CausePath", "valid JSONPath or a valid intrinsic function"),
    ])
  func fields(mistake: Mistake) throws { try Self.expect(mistake) }

  @Test(
    "A number out of its bounds, or no number, is reported",
    arguments: [
      Mistake(#""Type": "Wait", "End": true"#, "", "Seconds"),
      Mistake(#""Type": "Wait", "Seconds": 1, "SecondsPath": "$.x", "End": true"#, "", "[Seconds, SecondsPath]"),
      Mistake(#""Type": "Wait", "Seconds": -1, "End": true"#, "/Seconds", "Minimum value is 0"),
      Mistake(#""Type": "Wait", "Seconds": 1e8, "End": true"#, "/Seconds", "Maximum value is 99999999"),
      Mistake(#""Type": "Wait", "Seconds": 1.5, "End": true"#, "/Seconds", "type Integer, found 1.5"),
      Mistake(#""Type": "Wait", "Seconds": "5", "End": true"#, "/Seconds", "type Integer, found string"),
      Mistake(#""Type": "Wait", "SecondsPath": "$.a[*]", "End": true"#, "/SecondsPath", "Reference Path"),
      Mistake(#""Type": "Wait", "Timestamp": "tomorrow", "End": true"#, "/Timestamp", "RFC3339"),
      Mistake(#""Type": "Wait", "Timestamp": "2016-13-05T21:29:29Z", "End": true"#, "/Timestamp", "RFC3339"),
      Mistake(#""Type": "Task", "Resource": "a:b", "TimeoutSeconds": 0, "End": true"#, "/TimeoutSeconds", "Minimum"),
      Mistake(
        #""Type": "Task", "Resource": "a:b", "TimeoutSeconds": 1, "TimeoutSecondsPath": "$.x", "End": true"#, "",
        "[TimeoutSeconds, TimeoutSecondsPath]"),
      Mistake(
        #""Type": "Task", "Resource": "arn:aws:states:us-east-1:1:activity:a", "TimeoutSeconds": 5, "HeartbeatSeconds": 5, "End": true"#,
        "/HeartbeatSeconds", "less than TimeoutSeconds"),
    ])
  func numbers(mistake: Mistake) throws { try Self.expect(mistake) }

  @Test(
    "A path that cannot be read, or that is none where one must stand, is reported with what is wrong in it",
    arguments: [
      Mistake(#""Type": "Pass", "InputPath": "x", "End": true"#, "/InputPath", "must be a valid JSONPath"),
      Mistake(#""Type": "Pass", "OutputPath": "$.a[", "End": true"#, "/OutputPath", "brackets hold"),
      Mistake(#""Type": "Pass", "InputPath": "States.UUID()", "End": true"#, "/InputPath", "begins with '$'"),
      Mistake(#""Type": "Pass", "InputPath": 1, "End": true"#, "/InputPath", "String"),
      Mistake(#""Type": "Pass", "ResultPath": "$.a[*]", "End": true"#, "/ResultPath", "Reference Path"),
      Mistake(#""Type": "Pass", "ResultPath": "$$.a", "End": true"#, "/ResultPath", "Reference Path"),
      Mistake(#""Type": "Pass", "ResultPath": "$a", "End": true"#, "/ResultPath", "Reference Path"),
      Mistake(#""Type": "Pass", "Parameters": {"a.$": "b"}, "End": true"#, "/Parameters/a.$", "intrinsic"),
      Mistake(#""Type": "Pass", "Parameters": {"a.$": 1}, "End": true"#, "/Parameters/a.$", "intrinsic"),
      Mistake(#""Type": "Pass", "Parameters": [{"a/b.$": 1}], "End": true"#, "/Parameters/0/a~1b.$", "intrinsic"),
      Mistake(#""Type": "Pass", "Parameters": {"a": 1, "a.$": "$.b"}, "End": true"#, "/Parameters/a.$", "are the same"),
      Mistake(
        #""Type": "Pass", "Parameters": {"a.$": "States.Fromat('{}', 1)"}, "End": true"#, "/Parameters/a.$",
        "did you mean 'States.Format'"),
      Mistake(
        #""Type": "Pass", "Parameters": {"a.$": "States.Hash(1)"}, "End": true"#, "/Parameters/a.$",
        "takes 2 arguments, not 1"),
      Mistake(
        #""Type": "Pass", "Parameters": {"a.$": "States.Array($.b"}, "End": true"#, "/Parameters/a.$", "missing"),
      Mistake(
        #""Type": "Pass", "Parameters": {"a.$": "\#(String(repeating: "States.Array(", count: 11))\#(String(repeating: ")", count: 11))"}, "End": true"#,
        "/Parameters/a.$", "deeper than 10"),
    ])
  func paths(mistake: Mistake) throws { try Self.expect(mistake) }

  @Test(
    "A Task's resource, credentials and error rules are checked",
    arguments: [
      Mistake(#""Type": "Task", "End": true"#, "", "[Resource]"),
      Mistake(#""Type": "Task", "Resource": "job", "End": true"#, "/Resource", "not recognized"),
      Mistake(#""Type": "Task", "Resource": "arn:aws:states:::sqs:nope", "End": true"#, "/Resource", "not recognized"),
      Mistake(
        #""Type": "Task", "Resource": "arn:aws:states:::sqs:sendMesage", "End": true"#, "/Resource", "'sendMessage'?"),
      Mistake(
        #""Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage.sync", "TimeoutSeconds": 1, "End": true"#,
        "/Resource", "not recognized"),
      Mistake(
        #""Type": "Task", "Resource": "arn:aws:states:::aws-sdk:s3:getObject.sync", "TimeoutSeconds": 1, "End": true"#,
        "/Resource", "SDK integrations"),
      Mistake(
        #""Type": "Task", "Resource": "arn:aws:states:::glue:startJobRun.waitForTaskToken", "TimeoutSeconds": 1, "Parameters": {"T.$": "$$.Task.Token"}, "End": true"#,
        "/Resource", "callback"),
      Mistake(
        #""Type": "Task", "Resource": "a:b", "TimeoutSeconds": 1, "Credentials": null, "End": true"#, "/Credentials",
        "Object"),
      Mistake(task(#""Retry": {}"#), "/Retry", "Array"), Mistake(task(#""Retry": [1]"#), "/Retry/0", "Object"),
      Mistake(task(#""Retry": [{}]"#), "/Retry/0", "[ErrorEquals]"),
      Mistake(task(#""Retry": [{"ErrorEquals": []}]"#), "/Retry/0/ErrorEquals", "non-empty"),
      Mistake(task(#""Retry": [{"ErrorEquals": ["A", 1]}]"#), "/Retry/0/ErrorEquals/1", "String"),
      Mistake(task(#""Retry": [{"ErrorEquals": ["States.ALL", "X"]}]"#), "/Retry/0/ErrorEquals", "alone"),
      Mistake(
        task(#""Retry": [{"ErrorEquals": ["States.ALL"]}, {"ErrorEquals": ["X"]}]"#), "/Retry/0/ErrorEquals", "last"),
      Mistake(
        task(#""Retry": [{"ErrorEquals": ["X"], "BackoffRate": 0.5}]"#), "/Retry/0/BackoffRate", "Minimum value is 1.0"),
      Mistake(
        task(#""Retry": [{"ErrorEquals": ["X"], "IntervalSeconds": 0}]"#), "/Retry/0/IntervalSeconds", "Minimum"),
      Mistake(task(#""Retry": [{"ErrorEquals": ["X"], "MaxAttempts": -1}]"#), "/Retry/0/MaxAttempts", "Minimum"),
      Mistake(
        task(#""Retry": [{"ErrorEquals": ["X"], "MaxDelaySeconds": 31622400}]"#), "/Retry/0/MaxDelaySeconds", "Maximum"),
      Mistake(
        task(#""Retry": [{"ErrorEquals": ["X"], "JitterStrategy": "full"}]"#), "/Retry/0/JitterStrategy", "'FULL'?"),
      Mistake(
        task(#""Retry": [{"ErrorEquals": ["X"], "MaxAttempt": 1}]"#), "/Retry/0/MaxAttempt",
        "did you mean 'MaxAttempts'"),
      Mistake(task(#""Catch": [{"ErrorEquals": ["X"]}]"#), "/Catch/0", "[Next]"),
      Mistake(
        task(#""Catch": [{"ErrorEquals": ["X"], "Next": "Z", "Output": 1}]"#), "/Catch/0/Output", "'JSONata'"),
    ])
  func tasks(mistake: Mistake) throws { try Self.expect(mistake) }

  private static func task(_ rule: String) -> String {
    #""Type": "Task", "Resource": "a:b", "TimeoutSeconds": 9, "End": true, "# + rule
  }

  @Test(
    "A Choice's rules are checked, also inside each other",
    arguments: [
      Mistake(#""Type": "Choice""#, "", "[Choices]"),
      Mistake(#""Type": "Choice", "Choices": []"#, "/Choices", "non-empty"),
      Mistake(#""Type": "Choice", "Choices": [1]"#, "/Choices/0", "Object"),
      Mistake(choice(#""Variable": "$.a", "Next": "Z""#), "/Choices/0", "operator"),
      Mistake(choice(#""Variable": "$.a", "IsNull": true"#), "/Choices/0", "[Next]"),
      Mistake(choice(#""IsNull": true, "Next": "Z""#), "/Choices/0", "[Variable]"),
      Mistake(choice(#""Variable": "a", "IsNull": true, "Next": "Z""#), "/Choices/0/Variable", "JSONPath"),
      Mistake(
        choice(#""Variable": "$.a", "IsNull": true, "IsString": true, "Next": "Z""#), "/Choices/0", "only one operator"),
      Mistake(
        choice(#""Variable": "$.a", "IsNul": true, "IsString": true, "Next": "Z""#), "/Choices/0/IsNul", "'IsNull'"),
      Mistake(choice(#""Variable": "$.a", "IsNull": 1, "Next": "Z""#), "/Choices/0/IsNull", "Boolean"),
      Mistake(choice(#""Variable": "$.a", "NumericEquals": "1", "Next": "Z""#), "/Choices/0/NumericEquals", "Number"),
      Mistake(
        choice(#""Variable": "$.a", "TimestampEquals": "1", "Next": "Z""#), "/Choices/0/TimestampEquals", "RFC3339"),
      Mistake(
        choice(#""Variable": "$.a", "StringEqualsPath": "b", "Next": "Z""#), "/Choices/0/StringEqualsPath", "JSONPath"),
      Mistake(choice(#""And": [], "Next": "Z""#), "/Choices/0/And", "non-empty"),
      Mistake(choice(#""Or": {}, "Next": "Z""#), "/Choices/0/Or", "Array"),
      Mistake(
        choice(#""Variable": "$", "Not": {"Variable": "$", "IsNull": true}, "Next": "Z""#), "/Choices/0/Variable", "Not"
      ),
      Mistake(
        choice(#""Not": {"Variable": "$.a", "IsNull": true, "Next": "Z"}, "Next": "Z""#), "/Choices/0/Not/Next",
        "not supported in a nested choice rule"),
      Mistake(
        choice(#""And": [{"Or": [{"Variable": "$.a", "BooleanEquals": 1}]}], "Next": "Z""#),
        "/Choices/0/And/0/Or/0/BooleanEquals", "Boolean"),
      Mistake(
        choice(#""Condition": true, "Next": "Z", "Variable": "$", "IsNull": true"#), "/Choices/0/Condition", "'JSONata'"
      ),
    ])
  func choices(mistake: Mistake) throws { try Self.expect(mistake) }

  private static func choice(_ rule: String) -> String { #""Type": "Choice", "Default": "Z", "Choices": [{\#(rule)}]"# }

  @Test(
    "A Map's and a Parallel's own fields are checked",
    arguments: [
      Mistake(#""Type": "Parallel", "End": true"#, "", "[Branches]"),
      Mistake(#""Type": "Parallel", "End": true, "Branches": []"#, "/Branches", "non-empty"),
      Mistake(#""Type": "Parallel", "End": true, "Branches": [1]"#, "/Branches/0", "Object"),
      Mistake(#""Type": "Parallel", "End": true, "Branches": [{"StartAt": "T"}]"#, "/Branches/0", "[States]"),
      Mistake(
        #""Type": "Parallel", "End": true, "Branches": [{"QueryLanguage": "JSONata", "StartAt": "T", "States": {"T": {"Type": "Succeed"}}}]"#,
        "/Branches/0/QueryLanguage", "Field 'QueryLanguage' is not supported"),
      Mistake(#""Type": "Map", "End": true"#, "", "ItemProcessor"),
      Mistake(map(#""ItemsPath": null"#), "/ItemsPath", "String"),
      Mistake(map(#""MaxConcurrency": -1"#), "/MaxConcurrency", "Minimum value is 0"),
      Mistake(map(#""MaxConcurrencyPath": "$$.Execution.Input.n""#), "/MaxConcurrencyPath", "Reference Path"),
      Mistake(map(#""ToleratedFailurePercentage": 101"#), "/ToleratedFailurePercentage", "Maximum value is 100.0"),
      Mistake(map(#""ToleratedFailureCount": 1, "ToleratedFailureCountPath": "$.a""#), "", "only be one"),
      Mistake(map(#""Parameters": {}, "ItemSelector": {}"#), "", "only be one"),
      Mistake(map(#""ItemBatcher": {}"#), "/ItemBatcher", "MaxItemsPerBatch"),
      Mistake(
        map(#""ItemBatcher": {"MaxItemsPerBatch": 1, "MaxItemsPerBatchPath": "$.a"}"#), "/ItemBatcher", "only be one"),
      Mistake(map(#""ItemBatcher": []"#), "/ItemBatcher", "Object"),
      Mistake(map(#""ItemReader": {}"#), "/ItemReader", "[Resource]"),
      Mistake(
        map(#""ItemReader": {"Resource": "arn:aws:states:::s3:getObject", "Arguments": {}}"#), "/ItemReader/Arguments",
        "'JSONata'"),
      Mistake(
        map(#""ItemReader": {"Resource": "arn:aws:states:::s3:getObject", "ReaderConfig": {"MaxItems": 100000001}}"#),
        "/ItemReader/ReaderConfig/MaxItems", "Maximum value is 100000000"),
      Mistake(
        map(
          #""ItemReader": {"Resource": "arn:aws:states:::s3:getObject", "ReaderConfig": {"CSVHeaderLocation": "GIVEN"}}"#
        ),
        "/ItemReader/ReaderConfig", "[CSVHeaders]"),
      Mistake(map(#""ResultWriter": {}"#), "/ResultWriter", "WriterConfig"),
      Mistake(
        map(#""ResultWriter": {"WriterConfig": {"OutputType": "XML"}}"#), "/ResultWriter/WriterConfig/OutputType",
        "JSONL"),
      Mistake(map(#""Label": "a b""#), "/Label", "INVALID_LABEL_NAME"),
      Mistake(
        #""Type": "Map", "End": true, "ItemProcessor": {"ProcessorConfig": {"Mode": "DISTRIBUTED"}, "StartAt": "T", "States": {"T": {"Type": "Succeed"}}}"#,
        "/ItemProcessor/ProcessorConfig", "[ExecutionType]"),
      Mistake(
        #""Type": "Map", "End": true, "ItemProcessor": {"ProcessorConfig": {"Mode": "inline"}, "StartAt": "T", "States": {"T": {"Type": "Succeed"}}}"#,
        "/ItemProcessor/ProcessorConfig/Mode", "'INLINE'?"),
      Mistake(
        #""Type": "Map", "End": true, "ItemProcessor": {"QueryLanguage": "JSONPath", "StartAt": "T", "States": {"T": {"Type": "Succeed"}}}"#,
        "/ItemProcessor/QueryLanguage", "not supported"),
    ])
  func forks(mistake: Mistake) throws { try Self.expect(mistake) }

  /// A distributed one, which may have all of the fields.
  private static func map(_ field: String) -> String {
    #""Type": "Map", "End": true, "ItemProcessor": {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "#
      + #""STANDARD"}, "StartAt": "T", "States": {"T": {"Type": "Succeed"}}}, "# + field
  }

  @Test(
    "Expressions of a JSONata state are read, and its own rules held to",
    arguments: [
      Mistake(#""Type": "Pass", "Output": "{% (1 %}", "End": true"#, "/Output", "INVALID_JSONATA_EXPRESSION: Expected"),
      Mistake(
        #""Type": "Pass", "Output": {"a": ["{% 420. %}"]}, "End": true"#, "/Output/a/0", "INVALID_JSONATA_EXPRESSION"),
      Mistake(#""Type": "Pass", "Output": "{% 10 %", "End": true"#, "/Output", "'%}' is missing"),
      Mistake(
        #""Type": "Pass", "Output": "{% $states.errorOutput %}", "End": true"#, "/Output",
        "UNSUPPORTED_JSONATA_EXPRESSION"),
      Mistake(
        #""Type": "Pass", "QueryLanguage": "JSONPath", "Parameters": {}, "End": true"#, "/QueryLanguage",
        "can not be 'JSONPath' if set to 'JSONata' for whole state machine"),
      Mistake(#""Type": "Pass", "OutputPath": "$", "End": true"#, "/OutputPath", "'JSONPath' QueryLanguage"),
      Mistake(#""Type": "Wait", "SecondsPath": "$.a", "Seconds": 1, "End": true"#, "/SecondsPath", "'JSONPath'"),
      Mistake(#""Type": "Choice", "Choices": [{"Next": "Z"}], "Default": "Z""#, "/Choices/0", "[Condition]"),
      Mistake(
        #""Type": "Choice", "Choices": [{"Condition": 1, "Next": "Z"}], "Default": "Z""#, "/Choices/0/Condition",
        "Boolean"),
      Mistake(
        #""Type": "Choice", "Choices": [{"Condition": true, "Variable": "$", "Next": "Z"}], "Default": "Z""#,
        "/Choices/0/Variable", "'JSONPath'"),
      Mistake(
        #""Type": "Map", "Items": 1, "End": true, "ItemProcessor": {"StartAt": "T", "States": {"T": {"Type": "Succeed"}}}"#,
        "/Items", "an array"),
      Mistake(
        #""Type": "Map", "ItemsPath": "$", "End": true, "ItemProcessor": {"StartAt": "T", "States": {"T": {"Type": "Succeed"}}}"#,
        "/ItemsPath", "'JSONPath'"),
    ])
  func jsonata(mistake: Mistake) throws { try Self.expect(mistake, "JSONata") }

  @Test(
    "A variable has a name of its own, which no outer scope assigns",
    arguments: [
      Mistake(#""Type": "Pass", "Assign": {"states": 1}, "End": true"#, "/Assign/states", "reserved"),
      Mistake(#""Type": "Pass", "Assign": [], "End": true"#, "/Assign", "Object"),
      Mistake(
        #""Type": "Pass", "Assign": {"\#(String(repeating: "a", count: 81)).$": "$"}, "End": true"#,
        "/Assign/\(String(repeating: "a", count: 81)).$", "at most 80"),
      Mistake(
        #""Type": "Parallel", "Assign": {"a": 1}, "End": true, "Branches": [{"StartAt": "T", "States": {"T": {"Type": "Pass", "Assign": {"a.$": "$"}, "End": true}}}]"#,
        "/Branches/0/States/T/Assign/a.$", "outer scope"),
    ])
  func variables(mistake: Mistake) throws { try Self.expect(mistake) }

  @Test("A distributed Map's states are a scope of their own")
  func distributedScope() {
    let mistake = Mistake(Self.map(#""Assign": {"a": 1}"#), "", "")
    #expect(mistake.found().isEmpty)
    let inner = mistake.part.replacing(
      #"{"Type": "Succeed"}"#, with: #"{"Type": "Pass", "Assign": {"a": 2}, "End": true}"#)
    #expect(Mistake(inner, "", "").found().isEmpty)
  }

  @Test(
    "States of branches and item processors inherit the machine's query language, not that of the state around them")
  func inheritedLanguage() throws {
    let mistake = Mistake(
      #""Type": "Parallel", "QueryLanguage": "JSONata", "End": true, "Branches": [{"StartAt": "T", "States": {"T": {"Type": "Pass", "Output": 1, "End": true}}}]"#,
      "/Branches/0/States/T/Output", "set to 'JSONPath'")
    try Self.expect(mistake)
    #expect(mistake.found("JSONata").isEmpty)
  }
}
