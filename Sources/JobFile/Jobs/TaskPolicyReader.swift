internal import JobModel

extension TaskPolicy {
  /// - Parameter values: the job's, over the defaults.
  init(_ values: JSONObject) {
    self.init(
      startTimeoutSeconds: values["startTimeout"]?.integerValue.flatMap { Int(exactly: $0) },
      successExitCodes: Set(ExitCodes.codes(values["successExitCodes"])),
      skipExitCodes: Set(ExitCodes.codes(values["skipExitCodes"])),
      // A state machine says `Retry` in its states.
      stoppedReasons: values["task"] == nil ? [] : RetryRules(values["retry"]).stoppedReasons)
  }
}

/// What no key of a job's task policy can be judged by alone.
struct TaskPolicyChecks {
  /// The job, over the defaults.
  let node: YAMLNode
  let values: JSONObject
  var diagnostics: DiagnosticCollector

  mutating func check(_ policy: TaskPolicy) {
    checkExitCodes(policy)
    // A machine's `timeout` is the whole run's.
    let attempt = node["task"] == nil ? nil : values["timeout"]?.integerValue
    if let start = values["startTimeout"]?.integerValue, let attempt, start >= attempt, let key = node["startTimeout"] {
      diagnostics.warning("`startTimeout` is not shorter than `timeout`, and so is never reached", atKeyOf: key)
    }
    if let run = values["runTimeout"]?.integerValue, let attempt, run < attempt, let key = node["runTimeout"] {
      diagnostics.warning(
        "`runTimeout` is shorter than `timeout`: the run is over before its first attempt can time out", atKeyOf: key)
    }
  }

  private mutating func checkExitCodes(_ policy: TaskPolicy) {
    guard let skip = node["skipExitCodes"] else { return }
    if policy.skipExitCodes.contains(0) {
      diagnostics.error("`skipExitCodes` holds 0, which is always a success", atKeyOf: skip)
    }
    let both = policy.skipExitCodes.intersection(policy.successExitCodes).sorted()
    if !both.isEmpty {
      let codes = both.prefix(5).map(String.init).joined(separator: ", ") + (both.count > 5 ? " …" : "")
      diagnostics.error(
        "`skipExitCodes` and `successExitCodes` both hold \(codes); a code means one of the two", atKeyOf: skip)
    }
  }
}
