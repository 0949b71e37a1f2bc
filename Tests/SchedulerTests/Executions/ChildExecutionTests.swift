import JobModel
import Scheduler
import Store
import TestSupport
import Testing

@Suite("Executions that other runs start", .timeLimit(.minutes(1)))
struct ChildExecutionTests {
  /// A job whose one state starts an execution.
  static func parent(
    _ name: JobName = "parent", starts child: String = "child", _ form: String = "startExecution.sync:2",
    service: String = "states", arguments: JSONObject = [:], overlap: Job.Overlap = .allow
  ) -> Job {
    var parameters = arguments
    parameters["StateMachineArn"] = .string(child)
    return job(
      name,
      [
        "Start": [
          "Type": "Task", "Resource": .string("arn:aws:states:::\(service):\(form)"), "Parameters": .object(parameters),
          "TimeoutSeconds": 600, "End": true,
        ]
      ], overlap: overlap)
  }

  static func job(_ name: JobName, _ states: JSONValue, overlap: Job.Overlap = .allow) -> Job {
    let first = states.objectValue?.first?.key ?? ""
    return Job(
      name: name, schedules: [], timezone: "UTC", machine: ["StartAt": .string(first), "States": states],
      overlap: overlap)
  }

  static let quick = job("child", ["Done": ["Type": "Pass", "Result": ["sum": 7], "End": true]])
  static let slow = job(
    "child",
    [
      "Work": [
        "Type": "Task", "Resource": "arn:aws:states:::ecs:runTask.sync", "Parameters": [:], "TimeoutSeconds": 3_600,
        "End": true,
      ]
    ])

  /// The runs of the child's job, the oldest first.
  static func children(_ rig: EngineRig, of job: JobName = "child") async throws -> [Run] {
    let slots = try await rig.store.latestSlots(job, limit: 1_000).reversed()
    var runs: [Run] = []
    for slot in slots { runs += try await rig.store.runs(of: slot.key) }
    return runs
  }

  static func start(_ rig: EngineRig, _ job: JobName = "parent", input: JSONValue = [:]) async throws -> RunID {
    try await rig.engine.start(job, input: input, requestedBy: "ann")
  }

  /// The launch of the child's task, once the driver has heard of it.
  static func launchOfChild(_ rig: EngineRig) async throws -> LaunchID {
    guard case .start(let launch, _)? = await rig.driver.nextCall() else { throw RigError.noLaunch }
    return launch
  }

