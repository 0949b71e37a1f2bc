import AWSClient
import JobModel
import TestSupport
import Testing

@testable import ECSDriver

@Suite("Reading a launch's logs")
struct TaskLogsTests {
  private let time = SteppingTime()
  private let fake = FakeLogs()

  private func logs(defaultGroup: String? = nil) -> TaskLogs {
    let facts = TaskDefinitionFacts(caller: fake, time: time, random: SeededRandom(seed: 1))
    return TaskLogs(caller: fake, time: time, facts: facts, defaultGroup: defaultGroup)
  }

  private func message(_ body: () async throws(LogError) -> LogPage) async -> String {
    do throws(LogError) { return "\(try await body().lines)" } catch { return "\(error.kind.rawValue): \(error)" }
  }

  @Test("Lines come page by page, the earliest first, until the token comes back")
  func pages() async throws {
    fake.define([FakeLogs.awslogs("app")])
    fake.write("jobs/app/0f1e", (1...5).map { (Int64($0), "line \($0)") })
    let logs = logs()
    let first = try await logs.page(.logged(), limit: 3)
    #expect(first.lines.map(\.message) == ["line 1", "line 2", "line 3"])
    #expect(first.lines[0] == LogLine(timestamp: .reference + .seconds(1), container: "app", message: "line 1"))
    #expect(!first.isAtEnd)
    let second = try await logs.page(.logged(), after: first.next, limit: 3)
    #expect(second.lines.map(\.message) == ["line 4", "line 5"])
    #expect(second.isAtEnd)
    #expect(try await logs.page(.logged(), after: second.next).lines.isEmpty)
    fake.write("jobs/app/0f1e", (6, "line 6"))
    #expect(try await logs.page(.logged(), after: second.next).lines.map(\.message) == ["line 6"])
    let call = try #require(fake.calls(of: "GetLogEvents").first)
    #expect(call["logGroupName"] == "/ecs/report" && call["startFromHead"] == true && call["limit"] == 3)
    #expect(fake.calls(of: "DescribeTaskDefinition").count == 1)
    #expect(fake.calls(of: "DescribeTasks").isEmpty)
  }

  @Test("An answer without lines is not the end while its token is another")
  func emptyAnswers() async throws {
    fake.define([FakeLogs.awslogs("app")])
    fake.write("jobs/app/0f1e", (1, "late"))
    fake.answer(emptyAnswers: 3)
    let page = try await logs().page(.logged())
    #expect(page.lines.map(\.message) == ["late"])
    #expect(page.isAtEnd)
    fake.answer(emptyAnswers: 15)
    let none = try await logs().page(.logged())
    #expect(none.lines.isEmpty && !none.isAtEnd)
    #expect(try await logs().page(.logged(), after: none.next).lines.map(\.message) == ["late"])
  }

  @Test("Containers' lines are put into the order of their times, and one can be had alone")
  func several() async throws {
    fake.define([FakeLogs.awslogs("app"), FakeLogs.awslogs("proxy", essential: false)])
    fake.write("jobs/app/0f1e", (1, "a1"), (3, "a3"), (5, "a5"), (7, "a7"))
    fake.write("jobs/proxy/0f1e", (2, "p2"), (4, "p4"), (8, "p8"))
    let logs = logs()
    var shown: [String] = []
    var page = LogPage(lines: [], next: .start, isAtEnd: false)
    while !page.isAtEnd, shown.count < 20 {
      // As it comes back from a client.
      let position = try #require(LogPosition(page.next.description))
      page = try await logs.page(.logged(), after: position, limit: 2)
      #expect(page.lines.count <= 2)
      shown += page.lines.map(\.message)
    }
    #expect(shown == ["a1", "p2", "a3", "p4", "a5", "a7", "p8"])
    let alone = try await logs.page(.logged(), container: "proxy")
    #expect(alone.lines.map(\.container) == ["proxy", "proxy", "proxy"])
  }

  @Test("A launch's tasks are told apart")
  func tasks() async throws {
    fake.define([FakeLogs.awslogs("app")])
    fake.write("jobs/app/0f1e", (1, "one"))
    fake.write("jobs/app/2b3c", (2, "two"))
    let second = "arn:aws:ecs:eu-central-1:111111111111:task/batch/2b3c"
    let page = try await logs().page(.logged(tasks: [FakeLogs.task, second]))
    #expect(page.lines.map(\.container) == ["0f1e/app", "2b3c/app"])
  }

