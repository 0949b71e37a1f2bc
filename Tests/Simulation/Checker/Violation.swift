public import JobModel

/// What always holds, whatever goes wrong: ARCHITECTURE.md explains each by its number.
public enum Invariant: Int, CaseIterable, Sendable {
  case oneTaskALaunch = 1
  case tasksAreOnRecord
  case neverTwoLive
  case nothingAfterSuccess
  case attempts
  case retryInterval
  case timeouts
  case nothingLivesOn
  case successHasItsTasks
  case orderOfStates
  case failureHasItsCause
  case requests
  case histories
  case dueSlots
  case slotsAreAccountedFor
  case outcomes
  case skips
  case misses
  case catchUp
  case pauses
  case overlap
  case pools
  case upstream
  case oncePerDay
  case queues
  case acceptedStarts
  case refusedStarts
  case stops
  case reruns
  case backfills
  case messages
  case needlessMessages
  case rest
  case turns
  case outputs
  case progress
  case ownership
  case stopsHaveTheirCause
  case doubtsAreLookedInto
  case denialsAreECSs
}

/// An invariant that did not hold, and where.
public struct Violation: Sendable, Hashable, CustomStringConvertible {
  public var invariant: Invariant
  /// With names and times.
  public var sentence: String
  /// What it is about, for the trace.
  public var run: RunID?
  public var slot: SlotKey?

  init(_ invariant: Invariant, run: RunID? = nil, slot: SlotKey? = nil, _ sentence: String) {
    self.invariant = invariant
    self.sentence = sentence
    self.run = run
    self.slot = slot ?? run?.slot
  }

  public var number: Int { invariant.rawValue }
  public var job: JobName? { slot?.job }
  public var description: String { "S\(number) \(sentence)" }
}

/// The judge of a simulation. It knows what jobd promises, from the job file and the documents, and shares no code
/// with what keeps the promises: values apart, everything here is its own, calendars too.
public struct Checker {
  public static func violations(in evidence: Evidence) -> [Violation] {
    let facts = Facts(evidence)
    let groups: [(Facts) -> [Violation]] = [
      launches, taskLives, ownership, givingUp, runs, outputs, progress, requests, histories, slots, outcomes, reasons,
      catchingUp, pauses, concurrency, order, wishes, backfills, messages, rest,
    ]
    return groups.flatMap { $0(facts) }
  }
}
