internal import JobModel

/// Reads `notifications`: the file's, or a job's over the file's.
struct NotificationReader {
  var diagnostics: DiagnosticCollector

  /// - Parameters:
  ///   - node: as it stands in the file, over what it inherits.
  ///   - isOwn: whether the job itself says something of it.
  mutating func subscriptions(_ node: YAMLNode, _ value: JSONValue, isOwn: Bool) -> [Subscription] {
    if value == "none" { return [] }
    var events = Set(NotificationEvent.allCases)
    if let words = value["on"]?.arrayValue {
      events = Set(words.compactMap { $0.stringValue.flatMap(NotificationEvent.init) })
      if let on = node["on"], on.items?.isEmpty == true {
        diagnostics.error("`on` names no event; write `notifications: none` for nobody", atKeyOf: on)
      }
    }
    var receivers: [Receiver] = []
    if let arn = value["topicArn"]?.stringValue, arn != "none" { receivers.append(.topic(arn: arn)) }
    if let webhook = node["webhook"], let value = value["webhook"], value != "none" {
      if let webhook = read(webhook, value) { receivers.append(.webhook(webhook)) }
    }
    if isOwn, node.members != nil, !NotificationReader.namesReceiver(node) {
      diagnostics.error(
        "`notifications` names no receiver: it needs `topicArn` or `webhook` (`notifications: none` for nobody)",
        atKeyOf: node)
    }
    return receivers.map { Subscription(receiver: $0, events: events) }
  }

  private mutating func read(_ node: YAMLNode, _ value: JSONValue) -> Webhook? {
    let (file, variable) = (node["secretFile"], node["secretEnvironment"])
    if file != nil, let variable {
      diagnostics.error(
        "`secretEnvironment` and `secretFile` exclude each other; remove one of them", atKeyOf: variable)
    } else if file == nil, variable == nil {
      diagnostics.warning(
        "messages are not signed, so that the receiver cannot tell who sends them; name a `secretFile` or a "
          + "`secretEnvironment`", atKeyOf: node)
    }
    guard let url = value["url"]?.stringValue else { return nil }
    let secret =
      value["secretFile"]?.stringValue.map { SecretSource.file(path: $0) }
      ?? value["secretEnvironment"]?.stringValue.map { .environment(variable: $0) }
    return Webhook(url: url, secret: secret)
  }

  /// What the top of the file says, of which jobs may take a part alone.
  mutating func checkTop(_ node: YAMLNode) {
    if node.members != nil, !NotificationReader.namesReceiver(node) {
      diagnostics.warning(
        "`notifications` names no receiver: only jobs that name a `topicArn` or a `webhook` tell anybody", atKeyOf: node
      )
    }
  }

  private static func namesReceiver(_ node: YAMLNode) -> Bool {
    ["topicArn", "webhook"].contains { key in node[key].map { $0.scalar?.text != "none" } ?? false }
  }
}
