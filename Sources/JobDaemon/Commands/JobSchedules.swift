internal import JobFile
internal import JobModel
internal import Scheduler

/// A job of a job file with its schedules, for `jobd next --job NAME`.
///
/// - Parameters:
///   - zones: the time zone database.
///   - timezone: in place of the job's own.
/// - Throws: what is wrong with the file, or that it has no such job, or none with a schedule.
func scheduledJob(
  name: String, file: String, zones: String, timezone: String?
) throws(NextQuery.Failure) -> CompiledJob {
  let result = JobFile.read(path: file)
  guard let jobs = result.file?.jobs else {
    throw NextQuery.Failure(result.errors.map { "\($0)" }.joined(separator: "\n"))
  }
  guard var job = jobs.first(where: { $0.name.description == name }) else {
    let names = jobs.map(\.name.description).joined(separator: ", ")
    throw NextQuery.Failure("\(file) has no job \(name); it has \(names)")
  }
  guard !job.schedules.isEmpty else {
    let others = job.after.map(\.description).joined(separator: ", ")
    let how = others.isEmpty ? "it is run by hand" : "it runs when these have succeeded for the same day: \(others)"
    throw NextQuery.Failure("job \(name) has no schedule: \(how)")
  }
  if let timezone {
    job.timezone = timezone
    for index in job.schedules.indices { job.schedules[index].timezone = timezone }
  }
  do { return try CompiledJob(job, zones: zones) } catch { throw NextQuery.Failure(error.message) }
}
