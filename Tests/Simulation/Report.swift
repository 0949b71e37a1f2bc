internal import JobModel

/// One simulation and what the checker says of it, as text.
public struct Report: Sendable {
  public let evidence: Evidence
  public let violations: [Violation]

  /// Runs the simulation.
  public init(_ scenario: Scenario, tracing: Record.Tracing, folder: String) throws {
    self.init(try Simulation(scenario, tracing: tracing, folder: folder).run())
  }

  init(_ evidence: Evidence) {
    self.evidence = evidence
    // What did not come to its end cannot be held against what it would have to be then.
    violations = evidence.brokenOff == nil ? Checker.violations(in: evidence) : []
  }

  /// What went wrong, in a line each.
  public var problems: [String] { evidence.brokenOff.map { [$0] } ?? violations.map(\.description) }

  /// A seed in a line.
  public var line: String {
    let scenario = evidence.scenario
    return "seed \(scenario.seed): \(scenario.edition.jobs.count) jobs, \(Int(scenario.days)) days, "
      + "\(scenario.processes) processes, \(scenario.store.rawValue): \(evidence.runs.count) runs, "
      + "\(evidence.tasks.count) tasks, \(evidence.brokenOff ?? "\(violations.count) violations")"
  }

  /// The job file, what happened to the jobs of the violations, and those.
  public var text: String {
    let jobs = Set(violations.compactMap(\.job))
    let lines = trace.filter { line in violations.isEmpty || line.job.map { jobs.contains($0) } ?? true }
    return ([evidence.scenario.head] + lines.map(\.text) + problems).joined(separator: "\n")
  }

  private struct Line {
    var at: Duration
    var order: Int
    /// Nil for what concerns them all.
    var job: JobName?
    var text: String
  }

  private var trace: [Line] {
    let start = evidence.scenario.start
    let seen = evidence.observations.enumerated().map { index, observation in
      Line(
        at: observation.at, order: index, job: observation.event.job,
        text: "\(stamp(observation.at, since: start)) \(observation.event)")
    }
    let said = evidence.lines.enumerated().map { index, line in
      Line(
        at: line.at, order: 1_000_000 + index, job: job(in: line.line),
        text: "\(stamp(line.at, since: start)) \(line.line)")
    }
    return (seen + said).sorted { ($0.at, $0.order) < ($1.at, $1.order) }
  }

  /// The job that a line of a log names.
  private func job(in line: String) -> JobName? {
    evidence.scenario.edition.jobs.map(\.name).first { name in
      line.contains("=\(name) ") || line.contains("=\(name).") || line.hasSuffix("=\(name)")
        || line.contains("/\(name)/")
    }
  }
}

extension Scenario {
  /// What a trace begins with: the seed, and the job file.
  public var head: String { "seed \(seed)\n\(edition.text)" }
}
