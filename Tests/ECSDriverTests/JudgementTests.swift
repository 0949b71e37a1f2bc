import JobModel
import Testing

@testable import ECSDriver

@Suite("The verdict over a stopped task")
struct JudgementTests {
  private static func container(
    _ name: String, _ exitCode: Int64? = nil, reason: String? = nil, status: String = "STOPPED"
  ) -> JSONValue {
    var json: JSONObject = ["name": .string(name), "lastStatus": .string(status)]
    if let exitCode { json["exitCode"] = .integer(exitCode) }
    if let reason { json["reason"] = .string(reason) }
    return .object(json)
  }

  private static func task(
    _ containers: [JSONValue], code: String? = "EssentialContainerExited",
    reason: String? = "Essential container in task exited"
  ) -> JSONValue {
    var json: JSONObject = [
      "taskArn": "arn:aws:ecs:eu-central-1:111111111111:task/batch/0f1e", "lastStatus": "STOPPED",
      "containers": .array(containers),
    ]
    if let code { json["stopCode"] = .string(code) }
    if let reason { json["stoppedReason"] = .string(reason) }
    return .object(json)
  }

  struct Row: CustomTestStringConvertible, Sendable {
    var testDescription: String
    var task: JSONValue
    var essential: Set<String>?
    /// Nil for success.
    var failure: Diagnosis.Class?
  }

  static let rows: [Row] = [
    Row(testDescription: "exit code 0 is success", task: task([container("app", 0)])),
    Row(
      testDescription: "any other exit code is not", task: task([container("app", 3)]), failure: .exitCode),
    Row(testDescription: "an absent exit code is not 0", task: task([container("app")]), failure: .unknown),
    Row(testDescription: "no container is no success", task: task([]), failure: .unknown),
    Row(
      testDescription: "an essential container fails the task beside a sidecar's 0",
      task: task([container("app", 2), container("log", 0)]), essential: ["app"], failure: .exitCode),
    Row(
      testDescription: "a sidecar that was killed does not fail the task",
      task: task([container("app", 0), container("log", 137)]), essential: ["app"]),
    Row(
      testDescription: "a sidecar that was terminated does not fail the task",
      task: task([container("log", 143), container("app", 0)]), essential: ["app"]),
    Row(
      testDescription: "a sidecar without an exit code does not fail the task",
      task: task([container("app", 0), container("log")]), essential: ["app"]),
    Row(
      testDescription: "two essential containers both decide",
      task: task([container("app", 0), container("log", 143)]), essential: ["app", "log"], failure: .exitCode),
    Row(
      testDescription: "with unknown essentials a killed container beside a 0 counts: it may have been the job",
      task: task([container("init", 0), container("app", 137)]), failure: .exitCode),
    Row(
      testDescription: "with unknown essentials any other exit code counts",
      task: task([container("app", 0), container("log", 1)]), failure: .exitCode),
    Row(
      testDescription: "with unknown essentials a killed container alone counts",
      task: task([container("app", 137)]), failure: .exitCode),
    Row(
      testDescription: "with unknown essentials an out-of-memory kill counts beside a 0",
      task: task([
        container("app", 137, reason: "OutOfMemoryError: Container killed due to memory usage"), container("log", 0),
      ]),
      failure: .outOfMemory),
    Row(
      testDescription: "essential names that the task does not have are no names",
      task: task([container("app", 1)]), essential: ["other"], failure: .exitCode),
    Row(
      testDescription: "a task that failed to start has failed though its containers say 0",
      task: task([container("app", 0)], code: "TaskFailedToStart", reason: "Task failed to start"),
      failure: .failedToStart),
    Row(
      testDescription: "a task that somebody stopped has failed though it exited with 0",
      task: task([container("app", 0)], code: "UserInitiated", reason: "Task stopped by user"), failure: .stopped),
    Row(
      testDescription: "whatever text StopTask was given, it was StopTask",
      task: task([container("app", 137)], code: "UserInitiated", reason: "out of memory, says Bob"), failure: .stopped),
    Row(
      testDescription: "a Spot interruption has failed though it exited with 0",
      task: task([container("app", 0)], code: "SpotInterruption", reason: "Your Spot Task was interrupted."),
      failure: .spot),
    Row(
      testDescription: "a Spot interruption without a stop code is known by its reason",
      task: task([container("app", 143)], code: nil, reason: "Your Spot Task was interrupted."), failure: .spot),
    Row(
      testDescription: "Fargate maintenance stops a task",
      task: task(
        [container("app", 143)], code: "TerminationNotice",
        reason: "ECS is performing maintenance on the underlying infrastructure hosting the task."),
      failure: .stopped),
    Row(
      testDescription: "a host that is gone stops a task, whatever its containers say",
      task: task([container("app", status: "RUNNING")], code: nil, reason: "Host EC2 (instance i-1) terminated."),
      failure: .stopped),
    Row(
      testDescription: "infrastructure health stops a task",
      task: task([container("app", 0)], code: "InfrastructureHealth", reason: "The host is unhealthy"),
      failure: .stopped),
    Row(
      testDescription: "a stop code that nobody knew is not success",
      task: task([container("app", 0)], code: "SolarFlare", reason: "A flare"), failure: .stopped),
    Row(
      testDescription: "an endpoint without stop codes is judged by exit codes",
      task: task([container("app", 0)], code: nil, reason: nil)),
    Row(testDescription: "an empty object is a failure", task: [:], failure: .unknown),
    Row(testDescription: "no object at all is a failure", task: "garbage", failure: .unknown),
    Row(
      testDescription: "members of the wrong kind are as if absent",
      task: ["containers": [3, ["name": 4, "exitCode": "0"]], "stopCode": [], "stoppedReason": 7], failure: .unknown),
  ]

