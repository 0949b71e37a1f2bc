internal import JobModel
internal import Scheduler
internal import StatesLanguage

/// What the job file asks of the modules that know schedules, time zones and state machines.
struct JobFileChecks: Sendable {
  var zone: TextCheck
  var schedule: TextCheck
  var machine: @Sendable (String) -> [Diagnostic]

  static let standard = JobFileChecks(
    zone: TextCheck { _ in nil },
    schedule: TextCheck { _ in nil },
    machine: { _ in [] })
}
