internal import JobModel

/// The lines of one stream. Each has a number, counted from the stream's beginning, which the tokens of pages
/// name: so a token stays good while lines come, and while old ones go.
struct LogStreamContent: Equatable, Sendable {
  struct Event: Equatable, Sendable {
    var timestamp: Instant
    var message: String

    /// About what it takes in memory.
    var bytes: Int { message.utf8.count + 64 }
  }

  /// Bytes of an event (CloudWatch Logs API, PutLogEvents: 256 KB with 26 bytes of its own); the awslogs driver
  /// breaks longer lines there.
  private static let eventBytes = 262_118
  /// Stands for lines that are gone.
  static let note = "[older lines are not kept]"

  let createdAt: Instant
  private(set) var bytes = 0
  private var events: [Event] = []
  /// The number of the first of ``events``.
  private var firstNumber = 0
  /// A line whose end has not come yet.
  private var open: [UInt8] = []

  init(createdAt: Instant) { self.createdAt = createdAt }

  var firstEventAt: Instant? { events.first?.timestamp }
  var lastEventAt: Instant? { events.last?.timestamp }
  private var endNumber: Int { firstNumber + events.count }

  /// Empty lines are left out, as by the awslogs driver: an event cannot be empty.
  mutating func append(_ output: [UInt8], at now: Instant) {
    var rest = output[...]
    while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
      add(rest[..<end])
      endLine(at: now)
      rest = rest[(end + 1)...]
    }
    add(rest)
    while open.count >= Self.eventBytes { breakLine(at: now) }
  }

  mutating func endLine(at now: Instant) {
    while open.count > Self.eventBytes { breakLine(at: now) }
    record(open, at: now)
    open = []
  }

  private mutating func add(_ output: ArraySlice<UInt8>) { open += output }

  private mutating func breakLine(at now: Instant) {
    record(Array(open.prefix(Self.eventBytes)), at: now)
    open.removeFirst(Self.eventBytes)
  }

  private mutating func record(_ line: [UInt8], at now: Instant) {
    guard !line.isEmpty else { return }
    let event = Event(timestamp: now, message: String(decoding: line, as: UTF8.self))
    events.append(event)
    bytes += event.bytes
  }

  /// Drops the oldest lines where there are too many bytes, some more than needed, and says so.
  mutating func keep(_ limit: Int) {
    guard bytes > limit else { return }
    var left = bytes
    var count = 0
    while left > limit / 4 * 3, count < events.count {
      left -= events[count].bytes
      count += 1
    }
    drop(count)
  }

  /// Returns how many bytes that has freed.
  mutating func dropAll() -> Int {
    let before = bytes
    drop(events.count)
    return before - bytes
  }

  /// The note takes the last dropped line's number.
  private mutating func drop(_ count: Int) {
    guard count > 0, let last = events.prefix(count).last, count > 1 || last.message != Self.note else { return }
    events.removeFirst(count)
    events.insert(Event(timestamp: last.timestamp, message: Self.note), at: 0)
    firstNumber += count - 1
    bytes = events.reduce(0) { $0 + $1.bytes }
  }
}

/// What GetLogEvents is asked for.
struct LogEventsRequest: Equatable, Sendable {
  /// Events of an answer, and bytes of them.
  static let events = 10_000
  static let bytes = 1 << 20

  enum Start: Equatable, Sendable {
    case head
    case tail
    /// From this line on.
    case forward(Int)
    /// Before this line.
    case backward(Int)
  }

  var start: Start
  var limit: Int
  var from: Int64?
  var until: Int64?

  init(_ input: JSONObject) throws(ServiceError) {
    limit = try input.integer("limit") ?? LogEventsRequest.events
    guard (1...LogEventsRequest.events).contains(limit) else {
      throw .invalidParameter("limit must be between 1 and 10000.")
    }
    from = try input.integer("startTime").map { Int64($0) }
    until = try input.integer("endTime").map { Int64($0) }
    let isFromHead = try input.bool("startFromHead") ?? false
    guard let token = try input.string("nextToken") else {
      start = isFromHead ? .head : .tail
      return
    }
    guard let match = token.wholeMatch(of: /([fb])\/([0-9]{56})\/s/), let number = Int(match.2) else {
      throw .invalidParameter("The specified nextToken is invalid.")
    }
    guard match.1 == "b" || isFromHead else {
      throw .invalidParameter("A nextForwardToken needs startFromHead to be true.")
    }
    start = match.1 == "f" ? .forward(number) : .backward(number)
  }

  func includes(_ event: LogStreamContent.Event) -> Bool {
    from.map { event.timestamp.milliseconds >= $0 } ?? true && until.map { event.timestamp.milliseconds < $0 } ?? true
  }

  static func token(_ direction: String, _ number: Int) -> JSONValue {
    let digits = String(number)
    return .string("\(direction)/" + String(repeating: "0", count: 56 - digits.count) + digits + "/s")
  }
}

extension LogStreamContent {
  /// A page in the order of time, whichever the direction; at an end the token that was passed comes back.
  func page(_ request: LogEventsRequest) -> JSONValue {
    let range: Range<Int>
    switch request.start {
    case .head: range = forward(from: firstNumber, request)
    case .forward(let number): range = forward(from: min(max(number, firstNumber), endNumber), request)
    case .tail: range = backward(before: endNumber, request)
    case .backward(let number): range = backward(before: min(max(number, firstNumber), endNumber), request)
    }
    let shown = events[(range.lowerBound - firstNumber)..<(range.upperBound - firstNumber)].filter(request.includes)
    var (forward, backward) = (range.upperBound, range.lowerBound)
    // Nothing more in this direction: exactly the token that was passed, also where its lines are gone.
    if case .forward(let number) = request.start, range.isEmpty { forward = number }
    if case .backward(let number) = request.start, range.isEmpty { backward = number }
    return [
      "events": .array(
        shown.map {
          [
            "timestamp": .integer($0.timestamp.milliseconds), "message": .string($0.message),
            "ingestionTime": .integer($0.timestamp.milliseconds),
          ]
        }),
      "nextForwardToken": LogEventsRequest.token("f", forward),
      "nextBackwardToken": LogEventsRequest.token("b", backward),
    ]
  }

  private func forward(from start: Int, _ request: LogEventsRequest) -> Range<Int> {
    var room = Room(request)
    var end = start
    while end < endNumber, room.takes(events[end - firstNumber], request) { end += 1 }
    return start..<end
  }

  private func backward(before end: Int, _ request: LogEventsRequest) -> Range<Int> {
    var room = Room(request)
    var start = end
    while start > firstNumber, room.takes(events[start - 1 - firstNumber], request) { start -= 1 }
    return start..<end
  }

  /// What still fits into an answer; a first event always does.
  private struct Room {
    var count: Int
    var bytes = LogEventsRequest.bytes

    init(_ request: LogEventsRequest) { count = request.limit }

    mutating func takes(_ event: Event, _ request: LogEventsRequest) -> Bool {
      guard request.includes(event) else { return true }
      let size = event.message.utf8.count + 26
      guard count > 0, size <= bytes || bytes == LogEventsRequest.bytes else { return false }
      count -= 1
      bytes -= size
      return true
    }
  }
}
