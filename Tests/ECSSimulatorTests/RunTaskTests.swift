import JobModel
import Testing

@testable import ECSSimulator

@Suite("RunTask")
struct RunTaskTests {
  struct Refusal: CustomTestStringConvertible, Sendable {
    var title: String
    var input: JSONObject
    var code = "InvalidParameterException"
    var testDescription: String { title }
  }

  static let refusals: [Refusal] = [
    Refusal(title: "an unknown cluster", input: ["cluster": "nowhere"], code: "ClusterNotFoundException"),
    Refusal(title: "an unknown definition", input: ["taskDefinition": "none"], code: "ClientException"),
    Refusal(title: "an unknown revision", input: ["taskDefinition": "report:9"], code: "ClientException"),
    Refusal(title: "a broken revision", input: ["taskDefinition": "report:x"], code: "ClientException"),
    Refusal(title: "an empty definition", input: ["taskDefinition": ""], code: "ClientException"),
    Refusal(title: "a count of 0", input: ["count": 0]),
    Refusal(title: "a count of 11", input: ["count": 11]),
    Refusal(title: "a count that is a string", input: ["count": "2"], code: "SerializationException"),
    Refusal(title: "tags that are a string", input: ["tags": "a=b"], code: "SerializationException"),
    Refusal(
      title: "launch type and strategy",
      input: ["launchType": "EC2", "capacityProviderStrategy": [["capacityProvider": "FARGATE_SPOT"]]]),
    Refusal(title: "Fargate without awsvpc", input: ["launchType": "FARGATE"]),
    Refusal(title: "awsvpc without a network", input: ["taskDefinition": "fargate", "launchType": "FARGATE"]),
    Refusal(
      title: "a network without subnets",
      input: ["taskDefinition": "fargate", "networkConfiguration": ["awsvpcConfiguration": ["subnets": []]]]),
    Refusal(title: "a network without awsvpc", input: ["networkConfiguration": TaskLifeCycleTests.network]),
    Refusal(
      title: "an override of a stranger",
      input: ["overrides": ["containerOverrides": [["name": "other", "command": ["true"]]]]]),
    Refusal(title: "an override without a name", input: ["overrides": ["containerOverrides": [["command": ["true"]]]]]),
    Refusal(
      title: "overrides of more than 8,192 characters",
      input: [
        "overrides": [
          "containerOverrides": [["name": "app", "command": [.string(String(repeating: "x", count: 8_192))]]]
        ]
      ]),
    Refusal(title: "a long startedBy", input: ["startedBy": .string(String(repeating: "x", count: 129))]),
    Refusal(title: "a startedBy with a colon", input: ["startedBy": "a:b"]),
    Refusal(title: "a long client token", input: ["clientToken": .string(String(repeating: "x", count: 65))]),
    Refusal(title: "a client token with a blank", input: ["clientToken": "a b"]),
    Refusal(
      title: "a simulation that cannot be read",
      input: Fixture.simulating("after=soon"), code: "ClientException"),
  ]

  @Test("What AWS refuses is refused by the same name, and nothing starts", arguments: refusals)
  func refusal(_ row: Refusal) throws {
    var fixture = try Fixture()
    try fixture.call("RegisterTaskDefinition", TaskLifeCycleTests.fargate)
    let error = #expect(throws: ServiceError.self) {
      try fixture.call("RunTask", Fixture.runTask(row.input))
    }
    #expect(error?.code == row.code)
    #expect(fixture.ecs.tasks.isEmpty)
    #expect(fixture.effects.isEmpty)
  }

  @Test("The overrides' command and environment win, and the process gets both environments")
  func overrides() throws {
    var fixture = try Fixture(startsProcesses: true)
    try fixture.register(
      "job",
      containers: [
        [
          "name": "app", "entryPoint": ["/bin/sh", "-c"], "command": ["one"],
          "environment": [["name": "A", "value": "1"], ["name": "B", "value": "2"]],
        ]
      ])
    let override: JSONValue = ["name": "app", "command": ["two"], "environment": [["name": "B", "value": "3"]]]
    let arn = try fixture.run([
      "taskDefinition": "job", "startedBy": "me", "overrides": ["containerOverrides": [override]],
    ])
    let launch = ContainerLaunch(
      key: ContainerKey(task: Fixture.id(arn), index: 0), name: "app", arguments: ["/bin/sh", "-c", "two"],
      environment: ["A": "1", "B": "3"])
    #expect(fixture.takeEffects() == [.start(launch)])
    let task = try fixture.task(arn)
    #expect(task["overrides"]?["containerOverrides"] == [override])
    #expect(task["startedBy"]?.stringValue == "me")
    #expect(task["group"]?.stringValue == "family:job")
  }

  @Test("A family without a revision is its latest active one")
  func latestActive() throws {
    var fixture = try Fixture()
    try fixture.register("report")
    try fixture.register("report")
    try fixture.call("DeregisterTaskDefinition", ["taskDefinition": "report:3"])
    let task = try fixture.task(try fixture.run())
    #expect(task["taskDefinitionArn"]?.stringValue?.hasSuffix("report:2") == true)
    let error = #expect(throws: ServiceError.self) { try fixture.run(["taskDefinition": "report:3"]) }
    #expect(error?.message == "TaskDefinition is inactive")
  }

  @Test("In permissive mode clusters and definitions come into being, and the command must be named")
  func permissive() throws {
    var fixture = try Fixture(startsProcesses: true, autoCreate: true)
    let named: JSONObject = [
      "taskDefinition": "import:42", "overrides": ["containerOverrides": [["name": "main", "command": ["true"]]]],
    ]
    let arn = try fixture.run(named)
    #expect(try fixture.task(arn)["taskDefinitionArn"]?.stringValue?.hasSuffix("import:42") == true)
    let other: JSONObject = [
      "taskDefinition": "import:42", "overrides": ["containerOverrides": [["name": "app", "command": ["true"]]]],
    ]
    #expect(try fixture.task(try fixture.run(other))["containers"]?[0]?["name"]?.stringValue == "app")
    let error = #expect(throws: ServiceError.self) { try fixture.run(["taskDefinition": "import:42"]) }
    #expect(error?.code == "ClientException")
    #expect(error?.message?.contains("command") == true)
  }

  @Test("Members that nobody knows are ignored")
  func unknownMembers() throws {
    var fixture = try Fixture()
    #expect(try fixture.status(try fixture.run(["somethingNew": ["a": 1], "referenceId": "x"])) == "STOPPED")
  }
}

