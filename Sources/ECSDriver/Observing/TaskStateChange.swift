internal import JobModel

/// What one of EventBridge's "ECS Task State Change" events tells of a task (ECS developer guide, "Amazon
/// ECS task state change events"). Events come at least once and in any order.
struct TaskStateChange: Equatable, Sendable {
  var arn: String
  var status: String
  /// Higher for a later change of the same task; 0 where the event has none.
  var version: Int64
  /// The task as DescribeTasks would show it.
  var task: JSONValue
  /// When the event was sent.
  var sentAt: Instant?

  var isEnd: Bool { TaskLifecycle.isOver(status) }

  /// Whether the verdict on a stopped task can be had from the event alone.
  var isConclusive: Bool {
    guard isEnd, task["containers"]?.arrayValue != nil else { return false }
    let stopped = StoppedTask(task)
    guard stopped.stopCode != nil || stopped.stoppedReason != nil else { return false }
    guard Judgement.endedByItself(stopped) else { return true }
    return !stopped.containers.isEmpty && stopped.containers.allSatisfy { $0.exitCode != nil }
  }
}

/// Why a message is no task's change; without the message's content, except names.
struct NotATaskChange: Error, Equatable {
  var why: String
}

extension TaskStateChange {
  static let source = "aws.ecs"
  static let detailType = "ECS Task State Change"
  /// Characters of a name that goes into a log line.
  private static let nameLength = 100

  /// Reads a message's body: the event itself, as a rule sends it to a queue, or within SNS's envelope,
  /// where the queue is subscribed to a topic.
  static func read(_ body: String) throws(NotATaskChange) -> TaskStateChange {
    let value = try parse(body)
    if value["Type"] == "Notification", let message = value["Message"]?.stringValue {
      return try TaskStateChange(event: parse(message))
    }
    return try TaskStateChange(event: value)
  }

  private static func parse(_ text: String) throws(NotATaskChange) -> JSONValue {
    do throws(JSONParseError) { return try JSONValue.parse(text) } catch {
      throw NotATaskChange(why: "it is no JSON")
    }
  }

  private init(event: JSONValue) throws(NotATaskChange) {
    guard event.objectValue != nil else {
      throw NotATaskChange(why: "it is no event but a JSON \(event.kind); a rule sends one event a message")
    }
    guard let source = event["source"]?.stringValue, let type = event["detail-type"]?.stringValue else {
      throw NotATaskChange(
        why: "it is no EventBridge event: `source` or `detail-type` is missing; "
          + "the rule's target must send the whole event")
    }
    guard source == TaskStateChange.source, type == TaskStateChange.detailType else {
      let length = TaskStateChange.nameLength
      throw NotATaskChange(why: "it is an event \"\(clipped(type, to: length))\" of \(clipped(source, to: length))")
    }
    guard let detail = event["detail"]?.objectValue, let arn = taskARN(.object(detail)),
      let status = detail["lastStatus"]?.stringValue
    else { throw NotATaskChange(why: "its `detail` has no `taskArn` or no `lastStatus`") }
    self.arn = arn
    self.status = status
    task = TaskStateChange.described(.object(JSONObject(detail.filter { $0.key != "updatedAt" })))
    version = taskVersion(task)
    sentAt = event["time"]?.stringValue.flatMap { Instant($0) }
  }

  /// Events write instants as RFC 3339 text, DescribeTasks as seconds since 1970.
  private static func described(_ value: JSONValue) -> JSONValue {
    switch value {
    case .array(let elements): .array(elements.map(described))
    case .object(let members):
      .object(
        JSONObject(
          members.lazy.map { key, value in
            (key: key, value: AnswerSpelling.instants.contains(key) ? seconds(value) : described(value))
          }))
    default: value
    }
  }

  private static func seconds(_ value: JSONValue) -> JSONValue {
    guard let instant = value.stringValue.flatMap({ Instant($0) }) else { return value }
    return .double(Double(instant.milliseconds) / 1_000)
  }
}