  @Test("The last lines come from the end, however short the answers, and the next page goes on from there")
  func tail() async throws {
    fake.define([FakeLogs.awslogs("app"), FakeLogs.awslogs("proxy")])
    fake.write("jobs/app/0f1e", (1...9).map { (Int64($0), "a\($0)") })
    fake.write("jobs/proxy/0f1e", (8, "p8"))
    fake.answer(pageSize: 2)
    let tail = try await logs().tail(.logged(), lines: 5)
    #expect(tail.lines.map(\.message) == ["a6", "a7", "a8", "p8", "a9"])
    fake.write("jobs/app/0f1e", (10, "a10"))
    #expect(try await logs().page(.logged(), after: tail.next).lines.map(\.message) == ["a10"])
    #expect(try await logs().tail(.logged(), lines: 100).lines.count == 11)
  }

  @Test("Without a prefix the stream is the container's id, which DescribeTasks knows")
  func runtimeID() async throws {
    fake.define([FakeLogs.awslogs("app", prefix: nil)])
    fake.write("d0c4e1", (1, "hello"))
    #expect(try await logs().page(.logged()).lines.isEmpty)
    fake.show(["taskArn": .string(FakeLogs.task), "containers": [["name": "app", "runtimeId": "d0c4e1"]]])
    #expect(try await logs().page(.logged()).lines.map(\.message) == ["hello"])
    let asked = fake.calls(of: "DescribeTasks").count
    let stopped: JSONValue = [
      "taskArn": .string(FakeLogs.task), "taskDefinitionArn": .string(FakeLogs.definition),
      "containers": [["name": "app", "runtimeId": "d0c4e1"]],
    ]
    #expect(try await logs().page(.logged(.failed, endedAt: .reference, result: stopped)).lines.count == 1)
    #expect(fake.calls(of: "DescribeTasks").count == asked)
  }

  @Test("A stream that is not there is empty while it may come, and later an error that names it")
  func notThere() async {
    fake.define([FakeLogs.awslogs("app")])
    let ended = Launch.logged(.succeeded, endedAt: time.now())
    let logs = logs()
    #expect(await message { () throws(LogError) in try await logs.page(.logged()) } == "[]")
    #expect(await message { () throws(LogError) in try await logs.page(ended) } == "[]")
    time.advance(by: .seconds(61))
    let said = await message { () throws(LogError) in try await logs.page(ended) }
    #expect(said.hasPrefix("NOT_FOUND: container app has no log in /ecs/report in eu-west-1, stream jobs/app/0f1e"))
    fake.write("jobs/app/0f1e", (1, "x"))
    fake.define([FakeLogs.awslogs("app"), FakeLogs.awslogs("init")], as: FakeLogs.definition)
    #expect(await message { () throws(LogError) in try await self.logs().page(ended) }.contains("message: \"x\""))
  }

  @Test(
    "What is no log of jobd's to read is said",
    arguments: [
      (
        ["name": "app", "logConfiguration": ["logDriver": "splunk"]],
        "NOT_FOUND: container app logs with splunk: jobd reads awslogs only"
      ),
      (
        ["name": "app"],
        "NOT_FOUND: container app has no log configuration: give it `awslogs` in its task definition"
      ),
    ] as [(JSONValue, String)])
  func unreadable(container: JSONValue, sentence: String) async throws {
    fake.define([container])
    let logs = logs()
    #expect(await message { () throws(LogError) in try await logs.page(.logged()) } == sentence)
    fake.define([container, FakeLogs.awslogs("proxy")])
    fake.write("jobs/proxy/0f1e", (1, "x"))
    let page = try await self.logs().page(.logged())
    #expect(page.lines.map(\.container) == ["proxy"])
    #expect(page.notes == [String(sentence.dropFirst("NOT_FOUND: ".count))])
  }

  @Test("Containers without a log configuration write to the default group, where there is one")
  func defaultGroup() async throws {
    fake.define([["name": "app"]])
    fake.write("report/app/0f1e", (1, "local"))
    fake.write("report/extra/0f1e", (2, "more"))
    let request: JSONValue = ["overrides": ["containerOverrides": [["name": "extra"]]]]
    let page = try await logs(defaultGroup: "/jobd/local").page(.logged(request: request))
    #expect(page.lines.map(\.message) == ["local", "more"])
    #expect(fake.calls(of: "GetLogEvents").allSatisfy { $0["logGroupName"] == "/jobd/local" })
  }

