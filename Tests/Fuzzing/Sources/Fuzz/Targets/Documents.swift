import JobModel
@testable import Scheduler

extension FuzzTarget {
  /// A JSON text.
  static let json = FuzzTarget(name: "json") { input in
    guard let value = try? JSONValue.parse(input.bytes) else { return }
    require((try? JSONValue.parse(value.utf8)) == value, "written compactly it is the same value: \(value.text)")
    require((try? JSONValue.parse(value.prettyText)) == value, "indented it is the same value: \(value.prettyText)")
    require((try? JSONValue.parse(value.text))?.text == value.text, "it is written the same again: \(value.text)")
    guard let text = String(validating: input.bytes, as: UTF8.self) else { return }
    let mapped = try? JSONValue.parseWithSourceMap(text)
    require(mapped?.0 == value, "with a source map it is the same value: \(value.text)")
  }

  /// The names and times that stand in files, requests and stored rows: whatever is read is written again as it was.
  static let words = FuzzTarget(name: "words") { input in
    let text = input.text
    if let instant = Instant(text) {
      require(Instant("\(instant)") == instant, "\(instant)")
      require(Instant(compact: instant.compactText) == instant, instant.compactText)
      // On clocks to the east it may be the year 10000 already.
      if instant < .distantFuture - .seconds(86_400) {
        require(Instant(instant.text(offset: 32_400)) == instant, instant.text(offset: 32_400))
      }
    }
    if let instant = Instant(compact: text) {
      require(Instant(compact: instant.compactText) == instant, "\(instant.compactText) is \(text)")
    }
    if let date = CivilDate(text) { require("\(date)" == text, "\(date) is \(text)") }
    if let run = RunID(text) { require(RunID("\(run)") == run, "\(run) is \(text)") }
    if let job = JobName(text) { require("\(job)" == text, "\(job) is \(text)") }
    if let format = try? DateFormat(text) {
      for day in [-800_000, -1, 0, 19_000, 2_932_896] { _ = format.text(of: CivilDate(daysSince1970: day)) }
    }
  }

  /// An iCalendar file.
  static let calendar = FuzzTarget(name: "calendar") { input in
    let horizon = CivilDate(year: 2100, month: 1, day: 1)
    do throws(CalendarFileError) {
      let dates = try CalendarFile.dates(input.text, name: "c.ics", through: horizon)
      require(dates.count <= CalendarFile.dateLimit, "\(dates.count) days")
    } catch {
      require(!error.message.isEmpty && error.line ?? 1 >= 1, "\(error)")
    }
  }

  /// A TZif file.
  static let zone = FuzzTarget(name: "zone") { input in
    guard let table = try? TZifFile.offsets(of: input.bytes) else { return }
    let zone = TimeZoneRules(name: "Fuzz/Zone", table: table)
    for change in table.changes.prefix(4) + table.changes.suffix(4) {
      for seconds in [change - 1, change, change + 1, change + 3_600] { judge(zone, at: seconds) }
    }
    for seconds in [-62_135_596_800, 0, 1_700_000_000, 253_402_300_799] as [Int64] { judge(zone, at: seconds) }
    for text in ["cron(30 2 * * ? *)", "30 * * * *", "at(2027-03-28T02:30:00)"] {
      guard let expression = try? ScheduleExpression(text) else { continue }
      let firings = expression.upcoming(40, after: Instant(seconds: 1_700_000_000), in: zone)
      require(zip(firings, firings.dropFirst()).allSatisfy(<), "firings ascend: \(firings)")
      require(!expression.explanation(in: zone).isEmpty, "an explanation")
    }
  }

  private static func judge(_ zone: TimeZoneRules, at seconds: Int64) {
    let period = zone.period(at: seconds)
    require(period.start <= seconds && seconds < period.end, "\(seconds) is in \(period)")
    // Beyond these no calendar goes.
    guard (-62_135_596_800...253_402_300_799).contains(seconds) else { return }
    let instant = Instant(seconds: seconds)
    let resolution = zone.resolve(zone.civil(at: instant))
    require(resolution.instants == resolution.instants.sorted(), "\(resolution) ascends")
    // Offsets that change several times within two days show a time more often than the two that are told.
    guard isLong(period) else { return }
    if period.end != .max, !isLong(zone.period(at: period.end)) { return }
    if period.start != .min, !isLong(zone.period(at: period.start - 1)) { return }
    require(resolution.instants.contains(instant), "\(instant), \(zone.civil(at: instant)): \(resolution)")
  }

  private static func isLong(_ period: OffsetPeriod) -> Bool {
    period.start == .min || period.end == .max || period.end - period.start > 200_000
  }
}
