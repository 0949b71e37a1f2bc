internal import JobModel

/// What no key of `retry` can be judged by alone.
struct RetryChecks {
  /// `retry`, over its defaults.
  let node: YAMLNode
  let policy: TaskPolicy
  var diagnostics: DiagnosticCollector

  mutating func check(_ retry: RetryRules) {
    let nodes = node.items ?? [node]
    if nodes.isEmpty { diagnostics.error("`retry` holds no rule; write `none` for no retry", atKeyOf: node) }
    // A rule that could not be read is reported already, and then places do not agree.
    guard nodes.count == retry.rules.count else { return }
    for (rule, node) in zip(retry.rules, nodes) {
      check(rule, node)
      if let on = node["on"] { check(on, of: rule, node) }
    }
    for place in retry.unreachable {
      diagnostics.error(
        "this rule never matches: the rules before it take every error that it names; the first that matches decides",
        atKeyOf: nodes[place])
    }
  }

  private mutating func check(_ rule: RetryRule, _ node: YAMLNode) {
    if let delay = rule.maxDelaySeconds, delay < rule.intervalSeconds {
      diagnostics.warning(
        "`maxDelay` is shorter than `interval`, so every delay is \(DurationText.text(seconds: delay))", atKeyOf: node)
    }
    guard let list = node["exitCodes"] else { return }
    if list.items?.isEmpty == true { diagnostics.error("`exitCodes` names no exit code", atKeyOf: list) }
    let codes = Set((list.items ?? []).compactMap { $0.scalar.flatMap { ExitCodes.range($0.text) } }.joined())
    let successes = codes.intersection(policy.successExitCodes.union([0]))
    for (found, meaning) in [(successes, "a success"), (codes.intersection(policy.skipExitCodes), "a skip")] {
      guard let code = found.min() else { continue }
      diagnostics.warning("exit code \(code) is \(meaning) here, and so is never retried", atKeyOf: list)
    }
  }

  private mutating func check(_ on: YAMLNode, of rule: RetryRule, _ node: YAMLNode) {
    let items = on.items ?? [on]
    if items.isEmpty { diagnostics.error("`on` names no error", atKeyOf: on) }
    let names = items.compactMap(\.scalar?.text)
    let isAlone = names.count == 1 && node["exitCodes"] == nil && node["stoppedReason"] == nil
    if !isAlone, let all = names.first(where: { $0 == RetryRule.all || $0 == RetryWord.any.rawValue }) {
      diagnostics.error("`\(all)` stands for every error, and so stands alone", atKeyOf: on)
    }
    for item in items {
      guard let problem = item.scalar.flatMap({ FailureName.problem(with: $0.text) }) else { continue }
      diagnostics.warning(problem, atKeyOf: item)
    }
  }
}
