internal import JobModel

/// Whether a run has one owner at a time.
extension Checker {
  /// Who wakes up past its lease asks ECS for nothing that another one has taken over.
  static func ownership(_ facts: Facts) -> [Violation] {
    // A lease may be lost without standing still where the clock is set, or the store takes long.
    guard facts.clock.isNeverSet, facts.storeIsPrompt else { return [] }
    let watch = Halts(facts.evidence)
    return Dictionary(grouping: watch.asked, by: \.startedBy).values.flatMap { asked in
      asked.compactMap { late -> Violation? in
        guard
          let nap = watch.naps.last(where: { $0.process == late.process && $0.to <= late.at }),
          nap.to - nap.from > facts.evidence.scenario.lease,
          let other = asked.first(where: {
            $0.process != late.process && $0.at > nap.from && $0.at < nap.to
              && watch.isWell($0.process, from: $0.at, to: late.at)
          })
        else { return nil }
        return Violation(
          .ownership, run: facts.tasks.first { $0.task.startedBy == late.startedBy }?.run,
          "[\(late.process)] stood still from \(nap.from) to \(nap.to), and asked for \(late.startedBy) at \(late.at), which [\(other.process)] had taken over by \(other.at)"
        )
      }
    }
  }
}

/// When processes stood still, and what they asked ECS to start.
private struct Halts {
  struct Nap {
    var process: Int
    var from: Duration
    var to: Duration
  }

  struct Asking {
    var process: Int
    var startedBy: String
    var at: Duration
  }

  private(set) var naps: [Nap] = []
  private(set) var asked: [Asking] = []
  /// When something was done to a process, or to the store for all of them.
  private var troubles: [(process: Int?, at: Duration)] = []

  init(_ evidence: Evidence) {
    var asleep: [Int: Duration] = [:]
    for observation in evidence.observations {
      switch observation.event {
      case .process(let number, "goes on"):
        if let from = asleep.removeValue(forKey: number) {
          naps.append(Nap(process: number, from: from, to: observation.at))
        }
      case .process(let number, let what):
        if what == "stands still" { asleep[number] = asleep[number] ?? observation.at }
        troubles.append((number, observation.at))
      case .outage(.store, _): troubles.append((nil, observation.at))
      case .launchAsked(let process, let startedBy):
        asked.append(Asking(process: process, startedBy: startedBy, at: observation.at))
      default: break
      }
    }
  }

  func isWell(_ process: Int, from: Duration, to: Duration) -> Bool {
    !troubles.contains { ($0.process ?? process) == process && $0.at >= from && $0.at <= to }
  }
}
