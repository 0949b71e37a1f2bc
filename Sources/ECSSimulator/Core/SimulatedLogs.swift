internal import JobModel

/// What containers wrote, in CloudWatch Logs' groups and streams, as a value: GetLogEvents, DescribeLogStreams,
/// DescribeLogGroups and CreateLogGroup. A group exists once a task definition names it.
///
/// Everything is in memory and bounded: of a stream the newest lines are kept, and where old ones are not, a
/// line says so; of all streams those that are written to, and the newest.
struct SimulatedLogs: Sendable {
  struct StreamName: Hashable, Sendable {
    var group: String
    var stream: String
  }

  let arns: ResourceNames
  /// Bytes that are kept of a stream.
  let streamBytes: Int
  /// With the time of their creation.
  private var groups: [String: Instant] = [:]
  private var streams: [StreamName: LogStreamContent] = [:]
  /// In the order of their creation.
  private var order: [StreamName] = []
  /// Where containers write that run.
  private var writers: [ContainerKey: StreamName] = [:]
  private var bytes = 0

  init(arns: ResourceNames, streamBytes: Int) {
    self.arns = arns
    self.streamBytes = streamBytes
  }

  mutating func createGroup(_ name: String, at now: Instant) {
    if groups[name] == nil { groups[name] = now }
  }

  /// A container begins to write.
  mutating func open(_ key: ContainerKey, _ name: StreamName, at now: Instant) {
    createGroup(name.group, at: now)
    if streams[name] == nil {
      streams[name] = LogStreamContent(createdAt: now)
      order.append(name)
    }
    writers[key] = name
    if order.count > SimulatorLimits.logStreams { dropStreams(order.count / 10) }
  }

  mutating func append(_ output: [UInt8], from key: ContainerKey, at now: Instant) {
    change(key) { $0.append(output, at: now) }
    guard bytes > SimulatorLimits.logBytes else { return }
    let open = Set(writers.values)
    for name in order.filter({ !open.contains($0) }) + order.filter(open.contains)
    where bytes > SimulatorLimits.logBytes / 4 * 3 {
      bytes -= streams[name]?.dropAll() ?? 0
    }
  }

  /// A container has ended: a last line needs no line break.
  mutating func close(_ key: ContainerKey, at now: Instant) {
    change(key) { $0.endLine(at: now) }
    writers[key] = nil
  }

  private mutating func change(_ key: ContainerKey, _ body: (inout LogStreamContent) -> Void) {
    guard let name = writers[key], var content = streams.removeValue(forKey: name) else { return }
    bytes -= content.bytes
    body(&content)
    content.keep(streamBytes)
    bytes += content.bytes
    streams[name] = content
  }

  private mutating func dropStreams(_ count: Int) {
    for name in order.prefix(count) { bytes -= streams.removeValue(forKey: name)?.bytes ?? 0 }
    order.removeFirst(min(count, order.count))
  }
}

/// The operations (CloudWatch Logs API).
extension SimulatedLogs {
  mutating func perform(_ operation: String, _ input: JSONObject, at now: Instant) throws(ServiceError) -> JSONValue {
    switch operation {
    case "GetLogEvents": return try getLogEvents(input)
    case "DescribeLogStreams": return try describeLogStreams(input)
    case "DescribeLogGroups": return try describeLogGroups(input)
    case "CreateLogGroup":
      guard let name = try input.string("logGroupName"), SimulatedLogs.isGroupName(name) else {
        throw .invalidParameter("logGroupName must be 1 to 512 characters of letters, digits and . - _ / #")
      }
      guard groups[name] == nil else {
        throw ServiceError(
          code: "ResourceAlreadyExistsException", message: "The specified log group already exists")
      }
      createGroup(name, at: now)
      return [:]
    default: throw .unknownOperation
    }
  }

  private func getLogEvents(_ input: JSONObject) throws(ServiceError) -> JSONValue {
    let group = try group(input)
    let name = StreamName(group: group, stream: try input.string("logStreamName") ?? "")
    guard let content = streams[name] else {
      throw ServiceError(
        code: "ResourceNotFoundException", message: "The specified log stream does not exist.")
    }
    return try content.page(LogEventsRequest(input))
  }

