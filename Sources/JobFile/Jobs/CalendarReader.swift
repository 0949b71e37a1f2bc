internal import JobModel
internal import Scheduler

/// The calendars of a file, by name.
struct Calendars {
  fileprivate(set) var days: [String: DayCalendar] = [:]
  /// All names, also of calendars with mistakes, so that the jobs that take them are judged by themselves.
  fileprivate(set) var names: [String] = []
}

/// Reads `calendars`.
struct CalendarReader {
  var reader: ShapeReader
  let readFile: (String) throws -> String

  /// Repetitions of the events of a file are taken until then: there is no clock here, and a file is read anew
  /// with every reload.
  private static let horizon = CivilDate(year: 2100, month: 12, day: 31)

  mutating func read(_ node: YAMLNode?) -> Calendars {
    var calendars = Calendars()
    guard let node, !node.isNull else { return calendars }
    guard let members = node.members else {
      reader.diagnostics.error(
        "`calendars` must be a mapping of names to calendars, such as `{holidays: \(FileShape.calendar.example)}`; "
          + "found \(node.described())", at: node)
      return calendars
    }
    for member in members {
      if let problem = JobFileForm.plainName.problem(member.key) {
        reader.diagnostics.error(
          "the calendar's name \(problem.message)", at: member.keyPlace, path: member.value.path)
      }
      calendars.names.append(member.key)
      if let calendar = read(member) { calendars.days[member.key] = calendar }
    }
    return calendars
  }

  private mutating func read(_ member: YAMLNode.Member) -> DayCalendar? {
    let node = member.value
    guard let values = reader.read(node, as: .fields(FileShape.calendar), named: member.key)?.objectValue else {
      return nil
    }
    guard node["dates"] != nil || node["weekdays"] != nil || node["file"] != nil else {
      reader.diagnostics.error(
        "the calendar names no days: it needs `dates`, `weekdays` or `file`, such as `\(FileShape.calendar.example)`",
        atKeyOf: node)
      return nil
    }
    var calendar = DayCalendar(name: member.key)
    let words = (values["weekdays"]?.arrayValue ?? []).compactMap(\.stringValue)
    calendar.weekdays = Set(words.compactMap { FileShape.weekdays.firstIndex(of: $0) })
    calendar.dates = Set((values["dates"]?.arrayValue ?? []).compactMap { $0.stringValue.flatMap { CivilDate($0) } })
    if let path = values["file"]?.stringValue, let file = node["file"] {
      guard let dates = dates(ofFile: path, file) else { return nil }
      calendar.dates.formUnion(dates)
    }
    if calendar.dates.isEmpty, calendar.weekdays.isEmpty, !reader.diagnostics.hasErrors {
      reader.diagnostics.warning("the calendar holds no day", atKeyOf: node)
    }
    return calendar
  }

  private mutating func dates(ofFile path: String, _ node: YAMLNode) -> Set<CivilDate>? {
    let text: String
    do {
      text = try readFile(path)
    } catch {
      reader.diagnostics.error("the calendar `\(path)` cannot be read: \(error)", at: node)
      return nil
    }
    do {
      return try CalendarFile.dates(text, name: path, through: CalendarReader.horizon)
    } catch {
      if let line = error.line {
        reader.diagnostics.add(
          .error, error.message, at: Place(line: line, column: 1), path: "", in: SourceText(name: path, text: text))
      } else {
        reader.diagnostics.error("the calendar `\(path)`: \(error.message)", at: node)
      }
      return nil
    }
  }
}
