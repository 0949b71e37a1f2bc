import AWSClient
import JobModel
import Logging
import TestSupport
import Testing

@testable import ECSDriver

@Suite("The last lines of a failed container")
struct LastLinesTests {
  private let time = ManualTime(now: .reference)

  private func lastLines(_ fake: FakeLogs) -> LastLines {
    let facts = TaskDefinitionFacts(caller: fake, time: time, random: SeededRandom(seed: 1))
    return LastLines(
      logs: TaskLogs(caller: fake, time: time, facts: facts, defaultGroup: nil), time: time,
      logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
  }

  private static func end(_ containers: JSONValue = [["name": "app", "exitCode": 3]], stopCode: String? = nil) -> Judged
  {
    var task: JSONObject = [
      "taskArn": .string(FakeLogs.task), "taskDefinitionArn": .string(FakeLogs.definition), "lastStatus": "STOPPED",
      "stopCode": .string(stopCode ?? "EssentialContainerExited"), "containers": containers,
    ]
    if stopCode == nil { task["startedAt"] = 1_795_230_000.5 }
    return Judged(
      arn: FakeLogs.task, task: .object(task),
      outcome: .judged(.failed(Diagnosis(class: .exitCode, sentence: "s"), aliases: [])))
  }

  private func fake(_ gate: @escaping @Sendable (String) async -> Void = { _ in }) -> FakeLogs {
    let fake = FakeLogs(gate: gate)
    fake.define([FakeLogs.awslogs("app"), FakeLogs.awslogs("log", essential: false)])
    return fake
  }

  @Test("The last twenty lines of at most eight kilobytes, at once where they are there")
  func lines() async throws {
    let fake = fake()
    fake.write("jobs/app/0f1e", (1...30).map { (Int64($0), "line \($0)") })
    #expect(try await lastLines(fake).lines(of: Self.end(), .logged()) == (11...30).map { "line \($0)" })
    fake.write("jobs/app/0f1e", (1...3).map { (Int64(30 + $0), "\($0)" + String(repeating: "x", count: 3_999)) })
    let long = try await lastLines(fake).lines(of: Self.end(), .logged())
    #expect(long.map { $0.prefix(1) } == ["2", "3"])
    #expect(time.uptime() == .zero)
  }

  @Test("Lines that come late are asked for after two and four seconds")
  func late() async throws {
    let fake = fake()
    async let lines = lastLines(fake).lines(of: Self.end(), .logged())
    for delay in [2, 4] {
      await time.waitForSleepers(2)
      if delay == 4 { fake.write("jobs/app/0f1e", (1, "late")) }
      time.advance(by: .seconds(delay))
    }
    #expect(try await lines == ["late"])
    #expect(fake.calls(of: "GetLogEvents").count { $0["nextToken"] == nil } == 3)
  }

  @Test("After the third time it is given up")
  func none() async throws {
    let fake = fake()
    async let lines = lastLines(fake).lines(of: Self.end(), .logged())
    for delay in [2, 4] {
      await time.waitForSleepers(2)
      time.advance(by: .seconds(delay))
    }
    #expect(try await lines.isEmpty)
  }

  @Test("All of it takes ten seconds at most, also where no answer comes")
  func hanging() async throws {
    let time = time
    let fake = fake { operation in
      if operation == "GetLogEvents" { try? await time.sleep(for: .seconds(3_600)) }
    }
    async let lines = lastLines(fake).lines(of: Self.end(), .logged())
    await time.waitForSleepers(2)
    time.advance(by: .seconds(10))
    #expect(try await lines.isEmpty)
    #expect(time.uptime() == .seconds(10))
  }

  @Test("Whoever gives the launch up meanwhile is heard")
  func cancelled() async throws {
    let fake = fake()
    let reader = lastLines(fake)
    let task = Task { try await reader.lines(of: Self.end(), .logged()) }
    await time.waitForSleepers(2)
    task.cancel()
    await #expect(throws: CancellationError.self) { _ = try await task.value }
  }

  @Test("Errors change nothing and are not waited for")
  func errors() async throws {
    let fake = fake()
    fake.fail("GetLogEvents", .refused("AccessDeniedException", "no"))
    #expect(try await lastLines(fake).lines(of: Self.end(), .logged()).isEmpty)
    fake.fail("DescribeTaskDefinition", .refused("ClientException", "no"))
    #expect(try await lastLines(fake).lines(of: Self.end(), .logged()).isEmpty)
    #expect(time.uptime() == .zero)
  }

  @Test(
    "Where no container ran, nothing is asked",
    arguments: [
      LastLinesTests.end([["name": "app"]], stopCode: "TaskFailedToStart"),
      LastLinesTests.end([["name": "app"]], stopCode: "UserInitiated"),
      Judged(arn: FakeLogs.task, task: nil, outcome: .unknown("forgotten")),
    ])
  func notRun(end: Judged) async throws {
    let fake = fake()
    #expect(try await lastLines(fake).lines(of: end, .logged()).isEmpty)
    #expect(fake.calls(of: "DescribeTaskDefinition").isEmpty)
  }

  @Test(
    "The essential container that failed by itself is read, not one that was killed with it",
    arguments: [
      ([["name": "app", "exitCode": 143], ["name": "web", "exitCode": 1]], "web"),
      ([["name": "log", "exitCode": 5], ["name": "app", "exitCode": 2]], "app"),
      ([["name": "web", "exitCode": 0], ["name": "app", "exitCode": 137]], "app"),
      ([["name": "app"]], "app"), ([["name": "log", "exitCode": 5]], "log"),
    ] as [(JSONValue, String)])
  func container(containers: JSONValue, name: String) {
    let task = StoppedTask(["containers": containers])
    #expect(LastLines.failedContainer(task, essential: ["app", "web"]) == name)
  }

  @Test(
    "A followed launch that fails has them in its diagnosis; of one that succeeds none are read", arguments: [1, 0])
  func followed(exitCode: Int64) async throws {
    let fake = fake()
    fake.write("jobs/app/0f1e", (1, "no such table"))
    fake.show([
      "taskArn": .string(FakeLogs.task), "taskDefinitionArn": .string(FakeLogs.definition), "lastStatus": "STOPPED",
      "stopCode": "EssentialContainerExited", "startedAt": 1_795_230_000.5,
      "containers": [["name": "app", "exitCode": .integer(exitCode)]],
    ])
    let driver = ECSTaskDriver(
      caller: fake, time: time, random: SeededRandom(seed: 1),
      logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { await driver.run() }
      async let report = driver.follow(.logged())
      await time.advanceToNextWake()
      let failure = try await report.failure
      #expect(failure?.diagnosis?.log == (exitCode == 1 ? ["no such table"] : nil))
      #expect(fake.calls(of: "GetLogEvents").isEmpty == (exitCode == 0))
      group.cancelAll()
    }
  }
}
