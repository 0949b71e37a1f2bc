internal import ECSDriver
internal import JobFile
internal import JobModel

/// What a job file asks of AWS.
extension JobFile {
  /// The tasks of all jobs.
  var collectedTasks: CollectedTasks {
    var collected = CollectedTasks()
    for job in jobs {
      let own = TaskCollector.tasks(of: job.machine, job: job.name)
      collected.tasks += own.tasks
      collected.undetermined += own.undetermined
    }
    return collected
  }

  /// The topics that jobs tell something, by ARN, each with its jobs in the order of the file.
  var topics: [CheckedTopic] {
    var jobsOfTopic: [String: [JobName]] = [:]
    for job in jobs {
      for subscription in job.subscriptions where !subscription.events.isEmpty {
        guard case .topic(let arn) = subscription.receiver, jobsOfTopic[arn]?.last != job.name else { continue }
        jobsOfTopic[arn, default: []].append(job.name)
      }
    }
    return jobsOfTopic.sorted { $0.key < $1.key }.map { CheckedTopic(arn: $0.key, jobs: $0.value) }
  }
}
