internal import JobModel
internal import Scheduler
internal import StatesLanguage

/// What the job file asks of the modules that know schedules, time zones and state machines.
struct JobFileChecks: Sendable {
  var zone: TextCheck
  var schedule: TextCheck
  var date: TextCheck
  /// The rules of a zone that ``zone`` finds good; nil for another.
  var rules: @Sendable (String) -> TimeZoneRules?
  var machine: @Sendable (String) -> [Diagnostic]

  /// - Parameter zones: the folder of the time zone database.
  static func standard(zones: String) -> JobFileChecks {
    JobFileChecks(
      zone: .zone(in: zones), schedule: .schedule, date: .date,
      rules: { try? TimeZoneRules.named($0, directory: zones) },
      machine: { StateMachine.parse($0).diagnostics + PerformedResources.diagnostics($0) })
  }
}

extension TextCheck {
  fileprivate static func zone(in zones: String) -> TextCheck { TextCheck { problem(zone: $0, zones) } }
  fileprivate static let schedule = TextCheck { problem(schedule: $0) }
  fileprivate static let date = TextCheck { problem(date: $0) }

  private static func problem(zone name: String, _ zones: String) -> TextProblem? {
    do {
      _ = try TimeZoneRules.named(name, directory: zones)
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
      return TextProblem(message: "cannot be read: \(error.message)", offset: scalars(error.range.lowerBound, of: text))
    }
  }

  private static func problem(date text: String) -> TextProblem? {
    do {
      _ = try DateFormat(text)
      return nil
    } catch {
      return TextProblem(message: "cannot be read: \(error.message)", offset: scalars(error.offset, of: text))
    }
  }

  /// Parsers count characters, the job file's columns are Unicode scalars.
  private static func scalars(_ characters: Int, of text: String) -> Int {
    text.prefix(characters).unicodeScalars.count
  }
}
