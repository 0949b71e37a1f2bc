import AWSClient
import Foundation
import FoundationNetworking
import JobModel
import Logging
import TestSupport
import Testing

@testable import ECSSimulator

/// The simulator as a whole: over HTTP, with real processes.
@Suite("The simulator over HTTP", .timeLimit(.minutes(2)))
struct ECSSimulatorTests {
  private func withSimulator(
    _ change: (inout ECSSimulatorConfiguration) -> Void = { _ in },
    _ body: @Sendable @escaping (Client) async throws -> Void
  ) async throws {
    var configuration = ECSSimulatorConfiguration()
    configuration.delays = .none
    configuration.clusters = ["batch"]
    change(&configuration)
    let simulator = ECSSimulator(
      configuration: configuration, time: SystemTime(), random: SeededRandom(seed: 1),
      logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await simulator.run() }
      let client = Client(simulator: simulator, port: try await simulator.port())
      try await body(client)
      group.cancelAll()
      try await group.waitForAll()
    }
  }

  @Test("A task's process runs, its exit code and its output are kept, its environment is the task's own")
  func process() async throws {
    try await withSimulator { client in
      try await client.register("env; echo oops >&2; exit 3")
      let arn = try await client.run(["name": "STAGE", "value": "prod"])
      let event = try await client.stopped(arn)
      #expect(event["exitCodes"] == ["app": 3])
      let task = try await client.call("DescribeTasks", ["cluster": "batch", "tasks": [.string(arn)]])["tasks"]?[0]
      #expect(task?["lastStatus"]?.stringValue == "STOPPED")
      #expect(task?["containers"]?[0]?["exitCode"]?.integerValue == 3)
      let log = client.simulator.logs(task: arn)["app"] ?? ""
      let names = Set(log.split(separator: "\n").compactMap { $0.split(separator: "=").first.map(String.init) })
      #expect(names.isSubset(of: ["PATH", "HOME", "LANG", "STAGE", "PWD", "SHLVL", "_", "OLDPWD", "oops"]))
      #expect(names.isSuperset(of: ["STAGE", "oops"]))
    }
  }

  @Test("StopTask reaches the process's children, and the signal is the exit code")
  func stop() async throws {
    try await withSimulator { client in
      try await client.register("sleep 1000 & echo started; wait")
      let arn = try await client.run()
      try await client.event("started", arn)
      _ = try await client.call("StopTask", ["cluster": "batch", "task": .string(arn)])
      #expect(try await client.stopped(arn)["exitCodes"] == ["app": 143])
    }
  }

  @Test("A program that is not there is a failure to start")
  func noProgram() async throws {
    try await withSimulator { client in
      try await client.register("true", program: "/no/such/program")
      let event = try await client.stopped(try await client.run())
      #expect(event["stopCode"]?.stringValue == "TaskFailedToStart")
      #expect(event["exitCodes"] == ["app": nil])
    }
  }

  @Test("Output beyond the limit is dropped, and the log says so")
  func logLimit() async throws {
    try await withSimulator {
      $0.logBytes = 1_000
    } _: { client in
      try await client.register("head -c 1000000 /dev/zero | tr '\\0' x")
      let arn = try await client.run()
      #expect(try await client.stopped(arn)["exitCodes"] == ["app": 0])
      let log = client.simulator.logs(task: arn)["app"] ?? ""
      #expect(log.hasPrefix(String(repeating: "x", count: 1_000) + "\n[the rest"))
      #expect(log.utf8.count < 1_100)
    }
  }

  @Test("A process's output is in CloudWatch Logs when its task has stopped")
  func logEvents() async throws {
    try await withSimulator {
      $0.defaultLogGroup = "/jobd/local"
    } _: { client in
      try await client.register("echo one; echo two >&2; printf three")
      let arn = try await client.run()
      _ = try await client.stopped(arn)
      let events = try await client.call(
        "GetLogEvents",
        ["logGroupName": "/jobd/local", "logStreamName": .string("report/app/\(Fixture.id(arn))")], service: "logs",
        target: "Logs_20140328")["events"]
      #expect(events?.arrayValue?.map { $0["message"]?.stringValue } == ["one", "two", "three"])
    }
  }

  @Test("Faults come over the control path; a dropped answer's work was done")
  func faults() async throws {
    try await withSimulator {
      $0.processes = .none
    } _: { client in
      try await client.register("true")
      let rules = #"{"rules": [{"operation": "RunTask", "effect": "drop", "afterWork": true}]}"#
      #expect(try await client.control("POST", "faults", rules)["ids"] == [1])
      await #expect(throws: (any Error).self) { try await client.run() }
      #expect(client.simulator.taskEvents().count { $0["event"]?.stringValue == "accepted" } == 1)
      #expect(try await client.control("GET", "faults")["rules"]?[0]?["struck"]?.integerValue == 1)
      _ = try await client.control("POST", "reset")
      #expect(client.simulator.taskEvents().isEmpty)
      #expect(try await client.control("POST", "faults", "{")["error"] != nil)
      #expect(try await client.control("GET", "nothing")["error"] != nil)
    }
  }

  @Test("A body over the limit is refused")
  func bodyLimit() async throws {
    try await withSimulator { client in
      let body = String(repeating: "x", count: SimulatorLimits.bodyBytes + 1)
      let status = try? await client.send("POST", "/", [:], Array(body.utf8)).status
      #expect(status == 413 || status == nil)
      let clusters = try await client.call("ListClusters", [:])["clusterArns"]
      #expect(clusters?.arrayValue?.count == 1)
    }
  }

  @Test("A port that is taken is an error that names it")
  func portTaken() async throws {
    try await withSimulator { client in
      var configuration = ECSSimulatorConfiguration()
      configuration.port = client.port
      let second = ECSSimulator(
        configuration: configuration, time: SystemTime(), random: SeededRandom(seed: 2), logger: Logger(label: "test"))
      let error = await #expect(throws: SimulatorError.self) { try await second.run() }
      #expect(error?.message.contains("\(client.port)") == true)
      await #expect(throws: SimulatorError.self) { try await second.port() }
    }
  }

  @Test("The task log on disk holds what the simulator tells")
  func taskLog() async throws {
    let path = FileManager.default.temporaryDirectory.path + "/simulator-test-\(UUID().uuidString).jsonl"
    defer { try? FileManager.default.removeItem(atPath: path) }
    try await withSimulator {
      $0.taskLogFile = path
    } _: { client in
      try await client.register("true")
      _ = try await client.stopped(try await client.run())
      let lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n")
      #expect(try lines.map { try JSONValue.parse(String($0)) } == client.simulator.taskEvents())
      #expect(lines.count == 3)
    }
  }
}

