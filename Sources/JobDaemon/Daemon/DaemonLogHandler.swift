internal import Foundation
internal import JobModel
internal import Logging

/// Writes log lines to standard error: `time level message key=value …`, or with the priority prefix of
/// sd-daemon(3) and without the time where the journal reads them.
struct DaemonLogHandler: LogHandler {
  var metadata: Logger.Metadata = [:]
  var logLevel = Logger.Level.info
  private let isJournal: Bool
  private let time: any TimeSource

  init(
    label: String, time: any TimeSource = SystemTime(),
    environment: [String: String] = ProcessInfo.processInfo.environment
  ) {
    isJournal = environment["JOURNAL_STREAM"] != nil
    self.time = time
  }

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) {
    let own = metadata.merging(event.metadata ?? [:]) { $1 }
    var line = isJournal ? "<\(Self.priority(event.level))>" : "\(time.now().millisecondText) \(event.level.rawValue) "
    line += "\(event.message)"
    for (key, value) in own.sorted(by: { $0.key < $1.key }) { line += " \(key)=\(Self.quoted("\(value)"))" }
    // A line that nobody can take is dropped: the work goes on.
    StandardStream.write(line + "\n", to: STDERR_FILENO)
  }

  /// One line, whatever the value holds.
  private static func quoted(_ value: String) -> String {
    let isPlain =
      !value.isEmpty && value.unicodeScalars.allSatisfy { $0.value > 0x20 && $0 != "\"" && $0.value != 0x7F }
    return isPlain ? value : JSONValue.string(value).text
  }

  /// syslog(3)'s numbers.
  private static func priority(_ level: Logger.Level) -> Int {
    switch level {
    case .trace, .debug: 7
    case .info: 6
    case .notice: 5
    case .warning: 4
    case .error: 3
    case .critical: 2
    }
  }
}
