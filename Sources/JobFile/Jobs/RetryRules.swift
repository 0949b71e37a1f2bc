internal import JobModel

/// A job's `retry:`: its rules in order, of which the first that matches decides.
struct RetryRules: Equatable {
  var rules: [RetryRule] = []
  /// The texts of `stoppedReason`, each once; the launch looks for them.
  var stoppedReasons: [String] = []

  init() {}

  /// - Parameter retry: as it was read; `none` is no rule.
  init(_ retry: JSONValue?) {
    for value in retry?.arrayValue ?? [] {
      var rule = RetryRule(value)
      if let text = value["stoppedReason"]?.stringValue {
        let place = stoppedReasons.firstIndex { $0.lowercased() == text.lowercased() } ?? stoppedReasons.endIndex
        if place == stoppedReasons.endIndex { stoppedReasons.append(text) }
        rule.add(FailureName.stoppedReason(place))
      }
      rule.takeAllWhereNothingIsNamed()
      rules.append(rule)
    }
  }

  var retriesAnything: Bool { rules.contains { $0.maxAttempts > 1 } }

  /// As the states language says it.
  var retriers: [JSONValue] {
    var retriers: [JSONValue] = []
    var named: Set<String> = []
    for rule in rules {
      // Unless a rule names them, nobody wants these again.
      let uncertain = FailureName.uncertain.map(\.rawValue).filter { !named.contains($0) }
      if rule.takesUnnamed, !uncertain.isEmpty {
        retriers.append(["ErrorEquals": .array(uncertain.map { .string($0) }), "MaxAttempts": 0])
      }
      named.formUnion(rule.names)
      retriers.append(rule.retrier)
    }
    return retriers
  }

  /// The places of rules that can never match, since earlier ones take all that they name.
  var unreachable: [Int] {
    rules.indices.filter { place in
      let earlier = rules[..<place]
      guard !earlier.contains(where: { $0.kind != .named }) else { return true }
      guard rules[place].kind == .named else { return false }
      let taken = Set(earlier.flatMap(\.names))
      return rules[place].names.allSatisfy { RetryRules.isTaken($0, by: taken) }
    }
  }

  private static func isTaken(_ name: String, by names: Set<String>) -> Bool {
    if names.contains(name) { return true }
    switch FailureName(rawValue: name) {
    case .timeout, .runtime: return false
    // A start timeout is a failure to start too.
    case .startTimeout where names.contains(FailureName.taskFailedToStart.rawValue): return true
    default: break
    }
    // As in the states language, it stands for every error of a task but those of the language itself.
    return names.contains(FailureName.taskFailed.rawValue) && !name.hasPrefix("States.")
  }
}

/// One rule of `retry:`.
struct RetryRule: Equatable {
  enum Kind: Equatable {
    /// Those in ``RetryRule/names``.
    case named
    /// Every error but ``FailureName/uncertain``.
    case any
    /// `States.ALL`: those too.
    case all
  }

  static let all = "States.ALL"

  var kind = Kind.named
  /// Error names, each once.
  private(set) var names: [String] = []
  /// Attempts in all, the first included.
  var maxAttempts: Int64
  var intervalSeconds: Int64
  var backoffRate: JSONValue
  var maxDelaySeconds: Int64?
  var isJittered: Bool

  init(_ rule: JSONValue) {
    maxAttempts = rule["maxAttempts"]?.integerValue ?? 3
    intervalSeconds = rule["interval"]?.integerValue ?? 30
    backoffRate = rule["backoffRate"] ?? 2
    maxDelaySeconds = rule["maxDelay"]?.integerValue
    isJittered = rule["jitter"] == "full"
    for text in (rule["on"]?.arrayValue ?? []).compactMap(\.stringValue) {
      switch (RetryWord(rawValue: text), text) {
      case (.any, _): kind = .any
      case (let word?, _): for name in word.names { add(name.rawValue) }
      case (nil, RetryRule.all): kind = .all
      case (nil, _): add(text)
      }
    }
    for code in ExitCodes.codes(rule["exitCodes"]) { add(FailureName.exitCode(code)) }
  }

  /// Whether it takes errors that it does not name, less those of which nobody can tell what happened.
  var takesUnnamed: Bool { kind == .any || kind == .named && names.contains(FailureName.taskFailed.rawValue) }

  mutating func add(_ name: String) {
    if !names.contains(name) { names.append(name) }
  }

  mutating func takeAllWhereNothingIsNamed() {
    if kind == .named, names.isEmpty { kind = .any }
  }

  var retrier: JSONValue {
    let errors = kind == .named ? names : [RetryRule.all]
    // The states language takes no cap below the first delay.
    let interval = min(intervalSeconds, maxDelaySeconds ?? intervalSeconds)
    var retrier: JSONObject = [
      "ErrorEquals": .array(errors.map { .string($0) }),
      "IntervalSeconds": .integer(interval),
      "MaxAttempts": .integer(maxAttempts - 1),
      "BackoffRate": backoffRate,
    ]
    if let delay = maxDelaySeconds { retrier["MaxDelaySeconds"] = .integer(delay) }
    if isJittered { retrier["JitterStrategy"] = "FULL" }
    return .object(retrier)
  }
}
