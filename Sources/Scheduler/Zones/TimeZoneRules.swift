public import JobModel

/// The rules by which a time zone's clocks run: which offset from UTC holds when.
///
/// The offset changes of the zone's TZif file (RFC 8536) come as a sorted table; what the file's
/// footer says of the years after it is unrolled into the same table for one Gregorian cycle of 400
/// years. A cycle is a whole number of weeks, so every later instant has the offset of the same
/// instant whole cycles earlier: a lookup is one binary search, for any instant.
public final class TimeZoneRules: Sendable {
  /// The IANA name.
  public let name: String

  /// When the offset changes, in seconds since 1970, ascending. A "change" to the same offset is left out.
  private let changes: [Int64]
  /// The offset before the first change, then after each: one more than there are changes.
  private let offsets: [Int32]
  /// Instants from here on are looked up whole cycles earlier; nil where the last offset holds for ever.
  private let cycleStart: Int64?

  /// UTC, which needs no file.
  public static let utc = TimeZoneRules(name: "UTC", table: OffsetTable(first: 0))

  init(name: String, table: OffsetTable) {
    self.name = name
    changes = table.changes
    offsets = table.offsets
    cycleStart = table.cycleStart
  }
}

/// A stretch of time in which the offset stays the same.
struct OffsetPeriod: Equatable {
  /// The first second, in UTC; `Int64.min` where there is no earlier period.
  var start: Int64
  /// The first second after it, in UTC; `Int64.max` where there is no later period.
  var end: Int64
  /// Seconds east of UTC within, before and after the period.
  var offset: Int64
  var offsetBefore: Int64
  var offsetAfter: Int64

  /// Whether clocks went forward at the start, so that local times were left out.
  var startsWithGap: Bool { start != .min && offset > offsetBefore }
  /// Whether clocks went back at the start, so that local times came again.
  var startsWithOverlap: Bool { start != .min && offset < offsetBefore }
  /// Where the clocks of the period before stood at the start, in seconds of civil time.
  var startOnClocksBefore: Int64 { start + offsetBefore }
}

/// What becomes of a civil time in a zone.
public enum CivilResolution: Hashable, Sendable {
  /// It happens once, as nearly every time does.
  case once(Instant)
  /// Clocks went back over it: it happens twice.
  case twice(first: Instant, second: Instant)
  /// Clocks went forward over it: it never happens. The instant is that of the change, the first after the gap.
  case skipped(at: Instant)

  /// The instants at which clocks show the time, in order.
  public var instants: [Instant] {
    switch self {
    case .once(let instant): [instant]
    case .twice(let first, let second): [first, second]
    case .skipped: []
    }
  }
}

extension TimeZoneRules {
  /// Seconds east of UTC at an instant.
  public func offset(at instant: Instant) -> Int {
    Int(period(at: instant.seconds).offset)
  }

  /// What the zone's clocks show at an instant, to the second.
  public func civil(at instant: Instant) -> CivilTime {
    CivilTime(secondsSince1970: instant.seconds + Int64(offset(at: instant)))
  }

  /// When the zone's clocks show a civil time: once, twice, or never.
  public func resolve(_ civil: CivilTime) -> CivilResolution {
    switch resolve(civilSeconds: civil.secondsSince1970) {
    case .once(let seconds): .once(Instant(seconds: seconds))
    case .twice(let first, let second): .twice(first: Instant(seconds: first), second: Instant(seconds: second))
    case .skipped(let seconds): .skipped(at: Instant(seconds: seconds))
    }
  }

  /// The same as ``CivilResolution``, in seconds since 1970.
  enum SecondsResolution {
    case once(Int64)
    case twice(Int64, Int64)
    case skipped(Int64)
  }

  /// - Parameter civilSeconds: seconds from 1970-01-01T00:00:00 to the civil time, both on the zone's clocks.
  func resolve(civilSeconds: Int64) -> SecondsResolution {
    // No offset is as much as 26 hours (TZif allows just under 25), so the time comes at or after this period.
    var period = period(at: civilSeconds - TimeZoneRules.widestOffset)
    while true {
      let candidate = civilSeconds - period.offset
      if candidate < period.end {
        let again = civilSeconds - period.offsetAfter
        // Also shown in the next period, where clocks went back: only then is `again` past the change.
        return period.end != .max && again >= period.end ? .twice(candidate, again) : .once(candidate)
      }
      if civilSeconds < period.end + period.offsetAfter { return .skipped(period.end) }
      period = self.period(at: period.end)
    }
  }

  /// The offset's period that contains an instant, given in seconds since 1970.
  func period(at seconds: Int64) -> OffsetPeriod {
    var shift: Int64 = 0
    if let cycleStart, seconds >= cycleStart {
      shift = ((seconds - cycleStart) / TimeZoneRules.cycle + 1) * TimeZoneRules.cycle
    }
    let index = countOfChanges(upTo: seconds - shift)
    let isLast = index == changes.count
    return OffsetPeriod(
      start: index == 0 ? .min : changes[index - 1] + shift,
      end: isLast ? .max : changes[index] + shift,
      offset: Int64(offsets[index]),
      offsetBefore: Int64(offsets[max(index - 1, 0)]),
      offsetAfter: Int64(offsets[isLast ? index : index + 1]))
  }

  private func countOfChanges(upTo seconds: Int64) -> Int {
    var low = 0
    var high = changes.count
    while low < high {
      let middle = (low + high) / 2
      if changes[middle] <= seconds { low = middle + 1 } else { high = middle }
    }
    return low
  }

  /// 400 Gregorian years: 146,097 days, which are 20,871 weeks.
  static let cycle: Int64 = 146_097 * 86_400
  private static let widestOffset: Int64 = 26 * 3_600
}

extension TimeZoneRules {
  /// The first instant of a civil day: midnight, or what follows where clocks skip it.
  public func start(of day: CivilDate) -> Instant {
    switch resolve(CivilTime(date: day, hour: 0, minute: 0)) {
    case .once(let instant): instant
    case .twice(let first, _): first
    case .skipped(let instant): instant
    }
  }
}
