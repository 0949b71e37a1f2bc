import GRDB
import JobModel
import Testing

@testable import Store

/// The texts in which policies and receivers are stored: users' files hold them, so they must not change.
@Suite("Stored policies")
struct StoredPolicyTests {
  static let policies: [(policy: RunPolicy, text: String)] = [
    (RunPolicy(), "{}"),
    (
      RunPolicy(timezone: "Asia/Tokyo", pool: PoolPlace(name: "db", limit: 3)),
      #"{"timezone":"Asia/Tokyo","pool":{"name":"db","limit":3}}"#
    ),
    (
      RunPolicy(
        task: TaskPolicy(
          startTimeoutSeconds: 90, successExitCodes: [3, -1, 2], skipExitCodes: [99], stoppedReasons: ["Host"])),
      #"{"task":{"startTimeoutSeconds":90,"successExitCodes":[-1,2,3],"skipExitCodes":[99],"stoppedReasons":["Host"]}}"#
    ),
    (
      RunPolicy(
        pool: PoolPlace(name: "p", limit: 1, priority: 5),
        subscriptions: [Subscription(receiver: .topic(arn: "arn:t"), events: [.tooLong, .failed, .recovered])],
        lateAt: Instant(milliseconds: 1), tooLongAt: Instant(milliseconds: 2), followsFailure: true),
      #"{"pool":{"name":"p","limit":1,"priority":5},"subscriptions":[{"receiver":{"topic":{"arn":"arn:t"}},"#
        + #""events":["failed","recovered","tooLong"]}],"lateAt":1,"tooLongAt":2,"followsFailure":true}"#
    ),
  ]

  @Test("A policy has one text, which is read again", arguments: policies)
  func policy(policy: RunPolicy, text: String) {
    #expect(String.read(policy.stored) == text)
    #expect(RunPolicy.read(text.databaseValue) == policy)
  }

  static let receivers: [(receiver: Receiver, text: String)] = [
    (.topic(arn: "arn:aws:sns:eu-west-1:1:t"), #"{"topic":{"arn":"arn:aws:sns:eu-west-1:1:t"}}"#),
    (.webhook(Webhook(url: "https://a.example/x")), #"{"webhook":{"url":"https://a.example/x"}}"#),
    (
      .webhook(Webhook(url: "https://a.example", secret: .file(path: "/run/key"))),
      #"{"webhook":{"url":"https://a.example","secret":{"file":{"path":"/run/key"}}}}"#
    ),
    (
      .webhook(Webhook(url: "https://a.example", secret: .environment(variable: "KEY"))),
      #"{"webhook":{"url":"https://a.example","secret":{"environment":{"variable":"KEY"}}}}"#
    ),
  ]

  @Test("A receiver has one text, which is read again", arguments: receivers)
  func receiver(receiver: Receiver, text: String) {
    #expect(String.read(receiver.stored) == text)
    #expect(Receiver.read(text.databaseValue) == receiver)
  }

  @Test(
    "A text that is no policy is not read as one",
    arguments: [
      "", "null", "[]", #"{"timezone":1}"#, #"{"pool":{"name":"p"}}"#, #"{"pool":[]}"#,
      #"{"task":{"successExitCodes":[1,"2"]}}"#, #"{"subscriptions":[{"events":[]}]}"#,
      #"{"subscriptions":[{"receiver":{"topic":{"arn":"a"}},"events":["hatched"]}]}"#, #"{"lateAt":"soon"}"#,
      #"{"followsFailure":0}"#,
    ])
  func noPolicy(text: String) {
    #expect(RunPolicy.read(text.databaseValue) == nil)
  }

  @Test(
    "A text that is no receiver is not read as one",
    arguments: [
      "", "[]", "{}", #"{"topic":{}}"#, #"{"topic":"arn"}"#, #"{"webhook":{}}"#,
      #"{"webhook":{"url":"u","secret":{"owl":{}}}}"#, #"{"webhook":{"url":"u","secret":{"file":{}}}}"#,
    ])
  func noReceiver(text: String) {
    #expect(Receiver.read(text.databaseValue) == nil)
  }

  @Test("A launch with nothing to be judged by holds NULL")
  func launch() async throws {
    let folder = try TemporaryFolder()
    let store = try folder.open()
    var judged = StoreTests.launch(2)
    judged.policy = TaskPolicy(skipExitCodes: [3])
    try await write([.insertLaunch(StoreTests.launch()), .insertLaunch(judged)], to: store)
    let texts = try await store.pool.read { database in
      try Row.fetchAll(database, sql: "SELECT policy FROM launches ORDER BY number").map { $0[0] as String? }
    }
    #expect(texts == [nil, #"{"skipExitCodes":[3]}"#])
    await store.close()
  }
}
