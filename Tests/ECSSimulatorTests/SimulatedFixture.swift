import JobModel
import TestSupport

@testable import ECSSimulator

/// A `SimulatedECS` with its own clock, driven a call at a time.
struct Fixture {
  static let start = Instant(seconds: 1_790_000_000)
  static let arns = ResourceNames(region: "us-east-1", accountID: "123456789012")

  var ecs: SimulatedECS
  var now = Fixture.start
  var effects: [SimulatorEffect] = []
  private var random = RandomGenerator(SeededRandom(seed: 7))

  init(
    _ delays: LifeCycleDelays = .none, startsProcesses: Bool = false, autoCreate: Bool = false,
    maximumProcesses: Int = 64, defaultLogGroup: String? = nil
  ) throws {
    var settings = SimulatedECS.Settings()
    settings.delays = delays
    settings.startsProcesses = startsProcesses
    settings.autoCreate = autoCreate
    settings.maximumProcesses = maximumProcesses
    settings.defaultLogGroup = defaultLogGroup
    ecs = SimulatedECS(settings: settings, arns: Fixture.arns, clusters: autoCreate ? [] : ["batch"])
    if !autoCreate { try register("report") }
  }

  @discardableResult
  mutating func call(
    _ operation: String, _ input: JSONObject, fates: [TaskEffect] = []
  ) throws(ServiceError) -> JSONValue {
    ecs.advance(to: now)
    defer { settle() }
    return try ecs.perform(operation, input, fates: fates, at: now, random: &random)
  }

  mutating func register(_ family: String, containers: [JSONObject] = [["name": "app"]]) throws {
    let definitions = containers.map { container -> JSONValue in
      var container = container
      container["image"] = "busybox"
      container["memory"] = 128
      if container["command"] == nil { container["command"] = ["true"] }
      return .object(container)
    }
    try call("RegisterTaskDefinition", ["family": .string(family), "containerDefinitions": .array(definitions)])
  }

  /// Runs `report` with more members of the input, and returns the task's ARN.
  mutating func run(_ input: JSONObject = [:], fates: [TaskEffect] = []) throws -> String {
    let answer = try call("RunTask", Fixture.runTask(input), fates: fates)
    return answer["tasks"]?[0]?["taskArn"]?.stringValue ?? "no task"
  }

  static func runTask(_ input: JSONObject = [:]) -> JSONObject {
    var whole: JSONObject = ["cluster": "batch", "taskDefinition": "report"]
    for member in input { whole[member.key] = member.value }
    return whole
  }

  /// The input's overrides that make a container behave so.
  static func simulating(_ behaviour: String) -> JSONObject {
    [
      "overrides": [
        "containerOverrides": [
          ["name": "app", "environment": [["name": "JOBD_SIMULATE", "value": .string(behaviour)]]]
        ]
      ]
    ]
  }

  mutating func advance(_ length: Duration) {
    now = now + length
    ecs.advance(to: now)
    settle()
  }

  mutating func report(_ index: Int = 0, of arn: String, _ report: ContainerReport) {
    ecs.report(ContainerKey(task: Fixture.id(arn), index: index), report, at: now)
    ecs.advance(to: now)
    settle()
  }

  /// The task as DescribeTasks shows it; null where it is MISSING.
  mutating func task(_ arn: String) throws -> JSONValue {
    try call("DescribeTasks", ["cluster": "batch", "tasks": [.string(arn)]])["tasks"]?[0] ?? .null
  }

  mutating func status(_ arn: String) throws -> String { try task(arn)["lastStatus"]?.stringValue ?? "MISSING" }

  static func id(_ arn: String) -> String { String(arn.split(separator: "/").last ?? "") }

  /// The effects since the last time, but for the records.
  mutating func takeEffects() -> [SimulatorEffect] {
    defer { effects = [] }
    return effects.filter { if case .record = $0 { false } else { true } }
  }

  private mutating func settle() {
    ecs.advance(to: now)
    effects += ecs.takeEffects()
  }
}
