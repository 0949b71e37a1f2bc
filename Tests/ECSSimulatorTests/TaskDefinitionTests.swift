import AWSClient
import ECSDriver
import Foundation
import JobFile
import JobModel
import Logging
import Synchronization
import TestSupport
import Testing

@testable import ECSSimulator

/// The simulator as the driver's AWS.
private final class SimulatedCaller: AWSCaller {
  private let fixture: Mutex<Fixture>
  private let operations = Mutex<[String]>([])

  init(_ fixture: Fixture) { self.fixture = Mutex(fixture) }

  func count(of operation: String) -> Int { operations.withLock { $0.count { $0 == operation } } }

  func call(_ service: AWSService, _ operation: String, _ input: JSONValue) async throws(AWSError) -> JSONValue {
    operations.withLock { $0.append(operation) }
    let result: Result<JSONValue, AWSError> = fixture.withLock { fixture in
      do throws(ServiceError) {
        return .success(try fixture.call(operation, input.objectValue ?? [:]))
      } catch {
        return .failure(AWSError(kind: .refused, code: error.code, message: error.message ?? "", httpStatus: 400))
      }
    }
    return try result.get()
  }
}

@Suite("Task definitions in the simulator")
struct TaskDefinitionTests {
  private static let fargate: JSONObject = [
    "family": "fargate", "networkMode": "awsvpc", "requiresCompatibilities": ["FARGATE"], "cpu": "1 vCPU",
    "memory": "2 GB", "executionRoleArn": "arn:aws:iam::123456789012:role/e",
    "containerDefinitions": [
      [
        "name": "app", "image": "report", "portMappings": [["containerPort": 80]],
        "healthCheck": ["command": ["CMD", "true"]], "secrets": [["name": "DB", "valueFrom": "/db"]],
        "command": ["true"],
      ]
    ],
  ]

  private func changed(_ change: (inout JSONObject) -> Void) -> JSONObject {
    var input = Self.fargate
    change(&input)
    return input
  }

  @Test("What was registered comes back with ECS's defaults")
  func defaults() throws {
    var fixture = try Fixture()
    try fixture.call("RegisterTaskDefinition", Self.fargate)
    let definition = try fixture.call("DescribeTaskDefinition", ["taskDefinition": "fargate"])["taskDefinition"]
    let container = definition?["containerDefinitions"]?[0]
    #expect(definition?["cpu"] == "1024")
    #expect(definition?["memory"] == "2048")
    #expect(definition?["volumes"] == [])
    #expect(definition?["status"] == "ACTIVE")
    #expect(definition?["compatibilities"] == ["EC2", "FARGATE"])
    #expect(container?["essential"] == true)
    #expect(container?["portMappings"] == [["containerPort": 80, "protocol": "tcp", "hostPort": 80]])
    #expect(container?["healthCheck"]?["interval"] == 30)
    #expect(container?["environment"] == [])
  }

  @Test("Revisions count up, the latest ACTIVE one is meant without a number, and INACTIVE ones stay readable")
  func revisions() throws {
    var fixture = try Fixture()
    for _ in 1...3 { try fixture.call("RegisterTaskDefinition", Self.fargate) }
    try fixture.call("DeregisterTaskDefinition", ["taskDefinition": "fargate:3"])
    let latest = try fixture.call("DescribeTaskDefinition", ["taskDefinition": "fargate"])
    #expect(latest["taskDefinition"]?["revision"] == 2)
    let gone = try fixture.call("DescribeTaskDefinition", ["taskDefinition": "fargate:3"])
    #expect(gone["taskDefinition"]?["status"] == "INACTIVE")
    let listed = try fixture.call("ListTaskDefinitions", ["familyPrefix": "fargate", "sort": "DESC"])
    #expect(listed["taskDefinitionArns"]?.arrayValue?.count == 2)
    #expect(listed["taskDefinitionArns"]?[0]?.stringValue?.hasSuffix(":task-definition/fargate:2") == true)
  }

