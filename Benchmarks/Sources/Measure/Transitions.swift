internal import Foundation
internal import JobModel
internal import StatesLanguage

/// State transitions a second of the interpreter alone: nothing is stored, no task is performed.
struct Transitions {
  private static let names = ["pass", "pass-jsonata", "choice", "choice-jsonata", "map", "map-jsonata"]
  private let machines: [(name: String, machine: StateMachine)]

  init(_ inputs: URL) throws {
    machines = try Transitions.names.map { name in
      let text = try String(contentsOf: inputs.appending(path: "\(name).asl.json"), encoding: .utf8)
      let (machine, diagnostics) = StateMachine.parse(text)
      guard let machine else { throw Wrong(description: "\(name): \(diagnostics.first.map { "\($0)" } ?? "")") }
      return (name, machine)
    }
  }

  func measure() throws -> JSONValue {
    var members = JSONObject()
    for (name, machine) in machines {
      members[name] = try rates {
        var entered = 0
        // A turn of at least some milliseconds, whatever the machine.
        while entered < 50_000 { entered += try run(machine) }
        return entered
      }
    }
    return .object(members)
  }

  /// Runs a machine to its end; how many states it entered.
  private func run(_ machine: StateMachine) throws -> Int {
    var generator = SystemRandomNumberGenerator()
    let now = Instant(seconds: 1_795_262_400)
    var execution = Execution(machine: machine, input: ["n": 0])
    var effects = execution.start(at: now, using: &generator)
    var entered = 0
    while true {
      var timers: [Int] = []
      for effect in effects {
        switch effect {
        case .record(let event) where event.type.hasSuffix("StateEntered"): entered += 1
        case .arm(let timer, _): timers.append(timer)
        case .finish(.succeeded): return entered
        case .finish(let result): throw Wrong(description: "the machine ends with \(result)")
        default: continue
        }
      }
      // A long step is cut into several by timers that are due at once.
      effects = timers.flatMap { execution.timerFired($0, at: now, using: &generator) }
      if effects.isEmpty { throw Wrong(description: "the machine stands still") }
    }
  }
}
