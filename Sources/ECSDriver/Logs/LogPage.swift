public import JobModel

/// A line that a container wrote.
public struct LogLine: Hashable, Codable, Sendable {
  /// When it was written, as the log driver says.
  public var timestamp: Instant
  /// The container's name; where the launch has several tasks, the task's id and a slash before it.
  public var container: String
  /// As it was written, control characters included, without the end of the line; at most
  /// ``LogLimits/lineBytes`` and an ellipsis.
  public var message: String

  public init(timestamp: Instant, container: String, message: String) {
    self.timestamp = timestamp
    self.container = container
    self.message = message
  }
}

/// Lines of a launch, the earliest first.
public struct LogPage: Equatable, Sendable {
  public var lines: [LogLine]
  /// From where the next page goes on.
  public var next: LogPosition
  /// There was no more when it was read; a container that runs may write more.
  public var isAtEnd: Bool
  /// What the page leaves out, a sentence each: a container whose logs jobd cannot read beside one whose it can.
  public var notes: [String]

  public init(lines: [LogLine], next: LogPosition, isAtEnd: Bool, notes: [String] = []) {
    self.lines = lines
    self.next = next
    self.isAtEnd = isAtEnd
    self.notes = notes
  }
}

/// A place in the logs of a launch: a text that says nothing to anybody else. CloudWatch Logs takes it for 24
/// hours.
public struct LogPosition: Hashable, Sendable, TextCodable {
  /// A place in one stream.
  struct Place: Hashable, Sendable {
    /// CloudWatch Logs' own, from which to read; nil is the stream's beginning.
    var token: String?
    /// Events from there that have been given out already.
    var skip = 0
  }

  /// By task id and container: `0f1e…/app`. A stream that is not here has not been read.
  var places: [String: Place]

  init(_ places: [String: Place] = [:]) { self.places = places }

  /// The beginning.
  public static let start = LogPosition()

  public static var textForm: String { "a position in a log" }

  /// JSON: `{"0f1e…/app":["f/36…/s",0]}`.
  public var description: String {
    let members = places.sorted { $0.key < $1.key }.map { entry in
      (
        key: entry.key,
        value: [entry.value.token.map { .string($0) } ?? .null, .integer(Int64(entry.value.skip))] as JSONValue
      )
    }
    return JSONValue.object(JSONObject(members)).text
  }

  public init?(_ description: String) {
    guard let members = (try? JSONValue.parse(description))?.objectValue else { return nil }
    places = [:]
    for (key, value) in members {
      guard let pair = value.arrayValue, pair.count == 2, pair[0].isNull || pair[0].stringValue?.isEmpty == false,
        let skip = pair[1].integerValue, (0...Int64(LogLimits.pageLines)).contains(skip)
      else { return nil }
      places[key] = Place(token: pair[0].stringValue, skip: Int(skip))
    }
  }
}

/// The limits of reading logs.
public enum LogLimits {
  /// Lines of one page at most: the events that one GetLogEvents gives (CloudWatch Logs API, GetLogEvents, `limit`).
  public static let pageLines = 10_000
  /// Bytes of a line that are kept.
  public static let lineBytes = 16_384
  /// Bytes of a stream's lines after which a page asks for no more.
  static let streamBytes = 1 << 20
  /// Calls that one page makes for a stream: GetLogEvents may answer with nothing although there is more.
  static let callsPerStream = 10
  /// How long after its end a launch's streams may still be to come: the awslogs driver sends in batches.
  static let arrival: Duration = .seconds(60)
}
