import Foundation
import JobModel
import Testing

@testable import JobFile

/// A job file with one task definition's lines (from line 4, indented by four) and a job that runs it.
private func definition(_ lines: String, task: String = "") -> String {
  "region: eu-west-1\ntaskDefinitions:\n  report:\n"
    + lines.split(separator: "\n", omittingEmptySubsequences: false).map { "    " + $0 }.joined(separator: "\n") + "\n"
      + """
      jobs:
        nightly:
          timeout: 1h
          task:
            taskDefinition: report
            networkConfiguration: {awsvpcConfiguration: {subnets: [subnet-0a]}}
            \(task)

      """
}

private let small = "image: report:1\ncpu: 256\nmemory: 512"

@Suite("Task definitions of a job file")
struct TaskDefinitionTests {
  @Test("The short forms become RegisterTaskDefinition's input")
  func lowered() throws {
    let text = definition(
      """
      image: report:1
      cpu: 1 vCPU
      memory: 2 GB
      entryPoint: [/entry]
      command: [report, --full]
      environment: {STAGE: prod, PORT: 8080}
      secrets: {DB: /batch/db, KEY: "arn:aws:secretsmanager:eu-west-1:123456789012:secret:key-AbCdEf:k::"}
      executionRoleArn: arn:aws:iam::123456789012:role/execution
      logs: {group: /ecs/report, createGroup: true}
      runtimePlatform: {cpuArchitecture: ARM64}
      readonlyRootFilesystem: true
      dockerLabels: {Team: data}
      volumes: [{name: scratch}]
      mountPoints: [{sourceVolume: scratch, containerPath: /tmp}]
      dependsOn: [{containerName: proxy, condition: START}]
      sidecars:
        - {name: proxy, image: envoy, memory: 128, logGroup: /ecs/proxy, environment: {A: b}}
      tags: [{key: team, value: data}]
      """)
    let result = parse(text)
    #expect(result.diagnostics == [])
    let taskDefinition = try #require(result.file?.taskDefinitions.first)
    #expect(taskDefinition.family == "report")
    #expect(taskDefinition.container == "report")
    func logs(_ group: JSONValue, _ more: JSONObject = [:]) -> JSONValue {
      var options: JSONObject = [
        "awslogs-group": group, "awslogs-region": "eu-west-1", "awslogs-stream-prefix": "report",
      ]
      for member in more { options[member.key] = member.value }
      return ["logDriver": "awslogs", "options": .object(options)]
    }
    let expected: JSONValue = [
      "family": "report", "cpu": "1 vCPU", "memory": "2 GB", "networkMode": "awsvpc",
      "requiresCompatibilities": ["FARGATE"], "executionRoleArn": "arn:aws:iam::123456789012:role/execution",
      "runtimePlatform": ["cpuArchitecture": "ARM64"], "volumes": [["name": "scratch"]],
      "tags": [["key": "team", "value": "data"]],
      "containerDefinitions": [
        [
          "name": "report", "image": "report:1", "essential": true, "entryPoint": ["/entry"],
          "command": ["report", "--full"],
          "environment": [["name": "STAGE", "value": "prod"], ["name": "PORT", "value": "8080"]],
          "secrets": [
            ["name": "DB", "valueFrom": "/batch/db"],
            ["name": "KEY", "valueFrom": "arn:aws:secretsmanager:eu-west-1:123456789012:secret:key-AbCdEf:k::"],
          ],
          "logConfiguration": logs("/ecs/report", ["awslogs-create-group": "true"]), "readonlyRootFilesystem": true,
          "dockerLabels": ["Team": "data"], "mountPoints": [["sourceVolume": "scratch", "containerPath": "/tmp"]],
          "dependsOn": [["containerName": "proxy", "condition": "START"]],
        ],
        [
          "name": "proxy", "image": "envoy", "essential": false, "memory": 128,
          "environment": [["name": "A", "value": "b"]], "logConfiguration": logs("/ecs/proxy"),
        ],
      ],
    ]
    #expect(taskDefinition.input == expected)
  }