  @Test("What Fargate does not take is refused in ECS's words")
  func refused() throws {
    var fixture = try Fixture()
    let rows: [(JSONObject, String)] = [
      (changed { $0["memory"] = "1 GB" }, "No Fargate configuration exists for given values."),
      (changed { $0["cpu"] = "many" }, "Invalid 'cpu' setting for task."),
      (
        changed { $0["executionRoleArn"] = nil },
        "When you are specifying container secrets, you must also specify a value for 'executionRoleArn'."
      ),
    ]
    for (input, message) in rows {
      let error = #expect(throws: ServiceError.self) { try fixture.call("RegisterTaskDefinition", input) }
      #expect(error == .client(message))
    }
  }

  @Test("Secrets are named to the process's log and not set, but where a job overrides them")
  func secrets() throws {
    var fixture = try Fixture(startsProcesses: true)
    try fixture.call("RegisterTaskDefinition", Self.fargate)
    let network: JSONObject = [
      "taskDefinition": "fargate", "networkConfiguration": ["awsvpcConfiguration": ["subnets": ["subnet-0a"]]],
    ]
    _ = try fixture.run(network)
    _ = try fixture.run(
      network.merging([
        "overrides": ["containerOverrides": [["name": "app", "environment": [["name": "DB", "value": "x"]]]]]
      ]))
    let launches = fixture.takeEffects().compactMap { if case .start(let launch) = $0 { launch } else { nil } }
    #expect(launches.map(\.secrets) == [["DB"], []])
    #expect(launches.map { $0.environment["DB"] } == [nil, "x"])
    #expect(launches.first?.arguments == ["true"])
  }

  @Test("What ECS answers says the same as what was registered", arguments: 0..<200 as Range<UInt64>)
  func roundTrip(seed: UInt64) throws {
    var generator = RandomGenerator(SeededRandom(seed: seed))
    var fixture = try Fixture()
    let input = DefinitionGenerator.definition(using: &generator)
    try fixture.call("RegisterTaskDefinition", input)
    let answer = try fixture.call("DescribeTaskDefinition", ["taskDefinition": "drawn", "include": ["TAGS"]])
    let content = TaskDefinitionContent(.object(input))
    let described = try #require(TaskDefinitionContent(answer: answer))
    let same = described == content
    #expect(same, "\(content.differences(from: described))")
    #expect(TaskDefinitionContent(content.value) == content)
  }

  @Test("The example's definition is registered once, and again only when it has changed")
  func seedJob() async throws {
    let caller = SimulatedCaller(try Fixture())
    let registrar = TaskDefinitionRegistrar(caller: caller, logger: Self.logger)
    let root = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath().deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent()
    let path = root.appendingPathComponent("docs/examples/seed-job-file.yaml").path
    let file = try #require(JobFile.load(path: path).file)
    let job = try #require(file.jobs.first)
    let parameters = try #require(job.machine["States"]?["seed-job"]?["Parameters"]?.objectValue)

    func start(_ number: Int, _ change: (inout JSONObject) -> Void = { _ in }) async throws -> Launch {
      // A process of its own each time: what the last one remembered does not help.
      let driver = ECSTaskDriver(
        caller: caller, time: ManualTime(now: Fixture.start), random: SeededRandom(seed: 1), logger: Self.logger)
      var arguments = parameters
      arguments["Overrides"] = nil
      var definition = arguments["TaskDefinition"]?.objectValue ?? [:]
      change(&definition)
      arguments["TaskDefinition"] = .object(definition)
      let run = try #require(RunID("seed-job.20261121T030000Z.0"))
      let request = TaskRequest(
        launch: LaunchID(run: run, number: number), task: 1, state: "seed-job",
        resource: "arn:aws:states:::ecs:runTask.sync", arguments: .object(arguments))
      var launch = try driver.prepare(request, installation: "0123456789abcdef", at: Fixture.start)
      let report = try await driver.start(launch, recovering: false)
      guard case .submitted(_, let submission) = report else {
        Issue.record("\(report)")
        return launch
      }
      launch.submission = submission
      return launch
    }

    let arn = "arn:aws:ecs:us-east-1:123456789012:task-definition/seed-job:"
    #expect(try await start(1).taskDefinitionRevision == arn + "1")
    #expect(try await start(2).taskDefinitionRevision == arn + "1")
    #expect(caller.count(of: "RegisterTaskDefinition") == 1)
    #expect(try await start(3) { $0["Memory"] = "1 GB" }.taskDefinitionRevision == arn + "2")
    #expect(caller.count(of: "RegisterTaskDefinition") == 2)
    let definition = try #require(file.taskDefinitions.first)
    let latest = try await registrar.latest("seed-job")
    #expect(
      TaskDefinitionContent(definition.input).differences(from: latest?.content)
        == [.init(path: "memory", old: "1024", new: "512")])
  }

  private static let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
}

