internal import JobModel
internal import Scheduler

/// Reads a job's `schedule` or `schedules`, once their form is known.
struct ScheduleReader {
  /// The job's own.
  let timezone: String
  let rules: (String) -> TimeZoneRules?
  var diagnostics: DiagnosticCollector

  /// - Parameters:
  ///   - node: the job, over the defaults.
  ///   - values: what was read of it.
  mutating func read(_ node: YAMLNode, _ values: JSONObject) -> [Job.Schedule] {
    if node["schedule"] != nil, let several = node["schedules"] {
      diagnostics.error(
        "`schedule` and `schedules` exclude each other; write all of them under `schedules`", atKeyOf: several)
    }
    var schedules: [Job.Schedule] = []
    for (value, node) in entries(node, values) {
      guard let schedule = schedule(value, node) else { continue }
      if schedules.contains(schedule) {
        diagnostics.warning(
          "the same schedule is given before: a time fires once, however many schedules mean it", atKeyOf: node)
      }
      schedules.append(schedule)
    }
    return schedules
  }

  private mutating func entries(_ node: YAMLNode, _ values: JSONObject) -> [(JSONValue, YAMLNode)] {
    if let value = values["schedule"], let node = node["schedule"] { return [(value, node)] }
    guard let list = values["schedules"]?.arrayValue, let node = node["schedules"], let items = node.items else {
      return []
    }
    if items.isEmpty {
      diagnostics.error("`schedules` holds no schedule; without the key a job is run by hand only", atKeyOf: node)
    }
    // An entry that could not be read is reported already, and then places do not agree.
    return list.count == items.count ? Array(zip(list, items)) : []
  }

  private mutating func schedule(_ value: JSONValue, _ node: YAMLNode) -> Job.Schedule? {
    guard let text = value.stringValue ?? value["expression"]?.stringValue else { return nil }
    let zone = value["timezone"]?.stringValue ?? timezone
    var schedule = Job.Schedule(expression: text, timezone: zone)
    guard let rules = rules(zone), let expression = try? ScheduleExpression(text) else { return schedule }
    schedule.start = value["start"]?.stringValue.flatMap { Moment($0) }?.start(in: rules)
    schedule.end = value["end"]?.stringValue.flatMap { Moment($0) }?.end(in: rules)
    if let start = schedule.start, let end = schedule.end, end < start, let key = node["end"] {
      diagnostics.error("`end` (\(end.text(in: rules))) is before `start` (\(start.text(in: rules)))", atKeyOf: key)
      return schedule
    }
    checkFiring(schedule, expression, rules, node)
    checkSeconds(expression, rules, node["expression"] ?? node)
    return schedule
  }

  /// EventBridge's years begin with 1970, and a search from there reaches all of them.
  private static let beginning = Instant(seconds: -2 * 86_400)

  private mutating func checkFiring(
    _ schedule: Job.Schedule, _ expression: ScheduleExpression, _ zone: TimeZoneRules, _ node: YAMLNode
  ) {
    let due = DueSchedule(expression: expression, zone: zone, start: schedule.start, end: schedule.end)
    guard due.next(after: ScheduleReader.beginning, rateStart: ScheduleReader.beginning) == nil else { return }
    let isBounded = expression.next(after: ScheduleReader.beginning, in: zone) != nil
    diagnostics.warning(
      isBounded
        ? "this schedule never fires within its `start` and `end`"
        : "this schedule never fires: \(expression.explanation(in: zone))", atKeyOf: node["expression"] ?? node)
  }

  private mutating func checkSeconds(_ expression: ScheduleExpression, _ zone: TimeZoneRules, _ node: YAMLNode) {
    let words = expression.text.split { $0 == " " || $0 == "\t" }
    guard !expression.text.contains("("), words.count == 6 else { return }
    diagnostics.warning(
      "six fields: the first is taken for seconds, so this means: \(expression.explanation(in: zone)) Where that is not "
        + "meant, write five fields, or EventBridge's form `cron(…)`", atKeyOf: node)
  }
}

extension Instant {
  /// On the clocks of a zone, with their offset.
  fileprivate func text(in zone: TimeZoneRules) -> String { text(offset: zone.offset(at: self)) }
}
