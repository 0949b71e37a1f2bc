internal import Foundation

/// How far a process has come with its seeds. It leaves that in a file, for who watches it (``Worker``).
public struct Headway: Codable, Sendable, Equatable {
  /// The one under way.
  public private(set) var seed: UInt64?
  public private(set) var seeds: UInt64 = 0
  public private(set) var jobDays = 0.0
  private var runs = 0
  private var tasks = 0

  public init() {}

  public init(from file: String) throws {
    self = try JSONDecoder().decode(Self.self, from: Data(contentsOf: URL(fileURLWithPath: file)))
  }

  /// A seed begins. Where it takes longer than so many seconds of real time, an alarm clock ends the process: whatever
  /// goes round in circles cannot keep it from that.
  public mutating func begin(_ seed: UInt64, within seconds: UInt32, file: String) throws {
    self.seed = seed
    try write(to: file)
    alarm(seconds)
  }

  /// The seed has come to its end.
  public mutating func end(_ report: Report, file: String) throws {
    alarm(0)
    seed = nil
    seeds += 1
    jobDays += report.evidence.scenario.jobDays
    runs += report.evidence.runs.count
    tasks += report.evidence.tasks.count
    try write(to: file)
  }

  /// Of several processes.
  public mutating func add(_ other: Headway) {
    seeds += other.seeds
    jobDays += other.jobDays
    runs += other.runs
    tasks += other.tasks
  }

  private func write(to file: String) throws { try JSONEncoder().encode(self).write(to: URL(fileURLWithPath: file)) }
}

extension Headway: CustomStringConvertible {
  public var description: String { "\(seeds) seeds, \(Int(jobDays)) job-days, \(runs) runs, \(tasks) tasks" }
}