/// Draws task definitions that ECS takes.
private enum DefinitionGenerator {
  static func definition(using generator: inout RandomGenerator) -> JSONObject {
    var input: JSONObject = ["family": "drawn", "executionRoleArn": "arn:aws:iam::123456789012:role/e"]
    let isFargate = Bool.random(using: &generator)
    if isFargate {
      input["networkMode"] = "awsvpc"
      input["requiresCompatibilities"] = ["FARGATE"]
      (input["cpu"], input["memory"]) = ("1 vCPU", Bool.random(using: &generator) ? "2 GB" : "3072")
    } else {
      input["memory"] = "300"
      input["networkMode"] = [nil, "bridge", "host", "awsvpc"].randomElement(using: &generator) ?? nil
      input["requiresCompatibilities"] = Bool.random(using: &generator) ? ["EC2"] : nil
    }
    maybe(&input, "volumes", [["name": "b"], ["name": "a", "host": [:]]], &generator)
    maybe(&input, "volumes", [], &generator)
    maybe(&input, "runtimePlatform", ["cpuArchitecture": "ARM64", "operatingSystemFamily": "LINUX"], &generator)
    maybe(&input, "tags", [["key": "b", "value": "1"], ["key": "a", "value": ""]], &generator)
    let names = ["app", "proxy", "log"].prefix(Int.random(in: 1...3, using: &generator))
    input["containerDefinitions"] = .array(
      names.enumerated().map { index, name in
        var drawn = container(&generator)
        drawn["name"] = .string(name)
        if index > 0 { maybe(&drawn, "essential", false, &generator) }
        return .object(drawn)
      })
    return input
  }

  private static func container(_ generator: inout RandomGenerator) -> JSONObject {
    var container: JSONObject = ["image": "report"]
    let members: JSONObject = [
      "essential": true, "cpu": 0, "memory": 128, "command": ["b", "a"], "entryPoint": [], "mountPoints": [],
      "environment": [["name": "B", "value": "0"], ["name": "A", "value": ""]],
      "secrets": [["name": "Z", "valueFrom": "/z"], ["name": "Y", "valueFrom": "/y"]],
      "portMappings": [["containerPort": 80], ["containerPort": 81, "protocol": "udp"]],
      "healthCheck": ["command": ["CMD", "true"], "retries": 3], "readonlyRootFilesystem": false,
      "dockerLabels": ["cpu": "0", "b": "", "a": "false"], "user": "1000",
      "ulimits": [["name": "nofile", "softLimit": 1, "hardLimit": 2]], "stopTimeout": 30,
      "logConfiguration": ["logDriver": "awslogs", "options": ["awslogs-group": "g"]],
      "linuxParameters": ["initProcessEnabled": true, "capabilities": ["drop": ["NET_RAW", "ALL"]]],
    ]
    for member in members { maybe(&container, member.key, member.value, &generator) }
    return container
  }

  private static func maybe(
    _ object: inout JSONObject, _ key: String, _ value: JSONValue, _ generator: inout RandomGenerator
  ) {
    if Bool.random(using: &generator) { object[key] = value }
  }
}
