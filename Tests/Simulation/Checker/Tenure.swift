internal import JobModel

/// A while in which every process that was there had the same schedules, and the database too: an instance leaves alone
/// what another one was given other schedules for, until a job file is read again.
struct Tenure<Schedules: Equatable> {
  var schedules: Schedules
  var from: Duration
  var to: Duration

  /// In the order of time.
  ///
  /// - Parameter schedules: what of a job file has to be the same.
  static func all(in evidence: Evidence, _ schedules: (Scenario.Edition) -> Schedules) -> [Tenure] {
    var watch = Watch(first: schedules(evidence.scenario.edition))
    for observation in evidence.observations {
      switch observation.event {
      case .process(let number, let what) where Self.isEnd(what): watch.end(number)
      case .reloading(_, let edition): watch.mayChange(to: schedules(edition), at: observation.at)
      case .reloaded(let number, let edition): watch.read(schedules(edition), by: number, at: observation.at)
      case .ready(let number): watch.install(by: number, at: observation.at)
      case .schedulesEnd: watch.close(at: observation.at)
      default: break
      }
    }
    watch.close(at: evidence.endedAt)
    return watch.found
  }

  /// From when the job file first said so until nobody had it any more, a minute included for one that is told to end.
  static func spans(in evidence: Evidence) -> [JobName: [SimulatedJob.Schedule: ClosedRange<Duration>]] {
    var spans: [JobName: [SimulatedJob.Schedule: ClosedRange<Duration>]] = [:]
    var held: [Int: Scenario.Edition] = [:]
    func extend(_ edition: Scenario.Edition, to at: Duration) {
      for job in edition.jobs {
        guard let schedule = job.schedule else { continue }
        let from = spans[job.name]?[schedule]?.lowerBound ?? at
        spans[job.name, default: [:]][schedule] = from...max(at, spans[job.name]?[schedule]?.upperBound ?? at)
      }
    }
    extend(evidence.scenario.edition, to: .zero)
    for observation in evidence.observations {
      switch observation.event {
      case .process(let number, let what) where isEnd(what):
        if let edition = held.removeValue(forKey: number) { extend(edition, to: observation.at + .seconds(60)) }
      case .edited(_, let edition): extend(edition, to: observation.at)
      case .ready(let number): held[number] = held[number] ?? evidence.scenario.edition
      case .reloaded(let number, let edition):
        if let former = held.updateValue(edition, forKey: number) { extend(former, to: observation.at + .seconds(60)) }
      case .schedulesEnd:
        for edition in held.values { extend(edition, to: observation.at) }
        return spans
      default: break
      }
    }
    for edition in held.values { extend(edition, to: evidence.endedAt) }
    return spans
  }

  private static func isEnd(_ what: String) -> Bool { !["starts", "stands still", "goes on"].contains(what) }

  private struct Watch {
    let first: Schedules
    var found: [Tenure] = []
    private var current: Tenure?
    /// What the processes that are there, or on their way, have read.
    private var held: [Int: Schedules] = [:]
    private var ready: Set<Int> = []

    init(first: Schedules) { self.first = first }

    mutating func close(at: Duration) {
      if var tenure = current {
        tenure.to = at
        found.append(tenure)
      }
      current = nil
    }

    mutating func end(_ number: Int) {
      held[number] = nil
      ready.remove(number)
    }

    mutating func mayChange(to schedules: Schedules, at: Duration) {
      if let current, current.schedules != schedules { close(at: at) }
    }

    mutating func read(_ schedules: Schedules, by number: Int, at: Duration) {
      held[number] = schedules
      if let current, held.values.contains(where: { $0 != current.schedules }) { close(at: at) }
      if ready.contains(number) { install(by: number, at: at) }
    }

    /// Who installs schedules while nobody has others puts an end to all disagreement.
    mutating func install(by number: Int, at: Duration) {
      ready.insert(number)
      let schedules = held[number] ?? first
      held[number] = schedules
      guard current == nil, held.values.allSatisfy({ $0 == schedules }) else { return }
      current = Tenure(schedules: schedules, from: at, to: at)
    }
  }
}
