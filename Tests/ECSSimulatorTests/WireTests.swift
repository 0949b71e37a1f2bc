import AWSClient
import Foundation
import JobModel
import TestSupport
import Testing

@testable import ECSSimulator

/// A `SimulatorCore` behind signed requests.
struct WireFixture {
  static let now = Instant(seconds: 1_790_000_000)
  static let credentials = AWSCredentials(accessKeyID: "test", secretAccessKey: "test")

  var core: SimulatorCore
  private var random = RandomGenerator(SeededRandom(seed: 3))

  init() {
    var configuration = ECSSimulatorConfiguration()
    configuration.processes = .none
    configuration.delays = .none
    configuration.clusters = ["batch"]
    core = SimulatorCore(configuration)
  }

  static func ecs(
    _ operation: String, _ body: String, credentials: AWSCredentials = credentials, service: String = "ecs",
    at signedAt: Instant = now
  ) -> WireRequest {
    signed(
      [
        "X-Amz-Target": "AmazonEC2ContainerServiceV20141113.\(operation)", "Content-Type": "application/x-amz-json-1.1",
      ],
      body, credentials: credentials, service: service, at: signedAt)
  }

  static func logs(_ operation: String, _ body: String, service: String = "logs") -> WireRequest {
    signed(
      ["X-Amz-Target": "Logs_20140328.\(operation)", "Content-Type": "application/x-amz-json-1.1"], body,
      credentials: credentials, service: service, at: now)
  }

  static func query(_ form: String, service: String = "sns", credentials: AWSCredentials = credentials) -> WireRequest {
    signed(
      ["Content-Type": "application/x-www-form-urlencoded; charset=utf-8"], form, credentials: credentials,
      service: service, at: now)
  }

  private static func signed(
    _ headers: HTTPHeaders, _ body: String, credentials: AWSCredentials, service: String, at signedAt: Instant
  ) -> WireRequest {
    var headers = headers
    headers["Host"] = "127.0.0.1:4566"
    let request = SignatureV4.sign(
      SigningRequest(method: "POST", path: "/", headers: headers, body: Array(body.utf8)), credentials: credentials,
      region: "us-east-1", service: service, at: signedAt)
    return WireRequest(method: "POST", path: "/", query: "", headers: request.headers, body: request.body)
  }

  mutating func answer(_ request: WireRequest, wasPostponed: Bool = false) -> WireAnswer {
    let call = ServiceCall(request)
    var refusal: ServiceError?
    do throws(ServiceError) {
      try SignatureCheck(credentials: [Self.credentials]).check(request, for: call, at: Self.now)
    } catch {
      refusal = error
    }
    return core.answer(request, call, refusal: refusal, wasPostponed: wasPostponed, at: Self.now, random: &random)
  }

  mutating func register() {
    let definition = #"{"family":"report","containerDefinitions":[{"name":"app","image":"x","memory":1}]}"#
    let answer = answer(Self.ecs("RegisterTaskDefinition", definition))
    precondition(answer.status == 200, answer.text)
  }
}

extension WireAnswer {
  var text: String { String(decoding: body, as: UTF8.self) }
  var json: JSONValue { (try? JSONValue.parse(body)) ?? .null }
}

@Suite("The wire protocol")
struct WireTests {
  @Test("A signed request is answered with the operation's JSON and a request id")
  func answered() {
    var fixture = WireFixture()
    let answer = fixture.answer(WireFixture.ecs("ListClusters", "{}"))
    #expect(answer.status == 200)
    #expect(answer.contentType == "application/x-amz-json-1.1")
    #expect(answer.requestID.utf8.count == 36)
    #expect(answer.json["clusterArns"] == ["arn:aws:ecs:us-east-1:123456789012:cluster/batch"])
  }

  @Test(
    "A broken body is a SerializationException",
    arguments: ["{", "[]", "\"x\"", "{\"clusters\": 1}", String(repeating: "[", count: 5_000)])
  func serialization(_ body: String) {
    var fixture = WireFixture()
    let answer = fixture.answer(WireFixture.ecs("DescribeClusters", body))
    #expect(answer.status == 400)
    #expect(answer.json == ["__type": "SerializationException"])
  }

