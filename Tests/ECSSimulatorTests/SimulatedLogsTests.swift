import Foundation
import JobModel
import Testing

@testable import ECSSimulator

/// Logs with one container that writes to the stream `jobs/app/0f1e` of `/ecs/report`.
private struct LogsFixture {
  static let key = ContainerKey(task: "0f1e", index: 0)
  static let stream = SimulatedLogs.StreamName(group: "/ecs/report", stream: "jobs/app/0f1e")

  var logs: SimulatedLogs
  var now = Fixture.start

  init(streamBytes: Int = 1 << 20) {
    logs = SimulatedLogs(arns: Fixture.arns, streamBytes: streamBytes)
    logs.open(Self.key, Self.stream, at: now)
  }

  mutating func write(_ text: String) {
    now = now + .seconds(1)
    logs.append(Array(text.utf8), from: Self.key, at: now)
  }

  mutating func call(_ operation: String, _ input: JSONObject) throws(ServiceError) -> JSONValue {
    try logs.perform(operation, input, at: now)
  }

  mutating func events(_ input: JSONObject = [:]) throws(ServiceError) -> JSONValue {
    var whole: JSONObject = ["logGroupName": "/ecs/report", "logStreamName": "jobs/app/0f1e"]
    for member in input { whole[member.key] = member.value }
    return try call("GetLogEvents", whole)
  }
}

extension JSONValue {
  fileprivate var messages: [String] { (self["events"]?.arrayValue ?? []).compactMap { $0["message"]?.stringValue } }
  fileprivate var forward: JSONValue { self["nextForwardToken"] ?? .null }
  fileprivate var backward: JSONValue { self["nextBackwardToken"] ?? .null }
}

@Suite("Simulated CloudWatch Logs")
struct SimulatedLogsTests {
  @Test("Output becomes lines with their times; a line may come in pieces, and the last one needs no end")
  func lines() throws {
    var fixture = LogsFixture()
    fixture.write("one\ntw")
    fixture.write("o\n\nthree")
    #expect(try fixture.events().messages == ["one", "two"])
    fixture.logs.close(LogsFixture.key, at: fixture.now)
    fixture.write("too late\n")
    let answer = try fixture.events()
    #expect(answer.messages == ["one", "two", "three"])
    let times = (answer["events"]?.arrayValue ?? []).compactMap { $0["timestamp"]?.integerValue }
    #expect(times == [1, 2, 2].map { (Fixture.start + .seconds($0)).milliseconds })
  }

  @Test("Pages forward: the token that was passed comes back at the end, and is good for what comes later")
  func forward() throws {
    var fixture = LogsFixture()
    for number in 1...5 { fixture.write("\(number)\n") }
    let first = try fixture.events(["startFromHead": true, "limit": 3])
    #expect(first.messages == ["1", "2", "3"])
    let second = try fixture.events(["startFromHead": true, "nextToken": first.forward])
    #expect(second.messages == ["4", "5"])
    #expect(second.forward != first.forward)
    let end = try fixture.events(["startFromHead": true, "nextToken": second.forward])
    #expect(end.messages.isEmpty && end.forward == second.forward)
    fixture.write("6\n")
    #expect(try fixture.events(["startFromHead": true, "nextToken": second.forward]).messages == ["6"])
    let back = try fixture.events(["nextToken": second.backward, "limit": 2])
    #expect(back.messages == ["2", "3"])
  }

  @Test("Pages backward: the latest first, each in the order of time")
  func backward() throws {
    var fixture = LogsFixture()
    for number in 1...5 { fixture.write("\(number)\n") }
    let last = try fixture.events(["limit": 2])
    #expect(last.messages == ["4", "5"])
    let before = try fixture.events(["limit": 2, "nextToken": last.backward])
    #expect(before.messages == ["2", "3"])
    let first = try fixture.events(["limit": 2, "nextToken": before.backward])
    #expect(first.messages == ["1"])
    let none = try fixture.events(["limit": 2, "nextToken": first.backward])
    #expect(none.messages.isEmpty && none.backward == first.backward)
    fixture.write("6\n")
    #expect(try fixture.events(["startFromHead": true, "nextToken": last.forward]).messages == ["6"])
  }

