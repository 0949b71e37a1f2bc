internal import JobModel

/// One simulation and what the checker says of it, as text.
public struct Report: Sendable {
  public let evidence: Evidence
  public let violations: [Violation]
  private let folder: String

  /// Runs the simulation.
  public init(_ scenario: Scenario, isTracing: Bool, folder: String) throws {
    evidence = try Simulation(scenario, isTracing: isTracing, folder: folder).run()
    violations = Checker.violations(in: evidence)
    self.folder = folder
  }

  /// A seed in a line.
  public var line: String {
    let scenario = evidence.scenario
    return "seed \(scenario.seed): \(scenario.edition.jobs.count) jobs, \(Int(scenario.days)) days, "
      + "\(scenario.processes) processes, \(scenario.store.rawValue): \(evidence.runs.count) runs, "
      + "\(evidence.tasks.count) tasks, \(violations.count) violations"
  }

  /// The violations, the job file, and what happened.
  ///
  /// - Parameter whole: everything; otherwise what concerns the jobs of the violations.
  public func text(whole: Bool) -> String {
    let jobs = Set(violations.compactMap(\.job))
    let lines = trace.filter { line in whole || line.job.map { jobs.contains($0) } ?? true }
    return
      (["seed \(evidence.scenario.seed)", evidence.scenario.edition.text] + lines.map(\.text)
      + violations.map { "\($0)" }).joined(separator: "\n")
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
    func stamp(_ at: Duration) -> String {
      let seconds = Double(at.components.seconds) + Double(at.components.attoseconds) / 1e18
      return "\(fixed(seconds)) \(start + at)"
    }
    let seen = evidence.observations.enumerated().map { index, observation in
      Line(
        at: observation.at, order: index, job: observation.event.job,
        text: "\(stamp(observation.at)) \(observation.event)")
    }
    let said = evidence.lines.enumerated().map { index, line in
      // The same in each process that runs this seed.
      let text = line.line.replacing(folder + "/", with: "")
      return Line(at: line.at, order: 1_000_000 + index, job: job(in: text), text: "\(stamp(line.at)) \(text)")
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

  private func fixed(_ seconds: Double) -> String {
    let text = String(Int(seconds * 1_000))
    let padded = String(repeating: "0", count: max(0, 4 - text.count)) + text
    let whole = padded.dropLast(3)
    return String(repeating: " ", count: max(0, 8 - whole.count)) + whole + "." + padded.suffix(3)
  }
}