/// A signed client of one simulator.
struct Client: Sendable {
  let simulator: ECSSimulator
  let port: Int

  struct Refused: Error {
    var answer: String
  }

  func call(
    _ operation: String, _ input: JSONObject, service: String = "ecs",
    target: String = "AmazonEC2ContainerServiceV20141113"
  ) async throws -> JSONValue {
    let headers: HTTPHeaders = [
      "Host": "127.0.0.1:\(port)", "Content-Type": "application/x-amz-json-1.1",
      "X-Amz-Target": "\(target).\(operation)",
    ]
    let request = SignatureV4.sign(
      SigningRequest(method: "POST", path: "/", headers: headers, body: JSONValue.object(input).utf8),
      credentials: AWSCredentials(accessKeyID: "test", secretAccessKey: "test"), region: "us-east-1", service: service,
      at: SystemTime().now())
    let (status, body) = try await send("POST", "/", request.headers, request.body)
    guard status == 200 else { throw Refused(answer: String(decoding: body, as: UTF8.self)) }
    return try JSONValue.parse(body)
  }

  func control(_ method: String, _ path: String, _ body: String = "") async throws -> JSONValue {
    try JSONValue.parse(try await send(method, "/_simulator/\(path)", [:], Array(body.utf8)).body)
  }

  func send(
    _ method: String, _ path: String, _ headers: HTTPHeaders, _ body: [UInt8]
  ) async throws -> (status: Int, body: [UInt8]) {
    let url = try #require(URL(string: "http://127.0.0.1:\(port)\(path)"))
    var request = URLRequest(url: url)
    request.httpMethod = method
    for field in headers.fields { request.setValue(field.value, forHTTPHeaderField: field.name) }
    if method == "POST" { request.httpBody = Data(body) }
    // A connection of its own: one that is reused is quietly tried again when it breaks.
    let session = URLSession(configuration: .ephemeral)
    defer { session.finishTasksAndInvalidate() }
    let (data, response) = try await session.data(for: request)
    return ((response as? HTTPURLResponse)?.statusCode ?? 0, Array(data))
  }

  func register(_ script: String, program: String = "/bin/sh") async throws {
    let container: JSONValue = [
      "name": "app", "image": "busybox", "memory": 128, "entryPoint": [.string(program), "-c"],
      "command": [.string(script)],
    ]
    _ = try await call("RegisterTaskDefinition", ["family": "report", "containerDefinitions": [container]])
  }

  func run(_ variables: JSONValue...) async throws -> String {
    let override: JSONValue = ["name": "app", "environment": .array(variables)]
    let answer = try await call(
      "RunTask",
      ["cluster": "batch", "taskDefinition": "report", "overrides": ["containerOverrides": [override]]])
    return try #require(answer["tasks"]?[0]?["taskArn"]?.stringValue)
  }

  func stopped(_ arn: String) async throws -> JSONValue { try await event("stopped", arn) }

  /// Waits for an event of a task.
  @discardableResult
  func event(_ name: String, _ arn: String) async throws -> JSONValue {
    for await event in simulator.watchTaskEvents()
    where event["event"]?.stringValue == name && event["taskArn"]?.stringValue == arn {
      return event
    }
    throw CancellationError()
  }
}