  @Test("A range of time includes its start and not its end")
  func range() throws {
    var fixture = LogsFixture()
    for number in 1...5 { fixture.write("\(number)\n") }
    func at(_ second: Int) -> JSONValue { .integer((Fixture.start + .seconds(second)).milliseconds) }
    #expect(try fixture.events(["startTime": at(2), "endTime": at(4)]).messages == ["2", "3"])
    #expect(try fixture.events(["startTime": at(2), "limit": 1, "startFromHead": true]).messages == ["2"])
  }

  @Test("An answer is at most a megabyte")
  func size() throws {
    var fixture = LogsFixture(streamBytes: 8 << 20)
    for _ in 0..<30 { fixture.write(String(repeating: "x", count: 100_000) + "\n") }
    #expect(try fixture.events().messages.count == 10)
    #expect(try fixture.events(["startFromHead": true]).messages.count == 10)
  }

  @Test("A line without end is broken where an event may not be longer")
  func longLine() throws {
    var fixture = LogsFixture(streamBytes: 8 << 20)
    fixture.write(String(repeating: "x", count: 600_000) + "\ny")
    fixture.logs.close(LogsFixture.key, at: fixture.now)
    #expect(try fixture.events().messages.map(\.utf8.count) == [262_118, 262_118, 75_764, 1])
  }

  @Test("What is too much goes from the front, with a line that says so, and tokens stay good")
  func bounded() throws {
    var fixture = LogsFixture(streamBytes: 10_000)
    fixture.write("first\n")
    let token = try fixture.events(["startFromHead": true]).forward
    for number in 0..<1_000 { fixture.write("line \(number)\n") }
    let kept = try fixture.events(["startFromHead": true]).messages
    #expect(kept.first == "[older lines are not kept]" && kept.last == "line 999")
    #expect((50..<200).contains(kept.count))
    #expect(kept.dropFirst().elementsEqual((1_001 - kept.count..<1_000).map { "line \($0)" }))
    #expect(try fixture.events(["startFromHead": true, "nextToken": token]).messages == kept)
    let last = try fixture.events(["startFromHead": true]).forward
    fixture.write("new\n")
    #expect(try fixture.events(["startFromHead": true, "nextToken": last]).messages == ["new"])
  }

  @Test("All streams together are bounded: those of containers that have ended go first")
  func boundedTogether() throws {
    var fixture = LogsFixture(streamBytes: 8 << 20)
    let line = Array((String(repeating: "x", count: 99_999) + "\n").utf8)
    for index in 1...6 {
      let key = ContainerKey(task: "\(index)", index: 0)
      fixture.logs.open(key, .init(group: "/ecs/report", stream: "s\(index)"), at: fixture.now)
      for _ in 0..<70 { fixture.logs.append(line, from: key, at: fixture.now) }
      if index == 2 { fixture.logs.close(key, at: fixture.now) }
    }
    func count(_ stream: String) throws -> Int {
      try fixture.events(["logStreamName": .string(stream), "limit": 1]).messages
        == ["[older lines are not kept]"] ? 0 : 1
    }
    #expect(try (1...6).map { try count("s\($0)") } == [0, 0, 1, 1, 1, 1])
  }

