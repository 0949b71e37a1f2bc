import Logging
import Synchronization

/// Keeps the log's lines.
final class RecordingLog: Sendable {
  struct Line: Equatable, Sendable {
    var level: Logger.Level
    var message: String
    var metadata: [String: String]
  }

  private let kept = Mutex<[Line]>([])
  var lines: [Line] { kept.withLock { $0 } }

  var logger: Logger { Logger(label: "test") { _ in Handler(log: self) } }

  private struct Handler: LogHandler {
    let log: RecordingLog
    var metadata: Logger.Metadata = [:]
    var logLevel: Logger.Level = .debug

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
      get { metadata[key] }
      set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
      let all = metadata.merging(event.metadata ?? [:]) { $1 }.mapValues { "\($0)" }
      log.kept.withLock { $0.append(Line(level: event.level, message: "\(event.message)", metadata: all)) }
    }
  }
}
