import JobModel
import StatesLanguage
import TestSupport
import Testing

/// What real Step Functions answered, for every machine that runs here.
@Suite("Recorded executions", .enabled(if: Corpora.isThere))
struct CorpusTests {
  /// Rows that are known to differ, with the reason.
  static let differing: [String: String] = [
    "test_sfn_api.TestSnfApi.test_get_execution_history_reversed#get_execution_history_reverseOrder[True]":
      "the history was asked for in reverse order",
    "scenarios_test_base_scenarios.TestBaseScenarios"
      + ".test_map_state_config_distributed_item_selector_parameters#get_execution_history":
      "one event follows another one than in every other recording of a distributed Map",
  ]

  @Test("Every recorded execution that needs no service gives the same status, output, error, cause and events")
  func recordedExecutions() throws {
    var counts: [String: Int] = [:]
    for row in try Corpora.lines("asl/manifest.jsonl") {
      let outcome = try CorpusTests.outcome(of: row)
      counts[outcome.kind, default: 0] += 1
      let id = row["id"]?.stringValue ?? ""
      switch (outcome, CorpusTests.differing[id]) {
      case (.differs(let problem), nil): Issue.record("\(id): \(problem)")
      case (.agrees, .some(let reason)): Issue.record("\(id) is listed as differing (\(reason)) but agrees")
      default: break
      }
    }
    print(
      "recorded executions: \(counts.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", "))"
    )
    #expect(counts["agrees", default: 0] > 200)
  }

  enum Outcome {
    case agrees
    case differs(String)
    case skipped(String)

    var kind: String {
      switch self {
      case .agrees: "agrees"
      case .differs: "differs"
      case .skipped(let reason): "skipped (\(reason))"
      }
    }
  }

  static func outcome(of row: JSONValue) throws -> Outcome {
    guard row["kind"] == "execution" || row["kind"] == "describe_execution" else { return .skipped("not an execution") }
    let text = try Corpora.text("asl/" + (row["template"]?.stringValue ?? ""))
    let (checked, diagnostics) = StateMachine.parse(text)
    // Runs read anew what was checked once.
    guard let machine = checked.flatMap({ StateMachine.taken($0.definition) }) else {
      return .differs("\(diagnostics.filter { $0.severity == .error })")
    }
    let input = try row["input"]?.stringValue.map { try JSONValue.parse($0) } ?? [:]
    var driving = Driving(machine, input: input, context: context)
    guard machine.definition.hasTask else {
      driving.runToEnd()
      return compare(driving, row)
    }
    guard let events = try recordedHistory(of: row) else { return .skipped("needs a service") }
    driving.begin()
    for event in events.compactMap(TaskEvent.init(recorded:)) {
      guard let task = driving.execution.openTasks.first else { return .differs("no task is open for \(event)") }
      driving.tell(task.task, event)
    }
    return compare(driving, row)
  }

  private static func recordedHistory(of row: JSONValue) throws -> [JSONValue]? {
    guard let name = row["expected_history"]?.stringValue else { return nil }
    return try JSONValue.parse(try Corpora.text("asl/" + name)).arrayValue
  }

  static let context: JSONValue = [
    "Execution": [
      "Id": "arn:aws:states:us-east-1:111111111111:execution:machine:run", "Name": "run", "RoleArn": "role",
      "StartTime": "2023-11-14T22:13:20.000Z", "RedriveCount": 0,
    ],
    "StateMachine": ["Id": "arn:aws:states:us-east-1:111111111111:stateMachine:machine", "Name": "machine"],
  ]

  private static func compare(_ driving: Driving, _ row: JSONValue) -> Outcome {
    // Recorded ids and times were replaced by tokens, which a task's input then holds too.
    let isExact = row["output_exact"] != false && row["needs"] == []
    let types = (row["expected_event_types"] ?? .null).arrayValue?.compactMap(\.stringValue)
    if let types, types != driving.types { return .differs("events \(driving.types) instead of \(types)") }
    switch driving.execution.result {
    case .succeeded(let output):
      guard row["expected_status"] == "SUCCEEDED" else { return .differs("succeeded") }
      if isExact, output != row["expected_output"] { return .differs("output \(output.text)") }
    case .failed(let error, let cause):
      guard row["expected_status"] == "FAILED" else { return .differs("failed: \(error ?? "") \(cause ?? "")") }
      let expected = (row["expected_error"]?.stringValue, row["expected_cause"]?.stringValue)
      if row["needs"] != [] {
        if error != expected.0 { return .differs("\(error ?? "")") }
        return history(driving, row, isExact: false)
      }
      let hasToken = expected.1?.contains("<json-input") ?? false
      if error != expected.0 || (cause != expected.1 && !hasToken) { return .differs("\(error ?? "") \(cause ?? "")") }
      if hasToken, let cause, !fits(cause, expected.1 ?? "") { return .differs(cause) }
    default: return .differs("\(String(describing: driving.execution.result))")
    }
    return history(driving, row, isExact: isExact)
  }

  private static func fits(_ cause: String, _ expected: String) -> Bool {
    let parts = expected.split(separator: "<json-input:1>", omittingEmptySubsequences: false)
    return cause.hasPrefix(parts.first ?? "") && cause.hasSuffix(parts.last ?? "")
  }

