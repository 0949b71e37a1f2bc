internal import JobModel

/// What a job's `calendar` comes to.
struct JobCalendar {
  let calendars: Calendars
  var diagnostics: DiagnosticCollector
  /// The calendars that jobs name.
  private(set) var used: Set<String> = []

  init(calendars: Calendars, diagnostics: DiagnosticCollector) {
    self.calendars = calendars
    self.diagnostics = diagnostics
  }

  /// - Parameters:
  ///   - node: `calendar`, over its default.
  ///   - isOwn: whether the job itself says something of it.
  mutating func rule(_ node: YAMLNode, isOwn: Bool) -> CalendarRule? {
    if node.scalar?.text == "none" { return nil }
    guard let list = node.members == nil ? node : node["not"] else {
      // Of the defaults it may be a part alone.
      if isOwn {
        diagnostics.error("`calendar` needs `not`, such as `{not: holidays, instead: next}`", atKeyOf: node)
      }
      return nil
    }
    let items = list.items ?? [list]
    if items.isEmpty {
      diagnostics.error("`\(list.path.hasSuffix(".not") ? "not" : "calendar")` names no calendar", atKeyOf: list)
    }
    var days: [DayCalendar] = []
    var named: Set<String> = []
    for item in items {
      guard let name = item.scalar?.text, !name.isEmpty else { continue }
      if !named.insert(name).inserted { diagnostics.error("the calendar `\(name)` is named twice", at: item) }
      used.insert(name)
      if !calendars.names.contains(name) { reportUnknown(name, at: item) }
      if let calendar = calendars.days[name] { days.append(calendar) }
    }
    if days.reduce(into: Set(), { $0.formUnion($1.weekdays) }).count == 7 {
      diagnostics.error(
        "no day is left: every day of the week is in \(days.map { "`\($0.name)`" }.joined(separator: ", "))",
        atKeyOf: node)
    }
    let instead = node["instead"]?.scalar.flatMap { CalendarRule.Treatment(rawValue: $0.text) }
    return days.isEmpty ? nil : CalendarRule(calendars: days, treatment: instead ?? .skip)
  }

  private mutating func reportUnknown(_ name: String, at node: YAMLNode) {
    let ending =
      Suggestion.nearest(to: name, among: calendars.names).map { "; did you mean `\($0)`?" }
      ?? (calendars.names.isEmpty
        ? "; calendars are described under `calendars` at the top of the file"
        : "; there are \(calendars.names.prefix(10).joined(separator: ", "))")
    diagnostics.error("there is no calendar `\(name.prefix(100))`\(ending)", at: node)
  }
}
