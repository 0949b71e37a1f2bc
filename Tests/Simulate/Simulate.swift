public import ArgumentParser
internal import Foundation
public import Simulation

extension Scenario.Shape: ExpressibleByArgument {}

/// `simulate`: seeds, one after the other, and what the checker says of each.
@main
struct Simulate: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "simulate",
    abstract: "Deterministic simulations of jobd, each from one seed.",
    discussion: """
      Examples:
        simulate --count 1000                 seeds 0 to 999
        simulate --seed 4711                  one seed, and a trace where it fails
        simulate --seed 4711 --trace          everything that happened
        simulate --job-days 1000000           as many seeds as that takes
      """)

  /// How often a process says how far it has come.
  private static let noteInterval = Duration.seconds(60)

  @Option(help: "The first seed.") var seed: UInt64 = 0
  @Option(help: "How many seeds.") var count: UInt64?
  @Option(help: "Go on until so many jobs times days are simulated.") var jobDays: Double?
  @Option(help: "Go on for so many minutes of real time.") var minutes: Double?
  @Option(help: "minutes, hours, days or weeks; one of the longer ones is drawn from each seed unless given.")
  var shape: Scenario.Shape?
  @Option(help: "Take one seed in so many, for several of these side by side.") var stride: UInt64 = 1
  @Option(help: "Stop after so many failing seeds.") var failures = 1
  @Option(help: "How many processes share the work.") var workers: UInt64 = 1
  @Flag(help: "Print everything that happens.") var trace = false
  @Flag(help: "Print a line for each seed.") var verbose = false
  @Flag(help: "Of a seed that fails print what did not hold, without a trace.") var brief = false

  func validate() throws {
    guard stride > 0 else { throw ValidationError("--stride begins at 1") }
    guard workers > 0 else { throw ValidationError("--workers begins at 1") }
    guard failures > 0 else { throw ValidationError("--failures begins at 1") }
  }

  func run() throws {
    if workers > 1 { return try share() }
    try hashAlike()
    DeterministicExecutor.shared.install()
    let folder = "/dev/shm/jobd-simulation-\(getpid())"
    defer { try? FileManager.default.removeItem(atPath: folder) }
    var total = Total()
    var failed = 0
    var next = seed
    let start = ContinuousClock.now
    var notedAt = start
    while failed < failures, goesOn(total, since: start) {
      let scenario = Scenario(seed: next, shape: shape)
      let report = try Report(scenario, isTracing: trace, folder: folder)
      total.add(report)
      defer { fflush(nil) }
      if verbose || trace { print(report.line) }
      if trace { print(report.text(whole: true)) }
      if !report.violations.isEmpty {
        failed += 1
        if brief {
          print(report.violations.map(\.description).joined(separator: "\n"))
        } else if !trace {
          print(try Report(scenario, isTracing: true, folder: folder).text(whole: false))
        }
        print("repeat it: make sim SEED=\(next)\(shape.map { " SHAPE=\($0.rawValue)" } ?? "")", terminator: "\n\n")
      }
      next += stride
      if ContinuousClock.now - notedAt >= Self.noteInterval {
        notedAt = .now
        note("\(total.text) so far")
      }
    }
    print(total.text)
    if failed > 0 { throw ExitCode.failure }
  }

  /// Each of the processes takes one seed in so many, and its share of what is to be simulated.
  private func share() throws {
    let children = try (0..<workers).map { worker in
      var arguments = ["--seed", "\(seed + worker)", "--stride", "\(workers)", "--failures", "\(failures)"]
      if let shape { arguments += ["--shape", shape.rawValue] }
      if let count { arguments += ["--count", "\((count + workers - 1 - worker) / workers)"] }
      if let jobDays { arguments += ["--job-days", "\(jobDays / Double(workers))"] }
      if let minutes { arguments += ["--minutes", "\(minutes)"] }
      if verbose { arguments.append("--verbose") }
      if brief { arguments.append("--brief") }
      if trace { arguments.append("--trace") }
      return try Process.run(URL(fileURLWithPath: "/proc/self/exe"), arguments: arguments)
    }
    for child in children { child.waitUntilExit() }
    if children.contains(where: { $0.terminationStatus != 0 }) { throw ExitCode.failure }
  }

  /// Dictionaries are walked in an order that the standard library draws for each process, unless it is told not to
  /// before the process begins: so the process begins anew.
  private func hashAlike() throws {
    let name = "SWIFT_DETERMINISTIC_HASHING"
    if ProcessInfo.processInfo.environment[name] != nil { return }
    setenv(name, "1", 1)
    var arguments: [UnsafeMutablePointer<CChar>?] = CommandLine.arguments.map { strdup($0) }
    arguments.append(nil)
    execv("/proc/self/exe", &arguments)
    throw ValidationError("simulate cannot begin anew: \(String(cString: strerror(errno)))")
  }

  private func goesOn(_ total: Total, since start: ContinuousClock.Instant) -> Bool {
    if let minutes { return ContinuousClock.now - start < .seconds(minutes * 60) }
    if let jobDays { return total.jobDays < jobDays }
    return total.seeds < (count ?? 1)
  }

  private func note(_ text: String) { FileHandle.standardError.write(Data((text + "\n").utf8)) }
}

/// What was simulated so far.
private struct Total {
  var seeds: UInt64 = 0
  var jobDays = 0.0
  var runs = 0
  var tasks = 0

  mutating func add(_ report: Report) {
    seeds += 1
    jobDays += report.evidence.scenario.jobDays
    runs += report.evidence.runs.count
    tasks += report.evidence.tasks.count
  }

  var text: String { "\(seeds) seeds, \(Int(jobDays)) job-days, \(runs) runs, \(tasks) tasks" }
}
