import JobModel
import TestSupport
import Testing

@testable import Scheduler

@Suite("What is owed to whom")
struct TellingTests {
  private static let start = Instant(seconds: 1_795_230_000)
  private static let topic = Receiver.topic(arn: "arn:aws:sns:eu-central-1:111111111111:failures")
  private static let webhook = Receiver.webhook(
    Webhook(url: "https://hooks.example.com/s3cr3t", secret: .file(path: "/run/key")))

  private static func run(
    _ status: RunStatus, _ subscriptions: [Subscription], followsFailure: Bool = false, tooLongAt: Instant? = nil
  ) -> Run {
    Run(
      id: RunID(slot: slot(.running).key, rerun: 1), day: CivilDate(year: 2026, month: 11, day: 21),
      trigger: .schedule, status: status, owner: Ownership(instance: InstanceID("i"), epoch: 1), definition: "{}",
      input: "{}", startedAt: start,
      policy: RunPolicy(subscriptions: subscriptions, tooLongAt: tooLongAt, followsFailure: followsFailure))
  }

  private static func slot(_ state: SlotState) -> Slot {
    Slot(
      key: SlotKey(job: "nightly-report", scheduledAt: start), day: CivilDate(year: 2026, month: 11, day: 21),
      trigger: .schedule, state: state)
  }

  private static func message(_ message: OutboxMessage) -> String? {
    (try? JSONValue.parse(message.body))?["MESSAGE"]?.stringValue
  }

  @Test(
    "A run's end is told as what it is, to those who want to hear it",
    arguments: [
      (RunStatus.failed, false, NotificationEvent.failed, "FAILED"), (.timedOut, false, .failed, "TIMED_OUT"),
      (.timedOut, true, .failed, "TIMED_OUT"), (.succeeded, true, .recovered, "RECOVERED"),
    ])
  func ends(status: RunStatus, followsFailure: Bool, event: NotificationEvent, word: String) throws {
    let others = Set(NotificationEvent.allCases).subtracting([event])
    let run = Self.run(
      status,
      [Subscription(receiver: Self.topic, events: [event]), Subscription(receiver: Self.webhook, events: others)],
      followsFailure: followsFailure)
    let messages = OutboxMessage.telling(of: run, launches: [], host: "batch-1", at: Self.start)
    let told = try #require(messages.first)
    #expect(messages.count == 1)
    #expect(told.event == event && told.receiver == Self.topic && told.run == run.id && Self.message(told) == word)
    #expect(told.createdAt == Self.start && told.nextAttemptAt == Self.start && told.sentAt == nil)
    #expect(told.id.wholeMatch(of: /nightly-report\.20261121T030000Z\.1\/([A-Z_]+)\/[0-9a-f]{8}/)?.1 == Substring(word))
  }

  @Test(
    "Whoever stopped a run knows, and a success after a success is no news",
    arguments: [(RunStatus.aborted, true), (.aborted, false), (.succeeded, false), (.running, true)])
  func silence(status: RunStatus, followsFailure: Bool) {
    let run = Self.run(status, [Subscription(receiver: Self.topic)], followsFailure: followsFailure)
    #expect(OutboxMessage.telling(of: run, launches: [], host: nil, at: Self.start).isEmpty)
  }

  @Test("An id says what is told and to whom, whatever the order of the receivers and the place of the key")
  func identifiers() {
    func ids(_ receivers: [Receiver]) -> [String] {
      let run = Self.run(.failed, receivers.map { Subscription(receiver: $0) })
      return OutboxMessage.telling(of: run, launches: [], host: nil, at: Self.start).map(\.id)
    }
    let renewed = Receiver.webhook(Webhook(url: "https://hooks.example.com/s3cr3t"))
    let other = Receiver.topic(arn: "arn:aws:sns:eu-central-1:111111111111:failures.fifo")
    let ids = ids([Self.topic, Self.webhook, other])
    #expect(Set(ids).count == 3)
    // As it was in every release: a changed one would tell again.
    #expect(ids[0] == "nightly-report.20261121T030000Z.1/FAILED/2a15e1d8")
    let run = Self.run(.failed, [other, renewed, Self.topic].map { Subscription(receiver: $0) })
    let reordered = OutboxMessage.telling(of: run, launches: [], host: nil, at: Self.start).map(\.id)
    #expect(reordered == [ids[2], ids[1], ids[0]])
    #expect(ids.allSatisfy { !$0.contains("s3cr3t") })
  }

  @Test("A receiver that is subscribed twice is told once")
  func twice() {
    let run = Self.run(
      .failed, [Subscription(receiver: Self.topic), Subscription(receiver: Self.topic, events: [.failed])])
    #expect(OutboxMessage.telling(of: run, launches: [], host: nil, at: Self.start).count == 1)
  }

  @Test("A missed slot is told by its job's subscriptions, and has no run")
  func missed() {
    let job = Job(
      name: "nightly-report", schedules: [], timezone: "Asia/Tokyo", machine: [:],
      subscriptions: [
        Subscription(receiver: Self.topic, events: [.missed]), Subscription(receiver: Self.webhook, events: [.failed]),
      ])
    let messages = OutboxMessage.missed(Self.slot(.missed), job: job, host: nil, at: Self.start)
    #expect(messages.map(\.event) == [.missed] && messages.map(\.rerun) == [nil])
    #expect(messages.first?.id.hasPrefix("nightly-report.20261121T030000Z/MISSED/") == true)
    #expect(messages.compactMap(Self.message) == ["MISSED"])
  }

  @Test("A slot is late once, whichever of its runs goes on, and not once it has succeeded")
  func late() throws {
    func late(_ state: SlotState, _ run: Run?) -> [OutboxMessage] {
      OutboxMessage.late(
        Self.slot(state), run: run, subscriptions: [Subscription(receiver: Self.topic)],
        lateAt: Self.start + .seconds(60), timezone: "UTC", host: nil, at: Self.start + .seconds(61))
    }
    let waiting = try #require(late(.pending, nil).first)
    let running = try #require(late(.running, Self.run(.running, [])).first)
    #expect(waiting.id == running.id && waiting.rerun == nil && running.rerun == 1)
    #expect(waiting.id.hasPrefix("nightly-report.20261121T030000Z/LATE/"))
    #expect(try JSONValue.parse(waiting.body)["lateAt"] == "2026-11-21T03:01:00Z")
    #expect(late(.succeeded, nil).isEmpty)
  }

  @Test("A run is too long by its policy's time, and never without one")
  func tooLong() throws {
    let subscriptions = [Subscription(receiver: Self.topic, events: [.tooLong])]
    let run = Self.run(.running, subscriptions, tooLongAt: Self.start + .seconds(5_400))
    let told = try #require(
      OutboxMessage.tooLong(run, launches: [], host: nil, at: Self.start + .seconds(5_401)).first)
    #expect(told.id.hasPrefix("nightly-report.20261121T030000Z.1/TOO_LONG/") && told.event == .tooLong)
    #expect(try JSONValue.parse(told.body)["limitSeconds"] == 5_400)
    #expect(OutboxMessage.tooLong(Self.run(.running, subscriptions), launches: [], host: nil, at: Self.start).isEmpty)
  }
}