  @Test("Errors have the protocol's shape")
  func errors() {
    var fixture = WireFixture()
    let missing = fixture.answer(WireFixture.ecs("ListTasks", #"{"cluster":"nowhere"}"#))
    #expect(missing.json == ["__type": "ClusterNotFoundException", "message": "Cluster not found."])
    #expect(fixture.answer(WireFixture.ecs("CreateService", "{}")).json == ["__type": "UnknownOperationException"])
    let form = "Action=Publish&Version=2010-03-31&TopicArn=arn%3Aaws%3Asns%3Aus-east-1%3A123456789012%3At&Message=x"
    let publish = fixture.answer(WireFixture.query(form))
    #expect(publish.status == 404)
    #expect(
      publish.text.contains("<Error><Type>Sender</Type><Code>NotFound</Code><Message>Topic does not exist</Message>"))
  }

  @Test("SNS keeps what a form says, whatever its encoding")
  func publish() {
    var fixture = WireFixture()
    let created = fixture.answer(WireFixture.query("Action=CreateTopic&Version=2010-03-31&Name=t"))
    #expect(created.text.contains("<TopicArn>arn:aws:sns:us-east-1:123456789012:t</TopicArn>"))
    let message = "a+b%20%26%3Cc%3E%25+%E6%97%A5&Subject=S"
    let arn = "arn%3Aaws%3Asns%3Aus-east-1%3A123456789012%3At"
    let answer = fixture.answer(
      WireFixture.query("Action=Publish&Version=2010-03-31&TopicArn=\(arn)&Message=\(message)"))
    #expect(answer.text.contains("<PublishResult><MessageId>"))
    #expect(fixture.core.sns.messages.map(\.message) == ["a b &<c>% 日"])
    #expect(fixture.core.sns.messages.map(\.subject) == ["S"])
  }

  @Test("STS says who calls")
  func identity() {
    var fixture = WireFixture()
    let answer = fixture.answer(WireFixture.query("Action=GetCallerIdentity&Version=2011-06-15", service: "sts"))
    #expect(answer.text.contains("<Account>123456789012</Account>"))
  }

  @Test("A request that is none of any service is refused")
  func unknown() {
    var fixture = WireFixture()
    let request = WireRequest(method: "GET", path: "/", query: "", headers: [:], body: [])
    #expect(fixture.answer(request).status == 400)
  }
}

@Suite("Signature check")
struct SignatureCheckTests {
  private func code(_ request: WireRequest) -> String {
    var fixture = WireFixture()
    let answer = fixture.answer(request)
    if let code = answer.json["__type"]?.stringValue { return code }
    guard let start = answer.text.range(of: "<Code>"), let end = answer.text.range(of: "</Code>") else {
      return "\(answer.status)"
    }
    return String(answer.text[start.upperBound..<end.lowerBound]) + " \(answer.status)"
  }

  private func ecs(_ change: (inout WireRequest) -> Void = { _ in }) -> WireRequest {
    var request = WireFixture.ecs("ListClusters", "{}")
    change(&request)
    return request
  }

  @Test("What is wrong with a signature has ECS's name")
  func ecsErrors() {
    let stranger = AWSCredentials(accessKeyID: "nobody", secretAccessKey: "test")
    let wrong = AWSCredentials(accessKeyID: "test", secretAccessKey: "wrong")
    let token = AWSCredentials(accessKeyID: "test", secretAccessKey: "test", sessionToken: "t")
    let mismatch = "InvalidSignatureException"
    #expect(code(ecs()) == "200")
    #expect(code(ecs { $0.headers["Authorization"] = nil }) == "MissingAuthenticationTokenException")
    #expect(code(ecs { $0.headers["Authorization"] = "Basic x" }) == "IncompleteSignatureException")
    #expect(code(ecs { $0.headers["X-Amz-Date"] = nil }) == "IncompleteSignatureException")
    #expect(code(ecs { $0.headers["X-Amz-Date"] = "yesterday" }) == "IncompleteSignatureException")
    #expect(code(WireFixture.ecs("ListClusters", "{}", credentials: stranger)) == "UnrecognizedClientException")
    #expect(code(WireFixture.ecs("ListClusters", "{}", credentials: token)) == "UnrecognizedClientException")
    #expect(code(WireFixture.ecs("ListClusters", "{}", credentials: wrong)) == mismatch)
    #expect(code(WireFixture.ecs("ListClusters", "{}", service: "sns")) == mismatch)
    #expect(code(ecs { $0.body = Array("{ }".utf8) }) == mismatch)
    #expect(code(ecs { $0.headers["Host"] = "elsewhere" }) == mismatch)
    #expect(code(ecs { $0.query = "a=b" }) == mismatch)
  }

