import JobModel
import StatesLanguage
import TestSupport
import Testing

@testable import Scheduler

/// Which launches a task that was given up holds back, with Parallel and Map.
@Suite("RunCore: branches and iterations")
struct RunCoreScopeTests {
  typealias Rig = RunCoreRig

  static let anyError: JSONValue = ["States.ALL"]

  static func task(timeout: Int64 = 600, next: String? = nil, retries: Int64 = 0, catching: String? = nil) -> JSONValue
  {
    var state: JSONObject = [
      "Type": "Task", "Resource": "arn:aws:states:::ecs:runTask.sync", "TimeoutSeconds": .integer(timeout),
    ]
    if let next { state["Next"] = .string(next) } else { state["End"] = true }
    if retries > 0 {
      state["Retry"] = [["ErrorEquals": anyError, "IntervalSeconds": 5, "MaxAttempts": .integer(retries)]]
    }
    if let catching { state["Catch"] = [["ErrorEquals": anyError, "Next": .string(catching)]] }
    return .object(state)
  }

  static func graph(_ start: String, _ states: JSONObject) -> JSONValue {
    ["StartAt": .string(start), "States": .object(states)]
  }

  /// Two branches, of which the first is one Task; on failure caught by a Task, or tried again.
  static func parallel(
    first: JSONValue = graph("A", ["A": task(timeout: 60)]), second: JSONValue = graph("B", ["B": task()]),
    retries: Int64 = 0, catching: Bool = false
  ) -> JSONValue {
    var state: JSONObject = ["Type": "Parallel", "Branches": [first, second], "Next": "After"]
    if retries > 0 {
      state["Retry"] = [["ErrorEquals": anyError, "IntervalSeconds": 5, "MaxAttempts": .integer(retries)]]
    }
    if catching { state["Catch"] = [["ErrorEquals": anyError, "Next": "Clean"]] }
    var states: JSONObject = ["Fork": .object(state), "After": task()]
    if catching { states["Clean"] = task() }
    return graph("Fork", states)
  }

  /// The rig, or what a new process makes of its rows.
  static func both(_ rig: Rig) throws -> [Rig] { [rig, try rig.recovered()] }

  @Test("A launch says in which branch it is")
  func scopes() {
    let rig = Rig(Self.parallel())
    #expect(rig.launches.mapValues(\.scope) == [1: "root/0", 2: "root/1"])
    #expect(rig.effects == ["start 1", "start 2"])
  }

  @Test("A task that timed out in one branch holds back its retry, and not the other branch")
  func siblings() throws {
    let second = Self.graph("B", ["B": Self.task(next: "C"), "C": Self.task()])
    var rig = Rig(Self.parallel(first: Self.graph("A", ["A": Self.task(timeout: 60, retries: 1)]), second: second))
    rig.submit(1)
    rig.submit(2)
    rig.tell(.timer(1))
    #expect(rig.effects == ["stop 1"])
    rig.succeed(2)
    #expect(rig.effects == ["start 3"])
    rig.tell(.timer(3))
    #expect(rig.launches[4]?.scope == "root/0")
    #expect(rig.effects.isEmpty)
    for var rig in try Self.both(rig) {
      #expect(!rig.effects.contains { $0.hasPrefix("start 4") })
      rig.fail(1)
      #expect(rig.effects == ["start 4"])
    }
  }

  @Test("When another branch has failed, the state that catches waits for the tasks of all branches")
  func caught() throws {
    var rig = Rig(Self.parallel(catching: true))
    rig.submit(1)
    rig.submit(2)
    rig.fail(1)
    #expect(rig.effects == ["stop 2"])
    #expect(rig.launches[3]?.scope == "root")
    for var rig in try Self.both(rig) {
      rig.succeed(2)
      #expect(rig.effects == ["start 3"])
      rig.submit(3)
      rig.succeed(3)
      #expect(rig.core.run.status == .succeeded)
    }
  }

  @Test("A Parallel that is tried again waits for every task of the attempt before, in whichever branch")
  func retried() throws {
    var rig = Rig(Self.parallel(retries: 1))
    rig.submit(1)
    rig.submit(2)
    rig.fail(1)
    rig.tell(.timer(3))
    #expect(rig.launches[3]?.scope == "root/0")
    #expect(rig.launches[4]?.scope == "root/1")
    #expect(rig.effects.isEmpty)
    for var rig in try Self.both(rig) {
      rig.succeed(2)
      #expect(rig.effects == ["start 3", "start 4"])
    }
  }

  @Test("An iteration that is over leaves its task to the next iterations, and holds back what follows the Map")
  func iterations() throws {
    let item = Self.graph(
      "A", ["A": Self.task(timeout: 60, catching: "Leave"), "Leave": ["Type": "Pass", "End": true]])
    var rig = Rig(
      Self.graph(
        "Each",
        [
          "Each": [
            "Type": "Map", "ItemsPath": "$.items", "ItemProcessor": item, "MaxConcurrency": 1, "Next": "After",
          ],
          "After": Self.task(),
        ]), input: ["items": [1, 2]])
    rig.submit(1)
    rig.tell(.timer(1))
    #expect(rig.effects == ["stop 1", "start 2"])
    rig.submit(2)
    rig.succeed(2)
    #expect(rig.launches[3]?.scope == "root")
    #expect(rig.effects.isEmpty)
    for var rig in try Self.both(rig) {
      rig.fail(1)
      #expect(rig.effects == ["start 3"])
    }
  }

