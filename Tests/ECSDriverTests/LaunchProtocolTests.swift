import AWSClient
import JobModel
import TestSupport
import Testing

@testable import ECSDriver

@Suite("The exactly-once launch")
struct LaunchProtocolTests {
  let fixture = Fixture()

  private func start(_ arguments: JSONValue = Fixture.arguments, recovering: Bool = false) async throws -> LaunchReport
  {
    try await fixture.driver.start(try fixture.launch(arguments), recovering: recovering)
  }

  @Test("An accepted request is submitted with its task and RunTask's envelope")
  func accepted() async throws {
    let report = try await start()
    guard case .submitted(let arn, let submission) = report else { Issue.record("\(report)"); return }
    #expect(arn == fixture.ecs.tasks.first?.arn)
    #expect(submission["Tasks"]?[0]?["TaskArn"]?.stringValue == arn)
    #expect(submission["Tasks"]?[0]?["CreatedAt"] == 1_795_230_000_123)
    #expect(submission["Failures"] == [])
  }

  @Test("The request-response form is over with the envelope")
  func requestResponse() async throws {
    let report = try await fixture.driver.start(try fixture.launch(sync: false), recovering: false)
    guard case .succeeded(let output, let result, nil) = report else { Issue.record("\(report)"); return }
    #expect(output["Tasks"]?.arrayValue?.count == 1)
    #expect(output == result)
  }

  @Test(
    "A request whose fate is open is repeated as it was",
    arguments: [
      [.before(.ambiguous)], [.after(.ambiguous)], [.before(.throttled)], [.before(.notSent)],
      [.answer([:])], [.answer(["tasks": [], "failures": []])], [.answer("garbage")], [.answer(["tasks": [[:], 3]])],
      [.after(.ambiguous), .before(.throttled), .after(.ambiguous), .answer(nil), .before(.notSent)],
    ] as [[FakeECS.Fault]])
  func repeated(faults: [FakeECS.Fault]) async throws {
    for fault in faults { fixture.ecs.inject("RunTask", fault) }
    let report = try await start()
    #expect(report.submittedARN == fixture.ecs.tasks.first?.arn)
    #expect(fixture.ecs.tasks.count == 1)
    let sent = fixture.ecs.calls(of: "RunTask")
    #expect(sent.count == faults.count + 1)
    #expect(sent.allSatisfy { $0.input == sent[0].input })
    #expect(fixture.time.sleeps.count == faults.count)
  }

  @Test(
    "A definitive refusal fails the launch under Step Functions' name",
    arguments: [
      ("ClusterNotFoundException", "ECS.ClusterNotFoundException"),
      ("InvalidParameterException", "ECS.InvalidParameterException"),
      ("AccessDeniedException", "ECS.AccessDeniedException"), ("ClientException", "ECS.ClientException"),
      ("UnsupportedFeatureException", "ECS.UnsupportedFeatureException"),
      ("InvalidSignature", "ECS.AmazonECSException"),
    ])
  func refused(code: String, name: String) async throws {
    fixture.ecs.inject("RunTask", .before(.refused(code, "No.")))
    let failure = try #require(try await start().failure)
    #expect(failure.error == name)
    #expect(failure.cause.contains("No. (Service: AmazonECS; Status Code: 400; Error Code: \(code); Request ID: r-1"))
    #expect(failure.diagnosis?.class == .refused)
    #expect(fixture.ecs.calls.count == 1)
  }

  @Test("A refusal after an open request is believed only when no task shows up")
  func refusedAfterAmbiguous() async throws {
    fixture.ecs.setLife(.seconds(600), visibleAfter: .seconds(20))
    fixture.ecs.inject("RunTask", .after(.ambiguous), .before(.refused("AccessDeniedException", "No.")))
    #expect(try await start().submittedARN == fixture.ecs.tasks.first?.arn)
    fixture.ecs.inject("RunTask", .before(.ambiguous), .before(.refused("AccessDeniedException", "No.")))
    let second = try await fixture.driver.start(try fixture.launch(number: 2), recovering: false)
    #expect(second.failure?.error == "ECS.AccessDeniedException")
  }

