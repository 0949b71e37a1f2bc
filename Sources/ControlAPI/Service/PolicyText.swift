internal import JobModel

extension JobAnswer {
  /// The policies that are not the default, by their keys in the job file.
  static func policies(of job: Job) -> [Policy] {
    var policies: [Policy] = []
    func add(_ key: String, _ value: String?) {
      if let value { policies.append(Policy(key: key, value: value)) }
    }
    if case .queue(let limit) = job.overlap { add("overlap", "queue (limit \(limit))") }
    if job.flexibleWindow != .zero { add("flexibleWindow", TimeText.setting(job.flexibleWindow)) }
    add("calendar", job.calendar.map(text))
    add("date", job.dateFormat)
    add("pool", job.pool.map { "\($0.name) (limit \($0.limit), priority \($0.priority))" })
    if !job.after.isEmpty { add("after", job.after.map(\.description).joined(separator: ", ")) }
    let policy = job.taskPolicy
    add("startTimeout", policy.startTimeoutSeconds.map { TimeText.setting(.seconds($0)) })
    add("lateAfter", job.lateAfter.map(text))
    add("tooLongAfter", job.tooLongAfter.map(text))
    if job.limits != .stepFunctions { add("limits", job.limits.rawValue) }
    add("successExitCodes", text(policy.successExitCodes))
    add("skipExitCodes", text(policy.skipExitCodes))
    return policies
  }

  private static func text(_ rule: CalendarRule) -> String {
    let names = rule.calendars.map(\.name).joined(separator: ", ")
    return rule.treatment == .skip ? "not on \(names)" : "on the \(rule.treatment.rawValue) day that is not in \(names)"
  }

  private static func text(_ allowance: Allowance) -> String {
    switch allowance {
    case .fixed(let seconds): TimeText.setting(.seconds(seconds))
    case .median(let times): "\(times) times the median of the last successful runs"
    }
  }

  private static func text(_ codes: Set<Int>) -> String? {
    codes.isEmpty ? nil : codes.sorted().map(String.init).joined(separator: ", ")
  }
}