@Suite("RunTask's client token")
struct ClientTokenTests {
  @Test("The same token and parameters give the original answer and no second task")
  func replay() throws {
    var fixture = try Fixture()
    let input = Fixture.runTask(["clientToken": "t", "startedBy": "me", "count": 2])
    let first = try fixture.call("RunTask", input)
    fixture.advance(.seconds(60))
    #expect(try fixture.call("RunTask", JSONObject(input.reversed())) == first)
    #expect(fixture.ecs.tasks.count == 2)
  }

  @Test("Other parameters are a conflict that names the tasks")
  func conflict() throws {
    var fixture = try Fixture()
    let arn = try fixture.run(["clientToken": "t"])
    let error = #expect(throws: ServiceError.self) { try fixture.run(["clientToken": "t", "startedBy": "me"]) }
    #expect(error?.code == "ConflictException")
    #expect(error?.details["resourceIds"] == [.string(arn)])
  }

  @Test("A failure is replayed too, even when the task started all the same")
  func replayedFailure() throws {
    var fixture = try Fixture()
    let input = Fixture.runTask(["clientToken": "t"])
    let fate = TaskEffect.failure(reason: "RESOURCE:MEMORY", detail: nil, startsAnyway: true)
    let first = try fixture.call("RunTask", input, fates: [fate])
    #expect(first["failures"]?[0]?["reason"]?.stringValue == "RESOURCE:MEMORY")
    #expect(first["tasks"] == [])
    #expect(try fixture.call("RunTask", input) == first)
    #expect(fixture.ecs.tasks.count == 1)
  }

  @Test("A token ends an hour after its task's end")
  func endsAfterTask() throws {
    var fixture = try Fixture()
    let input = Fixture.simulating("after=10m").merging(["clientToken": "t"])
    let first = try fixture.run(input)
    fixture.advance(.seconds(600 + 3_599))
    #expect(try fixture.run(input) == first)
    fixture.advance(.seconds(1))
    #expect(try fixture.run(input) != first)
  }

  @Test("A token ends after 24 hours while its task runs on")
  func endsAfterDay() throws {
    var fixture = try Fixture()
    let input = Fixture.simulating("after=never").merging(["clientToken": "t"])
    let first = try fixture.run(input)
    fixture.advance(.seconds(24 * 3_600 - 1))
    #expect(try fixture.run(input) == first)
    fixture.advance(.seconds(1))
    #expect(try fixture.run(input) != first)
  }

  @Test("A token belongs to its cluster")
  func perCluster() throws {
    var fixture = try Fixture()
    try fixture.call("CreateCluster", ["clusterName": "other"])
    let first = try fixture.run(["clientToken": "t"])
    #expect(try fixture.run(["clientToken": "t", "cluster": "other"]) != first)
  }

  @Test("Tokens that have ended are not kept for ever")
  func sweep() throws {
    var fixture = try Fixture()
    for number in 0..<3_000 {
      _ = try fixture.run(["clientToken": .string("t\(number)")])
      if number % 100 == 0 { fixture.advance(.seconds(3_600)) }
    }
    #expect(fixture.ecs.tokens.count < 2_000)
  }
}
