import JobModel
import Testing

@testable import ECSDriver

@Suite("What a task definition says")
struct TaskDefinitionContentTests {
  private let content = TaskDefinitionContent(DefinitionSample.input)

  struct Same: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var other: JSONValue

    init(_ title: String, _ other: JSONValue) { (testDescription, self.other) = (title, other) }
  }

  static let equivalents: [Same] = [
    Same(
      "what ECS says of a revision",
      DefinitionSample.changed {
        $0["taskDefinitionArn"] = "arn"
        $0["revision"] = 7
        $0["status"] = "ACTIVE"
        $0["requiresAttributes"] = [["name": "ecs.capability.task-eni"]]
        $0["compatibilities"] = ["EC2", "FARGATE"]
        $0["registeredAt"] = 1.5
        $0["registeredBy"] = "arn:aws:iam::123456789012:user/x"
      }),
    Same(
      "sizes in units",
      DefinitionSample.changed {
        $0["cpu"] = "1024"
        $0["memory"] = "2048"
      }),
    Same(
      "empty lists and defaults of the task",
      DefinitionSample.changed {
        $0["volumes"] = []
        $0["placementConstraints"] = []
        $0["runtimePlatform"] = ["cpuArchitecture": "X86_64", "operatingSystemFamily": "LINUX"]
        $0["ephemeralStorage"] = ["sizeInGiB": 20]
        $0["enableFaultInjection"] = false
        $0["pidMode"] = nil
      }),
    Same("a role's name", DefinitionSample.changed { $0["executionRoleArn"] = "execution" }),
    Same(
      "defaults of a container",
      DefinitionSample.containerChanged {
        $0["essential"] = nil
        $0["cpu"] = 0
        for list in ["mountPoints", "volumesFrom", "portMappings", "systemControls"] { $0[list] = [] }
        $0["versionConsistency"] = "enabled"
        $0["readonlyRootFilesystem"] = false
      }),
    Same(
      "the order of variables",
      DefinitionSample.containerChanged {
        $0["environment"] = [["value": "hunter2", "name": "PASSWORD"], ["name": "STAGE", "value": "prod"]]
      }),
  ]

  @Test("What ECS adds, and what means the same, makes no difference", arguments: equivalents)
  func equivalent(row: Same) {
    let other = TaskDefinitionContent(row.other)
    #expect(other == content)
    #expect(other.hashValue == content.hashValue)
    #expect(content.differences(from: other) == [])
    #expect(content.isServed(by: other))
  }

  @Test("Normalizing twice changes nothing", arguments: [DefinitionSample.input] + equivalents.map(\.other))
  func idempotent(input: JSONValue) {
    let once = TaskDefinitionContent(input)
    #expect(TaskDefinitionContent(once.value) == once)
  }

  @Test("A host's port that is the container's means nothing, another one does")
  func ports() {
    func definition(_ port: JSONValue, mode: JSONValue) -> TaskDefinitionContent {
      TaskDefinitionContent([
        "family": "a", "networkMode": mode, "containerDefinitions": [["name": "a", "portMappings": [port]]],
      ])
    }
    let plain = definition(["containerPort": 80], mode: "awsvpc")
    #expect(definition(["containerPort": 80, "hostPort": 80, "protocol": "tcp"], mode: "awsvpc") == plain)
    #expect(definition(["containerPort": 80, "protocol": "udp"], mode: "awsvpc") != plain)
    #expect(
      definition(["containerPort": 80, "hostPort": 80], mode: "bridge")
        != definition(["containerPort": 80, "hostPort": 0], mode: "bridge"))
  }

  @Test("The order of a command's words counts, and an option's empty text")
  func order() {
    func container(_ members: JSONObject) -> TaskDefinitionContent {
      TaskDefinitionContent(["family": "a", "containerDefinitions": [.object(members)]])
    }
    #expect(container(["command": ["a", "b"]]) != container(["command": ["b", "a"]]))
    #expect(container(["dockerLabels": ["a": ""]]) != container([:]))
    #expect(container(["dockerLabels": ["cpu": "0"]]) != container(["dockerLabels": [:]]))
    #expect(
      container(["healthCheck": ["command": ["x"], "interval": 30]]) == container(["healthCheck": ["command": ["x"]]]))
    #expect(
      container(["environment": [["name": "A", "value": ""]]]) != container([:]))
  }

  @Test("A change is told with its place, and no variable's value is")
  func differences() {
    let new = TaskDefinitionContent(
      DefinitionSample.containerChanged {
        $0["image"] = "report:2"
        $0["environment"] = [["name": "PASSWORD", "value": "hunter3"], ["name": "TOKEN", "value": "hunter4"]]
        $0["secrets"] = [["name": "DB", "valueFrom": "/batch/other"]]
        $0["readonlyRootFilesystem"] = true
        $0["logConfiguration"] = ["logDriver": "splunk", "options": ["splunk-token": "hunter5"]]
      })
    let path = "containerDefinitions[app]"
    #expect(
      new.differences(from: content) == [
        .init(path: "\(path).environment[PASSWORD]", old: "(changed)", new: "(changed)"),
        .init(path: "\(path).environment[STAGE]", old: "(set)", new: nil),
        .init(path: "\(path).environment[TOKEN]", old: nil, new: "(set)"),
        .init(path: "\(path).image", old: "report:1", new: "report:2"),
        .init(path: "\(path).logConfiguration.logDriver", old: "awslogs", new: "splunk"),
        .init(path: "\(path).logConfiguration.options.awslogs-group", old: "/ecs/report", new: nil),
        .init(path: "\(path).logConfiguration.options.splunk-token", old: nil, new: "(set)"),
        .init(path: "\(path).readonlyRootFilesystem", old: nil, new: "true"),
        .init(path: "\(path).secrets[DB].valueFrom", old: "/batch/db", new: "/batch/other"),
      ])
  }

  @Test("A new definition is told whole, without its variables' values")
  func new() {
    let differences = content.differences(from: nil)
    #expect(differences.contains(.init(path: "containerDefinitions[app].image", old: nil, new: "report:1")))
    #expect(differences.contains(.init(path: "cpu", old: nil, new: "1024")))
    #expect(differences.contains(.init(path: "containerDefinitions[app].environment[STAGE]", old: nil, new: "(set)")))
    #expect(!differences.contains { ($0.new ?? "").contains("hunter2") })
  }

  @Test("Tags that only the revision has are somebody else's")
  func tags() {
    func tagged(_ tags: JSONValue) -> TaskDefinitionContent {
      TaskDefinitionContent(DefinitionSample.changed { $0["tags"] = tags })
    }
    let own = tagged([["key": "team", "value": "data"]])
    let both = tagged([["key": "cost", "value": "7"], ["key": "team", "value": "data"]])
    #expect(own.isServed(by: both))
    #expect(own.differences(from: both) == [])
    #expect(!both.isServed(by: own))
    #expect(!own.isServed(by: tagged([["key": "team", "value": "other"]])))
    #expect(
      own.differences(from: content)
        == [
          .init(path: "tags[team].key", old: nil, new: "team"), .init(path: "tags[team].value", old: nil, new: "data"),
        ])
  }

  @Test("An answer brings its tags beside the definition")
  func answer() throws {
    let answer: JSONValue = ["taskDefinition": ["family": "a"], "tags": [["key": "k"]]]
    let content = try #require(TaskDefinitionContent(answer: answer))
    #expect(content.value == ["family": "a", "tags": [["key": "k", "value": ""]]])
    #expect(TaskDefinitionContent(answer: ["failures": []]) == nil)
  }
}
