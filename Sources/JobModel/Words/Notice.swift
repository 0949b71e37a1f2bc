/// What somebody is told: a subject for a person's inbox, and a JSON body for people and programs alike.
/// A pure composition; nothing in it is secret.
public struct Notice: Equatable, Sendable {
  /// Printable ASCII, less than 100 characters (SNS API, Publish, `Subject`).
  public var subject: String
  /// The message as JSON; its text is at most ``Limits/notificationBytes`` long.
  public var body: JSONValue

  /// - Parameter subject: in any characters and of any length.
  init(subject: String, body: JSONValue) {
    self.subject = Notice.subject(subject)
    self.body = body
  }

  /// The body as the message's text.
  public var text: String { body.prettyText }

  private static func subject(_ text: String) -> String {
    let ascii = String(
      decoding: text.unicodeScalars.map { (0x20...0x7E).contains($0.value) ? UInt8($0.value) : UInt8(ascii: "?") },
      as: UTF8.self)
    // "Less than 100 characters long", says the API reference.
    let limit = Limits.subjectLength - 1
    return ascii.utf8.count <= limit ? ascii : ascii.prefix(limit - 3) + "..."
  }
}

extension Notice {
  /// What every body has: `JOBID` and `MESSAGE` first, as receivers of the Step Functions set-up read them, the
  /// host last.
  static func body(
    _ event: NotificationEvent, _ message: String, slot: SlotKey, day: CivilDate, timezone: String, host: String?,
    _ members: JSONObject
  ) -> JSONValue {
    var body: JSONObject = [
      "JOBID": .string(slot.job.description), "MESSAGE": .string(message), "event": .string(event.rawValue),
      "slot": .string(slot.scheduledAt.description), "day": .string(day.description), "timezone": .string(timezone),
    ]
    for (name, value) in members { body[name] = value }
    if let host { body["host"] = .string(cut(host, toBytes: 256)) }
    return .object(body)
  }

  static func taskARNs(_ launches: [Launch]) -> JSONValue {
    let sorted = launches.sorted { $0.id.number < $1.id.number }
    return .array(
      sorted.compactMap(\.taskARN).suffix(maximumTaskARNs).map { .string(cut($0, toBytes: 512)) })
  }

  /// `1 h 30 min`: the two largest units.
  static func words(_ length: Duration) -> String {
    var rest = max(0, length.components.seconds)
    var parts: [String] = []
    for (unit, seconds) in [("d", Int64(86_400)), ("h", 3_600), ("min", 60), ("s", 1)] where rest >= seconds {
      parts.append("\(rest / seconds) \(unit)")
      rest %= seconds
    }
    return parts.isEmpty ? "0 s" : parts.prefix(2).joined(separator: " ")
  }
}
