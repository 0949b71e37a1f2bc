import JobModel
import Testing

@testable import ECSSimulator

@Suite("ListTasks, DescribeTasks and definitions")
struct TaskOperationsTests {
  private func list(_ fixture: inout Fixture, _ input: JSONObject) throws -> [String] {
    let whole = input.merging(["cluster": "batch"])
    return try fixture.call("ListTasks", whole)["taskArns"]?.arrayValue?.compactMap(\.stringValue) ?? []
  }

  @Test("ListTasks goes by startedBy, family and desired status")
  func filters() throws {
    var fixture = try Fixture()
    try fixture.register("other")
    let running = try fixture.run(Fixture.simulating("after=never").merging(["startedBy": "a"]))
    let stopped = try fixture.run(["startedBy": "a"])
    let stranger = try fixture.run(
      Fixture.simulating("after=never").merging(["startedBy": "b", "taskDefinition": "other"]))
    #expect(try list(&fixture, ["startedBy": "a"]) == [running])
    #expect(try list(&fixture, ["startedBy": "a", "desiredStatus": "STOPPED"]) == [stopped])
    #expect(try list(&fixture, ["family": "other"]) == [stranger])
    #expect(try list(&fixture, [:]) == [running, stranger])
    #expect(try list(&fixture, ["desiredStatus": "PENDING"]) == [])
    #expect(throws: ServiceError.self) { try list(&fixture, ["desiredStatus": "ASLEEP"]) }
  }

  @Test("Pages cover every task once, also those that start while paging", arguments: [1, 3, 10, 100])
  func paging(size: Int) throws {
    var fixture = try Fixture()
    var arns = try (0..<10).map { _ in try fixture.run(Fixture.simulating("after=never")) }
    var seen: [String] = []
    var input: JSONObject = ["cluster": "batch", "maxResults": .integer(Int64(size))]
    while true {
      let page = try fixture.call("ListTasks", input)
      let found = page["taskArns"]?.arrayValue?.compactMap(\.stringValue) ?? []
      #expect(found.count <= size)
      seen += found
      guard let token = page["nextToken"] else { break }
      input["nextToken"] = token
      if arns.count == 10 { arns.append(try fixture.run(Fixture.simulating("after=never"))) }
    }
    #expect(seen == arns)
    #expect(throws: ServiceError.self) { try list(&fixture, ["nextToken": "!"]) }
    #expect(throws: ServiceError.self) { try list(&fixture, ["maxResults": 101]) }
  }

  @Test("DescribeTasks takes ids and ARNs, and says which are missing")
  func describe() throws {
    var fixture = try Fixture()
    let arn = try fixture.run()
    let unknown = String(repeating: "0", count: 32)
    let answer = try fixture.call(
      "DescribeTasks", ["cluster": "batch", "tasks": [.string(Fixture.id(arn)), .string(unknown)]])
    #expect(answer["tasks"]?[0]?["taskArn"]?.stringValue == arn)
    #expect(answer["failures"]?[0]?["reason"]?.stringValue == "MISSING")
    let many = (0...100).map { _ in JSONValue.string(unknown) }
    #expect(throws: ServiceError.self) {
      try fixture.call("DescribeTasks", ["cluster": "batch", "tasks": .array(many)])
    }
    #expect(throws: ServiceError.self) { try fixture.call("DescribeTasks", ["cluster": "batch", "tasks": []]) }
    #expect(throws: ServiceError.self) {
      try fixture.call("DescribeTasks", ["cluster": "batch", "tasks": ["arn:aws:ecs:us-east-1:1:task/other/0"]])
    }
  }

  @Test(
    "What AWS refuses to register is refused",
    arguments: [
      [:], ["family": "a b", "containerDefinitions": [["name": "app", "image": "x", "memory": 1]]],
      ["family": "a", "containerDefinitions": []],
      ["family": "a", "containerDefinitions": [["image": "x", "memory": 1]]],
      ["family": "a", "containerDefinitions": [["name": "app", "memory": 1]]],
      ["family": "a", "containerDefinitions": [["name": "app", "image": "x"]]],
      ["family": "a", "containerDefinitions": [["name": "app", "image": "x", "memory": 1, "essential": false]]],
      ["family": "a", "requiresCompatibilities": ["FARGATE"], "containerDefinitions": [["name": "x", "image": "x"]]],
      ["family": "a", "containerDefinitions": [["name": "app", "image": "x", "memory": 1, "command": "true"]]],
    ] as [JSONObject])
  func registration(_ input: JSONObject) throws {
    var fixture = try Fixture()
    #expect(throws: ServiceError.self) { try fixture.call("RegisterTaskDefinition", input) }
  }

  @Test("An unknown operation says so")
  func unknownOperation() throws {
    var fixture = try Fixture()
    let error = #expect(throws: ServiceError.self) { try fixture.call("CreateService", [:]) }
    #expect(error == .unknownOperation)
  }
}

@Suite("Agenda")
struct AgendaTests {
  @Test("Entries come out in the order of their times, and none before its time")
  func order() {
    var agenda = Agenda()
    var generator = RuleGenerator(state: 5)
    let times = (0..<500).map { _ in Int64.random(in: 0..<100, using: &generator) }
    for time in times { agenda.add(Agenda.Entry(at: Instant(seconds: time), task: "\(time)")) }
    var taken: [Int64] = []
    for now in stride(from: Int64(0), to: 100, by: 7) {
      while let entry = agenda.take(dueAt: Instant(seconds: now)) {
        #expect(entry.at <= Instant(seconds: now))
        taken.append(entry.at.seconds)
      }
    }
    while let entry = agenda.take(dueAt: .distantFuture) { taken.append(entry.at.seconds) }
    #expect(taken == times.sorted())
    #expect(agenda.nextAt == nil)
  }
}

@Suite("Container behaviour")
struct ContainerBehaviourTests {
  @Test("Words describe a simulated container")
  func words() throws {
    #expect(try ContainerBehaviour("") == ContainerBehaviour())
    let whole = try ContainerBehaviour("after=1.5s exit=3 term=ignore reason=OutOfMemoryError: it was too much")
    #expect(whole.after == .milliseconds(1_500))
    #expect(whole.exitCode == 3)
    #expect(whole.termination == .ignored)
    #expect(whole.reason == "OutOfMemoryError: it was too much")
    let other = try ContainerBehaviour("after=never exit=none term=0")
    #expect(other.after == nil)
    #expect(other.exitCode == nil)
    #expect(other.termination == .exits(0))
  }

  @Test(
    "Mistakes are named", arguments: ["after", "after=x", "after=1", "after=1e9h", "exit=256", "exit=-1", "color=red"])
  func mistakes(_ text: String) {
    #expect(throws: ContainerBehaviour.Mistake.self) { try ContainerBehaviour(text) }
  }
}
