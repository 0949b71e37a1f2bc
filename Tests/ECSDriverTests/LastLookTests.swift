import JobModel
import Testing

@testable import ECSDriver

@Suite("The last look at tasks whose time is over")
struct LastLookTests {
  private static let running: JSONValue = ["lastStatus": "RUNNING", "desiredStatus": "RUNNING"]
  private static let stopping: JSONValue = ["lastStatus": "DEPROVISIONING", "desiredStatus": "STOPPED"]
  private static let stopped: JSONValue = ["lastStatus": "STOPPED", "desiredStatus": "STOPPED"]

  /// Looks until it is decided, with ECS showing the same all the time.
  ///
  /// - Returns: what was decided, and after how long.
  private func decide(
    _ tasks: [JSONValue], of count: Int = 1, mayBeForgotten: Bool = false
  ) -> (LastLook.Decision, Duration) {
    var look = LastLook(count: count)
    var waited = Duration.zero
    while true {
      switch look.decide(tasks, mayBeForgotten: mayBeForgotten) {
      case .wait(let delay): waited = waited + delay
      case let decision: return (decision, waited)
      }
    }
  }

  @Test("Tasks that have stopped are over at once")
  func stopped() {
    #expect(decide([Self.stopped]) == (.ended, .zero))
    #expect(decide([Self.stopped, Self.stopped], of: 2) == (.ended, .zero))
  }

  @Test("One that runs goes on, as soon as what ECS shows cannot be older than its end")
  func running() {
    #expect(decide([Self.running]) == (.goesOn, ECSLimits.staleness))
    #expect(decide([Self.stopped, Self.running], of: 2) == (.goesOn, ECSLimits.staleness))
  }

  @Test("One that is stopping has the longest stop timeout to do so")
  func stopping() {
    let (decision, waited) = decide([Self.stopping])
    #expect(decision == .goesOn)
    #expect(waited >= .seconds(180))
  }

  @Test("That ECS does not show one is not believed for three minutes", arguments: [false, true])
  func missing(mayBeForgotten: Bool) {
    let (decision, waited) = decide([], mayBeForgotten: mayBeForgotten)
    #expect(decision == (mayBeForgotten ? .ended : .goesOn))
    #expect(waited >= .seconds(180))
  }

  @Test("Where one is forgotten and another runs, the launch goes on")
  func forgottenBesideRunning() {
    #expect(decide([Self.running], of: 2, mayBeForgotten: true).0 == .goesOn)
    #expect(decide([Self.stopped], of: 2, mayBeForgotten: true).0 == .ended)
  }

  @Test("What comes while it waits counts")
  func change() {
    var look = LastLook(count: 1)
    #expect(look.decide([Self.stopping], mayBeForgotten: false) == .wait(.seconds(2)))
    #expect(look.decide([Self.stopped], mayBeForgotten: false) == .ended)
  }

  @Test("One that is shown again after a while has ended as it did")
  func shownAgain() {
    var look = LastLook(count: 1)
    for delay in [2, 3, 5, 10] { #expect(look.decide([], mayBeForgotten: false) == .wait(.seconds(delay))) }
    #expect(look.decide([Self.stopped], mayBeForgotten: false) == .ended)
  }
}
