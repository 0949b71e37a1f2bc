internal import JobModel

/// A VEVENT: when it begins, how many days it touches, how it repeats.
struct CalendarEvent {
  /// Where it begins in the file.
  let line: Int
  let isCancelled: Bool
  /// Its UID, which the events that replace one of its repetitions share.
  let identifier: String?
  /// The repetition that it replaces (RECURRENCE-ID).
  let repetition: CivilDate?
  let excluded: Set<CivilDate>
  /// Days, from 1.
  let length: Int
  private let start: CivilDate
  private let added: [CivilDate]
  private let rule: YearlyRule?

  /// - Parameter lines: its own properties, without those of its alarms.
  init(_ lines: [CalendarLine], line: Int) throws(CalendarFault) {
    self.line = line
    let properties = EventProperties(lines: lines)
    isCancelled = try properties.single("STATUS")?.value.uppercased() == "CANCELLED"
    identifier = try properties.single("UID")?.value
    if let line = try properties.single("RECURRENCE-ID") {
      if line.parameters["RANGE"] != nil {
        throw line.fault("RECURRENCE-ID with RANGE is not read: write the later events as events of their own")
      }
      repetition = try CalendarMoment(line.value, of: line).date
    } else {
      repetition = nil
    }
    guard let begin = try properties.single("DTSTART") else {
      throw CalendarFault(line: line, message: "the event that begins here has no DTSTART")
    }
    let first = try CalendarMoment(begin.value, of: begin)
    start = first.date
    if isCancelled {
      // Nothing more of it matters, and what cannot be read of it need not.
      (length, excluded, added, rule) = (1, [], [], nil)
      return
    }
    length = try CalendarEvent.length(from: first, properties)
    excluded = Set(try properties.dates("EXDATE"))
    added = try properties.dates("RDATE")
    if let line = properties.lines.first(where: { $0.name == "EXRULE" }) {
      throw line.fault("EXRULE is not read: name the days in EXDATE")
    }
    rule = try properties.single("RRULE").map { line throws(CalendarFault) in try YearlyRule(line) }
  }

  /// The days on which it and its repetitions begin; some may come twice.
  ///
  /// - Parameter attempts: how many days rules may still try; less afterwards.
  func starts(through horizon: CivilDate, attempts: inout Int) throws(CalendarFault) -> [CivilDate] {
    guard let rule else { return [start] + added }
    return try rule.starts(from: start, through: horizon, attempts: &attempts) + added
  }

  private static func length(
    from start: CalendarMoment, _ properties: EventProperties
  ) throws(CalendarFault) -> Int {
    let end = try properties.single("DTEND")
    let duration = try properties.single("DURATION")
    if let end, duration != nil { throw end.fault("an event has DTEND or DURATION, and not both") }
    guard let line = end ?? duration else { return 1 }
    let seconds: Int64
    if end != nil {
      seconds = try CalendarMoment(line.value, of: line).seconds - start.seconds
    } else {
      seconds = try CalendarDuration.seconds(line)
    }
    if seconds < 0 { throw line.fault("the event ends before it begins: its DTSTART is \(start.date)") }
    // The end is not part of it. An event of no length, which is often written for one day, is on its first.
    let last = CivilTime(secondsSince1970: start.seconds + max(seconds - 1, 0)).date
    if last.year > 9999 { throw line.fault("the event ends after the year 9999") }
    return last.daysSince1970 - start.date.daysSince1970 + 1
  }
}

/// The properties of one event.
private struct EventProperties {
  let lines: [CalendarLine]

  /// A property that an event has at most once.
  func single(_ name: String) throws(CalendarFault) -> CalendarLine? {
    let found = lines.filter { $0.name == name }
    if found.count > 1 {
      throw found[1].fault("the event has a second \(name): the first is in line \(found[0].number)")
    }
    return found.first
  }

  /// The days of a property that is a list and may come several times.
  func dates(_ name: String) throws(CalendarFault) -> [CivilDate] {
    var dates: [CivilDate] = []
    for line in lines where line.name == name {
      for item in line.value.split(separator: ",", omittingEmptySubsequences: false) {
        dates.append(try CalendarMoment(String(item), of: line).date)
      }
    }
    return dates
  }
}
