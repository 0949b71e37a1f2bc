internal import Scheduler

/// A schedule of a job, with the zone of its clocks.
struct JobSchedule {
  var expression: String
  var timezone: String
  /// The first firing of `rate(…)`, as text; nil where the job names none.
  var start: String?
}

/// The schedules of a job in a job file, for `jobd next --job NAME`.
///
/// - Throws: what is wrong with the file, or that it has no such job.
func jobSchedules(name: String, file: String) throws(NextQuery.Failure) -> [JobSchedule] {
  throw NextQuery.Failure("job \(name): job files cannot be read yet (\(file))")
}
