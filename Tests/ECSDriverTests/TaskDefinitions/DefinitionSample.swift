import AWSClient
import JobModel
import Logging
import Synchronization
import TestSupport

@testable import ECSDriver

/// A definition as a job file makes it, and as a state's arguments spell it.
enum DefinitionSample {
  static let input: JSONValue = [
    "family": "report", "networkMode": "awsvpc", "requiresCompatibilities": ["FARGATE"], "cpu": "1 vCPU",
    "memory": "2 GB", "executionRoleArn": "arn:aws:iam::123456789012:role/batch/execution",
    "containerDefinitions": [
      [
        "name": "app", "image": "report:1", "essential": true,
        "environment": [["name": "STAGE", "value": "prod"], ["name": "PASSWORD", "value": "hunter2"]],
        "secrets": [["name": "DB", "valueFrom": "/batch/db"]], "dockerLabels": ["Team": "data", "a.b/c": "x"],
        "logConfiguration": ["logDriver": "awslogs", "options": ["awslogs-group": "/ecs/report"]],
      ]
    ],
  ]

  static let arguments: JSONValue = [
    "Cluster": "batch", "LaunchType": "FARGATE",
    "TaskDefinition": [
      "Family": "report", "NetworkMode": "awsvpc", "RequiresCompatibilities": ["FARGATE"], "Cpu": "1 vCPU",
      "Memory": "2 GB", "ExecutionRoleArn": "arn:aws:iam::123456789012:role/batch/execution",
      "ContainerDefinitions": [
        [
          "Name": "app", "Image": "report:1", "Essential": true,
          "Environment": [["Name": "STAGE", "Value": "prod"], ["Name": "PASSWORD", "Value": "hunter2"]],
          "Secrets": [["Name": "DB", "ValueFrom": "/batch/db"]], "DockerLabels": ["Team": "data", "a.b/c": "x"],
          "LogConfiguration": ["LogDriver": "awslogs", "Options": ["awslogs-group": "/ecs/report"]],
        ]
      ],
    ],
  ]

  static func changed(_ change: (inout JSONObject) -> Void) -> JSONValue {
    var members = input.objectValue ?? [:]
    change(&members)
    return .object(members)
  }

  static func containerChanged(_ change: (inout JSONObject) -> Void) -> JSONValue {
    changed { definition in
      var container = definition["containerDefinitions"]?[0]?.objectValue ?? [:]
      change(&container)
      definition["containerDefinitions"] = [.object(container)]
    }
  }
}

/// Task definitions in front of a ``FakeECS``, which does the rest. A call may be held until the test lets it go.
final class RegisteringECS: AWSCaller {
  private struct State {
    /// By family, in the order of their revisions.
    var revisions: [String: [JSONValue]] = [:]
    var inactive: Set<String> = []
    var faults: [String: [AWSError]] = [:]
    var lost: [String: [AWSError]] = [:]
    var calls: [FakeECS.Call] = []
    var isHolding = false
    var held: [CheckedContinuation<Void, Never>] = []
    var watcher: (count: Int, continuation: CheckedContinuation<Void, Never>)?
  }

  let tasks: FakeECS
  private let state = Mutex(State())

  init(_ tasks: FakeECS) { self.tasks = tasks }

  func calls(of operation: String) -> [FakeECS.Call] {
    state.withLock { $0.calls }.filter { $0.operation == operation } + tasks.calls(of: operation)
  }

  /// The next call of an operation is answered with this, before or after it is done.
  func inject(_ operation: String, _ error: AWSError, after isDone: Bool = false) {
    state.withLock { state in
      if isDone {
        state.lost[operation, default: []].append(error)
      } else {
        state.faults[operation, default: []].append(error)
      }
    }
  }

  func deregister(_ revision: String) { state.withLock { _ = $0.inactive.insert(revision) } }

  /// What somebody else registers.
  func add(_ input: JSONValue) { state.withLock { _ = RegisteringECS.register(input, &$0) } }

  func hold() { state.withLock { $0.isHolding = true } }

  /// Waits until so many calls are held.
  func held(_ count: Int) async {
    await withCheckedContinuation { continuation in
      let isThere = state.withLock { state -> Bool in
        if state.held.count >= count { return true }
        state.watcher = (count, continuation)
        return false
      }
      if isThere { continuation.resume() }
    }
  }

