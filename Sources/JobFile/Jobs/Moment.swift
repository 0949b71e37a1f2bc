internal import JobModel
internal import Scheduler

/// What bounds a schedule: a day or a time on the schedule's clocks, or an instant.
enum Moment: Equatable {
  case day(CivilDate)
  case local(CivilTime)
  case instant(Instant)

  /// `2026-11-21`, `2026-11-21T03:00:00` (the seconds may be left out), or an instant of RFC 3339.
  init?(_ text: String) {
    if let day = CivilDate(text) {
      self = .day(day)
    } else if let instant = Instant(text) {
      self = .instant(instant)
    } else if let local = Instant(text + "Z") ?? Instant(text + ":00Z") {
      self = .local(CivilTime(secondsSince1970: local.seconds))
    } else {
      return nil
    }
  }

  /// The first instant that it names.
  func start(in zone: TimeZoneRules) -> Instant {
    switch self {
    case .day(let day): zone.start(of: day)
    case .local(let time):
      switch zone.resolve(time) {
      case .once(let instant), .twice(let instant, _), .skipped(let instant): instant
      }
    case .instant(let instant): instant
    }
  }

  /// The last instant that it names: a day ends with its last millisecond.
  func end(in zone: TimeZoneRules) -> Instant {
    switch self {
    case .day(let day): min(zone.start(of: day.adding(days: 1)) - .milliseconds(1), .distantFuture)
    case .local(let time):
      switch zone.resolve(time) {
      case .once(let instant), .twice(_, let instant), .skipped(let instant): instant
      }
    case .instant(let instant): instant
    }
  }
}
