internal import JobModel

/// What runs give.
extension Checker {
  static func outputs(_ facts: Facts) -> [Violation] {
    facts.evidence.runs.compactMap { run in
      guard run.status == .succeeded, let job = facts.job(run.id) else { return nil }
      return facts.problem(ofOutput: run, job).map {
        Violation(.outputs, run: run.id, "the output of run \(run.id) \($0)")
      }
    }
  }
}

extension Facts {
  /// A Task state gives what ECS says of its task; a Parallel and a Map list what their children gave.
  fileprivate func problem(ofOutput run: Run, _ job: SimulatedJob) -> String? {
    guard let output = try? JSONValue.parse(run.output ?? "") else { return "is no JSON: \(run.output ?? "none")" }
    let places = job.lastPlaces
    let parts = job.givesList ? output.arrayValue ?? [] : [output]
    if parts.count != places.count { return "has \(parts.count) parts, and the job \(places.count)" }
    for (part, places) in zip(parts, places) {
      let arn = part["TaskArn"]?.stringValue
      let task = tasks(run.id).first { $0.arn == arn }
      guard let task, task.didItsWork, places.contains(task.place) else {
        return "names \(arn ?? "no task") where the task of \(places.sorted().joined(separator: " or ")) belongs"
      }
    }
    return nil
  }
}

extension SimulatedJob {
  fileprivate var givesList: Bool {
    switch work {
    case .task, .steps: false
    case .branches, .items: true
    }
  }

  /// For each part of what a run gives, the places of which one gave it.
  fileprivate var lastPlaces: [Set<String>] {
    switch work {
    case .task: [["\(name)"]]
    case .steps: [["\(name)-second", "\(name)-repair"]]
    case .branches: [["\(name)-left"], ["\(name)-right"]]
    case .items(let count, _): (0..<count).map { ["\(name)-item \($0)"] }
    }
  }
}
