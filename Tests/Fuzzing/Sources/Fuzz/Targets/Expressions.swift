import JSONata
import JobModel
@testable import StatesLanguage

extension FuzzTarget {
  /// A JSONPath and a document.
  static let path = FuzzTarget(name: "path") { input in
    let parts = input.parts(2)
    guard let path = try? JSONPath.parse(parts[0]) else { return }
    let document = (try? JSONValue.parse(parts[1])) ?? sample
    let value = try? path.value(in: document)
    if let plain = path.plainText {
      let again = try? JSONPath.parse(plain)
      require(again?.segments == path.segments, "\(plain) is the same path as \(path.text)")
    }
    guard let place = ReferencePath(path), let changed = try? place.setting("here", in: document) else { return }
    require(
      (try? path.value(in: changed)) == "here", "what was put at \(path.text) is there, instead of \(value as Any)")
  }

  /// An intrinsic call and what its paths look into.
  static let intrinsic = FuzzTarget(name: "intrinsic") { input in
    let parts = input.parts(2)
    guard let call = try? IntrinsicCall.parse(parts[0]) else { return }
    var generator: any RandomNumberGenerator = RandomGenerator(SeededRandom(seed: 1))
    let value = try? call.value(in: data((try? JSONValue.parse(parts[1])) ?? sample), using: &generator)
    guard let value else { return }
    require((try? JSONValue.parse(value.text))?.text == value.text, "a value that can be written: \(value.text)")
  }

  /// Parameters with their input.
  static let template = FuzzTarget(name: "template") { input in
    let parts = input.parts(2)
    guard let parameters = try? JSONValue.parse(parts[0]) else { return }
    var reader = DefinitionReader(sourceMap: nil)
    let template = PayloadTemplate.read(parameters, at: "/Parameters", &reader)
    guard reader.diagnostics.isEmpty else { return }
    var generator: any RandomNumberGenerator = RandomGenerator(SeededRandom(seed: 1))
    _ = try? template.value(in: data((try? JSONValue.parse(parts[1])) ?? sample), using: &generator)
  }

  private static func data(_ input: JSONValue) -> EvaluationData {
    EvaluationData(
      input: input,
      context: ContextObject(
        base: ["Execution": ["Input": input]], stateName: "S", enteredAt: Instant(seconds: 1_700_000_000)),
      variables: ["v": input], now: Instant(seconds: 1_700_000_000))
  }

  static let sample: JSONValue = [
    "a": 1, "b": [1, 2, 3, [4, 5]], "c": ["d": ["e": "text"], "n": nil],
    "items": [["p": 1.5, "t": "x"], ["p": 5, "t": "y"]],
    "text": "{\"k\": [1]}", "time": "2026-11-21T03:00:00Z", "big": 9_223_372_036_854_775_807, "yes": true,
  ]
}

extension JSONPath {
  /// The path in a notation that can be read, where it is of names and indices only.
  fileprivate var plainText: String? {
    for segment in segments {
      switch segment {
      case .name(let name) where !name.utf8.contains(where: { "'\\".utf8.contains($0) }): break
      case .index, .indices, .slice, .wildcard: break
      default: return nil
      }
    }
    return normalText
  }
}

extension FuzzTarget {
  /// A JSONata expression and its input. libFuzzer's `-timeout` and `-rss_limit_mb` see to it that its limits hold.
  static let jsonata = FuzzTarget(name: "jsonata") { input in
    let parts = input.parts(2)
    guard let expression = try? JSONataExpression(parts[0], limits: limits) else { return }
    let document = parts[1].isEmpty ? sample : try? JSONValue.parse(parts[1])
    let first = outcome(of: expression, document)
    require(first == outcome(of: expression, document), "it yields the same again: \(first)")
  }

  /// A pattern, a text and a number for the functions that have languages of their own: pictures and regular
  /// expressions.
  static let patterns = FuzzTarget(name: "patterns") { input in
    let parts = input.parts(3)
    let number = (try? JSONValue.parse(parts[2])) ?? 1_234.5
    let variables: [String: JSONValue] = ["p": .string(parts[0]), "t": .string(parts[1]), "n": number]
    for call in calls { _ = outcome(of: call, [:], variables: variables) }
    // A literal ends at the first slash, and the expression goes on there.
    let pattern = parts[0].replacing("/", with: "")
    for template in ["$match($t, /%/)", "$split($t, /%/i)", "$replace($t, /%/m, '$0$1')", "$contains($t, /%/)"] {
      guard let call = try? JSONataExpression(template.replacing("%", with: pattern), limits: limits) else { continue }
      _ = outcome(of: call, [:], variables: variables)
    }
  }

  private static let calls = [
    "$formatNumber($n, $p)", "$formatInteger($n, $p)", "$parseInteger($t, $p)", "$fromMillis($n, $p)",
    "$fromMillis($n, $p, $t)", "$toMillis($t, $p)", "$toMillis($t)", "$formatBase($n, 7)", "$round($n, -2)",
    "$number($t)", "$eval($p)", "$split($t, $p)", "$replace($t, $p, $p)", "$decodeUrl($t)", "$decodeUrlComponent($t)",
    "$encodeUrlComponent($t)", "$base64decode($t)", "$base64encode($t)", "$pad($t, 9, $p)", "$substring($t, -3, 2)",
  ].map { text in
    guard let expression = try? JSONataExpression(text) else { preconditionFailure("\(text) is wrong") }
    return expression
  }

  private static let limits = {
    var limits = JSONataLimits()
    limits.steps = 100_000
    limits.allocation = 1_000_000
    return limits
  }()

  private static func outcome(
    of expression: JSONataExpression, _ input: JSONValue?, variables: [String: JSONValue] = [:]
  ) -> String {
    var environment = JSONataEnvironment(
      now: Instant(seconds: 1_700_000_000), generator: RandomGenerator(SeededRandom(seed: 1)), limits: limits)
    do throws(JSONataError) {
      guard let value = try expression.evaluate(input, variables: variables, in: &environment) else { return "nothing" }
      let text = value.text
      let again = try? JSONValue.parse(Array(text.utf8), maximumDepth: 1_000)
      require(again?.text == text, "a value that can be written: \(text)")
      return text
    } catch {
      require(!error.code.isEmpty && !error.message.isEmpty, "an error that says something: \(error)")
      return error.code
    }
  }
}
