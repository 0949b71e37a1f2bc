internal import JobModel

/// What ECS was asked to run.
extension Checker {
  static func requests(_ facts: Facts) -> [Violation] {
    let editions = Editions(facts)
    return facts.tasks.compactMap { task in
      guard let run = task.run, let job = facts.jobs[run.job], let record = facts.runs[run] else { return nil }
      if let problem = problem(of: task.task, job, editions.inForce(job.name, facts.clock.span(of: record.startedAt))) {
        return Violation(.requests, run: run, "\(task.text) of run \(run): \(problem)")
      }
      let first = facts.tasks(run)[0].task.command.dropFirst().first
      guard task.task.command.dropFirst().first != first else { return nil }
      return Violation(
        .requests, run: run, "\(task.text) of run \(run) is of another edition than the run's first task")
    }
  }

  private static func problem(of task: SimulatedTask, _ job: SimulatedJob, _ editions: ClosedRange<Int>) -> String? {
    guard job.families.contains(task.family) else { return "the job has no task definition \(task.family)" }
    guard task.cluster == "sim" else { return "it is in cluster \(task.cluster)" }
    let items: Int? = if case .items(let count, _) = job.work { count } else { nil }
    let command = task.command
    guard command.count == (items == nil ? 2 : 3), command[0] == "work" else { return "its command is \(command)" }
    if let items, !(Int(command[2]).map { (0..<items).contains($0) } ?? false) { return "it is for item \(command[2])" }
    guard let edition = Int(command[1]), editions.contains(edition) else {
      return "its command is of edition \(command[1]), and \(editions) was in force when the run began"
    }
    return nil
  }
}

/// Which editions of a job the processes had.
private struct Editions {
  private struct Life {
    var from: Duration
    var to: Duration
    var process: Int
  }

  private var lives: [Life] = []
  /// In order.
  private var reloads: [(at: Duration, process: Int, edition: Scenario.Edition)] = []
  private var edits: [(at: Duration, edition: Scenario.Edition)] = []

  init(_ facts: Facts) {
    for observation in facts.evidence.observations {
      switch observation.event {
      case .process(let number, let what):
        if what == "starts" {
          lives.append(Life(from: observation.at, to: facts.evidence.endedAt, process: number))
        } else if what == "is killed" || what == "is told to end",
          let place = lives.lastIndex(where: { $0.process == number })
        {
          // One that is told to end does so a little later.
          lives[place].to = observation.at + .seconds(60)
        }
      case .edited(_, let edition): edits.append((observation.at, edition))
      case .reloaded(let process, let edition): reloads.append((observation.at, process, edition))
      default: break
      }
    }
  }

  /// From the oldest that a process may still have had to the newest that one may have had already.
  func inForce(_ job: JobName, _ span: ClosedRange<Duration>) -> ClosedRange<Int> {
    func number(_ edition: Scenario.Edition) -> Int? { edition.jobs.first { $0.name == job }?.edition }
    let newest = edits.last { $0.at <= span.upperBound }.flatMap { number($0.edition) } ?? 1
    let there = lives.filter { $0.from <= span.upperBound && $0.to >= span.lowerBound }
    let oldest =
      there.map { life in
        reloads.filter { $0.at <= (($0.process == life.process) ? span.lowerBound : life.from) }
          .compactMap { number($0.edition) }.max() ?? 1
      }.min() ?? 1
    return oldest...max(oldest, newest)
  }
}