  @Test(
    "Failures with HTTP 200 fail the launch under both names and their class",
    arguments: [
      ("RESOURCE:MEMORY", "ECS.CapacityUnavailable"), ("RESOURCE:ENI", "ECS.CapacityUnavailable"),
      (
        "Capacity is unavailable at this time. Please try again later or in a different availability zone",
        "ECS.CapacityUnavailable"
      ),
      ("AGENT", "ECS.AgentError"), ("ATTRIBUTE", "ECS.PlacementConstraint"), ("LOCATION", "ECS.PlacementConstraint"),
      ("INACTIVE", "ECS.ContainerInstanceInactive"),
    ])
  func failures(reason: String, alias: String) async throws {
    fixture.ecs.inject("RunTask", .failures([reason]))
    let failure = try #require(try await start().failure)
    #expect(failure.error == "AmazonECS.Unknown")
    #expect(failure.aliases == ["ECS.AmazonECSException", "ECS.LaunchFailed", alias])
    #expect(failure.diagnosis?.class == .capacity)
    #expect(failure.cause.contains(#""Reason":"\#(reason)""#))
    #expect(fixture.ecs.calls(of: "ListTasks").count >= 4)
  }

  @Test("A task that starts although failures came back is adopted")
  func failuresAndTask() async throws {
    fixture.ecs.inject("RunTask", .failuresAndTask(["RESOURCE:CPU"], visibleAfter: .seconds(5)))
    #expect(try await start().submittedARN == fixture.ecs.tasks.first?.arn)
    #expect(fixture.ecs.calls(of: "RunTask").count == 1)
  }

  private func refuseListing(_ times: Int) {
    for _ in 0..<times {
      fixture.ecs.inject("ListTasks", .before(.refused("AccessDeniedException", "not authorized: ecs:ListTasks")))
    }
  }

  @Test("A task that starts although failures came back is found by a role that lacked a right for a while")
  func failuresAndLateRight() async throws {
    fixture.ecs.inject("RunTask", .failuresAndTask(["RESOURCE:CPU"], visibleAfter: .zero))
    refuseListing(ECSLimits.refusals - 1)
    fixture.ecs.inject("ListTasks", .before(.ambiguous))
    refuseListing(ECSLimits.refusals - 1)
    #expect(try await start().submittedARN == fixture.ecs.tasks.first?.arn)
  }

  @Test("Failures are not believed where the tasks cannot be listed")
  func failuresWithoutList() async throws {
    fixture.ecs.inject("RunTask", .failures(["RESOURCE:CPU"]))
    refuseListing(ECSLimits.refusals)
    let failure = try #require(try await start().failure)
    #expect(failure.error == "ECS.UnknownLaunch")
    #expect(failure.cause.contains("ecs:ListTasks"))
  }

  @Test("Failures are not believed where ECS may have forgotten a task before it could be looked for")
  func failuresBeforeOutage() async throws {
    fixture.ecs.setLife(.seconds(60))
    fixture.ecs.inject("RunTask", .failuresAndTask(["RESOURCE:CPU"], visibleAfter: .zero))
    for _ in 0..<200 { fixture.ecs.inject("ListTasks", .before(.ambiguous)) }
    let failure = try #require(try await start().failure)
    #expect(fixture.time.uptime() > .seconds(3_660))
    #expect(failure.error == "ECS.UnknownLaunch")
  }

  @Test("A conflict names the launch's tasks: they are adopted")
  func conflict() async throws {
    let launch = try fixture.launch()
    _ = try await fixture.driver.start(launch, recovering: false)
    var changed = launch
    changed.request = .object((launch.request.objectValue ?? [:]).merging("group", "other"))
    let report = try await fixture.driver.start(changed, recovering: false)
    #expect(report.submittedARN == fixture.ecs.tasks.first?.arn)
    #expect(fixture.ecs.tasks.count == 1)
  }