  @Test("A job's machine holds it whole, keys in PascalCase and the user's own names as they are")
  func parameters() throws {
    let job = try onlyJob(
      definition(
        small + "\ndockerLabels: {team.x: data}\nlogGroup: /ecs/x\nexecutionRoleArn: arn:aws:iam::123456789012:role/e"))
    let parameters = try taskState(job)["Parameters"]
    let container = parameters?["TaskDefinition"]?["ContainerDefinitions"]?[0]
    #expect(parameters?["TaskDefinition"]?["Family"] == "report")
    #expect(parameters?["TaskDefinition"]?["RequiresCompatibilities"] == ["FARGATE"])
    #expect(container?["DockerLabels"] == ["team.x": "data"])
    #expect(container?["LogConfiguration"]?["Options"]?["awslogs-group"] == "/ecs/x")
    let override = parameters?["Overrides"]?["ContainerOverrides"]?[0]
    #expect(override?["Name"] == "report")
    #expect(override?["Environment"]?[0] == ["Name": "JOB_ID", "Value": "nightly"])
    #expect(override?["Environment"]?[1] == ["Name": "JOB_TYPE", "Value": "batch"])
  }

  @Test("The main container is the one that is named, or the first essential one of ECS's own")
  func mainContainer() throws {
    func container(_ lines: String) throws -> String? {
      try #require(parse(definition(lines)).file, "\(parse(definition(lines)).diagnostics)").taskDefinitions[0]
        .container
    }
    #expect(try container("container: app\n" + small) == "app")
    let whole = """
      cpu: 256
      memory: 512
      containerDefinitions:
        - {name: proxy, image: envoy, essential: false}
        - {name: main, image: report, environment: [{name: A, value: b}]}
      """
    #expect(try container(whole) == "main")
    #expect(try container(whole + "\ncontainer: proxy") == "proxy")
  }

  @Test("A text that is no family of the file stays what it was")
  func elsewhere() throws {
    let text = "taskDefinitions: {}\njobs: {a: {timeout: 1h, task: {taskDefinition: report}}}\n"
    #expect(try taskState(onlyJob(text))["Parameters"]?["TaskDefinition"] == "report")
    let other = definition(small).replacing("taskDefinition: report", with: "taskDefinition: \"report:3\"")
    #expect(try taskState(onlyJob(other))["Parameters"]?["TaskDefinition"] == "report:3")
    #expect(
      mistakes(other) == [
        "3:3 warning no job's `taskDefinition` names `report`, so it is never registered"
      ])
  }

  @Test("The type reaches the container, and a JOB_TYPE of the user's own stays")
  func type() throws {
    let text = definition(small).replacing("timeout: 1h", with: "timeout: 1h\n    type: daily")
    func variables(_ text: String) throws -> [JSONValue] {
      let overrides = try taskState(onlyJob(text))["Parameters"]?["Overrides"]
      return (overrides?["ContainerOverrides"]?[0]?["Environment"]?.arrayValue ?? []).filter {
        $0["Name"] == "JOB_TYPE"
      }
    }
    #expect(try variables(text) == [["Name": "JOB_TYPE", "Value": "daily"]])
    let own = definition(small, task: "environment: {JOB_TYPE: own}")
    #expect(try variables(own) == [["Name": "JOB_TYPE", "Value": "own"]])
    #expect(
      errors("jobs: {a: {type: x, timeout: 1h, task: {taskDefinition: b}}}\n")
        == ["1:12 `type` needs the task's `container`, which is told of it as JOB_TYPE"])
    #expect(
      errors("jobs: {a: {type: x, timeout: 1h, stateMachine: {StartAt: A, States: {A: {Type: Succeed}}}}}\n")
        == ["1:12 `type` is for a `task`; a state machine sets the variable JOB_TYPE in its own overrides"])
  }

  @Test("JOB_TYPE counts among the characters of the overrides")
  func overridesLength() {
    func file(_ type: String) -> String {
      definition(small, task: "command: [\(String(repeating: "x", count: 7_700))]")
        .replacing("timeout: 1h", with: "timeout: 1h\n    type: \(type)")
    }
    #expect(errors(file("a")) == [])
    #expect(errors(file(String(repeating: "a", count: 500))).contains { $0.contains("ECS takes 8192") })
  }

  @Test("The example of the documents is sound")
  func example() throws {
    let root = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath().deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent()
    let result = JobFile.load(path: root.appendingPathComponent("docs/examples/seed-job-file.yaml").path)
    #expect(result.diagnostics == [])
    #expect(result.file?.taskDefinitions.map(\.family) == ["seed-job"])
    #expect(result.file?.taskDefinitions.first?.container == "app")
  }
}

