import JobModel
import Testing

@testable import JobFile

private let job = "jobs: {a: {timeout: 1h, task: {taskDefinition: x}}}\n"

@Suite("Who is told")
struct NotificationKeyTests {
  private static let arn = "arn:aws:sns:eu-west-1:123456789012:all"
  private static let hook = "{url: 'https://hooks.example.com/x/hunter2', secretFile: /etc/jobd/key}"
  private static let webhook = Receiver.webhook(
    Webhook(url: "https://hooks.example.com/x/hunter2", secret: .file(path: "/etc/jobd/key")))

  private func subscriptions(_ own: String?, top: String? = nil) throws -> [Subscription] {
    let file = top.map { "notifications: \($0)\n" } ?? ""
    let own = own.map { "notifications: \($0), " } ?? ""
    return try onlyJob("\(file)jobs: {a: {\(own)timeout: 1h, task: {taskDefinition: x}}}\n").subscriptions
  }

  @Test("A topic, a webhook or both, of all events or of some")
  func forms() throws {
    let topic = Receiver.topic(arn: Self.arn)
    #expect(try subscriptions(nil) == [])
    #expect(try subscriptions("{topicArn: '\(Self.arn)'}") == [Subscription(receiver: topic)])
    #expect(try subscriptions("{webhook: \(Self.hook)}") == [Subscription(receiver: Self.webhook)])
    #expect(
      try subscriptions("{on: [late, failed], topicArn: '\(Self.arn)', webhook: \(Self.hook)}") == [
        Subscription(receiver: topic, events: [.failed, .late]),
        Subscription(receiver: Self.webhook, events: [.failed, .late]),
      ])
    #expect(try subscriptions("{on: tooLong, topicArn: '\(Self.arn)'}").first?.events == [.tooLong])
    let variable = try subscriptions("{webhook: {url: 'http://127.0.0.1:9000/', secretEnvironment: HOOK_KEY}}")
    #expect(
      variable == [
        Subscription(
          receiver: .webhook(Webhook(url: "http://127.0.0.1:9000/", secret: .environment(variable: "HOOK_KEY"))))
      ])
  }

  @Test("A FIFO topic is one")
  func fifo() throws {
    #expect(
      try subscriptions("{topicArn: '\(Self.arn).fifo'}") == [Subscription(receiver: .topic(arn: Self.arn + ".fifo"))])
  }

  @Test("A job's are laid over the file's key by key, a webhook as a whole")
  func merged() throws {
    let top = "{on: [failed, missed], topicArn: '\(Self.arn)', webhook: \(Self.hook)}"
    let topic = Receiver.topic(arn: Self.arn)
    #expect(try subscriptions(nil, top: top).map(\.receiver) == [topic, Self.webhook])
    #expect(try subscriptions("{on: late}", top: top).map(\.receiver) == [topic, Self.webhook])
    #expect(try subscriptions("{on: late}", top: top).allSatisfy { $0.events == [.late] })
    #expect(
      try subscriptions("{topicArn: '\(Self.arn)-2'}", top: top)
        == [
          Subscription(receiver: .topic(arn: Self.arn + "-2"), events: [.failed, .missed]),
          Subscription(receiver: Self.webhook, events: [.failed, .missed]),
        ])
    #expect(try subscriptions("{webhook: none}", top: top).map(\.receiver) == [topic])
    #expect(try subscriptions("{topicArn: none}", top: top).map(\.receiver) == [Self.webhook])
    #expect(try subscriptions("none", top: top) == [])
    let other = "{webhook: {url: 'https://other.example.com/', secretEnvironment: KEY}}"
    #expect(
      try subscriptions(other, top: top).last?.receiver
        == .webhook(Webhook(url: "https://other.example.com/", secret: .environment(variable: "KEY"))))
  }

  @Test(
    "Mistakes are told with their place",
    arguments: [
      (
        "{on: [failed, lat], topicArn: 'ARN'}",
        "1:41 `on[1]` must be `failed`, `recovered`, `missed`, `late`, `tooLong`; "
          + "found the text `lat`; did you mean `late`?"
      ),
      ("{on: [], topicArn: 'ARN'}", "1:28 `on` names no event; write `notifications: none` for nobody"),
      (
        "{on: failed}",
        "1:12 `notifications` names no receiver: it needs `topicArn` or `webhook` (`notifications: none` "
          + "for nobody)"
      ),
      (
        "{topicArn: none}",
        "1:12 `notifications` names no receiver: it needs `topicArn` or `webhook` (`notifications: "
          + "none` for nobody)"
      ),
      (
        "{topicArn: 'arn:aws:sns:eu-west-1:123456789012:.fifo'}",
        "1:38 `topicArn` is no ARN of an SNS topic, such as "
          + "`arn:aws:sns:ap-northeast-1:123456789012:job-failures`: `arn:aws:sns:eu-west-1:123456789012:.fifo`"
      ),
      (
        "{webhook: {secretFile: /x}}",
        "1:28 `webhook` needs `url`, such as `{url: \"https://hooks.example.com/jobd\", "
          + "secretFile: /etc/jobd/webhook-key}`"
      ),
      (
        "{webhook: {url: 'https://h/', secretFile: /x, secretEnvironment: K}}",
        "1:73 `secretEnvironment` and `secretFile` "
          + "exclude each other; remove one of them"
      ),
      (
        "{webhook: {url: 'https://h/', secretFile: key}}",
        "1:69 `secretFile` must be the absolute path of a file that "
          + "holds the secret, such as `/etc/jobd/webhook-key`"
      ),
      (
        "{webhook: {url: 'https://h/', secretEnvironment: '1K'}}",
        "1:76 `secretEnvironment` must be the name of an "
          + "environment variable that holds the secret, such as `WEBHOOK_KEY`"
      ),
      ("{url: 'https://h/'}", "1:28 unknown key `url`: it belongs under `webhook`"),
    ])
  func mistake(value: String, expected: String) {
    let value = value.replacing("'ARN'", with: "'\(Self.arn)'")
    let told = errors("jobs: {a: {notifications: \(value), timeout: 1h, task: {taskDefinition: x}}}\n")
    #expect(told.contains(expected), "\(told)")
  }

  @Test("An unsigned webhook is a warning, once for the file")
  func unsigned() {
    let text =
      "notifications:\n  webhook: {url: 'https://h/'}\njobs:\n"
      + "  a: {timeout: 1h, task: {taskDefinition: x}}\n  b: {timeout: 1h, task: {taskDefinition: x}}\n"
    #expect(
      mistakes(text) == [
        "2:3 warning messages are not signed, so that the receiver cannot tell who sends them; name a `secretFile` or a "
          + "`secretEnvironment`"
      ])
  }

  @Test("At the top the events alone are a warning, and serve the jobs that name a receiver")
  func eventsAlone() throws {
    let top = "notifications: {on: missed}\n"
    #expect(
      mistakes(top + job) == [
        "1:1 warning `notifications` names no receiver: only jobs that name a `topicArn` or a `webhook` tell anybody"
      ])
    let named = parse(top + job.replacing("{a: {", with: "{a: {notifications: {topicArn: '\(Self.arn)'}, "))
    #expect(
      named.file?.jobs.first?.subscriptions == [Subscription(receiver: .topic(arn: Self.arn), events: [.missed])])
  }

  @Test(
    "No part of a URL beyond its host, and no key, is ever shown",
    arguments: [
      "notifications: {webhook: 'https://h.example.com/hunter2'}", "notifications: {webhook: [hunter2]}",
      "notifications: {webhook: {'https://h/hunter2': x}}",
      "notifications: {webhook: {hunter2: x}}"
        .replacing("hunter2:", with: "'hunter2/':"),
      "notifications:\n  webhook:\n    url: http://h.example.com/hunter2",
      "notifications:\n  webhook:\n    url:\n      - https://h/hunter2",
      "notifications:\n  webhook:\n    url: https://h/hunter2\n    url: https://h/hunter2",
      "notifications:\n  webhook:\n    url: https://h/#hunter2",
      "notifications:\n  webhook: {url: 'https://user:hunter2@h/'}",
      "notifications:\n  webhook: {url: 'https://h/', secretFile: hunter2}",
      "notifications:\n  webhook: {url: 'https://h/', secretEnvironment: whsec_hunter2}",
      "notifications:\n  webhook: {url: 'https://h/', secretEnvironment: 'hunter2='}",
      "notifications:\n  webhook: {url: 'https://h/', secret: hunter2}",
      "notifications:\n  webhook:\n    url: 'https://h/'\n    secret: hunter2",
      "notifications:\n  url: https://h/hunter2", "deadManPing: https://h/hunter2",
      "deadManPing: {url: http://h/hunter2}",
      "deadManPing:\n  every: 1m\n  url: http://h/hunter2", "deadManPing: {url: 'https://h/hunter2', evry: 1m}",
      "events: {queueUrl: 'https://user:hunter2@sqs.eu-west-1.amazonaws.com/1/q'}", "events: https://h/hunter2",
      "retention: {url: https://h/hunter2}",
    ])
  func secrets(top: String) {
    let result = parse(top + "\n" + job)
    #expect(!result.errors.isEmpty)
    for diagnostic in result.diagnostics {
      #expect(!diagnostic.rendered.contains("hunter2"), "\(diagnostic.rendered)")
      #expect(!diagnostic.path.contains("hunter2"), "\(diagnostic.path)")
    }
  }

  @Test("A file's notifications of another form are told once")
  func noMapping() {
    #expect(
      errors("notifications: all\n" + job) == [
        "1:16 `notifications` must be a mapping, such as "
          + "`{topicArn: arn:aws:sns:ap-northeast-1:123456789012:job-failures}`; found the text `all`"
      ])
  }

  @Test("The remedy for a key in the file is named")
  func secretInFile() {
    let told = errors("notifications: {webhook: {url: 'https://h/', secret: hunter2}}\n" + job)
    #expect(
      told == ["1:46 unknown key `secret`: no secret stands in the job file; write `secretFile` or `secretEnvironment`"]
    )
  }
}

