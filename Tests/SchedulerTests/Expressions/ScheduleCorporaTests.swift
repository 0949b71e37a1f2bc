import JobModel
import Testing
import TestSupport

@testable import Scheduler

/// A row of the reference data, as far as the tests here read it.
private struct Row: CustomStringConvertible {
  var value: JSONValue

  init(_ value: JSONValue) { self.value = value }

  var expression: String { value["expr"]?.stringValue ?? "" }
  var zoneName: String { value["tz"]?.stringValue ?? "UTC" }
  var after: String { value["after"]?.stringValue ?? "" }
  var authority: String { value["authority"]?.stringValue ?? "" }
  var description: String { "\(expression) in \(zoneName) after \(after)" }

  func text(_ key: String) -> String { value[key]?.stringValue ?? "" }

  /// Nil where the column holds no list of instants.
  func instants(_ key: String) -> [String]? {
    value[key]?.arrayValue?.map { $0.stringValue ?? "" }
  }

  /// What jobd answers, in the form of the columns; a refusal in words.
  func answer(_ count: Int = 5) throws -> [String] {
    let zone = try TimeZoneRules.named(zoneName)
    let after = try #require(Instant(after))
    let start = value["start"]?.stringValue.flatMap { Instant($0) }
    do {
      let expression = try ScheduleExpression(expression)
      return expression.upcoming(count, after: after, in: zone, start: start).map(\.description)
    } catch {
      return ["refused: \(error)"]
    }
  }
}

@Suite("The reference data for schedules", .enabled(if: Corpora.isThere))
struct ScheduleCorporaTests {
  private func rows(_ name: String) throws -> [Row] {
    let rows = try Corpora.lines("cron/\(name).jsonl").map(Row.init)
    try #require(!rows.isEmpty)
    return rows
  }

  /// Compares a column of all rows, and reports the first few that differ.
  private func compare(_ rows: [Row], _ column: (Row) throws -> [String]?) throws {
    var failures: [String] = []
    for row in rows {
      guard let expected = try column(row) else { continue }
      let answer = try row.answer(max(expected.count, 1))
      if answer != expected { failures.append("\(row): \(answer) instead of \(expected)") }
    }
    #expect(failures.isEmpty, "\(failures.count) of \(rows.count): \(failures.prefix(8).joined(separator: "\n"))")
  }

  @Test("Unix expressions fire where two libraries agree that they do")
  func unixAgreed() throws {
    try compare(try rows("agree")) { $0.instants("next") }
  }

  @Test("Where the libraries disagree, fixed times run once and wildcards follow the clock, as in Debian's cron")
  func unixDisputed() throws {
    try compare(try rows("disagree")) { row in
      let fields = row.expression.split(separator: " ")
      let isWildcard = fields[0].hasPrefix("*") || fields[1].hasPrefix("*")
      if isWildcard { return row.instants("wall_both_folds") }
      // A scan of civil times does not see what runs after a gap; cronsim does, but can repeat the past.
      let cronsim = row.instants("cronsim") ?? []
      let isAhead = try #require(cronsim.first.flatMap { Instant($0) }) > #require(Instant(row.after))
      return isAhead ? cronsim : row.instants("wall_first_fold")
    }
  }

  @Test("Odd Unix syntax is refused where both libraries refuse it, and read where both read it")
  func unixSyntax() throws {
    for row in try rows("unix-syntax") {
      switch row.text("verdict") {
      case "both reject":
        #expect(throws: ScheduleExpressionError.self, "\(row)") { try ScheduleExpression(row.expression) }
      case "both accept":
        #expect(try row.answer(3) == row.instants("cronsim"), "\(row)")
      case "both: never fires":
        #expect(try row.answer() == [], "\(row)")
      default: break
      }
    }
  }

  @Test("EventBridge expressions fire where Quartz and an enumeration agree that they do")
  func eventBridgeAgreed() throws {
    try compare(try rows("eventbridge-agree")) { $0.instants("next") }
  }

  @Test("Where Quartz differs from the user guide, the guide is right")
  func eventBridgeDisputed() throws {
    try compare(try rows("eventbridge-disagree")) { $0.instants("aws_doc_rule") }
  }

  @Test("What AWS accepts is accepted")
  func eventBridgeValid() throws {
    for row in try rows("eventbridge-valid") {
      #expect(throws: Never.self, "\(row.expression)") { try ScheduleExpression(row.expression) }
    }
  }

  @Test("What AWS refuses is refused, but for the year that the user guide lets one leave out")
  func eventBridgeInvalid() throws {
    for row in try rows("eventbridge-invalid") where row.authority.hasPrefix("AWS") {
      // A bare Unix expression is one of jobd's own dialects; five fields are the user guide's form.
      if row.text("reason").hasPrefix("five fields") || row.text("reason") == "bare unix cron" { continue }
      #expect(throws: ScheduleExpressionError.self, "\(row.expression)") { try ScheduleExpression(row.expression) }
    }
  }

  @Test("rate(…) counts from its start, and at(…) fires once")
  func rateAndAt() throws {
    try compare(try rows("rate-at")) { $0.instants("next") }
  }
}