  @Test("Who decides, and what is success", arguments: rows)
  func verdict(row: Row) {
    let verdict = Judgement.verdict(of: row.task, essential: row.essential)
    guard case .failed(let diagnosis, _) = verdict else {
      #expect(row.failure == nil)
      return
    }
    #expect(diagnosis.class == row.failure, "\(diagnosis.sentence)")
    #expect(!diagnosis.sentence.isEmpty)
  }

  @Test(
    "A reason is put into its class, with the name for Retry and a remedy where there is one",
    arguments: [
      ("CannotPullContainerError: pull access denied for x", .image, "ECS.CannotPullContainer", "image's name"),
      ("CannotPullContainerError: dial tcp 52.1.1.1:443: i/o timeout", .image, "ECS.CannotPullContainer", "NAT"),
      ("CannotPullContainerError: toomanyrequests: rate limit", .image, "ECS.CannotPullContainer", "mirror"),
      (
        "CannotPullContainerError: image Manifest does not contain descriptor matching platform 'linux/amd64'",
        .architectureMismatch, "ECS.ArchitectureMismatch", "runtimePlatform"
      ),
      (
        "CannotStartContainerError: exec user process caused: exec format error", .architectureMismatch,
        "ECS.ArchitectureMismatch", "runtimePlatform"
      ),
      (
        "CannotStartContainerError: failed to create task: exec: \"run\": executable file not found in $PATH",
        .failedToStart, "ECS.ContainerStartFailed", "`command`"
      ),
      ("CannotCreateContainerError: API error (500): devmapper", .failedToStart, "ECS.ContainerStartFailed", ""),
      (
        "ContainerRuntimeTimeoutError: Could not transition to running; timed out after waiting 1m", .failedToStart,
        "ECS.ContainerStartFailed", "retry"
      ),
      ("DockerTimeoutError: Could not transition to created", .failedToStart, "ECS.ContainerStartFailed", "retry"),
      (
        "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: "
          + "unable to retrieve secrets from ssm: AccessDeniedException", .secrets, "ECS.SecretsUnavailable",
        "execution role"
      ),
      (
        "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: "
          + "unable to retrieve ecr registry auth: service call has been retried 3 time(s): RequestError: "
          + "GetAuthorizationToken", .image, "ECS.CannotPullContainer", "VPC endpoints"
      ),
      (
        "ResourceInitializationError: failed to validate logger args: create stream has been retried 1 times: "
          + "ResourceNotFoundException: The specified log group does not exist.", .failedToStart,
        "ECS.ResourceInitialization", "log group"
      ),
      (
        "ResourceInitializationError: failed to invoke EFS utils commands to set up EFS volumes", .failedToStart,
        "ECS.ResourceInitialization", "file system"
      ),
      (
        "Timeout waiting for network interface provisioning to complete.", .failedToStart,
        "ECS.ResourceInitialization", "subnets"
      ),
      (
        "Timeout waiting for EphemeralStorage provisioning to complete.", .failedToStart,
        "ECS.ResourceInitialization", "retry"
      ),
      (
        "Capacity is unavailable at this time. Please try again later or in a different availability zone", .capacity,
        "ECS.CapacityUnavailable", "availability zones"
      ),
      ("OutOfMemoryError: Container killed due to memory usage", .outOfMemory, "ECS.OutOfMemory", "raise `memory`"),
      ("Task failed container health checks", .stopped, "ECS.HealthCheckFailed", ""),
      ("Something that ECS has never said before", .failedToStart, "ECS.TaskFailedToStart", "never said before"),
    ] as [(String, Diagnosis.Class, String, String)])
  func reasons(reason: String, diagnosis: Diagnosis.Class, alias: String, remedy: String) {
    let byTask = Self.task([Self.container("app")], code: "TaskFailedToStart", reason: reason)
    let byContainer = Self.task(
      [Self.container("app", reason: reason)], code: "TaskFailedToStart", reason: "Task failed to start")
    for task in [byTask, byContainer] {
      guard case .failed(let found, let aliases) = Judgement.verdict(of: task, essential: nil) else {
        Issue.record("a success?")
        continue
      }
      #expect(found.class == diagnosis, "\(found.sentence)")
      #expect(aliases.contains(alias))
      #expect(aliases.contains("ECS.TaskFailedToStart"))
      #expect(found.sentence.contains(reason) && found.sentence.contains(remedy), "\(found.sentence)")
    }
  }

