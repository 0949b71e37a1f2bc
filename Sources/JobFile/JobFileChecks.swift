internal import JobModel
internal import Scheduler
internal import StatesLanguage

/// What the job file asks of the modules that know schedules, time zones and state machines.
struct JobFileChecks: Sendable {
  var zone: TextCheck
  var schedule: TextCheck
  var machine: @Sendable (String) -> [Diagnostic]

  static let standard = JobFileChecks(zone: .zone, schedule: .schedule) { _ in [] }
}

extension TextCheck {
  fileprivate static let zone = TextCheck { problem(zone: $0) }
  fileprivate static let schedule = TextCheck { problem(schedule: $0) }

  private static func problem(zone name: String) -> TextProblem? {
    do {
      _ = try TimeZoneRules.named(name)
      return nil
    } catch {
      return TextProblem(message: "cannot be used: \(error.message)")
    }
  }

  private static func problem(schedule text: String) -> TextProblem? {
    do {
      _ = try ScheduleExpression(text)
      return nil
    } catch {
      // The parser counts characters, the job file's columns are Unicode scalars.
      let before = text.prefix(error.range.lowerBound).unicodeScalars.count
      return TextProblem(message: "cannot be read: \(error.message)", offset: before)
    }
  }
}
