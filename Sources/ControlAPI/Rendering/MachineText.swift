internal import JobModel

/// A state machine in a few lines: where it starts, and what each Task state does and bears.
enum MachineText {
  static func lines(_ machine: JSONValue) -> [String] {
    guard let states = machine["States"]?.objectValue else { return [] }
    let start = machine["StartAt"]?.stringValue ?? "?"
    let count = states.count == 1 ? "1 state" : "\(states.count) states"
    let timeout = seconds(machine["TimeoutSeconds"]).map { ", timeout \($0)" } ?? ""
    return ["\(count), starts at \(CleanText.line(start))\(timeout)"] + states.prefix(20).map(describe)
      + (states.count > 20 ? ["… and \(states.count - 20) more"] : [])
  }

  private static func describe(_ member: JSONObject.Element) -> String {
    let (name, state) = member
    var parts = [state["Type"]?.stringValue ?? "?"]
    if let resource = state["Resource"]?.stringValue { parts.append(short(resource)) }
    if let timeout = seconds(state["TimeoutSeconds"]) { parts.append("timeout \(timeout)") }
    for rule in state["Retry"]?.arrayValue ?? [] { parts.append(retry(rule)) }
    let catchers = state["Catch"]?.arrayValue?.count ?? 0
    if catchers > 0 { parts.append("catches \(catchers == 1 ? "errors" : "\(catchers) kinds of error")") }
    return CleanText.line("\(name): \(parts.joined(separator: ", "))")
  }

  /// `ecs:runTask.sync` of `arn:aws:states:::ecs:runTask.sync`.
  private static func short(_ resource: String) -> String {
    let parts = resource.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false)
    return parts.count == 6 && parts[0] == "arn" && parts[2] == "states" ? String(parts[5]) : resource
  }

  private static func seconds(_ value: JSONValue?) -> String? {
    value?.integerValue.map { TimeText.setting(.seconds(min($0, 1_000_000_000))) }
  }

  /// The defaults are those of the states language's Retry.
  private static func retry(_ rule: JSONValue) -> String {
    let errors = rule["ErrorEquals"]?.arrayValue?.compactMap(\.stringValue).joined(separator: " ") ?? ""
    let attempts = rule["MaxAttempts"]?.integerValue ?? 3
    let interval = seconds(rule["IntervalSeconds"]) ?? "1s"
    let rate = rule["BackoffRate"]?.numberValue ?? 2
    let most = seconds(rule["MaxDelaySeconds"]).map { ", at most \($0)" } ?? ""
    let factor = rate == rate.rounded() && abs(rate) < 1e6 ? "\(Int(rate))" : "\(rate)"
    if attempts == 0 { return "no retry of \(errors)" }
    let retries = attempts == 1 ? "1 retry" : "\(attempts) retries"
    return "\(retries) of \(errors) (after \(interval), then times \(factor)\(most))"
  }
}
