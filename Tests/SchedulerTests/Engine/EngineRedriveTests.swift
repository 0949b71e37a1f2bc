import JobModel
import Scheduler
import Store
import TestSupport
import Testing

/// Reruns that go on where a run failed, from the store up.
@Suite("Engine: reruns from the failed state", .timeLimit(.minutes(1)))
struct EngineRedriveTests {
  static func task(_ members: JSONObject) -> JSONValue {
    var state: JSONObject = [
      "Type": "Task", "Resource": "arn:aws:states:::ecs:runTask.sync", "Parameters": ["in.$": "$"],
    ]
    for (key, value) in members { state[key] = value }
    return .object(state)
  }

  static func branch(_ name: String, _ members: JSONObject = ["End": true]) -> JSONValue {
    ["StartAt": .string(name), "States": [name: task(members)]]
  }

  static let good: JSONValue = [
    "StartAt": "Good", "States": ["Good": ["Type": "Pass", "Result": "kept", "End": true]],
  ]

  static let parallel: JSONValue = [
    "StartAt": "Both",
    "States": ["Both": ["Type": "Parallel", "End": true, "Branches": [good, branch("Bad")]]],
  ]

  static func map(_ members: JSONObject = [:], distributed: Bool = false) -> JSONValue {
    var processor = branch("Do").objectValue ?? [:]
    if distributed { processor["ProcessorConfig"] = ["Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"] }
    var state: JSONObject = [
      "Type": "Map", "ItemsPath": "$.items", "MaxConcurrency": 2, "ItemProcessor": .object(processor), "End": true,
    ]
    for (key, value) in members { state[key] = value }
    return ["StartAt": "Each", "States": ["Each": .object(state)]]
  }

  static func success(_ output: JSONValue) -> LaunchReport { .succeeded(output: output, result: [:]) }

  /// Fails where the state or the item is this one.
  static func failing(_ bad: JSONValue) -> RedriveRig.Answer {
    { state, arguments in
      JSONValue.string(state) == bad || arguments["in"] == bad ? EngineTests.failure : success(.string(state))
    }
  }

  static let fine: RedriveRig.Answer = { _, arguments in success(arguments["in"] ?? .null) }

  @Test("A Parallel runs its failed branch alone, and its history says what it is", arguments: RedriveStore.allCases)
  func parallel(kind: RedriveStore) async throws {
    let rig = try RedriveRig(kind)
    try await rig.start(Self.parallel)
    let failed = try await rig.run(["n": 1], Self.failing("Bad"))
    #expect(failed.status == .failed)
    let again = try await rig.redrive(Self.fine)
    #expect(again.status == .succeeded)
    #expect(again.id == RunID(slot: failed.id.slot, rerun: 1))
    #expect(rig.driver.started == [#"Bad {"in":{"n":1}}"#])
    #expect(again.output == #"["kept",{"n":1}]"#)
    let history = try await rig.store.history(of: again.id)
    #expect(history.prefix(3).map(\.type) == ["ExecutionStarted", "ExecutionRedriven", "ParallelStateEntered"])
    #expect(history[1].previousID == 1)
    #expect(history[1].details == ["executionRedrivenEventDetails": ["redriveCount": 1]])
    #expect(history[2].previousID == 2)
    let entered = history.compactMap { $0.details["stateEnteredEventDetails"]?["name"]?.stringValue }
    #expect(entered == ["Both", "Bad"])
    try await rig.stop()
  }

