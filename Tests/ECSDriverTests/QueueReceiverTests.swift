import AWSClient
import JobModel
import Logging
import TestSupport
import Testing

@testable import ECSDriver

@Suite("Reading the queue of task events")
struct QueueReceiverTests {
  private let time = SteppingTime()
  private let sink = RecordingSink()
  private let log = RecordingLog()
  private let url = "https://sqs.eu-central-1.amazonaws.com/111111111111/jobd-events"

  private func receiver(_ queue: FakeQueue) throws -> QueueReceiver {
    QueueReceiver(
      queue: try TaskEventQueue(url: url), sink: sink, caller: queue, time: time, random: SeededRandom(seed: 5),
      logger: log.logger)
  }

  private func body(_ number: Int) -> String {
    SampleEvent.body(SampleEvent.task(SampleEvent.arn(number), "STOPPED", version: 5))
  }

  private func warnings() -> [RecordingLog.Line] { log.lines.filter { $0.level == .warning } }

  @Test("Messages are received by long polling, handed over, and then deleted together")
  func reads() async throws {
    let queue = FakeQueue([.messages([body(1), body(2)]), .messages([]), .messages([body(3)])])
    await (try receiver(queue)).run()
    #expect(
      await sink.entries == [
        .told([SampleEvent.arn(1), SampleEvent.arn(2)]), .worked, .worked, .told([SampleEvent.arn(3)]), .worked,
      ])
    #expect(queue.calls.prefix(2).map(\.operation) == ["ReceiveMessage", "DeleteMessageBatch"])
    #expect(queue.calls[0].input == ["QueueUrl": .string(url), "MaxNumberOfMessages": 10, "WaitTimeSeconds": 20])
    #expect(
      queue.calls[1].input == [
        "QueueUrl": .string(url),
        "Entries": [["Id": "0", "ReceiptHandle": "1"], ["Id": "1", "ReceiptHandle": "2"]],
      ])
    #expect(queue.deleted == ["1", "2", "3"])
    #expect(log.lines.map(\.level) == [.notice], "one line says that it works")
  }

  @Test("What is no task's change is deleted, too, and told of now and then")
  func ignored() async throws {
    let junk = Array(repeating: "not for you: secret", count: 9)
    let queue = FakeQueue([.messages(junk), .messages([body(1)] + junk.dropLast()), .messages([])])
    let receiver = try receiver(queue)
    await receiver.run()
    #expect(queue.deleted.count == 18)
    #expect(await sink.arns == [SampleEvent.arn(1)])
    #expect(await receiver.ignored.count == 17)
    #expect(warnings().count == 1 && warnings()[0].metadata["error"]?.contains("it is no JSON") == true)
    #expect(!log.lines.contains { "\($0)".contains("secret") })
  }

  @Test("Warnings about foreign messages come every five minutes, with their number")
  func rare() {
    var messages = IgnoredMessages()
    #expect(messages.add(at: .seconds(10)) == 1)
    for second in 11..<310 { #expect(messages.add(at: .seconds(second)) == nil) }
    #expect(messages.add(at: .seconds(310)) == 300)
    #expect(messages.count == 301)
  }

  @Test("Failures delay the next read, up to a minute, and are told of once")
  func failures() async throws {
    let denied = AWSError.refused("AccessDeniedException", "no identity-based policy allows the action")
    let queue = FakeQueue(Array(repeating: .failed(denied), count: 12) + [.messages([body(1)])])
    await (try receiver(queue)).run()
    #expect(await sink.entries == Array(repeating: .failed, count: 12) + [.told([SampleEvent.arn(1)]), .worked])
    #expect(time.sleeps.count == 12)
    for (index, sleep) in time.sleeps.enumerated() {
      let longest = min(Duration.seconds(1 << index), .seconds(60))
      #expect(sleep >= longest / 2 && sleep <= longest)
    }
    #expect(log.lines.map(\.level) == [.warning, .notice])
    let error = try #require(warnings().first?.metadata["error"])
    #expect(error.contains("AccessDeniedException") && error.contains("sqs:ReceiveMessage and sqs:DeleteMessage"))
    #expect(warnings()[0].metadata["queue"] == url)
  }

  @Test(
    "What went wrong comes with a remedy",
    arguments: [
      ("QueueDoesNotExist", "check `events.queueUrl`"),
      ("AWS.SimpleQueueService.NonExistentQueue", "`events.queueUrl`"),
      ("AccessDenied", "sqs:DeleteMessage"), ("KmsAccessDenied", "kms:Decrypt"),
      ("KMS.AccessDeniedException", "kms:Decrypt"), ("InvalidAddress", "`events.queueUrl`"),
    ])
  func remedies(code: String, remedy: String) {
    #expect(QueueHealth.sentence(.refused(code, "No.")).contains(remedy))
    #expect(QueueHealth.sentence(.ambiguous) == "Timeout: no answer from ecs within 30 s")
  }

  @Test("A change of state is news, the same state again is not")
  func health() {
    var health = QueueHealth()
    let news = [
      health.failed(AWSError.ambiguous), health.failed(AWSError.ambiguous), health.failed(AWSError.throttled),
      health.worked(), health.worked(), health.failed(AWSError.throttled),
    ]
    #expect(news == [true, false, true, true, false, true], "another error is news, too")
  }

  @Test("A queue whose messages cannot be deleted does not work", arguments: [false, true])
  func undeleted(inBatch: Bool) async throws {
    let failed: FakeQueue.Read =
      inBatch
      ? .answer([
        "Successful": [],
        "Failed": [["Id": "0", "SenderFault": true, "Code": "AccessDenied", "Message": "Access to it is denied."]],
      ]) : .failed(.refused("AccessDenied", "Access to it is denied."))
    let queue = FakeQueue([.messages([body(1)]), .messages([body(1)])], deletes: [failed])
    await (try receiver(queue)).run()
    let told = RecordingSink.Entry.told([SampleEvent.arn(1)])
    #expect(await sink.entries == [told, .failed, told, .worked], "told all the same, and again")
    #expect(warnings()[0].metadata["error"]?.contains("sqs:DeleteMessage") == true)
  }

  @Test("A message that came again meanwhile has another handle: the old one is no failure")
  func oldHandle() async throws {
    let failed: JSONValue = ["Failed": [["Id": "0", "SenderFault": true, "Code": "ReceiptHandleIsInvalid"]]]
    let queue = FakeQueue([.messages([body(1)])], deletes: [.answer(failed)])
    await (try receiver(queue)).run()
    #expect(await sink.entries.last == .worked)
  }

  @Test("Answers that are none are failures", arguments: [["Messages": "none"], ["Messages": [:]]] as [JSONValue])
  func malformed(answer: JSONValue) async throws {
    await (try receiver(FakeQueue([.answer(answer)]))).run()
    #expect(await sink.entries == [.failed])
  }

  @Test("A malformed message does no harm to the others")
  func malformedMessage() async throws {
    let good: JSONValue = ["ReceiptHandle": "h", "Body": .string(body(1))]
    let queue = FakeQueue([.answer(["Messages": [17, nil, ["Body": 4, "ReceiptHandle": "x"], good]])])
    await (try receiver(queue)).run()
    #expect(await sink.arns == [SampleEvent.arn(1)])
    #expect(queue.deleted == ["x", "h"])
  }

  @Test("A full queue is read by several until it is not")
  func busy() async throws {
    let full = (0..<30).map { round in FakeQueue.Read.messages((0..<10).map { body(round * 10 + $0) }) }
    let queue = FakeQueue(full + Array(repeating: .messages([]), count: 8))
    await (try receiver(queue)).run()
    #expect(await Set(sink.arns) == Set((0..<300).map(SampleEvent.arn)))
    #expect(Set(queue.deleted).count == 300)
    let waits = queue.calls(of: "ReceiveMessage").compactMap { $0.input["WaitTimeSeconds"]?.integerValue }
    #expect(waits.contains(0) && waits.contains(20))
  }

  @Test("An endpoint that answers at once with nothing is not asked without end")
  func impatient() async throws {
    await (try receiver(FakeQueue(Array(repeating: .messages([]), count: 5)))).run()
    #expect(time.sleeps == Array(repeating: .seconds(1), count: 5))
  }
}

