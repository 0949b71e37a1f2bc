internal import ECSDriver
internal import JobModel

/// Findings about AWS as lines of text.
struct FindingRendering {
  var isColored = false
  /// More jobs than these are counted.
  static let shownJobs = 5

  /// `!!  cluster batch: there is no such cluster. Remedy: make it (nightly-report, import-orders)`
  func line(_ finding: Finding) -> String {
    var line = mark(finding.level) + "\(finding.subject): \(finding.sentence)"
    if let remedy = finding.remedy { line += ". Remedy: \(remedy)" }
    if !finding.jobs.isEmpty, finding.level != .ok { line += " (\(jobs(finding.jobs)))" }
    return oneLine(line)
  }

  /// Four columns wide.
  private func mark(_ level: Finding.Level) -> String {
    let (text, color) =
      switch level {
      case .ok: ("ok", 32)
      case .warning: ("! ", 33)
      case .failed: ("!!", 31)
      case .unknown: ("??", 33)
      }
    // Select Graphic Rendition (ECMA-48 §8.3.117).
    return (isColored ? "\u{1B}[\(color)m\(text)\u{1B}[0m" : text) + "  "
  }

  private func jobs(_ jobs: [JobName]) -> String {
    let shown = jobs.prefix(Self.shownJobs).map(\.description).joined(separator: ", ")
    return jobs.count > Self.shownJobs ? "\(shown) and \(jobs.count - Self.shownJobs) more" : shown
  }

  /// What comes from AWS may hold anything, and one finding is one line.
  private func oneLine(_ text: String) -> String {
    String(text.map { $0.isNewline ? " " : $0 })
  }
}

extension Finding {
  var json: JSONValue {
    [
      "level": .string(level.rawValue), "subject": .string(subject), "sentence": .string(sentence),
      "remedy": remedy.map { .string($0) } ?? .null, "jobs": .array(jobs.map { .string($0.description) }),
    ]
  }
}

extension CheckSummary {
  /// `{ok, warning, failed, unknown, findings}`.
  func json(_ findings: [Finding]) -> JSONValue {
    var members = JSONObject()
    for level in Finding.Level.allCases { members[level.rawValue] = .integer(Int64(count(of: level))) }
    members["findings"] = .array(findings.map(\.json))
    return .object(members)
  }
}