  @Test("Streams and groups can be listed, in pages, and the stream's times are there")
  func lists() throws {
    var fixture = LogsFixture()
    fixture.write("x\n")
    for index in 1...3 {
      fixture.logs.open(
        ContainerKey(task: "\(index)", index: 0), .init(group: "/ecs/report", stream: "jobs/log/\(index)"),
        at: fixture.now)
    }
    let page = try fixture.call("DescribeLogStreams", ["logGroupName": "/ecs/report", "limit": 3])
    let names = (page["logStreams"]?.arrayValue ?? []).compactMap { $0["logStreamName"]?.stringValue }
    #expect(names == ["jobs/app/0f1e", "jobs/log/1", "jobs/log/2"])
    let app = page["logStreams"]?[0]
    #expect(app?["lastEventTimestamp"]?.integerValue == (Fixture.start + .seconds(1)).milliseconds)
    #expect(page["logStreams"]?[1]?["lastEventTimestamp"] == nil)
    let rest = try fixture.call(
      "DescribeLogStreams",
      ["logGroupName": "/ecs/report", "limit": 3, "nextToken": try #require(page["nextToken"])])
    #expect(rest["logStreams"]?.arrayValue?.count == 1 && rest["nextToken"] == nil)
    let latest = try fixture.call(
      "DescribeLogStreams", ["logGroupName": "/ecs/report", "orderBy": "LastEventTime", "descending": true])
    #expect(latest["logStreams"]?[0]?["logStreamName"] == "jobs/app/0f1e")
    let arn = try #require(
      try fixture.call("DescribeLogGroups", ["logGroupNamePrefix": "/ecs"])["logGroups"]?[0]?["arn"])
    #expect(arn == "arn:aws:logs:us-east-1:123456789012:log-group:/ecs/report:*")
    let byARN = try fixture.call(
      "DescribeLogStreams", ["logGroupIdentifier": arn, "logStreamNamePrefix": "jobs/log/"])
    #expect(byARN["logStreams"]?.arrayValue?.count == 3)
    _ = try fixture.call("CreateLogGroup", ["logGroupName": "/other"])
    #expect(try fixture.call("DescribeLogGroups", [:])["logGroups"]?.arrayValue?.count == 2)
  }

  @Test(
    "What is not there or not right is refused by the API's names",
    arguments: [
      ("GetLogEvents", ["logGroupName": "/no", "logStreamName": "s"], "ResourceNotFoundException", "log group"),
      (
        "GetLogEvents", ["logGroupName": "/ecs/report", "logStreamName": "s"], "ResourceNotFoundException", "log stream"
      ),
      ("GetLogEvents", ["logStreamName": "s"], "InvalidParameterException", "logGroupName"),
      ("DescribeLogStreams", ["logGroupName": "/no"], "ResourceNotFoundException", "log group"),
      ("DescribeLogStreams", ["logGroupName": "/ecs/report", "limit": 51], "InvalidParameterException", "limit"),
      ("CreateLogGroup", ["logGroupName": "/ecs/report"], "ResourceAlreadyExistsException", "exists"),
      ("CreateLogGroup", ["logGroupName": "a b"], "InvalidParameterException", "logGroupName"),
      ("PutLogEvents", [:], "UnknownOperationException", ""),
    ] as [(String, JSONObject, String, String)])
  func refused(operation: String, input: JSONObject, code: String, words: String) {
    var fixture = LogsFixture()
    let error = #expect(throws: ServiceError.self) { try fixture.call(operation, input) }
    #expect(error?.code == code)
    #expect(words.isEmpty || error?.message?.contains(words) == true)
  }

  @Test(
    "A token or limit that cannot be is refused",
    arguments: [
      ["limit": 0], ["limit": 10_001], ["nextToken": "f/1/s", "startFromHead": true], ["nextToken": "x"],
      ["nextToken": .string("f/" + String(repeating: "0", count: 56) + "/s")],
    ] as [JSONObject])
  func badToken(input: JSONObject) {
    var fixture = LogsFixture()
    #expect(throws: ServiceError.self) { try fixture.events(input) }
  }
}

@Suite("Where simulated containers log to")
struct SimulatedLogTargetTests {
  private static func awslogs(_ prefix: String? = "jobs") -> JSONValue {
    var options: JSONObject = ["awslogs-group": "/ecs/report", "awslogs-region": "us-east-1"]
    options["awslogs-stream-prefix"] = prefix.map { .string($0) }
    return ["logDriver": "awslogs", "options": .object(options)]
  }

