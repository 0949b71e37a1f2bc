/// Whether events can be expected to tell of tasks' ends, so that asking may be slow. A value; the time is
/// an argument, on the monotonic clock.
///
/// A queue that can be read is not enough: with a wrong rule or queue policy it is read in vain. That shows
/// when asking finds the ends that no event told of.
struct EventTrust: Equatable, Sendable {
  private var workingUntil: Duration = .zero
  private var missed = 0

  /// Whether the queue works and brings nothing.
  var isInVain: Bool { missed >= ECSLimits.missedEvents }
  /// Zero while events cannot be counted on.
  var until: Duration { isInVain ? .zero : workingUntil }

  /// The queue was read, whatever was in it.
  mutating func queueWorked(at now: Duration) { workingUntil = now + ECSLimits.eventTrust }

  mutating func queueFailed() { workingUntil = .zero }

  /// An event told of the end of a task that was followed.
  mutating func told() { missed = 0 }

  /// Asking found the end of a task that had been seen alive before.
  mutating func missedEnd(at now: Duration) { if workingUntil > now { missed += 1 } }
}
