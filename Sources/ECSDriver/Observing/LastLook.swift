internal import JobModel

/// What is to be made of what ECS shows of a launch's tasks when their time is over: whether they have ended in time
/// after all. Pure.
///
/// What ECS shows may be older than the end (ECS API, DescribeTasks: eventually consistent), and a task that is stopping
/// by itself may have done its work. One that is not shown is too new, is MISSING for a while, or was forgotten while
/// nobody was there to see its end.
struct LastLook: Sendable {
  enum Decision: Equatable {
    /// Look again after so long.
    case wait(Duration)
    /// They have ended; what ECS does not show, nobody can tell.
    case ended
    /// One of them goes on.
    case goesOn
  }

  /// How many tasks there are.
  let count: Int
  private var looks = 0
  private var waited = Duration.zero

  init(count: Int) { self.count = count }

  /// - Parameters:
  ///   - tasks: those that ECS shows.
  ///   - mayBeForgotten: whether ECS may have shown their end for as long as it does, and no longer.
  mutating func decide(_ tasks: [JSONValue], mayBeForgotten: Bool) -> Decision {
    let isMissing = tasks.count < count
    let goingOn = tasks.filter { $0["lastStatus"] != "STOPPED" }
    if !isMissing, goingOn.isEmpty { return .ended }
    let mayChange = isMissing || goingOn.contains { $0["desiredStatus"] == "STOPPED" }
    if looks < ECSLimits.lastLookDelays.count, mayChange || waited < ECSLimits.staleness {
      let delay = ECSLimits.lastLookDelays[looks]
      looks += 1
      waited = waited + delay
      return .wait(delay)
    }
    return goingOn.isEmpty && mayBeForgotten ? .ended : .goesOn
  }
}
