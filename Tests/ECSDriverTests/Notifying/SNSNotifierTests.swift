import AWSClient
import JobModel
import Logging
import Synchronization
import TestSupport
import Testing

@testable import ECSDriver

@Suite("Publishing to SNS")
struct SNSNotifierTests {
  private final class FakeSNS: AWSCaller {
    let calls = Mutex<[(AWSService, String, JSONValue)]>([])
    let error: AWSError?

    init(error: AWSError? = nil) { self.error = error }

    func call(_ service: AWSService, _ operation: String, _ input: JSONValue) async throws(AWSError) -> JSONValue {
      calls.withLock { $0.append((service, operation, input)) }
      if let error { throw error }
      return ["MessageId": "m"]
    }
  }

  private static let topic = "arn:aws:sns:eu-central-1:111111111111:failures"

  private static func attribute(_ value: String) -> JSONValue { ["DataType": "String", "StringValue": .string(value)] }

  @Test("A message is one Publish, with what subscriptions filter by")
  func publish() async throws {
    let sns = FakeSNS()
    let message = OutboxMessage.sample(to: .topic(arn: Self.topic))
    try await SNSNotifier(caller: sns).send(message)
    let calls = sns.calls.withLock { $0 }
    #expect(calls.count == 1 && calls[0].0 == .sns && calls[0].1 == "Publish")
    #expect(
      calls[0].2 == [
        "TopicArn": .string(Self.topic), "Subject": "nightly-report FAILED", "Message": .string(message.body),
        "MessageAttributes": [
          "job": Self.attribute("nightly-report"), "event": Self.attribute("failed"),
          "status": Self.attribute("FAILED"), "day": Self.attribute("2026-11-21"),
          "messageId": Self.attribute(message.id),
        ],
      ])
  }

  @Test("A FIFO topic gets the job as the group, and for each message an id of its own that stays the same")
  func fifo() async throws {
    let sns = FakeSNS()
    let notifier = SNSNotifier(caller: sns)
    var message = OutboxMessage.sample(to: .topic(arn: Self.topic + ".fifo"))
    try await notifier.send(message)
    try await notifier.send(message)
    message.id += "0"
    try await notifier.send(message)
    let inputs = sns.calls.withLock { $0.map(\.2) }
    #expect(inputs.allSatisfy { $0["MessageGroupId"] == "nightly-report" && $0["Subject"] == "nightly-report FAILED" })
    let ids = inputs.compactMap { $0["MessageDeduplicationId"]?.stringValue }
    #expect(ids.count == 3 && ids[0] == ids[1] && ids[0] != ids[2])
    #expect(ids.allSatisfy { $0.utf8.count <= 128 && $0.utf8.allSatisfy { (0x21...0x7E).contains($0) } })
  }

  @Test("A body that is no JSON is sent without the attributes that stand in it")
  func odd() async throws {
    let sns = FakeSNS()
    try await SNSNotifier(caller: sns).send(.sample(to: .topic(arn: Self.topic), body: "no JSON"))
    let attributes = sns.calls.withLock { $0.first?.2["MessageAttributes"]?.objectValue }
    #expect(attributes?.keys == ["job", "event", "messageId"])
  }

  @Test("On the wire it is a form with numbered attributes, sent to the topic's Region")
  func wire() async throws {
    let transport = ScriptedTransport([
      .answer(200, "<PublishResponse><PublishResult><MessageId>m</MessageId></PublishResult></PublishResponse>")
    ])
    let environment = AWSEnvironment(
      variables: [:], homeDirectory: nil, readFile: { _ throws(AWSEnvironmentError) in nil },
      runProcess: { _ throws(AWSEnvironmentError) in [] }, transport: transport, time: SteppingTime())
    let client = AWSClient(
      region: "us-east-1", settings: try AWSSettings(environment: environment),
      credentials: StaticCredentials(AWSCredentials(accessKeyID: "AK", secretAccessKey: "s")),
      random: SeededRandom(seed: 1), logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    try await SNSNotifier(caller: client).send(.sample(to: .topic(arn: Self.topic + ".fifo")))
    let request = try #require(transport.requests.first)
    #expect(request.url == "https://sns.eu-central-1.amazonaws.com/")
    let pairs = String(decoding: request.body, as: UTF8.self).split(separator: "&").map(String.init)
    let expected = [
      "Action=Publish", "MessageGroupId=nightly-report", "MessageAttributes.entry.1.Name=job",
      "MessageAttributes.entry.1.Value.DataType=String", "MessageAttributes.entry.1.Value.StringValue=nightly-report",
      "MessageAttributes.entry.2.Name=event", "MessageAttributes.entry.2.Value.StringValue=failed",
      "MessageAttributes.entry.5.Name=messageId",
      "MessageAttributes.entry.5.Value.StringValue=nightly-report.20261121T030000Z.0%2FFAILED%2F5c3a90e1",
    ]
    for pair in expected { #expect(pairs.contains(pair), "\(pair)") }
  }

  @Test(
    "What went wrong names the topic",
    arguments: [
      (AWSError.refused("NotFound", "Topic does not exist"), "check `topicArn`"),
      (.refused("AuthorizationError", "no"), "sns:Publish"), (.throttled, "throttled"),
      (.ambiguous, "did not confirm"), (.notSent, "did not confirm"),
    ])
  func errors(error: AWSError, words: String) async throws {
    let thrown = await #expect(throws: NotificationError.self) {
      try await SNSNotifier(caller: FakeSNS(error: error)).send(.sample(to: .topic(arn: Self.topic)))
    }
    let text = thrown?.message ?? ""
    #expect(text.contains(Self.topic) && text.contains(error.code) && text.contains(words), "\(text)")
  }
}

@Suite("Who reaches which receiver")
struct NotifiersTests {
  private struct Naming: Notifier {
    var name: String
    func send(_ message: OutboxMessage) async throws(NotificationError) { throw NotificationError(message: name) }
  }

  @Test(
    "Topics and webhooks go their own ways, and neither takes the other's",
    arguments: [
      (Receiver.topic(arn: "arn:aws:sns:eu-central-1:111111111111:t"), "topics"),
      (.webhook(Webhook(url: "https://hooks.example.com/x")), "webhooks"),
    ])
  func dispatch(receiver: Receiver, name: String) async {
    let notifiers = Notifiers(topics: Naming(name: "topics"), webhooks: Naming(name: "webhooks"))
    let thrown = await #expect(throws: NotificationError.self) { try await notifiers.send(.sample(to: receiver)) }
    #expect(thrown?.message == name)
    let other: any Notifier =
      name == "topics"
      ? WebhookNotifier(transport: ScriptedTransport([.answer(200)]), time: SteppingTime())
      : SNSNotifier(caller: FakeECS(time: SteppingTime()))
    await #expect(throws: NotificationError.self) { try await other.send(.sample(to: receiver)) }
  }
}