  func release() {
    let held = state.withLock { state in
      state.isHolding = false
      defer { state.held = [] }
      return state.held
    }
    for continuation in held { continuation.resume() }
  }

  func call(_ service: AWSService, _ operation: String, _ input: JSONValue) async throws(AWSError) -> JSONValue {
    guard operation.hasSuffix("TaskDefinition") else {
      if operation == "RunTask", let name = input["taskDefinition"]?.stringValue,
        state.withLock({ $0.inactive.contains(name) })
      {
        throw .refused("ClientException", "TaskDefinition is inactive")
      }
      return try await tasks.call(service, operation, input)
    }
    await pause()
    let result: Result<JSONValue, AWSError> = state.withLock { state in
      state.calls.append(FakeECS.Call(operation: operation, input: input))
      if state.faults[operation]?.isEmpty == false, let error = state.faults[operation]?.removeFirst() {
        return .failure(error)
      }
      let result = RegisteringECS.perform(operation, input, &state)
      if state.lost[operation]?.isEmpty == false, let error = state.lost[operation]?.removeFirst() {
        return .failure(error)
      }
      return result
    }
    return try result.get()
  }

  private func pause() async {
    await withCheckedContinuation { continuation in
      let (isHeld, watcher) = state.withLock { state -> (Bool, CheckedContinuation<Void, Never>?) in
        guard state.isHolding else { return (false, nil) }
        state.held.append(continuation)
        guard let watcher = state.watcher, state.held.count >= watcher.count else { return (true, nil) }
        state.watcher = nil
        return (true, watcher.continuation)
      }
      if !isHeld { continuation.resume() }
      watcher?.resume()
    }
  }

  private static func perform(
    _ operation: String, _ input: JSONValue, _ state: inout State
  ) -> Result<JSONValue, AWSError> {
    guard operation == "DescribeTaskDefinition" else { return .success(register(input, &state)) }
    let family = input["taskDefinition"]?.stringValue ?? ""
    let active = (state.revisions[family] ?? []).last {
      !state.inactive.contains($0["taskDefinition"]?["taskDefinitionArn"]?.stringValue ?? "")
    }
    return active.map { .success($0) }
      ?? .failure(.refused("ClientException", "Unable to describe task definition."))
  }

  /// With what ECS adds.
  private static func register(_ input: JSONValue, _ state: inout State) -> JSONValue {
    let family = input["family"]?.stringValue ?? ""
    let number = (state.revisions[family]?.count ?? 0) + 1
    var members = input.objectValue ?? [:]
    let tags = members.removeValue(forKey: "tags") ?? []
    members["taskDefinitionArn"] = .string(arn(family, number))
    members["revision"] = .integer(Int64(number))
    members["status"] = "ACTIVE"
    members["volumes"] = []
    members["registeredAt"] = 1_795_230_000.5
    members["compatibilities"] = ["EC2", "FARGATE"]
    let answer: JSONValue = ["taskDefinition": .object(members), "tags": tags]
    state.revisions[family, default: []].append(answer)
    return answer
  }

  static func arn(_ family: String, _ number: Int) -> String {
    "arn:aws:ecs:eu-central-1:111111111111:task-definition/\(family):\(number)"
  }
}

/// A driver whose ECS knows task definitions.
struct RegisteringFixture {
  let time = SteppingTime()
  let ecs: RegisteringECS
  let driver: ECSTaskDriver
  let registrar: TaskDefinitionRegistrar

  init() {
    let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    ecs = RegisteringECS(FakeECS(time: time))
    driver = ECSTaskDriver(caller: ecs, time: time, random: SeededRandom(seed: 1), logger: logger)
    registrar = TaskDefinitionRegistrar(caller: ecs, logger: logger)
  }

  /// The same ECS after a restart: nothing is remembered.
  var restarted: ECSTaskDriver {
    ECSTaskDriver(
      caller: ecs, time: time, random: SeededRandom(seed: 2),
      logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
  }

  func launch(_ arguments: JSONValue = DefinitionSample.arguments, number: Int = 1) throws -> Launch {
    try driver.prepare(.sample(arguments, number: number), installation: "0123456789abcdef", at: time.now())
  }
}
