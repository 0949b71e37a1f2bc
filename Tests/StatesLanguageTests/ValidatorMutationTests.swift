import JobModel
import StatesLanguage
import TestSupport
import Testing

/// Definitions that were damaged at random: whatever is wrong with them, the validator says it and ends.
@Suite("Validator: damaged definitions")
struct ValidatorMutationTests {
  /// Every state type and field, in both query languages.
  private static let samples = [
    #"""
    {"Comment": "c", "StartAt": "A", "TimeoutSeconds": 9, "States": {
      "A": {"Type": "Task", "Resource": "arn:aws:states:::ecs:runTask.sync", "TimeoutSeconds": 9,
        "Parameters": {"x.$": "$.a[0]", "y": [{"z.$": "States.Format('{}', $$.Execution.Id)"}]}, "ResultPath": "$.r",
        "ResultSelector": {"a.$": "$.b"}, "Assign": {"v.$": "$.v"},
        "Retry": [{"ErrorEquals": ["States.Timeout"], "MaxDelaySeconds": 9, "JitterStrategy": "FULL"}],
        "Catch": [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.e", "Next": "F"}], "Next": "C"},
      "C": {"Type": "Choice", "Choices": [
        {"And": [{"Variable": "$.a", "NumericLessThan": 1}, {"Not": {"Variable": "$v", "IsNull": true}}], "Next": "M"},
        {"Variable": "$.t", "TimestampEqualsPath": "$.u", "Next": "W"}], "Default": "P"},
      "W": {"Type": "Wait", "SecondsPath": "$.s", "Next": "P"},
      "M": {"Type": "Map", "ItemsPath": "$.i", "MaxConcurrency": 2, "Label": "l", "ItemBatcher": {"MaxItemsPerBatch": 2},
        "ItemReader": {"Resource": "arn:aws:states:::s3:getObject", "ReaderConfig": {"InputType": "CSV"}},
        "ItemProcessor": {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}, "StartAt": "I",
          "States": {"I": {"Type": "Pass", "Result": {"a": 1}, "End": true}}}, "End": true},
      "P": {"Type": "Parallel", "Branches": [{"StartAt": "B", "States": {"B": {"Type": "Succeed"}}}], "Next": "S"},
      "S": {"Type": "Succeed", "OutputPath": "$"}, "F": {"Type": "Fail", "ErrorPath": "$.e", "Cause": "c"}}}
    """#,
    #"""
    {"QueryLanguage": "JSONata", "StartAt": "A", "States": {
      "A": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken", "TimeoutSeconds": "{% 1 + 1 %}",
        "Arguments": {"T": "{% $states.context.Task.Token %}"}, "Assign": {"n": "{% $states.result.n %}"},
        "Output": ["{% $states.result ~> $map(function($v) { $v.a }) %}"],
        "Catch": [{"ErrorEquals": ["X"], "Output": "{% $states.errorOutput %}", "Next": "W"}], "Next": "C"},
      "C": {"Type": "Choice", "Choices": [{"Condition": "{% $n > 1 %}", "Next": "M"}], "Default": "W"},
      "M": {"Type": "Map", "Items": "{% $states.input.items %}", "ItemSelector": {"i": "{% $states.context.Map.Item.Index %}"},
        "ItemProcessor": {"StartAt": "I", "States": {"I": {"Type": "Pass", "Output": "{% $n %}", "End": true}}}, "Next": "W"},
      "W": {"Type": "Wait", "Timestamp": "{% $now() %}", "Next": "F"}, "F": {"Type": "Fail", "Error": "{% 'e' %}"}}}
    """#,
  ]

  @Test("The samples themselves are right")
  func samples() {
    for sample in Self.samples {
      #expect(!StateMachine.validate(sample).contains { $0.severity == .error }, "\(StateMachine.validate(sample))")
    }
  }

  @Test("Every place that is named exists, and every line is within the text", arguments: 0..<20)
  func damaged(seed: UInt64) throws {
    var damage = Damage(seed: seed)
    for sample in Self.samples {
      let value = try JSONValue.parse(sample)
      for _ in 0..<40 { try Self.judge(damage.apply(to: value)) }
    }
  }

  @Test("The same holds for recorded definitions", .enabled(if: Corpora.isThere))
  func damagedRecorded() throws {
    var damage = Damage(seed: 1)
    for row in try Corpora.lines("asl-validate/index.jsonl") {
      let text = try Corpora.text("asl-validate/" + (row["file"]?.stringValue ?? ""))
      guard let value = try? JSONValue.parse(text) else { continue }
      for _ in 0..<3 { try Self.judge(damage.apply(to: value)) }
    }
  }

  private static func judge(_ value: JSONValue) throws {
    // A member a line, so that lines say something.
    let text = value.text.replacing(",\"", with: ",\n\"")
    let lines = text.utf8.count { $0 == UInt8(ascii: "\n") } + 1
    let diagnostics = StateMachine.validate(text)
    #expect(Set(diagnostics).count == diagnostics.count)
    #expect(diagnostics.map(\.line) == diagnostics.map(\.line).sorted())
    for diagnostic in diagnostics {
      #expect((1...lines).contains(diagnostic.line), "\(diagnostic) in \(text)")
      #expect(!diagnostic.message.isEmpty)
      let parent = diagnostic.pointer.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(
        separator: "/")
      #expect(value.has(diagnostic.pointer) || value.has(parent), "\(diagnostic) in \(text)")
    }
    // What is refused is so whether it is parsed or validated.
    let (machine, all) = StateMachine.parse(text)
    #expect((machine == nil) == all.contains { $0.severity == .error }, "\(text)")
  }
}

/// Changes of a JSON value, by a seed.
private struct Damage {
  private var state: UInt64

  init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 1 }

  private mutating func next(_ bound: Int) -> Int {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Int((state >> 33) % UInt64(bound))
  }

  mutating func apply(to value: JSONValue) -> JSONValue {
    var value = value
    for _ in 0...next(3) { value = change(value, depth: 0) }
    return value
  }

  private static let strange: [JSONValue] = [
    .null, true, 0, -1, 1.5, 1_000_000_000_000, "", "$", "$.a[", "$x", "{% $x", "{% ( %}", "States.Foo()", [], [1], [:],
    ["Next": "A"], "A", "JSONata", "~/", [["ErrorEquals": ["States.ALL"]]],
  ]

  private mutating func change(_ value: JSONValue, depth: Int) -> JSONValue {
    switch value {
    case .object(let members) where !members.isEmpty:
      let chosen = members[next(members.count)]
      var changed = members
      switch depth > 1 ? next(7) : 6 {
      case 0: changed.removeValue(forKey: chosen.key)
      case 1: changed[chosen.key] = Damage.strange[next(Damage.strange.count)]
      case 2: changed[chosen.key + "x/~"] = chosen.value
      case 3: changed[members[next(members.count)].key] = chosen.value
      default: changed[chosen.key] = change(chosen.value, depth: depth + 1)
      }
      return .object(changed)
    case .array(var elements) where !elements.isEmpty:
      let index = next(elements.count)
      switch next(4) {
      case 0: elements.remove(at: index)
      case 1: elements.append(elements[index])
      default: elements[index] = change(elements[index], depth: depth + 1)
      }
      return .array(elements)
    default: return Damage.strange[next(Damage.strange.count)]
    }
  }
}

extension JSONValue {
  /// Whether a JSON pointer (RFC 6901) leads somewhere.
  fileprivate func has(_ pointer: String) -> Bool {
    var value = self
    for token in pointer.split(separator: "/", omittingEmptySubsequences: false).dropFirst() {
      let key = String(token.replacing("~1", with: "/").replacing("~0", with: "~"))
      guard let inner = value[key] ?? Int(key).flatMap({ value[$0] }) else { return false }
      value = inner
    }
    return true
  }
}
