import JSONata
import JobModel
import TestSupport
import Testing

/// Cases of the reference implementation's own suite.
@Suite("The official suite", .enabled(if: Corpora.isThere))
struct OfficialSuiteTests {
  @Test("Every case yields its result, nothing, or its error")
  func cases() throws {
    var datasets: [String: JSONValue] = [:]
    var failing: [String] = []
    var agreeing = 0
    for row in try Corpora.lines("jsonata/cases.jsonl") {
      let name = row["dataset"]?.stringValue
      if let name, datasets[name] == nil {
        datasets[name] = try JSONValue.parse(try Corpora.text("jsonata/datasets/\(name).json"))
      }
      guard let problem = Self.problem(row, input: row["data"] ?? name.flatMap { datasets[$0] }) else {
        agreeing += 1
        continue
      }
      failing.append("\(row["id"]?.stringValue ?? ""): \(problem)")
    }
    print("the official suite: \(agreeing) agree, \(failing.count) differ")
    for text in failing { Issue.record("\(text)") }
    #expect(agreeing > 800)
  }

  /// What is wrong; nil where the case agrees.
  static func problem(_ row: JSONValue, input: JSONValue?) -> String? {
    var limits = JSONataLimits()
    if let depth = row["depth"]?.integerValue { limits.evaluationDepth = max(Int(depth), 20) }
    if row["timelimit"] == 1000 { limits.steps = 100_000 }
    var environment = JSONataEnvironment(
      now: Instant(milliseconds: 1_700_000_000_000), generator: SystemRandomNumberGenerator(), limits: limits)
    var variables: [String: JSONValue] = [:]
    for binding in row["bindings"]?.objectValue ?? [:] { variables[binding.key] = binding.value }
    do throws(JSONataError) {
      let expression = try JSONataExpression(row["expr"]?.stringValue ?? "", limits: limits)
      let result = try expression.evaluate(input, variables: variables, in: &environment)
      switch row["expect"] {
      case "undefined": return result == nil ? nil : "yields \(result?.text ?? "")"
      case "result": return result == row["result"] ? nil : "yields \(result?.text ?? "nothing")"
      default: return "yields \(result?.text ?? "nothing") instead of an error"
      }
    } catch {
      guard let code = row["code"] ?? row["error"]?["code"] else { return "fails: \(error)" }
      if code.stringValue != error.code { return "fails with \(error) instead of \(code.text)" }
      let token = row["token"] ?? row["error"]?["token"]
      if let token, token.stringValue != error.token { return "names \(error.token ?? "no token")" }
      let message = row["error"]?["message"]
      if let message, message.stringValue != error.message { return "says \(error.message)" }
      return nil
    }
  }
}
