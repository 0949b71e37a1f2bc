internal import JobModel

/// RunTask's answer with HTTP 200: tasks, failures, or both (ECS API, RunTask).
struct RunTaskAnswer: Equatable, Sendable {
  /// Those that name their ARN; in the API's spelling.
  var tasks: [JSONValue]
  var failures: [JSONValue]

  init(tasks: [JSONValue], failures: [JSONValue]) {
    self.tasks = tasks
    self.failures = failures
  }

  /// Reads what can be read: garbage becomes an answer without tasks and failures, which proves nothing.
  init(_ answer: JSONValue) {
    tasks = (answer["tasks"]?.arrayValue ?? []).filter { taskARN($0) != nil }
    failures = (answer["failures"]?.arrayValue ?? []).filter { $0.objectValue != nil }
  }
}

/// A task's ARN, in the API's or in Step Functions' spelling.
func taskARN(_ task: JSONValue) -> String? {
  let arn = task["taskArn"]?.stringValue ?? task["TaskArn"]?.stringValue
  return arn?.isEmpty == false ? arn : nil
}
