import JobModel
import StatesLanguage
import Testing

@testable import JobDaemon

@Suite("Mock files")
struct MockFileTests {
  static let machine = #"""
    {"StartAt": "Prepare", "States": {
      "Prepare": {"Type": "Pass", "Next": "Close"},
      "Close": {"Type": "Task", "Resource": "arn:aws:states:::ecs:runTask.sync", "Next": "Each",
        "Retry": [{"ErrorEquals": ["Busy"], "IntervalSeconds": 60}]},
      "Each": {"Type": "Map", "End": true, "ItemProcessor": {"StartAt": "Notify", "States": {
        "Notify": {"Type": "Task", "Resource": "arn:aws:states:::sns:publish", "End": true}}}}}}
    """#

  private func read(
    _ text: String, machine: String? = nil, testCase: String? = nil
  ) throws -> (file: MockFile?, diagnostics: [Diagnostic]) {
    MockFileReader.read(
      text, MachineGraph(try JSONValue.parse(Self.machine)),
      MockFileReader.Choice(machine: machine, fileMachine: "month-end", testCase: testCase))
  }

  @Test("The simple form answers states by attempt, or every attempt alike")
  func simple() throws {
    let (file, diagnostics) = try read(
      #"""
      {"Close": {"1-2": {"Throw": {"Error": "Busy"}}, "0": {"Return": 1}, "4": {"Return": null}},
        "Notify": {"Throw": {"Error": "E", "Cause": "c"}}}
      """#)
    let mocks = try #require(file)
    #expect(diagnostics.isEmpty)
    #expect(
      (0...5).map { mocks.answer(to: "Close", attempt: $0) }
        == [
          .returned(1), .thrown(error: "Busy", cause: ""), .thrown(error: "Busy", cause: ""), nil, .returned(.null),
          nil,
        ])
    #expect(mocks.answer(to: "Notify", attempt: 1_000) == .thrown(error: "E", cause: "c"))
    #expect(mocks.attempts(of: "Close") == "0, 1-2, 4")
    #expect(!mocks.answers("Prepare"))
  }

  private static let configuration = #"""
    {"StateMachines": {
      "month-end": {"TestCases": {"Good": {"Close": "Closed", "Notify": "Told"}, "Slow": {"Close": "Busy"}}},
      "other": {"TestCases": {"Any": {"Elsewhere": "Told"}}}},
     "MockedResponses": {"Closed": {"0": {"Return": {}}}, "Told": {"0-9": {"Return": {"MessageId": "1"}}},
      "Busy": {"0": {"Throw": {"Error": "Busy", "Cause": "later"}}, "1": {"Return": {}}}, "Unused": {}}}
    """#

  @Test("A MockConfigFile answers with the responses of one test case")
  func configuration() throws {
    let good = try read(Self.configuration, testCase: "Good")
    #expect(good.diagnostics.isEmpty)
    #expect(good.file?.answer(to: "Notify", attempt: 9) == .returned(["MessageId": "1"]))
    let slow = try read(Self.configuration, machine: "month-end", testCase: "Slow").file
    #expect(slow?.answer(to: "Close", attempt: 0) == .thrown(error: "Busy", cause: "later"))
    #expect(slow?.answers("Notify") == false)
  }

  @Test(
    "What cannot be chosen from a MockConfigFile is said with what there is",
    arguments: [
      (nil, nil, "/StateMachines/month-end: --test-case must say which test case is run: there is \"Good\", \"Slow\""),
      (nil, "Godo", "/StateMachines/month-end/TestCases: There is no test case \"Godo\": did you mean \"Good\"?"),
      (
        "month", "Good",
        "/StateMachines: There is no machine \"month\": there is \"month-end\", \"other\". --machine NAME says which "
          + "one is meant"
      ),
      (
        "other", "Any",
        "/StateMachines/other/TestCases/Any/Elsewhere: The machine has no state \"Elsewhere\": there is \"Close\", "
          + "\"Notify\""
      ),
    ] as [(String?, String?, String)])
  func choice(machine: String?, testCase: String?, problem: String) throws {
    let (file, diagnostics) = try read(Self.configuration, machine: machine, testCase: testCase)
    #expect(file == nil)
    #expect(diagnostics.map { "\($0.pointer): \($0.message)" } == [problem])
  }

  @Test(
    "Every mistake is told with its place",
    arguments: [
      ("[]", ": A mock file is an object of states, or of StateMachines, and this is a value of type array"),
      ("{", ": It is no JSON: line 1, column 2: expected a key in double quotes, found the end of the text"),
      (#"{"Clsoe": {"Return": 1}}"#, #"/Clsoe: The machine has no state "Clsoe": did you mean "Close"?"#),
      (#"{"Prepare": {"Return": 1}}"#, #"/Prepare: The state "Prepare" is a Pass, and only Task states are mocked"#),
      (
        #"{"Close": 1}"#,
        #"/Close: Expected an object of attempts, such as {"0": {"Return": …}}, and this is a value of type number"#
      ),
      (#"{"Close": {"Return": 1, "Throw": {"Error": "E"}}}"#, "/Close: An attempt has Return or Throw, not both"),
      (#"{"Close": {"Return": 1, "0": {}}}"#, #"/Close/0: "0" is not known here: there is "Return", "Throw""#),
      (#"{"Close": {"0": {}}}"#, "/Close/0: An attempt needs Return or Throw"),
      (#"{"Close": {"0": {"Retrun": 1}}}"#, #"/Close/0/Retrun: "Retrun" is not known here: did you mean "Return"?"#),
      (#"{"Close": {"0-2": {"Return": 1}, "2": {"Return": 1}}}"#, "/Close: Attempt 2 is answered twice"),
      (#"{"Close": {"0-9": {"Return": 1}, "2": {"Return": 1}, "5": {"Return": 1}}}"#, "/Close: Attempt 5 is answered"),
      (#"{"Close": {"2-1": {"Return": 1}}}"#, #"/Close/2-1: "2-1" is no attempt: write "0" or "1-2""#),
      (#"{"Close": {"-1": {"Return": 1}}}"#, #"/Close/-1: "-1" is no attempt"#),
      (#"{"Close": {"1-2-3": {"Return": 1}}}"#, #"/Close/1-2-3: "1-2-3" is no attempt"#),
      (#"{"Close": {"9999999999999999999999": {"Return": 1}}}"#, "is no attempt"),
      (#"{"Close": {"1000001": {"Return": 1}}}"#, "is no attempt"),
      (#"{"Close": {"0": {"Throw": {"Cause": "c"}}}}"#, "/Close/0/Throw: Throw needs an Error"),
      (#"{"Close": {"0": {"Throw": {"Error": 1}}}}"#, "/Close/0/Throw/Error: Expected a string, found number"),
      (#"{"Close": {"0": {"Throw": "E"}}}"#, "/Close/0/Throw: Expected an object with Error and Cause"),
      (
        #"{"StateMachines": {"month-end": {"TestCases": {"A": {"Close": "X"}}}}, "MockedResponses": {}}"#,
        #"/StateMachines/month-end/TestCases/A/Close: There is no mocked response "X""#
      ),
      (
        #"{"StateMachines": {"month-end": {"TestCases": {"A": {"Close": {}}}}}}"#,
        "/StateMachines/month-end/TestCases/A/Close: Expected the name of one of MockedResponses, found object"
      ),
      (
        #"{"StateMachines": {"month-end": {"TestCases": {}}}, "MockedResponses": {"R": {"Return": 1}}}"#,
        #"/MockedResponses/R/Return: "Return" is no attempt: write "0" or "1-2", from 0"#
      ),
      (#"{"StateMachines": {"month-end": {"Cases": {}}}}"#, #"/StateMachines/month-end/Cases: "Cases" is not known"#),
      (#"{"MockedResponses": 1}"#, "/MockedResponses: It must be an object of responses"),
    ])
  func mistakes(text: String, problem: String) throws {
    let (file, diagnostics) = try read(text)
    #expect(file == nil)
    #expect(diagnostics.contains { "\($0.pointer): \($0.message)".contains(problem) }, "\(diagnostics)")
  }

  @Test("All mistakes are told at once, with their lines, and a choice without anything to choose from is one")
  func all() throws {
    let (_, diagnostics) = try read("{\"A\": {},\n\"Close\": {\"x\": {}}}", testCase: "T")
    #expect(diagnostics.map(\.line) == [1, 1, 2, 2])
    #expect(
      diagnostics[0].message == "--test-case and --machine are for a file with StateMachines, and this one has none")
  }

  @Test(
    "A state to which every execution comes is missed before anything runs",
    arguments: [
      ("{}", "Close"), (#"{"Close": {"Return": 1}}"#, nil), (#"{"Notify": {"Return": 1}}"#, "Close"),
    ] as [(String, String?)])
  func gaps(text: String, state: String?) throws {
    let mocks = try #require(try read(text).file)
    #expect(mocks.certainGap(in: MachineGraph(try JSONValue.parse(Self.machine))) == state)
  }

  @Test("A state behind an error that is caught, a choice or itself is not certain")
  func uncertain() throws {
    let machine: JSONValue = [
      "StartAt": "A",
      "States": [
        "A": ["Type": "Task", "Resource": "r", "Next": "B"], "B": ["Type": "Task", "Resource": "r", "Next": "A"],
      ],
    ]
    func gap(_ states: [String: MockFile.Answer]) -> String? {
      MockFile(states: states.mapValues { [MockFile.Entry(attempts: 0...0, answer: $0)] })
        .certainGap(in: MachineGraph(machine))
    }
    #expect(gap(["A": .returned(1)]) == "B")
    #expect(gap(["A": .thrown(error: "E", cause: "")]) == nil)
    #expect(gap(["A": .returned(1), "B": .returned(1)]) == nil)
  }
}
