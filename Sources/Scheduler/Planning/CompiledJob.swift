public import JobModel
internal import StatesLanguage

/// A job whose text has been read and found good: expressions, zones, machine. Made once a reload, so that
/// planning never parses.
public struct CompiledJob: Sendable {
  public struct Schedule: Sendable {
    public let expression: ScheduleExpression
    public let zone: TimeZoneRules
  }

  public let job: Job
  public let schedules: [Schedule]
  /// The zone in which the job's days are counted.
  public let zone: TimeZoneRules
  public var name: JobName { job.name }

  /// Throws where a part cannot be read. `jobd check` and a reload report the same with the line, before
  /// it comes to this.
  public init(_ job: Job) throws(CompileError) {
    self.job = job
    zone = try CompiledJob.zone(job.timezone, of: job)
    var schedules: [Schedule] = []
    for schedule in job.schedules {
      do {
        let expression = try ScheduleExpression(schedule.expression)
        schedules.append(Schedule(expression: expression, zone: try CompiledJob.zone(schedule.timezone, of: job)))
      } catch let error as ScheduleExpressionError {
        throw CompileError(message: "job \(job.name): schedule \(schedule.expression): \(error)")
      } catch {
        throw CompileError(message: "\(error)")
      }
    }
    self.schedules = schedules
    let (machine, diagnostics) = StateMachine.parse(job.machine, sourceMap: nil)
    guard machine != nil else {
      let first = diagnostics.first { $0.severity == .error }
      throw CompileError(
        message: "job \(job.name): state machine: \(first?.pointer ?? ""): \(first?.message ?? "it cannot be read")")
    }
  }

  /// The machine, read anew for each run: that takes microseconds, and ten thousand parsed machines take the
  /// memory of many thousand more jobs.
  var machine: StateMachine {
    guard let machine = StateMachine.parse(job.machine, sourceMap: nil).machine else {
      preconditionFailure("job \(job.name): its machine was read before, and cannot be read now")
    }
    return machine
  }

  private static func zone(_ name: String, of job: Job) throws(CompileError) -> TimeZoneRules {
    do {
      return try TimeZoneRules.named(name)
    } catch {
      throw CompileError(message: "job \(job.name): timezone \(name): \(error)")
    }
  }

  /// The first instant after `instant` at which a schedule fires; nil where none ever does again.
  ///
  /// - Parameter start: where a `rate(…)` begins to count.
  public func nextDue(after instant: Instant, start: Instant) -> Instant? {
    schedules.compactMap { $0.expression.next(after: instant, in: $0.zone, start: start) }.min()
  }

  /// The civil date of an instant in the job's zone.
  public func day(of instant: Instant) -> CivilDate { zone.civil(at: instant).date }

  /// What the schedules say, as text: when it changes, planning begins anew from the moment of the change,
  /// so that a new time earlier today is not taken for a missed one.
  public var fingerprint: String {
    schedules.map { "\($0.expression.text) \($0.zone.name)" }.joined(separator: "; ")
  }
}

/// Why a job cannot be compiled: names the job and the part.
public struct CompileError: Error, Equatable, Sendable, CustomStringConvertible {
  public var message: String
  public var description: String { message }
}
