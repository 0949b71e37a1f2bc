import AWSClient
import JobModel
import Testing

@testable import ECSDriver

@Suite("A launch that brings its task definition")
struct TaskDefinitionLaunchTests {
  let fixture = RegisteringFixture()

  private func start(number: Int = 1, arguments: JSONValue = DefinitionSample.arguments) async throws -> LaunchReport {
    try await fixture.driver.start(try fixture.launch(arguments, number: number), recovering: false)
  }

  private var registered: Int { fixture.ecs.calls(of: "RegisterTaskDefinition").count }
  private var run: [JSONValue?] { fixture.ecs.calls(of: "RunTask").map { $0.input["taskDefinition"] } }

  @Test("It is committed whole, in the API's spelling, the user's own names untouched")
  func committed() throws {
    #expect(try fixture.launch().request["taskDefinition"] == DefinitionSample.input)
  }

  @Test(
    "A definition that does not fit is refused before the launch",
    arguments: [
      (["ContainerDefinitions": []], "'TaskDefinition.Family' is required"),
      (["Family": "a"], "'TaskDefinition.ContainerDefinitions' is required"),
      (
        ["Family": "a", "ContainerDefinitions": [["image": "x"]]],
        #""TaskDefinition.ContainerDefinitions[0].image" is not supported by Step Functions (did you mean "Image"?)"#
      ),
      (
        ["Family": "a", "ContainerDefinitions": [["DockerLabels": ["a": 1]]]],
        "'TaskDefinition.ContainerDefinitions[0].DockerLabels' must be a MAP of STRINGs"
      ),
      ([], "'TaskDefinition' must be a STRING or a STRUCTURE"),
    ] as [(JSONValue, String)])
  func mistakes(definition: JSONValue, expected: String) {
    let failure = #expect(throws: TaskFailure.self) { try fixture.launch(["TaskDefinition": definition]) }
    #expect(failure?.cause.contains(expected) == true, "\(failure?.cause ?? "")")
  }

  @Test("The first start registers it and runs the revision; the second start asks nothing")
  func registersOnce() async throws {
    #expect(try await start().submittedARN != nil)
    #expect(try await start(number: 2).submittedARN != nil)
    #expect(registered == 1)
    #expect(fixture.ecs.calls(of: "DescribeTaskDefinition").count == 1)
    #expect(run == [.string(RegisteringECS.arn("report", 1)), .string(RegisteringECS.arn("report", 1))])
  }

  @Test("A change registers again, and a restart does not")
  func changes() async throws {
    _ = try await start()
    var arguments = DefinitionSample.arguments.objectValue ?? [:]
    var definition = arguments["TaskDefinition"]?.objectValue ?? [:]
    definition["Memory"] = "3 GB"
    arguments["TaskDefinition"] = .object(definition)
    _ = try await start(number: 2, arguments: .object(arguments))
    #expect(registered == 2)
    let third = try fixture.launch(.object(arguments), number: 3)
    #expect(try await fixture.restarted.start(third, recovering: false).submittedARN != nil)
    #expect(registered == 2)
    #expect(run.last == .string(RegisteringECS.arn("report", 2)))
  }

  @Test("A refused definition fails the launch, and names the family and the file's key")
  func refused() async throws {
    fixture.ecs.inject("RegisterTaskDefinition", .refused("ClientException", "Invalid 'cpu' setting for task."))
    let failure = try #require(try await start().failure)
    #expect(failure.error == "ECS.ClientException")
    #expect(failure.aliases == ["ECS.LaunchFailed", "ECS.TaskDefinitionInvalid"])
    #expect(failure.diagnosis?.class == .refused)
    let sentence =
      "ECS refused RegisterTaskDefinition for the task definition report: ClientException: Invalid 'cpu' setting for "
      + "task.; mend `taskDefinitions.report` in the job file"
    #expect(failure.diagnosis?.sentence == sentence)
    #expect(fixture.ecs.calls(of: "RunTask").isEmpty)
  }

  @Test("RunTask's own refusal stays what it is")
  func refusedRun() async throws {
    fixture.ecs.tasks.inject("RunTask", .before(.refused("AccessDeniedException", "No.")))
    let failure = try #require(try await start().failure)
    #expect(failure.aliases == ["ECS.LaunchFailed"])
    #expect(failure.diagnosis?.sentence.hasPrefix("ECS refused RunTask: ") == true)
  }