  @Test("A child is an ordinary run, and .sync:2 gets its output as JSON")
  func success() async throws {
    let rig = EngineRig()
    try await rig.start([Self.parent(arguments: ["Input": ["a": 1]]), Self.quick])
    let parent = try await rig.outcome(of: try await Self.start(rig))
    #expect(parent.status == .succeeded)
    let child = try #require(try await Self.children(rig).first)
    #expect(child.trigger == .execution)
    #expect(child.status == .succeeded)
    #expect(child.input == #"{"a":1}"#)
    #expect(child.requestedBy == parent.id.description)
    #expect(try await rig.store.slot(child.id.slot)?.state == .succeeded)
    #expect(try await rig.store.history(of: child.id).first?.type == "ExecutionStarted")
    let output = try JSONValue.parse(try #require(parent.output))
    #expect(output["Output"] == ["sum": 7])
    #expect(output["Input"] == ["a": 1])
    #expect(output["Name"] == .string(child.id.description))
    #expect(output["Status"] == "SUCCEEDED")
    #expect(
      try await rig.store.history(of: parent.id).map(\.type) == [
        "ExecutionStarted", "TaskStateEntered", "TaskScheduled", "TaskStarted", "TaskSubmitted", "TaskSucceeded",
        "TaskStateExited", "ExecutionSucceeded",
      ])
    let launch = try #require(try await rig.store.launches(of: parent.id).first)
    #expect(launch.taskARN == child.id.description)
    #expect(
      try await rig.store.child(at: child.id.slot)
        == ChildRun(slot: child.id.slot, name: launch.id.description, launch: launch.id))
    await rig.stop()
  }

  @Test("Without .sync the state is over once the child has begun, and the child goes on when its parent is over")
  func request() async throws {
    let rig = EngineRig()
    try await rig.start([Self.parent("parent", "startExecution", arguments: ["Name": "june"]), Self.slow])
    let parent = try await rig.outcome(of: try await Self.start(rig))
    #expect(parent.status == .succeeded)
    let child = try #require(try await Self.children(rig).first)
    #expect(child.status == .running)
    let output = try JSONValue.parse(try #require(parent.output))
    #expect(
      output == [
        "ExecutionArn": "arn:aws:states:::execution:child:june", "StartDate": .integer(child.startedAt.milliseconds),
      ])
    #expect(!(try await rig.store.history(of: parent.id).map(\.type).contains("TaskSubmitted")))
    await rig.stop()
  }

  @Test("A child that fails fails its parent's state, with what DescribeExecution says as the cause")
  func failure() async throws {
    let broken = Self.job("child", ["Break": ["Type": "Fail", "Error": "Broken", "Cause": "it broke"]])
    let rig = EngineRig()
    try await rig.start([Self.parent(starts: "child", "startExecution.sync"), broken])
    let parent = try await rig.outcome(of: try await Self.start(rig))
    #expect(parent.status == .failed)
    #expect(parent.error == "States.TaskFailed")
    let cause = try JSONValue.parse(try #require(parent.cause))
    #expect(cause["Status"] == "FAILED")
    #expect(cause["Error"] == "Broken")
    #expect(cause["Cause"] == "it broke")
    await rig.stop()
  }

  @Test("A machine that is not there fails the state with AWS's name and words")
  func unknown() async throws {
    let arn = "arn:aws:states:us-east-1:123456789012:stateMachine:nobody"
    let rig = EngineRig()
    try await rig.start([
      Self.parent("parent", starts: arn, "startExecution"),
      Self.parent("sdk", starts: arn, "startExecution", service: "aws-sdk:sfn"),
    ])
    let parent = try await rig.outcome(of: try await Self.start(rig))
    #expect(parent.error == "StepFunctions.StateMachineDoesNotExistException")
    #expect(
      parent.cause?.hasPrefix(
        "State Machine Does Not Exist: '\(arn)' (Service: AWSStepFunctions; Status Code: 400; "
          + "Error Code: StateMachineDoesNotExist; Request ID: ") == true)
    #expect(try await rig.store.history(of: parent.id).contains { $0.type == "TaskFailed" })
    let sdk = try await rig.outcome(of: try await Self.start(rig, "sdk"))
    #expect(sdk.error == "Sfn.StateMachineDoesNotExistException")
    await rig.stop()
  }

  @Test("When the parent is stopped its child is stopped, and the parent is over after it")
  func stop() async throws {
    let rig = EngineRig()
    try await rig.start([Self.parent(), Self.slow])
    let id = try await Self.start(rig)
    let launch = try await Self.launchOfChild(rig)
    rig.driver.submit(launch)
    #expect(await rig.driver.nextCall() == .follow(launch))
    try await rig.engine.stop(id, reason: "enough")
    guard case .stop(launch, let reason)? = await rig.driver.nextCall() else {
      Issue.record("the child's task was not stopped")
      return
    }
    #expect(reason.contains("enough"))
    #expect(try await rig.store.run(id)?.status == .running)
    rig.driver.answerFollow(launch, EngineTests.failure)
    #expect(try await rig.outcome(of: launch.run).status == .aborted)
    let parent = try await rig.outcome(of: id)
    #expect(parent.status == .aborted)
    #expect(parent.cause == "enough")
    await rig.stop()
  }

  @Test("A state that times out stops its child")
  func timeout() async throws {
    let rig = EngineRig()
    try await rig.start([Self.parent(), Self.slow])
    let id = try await Self.start(rig)
    let launch = try await Self.launchOfChild(rig)
    rig.driver.submit(launch)
    #expect(await rig.driver.nextCall() == .follow(launch))
    // Beside the idle engine the parent sleeps between its looks at the child.
    await rig.advance(by: .seconds(600), others: 1)
    guard case .stop(launch, _)? = await rig.driver.nextCall() else {
      Issue.record("the child's task was not stopped")
      return
    }
    rig.driver.answerFollow(launch, EngineTests.failure)
    #expect(try await rig.outcome(of: launch.run).status == .aborted)
    #expect(try await rig.outcome(of: id).error == "States.Timeout")
    await rig.stop()
  }

  @Test("Forks that start the same machine in the same instant each get a child of their own")
  func forks() async throws {
    let map = Self.job(
      "parent",
      [
        "Each": [
          "Type": "Map", "End": true,
          "ItemProcessor": [
            "StartAt": "Start",
            "States": [
              "Start": [
                "Type": "Task", "Resource": "arn:aws:states:::states:startExecution.sync:2", "TimeoutSeconds": 60,
                "Parameters": ["StateMachineArn": "child", "Input.$": "$"], "OutputPath": "$.Input", "End": true,
              ]
            ],
          ],
        ]
      ])
    let rig = EngineRig()
    try await rig.start([map, Self.quick])
    let items = (0..<20).map { JSONValue.integer(Int64($0)) }
    let parent = try await rig.outcome(of: try await Self.start(rig, input: .array(items)))
    #expect(parent.status == .succeeded, "\(parent.cause ?? "")")
    #expect(try JSONValue.parse(try #require(parent.output)) == .array(items))
    let children = try await Self.children(rig)
    #expect(children.count == 20)
    #expect(Set(children.map(\.input)).count == 20)
    await rig.stop()
  }

  @Test("A machine that starts itself ends at the bound on nesting, with an error that says so")
  func depth() async throws {
    let rig = EngineRig()
    try await rig.start([Self.parent("child", starts: "child")])
    let first = try await rig.outcome(of: try await Self.start(rig, "child"))
    #expect(first.status == .failed)
    let runs = try await Self.children(rig)
    #expect(runs.count == Limits.executionDepth + 1)
    #expect(runs.allSatisfy { $0.status == .failed })
    let innermost = runs.filter { $0.error == "StepFunctions.ExecutionLimitExceededException" }
    #expect(innermost.count == 1)
    #expect(innermost.first?.cause?.contains("nested deeper than \(Limits.executionDepth)") == true)
    await rig.stop()
  }

  @Test("A job that does not run beside itself, or whose pool is full, is not started; paused, it is")
  func policies() async throws {
    var pooled = Self.slow
    pooled.name = "pooled"
    pooled.pool = PoolPlace(name: "one", limit: 1)
    var single = Self.slow
    single.name = "single"
    single.overlap = .skip
    let rig = EngineRig()
    try await rig.start([
      pooled, single, Self.quick, Self.parent("starts-pooled", starts: "pooled"),
      Self.parent("starts-single", starts: "single"), Self.parent("starts-child"),
    ])
    for name: JobName in ["pooled", "single"] {
      let running = try await Self.start(rig, name)
      let refused = try await rig.outcome(of: try await Self.start(rig, JobName("starts-\(name)") ?? name))
      #expect(refused.error == "StepFunctions.ExecutionLimitExceededException")
      #expect(refused.cause?.contains(name == "pooled" ? "pool one is full" : "\(running) is running") == true)
    }
    try await rig.engine.pause("child", note: nil)
    #expect(try await rig.outcome(of: try await Self.start(rig, "starts-child")).status == .succeeded)
    await rig.stop()
  }

  @Test("A child can be run again by hand with the input that it had, and that is nobody's child")
  func rerun() async throws {
    let rig = EngineRig()
    try await rig.start([Self.parent(arguments: ["Input": ["keyword": "<aws.scheduler.execution-id>"]]), Self.quick])
    _ = try await rig.outcome(of: try await Self.start(rig))
    let child = try #require(try await Self.children(rig).first)
    #expect(child.input == #"{"keyword":"<aws.scheduler.execution-id>"}"#)
    let again = try await rig.engine.rerun("child", .latest, force: true, requestedBy: "ann")
    let run = try await rig.outcome(of: again)
    #expect(run.input == child.input)
    #expect(again.rerun == 1)
    await rig.stop()
  }
}

