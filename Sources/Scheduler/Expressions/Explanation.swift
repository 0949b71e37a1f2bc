internal import JobModel

extension ScheduleExpression {
  /// The expression in one readable sentence: `At 03:00 every day (Asia/Tokyo).`
  ///
  /// What becomes of it when clocks change is said where it can happen, in that zone with these times.
  ///
  /// - Parameter zoneName: an IANA name. One that is not known is shown all the same.
  public func explanation(in zoneName: String) -> String {
    explanation(in: zoneName, rules: try? TimeZoneRules.named(zoneName))
  }

  /// The same for a zone that has been read already, perhaps from another database than the system's.
  public func explanation(in zone: TimeZoneRules) -> String {
    explanation(in: zone.name, rules: zone)
  }

  private func explanation(in zoneName: String, rules: TimeZoneRules?) -> String {
    switch timing {
    case .rate(let rate):
      let length = rate.count == 1 ? rate.unit.rawValue : "\(rate.count) \(rate.unit.rawValue)s"
      return "Every \(length), counted from the start."
    case .at(let civil):
      return "Once, at \(clockTime(civil)) on \(civil.date) (\(zoneName))\(fate(of: civil, in: rules))."
    case .calendar(let schedule):
      let time = TimePhrase(schedule.fields)
      let days = DayPhrase(schedule.fields).text
      let everyDay = days.isEmpty && time.isDaily ? " every day" : ""
      return time.text + everyDay + (days.isEmpty ? "" : " " + days) + " (\(zoneName))"
        + schedule.clause(in: rules) + "."
    }
  }

  private func fate(of civil: CivilTime, in zone: TimeZoneRules?) -> String {
    guard let zone else { return "" }
    switch zone.resolve(civil) {
    case .once: return ""
    case .twice: return "; clocks show this time twice, and it fires at the first"
    case .skipped: return "; clocks skip this time, so it never fires"
    }
  }
}

extension CalendarSchedule {
  /// What has to be said besides: that it never fires, or what clock changes do to it.
  fileprivate func clause(in zone: TimeZoneRules?) -> String {
    let start1970: Int64 = 0
    guard fields.first(from: start1970) != nil else { return "; no calendar has such a day, so it never fires" }
    guard let zone else { return "" }
    let (meetsGap, meetsOverlap) = collisions(in: zone)
    let gap: String? =
      switch daylight {
      case .skipGap: "a time that clocks skip does not fire"
      case .runAfterGap: "a time that clocks skip fires right after the change"
      case .followClock: nil
      }
    let overlap = daylight == .followClock ? nil : "one that they repeat fires once"
    switch (meetsGap ? gap : nil, meetsOverlap ? overlap : nil) {
    case (nil, nil): return ""
    case (let gap?, nil): return "; \(gap)"
    case (nil, .some): return "; a time that clocks repeat fires once"
    case (let gap?, let overlap?): return "; \(gap), \(overlap)"
    }
  }

  /// Whether the coming clock changes skip or repeat one of the times.
  ///
  /// Looks at the changes of some thirty years: enough for every place of a weekday in its month.
  private func collisions(in zone: TimeZoneRules) -> (gap: Bool, overlap: Bool) {
    let firstYear = fields.years?.numbers.count == YearSet.years.count ? nil : fields.years?.next(from: 0)
    var period = zone.period(at: CivilDate(year: firstYear ?? 2038, month: 1, day: 1).secondsAtMidnight)
    var result = (gap: false, overlap: false)
    for _ in 0..<60 where period.end != .max && !(result.gap && result.overlap) {
      let before = period.end + period.offset
      let after = period.end + period.offsetAfter
      if before < after {
        result.gap = result.gap || fields.first(from: before, before: after) != nil
      } else {
        result.overlap = result.overlap || fields.first(from: after, before: before) != nil
      }
      period = zone.period(at: period.end)
    }
    return result
  }
}

/// `03:00`, and `03:00:30` where there are seconds.
func clockTime(_ civil: CivilTime) -> String {
  clockTime(hour: civil.hour, minute: civil.minute, second: civil.second)
}

func clockTime(hour: Int, minute: Int, second: Int = 0) -> String {
  func twoDigits(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
  return twoDigits(hour) + ":" + twoDigits(minute) + (second == 0 ? "" : ":" + twoDigits(second))
}

/// `a`, `a and b`, `a, b and c`.
func enumeration(_ parts: [String], _ word: String = "and") -> String {
  guard let last = parts.last, parts.count > 1 else { return parts.first ?? "" }
  return parts.dropLast().joined(separator: ", ") + " \(word) " + last
}

/// Numbers as words, three or more in a row as `a to b`.
func runs(_ numbers: [Int], _ word: (Int) -> String) -> String {
  var parts: [String] = []
  var index = 0
  while index < numbers.count {
    var end = index
    while end + 1 < numbers.count, numbers[end + 1] == numbers[end] + 1 { end += 1 }
    if end - index >= 2 {
      parts.append("\(word(numbers[index])) to \(word(numbers[end]))")
    } else {
      parts += numbers[index...end].map(word)
    }
    index = end + 1
  }
  return enumeration(parts)
}
