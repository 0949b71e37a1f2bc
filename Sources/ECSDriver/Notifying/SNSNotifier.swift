public import AWSClient
public import JobModel

/// Publishes to an SNS topic, standard or FIFO (SNS API, Publish). The outbox repeats what was not taken.
public struct SNSNotifier: Notifier {
  private let caller: any AWSCaller

  public init(caller: any AWSCaller) { self.caller = caller }

  public func send(_ message: OutboxMessage) async throws(NotificationError) {
    guard case .topic(let topicARN) = message.receiver else {
      throw NotificationError(message: "\(message.receiver.name) is no SNS topic")
    }
    do throws(AWSError) {
      _ = try await caller.call(
        .sns, "Publish", SNSNotifier.input(message, topicARN: topicARN),
        options: AWSCallOptions(region: SNSNotifier.region(of: topicARN)))
    } catch {
      throw NotificationError(message: SNSNotifier.sentence(error, topic: topicARN))
    }
  }

  private static func input(_ message: OutboxMessage, topicARN: String) -> JSONValue {
    var input: JSONObject = [
      "TopicArn": .string(topicARN), "Subject": .string(message.subject), "Message": .string(message.body),
      "MessageAttributes": attributes(of: message),
    ]
    if topicARN.hasSuffix(".fifo") {
      // What is told of a job arrives in the order in which it was told; jobs don't wait for each other.
      input["MessageGroupId"] = .string(message.slot.job.description)
      // At most 128 characters of an alphabet of its own; a second sending within five minutes is dropped.
      input["MessageDeduplicationId"] = .string(SHA256.hexHash(Array(message.id.utf8)))
    }
    return .object(input)
  }

  /// What subscriptions filter by, and the message's id, by which a receiver drops a second copy (SNS developer
  /// guide, "Message filtering"). At most ten reach a queue with raw delivery.
  private static func attributes(of message: OutboxMessage) -> JSONValue {
    let body = try? JSONValue.parse(message.body)
    let values: [(key: String, value: String?)] = [
      ("job", message.slot.job.description), ("event", message.event.rawValue),
      ("status", body?["MESSAGE"]?.stringValue), ("day", body?["day"]?.stringValue), ("messageId", message.id),
    ]
    return .object(
      JSONObject(
        values.compactMap { name, value in
          // SNS refuses an empty value.
          guard let value, !value.isEmpty else { return nil }
          return (key: name, value: ["DataType": "String", "StringValue": .string(value)])
        }))
  }

  /// A topic is in the Region that its ARN names, wherever the tasks are.
  private static func region(of topicARN: String) -> String? {
    let parts = topicARN.split(separator: ":", omittingEmptySubsequences: false)
    return parts.count == 6 && !parts[3].isEmpty ? String(parts[3]) : nil
  }

  private static func sentence(_ error: AWSError, topic: String) -> String {
    let said = "\(error.code): \(error.message)"
    return switch error.kind {
    case .refused: "SNS refused the message for topic \(topic): \(said)\(remedy(error.code))"
    case .throttled: "SNS throttled the message for topic \(topic): \(said)"
    case .ambiguous, .notSent, .cancelled: "SNS did not confirm the message for topic \(topic): \(said)"
    }
  }

  /// Codes of the Query protocol's errors (SNS API, Publish).
  private static func remedy(_ code: String) -> String {
    switch code {
    case "NotFound", "NotFoundException": "; check `topicArn`"
    case "AuthorizationError", "AuthorizationErrorException", "AccessDenied", "AccessDeniedException":
      "; allow sns:Publish on the topic"
    case let code where code.hasPrefix("KMS"): "; the topic's key must allow the daemon's role to use it"
    default: ""
    }
  }
}