  @Test("Clocks may differ by five minutes", arguments: [(-301, false), (-299, true), (299, true), (301, false)])
  func skew(seconds: Int, isAccepted: Bool) {
    let at = WireFixture.now + .seconds(seconds)
    let code = code(WireFixture.ecs("ListClusters", "{}", at: at))
    #expect(code == (isAccepted ? "200" : "InvalidSignatureException"))
  }

  @Test("The Query protocol has other names and 403")
  func queryErrors() {
    let form = "Action=ListTopics&Version=2010-03-31"
    #expect(code(WireFixture.query(form)) == "200")
    #expect(code(WireFixture.query(form, service: "ecs")) == "SignatureDoesNotMatch 403")
    let stranger = AWSCredentials(accessKeyID: "nobody", secretAccessKey: "test")
    #expect(code(WireFixture.query(form, credentials: stranger)) == "InvalidClientTokenId 403")
    var unsigned = WireFixture.query(form)
    unsigned.headers["Authorization"] = nil
    #expect(code(unsigned) == "MissingAuthenticationToken 403")
  }
}

@Suite("Faults on the wire")
struct WireFaultTests {
  private let runTask = WireFixture.ecs("RunTask", #"{"cluster":"batch","taskDefinition":"report"}"#)

  private func strike(_ effect: FaultEffect, operation: String = "*") -> (WireAnswer, tasks: Int) {
    var fixture = WireFixture()
    fixture.register()
    _ = fixture.core.faults.add([FaultRule(operation: operation, effect: effect)])
    let answer = fixture.answer(runTask)
    return (answer, fixture.core.ecs.tasks.count)
  }

  @Test("Throttling and errors do no work unless they say so")
  func refusals() {
    let (throttled, none) = strike(.throttle)
    #expect(throttled.status == 400)
    #expect(throttled.json == ["__type": "ThrottlingException", "message": "Rate exceeded"])
    #expect(none == 0)
    let before = strike(.error(status: 503, code: "ServerException", message: "m", afterWork: false))
    let after = strike(.error(status: 500, code: "ServerException", message: "m", afterWork: true))
    #expect((before.0.status, before.tasks) == (503, 0))
    #expect((after.0.status, after.tasks) == (500, 1))
    #expect(strike(.html).0.status == 502)
    #expect(strike(.html).tasks == 0)
  }

  @Test("A dropped, late or broken answer after the work leaves a task")
  func disruptions() {
    #expect(strike(.drop(afterWork: false)).0.disruption == .dropped)
    #expect(strike(.drop(afterWork: false)).tasks == 0)
    #expect(strike(.drop(afterWork: true)).0.disruption == .dropped)
    #expect(strike(.drop(afterWork: true)).tasks == 1)
    #expect(strike(.truncate).0.disruption == .truncated)
    #expect(strike(.truncate).tasks == 1)
    #expect(strike(.delay(.seconds(3), beforeWork: false)).0.delay == .seconds(3))
    #expect(strike(.delay(.seconds(3), beforeWork: false)).tasks == 1)
    let garbage = strike(.garbage)
    #expect(garbage.0.status == 200)
    #expect(garbage.0.json == .null)
    #expect(garbage.tasks == 1)
  }

  @Test("A request can be postponed, and is then handled without its faults")
  func postponed() {
    var fixture = WireFixture()
    fixture.register()
    _ = fixture.core.faults.add([
      FaultRule(operation: "RunTask", times: nil, effect: .delay(.seconds(3), beforeWork: true))
    ])
    #expect(fixture.answer(runTask).disruption == .postponed(.seconds(3)))
    #expect(fixture.core.ecs.tasks.isEmpty)
    #expect(fixture.answer(runTask, wasPostponed: true).status == 200)
    #expect(fixture.core.ecs.tasks.count == 1)
  }

  @Test("A rule for a family finds DescribeTasks of its tasks")
  func familyOfDescribedTask() {
    var fixture = WireFixture()
    fixture.register()
    let arn = fixture.answer(runTask).json["tasks"]?[0]?["taskArn"]?.stringValue ?? ""
    _ = fixture.core.faults.add([FaultRule(operation: "DescribeTasks", family: "report", effect: .throttle)])
    let describe = WireFixture.ecs("DescribeTasks", #"{"cluster":"batch","tasks":["\#(arn)"]}"#)
    #expect(fixture.answer(describe).status == 400)
    #expect(fixture.answer(describe).status == 200)
    let count = fixture.core.counts["DescribeTasks"]
    #expect(count == SimulatorCore.Count(requests: 2, errors: 1, faults: 1))
  }
}
