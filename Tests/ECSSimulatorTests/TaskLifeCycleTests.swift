import JobModel
import Testing

@testable import ECSSimulator

@Suite("A task's life")
struct TaskLifeCycleTests {
  private let delays = LifeCycleDelays(
    provisioning: .seconds(1), pending: .seconds(2), activating: .seconds(3), deactivating: .seconds(4),
    deprovisioning: .seconds(5))

  @Test("A task passes every state, each at its time")
  func everyState() throws {
    var fixture = try Fixture(delays)
    let network: JSONObject = ["launchType": "FARGATE", "networkConfiguration": Self.network]
    try fixture.call("RegisterTaskDefinition", Self.fargate)
    let input = Fixture.simulating("after=10s exit=3").merging(network)
    let arn = try fixture.run(input.merging(["taskDefinition": "fargate"]))
    var seen: [String] = [try fixture.status(arn)]
    for _ in 0..<40 {
      fixture.advance(.seconds(1))
      let status = try fixture.status(arn)
      if seen.last != status { seen.append(status) }
    }
    #expect(
      seen == ["PROVISIONING", "PENDING", "ACTIVATING", "RUNNING", "DEACTIVATING", "DEPROVISIONING", "STOPPED"])
    let task = try fixture.task(arn)
    let start = 1_790_000_000.0
    let expected: [(String, Double)] = [
      ("createdAt", 0), ("connectivityAt", 1), ("pullStartedAt", 1), ("pullStoppedAt", 3), ("startedAt", 6),
      ("stoppingAt", 16), ("executionStoppedAt", 16), ("stoppedAt", 25),
    ]
    for (key, seconds) in expected { #expect(task[key]?.numberValue == start + seconds, "\(key)") }
    #expect(task["containers"]?[0]?["exitCode"]?.integerValue == 3)
    #expect(task["stopCode"]?.stringValue == "EssentialContainerExited")
    #expect(task["desiredStatus"]?.stringValue == "STOPPED")
  }

  @Test("A stopped task is described for an hour, then it is MISSING")
  func retention() throws {
    var fixture = try Fixture()
    let arn = try fixture.run()
    #expect(try fixture.status(arn) == "STOPPED")
    fixture.advance(.seconds(3_599))
    #expect(try fixture.status(arn) == "STOPPED")
    fixture.advance(.seconds(1))
    #expect(try fixture.status(arn) == "MISSING")
    #expect(fixture.takeEffects() == [.forget(task: Fixture.id(arn))])
  }

  @Test("StopTask sends SIGTERM, and SIGKILL after the stop timeout")
  func stopTimeout() throws {
    var fixture = try Fixture(startsProcesses: true)
    let arn = try fixture.run()
    let key = ContainerKey(task: Fixture.id(arn), index: 0)
    fixture.report(of: arn, .started)
    _ = fixture.takeEffects()
    let answer = try fixture.call("StopTask", ["cluster": "batch", "task": .string(arn), "reason": "enough"])
    #expect(answer["task"]?["stopCode"]?.stringValue == "UserInitiated")
    #expect(answer["task"]?["stoppedReason"]?.stringValue == "enough")
    #expect(fixture.takeEffects() == [.terminate(key)])
    fixture.advance(.seconds(29))
    #expect(fixture.takeEffects() == [])
    fixture.advance(.seconds(1))
    #expect(fixture.takeEffects() == [.kill(key)])
    fixture.report(of: arn, .exited(137))
    #expect(try fixture.status(arn) == "STOPPED")
    #expect(try fixture.task(arn)["containers"]?[0]?["exitCode"]?.integerValue == 137)
  }

  @Test("A task that is stopped before it starts has no exit code and no startedAt")
  func stopBeforeStart() throws {
    var fixture = try Fixture(delays)
    let arn = try fixture.run()
    try fixture.call("StopTask", ["cluster": "batch", "task": .string(arn)])
    fixture.advance(.seconds(10))
    let task = try fixture.task(arn)
    #expect(task["lastStatus"]?.stringValue == "STOPPED")
    #expect(task["startedAt"] == nil)
    #expect(task["containers"]?[0]?["exitCode"] == nil)
  }

