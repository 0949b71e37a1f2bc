internal import Foundation
internal import JobModel
internal import Scheduler

/// Successive next times of Unix expressions in zones. Reading the expressions is not counted, here or at the peers.
struct NextTimes {
  private struct Case {
    var text: String
    var expression: ScheduleExpression
    var zone: TimeZoneRules
  }

  private let cases: [Case]
  private let after: Instant
  private let count: Int
  /// Rounds through all cases a repetition: one takes milliseconds.
  private let rounds = 20

  init(_ inputs: URL) throws {
    let input = try JSONValue.parse(String(contentsOf: inputs.appending(path: "next.json"), encoding: .utf8))
    guard let after = input["after"]?.integerValue, let count = input["count"]?.integerValue,
      let given = input["expressions"]?.arrayValue
    else { throw Wrong(description: "next.json has another form") }
    self.after = Instant(seconds: after)
    self.count = Int(count)
    cases = try given.map { each in
      let text = each["expression"]?.stringValue ?? ""
      return Case(
        text: text, expression: try ScheduleExpression(text),
        zone: try TimeZoneRules.named(each["timezone"]?.stringValue ?? ""))
    }
  }

  func measure() throws -> JSONValue {
    let all = try rates {
      for _ in 0..<rounds { for each in cases { _ = try last(each) } }
      return rounds * cases.count * count
    }
    let each = try cases.map { one -> JSONValue in
      let found = try rates {
        for _ in 0..<rounds { _ = try last(one) }
        return rounds * count
      }
      return [
        "expression": .string(one.text), "timezone": .string(one.zone.name), "rate": found,
        "last": .integer(try last(one).seconds),
      ]
    }
    return ["rate": all, "each": .array(each)]
  }

  /// The count-th next time.
  private func last(_ one: Case) throws -> Instant {
    var instant = after
    for _ in 0..<count {
      guard let next = one.expression.next(after: instant, in: one.zone) else {
        throw Wrong(description: "\(one.text) ends too early")
      }
      instant = next
    }
    return instant
  }
}