  private func opened(
    _ containers: [JSONObject], defaultLogGroup: String? = nil
  ) throws -> (streams: [SimulatedLogs.StreamName], task: String, fixture: Fixture) {
    var fixture = try Fixture(startsProcesses: true, defaultLogGroup: defaultLogGroup)
    try fixture.register("job", containers: containers)
    let arn = try fixture.run(["taskDefinition": "job"])
    let streams = fixture.takeEffects().compactMap { effect in
      if case .openLog(_, let stream) = effect { stream } else { nil }
    }
    return (streams, Fixture.id(arn), fixture)
  }

  @Test("The stream is prefix, container and task; without a prefix the container's id on its host")
  func names() throws {
    let (streams, task, _) = try opened([["name": "app", "logConfiguration": Self.awslogs()], ["name": "log"]])
    #expect(streams == [.init(group: "/ecs/report", stream: "jobs/app/\(task)")])
    var (plain, id, fixture) = try opened([["name": "app", "logConfiguration": Self.awslogs(nil)]])
    let arn = Fixture.arns.task(id, cluster: "batch")
    #expect(plain.map(\.stream) == [try fixture.task(arn)["containers"]?[0]?["runtimeId"]?.stringValue])
  }

  @Test("Only a default group makes containers log that have no log configuration; what was registered is shown")
  func defaultGroup() throws {
    #expect(try opened([["name": "app"]]).streams.isEmpty)
    var (streams, task, fixture) = try opened(
      [["name": "app"], ["name": "log", "logConfiguration": Self.awslogs()]], defaultLogGroup: "/jobd/local")
    #expect(
      streams == [
        .init(group: "/jobd/local", stream: "job/app/\(task)"), .init(group: "/ecs/report", stream: "jobs/log/\(task)"),
      ])
    let shown = try fixture.call("DescribeTaskDefinition", ["taskDefinition": "job"])["taskDefinition"]
    #expect(shown?["containerDefinitions"]?[0]?["logConfiguration"] == nil)
  }

  @Test("A definition's log group is there before a task runs; awslogs without one is refused")
  func registered() throws {
    var fixture = try Fixture()
    try fixture.register("job", containers: [["name": "app", "logConfiguration": Self.awslogs()]])
    #expect(fixture.takeEffects() == [.nameLogGroup("/ecs/report")])
    #expect(throws: ServiceError.self) {
      try fixture.register("job", containers: [["name": "app", "logConfiguration": ["logDriver": "awslogs"]]])
    }
  }
}

@Suite("CloudWatch Logs on the wire")
struct WireLogsTests {
  @Test("Calls are signed for logs, and answered like ECS's; what a process wrote is there once it has ended")
  func wire() throws {
    var fixture = WireFixture()
    let key = ContainerKey(task: "0f1e", index: 0)
    fixture.core.logs.open(key, .init(group: "/g", stream: "s"), at: WireFixture.now)
    fixture.core.logs.append(Array("hello".utf8), from: key, at: WireFixture.now)
    fixture.core.report(key, .exited(0), at: WireFixture.now)
    let body = #"{"logGroupName":"/g","logStreamName":"s"}"#
    let answer = fixture.answer(WireFixture.logs("GetLogEvents", body))
    #expect(answer.status == 200 && answer.contentType == "application/x-amz-json-1.1")
    #expect(answer.json["events"]?[0]?["message"] == "hello")
    let wrong = fixture.answer(WireFixture.logs("GetLogEvents", body, service: "ecs"))
    #expect(wrong.json["__type"] == "InvalidSignatureException")
    let missing = fixture.answer(WireFixture.logs("GetLogEvents", #"{"logGroupName":"/x","logStreamName":"s"}"#))
    #expect(missing.status == 400 && missing.json["__type"] == "ResourceNotFoundException")
    #expect(fixture.answer(WireFixture.logs("GetLogEvents", "[")).json == ["__type": "SerializationException"])
  }
}
