public import JobModel

/// A schedule with everything that decides when it fires: bounds, calendars and the offset of a flexible window
/// besides the expression.
///
/// What comes of them, in this order:
///
/// 1. The expression gives *nominal* instants, of which those from ``start`` to ``end`` count, both included. A
///    `rate(…)` counts from ``start`` where there is one, as with the StartDate of EventBridge Scheduler.
/// 2. The ``rule`` looks at the day of each, on the clocks of ``zone``. On a day that is in none of its calendars
///    the slot runs. On another it is left out, or moved to the same local time on the nearest good day after or
///    before. A moved slot is told twice: where it was (``DueSlot/Fate/moved(to:calendar:)``, at its own nominal
///    time, also where its run was earlier), and where it is run. The bounds do not hold for the latter. Several
///    that are moved to the same instant, or to one at which the schedule fires anyway, are one slot.
/// 3. Every slot is dealt with the ``offset`` later.
///
/// The clock's changes on the day that a slot is moved to: of a local time that comes twice the first counts, and
/// for one that does not exist the first instant after the gap. It would be skipped there by EventBridge's rule,
/// but this is one run in place of all that were moved, and skipping it would lose them. A day whose last
/// second does not exist (one that a zone left out, or one that ends in a gap) is no day to move to, since the
/// instant after the gap is on another day. What was fired late because of a gap, as Unix expressions do, is
/// moved with the local time at which it would have fired.
///
/// A value; asking it allocates nothing, and without a rule costs what the expression costs.
public struct DueSchedule: Sendable {
  public var expression: ScheduleExpression
  /// The zone in which the expression and the days of the calendars are read.
  public var zone: TimeZoneRules
  /// The first instant that may be a nominal one.
  public var start: Instant?
  /// The last one.
  public var end: Instant?
  public var rule: CalendarRule?
  /// From a slot's nominal instant to its due one, never negative: see ``FlexibleWindow``.
  public var offset: Duration

  public init(
    expression: ScheduleExpression, zone: TimeZoneRules, start: Instant? = nil, end: Instant? = nil,
    rule: CalendarRule? = nil, offset: Duration = .zero
  ) {
    self.expression = expression
    self.zone = zone
    self.start = start
    self.end = end
    self.rule = rule
    self.offset = offset
  }

  /// The first slot that is due strictly after an instant.
  ///
  /// - Parameters:
  ///   - due: a *due* instant; the last one that was dealt with.
  ///   - rateStart: where a `rate(…)` begins to count if there is no ``start``.
  /// - Returns: nil where nothing is due ever again. The search is bounded: that of the expression by
  ///   ``Limits/scheduleHorizonYears``, that for a good day by ``Moves/reach``.
  public func next(after due: Instant, rateStart: Instant) -> DueSlot? {
    let bound = max(due - offset, .distantPast)
    guard bound < .distantFuture else { return nil }
    let coming = nominal(after: bound, rateStart: rateStart)
    guard let rule else { return coming.map { slot($0, .run) } }
    if rule.treatment == .skip {
      return coming.map { instant in
        let calendar = rule.calendar(of: zone.civil(at: instant).date)
        return slot(instant, calendar.map { .leftOut(calendar: $0.name) } ?? .run)
      }
    }
    let moves = Moves(schedule: self, rule: rule, rateStart: rateStart)
    if let target = moves.target(after: bound, coming: coming), target <= coming ?? target {
      // Where both are the same instant it is on a good day: the schedule's own slot there runs too.
      return slot(target, .run)
    }
    return coming.map { slot($0, moves.fate(of: $0)) }
  }

  /// The first nominal instant strictly after another, within the bounds.
  func nominal(after bound: Instant, rateStart: Instant) -> Instant? {
    let bound = start.map { max(bound, $0 - .milliseconds(1)) } ?? bound
    let found = expression.next(after: bound, in: zone, start: start ?? rateStart)
    return found.flatMap { $0 <= end ?? $0 ? $0 : nil }
  }

  private func slot(_ instant: Instant, _ fate: DueSlot.Fate) -> DueSlot {
    DueSlot(scheduledAt: instant, dueAt: instant + offset, fate: fate)
  }
}
