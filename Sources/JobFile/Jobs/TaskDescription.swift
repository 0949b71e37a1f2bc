internal import JobModel

/// A job's `task:`, checked and with its defaults, in the words of the job file.
struct TaskDescription: Equatable {
  /// RunTask's parameters, keys in the spelling of the ECS API; without the short forms.
  var parameters: JSONObject
  /// The definition of the job file that `taskDefinition` names; nil for one of ECS.
  var definition: TaskDefinition?
  /// What the container is told in JOB_TYPE.
  var type = "batch"
  /// The container of the short forms, which is also told of the run in its environment.
  var container: String?
  var command: [JSONValue]?
  var environment: JSONObject?
  var cpu: JSONValue?
  var memory: JSONValue?
  /// Of one attempt.
  var timeoutSeconds: Int64?
  /// Of the run with all its attempts.
  var runTimeoutSeconds: Int64?
  var retry = RetryRules()

  init(_ task: JSONObject) {
    parameters = task
    container = parameters.removeValue(forKey: "container")?.stringValue
    command = parameters.removeValue(forKey: "command")?.arrayValue
    environment = parameters.removeValue(forKey: "environment")?.objectValue
    cpu = parameters.removeValue(forKey: "cpu")
    memory = parameters.removeValue(forKey: "memory")
  }

  /// What `overrides` says of containers.
  var containerOverrides: [JSONValue] {
    parameters["overrides"]?["containerOverrides"]?.arrayValue ?? []
  }
}
