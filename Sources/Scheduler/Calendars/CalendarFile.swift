public import JobModel

/// Reads the days of an iCalendar file (RFC 5545), as calendars are exported and holidays are published.
///
/// Every day that an event touches counts. Of an event are read:
///
/// * DTSTART, as a date or as a date and time. Of the latter the date is taken as it is written, in
///   whatever zone: the days of a calendar are civil days.
/// * DTEND, which is exclusive, or DURATION; several days are all taken.
/// * RRULE with FREQ=YEARLY, INTERVAL, COUNT, UNTIL, BYMONTH and BYMONTHDAY. Any other rule is refused: a calendar
///   that silently lacks days lets jobs run on them.
/// * RDATE, EXDATE, and RECURRENCE-ID for one repetition that was moved.
/// * STATUS:CANCELLED, with which an event is left out.
///
/// Everything else (descriptions, alarms, time zones, tasks, properties of vendors) is passed over.
public enum CalendarFile {
  /// Bytes of a file. A country's holidays of ten years take around 50 kB.
  public static let byteLimit = 1 << 20
  /// Days of a file, each as often as events have it.
  public static let dateLimit = 100_000

  /// The days of all events.
  ///
  /// - Parameters:
  ///   - text: the file, decoded with repairs (`String(decoding:as:)`): its folds may part the bytes of a character.
  ///   - name: what the file is called in an error.
  ///   - horizon: the last day on which a repetition may begin; rules without an end go on for ever.
  /// - Throws: the first mistake, with its line.
  public static func dates(
    _ text: String, name: String, through horizon: CivilDate
  ) throws(CalendarFileError) -> Set<CivilDate> {
    do {
      return try read(text, through: horizon)
    } catch {
      throw CalendarFileError(name: name, line: error.line, message: error.message)
    }
  }

  private static func read(_ text: String, through horizon: CivilDate) throws(CalendarFault) -> Set<CivilDate> {
    if text.utf8.count > byteLimit {
      throw CalendarFault(
        line: nil, message: "a calendar has at most \(byteLimit) bytes, and this one \(text.utf8.count): split it")
    }
    var expansion = CalendarExpansion(horizon: horizon)
    for event in try CalendarComponents.events(in: try CalendarLine.lines(of: text)) { expansion.gather(event) }
    return try expansion.dates()
  }
}

/// Why a calendar file cannot be read.
public struct CalendarFileError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The file, as the caller called it.
  public let name: String
  /// From 1; of a folded line the first. Nil where the whole file is meant.
  public let line: Int?
  /// What is wrong and what would be right, without the place.
  public let message: String

  public var description: String { name + (line.map { ":\($0)" } ?? "") + ": " + message }
}

/// What is wrong in a file whose name is known further up.
struct CalendarFault: Error {
  var line: Int?
  var message: String
}

/// Puts the days of the events together.
struct CalendarExpansion {
  let horizon: CivilDate
  private var events: [CalendarEvent] = []
  /// For the UID of an event the repetitions that have an event of their own.
  private var replaced: [String: Set<CivilDate>] = [:]
  /// Days that rules may still try, whether they exist or not: what bounds a rule for a February 30.
  private var attempts = 1_000_000

  init(horizon: CivilDate) {
    self.horizon = horizon
  }

  mutating func gather(_ event: CalendarEvent) {
    if let identifier = event.identifier, let repetition = event.repetition {
      replaced[identifier, default: []].insert(repetition)
    }
    if !event.isCancelled { events.append(event) }
  }

  mutating func dates() throws(CalendarFault) -> Set<CivilDate> {
    var dates: Set<CivilDate> = []
    var count = 0
    for event in events {
      let others = event.repetition == nil ? event.identifier.flatMap { replaced[$0] } ?? [] : []
      for start in try event.starts(through: horizon, attempts: &attempts)
      where !event.excluded.contains(start) && !others.contains(start) {
        count += event.length
        if count > CalendarFile.dateLimit {
          throw CalendarFault(
            line: event.line,
            message: "with this event the calendar has more than \(CalendarFile.dateLimit) days: shorten it")
        }
        for day in 0..<event.length { dates.insert(start.adding(days: day)) }
      }
    }
    return dates
  }
}
