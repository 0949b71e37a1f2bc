internal import JobModel

/// What no key of a job's policies can be judged by alone.
struct PolicyChecks {
  /// The job, over the defaults.
  let node: YAMLNode
  /// The job as it stands in the file.
  let own: YAMLNode
  let values: JSONObject
  var diagnostics: DiagnosticCollector

  /// How many slots wait where nobody says.
  private static let queueLimit = 10

  mutating func overlap() -> Job.Overlap {
    let value = values["overlap"]
    let word = value?.stringValue ?? value?["mode"]?.stringValue ?? "skip"
    if word != "queue", let limit = node["overlap"]?["limit"], isMeant(limit, beside: node["overlap"]?["mode"]) {
      diagnostics.error("`limit` is for `mode: queue`, and here it is `\(word)`", atKeyOf: limit)
    }
    switch word {
    case "queue":
      return .queue(limit: value?["limit"]?.integerValue.flatMap { Int(exactly: $0) } ?? PolicyChecks.queueLimit)
    case "cancelOther": return .cancelOther
    case "allow": return .allow
    default: return .skip
    }
  }

  /// A default's limit is for those jobs alone that queue.
  private func isMeant(_ limit: YAMLNode, beside mode: YAMLNode?) -> Bool {
    func isDefault(_ node: YAMLNode) -> Bool { node.path.hasPrefix("defaults.") }
    return !isDefault(limit) || mode.map(isDefault) ?? false
  }

  mutating func check(_ job: Job) {
    let hasSchedule = node["schedule"] != nil || node["schedules"] != nil
    for key in ["calendar", "flexibleWindow"] where !hasSchedule && values[key] != "none" {
      guard let node = own[key] else { continue }
      diagnostics.error("`\(key)` needs a `schedule`, of whose slots it speaks", atKeyOf: node)
    }
    if !hasSchedule, node["after"] == nil, values["lateAfter"] != "none", let key = own["lateAfter"] {
      diagnostics.error("`lateAfter` needs a `schedule` or `after`: a job run by hand is never late", atKeyOf: key)
    }
    if case .fixed(let seconds) = job.tooLongAfter, let run = values["runTimeout"]?.integerValue, seconds >= run,
      let key = node["tooLongAfter"]
    {
      diagnostics.warning("`tooLongAfter` is not shorter than `runTimeout`, and so is never reached", atKeyOf: key)
    }
  }
}
