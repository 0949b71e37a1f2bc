public import JobModel

/// One time at which a job's schedule has something to do: a slot to run, or the record of one that is not run.
public struct DueSlot: Hashable, Sendable {
  /// Nominal: what the expression says; for a slot that a calendar moved here, the instant that it was moved to.
  public var scheduledAt: Instant
  /// When it is dealt with: ``scheduledAt`` and the schedule's offset.
  public var dueAt: Instant
  public var fate: Fate

  public init(scheduledAt: Instant, dueAt: Instant, fate: Fate) {
    self.scheduledAt = scheduledAt
    self.dueAt = dueAt
    self.fate = fate
  }

  /// What the calendars make of a slot.
  public enum Fate: Hashable, Sendable {
    /// It is run, where it was or where it was moved to.
    case run
    /// It is not run, because of the named calendar.
    case leftOut(calendar: String)
    /// It is run at another instant, because of the named calendar. The instant is nominal, and has a slot of its own.
    case moved(to: Instant, calendar: String)
  }
}
