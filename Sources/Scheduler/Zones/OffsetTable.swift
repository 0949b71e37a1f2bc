internal import JobModel

/// Offsets from UTC and when they change: what a TZif file comes down to for a schedule.
struct OffsetTable: Equatable {
  /// Seconds since 1970, ascending.
  private(set) var changes: [Int64] = []
  /// Seconds east of UTC: before the first change, then after each.
  private(set) var offsets: [Int32]
  /// From here on the table repeats itself every 400 years; nil where the last offset stays.
  private(set) var cycleStart: Int64?

  init(first: Int32) {
    offsets = [first]
  }

  /// Adds a change; one that is earlier than the last, or that changes nothing, is left out. One at
  /// the same instant as the last takes its place.
  mutating func append(_ offset: Int32, from seconds: Int64) {
    if let last = changes.last, seconds <= last {
      guard seconds == last else { return }
      changes.removeLast()
      offsets.removeLast()
    }
    guard offset != offsets[offsets.count - 1] else { return }
    changes.append(seconds)
    offsets.append(offset)
  }

  /// Adds what a footer says of the time after the table, for a cycle of 400 years and the year after it.
  ///
  /// - Parameter last: the last change that the file has, also one that the table leaves out; nil where it has none.
  mutating func extend(by footer: FooterRules, after last: Int64?) {
    guard let daylight = footer.daylight else {
      if let last { append(footer.standardOffset, from: last) } else { offsets = [footer.standardOffset] }
      return
    }
    let firstYear = last.map { CivilTime(secondsSince1970: $0).date.year } ?? 1900
    let lastYear = firstYear + 402
    for year in firstYear...lastYear {
      let toDaylight = daylight.start.seconds(in: year) - Int64(footer.standardOffset)
      let toStandard = daylight.end.seconds(in: year) - Int64(daylight.offset)
      let both = [(toDaylight, daylight.offset), (toStandard, footer.standardOffset)].sorted { $0.0 < $1.0 }
      for (seconds, offset) in both where seconds > last ?? .min { append(offset, from: seconds) }
    }
    let start = CivilDate(year: firstYear + 401, month: 1, day: 1)
    cycleStart = Int64(start.daysSince1970) * 86_400
  }
}
