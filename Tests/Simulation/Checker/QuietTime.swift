internal import JobModel

/// A while in which nobody did anything to processes, clock, ECS or store, and every process that was there worked.
/// Single calls may still have failed.
struct QuietTime {
  var start: Duration
  var end: Duration
  /// From when on nothing of what was before is in the way: leases of the dead are over, also where the clock was set
  /// back under them.
  var settled: Duration
  /// From when on all that begins was decided on by a process to which nothing was done meanwhile: some minutes later,
  /// but at once where nobody else is there who may have decided it.
  var decides: Duration

  static func all(in evidence: Evidence) -> [QuietTime] {
    var watch = Watch(lease: evidence.scenario.lease)
    for observation in evidence.observations { watch.see(observation) }
    watch.close(at: evidence.endedAt)
    return watch.found
  }

  private struct Watch {
    let lease: Duration
    var found: [QuietTime] = []
    private var start: Duration = .zero
    private var living: Set<Int> = []
    private var ready: Set<Int> = []
    private var standing: Set<Int> = []
    private var outages: Set<Faults.Outage> = []
    /// Until when leases may last that were taken before the clock was set back.
    private var held: Duration = .zero
    /// Since when the only process has been there, and nothing was done to it.
    private var aloneSince: Duration?

    init(lease: Duration) { self.lease = lease }

    mutating func close(at: Duration) {
      if !ready.isEmpty, living == ready, standing.isEmpty, outages.isDisjoint(with: [.ecs, .store]), at > start {
        let settled = max(start + lease * 2 + .seconds(60), held)
        let decides = aloneSince ?? start + .seconds(300)
        found.append(QuietTime(start: start, end: at, settled: settled, decides: decides))
      }
      start = at
    }

    mutating func see(_ observation: Observation) {
      let at = observation.at
      switch observation.event {
      case .process(let number, let what):
        close(at: at)
        switch what {
        case "starts":
          aloneSince = living.isEmpty && standing.isEmpty && outages.isEmpty ? at : nil
          living.insert(number)
        case "stands still":
          aloneSince = nil
          standing.insert(number)
        case "goes on": standing.remove(number)
        default: end(number)
        }
      case .ready(let number):
        close(at: at)
        if living.contains(number) { ready.insert(number) }
      case .clockStepped(let from, let to):
        close(at: at)
        aloneSince = nil
        if to < from { held = max(held, at) + (from - to) + lease }
      case .outage(let outage, let begins):
        close(at: at)
        aloneSince = nil
        if begins { outages.insert(outage) } else { outages.remove(outage) }
      case .calm:
        close(at: at)
        outages = []
        standing = []
      case .schedulesEnd:
        close(at: at)
        for number in living { end(number) }
      default: break
      }
    }

    private mutating func end(_ number: Int) {
      aloneSince = nil
      living.remove(number)
      ready.remove(number)
      standing.remove(number)
    }
  }
}