  @Test(
    "Registering that is throttled, lost or unreachable is tried again, and done once",
    arguments: ["DescribeTaskDefinition", "RegisterTaskDefinition"],
    [AWSError.throttled, .notSent, .ambiguous])
  func retried(operation: String, error: AWSError) async throws {
    fixture.ecs.inject(operation, error)
    fixture.ecs.inject(operation, error, after: true)
    #expect(try await start().submittedARN == fixture.ecs.tasks.tasks.first?.arn)
    #expect(fixture.time.sleeps.count == 2)
    #expect(fixture.ecs.tasks.tasks.count == 1)
    // The second try was done, though its answer was lost; the third finds its revision.
    #expect(run == [.string(RegisteringECS.arn("report", 1))])
  }

  @Test("A launch that cannot be registered for a day fails without having been sent")
  func unreachable() async throws {
    for _ in 0..<10_000 { fixture.ecs.inject("DescribeTaskDefinition", .notSent) }
    let failure = try #require(try await start().failure)
    #expect(failure.error == "ECS.SdkClientException")
    #expect(failure.aliases == ["ECS.LaunchFailed", "ECS.ConnectionFailed"])
    #expect(
      failure.diagnosis?.sentence.hasPrefix("the task definition report could not be registered: ConnectionFailed")
        == true)
  }

  @Test("A crash between registering and RunTask registers nothing again")
  func crash() async throws {
    let launch = try fixture.launch()
    _ = try await fixture.registrar.ensure(try #require(launch.request["taskDefinition"]))
    let report = try await fixture.restarted.start(launch, recovering: true)
    #expect(report.submittedARN != nil)
    #expect(registered == 1)
  }

  @Test("What an earlier process started is found by its family, and nothing is registered for it")
  func recovery() async throws {
    let launch = try fixture.launch()
    fixture.ecs.tasks.addTask(startedBy: launch.startedBy ?? "", life: .zero)
    let report = try await fixture.restarted.start(launch, recovering: true)
    #expect(report.submittedARN == fixture.ecs.tasks.tasks.first?.arn)
    #expect(registered == 0)
    #expect(fixture.ecs.calls(of: "ListTasks").contains { $0.input["family"] == "report" })
  }

  @Test("A token that first came with another revision is this launch's all the same")
  func conflict() async throws {
    let launch = try fixture.launch()
    fixture.ecs.tasks.setLife(.seconds(600), visibleAfter: .seconds(1))
    fixture.ecs.tasks.inject("RunTask", .after(.cancelled))
    await #expect(throws: CancellationError.self) { try await fixture.driver.start(launch, recovering: false) }
    // Meanwhile somebody registers another content, so that the restarted process makes a third revision.
    fixture.ecs.add(DefinitionSample.changed { $0["memory"] = "4 GB" })
    let report = try await fixture.restarted.start(launch, recovering: true)
    #expect(report.submittedARN == fixture.ecs.tasks.tasks.first?.arn)
    #expect(fixture.ecs.tasks.tasks.count == 1)
    #expect(run.map { $0?.stringValue } == [RegisteringECS.arn("report", 1), RegisteringECS.arn("report", 3)])
  }

  @Test("A remembered revision that was deregistered is replaced, once")
  func deregistered() async throws {
    _ = try await start()
    fixture.ecs.deregister(RegisteringECS.arn("report", 1))
    #expect(try await start(number: 2).submittedARN != nil)
    #expect(run.last == .string(RegisteringECS.arn("report", 2)))
    fixture.ecs.deregister(RegisteringECS.arn("report", 2))
    fixture.ecs.deregister(RegisteringECS.arn("report", 3))
    let failure = try #require(try await start(number: 3).failure)
    #expect(failure.error == "ECS.ClientException")
  }

  @Test("The revision of a launch is read from wherever ECS said it")
  func facts() throws {
    var launch = try fixture.launch()
    #expect(launch.taskDefinitionRevision == nil)
    launch.submission = ["Tasks": [["TaskArn": "t", "TaskDefinitionArn": "arn:…/report:1"]], "Failures": []]
    #expect(launch.taskDefinitionRevision == "arn:…/report:1")
    launch.result = ["tasks": [["taskDefinitionArn": "arn:…/report:2"]]]
    #expect(launch.taskDefinitionRevision == "arn:…/report:2")
    launch.result = ["taskArn": "t", "taskDefinitionArn": "arn:…/report:3"]
    #expect(launch.taskDefinitionRevision == "arn:…/report:3")
    launch.result = nil
    launch.submission = ["tasks": [["taskDefinitionArn": "arn:…/report:4"]]]
    #expect(launch.taskDefinitionRevision == "arn:…/report:4")
  }
}
