internal import JobModel

/// What stands at the top of the file and is for the daemon alone, once its form is known.
struct FileSettings {
  let top: JSONValue

  var deadManPing: JobFile.DeadManPing? {
    guard let ping = top["deadManPing"], let url = ping["url"]?.stringValue else { return nil }
    return JobFile.DeadManPing(url: url, every: .seconds(ping["every"]?.integerValue ?? 60))
  }

  var localCommands: Bool { top["localCommands"]?.boolValue ?? false }

  var eventsQueueURL: String? { top["events"]?["queueUrl"]?.stringValue }

  var retention: Retention {
    var retention = Retention()
    let values = top["retention"]
    retention.runs = length(values?["runs"], retention.runs)
    retention.runsPerJob = values?["runsPerJob"]?.integerValue.flatMap { Int(exactly: $0) }
    retention.history = length(values?["history"], retention.history)
    retention.logs = length(values?["logs"], retention.logs)
    return retention
  }

  var requestQuotas: [RequestQuota: RequestRate] {
    var quotas: [RequestQuota: RequestRate] = [:]
    for quota in RequestQuota.allCases {
      guard let rate = top["requestQuotas"]?[quota.rawValue],
        let burst = rate["burst"]?.integerValue.flatMap({ Int(exactly: $0) }),
        let perSecond = rate["perSecond"]?.integerValue.flatMap({ Int(exactly: $0) })
      else { continue }
      quotas[quota] = RequestRate(burst: burst, perSecond: perSecond)
    }
    return quotas
  }

  private func length(_ value: JSONValue?, _ standard: Duration?) -> Duration? {
    guard let value else { return standard }
    return value.integerValue.map { .seconds($0) }
  }

  /// - Parameter node: the top of the file.
  func check(_ node: YAMLNode, _ diagnostics: inout DiagnosticCollector) {
    guard let runs = top["retention"]?["runs"]?.integerValue else { return }
    for key in ["history", "logs"] {
      guard let value = top["retention"]?[key], let node = node["retention"]?[key],
        value.integerValue.map({ $0 > runs }) ?? true
      else { continue }
      diagnostics.warning("`\(key)` is longer than `runs`, and goes with them", atKeyOf: node)
    }
  }
}
