import JobModel
import Testing

@testable import ECSDriver

/// A stopped task with these exit codes; nil for a container without one.
private func task(
  _ containers: [(String, Int64?)], code: String? = "EssentialContainerExited", reason: String? = nil
) -> JSONValue {
  var json: JSONObject = [
    "taskArn": "arn:aws:ecs:eu-central-1:111111111111:task/batch/0f1e", "lastStatus": "STOPPED",
    "containers": .array(
      containers.map { name, exitCode in
        var container: JSONObject = ["name": .string(name)]
        if let exitCode { container["exitCode"] = .integer(exitCode) }
        return .object(container)
      }),
  ]
  if let code { json["stopCode"] = .string(code) }
  if let reason { json["stoppedReason"] = .string(reason) }
  return .object(json)
}

@Suite("Exit codes that are no failure")
struct ExitPolicyTests {
  private static let policy = TaskPolicy(successExitCodes: [3, 4], skipExitCodes: [99, 100])

  enum Expected: Sendable, Equatable {
    case succeeded
    case skipped(String)
    /// With these aliases.
    case failed([String])
  }

  struct Row: CustomTestStringConvertible, Sendable {
    var testDescription: String
    var task: JSONValue
    var essential: Set<String>?
    var expected: Expected
  }

  static let rows: [Row] = [
    Row(testDescription: "0 is a success", task: task([("app", 0)]), expected: .succeeded),
    Row(testDescription: "a success code is one", task: task([("app", 3)]), expected: .succeeded),
    Row(
      testDescription: "a skip code is a skip", task: task([("app", 99)]),
      expected: .skipped("container \"app\" exited with code 99: nothing to do (skipExitCodes)")),
    Row(
      testDescription: "one skip among successes is a skip", task: task([("a", 0), ("b", 99), ("c", 4)]),
      essential: ["a", "b", "c"],
      expected: .skipped("container \"b\" exited with code 99: nothing to do (skipExitCodes)")),
    Row(
      testDescription: "every container that skips is named", task: task([("a", 100), ("b", 99)]),
      expected: .skipped(
        "container \"a\" exited with code 100, container \"b\" exited with code 99: nothing to do (skipExitCodes)")),
    Row(
      testDescription: "a failure beside a skip is a failure, with its own code alone",
      task: task([("a", 99), ("b", 1)]), essential: ["a", "b"], expected: .failed(["ECS.ExitCode", "ECS.ExitCode.1"])),
    Row(
      testDescription: "a failure beside a success code is a failure, with its own code alone",
      task: task([("a", 3), ("b", 1)]), essential: ["a", "b"], expected: .failed(["ECS.ExitCode", "ECS.ExitCode.1"])),
    Row(
      testDescription: "an absent exit code is no skip", task: task([("a", 99), ("b", nil)]), essential: ["a", "b"],
      expected: .failed([])),
    Row(
      testDescription: "a sidecar's skip code says nothing", task: task([("app", 0), ("log", 99)]), essential: ["app"],
      expected: .succeeded),
    Row(
      testDescription: "a sidecar's failure says nothing", task: task([("app", 99), ("log", 1)]), essential: ["app"],
      expected: .skipped("container \"app\" exited with code 99: nothing to do (skipExitCodes)")),
    Row(
      testDescription: "any other code is a failure", task: task([("app", 5)]),
      expected: .failed(["ECS.ExitCode", "ECS.ExitCode.5"])),
    Row(
      testDescription: "a task that was stopped has failed, whatever it exited with",
      task: task([("app", 3)], code: "UserInitiated", reason: "Task stopped by user"),
      expected: .failed(["ECS.TaskStopped"])),
    Row(
      testDescription: "a Spot interruption has failed, whatever it exited with",
      task: task([("app", 99)], code: "SpotInterruption"), expected: .failed(["ECS.SpotInterruption"])),
    Row(
      testDescription: "a stopped task's code has its name, but it did not exit by itself",
      task: task([("app", 143)], code: "UserInitiated"), expected: .failed(["ECS.TaskStopped", "ECS.ExitCode.143"])),
  ]

