public import ArgumentParser
internal import Dispatch
internal import Foundation
public import Simulation
internal import Synchronization

extension Scenario.Shape: ExpressibleByArgument {}

/// `simulate`: seeds, one after the other, and what the checker says of each.
///
/// Processes of their own go through the seeds, and this one watches them (``Worker``).
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
  @Option(help: "A seed that takes longer than so many seconds of real time does not end.")
  var patience: UInt32 = 600
  @Flag(help: "Print everything that happens, as it does.") var trace = false
  @Flag(help: "Print a line for each seed.") var verbose = false
  @Flag(help: "Of a seed that fails print what did not hold, without a trace.") var brief = false
  /// The folder of a process that goes through seeds.
  @Option(help: .hidden) var folder: String?

  func validate() throws {
    guard stride > 0 else { throw ValidationError("--stride begins at 1") }
    guard workers > 0 else { throw ValidationError("--workers begins at 1") }
    guard failures > 0 else { throw ValidationError("--failures begins at 1") }
    guard patience > 0 else { throw ValidationError("--patience begins at 1") }
  }

  func run() throws {
    if let folder { try goThrough(in: folder) } else { try watch() }
  }

  // MARK: Watching

  private func watch() throws {
    let folder = "/dev/shm/jobd-simulation-\(getpid())"
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let outcome = Mutex((total: Headway(), isClean: true))
    let group = DispatchGroup()
    for number in 0..<workers {
      let place = "\(folder)/\(number)"
      try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
      // Dictionaries are walked in an order that the standard library draws for each process, unless it is told not to
      // before the process begins.
      let worker = try Worker(
        "/proc/self/exe", arguments(number, place), environment: ["SWIFT_DETERMINISTIC_HASHING": "1"])
      DispatchQueue.global().async(group: group) {
        let ending = worker.ended()
        let headway = (try? Headway(from: headwayFile(in: place))) ?? Headway()
        if let what = ending.text {
          print(headway.seed.map { "seed \($0): \(what)\n\(repetition(of: $0))" } ?? "between two seeds one \(what)")
        }
        outcome.withLock { outcome in
          outcome.total.add(headway)
          if ending != .exited(status: 0) { outcome.isClean = false }
        }
      }
    }
    group.wait()
    let (total, isClean) = outcome.withLock { $0 }
    print(total)
    if !isClean { throw ExitCode.failure }
  }

  /// Each of the processes takes one seed in so many, and its share of what is to be simulated.
  private func arguments(_ number: UInt64, _ folder: String) -> [String] {
    var arguments = ["--folder", folder, "--seed", "\(seed + number * stride)", "--stride", "\(workers * stride)"]
    arguments += ["--failures", "\(failures)", "--patience", "\(patience)"]
    if let shape { arguments += ["--shape", shape.rawValue] }
    arguments += ["--count", "\(((count ?? 1) + workers - 1 - number) / workers)"]
    if let jobDays { arguments += ["--job-days", "\(jobDays / Double(workers))"] }
    if let minutes { arguments += ["--minutes", "\(minutes)"] }
    if verbose { arguments.append("--verbose") }
    if brief { arguments.append("--brief") }
    if trace { arguments.append("--trace") }
    return arguments
  }

  private func repetition(of seed: UInt64) -> String {
    "repeat it: make sim SEED=\(seed)\(shape.map { " SHAPE=\($0.rawValue)" } ?? "")\n"
  }

  private func headwayFile(in folder: String) -> String { folder + "/headway" }

  // MARK: Going through seeds

  private func goThrough(in place: String) throws {
    DeterministicExecutor.shared.install()
    let watcher = getppid()
    let file = headwayFile(in: place)
    // By a name that is the same in every process: messages name files.
    guard FileManager.default.changeCurrentDirectoryPath(place) else { throw ValidationError("there is no \(place)") }
    let folder = "/proc/self/cwd"
    var headway = Headway()
    var failed = 0
    var next = seed
    let start = ContinuousClock.now
    var notedAt = start
    while failed < failures, goesOn(headway, since: start), getppid() == watcher {
      try headway.begin(next, within: patience, file: file)
      let scenario = Scenario(seed: next, shape: shape)
      if trace { tell(scenario.head) }
      let report = try Report(scenario, tracing: trace ? .told(tell) : .none, folder: folder)
      if verbose || trace { print(report.line) }
      if !report.problems.isEmpty {
        failed += 1
        let isShort = brief || trace
        print(isShort ? report.problems.joined(separator: "\n") : try traced(scenario, folder))
        print(repetition(of: next))
      }
      fflush(nil)
      try headway.end(report, file: file)
      next += stride
      if ContinuousClock.now - notedAt >= Self.noteInterval {
        notedAt = .now
        note("\(headway) so far")
      }
    }
    if failed > 0 { throw ExitCode.failure }
  }

  private func traced(_ scenario: Scenario, _ folder: String) throws -> String {
    try Report(scenario, tracing: .kept, folder: folder).text
  }

  private func goesOn(_ headway: Headway, since start: ContinuousClock.Instant) -> Bool {
    if let minutes { return ContinuousClock.now - start < .seconds(minutes * 60) }
    if let jobDays { return headway.jobDays < jobDays }
    return headway.seeds < (count ?? 1)
  }

  private func note(_ text: String) { FileHandle.standardError.write(Data((text + "\n").utf8)) }
}

/// At once, since the process may come to no end.
private func tell(_ line: String) {
  print(line)
  fflush(nil)
}