  @Test("A fork inside a branch that is left holds back that branch, and not the other one")
  func nested() throws {
    let inner: JSONValue = .object([
      "Type": "Parallel", "Next": "Mend",
      "Branches": [Self.graph("A", ["A": Self.task()]), Self.graph("X", ["X": Self.task()])],
      "Catch": [["ErrorEquals": Self.anyError, "Next": "Mend"]],
    ])
    let first = Self.graph("Inner", ["Inner": inner, "Mend": Self.task()])
    let second = Self.graph("B", ["B": Self.task(next: "C"), "C": Self.task()])
    var rig = Rig(Self.parallel(first: first, second: second))
    #expect(rig.launches.mapValues(\.scope) == [1: "root/1", 2: "root/0/0", 3: "root/0/1"])
    for number in 1...3 { rig.submit(number) }
    rig.fail(2)
    #expect(rig.effects == ["stop 3"])
    #expect(rig.launches[4]?.scope == "root/0")
    rig.succeed(1)
    #expect(rig.effects == ["start 5"])
    for var rig in try Self.both(rig) {
      rig.fail(3)
      #expect(rig.effects == ["start 4"])
    }
  }

  /// Branches and iterations whose tasks time out, fail, are retried and caught.
  static let tangle: JSONValue = {
    let retrying = graph("A", ["A": task(timeout: 60, retries: 2, catching: "C"), "C": task(next: "D"), "D": task()])
    let inner: JSONValue = .object([
      "Type": "Parallel", "End": true, "Branches": [graph("X", ["X": task(timeout: 60)]), retrying],
      "Retry": [["ErrorEquals": anyError, "IntervalSeconds": 5, "MaxAttempts": 2]],
    ])
    let each: JSONValue = .object([
      "Type": "Map", "ItemsPath": "$.items", "MaxConcurrency": 2, "Next": "Z",
      "ItemProcessor": graph("M", ["M": task(timeout: 60, catching: "N"), "N": task()]),
      "Catch": [["ErrorEquals": anyError, "Next": "Z"]],
    ])
    return parallel(
      first: graph("Inner", ["Inner": inner]), second: graph("Each", ["Each": each, "Z": task(retries: 1)]), retries: 2,
      catching: true)
  }()

  @Test("Whatever fails, times out or crashes, no scope has two tasks at a time", arguments: 0..<40)
  func property(seed: UInt64) throws {
    var random = RandomGenerator(SeededRandom(seed: seed))
    var rig = Rig(Self.tangle, input: ["items": [1, 2, 3, 4]])
    var alive: Set<Int> = []
    var started = 0
    func note(_ rig: Rig) {
      for effect in rig.effects where effect.hasPrefix("start ") {
        guard let number = Int(effect.split(separator: " ")[1]), let launch = rig.launches[number] else { continue }
        for other in alive where other != number {
          let scope = rig.launches[other]?.scope ?? ""
          #expect(!Execution.areNested(scope, launch.scope), "seed \(seed): \(other) in \(scope), \(number) starts")
        }
        alive.insert(number)
        started += 1
      }
    }
    note(rig)
    for _ in 0..<400 where !rig.core.isOver {
      let number = alive.sorted().randomElement(using: &random)
      switch Int.random(in: 0..<10, using: &random) {
      case 0..<3: if let number { rig.submit(number) }
      case 3..<5:
        guard let number else { continue }
        alive.remove(number)
        rig.succeed(number)
      case 5:
        guard let number else { continue }
        alive.remove(number)
        rig.fail(number)
      case 6..<9: if let timer = rig.core.timers.sorted().randomElement(using: &random) { rig.tell(.timer(timer)) }
      default: rig = try rig.recovered()
      }
      note(rig)
    }
    #expect(started > 2)
  }

  @Test("However many launches a run has had, it keeps few of them in mind")
  func memory() throws {
    let definition = Self.graph(
      "Each",
      [
        "Each": [
          "Type": "Map", "ItemsPath": "$.items", "MaxConcurrency": 3, "End": true,
          "ItemProcessor": Self.graph("M", ["M": Self.task(catching: "N"), "N": ["Type": "Pass", "End": true]]),
        ]
      ])
    let count = 1_000
    var rig = Rig(definition, input: ["items": .array((0..<count).map { .integer(Int64($0)) })])
    for number in 1...count {
      rig.submit(number)
      if number == 7 { rig.fail(number) } else { rig.succeed(number) }
      #expect(rig.core.launches.count <= RunLaunches.toldCount + 2 + 3)
      #expect(rig.core.launches.open.count == min(3, count - number))
    }
    #expect(rig.core.run.status == .succeeded)
    #expect(rig.core.run.launches == count)
    let told = rig.core.launches.forTelling
    #expect(told.compactMap(\.taskARN).suffix(2) == ["arn:\(count - 1)", "arn:\(count)"])
    #expect(told.first?.id.number == 7)
    #expect(told.first?.diagnosis?.sentence == "container app ended with exit code 3")
    #expect(told.allSatisfy { $0.result == nil && $0.request.isNull })
  }
}
