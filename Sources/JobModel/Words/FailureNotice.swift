/// What is told about a run that did not succeed: a subject for a person's inbox, and a JSON body for
/// people and programs alike. A pure composition; nothing in it is secret.
public struct FailureNotice: Equatable, Sendable {
  /// Printable ASCII, less than 100 characters (SNS API, Publish, `Subject`).
  public var subject: String
  /// The message as JSON; its text is at most ``Limits/notificationBytes`` long.
  public var body: JSONValue

  /// - Parameters:
  ///   - run: a run that has ended, but not in success.
  ///   - timezone: the IANA zone in which the job's days are counted.
  ///   - launches: the run's launches; the latest failed one says why.
  ///   - host: the machine that tells it.
  public init(run: Run, timezone: String, launches: [Launch], host: String? = nil) {
    let launches = launches.sorted { $0.id.number < $1.id.number }
    let latest = launches.last { $0.status == .failed || $0.status == .stopped }
    let cause = FailureNotice.cause(of: run, latest: latest)
    subject = FailureNotice.subject(run, cause: cause)
    body = FailureNotice.body(run, timezone: timezone, launches: launches, latest: latest, cause: cause, host: host)
  }

  /// The body as the message's text.
  public var text: String { body.prettyText }

  // MARK: - The cause, in words

  /// The diagnosis where the run ended by its latest launch; otherwise what the state machine says,
  /// unless that is a JSON text, which is no sentence.
  private static func cause(of run: Run, latest: Launch?) -> String {
    let said = run.cause.flatMap { isJSON($0) || $0.isEmpty ? nil : causeWithoutPayload($0) }
    let words = [latest?.diagnosis?.sentence, said].compactMap(\.self)
    guard let first = words.first else { return fallback(run) }
    // A Fail state's own words say something that the diagnosis does not.
    let machine = words.count > 1 && run.error != nil && !isLaunchError(run.error ?? "") ? words[1] : nil
    return cut(machine.map { "\($0) (\(first))" } ?? first, toBytes: maximumTextBytes)
  }

  private static func isLaunchError(_ error: String) -> Bool {
    ["States.", "ECS.", "AmazonECS."].contains { error.hasPrefix($0) }
  }

  private static func isJSON(_ text: String) -> Bool {
    guard let first = text.utf8.first(where: { $0 > 0x20 }) else { return false }
    return first == UInt8(ascii: "{") || first == UInt8(ascii: "[")
  }

  private static func fallback(_ run: Run) -> String {
    switch run.status {
    case .timedOut: "the run did not end within its time limit"
    case .aborted: "the run was stopped"
    default: run.error.map { "the state machine failed with \(cut($0, toBytes: 256))" } ?? "the state machine failed"
    }
  }

  // MARK: - Subject and body

  private static func subject(_ run: Run, cause: String) -> String {
    let text = "\(run.id.job) \(run.status.rawValue) on \(run.day): \(cause)"
    let ascii = String(
      decoding: text.unicodeScalars.map { (0x20...0x7E).contains($0.value) ? UInt8($0.value) : UInt8(ascii: "?") },
      as: UTF8.self)
    // "Less than 100 characters long", says the API reference.
    let limit = Limits.subjectLength - 1
    return ascii.utf8.count <= limit ? ascii : ascii.prefix(limit - 3) + "..."
  }

  /// `JOBID` and `MESSAGE` are what receivers of the Step Functions set-up read; the rest is jobd's.
  private static func body(
    _ run: Run, timezone: String, launches: [Launch], latest: Launch?, cause: String, host: String?
  ) -> JSONValue {
    var body: JSONObject = [
      "JOBID": .string(run.id.job.description),
      "MESSAGE": .string(run.status.rawValue),
      "run": .string(run.id.description),
      "slot": .string(run.id.slot.scheduledAt.description),
      "day": .string(run.day.description),
      "timezone": .string(timezone),
      "attempts": .integer(Int64(max(run.launches, launches.count))),
      "startedAt": .string(run.startedAt.description),
    ]
    if let endedAt = run.endedAt { body["endedAt"] = .string(endedAt.description) }
    body["error"] = run.error.map { .string(cut($0, toBytes: maximumTextBytes)) } ?? .null
    body["cause"] = .string(cause)
    body["exitCodes"] = exitCodes(latest)
    let log = Diagnosis.lastLines(
      of: latest?.diagnosis?.log ?? [], count: maximumLogLines, bytes: maximumLogBytes)
    if !log.isEmpty { body["log"] = .array(log.map { .string($0) }) }
    body["taskArns"] = .array(
      launches.compactMap(\.taskARN).suffix(maximumTaskARNs).map { .string(cut($0, toBytes: 512)) })
    body["rerun"] = .string("jobd ctl rerun \(run.id.job) --slot \(run.id.slot.scheduledAt)")
    if let host { body["host"] = .string(cut(host, toBytes: 256)) }
    return .object(body)
  }

  private static func exitCodes(_ launch: Launch?) -> JSONValue {
    let codes = (launch?.diagnosis?.exitCodes ?? [:]).sorted { $0.key < $1.key }.prefix(maximumExitCodes)
    return .object(JSONObject(codes.map { (key: cut($0.key, toBytes: 256), value: .integer(Int64($0.value))) }))
  }

  // MARK: - Bounds: together far below the 256 KiB of a message, escapes included

  private static let maximumTextBytes = 8_192
  private static let maximumTaskARNs = 100
  private static let maximumExitCodes = 20
  private static let maximumLogBytes = 4_096
  private static let maximumLogLines = 100

  private static func cut(_ text: String, toBytes limit: Int) -> String { clipped(text, toBytes: limit) }
}

/// The first bytes of a text, whole characters' scalars only, with an ellipsis where some were cut.
public func clipped(_ text: String, toBytes limit: Int) -> String {
  guard text.utf8.count > limit else { return text }
  var end = text.utf8.index(text.startIndex, offsetBy: limit)
  while end > text.startIndex, end.samePosition(in: text.unicodeScalars) == nil {
    end = text.utf8.index(before: end)
  }
  return String(text[..<end]) + "…"
}
