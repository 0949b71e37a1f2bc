internal import AWSClient
internal import JobModel
internal import Logging

/// Takes what a ``QueueReceiver`` reads.
protocol TaskEventSink: Sendable {
  func told(_ changes: [TaskStateChange]) async
  /// The queue was read, be it empty.
  func queueWorked() async
  func queueFailed() async
}

/// Reads the queue of task events by long polling, as long as it is asked to. A message is deleted once it
/// has been handed over, whatever it is; one that could not be deleted comes again, which does no harm.
actor QueueReceiver {
  private enum Pass {
    case done(count: Int, wasShort: Bool)
    case failed
    case cancelled
  }

  private let queue: TaskEventQueue
  private let sink: any TaskEventSink
  private let caller: any AWSCaller
  private let time: any TimeSource
  private let logger: Logger
  private var generator: RandomGenerator
  private var health = QueueHealth()
  private(set) var ignored = IgnoredMessages()
  /// Receivers beside the one that always waits.
  private var helpers = 0

  init(
    queue: TaskEventQueue, sink: any TaskEventSink, caller: any AWSCaller, time: any TimeSource,
    random: any RandomSource, logger: Logger
  ) {
    self.queue = queue
    self.sink = sink
    self.caller = caller
    self.time = time
    var logger = logger
    logger[metadataKey: "queue"] = "\(queue.url)"
    self.logger = logger
    generator = RandomGenerator(random)
  }

  /// Returns when cancelled.
  func run() async {
    await withDiscardingTaskGroup { group in
      var backoff = Backoff(ECSLimits.receiveDelay)
      reading: while !Task.isCancelled {
        switch await pass(waiting: ECSLimits.longPoll) {
        case .done(let count, let wasShort):
          backoff.reset()
          if count == ECSLimits.receivedMessages, helpers < ECSLimits.busyReceivers {
            helpers += 1
            group.addTask { await self.help() }
          }
          // An endpoint that does not wait must not be asked without end.
          if count == 0, wasShort { await pause(ECSLimits.shortestPoll) }
        case .failed: await pause(backoff.next(using: &generator))
        case .cancelled: break reading
        }
      }
      group.cancelAll()
    }
  }

  /// Reads beside ``run()`` until the queue is no longer full.
  private func help() async {
    while case .done(ECSLimits.receivedMessages, _) = await pass(waiting: .zero), !Task.isCancelled {}
    helpers -= 1
  }

  private func pause(_ length: Duration) async { try? await time.sleep(for: length) }

  /// Receives once, hands over, deletes.
  private func pass(waiting: Duration) async -> Pass {
    let start = time.uptime()
    do throws(AWSError) {
      let messages = try await receive(waiting: waiting)
      let wasShort = time.uptime() - start < ECSLimits.shortestPoll
      let changes = messages.compactMap(read)
      if !changes.isEmpty { await sink.told(changes) }
      try await delete(messages)
      if health.worked() { logger.notice("task events are read from the queue; asking ECS is slow meanwhile") }
      await sink.queueWorked()
      return .done(count: messages.count, wasShort: wasShort)
    } catch {
      if error.kind == .cancelled { return .cancelled }
      if health.failed(error) {
        logger.warning(
          "the queue of task events does not work; ECS is asked as often as without it",
          metadata: ["error": "\(QueueHealth.sentence(error))"])
      }
      await sink.queueFailed()
      return .failed
    }
  }

  private func receive(waiting: Duration) async throws(AWSError) -> [JSONValue] {
    let answer = try await call(
      "ReceiveMessage",
      [
        "QueueUrl": .string(queue.url), "MaxNumberOfMessages": .integer(Int64(ECSLimits.receivedMessages)),
        "WaitTimeSeconds": .integer(waiting.components.seconds),
      ])
    switch answer["Messages"] {
    case nil, .null?: return []
    case .array(let messages)?: return messages
    case let other?:
      throw AWSError(
        kind: .ambiguous, code: "MalformedResponse",
        message: "ReceiveMessage answered with `Messages` of type \(other.kind) instead of a list")
    }
  }

  private func read(_ message: JSONValue) -> TaskStateChange? {
    do throws(NotATaskChange) { return try TaskStateChange.read(message["Body"]?.stringValue ?? "") } catch {
      if let count = ignored.add(at: time.uptime()) {
        logger.warning(
          "messages that are no ECS task state changes were deleted from the queue",
          metadata: [
            "count": "\(count)",
            "error": "the latest: \(error.why); let the rule send those events only, and nobody else use the queue",
          ])
      }
      return nil
    }
  }

  private func delete(_ messages: [JSONValue]) async throws(AWSError) {
    let entries: [JSONValue] = messages.compactMap { $0["ReceiptHandle"]?.stringValue }.enumerated().map {
      ["Id": .string("\($0)"), "ReceiptHandle": .string($1)]
    }
    guard !entries.isEmpty else { return }
    let answer = try await call("DeleteMessageBatch", ["QueueUrl": .string(queue.url), "Entries": .array(entries)])
    // HTTP 200 also where single messages were not deleted (SQS API, DeleteMessageBatch).
    guard let failure = answer["Failed"]?.arrayValue?.first else { return }
    let isRefused = failure["SenderFault"]?.boolValue ?? false
    // A message that came again meanwhile has a newer handle, with which it will be deleted.
    guard failure["Code"]?.stringValue != "ReceiptHandleIsInvalid" else { return }
    throw AWSError(
      kind: isRefused ? .refused : .ambiguous, code: failure["Code"]?.stringValue ?? "BatchFailed",
      message: failure["Message"]?.stringValue ?? "DeleteMessageBatch did not delete every message")
  }

  /// Receiving twice or deleting twice does no harm: what was received and lost comes again.
  private func call(_ operation: String, _ input: JSONValue) async throws(AWSError) -> JSONValue {
    try await caller.call(
      .sqs, operation, input, options: AWSCallOptions(isIdempotent: true, region: queue.region))
  }
}
