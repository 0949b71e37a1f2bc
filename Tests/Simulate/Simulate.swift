internal import ArgumentParser
internal import JobModel
internal import Simulation

@main
struct Simulate: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "simulate", abstract: "Deterministic simulations of jobd, each from one seed.")

  @Option(help: "The first seed.") var seed: UInt64 = 0
  @Option(help: "How many seeds, one after the other.") var count: UInt64 = 1
  @Option(help: "The simulated days of each; drawn from the seed unless given.") var days: Int?
  @Flag(help: "Print everything that happens.") var trace = false

  func run() throws {
    DeterministicExecutor.shared.install()
    var jobDays = 0.0
    for seed in seed..<(seed + count) {
      let scenario = Scenario(seed: seed, days: days)
      let evidence = try Simulation(scenario, isTracing: trace, folder: "/dev/shm/jobd-simulation").run()
      jobDays += scenario.jobDays
      print(
        "seed \(seed): \(scenario.store) \(scenario.processes) processes, \(scenario.edition.jobs.count) jobs, \(scenario.days) days, \(evidence.tasks.count) tasks, \(evidence.slots.count) slots, \(evidence.runs.count) runs, \(evidence.observations.count) observations, unrest \(evidence.unrest)")
      if trace { for line in evidence.lines { print(line.at, line.line) } }
    }
    print("\(jobDays) job-days")
  }
}