  @Test("The sentence names task, container, exit code and what the code means")
  func sentence() {
    let task = Self.task([Self.container("app", 127), Self.container("log", 0)])
    let verdict = Judgement.verdict(of: task, essential: ["app"])
    #expect(
      verdict
        == .failed(
          Diagnosis(
            class: .exitCode,
            sentence: "task 0f1e: container \"app\" exited with code 127 (the command was not found in the image)",
            exitCodes: ["app": 127, "log": 0]),
          aliases: ["ECS.ExitCode", "ECS.ExitCode.127"]))
  }

  @Test("A reason without end is cut, and is one line")
  func longReason() {
    let reason = "CannotPullContainerError: " + String(repeating: "x\n", count: 100_000)
    let task = Self.task([Self.container("app")], code: "TaskFailedToStart", reason: reason)
    guard case .failed(let diagnosis, _) = Judgement.verdict(of: task, essential: nil) else { return }
    #expect(diagnosis.sentence.utf8.count < 2_000)
    #expect(!diagnosis.sentence.contains("\n"))
  }

  @Test("The task definition is asked for only where the containers disagree")
  func needsEssentials() {
    func needs(_ containers: JSONValue..., code: String = "EssentialContainerExited") -> Bool {
      Judgement.needsEssentialContainers(Self.task(containers, code: code, reason: nil))
    }
    #expect(!needs(Self.container("a", 0)))
    #expect(!needs(Self.container("a", 1)))
    #expect(!needs(Self.container("a", 0), Self.container("b", 0)))
    #expect(!needs(Self.container("a", 1), Self.container("b", 2)))
    #expect(needs(Self.container("a", 0), Self.container("b", 2)))
    #expect(needs(Self.container("a", 0), Self.container("b")))
    #expect(!needs(Self.container("a", 0), Self.container("b", 2), code: "UserInitiated"))
  }

  @Test("A container is essential unless its definition says otherwise")
  func essentialNames() {
    let definitions: JSONValue = [
      ["name": "a"], ["name": "b", "essential": false], ["name": "c", "essential": true], 3,
    ]
    #expect(
      EssentialContainers.names(in: ["taskDefinition": ["containerDefinitions": definitions]]) == ["a", "c"])
    #expect(EssentialContainers.names(in: [:]) == nil)
  }
}