@Suite("Mistakes in task definitions")
struct TaskDefinitionMistakeTests {
  struct Row: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var text: String
    var expected: [String]

    init(_ title: String, _ text: String, _ expected: String...) {
      (testDescription, self.text, self.expected) = (title, text, expected)
    }
  }

  private static let noRole = "3:3 warning no `executionRoleArn`: ECS needs a role to"
  private static let secretRemedy = SecretReference.remedy

  static let rows: [Row] = [
    Row(
      "a list", "taskDefinitions: [a]\njobs: {}\n",
      "1:18 error `taskDefinitions` must be a mapping of families to task definitions; found a list",
      "2:1 warning `jobs` is empty: there is nothing to run"),
    Row(
      "a bad family", "taskDefinitions: {\"a b\": {image: x}}\njobs: {a: {timeout: 1h, task: {taskDefinition: b}}}\n",
      "1:19 error the family is no name in ECS: it takes letters, digits, `-` and `_`, at most 255 in all: `a b`"),
    Row(
      "an unknown key", definition(small + "\nimgae: x"), "7:5 error unknown key `imgae`; did you mean `image`?"),
    Row(
      "what ECS says of a revision", definition(small + "\nrevision: 3"),
      "7:5 error unknown key `revision`: ECS says it of a revision; remove it"),
    Row(
      "no image", definition("cpu: 256\nmemory: 512"),
      "3:3 error the task definition needs an `image`, such as `\(TaskDefinitionShape.definition.example)`, or "
        + "`containerDefinitions`"),
    Row(
      "both forms", definition(small + "\ncontainerDefinitions: [{name: a, image: b}]"),
      "4:5 error `image` and `containerDefinitions` exclude each other: a container is written in one place"),
    Row(
      "a size that Fargate does not have", definition("image: a\ncpu: 1 vCPU\nmemory: 1 GB"),
      "6:13 error Fargate has no task of 1 vCPU CPU and 1 GB memory; with 1024 CPU units it takes 2048 to 8192 MiB in "
        + "steps of 1024"),
    Row(
      "no size on Fargate", definition("image: a\ncpu: 256"),
      "3:3 error on Fargate a task definition needs `memory`, such as `{cpu: 1 vCPU, memory: 2 GB}`"),
    Row(
      "no memory on EC2", definition("image: a\nrequiresCompatibilities: [EC2]"),
      "3:3 error the container `report` needs memory: name `memory`"),
    Row(
      "two containers of a name", definition(small + "\nsidecars: [{name: report, image: a}]"),
      "7:23 error the container `report` is defined twice"),
    Row(
      "a mount of no volume",
      definition(small + "\nvolumes: [{name: scratch}]\nmountPoints: [{sourceVolume: scrtch, containerPath: /x}]"),
      "8:34 error there is no volume `scrtch` in this task definition; did you mean `scratch`?"),
    Row(
      "a dependency on no container",
      definition(small + "\ndependsOn: [{containerName: proxy, condition: START}]"),
      "7:33 error there is no container `proxy` in this task definition; there is none"),
    Row(
      "a main container that is none",
      definition("cpu: 256\nmemory: 512\ncontainer: app\ncontainerDefinitions: [{name: main, image: a}]"),
      "6:16 error there is no container `app` in this task definition; there are main"),
    Row(
      "a variable and a secret of a name",
      definition(
        small + "\nexecutionRoleArn: arn:aws:iam::123456789012:role/e\nenvironment: {A: b}\nsecrets: {A: /x}"),
      "9:15 error `A` is a variable and a secret; remove one of them"),
    Row(
      "secrets, logs and ECR without a role",
      definition(
        "image: 123456789012.dkr.ecr.eu-west-1.amazonaws.com/a\ncpu: 256\nmemory: 512\nlogGroup: /x\nsecrets: {A: /x}"),
      "\(noRole) read secrets and to write logs and to pull images from ECR"),
    Row(
      "two ways to log", definition(small + "\nlogGroup: /x\nlogs: {group: /x}"),
      "7:5 error `logs` and `logGroup` exclude each other", "\(noRole) write logs"),
    Row(
      "logs without a Region",
      definition(small + "\nlogGroup: /x").replacing("region: eu-west-1", with: "timezone: UTC"),
      "7:5 error the logs need a `region`, or the file a `region` at its top", "\(noRole) write logs"),
    Row(
      "a role that is no ARN", definition(small + "\ntaskRoleArn: report"),
      "7:18 error `taskRoleArn` is no ARN of an IAM role, such as `arn:aws:iam::123456789012:role/report`: `report`"),
    Row(
      "a label that looks like a path", definition(small + "\ndockerLabels: {a.$: b}"),
      "7:20 error the option's name `a.$` ends in `.$`, which makes it a path in the states language"),
    Row(
      "a container that the definition does not have", definition(small, task: "container: reprot"),
      "13:18 error the task definition `report` has no container `reprot`; did you mean `report`?"),
    Row(
      "a task without a network", definition(small).replacing("networkConfiguration", with: "#"),
      "10:5 error a task of network mode `awsvpc` needs `networkConfiguration`, such as "
        + "`{awsvpcConfiguration: {subnets: [subnet-0a], securityGroups: [sg-0a]}}`"),
    Row(
      "a network for a bridge",
      definition("image: a\nmemory: 512\nnetworkMode: bridge\nrequiresCompatibilities: [EC2]"),
      "13:7 error `networkConfiguration` is for task definitions of the network mode `awsvpc`, which `report` is not"),
    Row(
      "Fargate for what is not for it",
      definition("image: a\nmemory: 512\nrequiresCompatibilities: [EC2]", task: "launchType: FARGATE"),
      "11:23 error the task definition `report` is not for Fargate: its `requiresCompatibilities` lack FARGATE"),
    Row(
      "an override that makes a size that Fargate does not have", definition(small, task: "memory: 4 GB"),
      "13:15 error Fargate has no task of 256 CPU and 4 GB memory; with 256 CPU it takes 512, 1024 or 2048 MiB"),
  ]

  @Test("Each is told with its place and what would be right", arguments: rows)
  func place(row: Row) {
    #expect(Set(mistakes(row.text)) == Set(row.expected))
  }

  @Test(
    "A secret's value is refused and never shown",
    arguments: [
      "secrets: {DB: hunter2!}", "secrets: {DB: hunter2}", "secrets:\n  DB: hunter2 x", "secrets: hunter2",
      "secrets: {DB: [hunter2]}", "secrets: {DB: \"arn:aws:s3:::hunter2\"}",
      "logConfiguration: {logDriver: splunk, options: {a.$: hunter2}}",
      "logConfiguration: {logDriver: splunk, secretOptions: [{name: a, valueFrom: hunter2!}]}",
    ])
  func secretValues(line: String) {
    let result = parse(definition(small + "\nexecutionRoleArn: arn:aws:iam::123456789012:role/e\n" + line))
    #expect(!result.errors.isEmpty)
    for diagnostic in result.diagnostics { #expect(!diagnostic.rendered.contains("hunter2"), "\(diagnostic.rendered)") }
  }

  @Test("Fargate's sizes are those of its table")
  func sizes() {
    let memories: [(String, [String])] = [
      ("256", ["512", "1 GB", "2048"]), (".5 vCPU", ["1024", "4 GB"]), ("1 vCPU", ["2 GB", "8192"]),
      ("2048", ["4096", "16384"]), ("4 vcpu", ["8 GB", "30 GB"]), ("8192", ["16 GB", "20 GB", "60 GB"]),
      ("16 vCPU", ["32 GB", "40 GB", "120 GB"]),
    ]
    for (cpu, sizes) in memories {
      for memory in sizes { #expect(FargateSize.problem(cpu: cpu, memory: memory) == nil, "\(cpu), \(memory)") }
      for memory in ["256", "513", "121 GB"] {
        #expect(FargateSize.problem(cpu: cpu, memory: memory) != nil, "\(cpu), \(memory)")
      }
    }
    #expect(FargateSize.problem(cpu: "300", memory: "1024")?.contains("no task of 300 CPU") == true)
  }
}
