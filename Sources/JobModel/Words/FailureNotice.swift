/// What is told about a run that did not succeed.
extension Notice {
  /// - Parameters:
  ///   - run: a run that has ended, but not in success.
  ///   - launches: the run's launches; the latest failed one says why.
  ///   - host: the machine that tells it.
  public init(failed run: Run, launches: [Launch], host: String? = nil) {
    let launches = launches.sorted { $0.id.number < $1.id.number }
    let latest = launches.last { $0.status == .failed || $0.status == .stopped }
    let cause = Notice.cause(of: run, latest: latest)
    self.init(
      subject: "\(run.id.job) \(run.status.rawValue) on \(run.day): \(cause)",
      body: Notice.body(run, launches: launches, latest: latest, cause: cause, host: host))
  }

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

  // MARK: - The body

  /// `JOBID` and `MESSAGE` are what receivers of the Step Functions set-up read; the rest is jobd's.
  private static func body(
    _ run: Run, launches: [Launch], latest: Launch?, cause: String, host: String?
  ) -> JSONValue {
    var body: JSONObject = [
      "JOBID": .string(run.id.job.description),
      "MESSAGE": .string(run.status.rawValue),
      "event": .string(NotificationEvent.failed.rawValue),
      "run": .string(run.id.description),
      "slot": .string(run.id.slot.scheduledAt.description),
      "day": .string(run.day.description),
      "timezone": .string(run.policy.timezone),
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

  static let maximumTextBytes = 8_192
  static let maximumTaskARNs = 100
  private static let maximumExitCodes = 20
  private static let maximumLogBytes = 4_096
  private static let maximumLogLines = 100

  static func cut(_ text: String, toBytes limit: Int) -> String { clipped(text, toBytes: limit) }
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
