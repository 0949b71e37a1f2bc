/// A named set of days: holidays, weekends, days of maintenance.
public struct DayCalendar: Hashable, Sendable {
  public var name: String
  public var dates: Set<CivilDate>
  /// Days of every week, 0 for Sunday to 6 for Saturday.
  public var weekdays: Set<Int>

  public init(name: String, dates: Set<CivilDate> = [], weekdays: Set<Int> = []) {
    self.name = name
    self.dates = dates
    self.weekdays = weekdays
  }

  public func contains(_ day: CivilDate) -> Bool { weekdays.contains(day.weekday) || dates.contains(day) }
}

/// What becomes of a job's slots on the days of some calendars.
public struct CalendarRule: Hashable, Sendable {
  public enum Treatment: String, Sendable, CaseIterable {
    /// The slot is not run.
    case skip
    /// It is run at the same local time on the next day that is in none of the calendars.
    case next
    /// The same, on the nearest such day before.
    case previous
  }

  public var calendars: [DayCalendar]
  public var treatment: Treatment

  public init(calendars: [DayCalendar], treatment: Treatment = .skip) {
    self.calendars = calendars
    self.treatment = treatment
  }

  /// The calendar that a day is in; nil for a day that is in none.
  public func calendar(of day: CivilDate) -> DayCalendar? { calendars.first { $0.contains(day) } }
}
