public import JobModel

/// The answer to one question about AWS.
public struct Finding: Hashable, Sendable {
  public enum Level: String, Sendable, CaseIterable {
    case ok
    /// It works, and something about it may surprise.
    case warning
    /// A run would fail.
    case failed
    /// Nobody knows: AWS did not say, or was not asked.
    case unknown
  }

  public var level: Level
  /// What the question was about: `credentials`, `cluster batch`, `task definition report:7`.
  public var subject: String
  public var sentence: String
  /// What helps; nil where nothing needs help.
  public var remedy: String?
  /// The jobs that it concerns; empty where it concerns all.
  public var jobs: [JobName]

  public init(level: Level, subject: String, sentence: String, remedy: String? = nil, jobs: [JobName] = []) {
    self.level = level
    self.subject = subject
    self.sentence = sentence
    self.remedy = remedy
    self.jobs = jobs
  }
}

/// How many findings there were of each level.
public struct CheckSummary: Hashable, Sendable {
  public private(set) var counts: [Finding.Level: Int] = [:]

  public init() {}

  public mutating func add(_ finding: Finding) { counts[finding.level, default: 0] += 1 }

  public func count(of level: Finding.Level) -> Int { counts[level] ?? 0 }

  /// Whether no run would fail for what was seen.
  public var isPassed: Bool { count(of: .failed) == 0 }

  /// `12 ok, 1 warning, 2 failed, 3 unknown`: levels that did not occur are left out.
  public var sentence: String {
    let parts = Finding.Level.allCases.filter { count(of: $0) > 0 }.map { level in
      "\(count(of: level)) \(level.rawValue)\(level == .warning && count(of: level) > 1 ? "s" : "")"
    }
    return parts.isEmpty ? "nothing to ask" : parts.joined(separator: ", ")
  }
}
