internal import JobModel
internal import Synchronization

/// What may go wrong by itself, drawn from one seed. What somebody does (a kill, a stepped clock) is a
/// ``Disturbance``.
public final class Faults: Sendable {
  public enum Fault: String, Sendable, CaseIterable {
    // On the way to AWS and back.
    case requestLost, replyLost, requestLate, throttled, serverErrorBefore, serverErrorAfter, malformed, notSent, slow
    // RunTask's answers.
    case refused, failsHonestly, failsAndStarts
    // Tasks.
    case hangs, missing, startFailure, spot, hostLost, stopped, outOfMemory, exitCode, noExitCode
    // The store.
    case storeRefuses, storeStalls
    // ListTasks, DescribeTasks and StopTask, as by a role that was just changed.
    case accessDenied

    /// By which a call does not arrive, or its answer.
    static let ofCalls: [Fault] = [
      .requestLost, .replyLost, .requestLate, .throttled, .serverErrorBefore, .serverErrorAfter, .malformed, .notSent,
    ]

    /// Of so many cases in a thousand it happens at most.
    var ceiling: Int {
      switch self {
      case .requestLost, .replyLost, .serverErrorBefore, .serverErrorAfter, .throttled, .slow: 120
      case .requestLate, .malformed, .notSent: 60
      case .refused: 100
      case .failsHonestly, .failsAndStarts: 80
      case .hangs: 60
      case .missing: 300
      case .startFailure, .spot, .hostLost, .stopped, .outOfMemory, .noExitCode: 60
      case .exitCode: 300
      case .storeRefuses: 30
      case .storeStalls: 5
      case .accessDenied: 100
      }
    }
  }

  /// A service that is out for a while.
  public enum Outage: String, Sendable, CaseIterable {
    case ecs, sns, store
  }

  private struct State {
    var rates: [Fault: Double]
    var isCalm = false
    var outages: Set<Outage> = []
  }

  private let chance: Chance
  private let state: Mutex<State>

  /// Each seed has some of the faults, each at a rate of its own.
  init(seed: UInt64) {
    let chance = Chance(seed: seed, for: "fault rates")
    var rates: [Fault: Double] = [:]
    let share = chance.pick([0.0, 0.3, 0.6, 1.0])
    for fault in Fault.allCases where chance.happens(share) {
      rates[fault] = Double(chance.number(1...fault.ceiling)) / 1_000
    }
    state = Mutex(State(rates: rates))
    self.chance = Chance(seed: seed, for: "faults")
  }

  public var rates: [Fault: Double] { state.withLock { $0.rates } }

  /// From now on nothing goes wrong by itself.
  func calm() {
    state.withLock { state in
      state.isCalm = true
      state.outages = []
    }
  }

  func begin(_ outage: Outage) { state.withLock { _ = $0.outages.insert(outage) } }
  func end(_ outage: Outage) { state.withLock { _ = $0.outages.remove(outage) } }
  func isOut(_ outage: Outage) -> Bool { state.withLock { !$0.isCalm && $0.outages.contains(outage) } }

  func happens(_ fault: Fault) -> Bool {
    let rate = state.withLock { $0.isCalm ? 0 : $0.rates[fault] ?? 0 }
    return chance.happens(rate)
  }

  /// Whether a disk that refuses once does so to a sync, rather than a write.
  func strikesSync() -> Bool { chance.happens(0.5) }

  /// Long enough to lose a short lease.
  func stall() -> Duration { chance.length(1...40) }
}
