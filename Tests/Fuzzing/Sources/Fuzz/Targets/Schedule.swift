import JobModel
import Scheduler

extension FuzzTarget {
  /// A schedule expression; then a zone's name, and the instant after which firings are asked for.
  static let schedule = FuzzTarget(name: "schedule") { input in
    let parts = input.parts(3)
    let zone = zones.first { $0.name == parts[1] } ?? zones[parts[1].utf8.count % zones.count]
    let after = Instant(parts[2]) ?? Instant(seconds: 1_700_000_000)
    do throws(ScheduleExpressionError) {
      let expression = try ScheduleExpression(parts[0])
      judge(expression, zone, after)
    } catch {
      let length = parts[0].count
      require(error.range.lowerBound >= 0 && error.range.upperBound <= length, "\(error.range) of \(length) characters")
      require(!error.message.isEmpty && error.rendering.split(separator: "\n").count >= 2, "a message: \(error)")
    }
  }

  private static func judge(_ expression: ScheduleExpression, _ zone: TimeZoneRules, _ after: Instant) {
    let firings = expression.upcoming(12, after: after, in: zone)
    var last = after
    for firing in firings {
      require(firing > last, "\(firing) comes after \(last)")
      last = firing
      if expression.isRate { continue }
      let justBefore = Instant(milliseconds: firing.milliseconds - 1)
      require(
        expression.next(after: justBefore, in: zone) == firing, "\(firing) comes next right before it, in \(zone.name)")
    }
    let started = expression.upcoming(3, after: after, in: zone, start: after)
    require(started.sorted() == started, "\(started) ascend")
    let explanation = expression.explanation(in: zone)
    require(explanation.hasSuffix(".") && !explanation.contains("\n"), "a sentence: \(explanation)")
  }

  /// Those with the strangest clocks. Others are not looked up: to say which name was meant takes milliseconds.
  private static let zones: [TimeZoneRules] = [
    "UTC", "Asia/Tokyo", "Europe/Berlin", "Europe/Dublin", "America/New_York", "America/Sao_Paulo", "Africa/Casablanca",
    "Australia/Lord_Howe", "Antarctica/Troll", "Pacific/Apia",
  ].map { name in (try? TimeZoneRules.named(name)) ?? .utc }
}