  @Test("A task of which only the ARN is stored is looked up")
  func adopted() async throws {
    fake.define([FakeLogs.awslogs("app")])
    fake.write("jobs/app/0f1e", (1, "x"))
    var launch = Launch.logged()
    launch.submission = nil
    let logs = logs()
    let said = await message { () throws(LogError) in try await logs.page(launch) }
    #expect(said.hasPrefix("NOT_FOUND: ECS does not show task 0f1e any more"))
    fake.show(["taskArn": .string(FakeLogs.task), "taskDefinitionArn": .string(FakeLogs.definition)])
    #expect(try await logs.page(launch).lines.count == 1)
    fake.show()
    launch.request = ["taskDefinition": .string(FakeLogs.definition)]
    #expect(try await logs.page(launch).lines.count == 1)
    launch.taskARN = nil
    #expect(
      await message { () throws(LogError) in try await logs.page(launch) }
        == "NOT_FOUND: launch 2 has started no task, so there are no logs")
  }

  @Test("The caller's mistakes name what is wrong")
  func mistakes() async {
    fake.define([FakeLogs.awslogs("app"), FakeLogs.awslogs("proxy")])
    fake.write("jobs/app/0f1e", (1, "x"))
    let logs = logs()
    #expect(
      await message { () throws(LogError) in try await logs.page(.logged(), container: "web") }
        == "BAD_REQUEST: launch 2 has no container web; it has app, proxy")
    #expect(
      await message { () throws(LogError) in try await logs.tail(.logged(), lines: 0) }
        == "BAD_REQUEST: the number of lines must be from 1 to 10000, not 0")
    let other = LogPosition(["2b3c/app": .init(token: "f/1")])
    #expect(
      await message { () throws(LogError) in try await logs.page(.logged(), after: other) }
        .hasPrefix("BAD_REQUEST: the position is of another launch"))
    let old = LogPosition(["0f1e/app": .init(token: "old")])
    #expect(
      await message { () throws(LogError) in try await logs.page(.logged(), after: old) }
        .hasPrefix("BAD_REQUEST: CloudWatch Logs does not take the position"))
  }

  @Test(
    "AWS's errors become sentences with a remedy",
    arguments: [
      (AWSError.refused("AccessDeniedException", "no"), "REFUSED", "allow logs:GetLogEvents on it"),
      (.throttled, "UNAVAILABLE", "AWS throttles"), (.ambiguous, "UNAVAILABLE", "cannot be read now"),
      (.cancelled, "CANCELLED", "cancelled"),
    ])
  func errors(error: AWSError, kind: String, words: String) async {
    fake.define([FakeLogs.awslogs("app")])
    fake.fail("GetLogEvents", error)
    let logs = logs()
    let said = await message { () throws(LogError) in try await logs.page(.logged()) }
    #expect(said.hasPrefix(kind) && said.contains(words), "\(said)")
    if kind != "CANCELLED" { #expect(said.contains("/ecs/report in eu-west-1")) }
  }

  @Test("A task definition that cannot be read is an error that names it; what is in its way for a moment is not")
  func definition() async throws {
    let logs = logs()
    #expect(
      await message { () throws(LogError) in try await logs.page(.logged()) }
        .hasPrefix("NOT_FOUND: task definition \(FakeLogs.definition) cannot be read: ClientException"))
    fake.fail("DescribeTaskDefinition", .refused("AccessDeniedException", "no"))
    #expect(
      await message { () throws(LogError) in try await logs.page(.logged()) }
        .contains("allow ecs:DescribeTaskDefinition"))
    fake.define([FakeLogs.awslogs("app")])
    fake.fail("DescribeTaskDefinition", .throttled, .ambiguous)
    #expect(try await logs.page(.logged()).lines.isEmpty)
  }

  @Test("A long line is cut")
  func long() async throws {
    fake.define([FakeLogs.awslogs("app")])
    fake.write("jobs/app/0f1e", (1, String(repeating: "x", count: 20_000)))
    let line = try await logs().page(.logged()).lines[0].message
    #expect(line == String(repeating: "x", count: 16_384) + "…")
  }
}
