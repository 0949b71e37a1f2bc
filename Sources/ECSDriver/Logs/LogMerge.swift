internal import JobModel

/// An event of a stream.
struct LogEvent: Equatable, Sendable {
  var timestamp: Instant
  var message: String
}

/// What was read of one stream, page by page, from a place on.
struct StreamReading: Equatable, Sendable {
  struct Page: Equatable, Sendable {
    /// What was asked with.
    var token: String?
    var events: [LogEvent]
  }

  var key: String
  /// For the lines.
  var label: String
  var start: LogPosition.Place
  var pages: [Page] = []
  /// From where to go on after the pages; nil where the stream is not there.
  var next: String?
  /// There was no more.
  var isAtEnd = false

  /// Without those that were given out before.
  var events: [LogEvent] { Array(pages.lazy.flatMap(\.events).dropFirst(start.skip)) }

  /// The place after so many of ``events``; nil where nothing was ever read.
  func place(after count: Int) -> LogPosition.Place? {
    guard next != nil || !pages.isEmpty else { return nil }
    var left = start.skip + count
    for page in pages {
      if left < page.events.count { return LogPosition.Place(token: page.token, skip: left) }
      left -= page.events.count
    }
    // Less may have been read than is to be skipped; at the end it will never be there.
    return LogPosition.Place(token: next, skip: isAtEnd ? 0 : left)
  }
}

/// Puts the lines of several streams into the order of their times. Pure.
enum LogMerge {
  /// The first `limit` lines of all.
  ///
  /// A stream that has more to give holds the others back: nothing is given out that is later than its last
  /// line. What is not given out is read again with the next page.
  static func page(_ readings: [StreamReading], limit: Int, notes: [String]) -> LogPage {
    let streams = readings.map(\.events)
    let horizon =
      zip(readings, streams).filter { !$0.0.isAtEnd }
      .map { $0.1.map(\.timestamp).max() ?? .distantPast }.min() ?? .distantFuture
    var taken = Array(repeating: 0, count: readings.count)
    var lines: [LogLine] = []
    for entry in ordered(streams) where lines.count < limit {
      guard entry.time <= horizon else { break }
      let event = streams[entry.stream][entry.index]
      lines.append(
        LogLine(timestamp: event.timestamp, container: readings[entry.stream].label, message: event.message))
      taken[entry.stream] += 1
    }
    var places: [String: LogPosition.Place] = [:]
    for (reading, count) in zip(readings, taken) { places[reading.key] = reading.place(after: count) }
    let isAtEnd = readings.allSatisfy(\.isAtEnd) && lines.count == streams.map(\.count).reduce(0, +)
    return LogPage(lines: lines, next: LogPosition(places), isAtEnd: isAtEnd, notes: notes)
  }

  /// The last `limit` lines of streams that were read from their ends backwards.
  static func tail(_ readings: [StreamReading], limit: Int, notes: [String]) -> LogPage {
    let streams = readings.map(\.events)
    let lines = ordered(streams).suffix(limit).map { entry in
      let event = streams[entry.stream][entry.index]
      return LogLine(timestamp: event.timestamp, container: readings[entry.stream].label, message: event.message)
    }
    var places: [String: LogPosition.Place] = [:]
    for reading in readings { places[reading.key] = reading.next.map { LogPosition.Place(token: $0) } }
    return LogPage(lines: lines, next: LogPosition(places), isAtEnd: true, notes: notes)
  }

  private struct Entry {
    /// Never before that of an earlier event of its stream, so that each stream keeps its order.
    var time: Instant
    var stream: Int
    var index: Int
  }

  private static func ordered(_ streams: [[LogEvent]]) -> [Entry] {
    var entries: [Entry] = []
    for (stream, events) in streams.enumerated() {
      var time = Instant.distantPast
      for (index, event) in events.enumerated() {
        time = max(time, event.timestamp)
        entries.append(Entry(time: time, stream: stream, index: index))
      }
    }
    return entries.sorted { ($0.time, $0.stream, $0.index) < ($1.time, $1.stream, $1.index) }
  }
}