  private func describeLogStreams(_ input: JSONObject) throws(ServiceError) -> JSONValue {
    let group = try group(input)
    let prefix = try input.string("logStreamNamePrefix") ?? ""
    let isByTime = try input.string("orderBy") == "LastEventTime"
    guard !isByTime || prefix.isEmpty else {
      throw .invalidParameter("Cannot order by LastEventTime with a logStreamNamePrefix.")
    }
    var found = order.filter { $0.group == group && $0.stream.hasPrefix(prefix) }
    if isByTime {
      found.sort { (streams[$0]?.lastEventAt ?? .distantPast) < (streams[$1]?.lastEventAt ?? .distantPast) }
    } else {
      found.sort { $0.stream < $1.stream }
    }
    if try input.bool("descending") ?? false { found.reverse() }
    return try page(input, "logStreams", found.map(json))
  }

  private func describeLogGroups(_ input: JSONObject) throws(ServiceError) -> JSONValue {
    let prefix = try input.string("logGroupNamePrefix") ?? ""
    let pattern = try input.string("logGroupNamePattern")?.lowercased() ?? ""
    let found = groups.keys.sorted().filter { name in
      name.hasPrefix(prefix) && (pattern.isEmpty || name.lowercased().contains(pattern))
    }
    return try page(input, "logGroups", found.map(json))
  }

  private func group(_ input: JSONObject) throws(ServiceError) -> String {
    let name = try input.string("logGroupName")
    let identifier = try input.string("logGroupIdentifier")
    guard (name == nil) != (identifier == nil) else {
      throw .invalidParameter("Exactly one of logGroupName and logGroupIdentifier must be given.")
    }
    let group = name ?? ResourceNames.logGroup(identifier ?? "")
    guard groups[group] != nil else {
      throw ServiceError(code: "ResourceNotFoundException", message: "The specified log group does not exist.")
    }
    return group
  }

  /// At most 50 a page, which is also the default.
  private func page(_ input: JSONObject, _ key: String, _ elements: [JSONValue]) throws(ServiceError) -> JSONValue {
    let size = try input.integer("limit") ?? 50
    guard (1...50).contains(size) else { throw .invalidParameter("limit must be between 1 and 50.") }
    let start = try Page.token(input) ?? 0
    guard start <= elements.count else { throw .invalidParameter("The specified nextToken is invalid.") }
    let end = min(start + size, elements.count)
    var answer: JSONObject = [key: .array(Array(elements[start..<end]))]
    if end < elements.count { answer["nextToken"] = .string(String(end)) }
    return .object(answer)
  }

  private func json(_ name: StreamName) -> JSONValue {
    guard let content = streams[name] else { return .null }
    var json: JSONObject = [
      "logStreamName": .string(name.stream), "creationTime": .integer(content.createdAt.milliseconds),
      "arn": .string(arns.logGroup(name.group) + ":log-stream:" + name.stream), "storedBytes": 0,
      "uploadSequenceToken": "1",
    ]
    if let first = content.firstEventAt, let last = content.lastEventAt {
      json["firstEventTimestamp"] = .integer(first.milliseconds)
      json["lastEventTimestamp"] = .integer(last.milliseconds)
      json["lastIngestionTime"] = .integer(last.milliseconds)
    }
    return .object(json)
  }

  private func json(_ group: String) -> JSONValue {
    [
      "logGroupName": .string(group), "creationTime": .integer(groups[group]?.milliseconds ?? 0),
      "metricFilterCount": 0, "arn": .string(arns.logGroup(group) + ":*"), "storedBytes": 0,
      "logGroupClass": "STANDARD", "logGroupArn": .string(arns.logGroup(group)),
    ]
  }

  private static func isGroupName(_ name: String) -> Bool { name.wholeMatch(of: /[.\-_\/#A-Za-z0-9]{1,512}/) != nil }
}

extension ResourceNames {
  func logGroup(_ name: String) -> String { "arn:aws:logs:\(region):\(accountID):log-group:\(name)" }

  /// The name in a log group's ARN, with or without `:*` at its end; a plain name stays itself.
  static func logGroup(_ identifier: String) -> String {
    let parts = identifier.split(separator: ":", maxSplits: 6, omittingEmptySubsequences: false)
    guard parts.count == 7, parts[0] == "arn" else { return identifier }
    return String(parts[6].hasSuffix(":*") ? parts[6].dropLast(2) : parts[6])
  }
}
