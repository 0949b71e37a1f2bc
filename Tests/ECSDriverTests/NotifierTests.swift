import AWSClient
import JobModel
import Synchronization
import Testing

@testable import ECSDriver

@Suite("Publishing to SNS")
struct NotifierTests {
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
  private let message = OutboxMessage(
    id: "m", event: .failed, slot: RunID.sample.slot, rerun: 0, receiver: .topic(arn: topic), subject: "s", body: "{}",
    createdAt: .reference, nextAttemptAt: .reference)

  @Test("A message is one Publish")
  func publish() async throws {
    let sns = FakeSNS()
    try await SNSNotifier(caller: sns).send(message)
    let calls = sns.calls.withLock { $0 }
    #expect(calls.count == 1 && calls[0].0 == .sns && calls[0].1 == "Publish")
    #expect(calls[0].2 == ["TopicArn": .string(Self.topic), "Subject": "s", "Message": "{}"])
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
      try await SNSNotifier(caller: FakeSNS(error: error)).send(message)
    }
    let text = thrown?.message ?? ""
    #expect(text.contains(Self.topic) && text.contains(error.code) && text.contains(words), "\(text)")
  }
}
