/// How the components of an iCalendar file stand in one another: VCALENDAR, in it VEVENT, in that VALARM.
struct CalendarComponents {
  /// How deep they may stand; an alarm is the third.
  private static let depth = 16

  private var open: [(name: String, line: Int)] = []
  /// Of the event that is being read.
  private var properties: [CalendarLine] = []
  private var events: [CalendarEvent] = []

  /// The events of a file; a file may hold several calendars, one after the other.
  static func events(in lines: [CalendarLine]) throws(CalendarFault) -> [CalendarEvent] {
    var components = CalendarComponents()
    for line in lines { try components.take(line) }
    if let (name, line) = components.open.last {
      throw CalendarFault(line: line, message: "\(name) has no end: the file was cut off, or END:\(name) is missing")
    }
    if lines.isEmpty {
      throw CalendarFault(line: nil, message: "the file is empty: an iCalendar file begins with BEGIN:VCALENDAR")
    }
    return components.events
  }

  private mutating func take(_ line: CalendarLine) throws(CalendarFault) {
    let name = line.value.uppercased()
    if line.name == "BEGIN", !open.isEmpty || name == "VCALENDAR" {
      if open.count == CalendarComponents.depth {
        throw line.fault("components stand more than \(CalendarComponents.depth) deep in one another")
      }
      open.append((printable(name), line.number))
      if isInEvent { properties = [] }
    } else if open.isEmpty {
      throw line.fault("a calendar begins with BEGIN:VCALENDAR, and \(line.name) is outside of any")
    } else if line.name == "END" {
      try end(name, line)
    } else if isInEvent {
      properties.append(line)
    }
  }

  private var isInEvent: Bool { open.count == 2 && open[1].name == "VEVENT" }

  private mutating func end(_ name: String, _ line: CalendarLine) throws(CalendarFault) {
    guard let last = open.last else { return }
    guard last.name == printable(name) else {
      throw line.fault(
        "END:\(printable(name)) where END:\(last.name) is due, for the BEGIN in line \(last.line)")
    }
    let isEvent = isInEvent
    open.removeLast()
    if isEvent { events.append(try CalendarEvent(properties, line: last.line)) }
  }
}
