import JobModel
import Logging
import Store
import Synchronization
import TestSupport
import Testing

@testable import Scheduler

@Suite("OutboxSender", .timeLimit(.minutes(1)))
struct OutboxSenderTests {
  static let start = Instant(seconds: 1_795_219_230)

  static func message(_ number: Int, dueAt: Instant = start) -> OutboxMessage {
    let slot = SlotKey(job: "report", scheduledAt: Instant(seconds: Int64(number)))
    return OutboxMessage(
      id: "\(number)", event: .failed, slot: slot, rerun: 0, receiver: .topic(arn: "arn:topic"), subject: "s",
      body: "{}", createdAt: start,
      nextAttemptAt: dueAt)
  }

  /// Runs a sender over these messages while the test does its part.
  static func run(
    _ messages: [OutboxMessage], _ notifier: any Notifier, time: ManualTime = ManualTime(now: start),
    store: any RunStore = InMemoryRunStore(random: SeededRandom(seed: 1)),
    _ body: (any RunStore, ManualTime) async throws -> Void
  ) async throws {
    #expect(try await store.commit(messages.map { .insertMessage($0) }) == .committed)
    let sender = OutboxSender(
      store: store, notifier: notifier, time: time, random: SeededRandom(seed: 1),
      logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, bell: Bell(),
      interval: .seconds(15))
    let running = Task { await sender.run() }
    try await body(store, time)
    running.cancel()
    await running.value
  }

  @Test("A hundred messages whose receiver hangs hold up no other")
  func hanging() async throws {
    let notifier = SelectiveNotifier { $0.id.count < 4 ? .hangs : .takes }
    try await Self.run((0..<100).map { Self.message($0) } + [Self.message(1_000)], notifier) { _, _ in
      #expect(await notifier.nextTaken() == "1000")
    }
  }

  @Test("Messages that are refused for ever hold up no other, and are tried again")
  func refused() async throws {
    let notifier = SelectiveNotifier { $0.id.count < 4 ? .refuses : .takes }
    try await Self.run((0..<250).map { Self.message($0) } + [Self.message(1_000)], notifier) { store, _ in
      #expect(await notifier.nextTaken() == "1000")
      while try await store.unsentMessages(limit: 1_000).contains(where: { $0.lastError == nil }) {
        await Task.yield()
      }
      #expect(try await store.unsentMessages(limit: 1_000).count == 250)
    }
  }

  @Test("A clock that is set back makes no message wait for it to come round again")
  func setBack() async throws {
    let notifier = SelectiveNotifier { _ in .takes }
    let due = Self.start + .seconds(3_600)
    try await Self.run([Self.message(1, dueAt: due)], notifier) { _, _ in
      #expect(await notifier.nextTaken() == "1")
    }
  }
}

/// A receiver that treats each message as the test says.
private final class SelectiveNotifier: Notifier {
  enum Treatment: Sendable { case takes, refuses, hangs }

  private let treatment: @Sendable (OutboxMessage) -> Treatment
  private let stream: AsyncStream<String>
  private let show: AsyncStream<String>.Continuation

  init(_ treatment: @escaping @Sendable (OutboxMessage) -> Treatment) {
    self.treatment = treatment
    (stream, show) = AsyncStream.makeStream(of: String.self)
  }

  func nextTaken() async -> String? {
    for await id in stream { return id }
    return nil
  }

  func send(_ message: OutboxMessage) async throws(NotificationError) {
    switch treatment(message) {
    case .takes: show.yield(message.id)
    case .refuses: throw NotificationError(message: "never")
    case .hangs: for await _ in AsyncStream<Void>.makeStream().stream {}
    }
  }
}
