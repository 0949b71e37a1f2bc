internal import GRDB
internal import JobModel

/// Policies and receivers as JSON texts. What is as usual is left out, so that `{}` is a policy and an older
/// row, which lacks what came later, is read as if nobody had chosen anything; sets are written in order, so that
/// equal values have equal texts. Instants are milliseconds, as everywhere in the store.
protocol StoredAsObject: Storable {
  var object: JSONObject { get }

  /// - Throws: ``UnreadableMember`` where a member has no meaning.
  init(object: JSONObject) throws(UnreadableMember)
}

struct UnreadableMember: Error {}

extension StoredAsObject {
  var stored: DatabaseValue { JSONValue.object(object).stored }
  var json: JSONValue { .object(object) }

  init(json: JSONValue) throws(UnreadableMember) {
    guard let object = json.objectValue else { throw UnreadableMember() }
    try self.init(object: object)
  }

  static func read(_ value: DatabaseValue) -> Self? {
    JSONValue.read(value).flatMap { try? Self(json: $0) }
  }
}

extension RunPolicy: StoredAsObject {
  var object: JSONObject {
    var object = JSONObject()
    if timezone != RunPolicy().timezone { object["timezone"] = .string(timezone) }
    object["pool"] = pool?.json
    if task != TaskPolicy.none { object["task"] = task.json }
    if !subscriptions.isEmpty { object["subscriptions"] = .array(subscriptions.map(\.json)) }
    object["lateAt"] = lateAt.map { .integer($0.milliseconds) }
    object["tooLongAt"] = tooLongAt.map { .integer($0.milliseconds) }
    if followsFailure { object["followsFailure"] = true }
    if limits != RunPolicy().limits { object["limits"] = .string(limits.rawValue) }
    return object
  }

  init(object: JSONObject) throws(UnreadableMember) {
    self.init()
    timezone = try object.member("timezone", \.stringValue) ?? timezone
    if let place = object["pool"] { pool = try PoolPlace(json: place) }
    if let policy = object["task"] { task = try TaskPolicy(json: policy) }
    for subscription in try object.member("subscriptions", \.arrayValue) ?? [] {
      subscriptions.append(try Subscription(json: subscription))
    }
    lateAt = try object.member("lateAt", \.integerValue).map { Instant(milliseconds: $0) }
    tooLongAt = try object.member("tooLongAt", \.integerValue).map { Instant(milliseconds: $0) }
    followsFailure = try object.member("followsFailure", \.boolValue) ?? false
    if let name = try object.member("limits", \.stringValue) {
      guard let known = MachineLimits(rawValue: name) else { throw UnreadableMember() }
      limits = known
    }
  }
}

extension PoolPlace: StoredAsObject {
  var object: JSONObject {
    var object: JSONObject = ["name": .string(name), "limit": .integer(Int64(limit))]
    if priority != 0 { object["priority"] = .integer(Int64(priority)) }
    return object
  }

  init(object: JSONObject) throws(UnreadableMember) {
    self.init(
      name: try object.needed("name", \.stringValue), limit: Int(try object.needed("limit", \.integerValue)),
      priority: Int(try object.member("priority", \.integerValue) ?? 0))
  }
}

extension TaskPolicy: StoredAsObject {
  var object: JSONObject {
    var object = JSONObject()
    object["startTimeoutSeconds"] = startTimeoutSeconds.map { .integer(Int64($0)) }
    if !successExitCodes.isEmpty { object["successExitCodes"] = Self.json(successExitCodes) }
    if !skipExitCodes.isEmpty { object["skipExitCodes"] = Self.json(skipExitCodes) }
    if !stoppedReasons.isEmpty { object["stoppedReasons"] = .array(stoppedReasons.map { .string($0) }) }
    return object
  }

  init(object: JSONObject) throws(UnreadableMember) {
    self.init(
      startTimeoutSeconds: try object.member("startTimeoutSeconds", \.integerValue).map { Int($0) },
      successExitCodes: Set(try object.elements("successExitCodes", \.integerValue).map { Int($0) }),
      skipExitCodes: Set(try object.elements("skipExitCodes", \.integerValue).map { Int($0) }),
      stoppedReasons: try object.elements("stoppedReasons", \.stringValue))
  }

  private static func json(_ codes: Set<Int>) -> JSONValue { .array(codes.sorted().map { .integer(Int64($0)) }) }
}

extension Subscription: StoredAsObject {
  var object: JSONObject {
    ["receiver": receiver.json, "events": .array(events.inOrder.map { .string($0.rawValue) })]
  }

  init(object: JSONObject) throws(UnreadableMember) {
    let events = try object.elements("events", \.stringValue).map { NotificationEvent(rawValue: $0) }
    guard let receiver = object["receiver"], !events.contains(nil) else { throw UnreadableMember() }
    self.init(receiver: try Receiver(json: receiver), events: Set(events.compactMap(\.self)))
  }
}

/// `{"topic":{"arn":"arn:aws:sns:…"}}` or
/// `{"webhook":{"url":"https://…","secret":{"file":{"path":"…"}}}}`: where a secret is found, never a secret.
extension Receiver: StoredAsObject {
  var object: JSONObject {
    switch self {
    case .topic(let arn): ["topic": ["arn": .string(arn)]]
    case .webhook(let webhook): ["webhook": webhook.json]
    }
  }

  init(object: JSONObject) throws(UnreadableMember) {
    if let topic = object["topic"]?.objectValue {
      self = .topic(arn: try topic.needed("arn", \.stringValue))
    } else {
      self = .webhook(try Webhook(object: try object.needed("webhook", \.objectValue)))
    }
  }
}

extension Webhook: StoredAsObject {
  var object: JSONObject {
    var object: JSONObject = ["url": .string(url)]
    object["secret"] = secret?.json
    return object
  }

  init(object: JSONObject) throws(UnreadableMember) {
    self.init(url: try object.needed("url", \.stringValue))
    if let source = object["secret"] { secret = try SecretSource(json: source) }
  }
}

extension SecretSource: StoredAsObject {
  var object: JSONObject {
    switch self {
    case .file(let path): ["file": ["path": .string(path)]]
    case .environment(let variable): ["environment": ["variable": .string(variable)]]
    }
  }

  init(object: JSONObject) throws(UnreadableMember) {
    if let file = object["file"]?.objectValue {
      self = .file(path: try file.needed("path", \.stringValue))
    } else {
      let environment = try object.needed("environment", \.objectValue)
      self = .environment(variable: try environment.needed("variable", \.stringValue))
    }
  }
}

extension JSONObject {
  /// The member, if it is there; one of another form has no meaning.
  fileprivate func member<Value>(
    _ key: String, _ form: (JSONValue) -> Value?
  ) throws(UnreadableMember) -> Value? {
    guard let json = self[key] else { return nil }
    guard let value = form(json) else { throw UnreadableMember() }
    return value
  }

  fileprivate func needed<Value>(_ key: String, _ form: (JSONValue) -> Value?) throws(UnreadableMember) -> Value {
    guard let value = try member(key, form) else { throw UnreadableMember() }
    return value
  }

  /// The elements of an array, none where it is not there.
  fileprivate func elements<Value>(
    _ key: String, _ form: (JSONValue) -> Value?
  ) throws(UnreadableMember) -> [Value] {
    let elements = try member(key, \.arrayValue) ?? []
    let values = elements.compactMap(form)
    guard values.count == elements.count else { throw UnreadableMember() }
    return values
  }
}