@Suite("What stands at the top for the daemon")
struct FileSettingTests {
  private func file(_ top: String) throws -> JobFile {
    let result = parse(top + "\n" + job)
    return try #require(result.file, "\(result.diagnostics)")
  }

  @Test("Nothing is watched, nothing listened to, and everything kept for a while, where nothing is said")
  func bare() throws {
    let file = try file("")
    #expect(file.deadManPing == nil && file.eventsQueueURL == nil)
    #expect(file.retention == Retention())
  }

  @Test("A dead-man ping has a URL and a rhythm")
  func ping() throws {
    #expect(
      try file("deadManPing: {url: 'https://hc-ping.com/x'}").deadManPing
        == JobFile.DeadManPing(url: "https://hc-ping.com/x", every: .seconds(60)))
    #expect(try file("deadManPing: {url: 'https://hc-ping.com/x', every: 10s}").deadManPing?.every == .seconds(10))
    #expect(
      errors("deadManPing: {url: 'https://h/', every: 9s}\n" + job) == [
        "1:41 `every` must be from 10s to 1d; found `9s`"
      ])
  }

  @Test(
    "A queue is named by its URL",
    arguments: [
      "https://sqs.ap-northeast-1.amazonaws.com/123456789012/jobd-events",
      "https://queue.amazonaws.com/123456789012/q.fifo",
      "http://localhost:4566/000000000000/jobd", "http://sqs.eu-west-1.localhost.localstack.cloud:4566/000000000000/q",
      "https://sqs.cn-north-1.amazonaws.com.cn/123456789012/q", "http://localhost:4566/queue/eu-west-1/000000000000/q",
    ])
  func queue(url: String) throws {
    #expect(try file("events: {queueUrl: '\(url)'}").eventsQueueURL == url)
  }

  @Test(
    "What is no queue's URL is refused with what is wrong with it",
    arguments: [
      ("arn:aws:sqs:eu-west-1:123456789012:q", "is an ARN, not a URL"), ("jobd-events", "is no URL of an SQS queue"),
      ("https://", "must be a plain URL with a host"), ("https:///123456789012/q", "must be a plain URL with a host"),
      ("https://sqs.eu-west-1.amazonaws.com", "must end with the account and the queue's name"),
      ("https://sqs.eu-west-1.amazonaws.com/q", "must end with the account and the queue's name"),
      ("https://sqs.eu-west-1.amazonaws.com/123456789012/", "must end with the account and the queue's name"),
      ("https://sqs.eu-west-1.amazonaws.com/123456789012/a.b", "must end with the account and the queue's name"),
      ("http://sqs.eu-west-1.amazonaws.com/123456789012/q", "must begin with https://"),
      ("https://sqs.eu-west-1.amazonaws.com/123456789012/q?x=1", "must be a plain URL with a host"),
      ("https://me@sqs.eu-west-1.amazonaws.com/123456789012/q", "must be a plain URL with a host"),
    ])
  func noQueue(url: String, problem: String) {
    let told = errors("events: {queueUrl: '\(url)'}\n" + job)
    #expect(told.count == 1 && told.first?.hasPrefix("1:20 `queueUrl` \(problem)") == true, "\(told)")
  }

  @Test("Lengths are kept as said, or for ever")
  func retention() throws {
    #expect(
      try file("retention: {runs: 800d, runsPerJob: 5000, history: 30d, logs: 7d}").retention
        == Retention(
          runs: .seconds(800 * 86_400), runsPerJob: 5_000, history: .seconds(30 * 86_400), logs: .seconds(7 * 86_400)))
    #expect(
      try file("retention: {runs: forever, history: forever, logs: forever}").retention
        == Retention(runs: nil, history: nil, logs: nil))
    #expect(try file("retention: {runs: 30d}").retention == Retention(runs: .seconds(30 * 86_400)))
  }

  @Test("Quotas that AWS has raised are said one by one; the others stay as they are")
  func quotas() throws {
    #expect(
      try file("requestQuotas: {clusterResourceModify: {burst: 500, perSecond: 200}}").requestQuotas
        == [.clusterResourceModify: RequestRate(burst: 500, perSecond: 200)])
    #expect(try file("").requestQuotas == [:])
    #expect(
      errors("requestQuotas: {clusterResourceRead: {burst: 0, perSecond: 100001}}\n" + job) == [
        "1:46 `burst` must be from 1 to 100000; found 0", "1:60 `perSecond` must be from 1 to 100000; found 100001",
      ])
    #expect(
      errors("requestQuotas: {clusterResourceRead: {burst: 5}}\n" + job) == [
        "1:17 `clusterResourceRead` needs `perSecond`, such as `{burst: 500, perSecond: 200}`"
      ])
    #expect(
      errors("requestQuotas: {runTask: {burst: 5, perSecond: 5}}\n" + job) == [
        "1:17 unknown key `runTask`: write `clusterResourceModify`, as AWS calls the quota of RunTask and StopTask"
      ])
  }

  @Test("Retention out of bounds is refused, and what goes with the runs is told")
  func retentionMistakes() {
    #expect(errors("retention: {runs: 23h}\n" + job) == ["1:19 `runs` must be from 1d to 36525d; found `23h`"])
    #expect(errors("retention: {runsPerJob: 0}\n" + job) == ["1:25 `runsPerJob` must be from 1 to 1000000; found 0"])
    #expect(
      mistakes("retention: {runs: 30d, history: 90d, logs: forever}\n" + job) == [
        "1:24 warning `history` is longer than `runs`, and goes with them",
        "1:38 warning `logs` is longer than `runs`, and goes with them",
      ])
  }
}
