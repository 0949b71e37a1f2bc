internal import AWSClient
internal import JobModel

/// Reads one stream with GetLogEvents (CloudWatch Logs API). The client waits for the rate limit and repeats
/// what was throttled.
struct LogReader: Sendable {
  var caller: any AWSCaller

  /// From a place on, until there are `wanted` lines or there is no more.
  ///
  /// An answer may be empty although there is more; the end is where the token that was passed comes back.
  func forward(
    _ stream: LogStream, label: String, from place: LogPosition.Place, wanted: Int
  ) async throws(AWSError) -> StreamReading {
    var reading = StreamReading(key: stream.key, label: label, start: place, next: place.token)
    var got = 0
    var bytes = 0
    for _ in 0..<LogLimits.callsPerStream where got < wanted + place.skip && bytes < LogLimits.streamBytes {
      let passed = reading.next
      let answer = try await ask(
        stream, token: passed, isFromHead: true, limit: wanted + place.skip - got)
      reading.next = answer.forward
      if answer.forward == passed {
        reading.isAtEnd = true
        break
      }
      if answer.events.isEmpty { continue }
      reading.pages.append(StreamReading.Page(token: passed, events: answer.events))
      got += answer.events.count
      bytes += answer.events.reduce(0) { $0 + $1.message.utf8.count }
    }
    return reading
  }

  /// The last `wanted` lines, and from where to go on after them.
  func backward(_ stream: LogStream, label: String, wanted: Int) async throws(AWSError) -> StreamReading {
    var answer = try await ask(stream, token: nil, isFromHead: false, limit: wanted)
    var reading = StreamReading(key: stream.key, label: label, start: LogPosition.Place(), next: answer.forward)
    var events = answer.events
    var bytes = 0
    for _ in 1..<LogLimits.callsPerStream where events.count < wanted && bytes < LogLimits.streamBytes {
      let passed = answer.backward
      answer = try await ask(stream, token: passed, isFromHead: false, limit: wanted - events.count)
      if answer.backward == passed { break }
      events = answer.events + events
      bytes += answer.events.reduce(0) { $0 + $1.message.utf8.count }
    }
    reading.pages = [StreamReading.Page(token: nil, events: events)]
    reading.isAtEnd = true
    return reading
  }

  private struct Answer {
    var events: [LogEvent]
    var forward: String
    var backward: String
  }

  private func ask(
    _ stream: LogStream, token: String?, isFromHead: Bool, limit: Int
  ) async throws(AWSError) -> Answer {
    var input: JSONObject = [
      "logGroupName": .string(stream.group.name), "logStreamName": .string(stream.name ?? ""),
      "startFromHead": .bool(isFromHead), "limit": .integer(Int64(min(max(limit, 1), LogLimits.pageLines))),
    ]
    if let token { input["nextToken"] = .string(token) }
    let answer = try await caller.call(
      .logs, "GetLogEvents", .object(input), options: AWSCallOptions(region: stream.group.region))
    guard let events = answer["events"]?.arrayValue, let forward = answer["nextForwardToken"]?.stringValue,
      let backward = answer["nextBackwardToken"]?.stringValue
    else {
      throw AWSError(
        kind: .ambiguous, code: "MalformedResponse", message: "GetLogEvents answered without events or tokens")
    }
    return Answer(events: events.compactMap(LogReader.event), forward: forward, backward: backward)
  }

  private static func event(_ event: JSONValue) -> LogEvent? {
    guard let message = event["message"]?.stringValue, let timestamp = event["timestamp"]?.integerValue else {
      return nil
    }
    return LogEvent(
      timestamp: Instant(milliseconds: timestamp), message: clipped(message, toBytes: LogLimits.lineBytes))
  }
}