  @Test("A conflict with somebody else's task is a failure")
  func foreignConflict() async throws {
    fixture.ecs.addTask(startedBy: "somebody")
    var error = AWSError.refused("ConflictException", "in use")
    error.details = ["resourceIds": [.string(fixture.ecs.tasks[0].arn)]]
    fixture.ecs.inject("RunTask", .before(error))
    #expect(try await start().failure?.error == "ECS.ConflictException")
  }

  @Test("Recovery adopts a running task, and sends nothing")
  func recoverRunning() async throws {
    fixture.ecs.addTask(startedBy: "jobd/01234567/nightly-report/20261121T030000Z/0/11")
    let launch = try fixture.launch()
    _ = try await fixture.driver.start(launch, recovering: false)
    fixture.time.advance(by: .seconds(60))
    let report = try await fixture.driver.start(launch, recovering: true)
    #expect(report.submittedARN == fixture.ecs.tasks[1].arn)
    #expect(fixture.ecs.calls(of: "RunTask").count == 1)
    #expect(fixture.ecs.calls(of: "ListTasks").map(\.input["desiredStatus"]) == [nil])
  }

  @Test("Recovery adopts a stopped task among many of its family, over pages")
  func recoverStopped() async throws {
    for number in 0..<7 { fixture.ecs.addTask(startedBy: "other\(number)", life: .seconds(10)) }
    let launch = try fixture.launch()
    _ = try await fixture.driver.start(launch, recovering: false)
    fixture.time.advance(by: .seconds(3_700))
    let report = try await fixture.driver.start(launch, recovering: true)
    #expect(report.submittedARN == fixture.ecs.tasks.last?.arn)
    #expect(fixture.ecs.calls(of: "RunTask").count == 1)
  }

  @Test("Recovery sends the same request where nothing is found and the token is alive")
  func recoverUnsent() async throws {
    let launch = try fixture.launch()
    fixture.time.advance(by: .seconds(2_900))
    #expect(try await fixture.driver.start(launch, recovering: true).submittedARN != nil)
    #expect(fixture.ecs.tasks.count == 1)
  }

  @Test("Recovery after the token's certain life says that it does not know")
  func recoverLate() async throws {
    let launch = try fixture.launch()
    fixture.time.advance(by: .seconds(3_100))
    let failure = try #require(try await fixture.driver.start(launch, recovering: true).failure)
    #expect(failure.error == "ECS.UnknownLaunch")
    #expect(failure.cause.contains("jobd/01234567/nightly-report/20261121T030000Z/0/1"))
    #expect(fixture.ecs.tasks.isEmpty)
  }

  @Test("A wall clock that was set back is not trusted with a second request")
  func clockSetBack() async throws {
    let launch = try fixture.launch()
    fixture.time.step(by: .seconds(-4_000))
    #expect(try await fixture.driver.start(launch, recovering: true).failure?.error == "ECS.UnknownLaunch")
  }

  @Test("A recovery that cannot look still has the token")
  func recoverWithoutList() async throws {
    let launch = try fixture.launch()
    _ = try await fixture.driver.start(launch, recovering: false)
    fixture.ecs.inject("ListTasks", .before(.refused("AccessDeniedException", "No.")))
    #expect(try await fixture.driver.start(launch, recovering: true).submittedARN == fixture.ecs.tasks.first?.arn)
    #expect(fixture.ecs.tasks.count == 1)
  }

  @Test("What an earlier process has signed is awaited where its successor is refused", arguments: [20, 300, 590])
  func earlierArrives(seconds: Int) async throws {
    fixture.ecs.inject("RunTask", .failuresAndTask(["AGENT"], visibleAfter: .seconds(seconds)))
    #expect(try await start(recovering: true).submittedARN == fixture.ecs.tasks.first?.arn)
    #expect(fixture.ecs.tasks.count == 1)
  }