  @Test("A Map runs what failed, was stopped or never begun", arguments: RedriveStore.allCases, [false, true])
  func map(kind: RedriveStore, distributed: Bool) async throws {
    let rig = try RedriveRig(kind)
    try await rig.start(Self.map(distributed: distributed))
    let failed = try await rig.run(["items": [0, 1, 2, 3, 4]], Self.failing(2))
    #expect(failed.status == .failed)
    let again = try await rig.redrive(Self.fine)
    #expect(again.status == .succeeded)
    let output = try JSONValue.parse(try #require(again.output)).arrayValue ?? []
    #expect(output.count == 5)
    // Of those that had succeeded the output is the first run's.
    #expect(rig.driver.started.count == output.filter { $0 != "Do" }.count)
    #expect(rig.driver.started.contains(#"Do {"in":2}"#))
    #expect(rig.driver.started.count < 5)
    try await rig.stop()
  }

  @Test(
    "A mended definition is the one that goes on; the old one does where that is asked for",
    arguments: RedriveStore.allCases)
  func mended(kind: RedriveStore) async throws {
    let rig = try RedriveRig(kind)
    try await rig.start(Self.parallel)
    let failed = try await rig.run([:], Self.failing("Bad"))
    let mended = try JSONValue.parse(
      Self.parallel.text.replacing(#""Parameters":{"in.$":"$"}"#, with: #""Parameters":{"new":1}"#))
    try await rig.reload(mended)
    let old = try await rig.redrive(keepsDefinition: true, Self.failing("Bad"))
    #expect(rig.driver.started.contains(#"Bad {"in":{}}"#))
    #expect(old.definition == failed.definition)
    let new = try await rig.redrive { _, _ in Self.success("done") }
    #expect(new.status == .succeeded)
    #expect(rig.driver.started.contains(#"Bad {"new":1}"#))
    #expect(new.definition == mended.text)
    #expect(try await rig.store.definitionVersion(of: "report", failed.definition)?.number == 1)
    #expect(try await rig.store.definitionVersion(of: "report", new.definition)?.number == 2)
    try await rig.stop()
  }

  @Test(
    "A state that was renamed is refused by its name, and so is a run whose place is gone",
    arguments: RedriveStore.allCases)
  func refused(kind: RedriveStore) async throws {
    let rig = try RedriveRig(kind)
    try await rig.start(Self.parallel)
    let failed = try await rig.run([:], Self.failing("Bad"))
    try await rig.reload(try JSONValue.parse(Self.parallel.text.replacing(#""Bad""#, with: #""Worse""#)))
    let renamed = "the state machine has no state 'Bad' at /States/Both/Branches/1"
    await #expect(throws: EngineRefusal.cannotGoOn(failed.id, renamed)) { try await rig.redrive(Self.fine) }
    #expect(try await rig.store.slot(failed.id.slot)?.state == .failed, "nothing was claimed")
    try await rig.reload(Self.parallel)
    // As a run left it that failed before its place was kept.
    let rows = try await rig.store.scopes(of: failed.id)
    let writes = rows.keys.filter { $0 != "execution" && $0 != "context" }.map {
      StoreWrite.removeScope(failed.id, scope: $0)
    }
    #expect(try await rig.store.commit(writes) == .committed)
    let refusal = await #expect(throws: EngineRefusal.self) { try await rig.redrive(Self.fine) }
    guard case .cannotGoOn(failed.id, let why) = refusal else { return #expect(Bool(false)) }
    #expect(why.contains("nothing is stored of where the execution failed"))
    try await rig.stop()
  }

  @Test("The context counts the reruns from failed, and says when; a rerun from the start counts anew")
  func redriveCount() async throws {
    let rig = try RedriveRig(.inMemory)
    try await rig.start([
      "StartAt": "Do",
      "States": ["Do": Self.task(["Parameters": ["n.$": "$$.Execution.RedriveCount"], "End": true])],
    ])
    let bad: RedriveRig.Answer = { _, _ in EngineTests.failure }
    _ = try await rig.run(["x": 1], bad)
    #expect(rig.driver.started == [#"Do {"n":0}"#])
    _ = try await rig.redrive(bad)
    #expect(rig.driver.started == [#"Do {"n":1}"#])
    let second = try await rig.redrive(bad)
    #expect(rig.driver.started == [#"Do {"n":2}"#])
    #expect(second.input == #"{"x":1}"#)
    let context = try await rig.store.scopes(of: second.id)["context"].map { try JSONValue.parse($0) }
    #expect(context?["Execution"]?["RedriveTime"] == .string(second.startedAt.millisecondText))
    rig.driver.begin(bad)
    _ = try await rig.outcome(of: try await rig.engine.rerun("report", RerunWish(requestedBy: "ann")))
    #expect(rig.driver.started == [#"Do {"n":0}"#])
    try await rig.stop()
  }

  @Test(
    "A run that is stopped stops every task of its branches, and goes on with them when asked",
    arguments: RedriveStore.allCases)
  func stopped(kind: RedriveStore) async throws {
    let rig = try RedriveRig(kind)
    try await rig.start([
      "StartAt": "Both",
      "States": [
        "Both": [
          "Type": "Parallel", "End": true,
          "Branches": [
            Self.branch("Side"), ["StartAt": "Each", "States": Self.map(["MaxConcurrency": 3])["States"] ?? [:]],
          ],
        ]
      ],
    ])
    rig.driver.begin { _, arguments in arguments["in"] == 0 ? Self.success("zero") : nil }
    let id = try await rig.engine.start("report", RunWish(input: ["items": [0, 1, 2]], requestedBy: "ann"))
    await rig.driver.waitForTasks(3)
    try await rig.engine.stop(id, reason: "wrong data")
    let run = try await rig.outcome(of: id)
    #expect(run.status == .aborted)
    #expect(run.cause == "wrong data")
    let launches = try await rig.store.launches(of: id)
    #expect(launches.map(\.status).filter { $0 == .stopped }.count == 3)
    #expect(launches.allSatisfy { $0.endedAt != nil })
    #expect(try await rig.types(run).last == "ExecutionAborted")
    let again = try await rig.redrive(Self.fine)
    #expect(again.output == #"[{"items":[0,1,2]},["zero",1,2]]"#)
    #expect(rig.driver.started == [#"Do {"in":1}"#, #"Do {"in":2}"#, #"Side {"in":{"items":[0,1,2]}}"#])
    try await rig.stop()
  }

  @Test("A run that timed out as a whole goes on with what it was at")
  func timedOut() async throws {
    let rig = try RedriveRig(.inMemory)
    let machine = try JSONValue.parse(
      Self.map().text.replacing(#"{"StartAt":"Each""#, with: #"{"TimeoutSeconds":60,"StartAt":"Each""#))
    try await rig.start(machine)
    rig.driver.begin { _, arguments in arguments["in"] == 0 ? Self.success("zero") : nil }
    let id = try await rig.engine.start("report", RunWish(input: ["items": [0, 1, 2]], requestedBy: "ann"))
    await rig.driver.waitForTasks(2)
    await rig.time.waitForSleepers(EngineRig.idleSleepers)
    rig.time.advance(by: .seconds(60))
    #expect(try await rig.outcome(of: id).status == .timedOut)
    let again = try await rig.redrive(Self.fine)
    #expect(again.output == #"["zero",1,2]"#)
    try await rig.stop()
  }

  @Test("A rerun keeps the environment and command of a run by hand only where that is asked for")
  func sameDefinition() async throws {
    let rig = EngineRig()
    try await rig.start([EngineTests.job(parameters: WishesTests.parameters)])
    let wish = RunWish(overrides: RunOverrides(environment: [("STAGE", "test")]), requestedBy: "ann")
    let first = try await rig.engine.start("report", wish)
    _ = try await EngineWaitingTests.nextStart(rig)
    try await EngineWaitingTests.finish(rig, first, EngineTests.failure)
    let again = try await rig.engine.rerun("report", RerunWish(keepsDefinition: true, requestedBy: "ann"))
    _ = try await EngineWaitingTests.nextStart(rig)
    let stored = try #require(try await rig.store.run(again))
    #expect(stored.definition == (try await rig.store.run(first))?.definition)
    try await EngineWaitingTests.finish(rig, again, EngineTests.failure)
    #expect(try await rig.store.definitionVersions(of: "report").isEmpty, "a run by hand makes no version")
    let plain = try await rig.engine.rerun("report", RerunWish(requestedBy: "ann"))
    #expect(
      try await rig.store.run(plain)?.definition == EngineTests.job(parameters: WishesTests.parameters).definition)
    #expect(try await rig.store.definitionVersions(of: "report").map(\.number) == [1])
    await rig.stop()
  }
}