  @Test("What the codes come to", arguments: rows)
  func verdict(row: Row) {
    switch Judgement.verdict(of: row.task, essential: row.essential, policy: Self.policy) {
    case .succeeded: #expect(row.expected == .succeeded)
    case .skipped(let diagnosis):
      #expect(row.expected == .skipped(diagnosis.sentence))
      #expect(diagnosis.class == .skipped)
      #expect(!diagnosis.exitCodes.isEmpty)
    case .failed(_, let aliases): #expect(row.expected == .failed(aliases))
    }
  }

  @Test("Without a policy the same codes are failures")
  func none() {
    for code: Int64 in [3, 99] {
      let verdict = Judgement.verdict(of: task([("app", code)]), essential: nil)
      guard case .failed(let diagnosis, _) = verdict else {
        Issue.record("\(verdict)")
        continue
      }
      #expect(diagnosis.class == .exitCode)
    }
  }

  @Test("The task definition is asked for where the codes mean different things")
  func needsEssentials() {
    func needs(_ codes: Int64?...) -> Bool {
      let containers = codes.enumerated().map { ("c\($0.offset)", $0.element) }
      return Judgement.needsEssentialContainers(task(containers), policy: Self.policy)
    }
    #expect(!needs(0, 3))
    #expect(!needs(99, 100))
    #expect(needs(0, 99))
    #expect(needs(99, 1))
    #expect(needs(3, nil))
    #expect(!needs(1, nil))
    #expect(!needs(99))
  }

  @Test("Several tasks of one launch had nothing to do where none of them had")
  func several() throws {
    func report(_ codes: Int64...) throws -> LaunchReport {
      var launch = try LaunchPreparation.launch(
        .sample(["TaskDefinition": "report", "Count": 2]), installation: "i", at: .reference)
      launch.policy = Self.policy
      let ends = codes.map { code in
        let json = task([("app", code)])
        return Judged(
          arn: "a", task: json,
          outcome: .judged(Judgement.verdict(of: json, essential: nil, policy: launch.policy)))
      }
      return FollowedTasks(ends: ends, launch: launch).report
    }
    guard case .succeeded(_, _, let skipped?) = try report(99, 100) else {
      Issue.record("not skipped")
      return
    }
    #expect(skipped.class == .skipped)
    guard case .succeeded(_, _, nil) = try report(99, 0) else {
      Issue.record("skipped, though one of them had something to do")
      return
    }
    #expect(try report(99, 1).failure?.aliases == ["ECS.ExitCode", "ECS.ExitCode.1"])
  }
}

@Suite("Texts that a job looks for in stop reasons")
struct StoppedReasonsTests {
  @Test(
    "A text has a name where the task's reason or a container's contains it, in any case",
    arguments: [
      (["network INTERFACE"], "Timeout waiting for network interface provisioning", nil, ["ECS.StoppedReason.1"]),
      (["oom", "Killed"], "Essential container in task exited", "was killed", ["ECS.StoppedReason.2"]),
      (
        ["exited", "killed"], "Essential container in task exited", "killed",
        ["ECS.StoppedReason.1", "ECS.StoppedReason.2"]
      ),
      (["nowhere"], "Essential container in task exited", "killed", []),
      (["", "x"], "anything", nil, []),
      (["x"], nil, nil, []),
    ] as [([String], String?, String?, [String])])
  func names(texts: [String], reason: String?, containerReason: String?, expected: [String]) {
    var container: JSONObject = ["name": "app", "exitCode": 1]
    container["reason"] = containerReason.map { .string($0) }
    var json: JSONObject = ["containers": [.object(container)]]
    json["stoppedReason"] = reason.map { .string($0) }
    let policy = TaskPolicy(stoppedReasons: texts)
    #expect(StoppedReasons.names(of: StoppedTask(.object(json)), policy) == expected)
    guard case .failed(_, let aliases) = Judgement.verdict(of: .object(json), essential: nil, policy: policy) else {
      Issue.record("a success?")
      return
    }
    #expect(aliases.filter { $0.contains("StoppedReason") } == expected)
  }
}