@Suite("Where the queue is")
struct TaskEventQueueTests {
  @Test(
    "The Region comes from the URL, where it names one",
    arguments: [
      ("https://sqs.eu-west-1.amazonaws.com/123456789012/jobd-events", "eu-west-1"),
      ("https://sqs.cn-north-1.amazonaws.com.cn/123456789012/jobd-events", "cn-north-1"),
      ("https://sqs.eu-west-1.api.aws/123456789012/jobd-events", "eu-west-1"),
      ("https://sqs-fips.us-gov-west-1.amazonaws.com/123456789012/jobd-events", "us-gov-west-1"),
      ("https://vpce-0a-b.sqs.eu-west-3.vpce.amazonaws.com/123456789012/jobd-events", "eu-west-3"),
      ("https://eu-central-1.queue.amazonaws.com/123456789012/jobd-events", "eu-central-1"),
      ("https://queue.amazonaws.com/123456789012/jobd-events", "us-east-1"),
      ("https://sqs.eu-west-1.amazonaws.com/123456789012/jobd-events.fifo", "eu-west-1"),
      ("http://localhost:5000/123456789012/jobd-events", nil),
      ("http://sqs.eu-central-1.localhost.localstack.cloud:4566/000000000000/q", nil),
      ("http://[::1]:4566/queue/eu-central-1/000000000000/q", nil),
    ] as [(String, String?)])
  func regions(url: String, region: String?) throws {
    let queue = try TaskEventQueue(url: url)
    #expect(queue.region == region && queue.url == url)
  }

  @Test(
    "What is no queue's URL is refused with a remedy",
    arguments: [
      "", "jobd-events", "ftp://sqs.eu-west-1.amazonaws.com/1/q", "https://sqs.eu-west-1.amazonaws.com",
      "https://sqs.eu-west-1.amazonaws.com/jobd-events", "https://sqs.eu-west-1.amazonaws.com/1/a b",
      "https://sqs.eu-west-1.amazonaws.com/1/a.b", "https://sqs.eu-west-1.amazonaws.com/1/.fifo",
      "https://me:pa55word@sqs.eu-west-1.amazonaws.com/1/q", "https://sqs.eu-west-1.amazonaws.com/1/q?x=pa55word",
    ])
  func mistakes(url: String) throws {
    let error = try #require(throws: TaskEventQueueError.self) { try TaskEventQueue(url: url) }
    #expect(error.message.contains("`events.queueUrl`") && error.message.contains("get-queue-url"))
    #expect(!error.message.contains("pa55word"))
  }

  @Test("An ARN is told how to become a URL")
  func arn() throws {
    let error = try #require(throws: TaskEventQueueError.self) {
      try TaskEventQueue(url: "arn:aws:sqs:eu-west-1:123456789012:jobd-events")
    }
    #expect(error.message.contains("this is an ARN") && error.message.contains("--queue-name jobd-events"))
  }
}