  @Test("A sidecar's end does not end the task; the essential container's end ends the sidecar")
  func sidecar() throws {
    var fixture = try Fixture(startsProcesses: true)
    try fixture.register("pair", containers: [["name": "app"], ["name": "log", "essential": false]])
    let arn = try fixture.run(["taskDefinition": "pair"])
    fixture.report(0, of: arn, .started)
    #expect(try fixture.status(arn) == "PENDING")
    fixture.report(1, of: arn, .started)
    #expect(try fixture.status(arn) == "RUNNING")
    _ = fixture.takeEffects()
    fixture.report(0, of: arn, .exited(0))
    #expect(fixture.takeEffects() == [.terminate(ContainerKey(task: Fixture.id(arn), index: 1))])
    #expect(try fixture.status(arn) == "STOPPING")
    fixture.report(1, of: arn, .exited(143))
    #expect(try fixture.status(arn) == "STOPPED")

    let other = try fixture.run(["taskDefinition": "pair"])
    fixture.report(0, of: other, .started)
    fixture.report(1, of: other, .started)
    fixture.report(1, of: other, .exited(1))
    #expect(try fixture.status(other) == "RUNNING")
  }

  @Test("A process that cannot be started stops the task as TaskFailedToStart, without an exit code")
  func failedStart() throws {
    var fixture = try Fixture(startsProcesses: true)
    let arn = try fixture.run()
    fixture.report(of: arn, .failedToStart("CannotStartContainerError: no"))
    let task = try fixture.task(arn)
    #expect(task["lastStatus"]?.stringValue == "STOPPED")
    #expect(task["stopCode"]?.stringValue == "TaskFailedToStart")
    #expect(task["containers"]?[0]?["reason"]?.stringValue == "CannotStartContainerError: no")
    #expect(task["containers"]?[0]?["exitCode"] == nil)
  }

  @Test("No more processes run than the limit allows; further tasks wait in PENDING")
  func processLimit() throws {
    var fixture = try Fixture(startsProcesses: true, maximumProcesses: 2)
    let arns = try (0..<3).map { _ in try fixture.run() }
    #expect(fixture.takeEffects().count == 2)
    #expect(try fixture.status(arns[2]) == "PENDING")
    fixture.report(of: arns[0], .started)
    fixture.report(of: arns[0], .exited(0))
    #expect(fixture.takeEffects().count == 1)
    fixture.report(of: arns[2], .started)
    #expect(try fixture.status(arns[2]) == "RUNNING")
  }

  @Test("A process that exits before the task runs still gives a task that ran")
  func exitWhileActivating() throws {
    var fixture = try Fixture(LifeCycleDelays(activating: .seconds(1)), startsProcesses: true)
    let arn = try fixture.run()
    fixture.report(of: arn, .started)
    fixture.report(of: arn, .exited(0))
    #expect(try fixture.status(arn) == "ACTIVATING")
    fixture.advance(.seconds(1))
    #expect(try fixture.status(arn) == "STOPPED")
    #expect(try fixture.task(arn)["startedAt"] != nil)
  }

  @Test("Every change of state counts the version up, and is recorded once")
  func versionAndRecords() throws {
    var fixture = try Fixture(delays)
    let arn = try fixture.run(Fixture.simulating("after=1s"))
    var versions: [Int64] = []
    for _ in 0..<30 {
      versions.append(try fixture.task(arn)["version"]?.integerValue ?? 0)
      fixture.advance(.seconds(1))
    }
    #expect(versions == versions.sorted())
    #expect(Set(versions).count > 4)
    let events = fixture.effects.compactMap { effect -> String? in
      if case .record(let line) = effect { line["event"]?.stringValue } else { nil }
    }
    #expect(events == ["accepted", "started", "stopped"])
  }

  static let network: JSONValue = ["awsvpcConfiguration": ["subnets": ["subnet-0a"]]]
  static let fargate: JSONObject = [
    "family": "fargate", "networkMode": "awsvpc", "requiresCompatibilities": ["FARGATE"], "cpu": "256",
    "memory": "512", "containerDefinitions": [["name": "app", "image": "busybox"]],
  ]
}

extension JSONObject {
  func merging(_ other: JSONObject) -> JSONObject {
    var merged = self
    for member in other { merged[member.key] = member.value }
    return merged
  }
}
