internal import JobFile
internal import JobModel
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
  let result = JobFile.load(path: file)
  guard let jobs = result.file?.jobs else {
    throw NextQuery.Failure(result.errors.map { "\($0)" }.joined(separator: "\n"))
  }
  guard let job = jobs.first(where: { $0.name.description == name }) else {
    let names = jobs.map(\.name.description).joined(separator: ", ")
    throw NextQuery.Failure("\(file) has no job \(name); it has \(names)")
  }
  guard !job.schedules.isEmpty else { throw NextQuery.Failure("job \(name) has no schedule: it is run by hand") }
  return job.schedules.map { JobSchedule(expression: $0.expression, timezone: $0.timezone) }
}
