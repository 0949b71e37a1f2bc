internal import Foundation
internal import JobModel

/// When the schedules of a job file are due, by going through the minutes of a zone's clocks with Foundation's time
/// zones.
struct LocalTimes {
  /// A while of one offset, in seconds since 1970.
  private struct Segment {
    var from: Int64
    var to: Int64
    var offset: Int64
    /// Of the segment before; the same for the first one.
    var before: Int64
  }

  private let segments: [Segment]

  init(zone name: String, _ range: ClosedRange<Instant>) {
    let zone = TimeZone(identifier: name)
    func offset(_ seconds: Int64) -> Int64 {
      Int64(zone?.secondsFromGMT(for: Date(timeIntervalSince1970: Double(seconds))) ?? 0)
    }
    let (first, last) = (range.lowerBound.seconds, range.upperBound.seconds)
    var segments = [Segment(from: first, to: last, offset: offset(first), before: offset(first))]
    // Clocks do not change twice within six hours.
    for place in stride(from: first, to: last, by: 6 * 3_600) {
      let next = min(place + 6 * 3_600, last)
      let (old, new) = (segments[segments.count - 1].offset, offset(next))
      if old == new { continue }
      var (low, high) = (place, next)
      while high - low > 1 {
        let middle = (low + high) / 2
        if offset(middle) == old { low = middle } else { high = middle }
      }
      segments[segments.count - 1].to = high
      segments.append(Segment(from: high, to: last, offset: new, before: old))
    }
    self.segments = segments
  }

  func day(of instant: Instant) -> CivilDate {
    let segment = segments.last { $0.from <= instant.seconds } ?? segments[0]
    return CivilTime(secondsSince1970: instant.seconds + segment.offset).date
  }

  /// The first instant of a day.
  func start(of day: CivilDate) -> Instant {
    let civil = Int64(day.daysSince1970) * 86_400
    for segment in segments where civil - segment.offset < segment.to {
      return Instant(
        seconds: segment.from == segments[0].from ? civil - segment.offset : max(segment.from, civil - segment.offset))
    }
    return .distantFuture
  }

  /// In order.
  func dueTimes(of schedule: SimulatedJob.Schedule) -> [Instant] {
    segments.flatMap { segment -> [Instant] in
      var due: [Int64] = []
      if schedule.isUnix {
        // What falls into a gap runs right after it, once.
        let gap = stride(from: segment.from + segment.before, to: segment.from + segment.offset, by: 60)
        if gap.contains(where: { schedule.matches(CivilTime(secondsSince1970: $0)) }) { due.append(segment.from) }
      }
      // What clocks have shown before the change does not come again.
      let first = segment.from + max(segment.before, segment.offset)
      for civil in stride(from: (first + 59) / 60 * 60, to: segment.to + segment.offset, by: 60)
      where schedule.matches(CivilTime(secondsSince1970: civil)) {
        due.append(civil - segment.offset)
      }
      return due.map { Instant(seconds: $0) }
    }
  }
}

extension SimulatedJob.Schedule {
  fileprivate var isUnix: Bool { if case .dailyUnix = self { true } else { false } }

  fileprivate func matches(_ time: CivilTime) -> Bool {
    switch self {
    case .daily(let hour, let minute), .dailyUnix(let hour, let minute): time.hour == hour && time.minute == minute
    case .everyMinutes(let minutes): time.minute % minutes == 0
    case .hourly(let minute): time.minute == minute
    case .weekdays(let hour, let minute):
      time.hour == hour && time.minute == minute && (1...5).contains(time.date.weekday)
    }
  }
}
