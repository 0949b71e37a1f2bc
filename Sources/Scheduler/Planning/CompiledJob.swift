public import JobModel
internal import StatesLanguage

/// A job whose text has been read and found good: expressions, zones, machine. Made once a reload, so that
/// planning never parses. A class, since planning hands it around: a copy would be one of every policy.
public final class CompiledJob: Sendable {
  public let job: Job
  public let schedules: [DueSchedule]
  /// The zone in which the job's days are counted.
  public let zone: TimeZoneRules
  /// The form in which the day is handed to the task; nil for `2026-11-21`.
  public let dateFormat: DateFormat?
  public var name: JobName { job.name }

  /// Throws where a part cannot be read. `jobd check` and a reload report the same with the line, before
  /// it comes to this.
  ///
  /// - Parameter zones: the folder of the time zone database. A program that respects `TZDIR` passes it here.
  public init(_ job: Job, zones: String = TimeZoneRules.systemDirectory) throws(CompileError) {
    self.job = job
    zone = try CompiledJob.zone(job.timezone, of: job, in: zones)
    let offset = FlexibleWindow.offset(of: job.name, within: job.flexibleWindow)
    var schedules: [DueSchedule] = []
    for schedule in job.schedules {
      do {
        let expression = try ScheduleExpression(schedule.expression)
        schedules.append(
          DueSchedule(
            expression: expression, zone: try CompiledJob.zone(schedule.timezone, of: job, in: zones),
            start: schedule.start, end: schedule.end, rule: job.calendar, offset: offset))
      } catch let error as ScheduleExpressionError {
        throw CompileError(message: "job \(job.name): schedule \(schedule.expression): \(error)")
      } catch {
        throw CompileError(message: "\(error)")
      }
    }
    self.schedules = schedules
    do {
      dateFormat = try job.dateFormat.map { try DateFormat($0) }
    } catch {
      throw CompileError(message: "job \(job.name): date \(job.dateFormat ?? ""): \(error)")
    }
    let (machine, diagnostics) = StateMachine.parse(job.machine, sourceMap: nil)
    guard machine != nil else {
      let first = diagnostics.first { $0.severity == .error }
      throw CompileError(
        message: "job \(job.name): state machine: \(first?.pointer ?? ""): \(first?.message ?? "it cannot be read")")
    }
  }

  /// The machine, read anew for each run: that takes microseconds, and ten thousand parsed machines take the
  /// memory of many thousand more jobs.
  ///
  /// - Parameter definition: one that was made of the job's own, in its place.
  func machine(_ definition: JSONValue? = nil) -> StateMachine {
    guard let machine = StateMachine.taken(definition ?? job.machine) else {
      preconditionFailure("job \(job.name): its machine was read before, and cannot be read now")
    }
    return machine
  }

  private static func zone(
    _ name: String, of job: Job, in zones: String
  ) throws(CompileError) -> TimeZoneRules {
    do {
      return try TimeZoneRules.named(name, directory: zones)
    } catch {
      throw CompileError(message: "job \(job.name): timezone \(name): \(error)")
    }
  }

  /// The first slot that is due after an instant; nil where none ever is again. Of several schedules that mean
  /// one instant the one that runs decides.
  ///
  /// - Parameter start: where a `rate(…)` begins to count.
  public func nextDue(after instant: Instant, start: Instant) -> DueSlot? {
    schedules.compactMap { $0.next(after: instant, rateStart: start) }.min { left, right in
      (left.dueAt, left.fate == .run ? 0 : 1) < (right.dueAt, right.fate == .run ? 0 : 1)
    }
  }

  /// The first slot after an instant that is run, passing over those that calendars leave out or move; nil where none
  /// ever is, or none among the next ``CompiledJob/searchedSlots``.
  public func nextRun(after instant: Instant, start: Instant) -> DueSlot? {
    var last = instant
    for _ in 0..<CompiledJob.searchedSlots {
      guard let due = nextDue(after: last, start: start) else { return nil }
      if due.fate == .run { return due }
      last = due.dueAt
    }
    return nil
  }

  /// A job that runs every minute over a week's holidays.
  private static let searchedSlots = 20_000

  /// From a slot's scheduled instant to when it is due, by the job's flexible window.
  public var offset: Duration { FlexibleWindow.offset(of: job.name, within: job.flexibleWindow) }

  /// Whether its slots come from the jobs that it runs after, since it has no schedule of its own.
  public var followsDays: Bool { job.schedules.isEmpty && !job.after.isEmpty }

  /// The slot of a day, for a job whose slots come from other jobs: scheduled at the beginning of the day, so that
  /// a day has one.
  public func slotKey(of day: CivilDate) -> SlotKey { SlotKey(job: name, scheduledAt: zone.start(of: day)) }

  /// The civil date of an instant in the job's zone.
  public func day(of instant: Instant) -> CivilDate { zone.civil(at: instant).date }

  /// What the schedules say, as text: when it changes, planning begins anew from the moment of the change,
  /// so that a new time earlier today is not taken for a missed one. A date more in a calendar is no such change.
  public var fingerprint: String {
    let texts = schedules.map { schedule in
      let bounds = [schedule.start.map { " from \($0)" }, schedule.end.map { " to \($0)" }].compactMap(\.self)
      return "\(schedule.expression.text) \(schedule.zone.name)" + bounds.joined()
    }
    let window = job.flexibleWindow == .zero ? [] : ["window \(job.flexibleWindow.wholeMilliseconds)"]
    let moves = job.calendar.flatMap { $0.treatment == .skip ? nil : "days moved to the \($0.treatment.rawValue)" }
    return (texts + window + [moves].compactMap(\.self)).joined(separator: "; ")
  }
}

/// Why a job cannot be compiled: names the job and the part.
public struct CompileError: Error, Equatable, Sendable, CustomStringConvertible {
  public var message: String
  public var description: String { message }
}
