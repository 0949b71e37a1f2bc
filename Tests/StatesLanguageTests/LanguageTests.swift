import JobModel
import StatesLanguage
import TestSupport
import Testing

/// What a Pass state with these Parameters makes of an input; nil where it fails.
private func evaluate(_ expression: String, _ input: JSONValue) throws -> JSONValue? {
  let template: JSONValue = ["v.$": .string(expression)]
  let definition: JSONValue = [
    "StartAt": "P", "States": ["P": ["Type": "Pass", "Parameters": template, "End": true]],
  ]
  let (machine, diagnostics) = StateMachine.parse(definition, sourceMap: nil)
  var driving = Driving(try #require(machine, "\(diagnostics)"), input: input)
  driving.runToEnd()
  guard case .succeeded(let output) = driving.execution.result else { return nil }
  return output["v"]
}

private func isValid(_ expression: String) -> Bool {
  let template: JSONValue = ["v.$": .string(expression)]
  let definition: JSONValue = [
    "StartAt": "P", "States": ["P": ["Type": "Pass", "Parameters": template, "End": true]],
  ]
  return StateMachine.parse(definition, sourceMap: nil).machine != nil
}

@Suite("JSONPath")
struct JSONPathTests {
  static let store: JSONValue = [
    "a b": 1, "items": [["p": 1, "t": "x"], ["p": 5, "t": "y"], ["p": 9]], "deep": ["p": 7, "list": [1, 2, 3, 4]],
    "limit": 4, "none": nil, "text": "héllo",
  ]

  @Test(
    "A path finds what Step Functions finds",
    arguments: [
      ("$", nil), ("$.limit", 4), ("$['a b']", 1), ("$[\"limit\"]", 4), ("$.items[0].p", 1), ("$.items[-1].p", 9),
      ("$.items[*].p", [1, 5, 9]), ("$.items[0,2].p", [1, 9]), ("$.deep.list[1:3]", [2, 3]),
      ("$.deep.list[:-1]", [1, 2, 3]),
      ("$.deep.list[-2:]", [3, 4]), ("$..p", [1, 5, 9, 7]), ("$.items[?(@.p > 4)].p", [5, 9]),
      ("$.items[?(@.t)].p", [1, 5]), ("$.items[?(@.t == 'y' || @.p == 9)].p", [5, 9]),
      ("$.items[?(@.p < $.limit && !(@.t == 'y'))].t", ["x"]), ("$.items[?(@.t in ['x','z'])].p", [1]),
      ("$.items[*].t", ["x", "y"]), ("$.missing[*].x", []), ("$.items.length()", 3), ("$.none", .null),
      ("$.deep['p','list']", [["p": 7, "list": [1, 2, 3, 4]]]), ("$.text.length()", 5),
    ] as [(String, JSONValue?)])
  func values(path: String, expected: JSONValue?) throws {
    #expect(try evaluate(path, JSONPathTests.store) == expected ?? JSONPathTests.store)
  }

  @Test(
    "A definite path to nothing is a failure", arguments: ["$.x", "$.items[3]", "$.limit.x", "$.text[0]", "$.x.y.z"])
  func missing(path: String) throws {
    #expect(try evaluate(path, JSONPathTests.store) == nil)
  }

  @Test(
    "A text that is no path is refused",
    arguments: [
      "$.", "$[", "$[]", "$..", "$['a", "$[a]", "$.a b", "$[?(@.x]", "$[?()]", "$.a[1:]x", "$[99999999999]", "$.size()",
      "$" + String(repeating: "[0]", count: 200), "$[?(" + String(repeating: "(", count: 500),
      "$[?(" + String(repeating: "!", count: 5_000),
    ])
  func invalid(path: String) {
    #expect(!isValid(path))
  }

  @Test("A path that would visit a whole large document many times over ends")
  func bounded() throws {
    let wide = JSONValue.array((0..<1_000).map { _ in [[1], [2], [3]] })
    _ = try evaluate("$..*..*..*", wide)
  }
}

@Suite("Intrinsic functions")
struct IntrinsicTests {
  static let input: JSONValue = [
    "list": [1, 2, 2, 3], "o": ["a": 1, "b": [true, nil]], "s": "x,y;z", "name": "Ann", "big": 1.0e10,
    "json": "{\"k\": [1]}",
  ]

  @Test(
    "A function gives what the guide says",
    arguments: [
      ("States.Format('Hi {}, {}', $.name, 5)", "Hi Ann, 5"), ("States.Format('\\{\\} \\'{}\\'', $.name)", "{} 'Ann'"),
      ("States.Format('{}', $.o)", "{a=1, b=[true, null]}"), ("States.Format('{}', $.big)", "1.0E10"),
      ("States.StringToJson($.json)", ["k": [1]]), ("States.JsonToString($.o)", "{\"a\":1,\"b\":[true,null]}"),
      ("States.Array(1, 'a', $.name, true, null)", [1, "a", "Ann", true, nil]), ("States.Array()", []),
      ("States.ArrayPartition($.list, 3)", [[1, 2, 2], [3]]), ("States.ArrayContains($.list, 3)", true),
      ("States.ArrayRange(1, 9, 4)", [1, 5, 9]), ("States.ArrayRange(3, 1, -1)", [3, 2, 1]),
      ("States.ArrayGetItem($.list, 1)", 2), ("States.ArrayLength($.list)", 4),
      ("States.ArrayUnique($.list)", [1, 2, 3]),
      ("States.Base64Encode('abc d')", "YWJjIGQ="), ("States.Base64Decode('YWJjIGQ=')", "abc d"),
      ("States.Hash('abc', 'MD5')", "900150983cd24fb0d6963f7d28e17f72"),
      ("States.JsonMerge($.o, States.StringToJson('{\"a\":2}'), false)", ["a": 2, "b": [true, nil]]),
      ("States.MathAdd(7, -9)", -2), ("States.MathAdd(1.5, 1)", 3), ("States.StringSplit($.s, ',;')", ["x", "y", "z"]),
      ("States.ArrayGetItem(States.StringSplit('2026-11-21', '-'), States.MathAdd(0, 1))", "11"),
    ] as [(String, JSONValue)])
  func values(call: String, expected: JSONValue) throws {
    #expect(try evaluate(call, IntrinsicTests.input) == expected)
  }

  @Test("Calls whose texts Swift takes for equal are told apart by their bytes")
  func spellings() throws {
    for text in ["\u{E9}", "e\u{301}"] {
      let definition: JSONValue = [
        "StartAt": "A",
        "States": ["A": ["Type": "Pass", "Parameters": ["x.$": .string("States.Format('\(text)')")], "End": true]],
      ]
      let machine = try #require(StateMachine.parse(definition, sourceMap: nil).machine)
      var driving = Driving(machine, input: [:], context: [:])
      driving.runToEnd()
      guard case .succeeded(let output) = driving.execution.result, let given = output["x"]?.stringValue else {
        Issue.record("\(String(describing: driving.execution.result))")
        continue
      }
      #expect(Array(given.utf8) == Array(text.utf8))
    }
  }

  @Test(
    "Arguments that do not suit a function are a failure",
    arguments: [
      "States.ArrayRange(1, 5000, 1)", "States.ArrayRange(1, 2, 0)", "States.ArrayGetItem($.list, 9)",
      "States.ArrayLength($.name)", "States.MathAdd('a', 1)", "States.StringToJson('{')", "States.Format('{} {}', 1)",
      "States.JsonMerge($.o, $.o, true)", "States.Hash('a', 'CRC')", "States.Base64Decode('*')",
      "States.Format('{}', $.no)",
      "States.MathRandom(5, 5)", "States.ArrayPartition($.list, 0)", "States.MathAdd(9223372036854775807, 1)",
      "States.ArrayRange(-9223372036854775808, 9223372036854775807, 1)",
      "States.ArrayRange(0, -9223372036854775808, -1)",
    ])
  func failures(call: String) throws {
    #expect(try evaluate(call, IntrinsicTests.input) == nil)
  }

  @Test(
    "A call that cannot be read is refused",
    arguments: [
      "States.Nope(1)", "States.Format()", "States.Format('a'", "States.UUID(1)", "States.Array(1,)",
      "States.Array(abc)",
      "States.Format('a)", "States.Array(1) x", "Format('a')",
      String(repeating: "States.Array(", count: 11) + String(repeating: ")", count: 11),
    ])
  func invalid(call: String) {
    #expect(!isValid(call))
  }

  @Test("Random numbers come from the generator, and are the seed's own where one is given")
  func random() throws {
    let once = try evaluate("States.MathRandom(1, 1000000, 42)", [:])
    #expect(try evaluate("States.MathRandom(1, 1000000, 42)", [:]) == once)
    let uuid = try #require(try evaluate("States.UUID()", [:])?.stringValue)
    #expect(uuid.count == 36 && Array(uuid)[14] == "4")
    #expect(try evaluate("States.UUID()", [:])?.stringValue == uuid)
  }
}

@Suite("Choice rules")
struct ChoiceTests {
  private func holds(_ rule: String, _ input: JSONValue) throws -> Bool {
    var driving = try Driving(
      """
      {"StartAt": "C", "States": {"C": {"Type": "Choice", "Choices": [{\(rule), "Next": "Y"}], "Default": "N"},
        "Y": {"Type": "Pass", "Result": true, "End": true}, "N": {"Type": "Pass", "Result": false, "End": true}}}
      """, input: input)
    driving.runToEnd()
    return driving.execution.result == .succeeded(output: true)
  }

  @Test(
    "A rule holds as the language says",
    arguments: [
      (#""Variable": "$.s", "StringMatches": "log-*.txt""#, true),
      (#""Variable": "$.s", "StringMatches": "log*x*y""#, false),
      (#""Variable": "$.star", "StringMatches": "a\\*b""#, true), (#""Variable": "$.s", "StringMatches": "*""#, true),
      (#""Variable": "$.s", "StringGreaterThan": "log""#, true), (#""Variable": "$.n", "StringEquals": "1""#, false),
      (#""Variable": "$.n", "NumericLessThanEqualsPath": "$.m""#, true),
      (#""Variable": "$.t", "IsTimestamp": true"#, true),
      (#""Variable": "$.t", "TimestampLessThan": "2026-01-01T00:00:00+09:00""#, false),
      (#""Variable": "$.none", "IsPresent": false"#, true), (#""Variable": "$.s", "IsString": false"#, false),
      (#""Not": {"Variable": "$.n", "NumericEquals": 2}"#, true),
      (#""Or": [{"Variable": "$.n", "NumericEquals": 2}, {"And": [{"Variable": "$.n", "IsNumeric": true}]}]"#, true),
      (#""And": [{"Variable": "$.n", "NumericEquals": 1}, {"Variable": "$.s", "IsNull": true}]"#, false),
    ])
  func rules(rule: String, expected: Bool) throws {
    let input: JSONValue = ["s": "log-1.txt", "star": "a*b", "n": 1, "m": 1.0, "t": "2026-01-01T00:00:00Z"]
    #expect(try holds(rule, input) == expected)
  }
}