  @Test("After a takeover a refusal is final once nothing signed before can arrive; a first sender's is at once")
  func refusedSuccessor() async throws {
    fixture.ecs.inject("RunTask", .before(.refused("AccessDeniedException", "No.")))
    #expect(try await start(recovering: true).failure?.error == "ECS.AccessDeniedException")
    #expect(fixture.time.uptime() >= .seconds(600))
    let since = fixture.time.uptime()
    fixture.ecs.inject("RunTask", .before(.refused("AccessDeniedException", "No.")))
    #expect(try await start().failure?.error == "ECS.AccessDeniedException")
    #expect(fixture.time.uptime() == since)
  }

  @Test("A search that fails for a while is repeated, however long it takes")
  func searchRepeated() async throws {
    let launch = try fixture.launch()
    _ = try await fixture.driver.start(launch, recovering: false)
    for _ in 0..<30 { fixture.ecs.inject("ListTasks", .before(.ambiguous)) }
    fixture.ecs.inject("ListTasks", .answer("garbage"))
    #expect(try await fixture.driver.start(launch, recovering: true).submittedARN != nil)
    #expect(fixture.ecs.calls(of: "RunTask").count == 1)
  }

  @Test("An outage beyond the token's certain life ends in what can be found, or in not knowing")
  func longOutage() async throws {
    for _ in 0..<1_000 { fixture.ecs.inject("RunTask", .before(.ambiguous)) }
    #expect(try await start().failure?.error == "ECS.UnknownLaunch")
    #expect(fixture.time.uptime() < .seconds(3_600))
  }

  @Test("A request that was never sent is tried for a day, and then has failed for certain")
  func neverSent() async throws {
    for _ in 0..<10_000 { fixture.ecs.inject("RunTask", .before(.notSent)) }
    let failure = try #require(try await start().failure)
    #expect(failure.error == "ECS.SdkClientException")
    #expect(fixture.time.uptime() > .seconds(23 * 3_600))
  }

  @Test("A missing cluster has no tasks to look for")
  func missingCluster() async throws {
    let report = try await start(["Cluster": "nowhere", "TaskDefinition": "report"], recovering: true)
    #expect(report.failure?.error == "ECS.ClusterNotFoundException")
  }

  @Test("Of several tasks, those that started are followed, and the launch is incomplete at its end")
  func partial() async throws {
    fixture.ecs.inject("RunTask", .failures(["RESOURCE:CPU"]))
    let launch = try fixture.launch(["Cluster": "batch", "TaskDefinition": "report", "Count": 3])
    guard case .submitted(let arn, let submission) = try await fixture.driver.start(launch, recovering: false) else {
      Issue.record("not submitted")
      return
    }
    var submitted = launch
    (submitted.taskARN, submitted.submission) = (arn, submission)
    #expect(submitted.taskARNs == fixture.ecs.tasks.map(\.arn))
    let ends = fixture.ecs.tasks.map { Judged(arn: $0.arn, task: [:], outcome: .judged(.succeeded)) }
    let failure = try #require(FollowedTasks(ends: ends, launch: submitted).report.failure)
    #expect(failure.aliases.contains("ECS.CapacityUnavailable"))
    #expect(failure.diagnosis?.sentence.hasPrefix("only 2 of 3 tasks were started") == true)
  }

  @Test("Cancellation leaves the launch where it is")
  func cancelled() async throws {
    fixture.ecs.inject("RunTask", .after(.cancelled))
    await #expect(throws: CancellationError.self) { try await start() }
    #expect(try await start(recovering: true).submittedARN == fixture.ecs.tasks.first?.arn)
  }
}

extension JSONObject {
  func merging(_ key: String, _ value: JSONValue) -> JSONObject {
    var result = self
    result[key] = value
    return result
  }
}
