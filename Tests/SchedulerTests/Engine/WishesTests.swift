import JobModel
import Scheduler
import TestSupport
import Testing

/// What an operator asks for by hand.
@Suite("Engine: wishes", .timeLimit(.minutes(1)))
struct WishesTests {
  static let parameters: JSONValue = [
    "TaskDefinition": "report",
    "Overrides": [
      "ContainerOverrides": [
        [
          "Name": "app", "Command": ["report"],
          "Environment": [["Name": "STAGE", "Value": "prod"], ["Name": "JOBD_RUN", "Value.$": "$$.Jobd.Run"]],
        ]
      ]
    ],
  ]

  static func container(of run: Run) throws -> JSONValue {
    let machine = try JSONValue.parse(run.definition)
    let parameters = machine["States"]?["Run"]?["Parameters"]
    return try #require(parameters?["Overrides"]?["ContainerOverrides"]?.arrayValue?.first)
  }

  @Test("Environment and command of a run by hand replace the job's for this run alone")
  func overrides() async throws {
    let rig = EngineRig()
    try await rig.start([EngineTests.job(parameters: Self.parameters)])
    let overrides = RunOverrides(
      environment: [("STAGE", "test"), ("FULL", "yes")], command: ["report", "--again"])
    let id = try await rig.engine.start(
      "report", RunWish(overrides: overrides, requestedBy: "ann@host", note: "new source"))
    let run = try #require(try await rig.store.run(id))
    let container = try Self.container(of: run)
    #expect(container["Command"] == ["report", "--again"])
    #expect(
      container["Environment"] == [
        ["Name": "JOBD_RUN", "Value.$": "$$.Jobd.Run"], ["Name": "STAGE", "Value": "test"],
        ["Name": "FULL", "Value": "yes"],
      ])
    #expect(run.requestedBy == "ann@host")
    #expect(run.note == "new source")
    _ = try await EngineWaitingTests.nextStart(rig)
    try await EngineWaitingTests.finish(rig, id)
    let next = try await rig.engine.start("report", RunWish(requestedBy: "ann@host"))
    #expect(try Self.container(of: try #require(try await rig.store.run(next)))["Command"] == ["report"])
    await rig.stop()
  }

  @Test("Where nobody can tell which container is meant, overrides are refused with what to do")
  func unfit() async throws {
    let rig = EngineRig()
    try await rig.start([EngineTests.job(parameters: ["TaskDefinition": "report"])])
    let wish = RunWish(overrides: RunOverrides(command: ["x"]), requestedBy: "ann")
    let refusal = await #expect(throws: EngineRefusal.self) { try await rig.engine.start("report", wish) }
    #expect("\(String(describing: refusal))".contains("`container`"))
    await rig.stop()
  }

  /// Extract, then Load, which may be caught and end in a Fail.
  static func twoSteps() -> Job {
    func task(_ next: JSONObject) -> JSONValue {
      var state: JSONObject = [
        "Type": "Task", "Resource": "arn:aws:states:::ecs:runTask.sync", "Parameters": [:], "TimeoutSeconds": 60,
      ]
      for (key, value) in next { state[key] = value }
      return .object(state)
    }
    return Job(
      name: "report", schedules: [], timezone: "UTC",
      machine: [
        "StartAt": "Extract",
        "States": [
          "Extract": task(["Next": "Load", "ResultPath": "$.extracted"]),
          "Load": task(["End": true, "Catch": [["ErrorEquals": ["States.ALL"], "Next": "Tell"]]]),
          "Tell": ["Type": "Fail", "Error": "LoadFailed"],
        ],
      ])
  }

  @Test("A rerun from the failed state goes on there, with the input that it had")
  func fromFailed() async throws {
    let rig = EngineRig()
    try await rig.start([Self.twoSteps()])
    let first = try await rig.engine.start("report", RunWish(input: ["n": 1], requestedBy: "ann"))
    _ = try await EngineWaitingTests.nextStart(rig)
    rig.driver.answerStart(EngineTests.launch(1, first), EngineTests.success)
    _ = try await EngineWaitingTests.nextStart(rig)
    rig.driver.answerStart(EngineTests.launch(2, first), EngineTests.failure)
    #expect(try await rig.outcome(of: first).error == "LoadFailed")

    let again = try await rig.engine.rerun("report", RerunWish(isFromFailed: true, requestedBy: "ann"))
    _ = try await EngineWaitingTests.nextStart(rig)
    #expect(try await rig.store.launches(of: again).map(\.state) == ["Load"])
    let entered = try await rig.store.history(of: again).first { $0.type == "TaskStateEntered" }
    let input = entered?.details["stateEnteredEventDetails"]?["input"]?.stringValue
    #expect(input == #"{"n":1,"extracted":{"LastStatus":"STOPPED"}}"#)
    rig.driver.answerStart(EngineTests.launch(1, again), EngineTests.success)
    #expect(try await rig.outcome(of: again).status == .succeeded)
    await #expect(throws: EngineRefusal.self, "nothing of a success failed") {
      try await rig.engine.rerun("report", RerunWish(force: true, isFromFailed: true, requestedBy: "ann"))
    }
    await rig.stop()
  }

  @Test("A pause with an end is over by itself")
  func pauseUntil() async throws {
    let rig = EngineRig()
    try await rig.start([EngineTests.job()])
    let until = rig.time.now() + .seconds(4_000)
    try await rig.engine.pause("report", note: "moving house", until: until)
    await rig.advance(by: .seconds(3_600))
    #expect(
      try await EngineWaitingTests.slot(rig, EngineTests.scheduled().slot, no: .pending).reason?.contains("until")
        == true)
    await rig.advance(by: .seconds(3_600))
    #expect(try await EngineWaitingTests.nextStart(rig) == EngineTests.scheduled(hour: 2))
    #expect(try await rig.store.jobState("report")?.pause == nil)
    await #expect(throws: EngineRefusal.self) { try await rig.engine.pause("report", note: nil, until: until) }
    await rig.stop()
  }
}