  /// The whole history where it was recorded: ids, previous ids, and the details but for what is an id or a time.
  private static func history(_ driving: Driving, _ row: JSONValue, isExact: Bool) -> Outcome {
    guard let name = row["expected_history"]?.stringValue, let text = try? Corpora.text("asl/" + name),
      let events = try? JSONValue.parse(text).arrayValue
    else { return .agrees }
    for (event, expected) in zip(driving.history, events) {
      guard .integer(Int64(event.id)) == expected["id"],
        .integer(Int64(event.previousID)) == expected["previousEventId"]
      else { return .differs("event \(event.id) follows \(event.previousID), expected \(expected.text)") }
      for (key, value) in event.details.objectValue ?? [:] {
        guard let wanted = expected[key]?.objectValue else { return .differs("event \(event.id) has \(key)") }
        let given = value.objectValue ?? [:]
        if Set(given.keys) != Set(wanted.keys) {
          return .differs("event \(event.id): \(given.keys) not \(wanted.keys)")
        }
        for member in given where isExact {
          guard let other = wanted[member.key] else { continue }
          if ["roleArn", "cause", "mapRunArn"].contains(member.key) { continue }
          if !same(member.value, other) {
            return .differs("event \(event.id): \(member.key) is \(member.value.text), not \(other.text)")
          }
        }
      }
    }
    return .agrees
  }
}

/// Recorded JSON text was stored parsed, and times were replaced.
private func same(_ given: JSONValue, _ recorded: JSONValue) -> Bool {
  if given == recorded || recorded == "timestamp" || recorded == "date" { return true }
  if let text = given.stringValue, let parsed = try? JSONValue.parse(text) {
    let other = recorded.stringValue.flatMap { try? JSONValue.parse($0) } ?? recorded
    if parsed != given, same(parsed, other) { return true }
  }
  guard let given = given.objectValue, let recorded = recorded.objectValue, given.count == recorded.count else {
    return false
  }
  return given.allSatisfy { member in recorded[member.key].map { same(member.value, $0) } ?? false }
}

extension TaskEvent {
  /// The report that a recorded event was made from; nil for an event that is none.
  fileprivate init?(recorded event: JSONValue) {
    switch event["type"]?.stringValue {
    case "TaskSubmitted": self = .submitted(output: event["taskSubmittedEventDetails"]?["output"] ?? .null)
    case "TaskSucceeded": self = .succeeded(output: event["taskSucceededEventDetails"]?["output"] ?? .null)
    case "TaskFailed":
      let details = event["taskFailedEventDetails"]
      self = .failed(
        error: details?["error"]?.stringValue ?? "", aliases: [],
        cause: details?["cause"]?.stringValue ?? details?["cause"]?.text ?? "")
    default: return nil
    }
  }
}

extension JSONValue {
  fileprivate var hasTask: Bool {
    self["States"]?.objectValue?.contains { $0.value["Type"] == "Task" } ?? false
  }
}

/// Definitions that are valid or not, with who says so.
@Suite("Recorded definitions", .enabled(if: Corpora.isThere))
struct DefinitionCorpusTests {
  static let differing: [String: String] = [:]

  @Test("The validator accepts and refuses what AWS accepts and refuses")
  func definitions() throws {
    var counts: [String: Int] = [:]
    for row in try Corpora.lines("asl-validate/index.jsonl") {
      let file = row["file"]?.stringValue ?? ""
      let diagnostics = StateMachine.validate(try Corpora.text("asl-validate/" + file))
      let isValid = !diagnostics.contains { $0.severity == .error }
      let agrees = isValid == (row["expect"] == "valid")
      counts[agrees ? "agree" : "differ", default: 0] += 1
      switch (agrees, Self.differing[file]) {
      case (false, nil): Issue.record("\(file) (\(row["authority"]?.text ?? "")): \(diagnostics.map(\.message))")
      case (true, .some(let reason)): Issue.record("\(file) is listed as differing (\(reason)) but agrees")
      default: break
      }
    }
    print(
      "recorded definitions: \(counts.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", "))"
    )
    #expect(counts["differ", default: 0] == 0)
    #expect(counts["agree", default: 0] > 160)
  }

  @Test("What AWS said of a definition that it refused is among what the validator says, at the same place")
  func refusals() throws {
    let start = "Invalid State Machine Definition: '"
    var count = 0
    for row in try Corpora.lines("asl/manifest.jsonl") where row["kind"] == "api_error" {
      guard let cause = row["expected_cause"]?.stringValue, cause.hasPrefix(start),
        let template = row["template"]?.stringValue
      else { continue }
      let diagnostics = StateMachine.validate(try Corpora.text("asl/" + template))
      let said = diagnostics.map { diagnostic in
        let message = diagnostic.message.replacing("arn:aws:", with: "arn:<partition>:")
        return "\(message) at \(diagnostic.pointer.isEmpty ? "/" : diagnostic.pointer)"
      }
      let wanted = String(cause.dropFirst(start.count).dropLast())
      #expect(said.contains(wanted), "\(said)")
      count += 1
    }
    #expect(count > 3)
  }

  @Test("Nothing is wrong with a definition that AWS ran, and few things deserve a second look")
  func definitionsThatRan() throws {
    var templates: Set<String> = []
    var warnings = 0
    for row in try Corpora.lines("asl/manifest.jsonl") where row["kind"] == "execution" {
      guard let template = row["template"]?.stringValue, templates.insert(template).inserted else { continue }
      for diagnostic in StateMachine.validate(try Corpora.text("asl/" + template)) {
        #expect(diagnostic.severity == .warning, "\(template): \(diagnostic)")
        warnings += 1
      }
    }
    #expect(templates.count > 50)
    #expect(warnings < templates.count)
  }
}
