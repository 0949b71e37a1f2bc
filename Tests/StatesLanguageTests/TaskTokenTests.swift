import JobModel
import StatesLanguage
import TestSupport
import Testing

@Suite("Task tokens and scopes")
struct TaskTokenTests {
  private static let task = """
    {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken", "TimeoutSeconds": 9,
      "Parameters": {"T.$": "$$.Task.Token"}, "End": true
    """

  private static func driving(_ states: String, seed: UInt64 = 1) throws -> Driving {
    var driving = try Driving(
      #"{"StartAt": "Work", "States": {"Work": \#(states)}}"#, context: ["Execution": ["Id": "run é\"1"]])
    driving.generator = RandomGenerator(SeededRandom(seed: seed))
    return driving
  }

  @Test("A token names the execution and the attempt, and is found by what it begins with")
  func form() throws {
    var driving = try Self.driving(Self.task + "}")
    driving.begin()
    let text = try #require(driving.execution.openTasks.first?.token)
    let token = try #require(TaskToken(text))
    #expect(token.execution == "run é\"1")
    #expect(token.task == 1)
    #expect(token.text == text)
    #expect(text.hasPrefix(TaskTokenForm.prefix))
    #expect(text.withoutTaskTokens == TaskTokenForm.hidden)
    #expect(text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-" || $0 == "_") })
    #expect(driving.execution.openTasks.first?.arguments == ["T": .string(text)])
  }

  @Test("A token is itself and no other: not shorter, longer, or otherwise anywhere")
  func comparison() throws {
    var driving = try Self.driving(Self.task + "}")
    driving.begin()
    let text = try #require(driving.execution.openTasks.first?.token)
    let token = try #require(TaskToken(text))
    #expect(token.isSame(as: text))
    for other in ["", String(text.dropLast()), text + "A", text.uppercased()] { #expect(!token.isSame(as: other)) }
    for index in text.indices {
      var changed = text
      changed.replaceSubrange(index...index, with: text[index] == "x" ? "y" : "x")
      #expect(!token.isSame(as: changed))
    }
    var other = try Self.driving(Self.task + "}", seed: 2)
    other.begin()
    #expect(!token.isSame(as: other.execution.openTasks.first?.token ?? ""))
  }

  @Test(
    "What is no token is none",
    arguments: [
      "", "jobd-task-", "cnVuCjEKYWJj", "jobd-task-cnVuCjEKYWJ*", "jobd-task-cnVu", "jobd-task-cnVuCjEK",
      "jobd-task-cnVuCngKYWJj", "jobd-task-_w", "jobd-task-" + String(repeating: "A", count: 2_048),
    ])
  func noToken(text: String) {
    #expect(TaskToken(text) == nil)
  }

  @Test("An invocation says in which scope it is, also after it was stored")
  func scopes() throws {
    var driving = try Self.driving(
      """
      {"Type": "Parallel", "End": true, "Branches": [
        {"StartAt": "A", "States": {"A": \(Self.task)}}},
        {"StartAt": "M", "States": {"M": {"Type": "Map", "ItemsPath": "$.items", "End": true,
          "ItemProcessor": {"StartAt": "B", "States": {"B": \(Self.task)}}}}}}]}
      """)
    driving = {
      var copy = driving
      copy.execution = Execution(machine: driving.execution.machine, input: ["items": [1, 2]])
      return copy
    }()
    driving.begin()
    #expect(driving.execution.openTasks.map(\.scope).sorted() == ["root/0", "root/1/0", "root/1/1"])
    let stored = try Execution(machine: driving.execution.machine, scopes: driving.execution.rows())
    #expect(stored.openTasks == driving.execution.openTasks)
  }

  @Test(
    "Scopes are nested where one holds the other, or both are the same",
    arguments: [
      ("root", "root/1", true), ("root/1", "root/1", true), ("root/1", "root/10", false),
      ("root/1/2", "root/1", true), ("root/1", "root/2", false), ("root/1/2", "root/2/2", false),
    ])
  func nesting(left: String, right: String, areNested: Bool) {
    #expect(Execution.areNested(left, right) == areNested)
    #expect(Execution.areNested(right, left) == areNested)
  }
}
