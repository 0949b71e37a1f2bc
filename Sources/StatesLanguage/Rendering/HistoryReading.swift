public import JobModel

/// A run's history as JSON, in each of the forms in which people have one.
public enum HistoryReading {
  /// What is wrong with a history, and where.
  public struct Problem: Error, Equatable, Sendable {
    /// RFC 6901.
    public var pointer: String
    public var message: String

    public init(pointer: String, message: String) {
      self.pointer = pointer
      self.message = message
    }
  }

  /// Reads what `jobd machine run --history`, `jobd ctl history RUN --json`, the control API, or Step Functions'
  /// GetExecutionHistory answers: a list of events, or an object that has it as `history` or `events`.
  ///
  /// Timestamps are not needed, and one in another form is taken for 1970.
  public static func events(in json: JSONValue) throws(Problem) -> [HistoryEvent] {
    let key = ["history", "events"].first { json[$0] != nil }
    let list = key.flatMap { json[$0] } ?? json
    let place = key.map { "/\($0)" } ?? ""
    guard let elements = list.arrayValue else {
      let found = key == nil && json.objectValue != nil ? "an object without history or events" : list.kind
      throw Problem(pointer: place, message: "A history is a list of events, not \(found)")
    }
    guard elements.count <= MachineLimits.large.events else {
      throw Problem(pointer: place, message: "A history has at most \(MachineLimits.large.events) events")
    }
    var events: [HistoryEvent] = []
    var seen: Set<Int> = []
    for (index, element) in elements.enumerated() {
      let event = try event(element, at: "\(place)/\(index)")
      guard seen.insert(event.id).inserted else {
        throw Problem(pointer: "\(place)/\(index)/id", message: "There is an event \(event.id) already")
      }
      events.append(event)
    }
    return events
  }

  private static func event(_ json: JSONValue, at pointer: String) throws(Problem) -> HistoryEvent {
    guard let members = json.objectValue else {
      throw Problem(pointer: pointer, message: "An event is an object, not \(json.kind)")
    }
    guard let id = members["id"]?.integerValue.flatMap({ Int(exactly: $0) }), id > 0 else {
      throw Problem(pointer: pointer, message: "An event needs an id, a whole number from 1")
    }
    guard let type = members["type"]?.stringValue else {
      throw Problem(pointer: pointer, message: "An event needs a type, such as TaskStateEntered")
    }
    let previous = (members["previousID"] ?? members["previousEventId"])?.integerValue ?? 0
    return HistoryEvent(
      id: id, previousID: Int(exactly: previous) ?? 0,
      timestamp: members["timestamp"]?.stringValue.flatMap { Instant($0) } ?? Instant(seconds: 0), type: type,
      // Step Functions shows the details as members of the event itself.
      details: members["details"] ?? json)
  }
}