@Suite("Names of executions", .timeLimit(.minutes(1)))
struct ExecutionNameTests {
  private func named(_ name: JobName, input: JSONValue) -> Job {
    ChildExecutionTests.parent(name, "startExecution", arguments: ["Name": "june", "Input": input])
  }

  @Test(
    "The same name and input while it runs is the same execution; another input is refused, and so is one that is over")
  func names() async throws {
    let rig = EngineRig()
    try await rig.start([
      named("one", input: ["a": 1]), named("same", input: ["a": 1]), named("other", input: ["a": 2]),
      ChildExecutionTests.slow,
    ])
    let one = try await rig.outcome(of: try await ChildExecutionTests.start(rig, "one"))
    let same = try await rig.outcome(of: try await ChildExecutionTests.start(rig, "same"))
    #expect(same.status == .succeeded)
    #expect(same.output == one.output)
    let other = try await rig.outcome(of: try await ChildExecutionTests.start(rig, "other"))
    #expect(other.error == "StepFunctions.ExecutionAlreadyExistsException")
    #expect(other.cause?.hasPrefix("Execution Already Exists: 'arn:aws:states:::execution:child:june' (") == true)
    #expect(try await ChildExecutionTests.children(rig).count == 1)

    let launch = try await ChildExecutionTests.launchOfChild(rig)
    rig.driver.answerStart(launch, EngineTests.success)
    _ = try await rig.outcome(of: launch.run)
    let late = try await rig.outcome(of: try await ChildExecutionTests.start(rig, "same"))
    #expect(late.error == "StepFunctions.ExecutionAlreadyExistsException")
    #expect(try await ChildExecutionTests.children(rig).count == 1)
    await rig.stop()
  }

  @Test("The machine sees its name in the context object")
  func context() async throws {
    let child = ChildExecutionTests.job(
      "child", ["Tell": ["Type": "Pass", "Parameters": ["name.$": "$$.Execution.Name"], "End": true]])
    let rig = EngineRig()
    try await rig.start([
      ChildExecutionTests.parent("parent", "startExecution.sync:2", arguments: ["Name": "june"]), child,
    ])
    let parent = try await rig.outcome(of: try await ChildExecutionTests.start(rig))
    #expect(try JSONValue.parse(try #require(parent.output))["Output"] == ["name": "june"])
    await rig.stop()
  }
}
