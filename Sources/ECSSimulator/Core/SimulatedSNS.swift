internal import JobModel

/// A message that a topic took.
struct PublishedMessage: Equatable, Sendable {
  var id: String
  var topicARN: String
  var subject: String?
  var message: String
  var attributes: [String: String]
  var publishedAt: Instant

  var json: JSONValue {
    var json: JSONObject = [
      "messageId": .string(id), "topicArn": .string(topicARN), "message": .string(message),
      "publishedAt": .string(publishedAt.description),
    ]
    if let subject { json["subject"] = .string(subject) }
    if !attributes.isEmpty {
      json["attributes"] = .object(
        JSONObject(attributes.sorted { $0.key < $1.key }.map { (key: $0.key, value: .string($0.value)) }))
    }
    return .object(json)
  }
}

/// Topics and what was published, as values. Parameters come as the Query protocol writes them.
struct SimulatedSNS: Sendable {
  let autoCreate: Bool
  let arns: ResourceNames
  /// Names, in the order of their creation.
  var topics: [String] = []
  private(set) var messages: [PublishedMessage] = []

  init(autoCreate: Bool, arns: ResourceNames) {
    self.autoCreate = autoCreate
    self.arns = arns
  }

  /// The members of the operation's result, by element name.
  mutating func perform(
    _ action: String, _ parameters: [String: String], at now: Instant,
    random: inout some RandomNumberGenerator
  ) throws(ServiceError) -> [XMLElement] {
    switch action {
    case "Publish": return [XMLElement("MessageId", try publish(parameters, at: now, random: &random))]
    case "CreateTopic":
      let name = parameters["Name"] ?? ""
      guard SimulatedSNS.isTopicName(name) else { throw .invalidSNSParameter("Topic Name") }
      if !topics.contains(name) { topics.append(name) }
      return [XMLElement("TopicArn", arns.topic(name))]
    case "ListTopics":
      let members = topics.map { XMLElement("member", children: [XMLElement("TopicArn", arns.topic($0))]) }
      return [XMLElement("Topics", children: members)]
    default:
      throw ServiceError(
        code: "InvalidAction", message: "The action \(action.prefix(128)) is not valid for this endpoint.")
    }
  }

  private mutating func publish(
    _ parameters: [String: String], at now: Instant, random: inout some RandomNumberGenerator
  ) throws(ServiceError) -> String {
    guard let topic = parameters["TopicArn"] ?? parameters["TargetArn"] else {
      throw .invalidSNSParameter("TopicArn or TargetArn Reason: no value for required parameter")
    }
    let prefix = arns.topic("")
    let name = String(topic.dropFirst(prefix.count))
    guard topic.hasPrefix("arn:aws"), topic.split(separator: ":").count == 6 else {
      throw .invalidSNSParameter("TopicArn Reason: An ARN must have at least 6 elements")
    }
    if !topics.contains(name) || !topic.hasPrefix(prefix) {
      guard autoCreate else { throw ServiceError(code: "NotFound", message: "Topic does not exist", status: 404) }
      if topic.hasPrefix(prefix), SimulatedSNS.isTopicName(name) { topics.append(name) }
    }
    guard let message = parameters["Message"], !message.isEmpty else { throw .invalidSNSParameter("Empty message") }
    guard message.utf8.count <= SimulatorLimits.messageBytes else { throw .invalidSNSParameter("Message too long") }
    if let subject = parameters["Subject"] {
      let isPlain = subject.unicodeScalars.allSatisfy { $0.value >= 32 && $0.value < 127 }
      guard (1...100).contains(subject.count), isPlain else { throw .invalidSNSParameter("Subject") }
    }
    let id = uuid(&random)
    messages.append(
      PublishedMessage(
        id: id, topicARN: topic, subject: parameters["Subject"], message: message,
        attributes: SimulatedSNS.attributes(parameters), publishedAt: now))
    if messages.count > SimulatorLimits.messages { messages.removeFirst(messages.count / 10) }
    return id
  }

  /// `MessageAttributes.entry.1.Name`, `MessageAttributes.entry.1.Value.StringValue`, ….
  private static func attributes(_ parameters: [String: String]) -> [String: String] {
    var attributes: [String: String] = [:]
    for number in 1...10 {
      let prefix = "MessageAttributes.entry.\(number)."
      guard let name = parameters[prefix + "Name"] else { break }
      attributes[name] = parameters[prefix + "Value.StringValue"] ?? ""
    }
    return attributes
  }

  /// Letters, digits, `-` and `_`; `.fifo` at the end (SNS API, CreateTopic).
  private static func isTopicName(_ name: String) -> Bool {
    let stem = name.hasSuffix(".fifo") ? name.dropLast(5) : name[...]
    return (1...256).contains(name.utf8.count) && !stem.isEmpty
      && stem.utf8.allSatisfy { byte in
        byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_") || (48...57).contains(byte)
          || (65...90).contains(byte) || (97...122).contains(byte)
      }
  }
}

extension ServiceError {
  static func invalidSNSParameter(_ text: String) -> ServiceError {
    ServiceError(code: "InvalidParameter", message: "Invalid parameter: \(text)")
  }
}
